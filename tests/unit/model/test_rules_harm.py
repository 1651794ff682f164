"""Rules of harm: every law of deaths against a law of scipy, and the memory of attacks against its integral."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from simcpec.model import modes
from simcpec.model.rules import harm
from tests.support.forms import both

MIDDLES = (np.arange(4000) + 0.5) / 4000
deaths = both(harm.deaths)


def whole(law: object, n: np.ndarray, shift: int = 0) -> np.ndarray:
    """P(shift + floor(X) = n) of a positive law."""
    return np.asarray(law.cdf(n - shift + 1) - law.cdf(n - shift))  # type: ignore[attr-defined]


def found(severity: int, zero: float, mu: float, sigma: float, start: float, cap: float, u_zero: float) -> np.ndarray:
    """Shares of 0, 1, ..., cap deaths over evenly spaced sizes."""
    sizes = [deaths(severity, zero, mu, sigma, start, 0.0, cap, u_zero, u) for u in MIDDLES]
    assert sizes == sorted(sizes)  # every law increases with u_size
    return np.bincount(sizes, minlength=int(cap) + 1) / len(MIDDLES)


def capped(shares: np.ndarray) -> np.ndarray:
    """With all that lies beyond the cap put upon it."""
    shares[-1] += 1.0 - shares.sum()
    return shares


def test_no_severity_kills_nobody() -> None:
    assert found(modes.HARMLESS, 0.0, 3.0, 1.0, 1.0, 30.0, 0.5)[0] == 1.0


def test_lognormal_deaths() -> None:
    want = capped(whole(stats.lognorm(1.1, scale=math.exp(0.7)), np.arange(31)))
    assert found(modes.LOGNORMAL, 0.9, 0.7, 1.1, 1.0, 30.0, 0.5) == pytest.approx(want, abs=4e-4)


def test_hurdle_lognormal_deaths_are_none_or_at_least_one() -> None:
    want = capped(whole(stats.lognorm(1.1, scale=math.exp(0.7)), np.arange(31), shift=1))
    assert found(modes.HURDLE, 0.4, 0.7, 1.1, 1.0, 30.0, 0.41) == pytest.approx(want, abs=4e-4)
    assert found(modes.HURDLE, 0.4, 0.7, 1.1, 1.0, 30.0, 0.39)[0] == 1.0


def test_power_law_deaths() -> None:
    want = capped(whole(stats.pareto(1.3, scale=2.0), np.arange(31)))  # density ~ x^-2.3 from 2
    assert found(modes.POWER, 0.4, 2.3, 0.0, 2.0, 30.0, 0.41) == pytest.approx(want, abs=4e-4)
    assert found(modes.POWER, 0.4, 2.3, 0.0, 2.0, 30.0, 0.39)[0] == 1.0


def test_spliced_deaths_have_a_geometric_body_and_a_power_tail() -> None:
    body = capped(stats.geom(1 / 1.8, loc=-1).pmf(np.arange(31)))  # mean 0.8
    assert found(modes.SPLICED, 0.1, 0.8, 2.5, 5.0, 30.0, 0.5) == pytest.approx(body, abs=4e-4)
    tail = capped(whole(stats.pareto(1.5, scale=5.0), np.arange(31)))
    assert found(modes.SPLICED, 0.1, 0.8, 2.5, 5.0, 30.0, 0.05) == pytest.approx(tail, abs=4e-4)


def test_nobody_dies_who_is_not_there() -> None:
    for severity in (modes.LOGNORMAL, modes.HURDLE, modes.POWER, modes.SPLICED):
        assert deaths(severity, 0.5, 3.0, 2.0, 5.0, 0.0, 7.0, 0.9999, 1.0 - 2.0**-53) <= 7
        assert deaths(severity, 0.5, 3.0, 2.0, 5.0, 0.0, 0.0, 0.3, 0.99) == 0


def test_the_pareto_starts_at_its_start_and_has_its_tail() -> None:
    assert both(harm.pareto)(2.5, 3.0, 0.0) == 3.0
    assert both(harm.pareto)(2.5, 3.0, 0.99) == pytest.approx(stats.pareto(1.5, scale=3.0).ppf(0.99), rel=1e-12)


def test_the_geometric_is_one_with_its_mean() -> None:
    assert [both(harm.geometric)(1.7, u) for u in MIDDLES[::40]] == (
        stats.geom(1 / 2.7, loc=-1).ppf(MIDDLES[::40]).tolist()
    )
    assert both(harm.geometric)(0.0, 0.999) == 0


def test_injuries_grow_with_deaths() -> None:
    known = stats.nbinom(0.8, 0.8 / (0.8 + 0.5 + 1.3 * 4))
    assert [both(harm.injured)(0.5, 1.3, 4, 0.8, u) for u in MIDDLES[::80]] == known.ppf(MIDDLES[::80]).tolist()
    assert both(harm.injured)(0.0, 1.3, 0, 0.8, 0.999) == 0


def test_guards_and_local_staff_share_one_mean() -> None:
    u = MIDDLES[::80]
    for share in (0.6, 0.4):
        known = stats.poisson(share * (0.3 + 0.4 * 5))
        assert [both(harm.others_killed)(0.3, 0.4, 5, share, x) for x in u] == known.ppf(u).tolist()
    assert [both(harm.guards_killed)(0.4, x) for x in u] == stats.poisson(0.4).ppf(u).tolist()
    assert both(harm.others_killed)(0.3, 0.4, 5, 0.0, 0.999) == both(harm.guards_killed)(0.0, 0.999) == 0


def test_memory_fades_and_its_area_is_its_integral() -> None:
    at, area = both(harm.memory_at), both(harm.memory_area)
    assert at(2.0, 25.0, 25.0) == pytest.approx(2.0 / math.e, rel=1e-15)
    assert at(2.0, 0.0, 25.0) == 2.0 and area(2.0, 0.0, 25.0) == 0.0
    want, _ = integrate.quad(lambda t: at(2.0, t, 25.0), 0.0, 40.0)
    assert area(2.0, 40.0, 25.0) == pytest.approx(want, rel=1e-10)
    assert area(2.0, 1e6, 25.0) == pytest.approx(50.0, rel=1e-15)


def test_a_record_has_an_attack_by_whether_anybody_was_hurt() -> None:
    known = both(harm.is_reported)
    assert [known(0.6, 0.9, hurt, u) for hurt in (0, 1) for u in (0.59, 0.61, 0.89, 0.91)] == [
        True, False, False, False, True, True, True, False,
    ]  # fmt: skip
    assert known(1.0, 1.0, 0, math.nextafter(1.0, 0.0)) and not known(0.0, 0.0, 1, 0.0)
