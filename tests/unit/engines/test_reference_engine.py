"""The reference engine on worlds so simple that every count is known beforehand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simcpec.engines.reference import simulate
from simcpec.errors import GrowsWithoutBound
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.numerics import samplers, streams
from simcpec.numerics.samplers import LAW_DETERMINISTIC, LAW_EXPONENTIAL
from simcpec.verification.worlds.neutral_world import DAY, bare_world, with_changes
from tests.support.failing import unbounded
from tests.support.statistics import cell, cohort, prov


def fixed(days: float) -> tuple[int, float, float]:
    return (LAW_DETERMINISTIC, days, 1.0)


def once(world: World) -> Outcome:
    return simulate(world, seed=0, draw=0, replication=0, trace=True)


def ticks(outcome: Outcome, kind: int, p: int | None = None) -> list[int]:
    assert outcome.trace is not None
    here = outcome.trace["kind"] == kind
    return outcome.trace["tick"][here if p is None else here & (outcome.trace["province"] == p)].tolist()


def instruments(kind: int, *years: int) -> np.ndarray:
    """Targets of one instrument in the first of two provinces, by year."""
    target = np.zeros((len(years), 2, len(modes.INSTRUMENTS)), np.int64)
    target[:, 0, kind] = years
    return target


# ---------------------------------------------------------------------------------------------- clock and addresses


def test_candidates_come_at_the_times_that_their_addresses_say() -> None:
    world, rate, t, want = bare_world(days=60, threat__rate=[[0.3, 0.0]]), 0.3, 0, []
    place = streams.place_word(world.addresses[0], streams.NO_COHORT, 0)
    for index in range(200):
        identity = int(streams.candidate_identity(0, index, 0))
        u = streams.block(streams.key_word(0, 0), 0, identity, place, streams.S_CANDIDATE, 0)[0]
        t += round(-math.log(u) / rate * DAY)
        if t >= 60 * DAY:
            break
        want.append(t)
    found = ticks(once(world), events.KIND_CANDIDATE)
    assert len(found) == len(want) > 5
    assert np.abs(np.array(found) - want).max() <= 1 + len(want)  # `math.log` may differ in the last bit


def test_the_horizon_is_exclusive() -> None:
    world = bare_world(days=60, threat__rate=[[0.3, 0.0]])
    third = ticks(once(world), events.KIND_CANDIDATE)[2]
    for horizon, count in ((third, 2), (third + 1, 3)):
        short = with_changes(world, calendar__horizon_tick=horizon, calendar__period_end_tick=[horizon])
        assert prov("candidates", once(short)).tolist() == [count, 0]


def test_a_world_without_rates_and_a_world_of_one_tick_leave_zeros() -> None:
    for world in (bare_world(), bare_world(days=1.0 / DAY, threat__rate=5.0, operations__routine=5.0)):
        outcome = once(world)
        days = world.calendar.horizon_tick / DAY
        assert outcome.cell.sum() == 0.0 and outcome.cohort.sum() == 0.0
        assert prov("militant_days", outcome) == pytest.approx([100 * days] * 2, rel=1e-15)
        assert prov("team_days", outcome) == pytest.approx([days] * 2, rel=1e-15)
        assert outcome.province.sum() == pytest.approx(2 * 101 * days, rel=1e-12)


def test_dated_events_fall_on_their_dates_and_audits_on_multiples() -> None:
    world = bare_world(
        days=100, calendar__epoch_start_tick=[0], calendar__audit_every_tick=33 * DAY, protection__sop=modes.BOTH,
        calendar__stage_start_tick=[0, 20 * DAY], calendar__stage_drifts=[0, 0], threat__rate=[[0.1, 0.1]] * 2,
        calendar__revision_tick=[7 * DAY, 99 * DAY], calendar__revision_reach=[[[1.0], [0.5]], [[0.0], [0.0]]],
    )  # fmt: skip
    outcome = once(world)
    assert ticks(outcome, events.KIND_AUDIT) == [33 * DAY, 66 * DAY, 99 * DAY]
    assert ticks(outcome, events.KIND_STAGE) == [20 * DAY]
    assert ticks(outcome, events.KIND_REVISION) == [7 * DAY, 99 * DAY]


def test_periods_split_the_same_play() -> None:
    changes: dict[str, Any] = {"days": 90, "threat__rate": 0.5, "operations__routine": 2.0, "harm__memory": 20.0}
    whole, parts = (once(bare_world(periods=n, **changes)) for n in (1, 3))
    stocks = [i for i, name in enumerate(("queue_leads", "work_leads"), start=8)]
    flows = [i for i in range(whole.province.shape[-1]) if i not in stocks]
    assert parts.province.sum(axis=0)[:, flows] == pytest.approx(whole.province[0][:, flows], rel=1e-12)
    assert np.array_equal(parts.province[-1][:, stocks], whole.province[0][:, stocks])
    assert np.array_equal(parts.cell[..., :-1].sum(axis=0), whole.cell[0, ..., :-1])


# ---------------------------------------------------------------------------------------------- plots and operations


def test_given_plots_are_there_at_the_start_and_prepare_from_day_0() -> None:
    world = bare_world(days=20, threat__initial=modes.GIVEN, threat__given=[3, 0], threat__preparation=fixed(7.0))
    outcome = once(world)
    assert outcome.start_plots.sum(axis=(1, 2)).tolist() == [3, 0]
    assert ticks(outcome, events.KIND_ATTACK) == [7 * DAY] * 3


def test_without_a_cell_to_turn_to_a_plot_gives_up_at_home() -> None:
    world = bare_world(days=50, threat__rate=0.5, cells__utility=-math.inf)
    outcome = once(world)
    assert (cell("deterred", outcome) == cell("plots", outcome)).all() and cell("plots", outcome).sum() > 20


SOUGHT: dict[str, Any] = {
    "days": 200, "threat__rate": [[0.2, 0.0]], "threat__preparation": fixed(30.0), "operations__work": fixed(2.0),
    "detection__hazard": 0.2, "detection__unit": 0.2,
}  # fmt: skip


def test_plots_whose_leads_go_stale_are_hidden_and_found_again() -> None:
    world = bare_world(**SOUGHT, detection__mode=modes.LEADS, operations__teams=0, operations__patience=fixed(1.0))
    outcome = once(world)
    assert cell("foiled", outcome).sum() == 0
    assert prov("found", outcome)[0] > 2 * cell("plots", outcome)[0]  # several times each
    late = int(prov("found", outcome)[0] - prov("stale", outcome)[0])
    assert late == prov("queue_leads", outcome)[0] <= 5
    assert prov("queue_days", outcome)[0] == pytest.approx(prov("stale", outcome)[0], abs=5)


@pytest.mark.parametrize("success", [0.0, 1.0])
def test_work_foils_with_its_probability_and_a_failure_hides_the_plot_again(success: float) -> None:
    world = bare_world(**SOUGHT, detection__mode=modes.LEADS, operations__teams=9, operations__success=success)
    outcome = once(world)
    foiled, failed = cell("foiled", outcome)[0], len(ticks(outcome, events.KIND_FAILED))
    assert (foiled > 20 and failed == 0) if success else (foiled == 0 and failed > 50)


def test_a_searching_team_takes_what_it_finds_at_once() -> None:
    world = bare_world(
        **SOUGHT,
        detection__mode=modes.SEARCH,
        detection__search=0.2,
        operations__teams=2,
    )
    outcome = once(world)
    assert ticks(outcome, events.KIND_FOUND) == ticks(outcome, events.KIND_WORK) != []
    assert prov("queue_days", outcome).sum() == 0.0


# ---------------------------------------------------------------------------------------------- network


def test_no_more_militants_leave_than_there_are() -> None:
    world = bare_world(
        days=200, network__model=modes.LINEAR, network__militants=5, network__unit=1.0, operations__routine=2.0,
        operations__teams=9, operations__arrests=3.0,
    )  # fmt: skip
    outcome = once(world)
    assert outcome.trace is not None
    stock = outcome.trace["value"][outcome.trace["kind"] == events.KIND_NETWORK]
    assert stock.min() == 0.0 and prov("arrests", outcome).min() > 100
    assert prov("militant_days", outcome).max() < 5 * 200


# ---------------------------------------------------------------------------------------------- attacks

STRUCK: dict[str, Any] = {"days": 100, "threat__rate": 0.5, "threat__attempts": modes.POISSON}


def test_a_certain_stop_stops_all_at_the_first_layer_and_a_common_cause_passes_all() -> None:
    stopped = once(bare_world(**STRUCK, protection__constant=1.0))
    assert (cell("stopped_route", stopped) == cell("attacks", stopped)).all() and cell("attacks", stopped).sum() > 50
    passed = once(bare_world(**STRUCK, protection__constant=1.0, protection__common_cause=1.0))
    assert (cell("breaches", passed) == cell("attacks", stopped)).all()


def test_an_insider_who_multiplies_the_passage_to_one_lets_every_attack_pass() -> None:
    world = bare_world(
        **STRUCK, protection__constant=[[0.5, 0.5, 0.5]], protection__insider_on=1, protection__insider_onset=0.1,
        protection__insider_multiplier=8.0, protection__insider_unit=0.1, protection__insider_steady=1,
    )  # fmt: skip
    outcome = once(world)
    assert (cell("breaches", outcome) == cell("attacks", outcome)).all()
    assert cohort("leaking_days", outcome) == pytest.approx([100.0] * 2, rel=1e-15)


def test_a_loan_lasts_its_days_and_takes_what_is_left_of_the_reserve() -> None:
    world = bare_world(**STRUCK, protection__surge_units=5, protection__surge_days=6.0, protection__surge_reserve=8)
    trace = once(world).trace
    assert trace is not None
    lent, back = (trace[trace["kind"] == kind] for kind in (events.KIND_SURGE, events.KIND_SURGE_END))
    assert lent["value"][:2].tolist() == [5.0, 3.0]
    assert set(lent["value"]) <= {5.0, 3.0}
    assert (back["tick"] - lent["tick"][: len(back)] == 6 * DAY).all() and len(back) > 5


# ---------------------------------------------------------------------------------------------- movements


def test_without_teams_every_movement_goes_alone_after_its_patience() -> None:
    world = bare_world(
        days=100, movements__rule=modes.ALONE, movements__rate=1.0, movements__trip=fixed(0.5),
        movements__patience=fixed(2.0),
    )  # fmt: skip
    outcome = once(world)
    alone, waiting = cohort("alone", outcome), cohort("waiting_movements", outcome)
    assert (alone + waiting == cohort("movements", outcome)).all() and (cohort("escorted", outcome) == 0).all()
    assert cohort("wait_days", outcome) == pytest.approx(2.0 * alone, rel=1e-12)


def test_under_loss_nobody_waits_and_under_wait_nobody_is_cancelled() -> None:
    changes: dict[str, Any] = {
        "days": 100,
        "movements__rate": 2.0,
        "movements__teams": 1,
        "movements__trip": fixed(0.6),
    }
    lost, kept = (once(bare_world(movements__rule=rule, **changes)) for rule in (modes.LOSS, modes.WAIT))
    assert cohort("wait_days", lost).sum() == 0.0 and cohort("cancelled", lost).min() > 0
    assert cohort("cancelled", kept).sum() == 0.0 and cohort("wait_days", kept).min() > 0


# ---------------------------------------------------------------------------------------------- capacity


def test_teams_bought_arrive_in_tranches_after_their_lag() -> None:
    world = bare_world(
        days=60, capacity__target=instruments(modes.OPERATIONS, 5), capacity__tranches=3, capacity__hiring=fixed(10.0)
    )
    outcome = once(world)
    assert ticks(outcome, events.KIND_CAPACITY, 0) == [10 * DAY] * 3
    assert prov("team_days", outcome) == pytest.approx([60 + 5 * 50, 60.0], rel=1e-15)


def decided_twice(first: int, second: int, *, inherited: int = 0) -> Outcome:
    """A world that decides on guards at day 0 and day 5; hiring takes ten days, leaving seven."""
    return once(bare_world(
        days=60, calendar__decision_tick=[0, 5 * DAY], capacity__decision=[0, 1],
        capacity__target=instruments(modes.GUARDS, first, second),
        capacity__inherited=instruments(modes.GUARDS, inherited)[0], capacity__hiring=fixed(10.0),
        capacity__leaving=fixed(7.0),
    ))  # fmt: skip


@pytest.mark.parametrize("second", [2, 9])
def test_a_tranche_on_its_way_keeps_its_day_and_brings_what_is_wanted_by_then(second: int) -> None:
    outcome = decided_twice(6, second)
    assert ticks(outcome, events.KIND_CAPACITY, 0) == [10 * DAY]
    assert prov("guard_days", outcome) == pytest.approx([second * 50.0, 0.0], rel=1e-15)


def test_a_decision_in_the_other_direction_overtakes_the_one_before() -> None:
    outcome = decided_twice(6, 2, inherited=4)
    assert ticks(outcome, events.KIND_CAPACITY, 0) == [12 * DAY]
    assert prov("guard_days", outcome) == pytest.approx([4 * 12.0 + 2 * 48.0, 0.0], rel=1e-15)


def test_a_decision_to_stay_calls_off_what_is_on_its_way() -> None:
    outcome = decided_twice(6, 4, inherited=4)
    assert ticks(outcome, events.KIND_CAPACITY, 0) == []
    assert prov("guard_days", outcome) == pytest.approx([4 * 60.0, 0.0], rel=1e-15)


@pytest.mark.parametrize("tranches", [1, 4])
def test_more_money_never_means_fewer_guards_in_any_period(tranches: int) -> None:
    def guard_days(targets: tuple[int, int], replication: int) -> np.ndarray:
        world = bare_world(
            days=730, periods=8, calendar__decision_tick=[0, 365 * DAY], capacity__decision=[0, 1],
            capacity__tranches=tranches,
            capacity__target=instruments(modes.GUARDS, *targets),
            capacity__hiring=(int(samplers.LAW_GAMMA), 90.0, 2.0),
        )  # fmt: skip
        return simulate(world, seed=5, draw=0, replication=replication).province[:, 0, names.PROV_GUARD_DAYS]

    for replication in range(100):
        assert (guard_days((10, 10), replication) <= guard_days((20, 24), replication)).all()
        assert (guard_days((4, 4), replication) <= guard_days((4, 8), replication)).all()


# ---------------------------------------------------------------------------------------------- strips

#: intensities far above their unit: what they bring, how often a day, and the world
FAR: dict[str, tuple[str, float, dict[str, Any]]] = {
    "leads": ("leads_routine", 7.5, {"operations__routine": 1.0, "operations__tempo": 7.5, "operations__teams": 40}),
    "recruits": (
        "recruits", 11.0, {"network__model": modes.LINEAR, "network__inflow": 11.0, "network__unit": 0.5},
    ),
    "exits": (
        "exits", 11.0,
        {"network__model": modes.FIRE_WATER, "network__militants": 10**5, "network__water_rate": 11.0,
         "network__water_level": 1.0, "network__water_power": 0.0, "network__unit": 0.5},
    ),
    "false leads": (
        "leads_false", 9.0,
        {"detection__mode": modes.SEARCH, "operations__false_leads": 1.0, "operations__teams": 9,
         "operations__work": fixed(1e-9)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", FAR)
def test_an_intensity_far_above_its_unit_is_met_in_the_mean(which: str) -> None:
    name, rate, changes = FAR[which]
    found = prov(name, once(bare_world(days=400, **changes)))
    assert found == pytest.approx(400 * rate, abs=4.5 * math.sqrt(400 * rate))


def test_births_follow_a_stock_that_has_grown_to_forty_times_its_start() -> None:
    outcome = once(bare_world(
        days=400, threat__rate=0.3, network__model=modes.LINEAR, network__militants=10, network__inflow=1.0,
        network__unit=1.0,
    ))  # fmt: skip
    mean = 0.3 * prov("militant_days", outcome) / 10
    assert (mean > 2000.0).all()
    assert np.abs(cell("plots", outcome) - mean).max() < 4.5 * math.sqrt(mean.max())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, r"a rate in AAA reached 3\.28e\+04 times that of the start, more than 32768 times: this world grows"),
        ({"network__most": 100}, r"the militants in AAA reached 101, more than can be counted: this world grows"),
    ],
)
def test_a_world_that_grows_without_bound_is_an_error_with_a_name(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(GrowsWithoutBound, match=said):
        once(unbounded(**changes))


def test_follow_ons_are_born_where_the_spread_says() -> None:
    world = bare_world(
        days=100, threat__rate=[[0.3, 0.0]], threat__follow_ons=[1.0, 0.0], threat__follow_spread=[[0, 1], [0, 1]],
        threat__follow_law=(LAW_EXPONENTIAL, 2.0, 1.0),
    )  # fmt: skip
    outcome = once(world)
    assert prov("candidates", outcome)[1] == 0 and cell("plots", outcome)[1] > 5
    assert cell("plots", outcome)[1] == pytest.approx(cell("attacks", outcome)[0], abs=15)
