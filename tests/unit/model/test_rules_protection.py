"""Rules of protection, cells, movements and capacity: limits, direction, and the formulas worked out a second time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simcpec.model import modes
from simcpec.model.rules import capacity, cells, movement, protection
from tests.support.forms import both

MIDDLES = (np.arange(2000) + 0.5) / 2000
stop = both(protection.stop_probability)

# ---------------------------------------------------------------------------------------------- layers


def test_a_layer_stops_by_its_units_per_person_under_a_ceiling() -> None:
    assert stop(10.0, 200.0, 8.0, 0.9, 0.5, -1.0) == pytest.approx(0.9 * (1.0 - math.exp(-0.4)) * 0.5, rel=1e-14)
    assert stop(0.0, 200.0, 8.0, 0.9, 1.0, -1.0) == stop(10.0, 200.0, 0.0, 0.9, 1.0, -1.0) == 0.0
    assert stop(1e9, 200.0, 8.0, 0.9, 1.0, -1.0) == 0.9
    assert stop(10.0, 0.0, 8.0, 0.9, 1.0, -1.0) == 0.0


def test_a_constant_takes_the_place_of_units_and_zero_is_a_constant() -> None:
    assert stop(1e9, 1.0, 8.0, 0.9, 0.5, 0.6) == 0.3
    assert stop(1e9, 1.0, 8.0, 0.9, 0.5, 0.0) == 0.0


def test_more_units_stop_more_with_ever_less_gain_and_more_people_dilute_them() -> None:
    by_units = np.array([stop(float(n), 200.0, 8.0, 0.9, 1.0, -1.0) for n in range(60)])
    assert (np.diff(by_units) > 0).all() and (np.diff(by_units, 2) < 0).all()
    by_people = [stop(10.0, float(n), 8.0, 0.9, 1.0, -1.0) for n in range(50, 500, 50)]
    assert by_people == sorted(by_people, reverse=True)


def test_compliance_decays_to_its_floor_unless_it_does_not_decay() -> None:
    at = both(protection.compliance_at)
    assert at(0.9, 0.3, 45.0, 90.0) == pytest.approx(0.3 + 0.6 * math.exp(-0.5), rel=1e-14)
    assert at(0.9, 0.3, 0.0, 90.0) == pytest.approx(0.9, rel=1e-15)
    assert at(0.9, 0.3, 45.0, math.inf) == 0.9
    assert at(0.9, 0.3, 1e6, 90.0) == pytest.approx(0.3, rel=1e-15)
    assert at(0.1, 0.3, 90.0, 90.0) > 0.1  # from below it rises


def test_a_refresh_restores_its_share_and_never_lowers() -> None:
    after = both(protection.compliance_after)
    assert (after(0.5, 0.9, 0.0), after(0.5, 0.9, 1.0), after(0.95, 0.9, 1.0)) == (0.5, 0.9, 0.95)
    assert after(0.5, 0.9, 0.5) == pytest.approx(0.7)


def test_audits_reach_more_with_more_rounds_and_never_more_than_all() -> None:
    reach = both(protection.audit_coverage)
    assert reach(0.4, 0.0, 0.3) == pytest.approx(0.4, rel=1e-15)
    assert reach(0.4, 2.0, 0.3) == pytest.approx(1.0 - 0.6 * math.exp(-0.6), rel=1e-15)
    assert reach(1.0, 5.0, 0.3) == 1.0
    assert 0.999 < reach(0.4, 50.0, 0.3) <= 1.0


def test_all_layers_must_be_passed_unless_one_cause_opens_them_all() -> None:
    passing = both(protection.pass_probability)
    assert passing(0.2, 0.5, 0.1, 0.0) == pytest.approx(0.36, rel=1e-15)
    assert passing(0.2, 0.5, 0.1, 0.25) == pytest.approx(0.52, rel=1e-15)
    assert passing(1.0, 0.5, 0.1, 0.0) == 0.0
    assert passing(1.0, 1.0, 1.0, 0.25) == 0.25
    assert passing(0.0, 0.0, 0.0, 0.25) == 1.0


def test_an_insider_multiplies_the_passage_and_a_rescue_makes_up_the_difference() -> None:
    leak, rescue = both(protection.insider_pass), both(protection.rescue_probability)
    assert (leak(0.3, 2.0, False), leak(0.3, 2.0, True), leak(0.7, 2.0, True)) == (0.3, 0.6, 1.0)
    for passing in (0.0, 0.1, 0.5, 0.9):
        share = rescue(passing, leak(passing, 2.0, True))
        assert passing + (1.0 - passing) * share == pytest.approx(min(1.0, 2.0 * passing), rel=1e-12)
    assert rescue(0.4, 0.4) == 0.0 and rescue(1.0, 1.0) == 0.0


def test_insiders_switch_below_the_rate_of_their_turn() -> None:
    switches, (onset, found) = both(protection.insider_switches), (protection.ONSET, protection.FINDING)
    assert [switches(onset, False, 0.3, 0.9, level) for level in (0.0, 0.29, 0.3, 0.8)] == [True, True, False, False]
    assert [switches(found, True, 0.3, 0.9, level) for level in (0.0, 0.29, 0.89, 0.9)] == [True, True, True, False]
    assert not switches(onset, True, 0.3, 0.9, 0.1) and not switches(found, False, 0.3, 0.9, 0.1)


def test_the_leaking_share_is_that_of_a_two_state_chain() -> None:
    share = both(protection.leaking_share)
    assert share(0.01, 0.04) == pytest.approx(0.2, rel=1e-15)
    assert share(0.0, 0.0) == 0.0 and share(0.01, 0.0) == 1.0


# ---------------------------------------------------------------------------------------------- cells


def test_the_highest_score_is_a_logit_choice() -> None:
    score, rng = both(cells.cell_score), np.random.default_rng(11)
    utility, seen, leaving, weight = (0.4, -0.2, 1.0), (0.1, 0.0, 0.8), (0.0, 0.3, 0.3), 1.5
    chosen = np.zeros(3)
    for row in rng.random((6000, 3)):
        scores = [score(*each) for each in zip(utility, (weight,) * 3, seen, leaving, row, strict=True)]
        chosen[np.argmax(scores)] += 1
    weights = np.exp(np.array(utility) - weight * np.array(seen) - np.array(leaving))
    assert stats.chisquare(chosen, 6000 * weights / weights.sum()).pvalue > 1e-4
    wrong = np.exp(np.array(utility) - weight * np.array(seen))  # the control: leaving forgotten
    assert stats.chisquare(chosen, 6000 * wrong / wrong.sum()).pvalue < 1e-4


def test_a_cell_of_no_utility_and_no_outside_option_are_never_chosen() -> None:
    assert both(cells.cell_score)(-math.inf, 1.0, 0.5, 0.0, 0.999) == -math.inf
    assert both(cells.outside_score)(-math.inf, 0.999) == -math.inf
    assert both(cells.outside_score)(1.5, math.exp(-1.0)) == pytest.approx(1.5, rel=1e-15)


def test_protection_spills_from_a_better_neighbour_only() -> None:
    spilled = both(cells.spilled)
    assert (spilled(0.5, 0.3, 0.4), spilled(0.5, 0.5, 0.4)) == (0.5, 0.5)
    assert spilled(0.2, 0.7, 0.4) == pytest.approx(0.4)
    assert spilled(0.2, 0.7, 0.0) == 0.2 and spilled(0.2, 0.7, 1.0) == pytest.approx(0.7)


def test_beliefs_move_towards_what_was_seen() -> None:
    learned = both(cells.learned)
    assert learned(0.4, True, 0.5) == pytest.approx(0.7) and learned(0.4, False, 0.5) == pytest.approx(0.2)
    assert learned(0.4, True, 0.0) == 0.4 and learned(0.4, True, 1.0) == 1.0


# ---------------------------------------------------------------------------------------------- movements


@pytest.mark.parametrize(
    ("rule", "patience", "waits"),
    [
        (modes.WAIT, 0, True), (modes.WAIT, 9, True), (modes.LOSS, 0, False), (modes.LOSS, 9, False),
        (modes.ALONE, 0, False), (modes.ALONE, 9, True), (modes.QUIT, 0, False), (modes.QUIT, 9, True),
    ],
)  # fmt: skip
def test_who_waits_for_an_escort(rule: int, patience: int, waits: bool) -> None:
    assert both(movement.may_wait)(rule, patience) is waits


def test_an_attack_meets_what_is_under_way_else_what_went_before_else_an_escort() -> None:
    meets = both(movement.meets_escort)
    assert np.mean([meets(3, 1, 0, 100, u) for u in MIDDLES]) == pytest.approx(0.75, abs=1e-3)
    assert np.mean([meets(0, 0, 1, 4, u) for u in MIDDLES]) == pytest.approx(0.2, abs=1e-3)
    assert all(meets(0, 0, 0, 0, u) for u in MIDDLES[::100])
    assert not any(meets(0, 2, 9, 0, u) for u in MIDDLES[::100])


def test_the_escorted_share_is_one_before_the_first_movement() -> None:
    assert [both(movement.escorted_share)(*n) for n in ((0, 0), (3, 1), (0, 5))] == [1.0, 0.75, 0.0]


# ---------------------------------------------------------------------------------------------- capacity


def test_tranches_add_up_and_grow_with_the_whole() -> None:
    units = both(capacity.tranche_units)
    for tranches in (1, 3, 7):
        before = [0] * tranches
        for n in range(40):
            parts = [units(n, j, tranches) for j in range(tranches)]
            assert sum(parts) == n and max(parts) - min(parts) <= 1
            assert all(new >= old for new, old in zip(parts, before, strict=True))
            before = parts


# ---------------------------------------------------------------------------- procedures after attacks


@pytest.mark.parametrize(
    ("sop", "by", "after"),
    [
        (modes.NO_SOP, modes.BY_ATTACK, (False, False)),
        (modes.SOP.index("periodic"), modes.BY_ATTACK, (False, False)),
        (modes.REACTIVE, modes.BY_ATTACK, (True, True)),
        (modes.BOTH, modes.BY_BREACH, (True, False)),
    ],
)
def test_procedures_are_refreshed_after_a_breach_or_after_every_attack(
    sop: int, by: int, after: tuple[bool, bool]
) -> None:
    assert tuple(both(protection.reacts)(sop, by, stopped) for stopped in (False, True)) == after
