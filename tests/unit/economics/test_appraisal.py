"""Break-even, best investment and tails: published numbers, limits, and what is refused."""

from __future__ import annotations

from math import e, inf

import numpy as np
import pytest

from simcpec.economics.appraisal import best_investment, breach_share, break_even, break_even_loss, tail


def test_the_break_even_of_mueller_and_stewart_is_1667_attacks_a_year() -> None:
    found = break_even(cost=75e9, loss=1e8, reduction=0.45)
    assert round(found.attempts) == 1667 and found.prevented == pytest.approx(750.0)
    assert break_even_loss(cost=75e9, attempts=found.attempts, reduction=0.45) == pytest.approx(1e8)


def test_what_costs_nothing_pays_at_once_and_what_prevents_nothing_never_does() -> None:
    assert break_even(cost=0.0, loss=1.0, reduction=0.0).attempts == 0.0
    assert break_even(cost=1.0, loss=1.0, reduction=0.0).attempts == inf
    assert break_even_loss(cost=0.0, attempts=0.0, reduction=0.0) == 0.0
    assert break_even_loss(cost=1.0, attempts=0.0, reduction=0.5) == inf
    for wrong in ({"cost": -1.0}, {"loss": 0.0}, {"reduction": 1.1}, {"cost": float("nan")}):
        with pytest.raises(ValueError, match="allowed: >= 0, above 0, from 0 to 1"):
            break_even(**{"cost": 1.0, "loss": 1.0, "reduction": 0.5, **wrong})


@pytest.mark.parametrize("kind", ["first", "second", "exponential"])
def test_no_other_investment_costs_less_and_none_is_above_the_bound(kind: str) -> None:
    for vulnerability in (0.1, 0.5, 0.9):
        for gain in (1e-6, 1e-5, 1e-3):
            common = {"vulnerability": vulnerability, "gain": gain, "shape": 1.5}
            best = best_investment(kind, loss=1e6, **common)

            def total(z: float, common: dict[str, float] = common) -> float:
                return 1e6 * breach_share(kind, z, **common) + z

            assert best <= 1e6 * vulnerability / e * (1.0 + 1e-12)
            assert all(total(best) <= total(z) + 1e-9 for z in (0.0, 0.9 * best, 1.1 * best + 1.0, best + 1e4))


def test_what_is_certain_to_succeed_has_no_second_class() -> None:
    assert best_investment("second", loss=1e6, vulnerability=1.0, gain=1e-5) == 0.0
    assert best_investment("first", loss=0.0, vulnerability=0.5, gain=1e-5) == 0.0
    with pytest.raises(ValueError, match="class is 'third'; allowed: first, second, exponential"):
        best_investment("third", loss=1.0, vulnerability=0.5, gain=1.0)
    with pytest.raises(ValueError, match=r"allowed: \(0, 1\] and above 0"):
        breach_share("first", 0.0, vulnerability=0.0, gain=1.0)


def test_an_atom_at_the_value_at_risk_is_split() -> None:
    found = tail([0.0, 10.0, 100.0], level=0.95, weights=[0.90, 0.08, 0.02])
    assert found.var == 10.0 and found.tvar == pytest.approx((0.02 * 100 + 0.03 * 10) / 0.05)
    mean_of_those_at_or_above = (0.08 * 10 + 0.02 * 100) / 0.10
    assert abs(found.tvar - mean_of_those_at_or_above) > 10.0


def test_a_tail_does_not_depend_on_order_and_reaches_the_level_to_the_last_bit() -> None:
    losses = np.arange(1.0, 21.0)
    assert tail(losses[::-1], level=0.95) == tail(losses, level=0.95)
    assert tail(losses, level=0.95).var == 19.0 and tail(losses, level=0.95).tvar == 20.0
    assert tail(losses, level=0.0).tvar == pytest.approx(losses.mean())
    assert tail([3.0], level=0.99).tvar == 3.0
    for wrong in ({"level": 1.0}, {"losses": []}, {"weights": [1.0]}, {"weights": [1.5, -0.5]}):
        with pytest.raises(ValueError, match="allowed: as many, and from 0 to below 1"):
            tail(**{"losses": [1.0, 2.0], "level": 0.5, **wrong})
