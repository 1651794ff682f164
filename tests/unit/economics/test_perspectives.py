"""Who bears what, and money of a run as money a year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.discounting import annualised, discount_factors
from simcpec.economics.perspectives import PARTIES, PARTY_OF, PERSPECTIVES, SECURITY, shares_of_parties, weights_of
from simcpec.scenario.schema.shared_blocks import Payer
from tests.support import studies

HOST, SPONSOR, FOREIGN, CONSUMERS = range(4)


def line(name: str) -> int:
    return COST_LINES.index(name)


def test_every_payer_of_a_scenario_belongs_to_a_party() -> None:
    assert set(PARTY_OF) == set(Payer.__args__) and set(PARTY_OF.values()) <= set(PARTIES)  # type: ignore[attr-defined]


def test_shares_of_every_line_add_up_to_one_and_transfers_to_nothing() -> None:
    shares = shares_of_parties(studies.plan(0.01, 2), (365.0, 365.0))
    whole = shares.sum(axis=0)
    spent = [k for k in range(len(COST_LINES)) if k != line("compensation")]
    np.testing.assert_allclose(whole[..., spent], 1.0, atol=1e-12)
    assert not whole[..., line("compensation")].any()
    assert (shares[SPONSOR, ..., line("security_spending")] == 1.0).all()
    # the plan of the tests has federal and provincial forces, both of the host state
    assert (shares[HOST, ..., line("host_forces")] == 1.0).all()
    np.testing.assert_allclose(weights_of("society", shares), whole)
    with pytest.raises(ValueError, match="allowed: host_state, sponsor"):
        weights_of("nobody", shares)
    assert PERSPECTIVES[-1] == "society"


def test_payers_that_take_over_in_a_later_year_pay_in_its_periods_alone() -> None:
    """Bonds take over a quarter of the second year: nothing in the months of the first, a quarter in the others."""
    plan = studies.plan(0.01, 2)
    taken = np.zeros((1, *plan.spent.shape), dtype=np.int64)
    taken[0, 1] = plan.spent[1] // 4
    plan = replace(plan, other_payers=("consumers",), other_given=taken, other_spent=taken)
    shares = shares_of_parties(plan, (182.5,) * 4)[CONSUMERS, ..., line("security_spending")]
    assert not shares[:2].any() and shares[2:] == pytest.approx(0.25, abs=1e-6)
    # a warm-up of half a year is no counted period: three periods, the last two in the second year
    late = shares_of_parties(plan, (182.5,) * 3)[CONSUMERS, ..., line("security_spending")]
    assert not late[0].any() and late[1:] == pytest.approx(0.25, abs=1e-6)
    # a period that lies in both years gets both
    across = shares_of_parties(plan, (730.0,))[CONSUMERS, ..., line("security_spending")]
    assert across == pytest.approx(0.125, abs=1e-6)


def test_where_nothing_is_spent_shares_are_those_of_the_run() -> None:
    plan = studies.plan(0.01, 1)
    nothing = replace(plan, spent=plan.spent * 0, force_cost=plan.force_cost * 0)
    shares = shares_of_parties(nothing, (365.0,))
    for name in SECURITY:
        np.testing.assert_allclose(shares[..., line(name)].sum(axis=0), 1.0)


def test_an_even_stream_is_its_own_annual_equivalent_at_any_rate() -> None:
    """An early cost weighs more: 100 in the first of two years at 10 % is 52.4 a year in both, by its annuity."""
    days = np.array([365.25, 365.25])
    even = annualised(np.array([7.0, 7.0]), days=days, rate=0.1, axis=0)
    assert even.equivalent == pytest.approx(7.0) and even.yearly == 7.0 and even.years == 2.0
    early = annualised(np.array([100.0, 0.0]), days=days, rate=0.1, axis=0)
    one, two = discount_factors(days, 0.1)
    assert early.present == pytest.approx(100.0 * one) == pytest.approx(100.0 / 1.1**0.5)
    assert early.equivalent == pytest.approx(100.0 * one / (one + two)) == pytest.approx(52.38, abs=0.01)
    assert annualised(np.array([100.0, 0.0]), days=days, rate=0.0, axis=0).equivalent == 50.0
