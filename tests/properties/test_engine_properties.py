"""What holds in every world, whatever its switches: bytes, order, labels, horizons, and who may move whose draws.

Played by the compiled engine, three times as fast as the one to read; that both leave the same bytes in generated
worlds is the matter of tests/agreement.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from simcpec.engines.compiled import simulate
from simcpec.errors import IdentityBroken
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.outcome import Outcome, check
from simcpec.model.rules.strips import STRIPS
from simcpec.model.world import World, flatten
from simcpec.numerics.samplers import LAW_EXPONENTIAL
from simcpec.verification.relations.labels import CONTINUOUS
from simcpec.verification.worlds.axes import AXES, enlarged, prolonged, relabelled
from simcpec.verification.worlds.generated_worlds import Case
from simcpec.verification.worlds.neutral_world import bare_world, with_changes
from simcpec.verification.worlds.switches import SWITCHES
from tests.support.strategies import cases

PHASES = [Phase.explicit, Phase.generate]  # no shrinking, which plays thousands: a failing case prints its switches
FEW, MANY = settings(max_examples=40, phases=PHASES), settings(max_examples=60, phases=PHASES)
#: nothing that happens in one province reaches another
APART = {"displacement": "off", "excitation": "off", "surge": "off"}
#: a world in which a fault of addressing, order or coupling shows at once
BUSY: dict[str, Any] = {
    "threat__rate": [[0.5, 0.3]],
    "threat__follow_ons": 0.4,
    "threat__follow_spread": [[0.5, 0.5], [0.5, 0.5]],
    "protection__constant": [[0.2, 0.3, 0.1]],
}


def played(world: World, case: Case, *, trace: bool = False) -> Outcome:
    """The outcome."""
    return simulate(world, **case.address, trace=trace)


def tables(outcome: Outcome) -> list[np.ndarray]:
    return [outcome.cell, outcome.cohort, outcome.mode, outcome.province, outcome.start_plots]


def same(left: Outcome, right: Outcome) -> bool:
    """Equal to the last bit."""
    return all(
        a.tobytes() == b.tobytes() and a.shape == b.shape for a, b in zip(tables(left), tables(right), strict=True)
    )


def rows(outcome: Outcome, *kinds: int) -> np.ndarray:
    """The rows of a trace, of these kinds or of all."""
    assert outcome.trace is not None
    return outcome.trace[np.isin(outcome.trace["kind"], kinds)] if kinds else outcome.trace


def elsewhere(outcome: Outcome, p: int) -> np.ndarray:
    """The rows of a trace that do not belong to province p."""
    return rows(outcome)[rows(outcome)["province"] != p]


# ---------------------------------------------------------------------------------------------- the worlds themselves


def test_every_array_of_a_world_has_named_axes_and_every_switch_takes_all_its_words() -> None:
    leaves = flatten(bare_world())
    assert {name: leaf.ndim for name, leaf in leaves.items() if isinstance(leaf, np.ndarray)} == {
        name: len(letters) for name, letters in AXES.items()
    }
    seen: dict[str, set[Any]] = {name: set() for name in SWITCHES}

    @settings(max_examples=120)
    @given(cases())
    def look(case: Case) -> None:
        for name in SWITCHES:
            seen[name].add(case.switches[name])

    look()
    assert {name: set(words) for name, words in SWITCHES.items()} == seen


def test_an_unknown_switch_or_word_is_refused() -> None:
    with pytest.raises(ValueError, match=r"surge is 'maybe'; allowed: \('off', 'on'\)"):
        cases(surge="maybe")
    with pytest.raises(KeyError, match="surgeon"):
        cases(surgeon="off")


# ---------------------------------------------------------------------------------------------- counts


@MANY
@given(cases())
def test_identities_hold_and_every_count_is_a_finite_number_not_below_zero(case: Case) -> None:
    outcome = played(case.world, case)  # raises IdentityBroken by itself
    for table in tables(outcome):
        assert np.isfinite(table).all()
        assert (table >= 0.0).all()
    days = case.world.calendar.horizon_tick / case.world.calendar.ticks_per_day
    total = outcome.province.sum(axis=0)
    assert (total[:, names.PROV_STOPPAGE_DAYS] <= days * (1 + 1e-12)).all()
    assert (outcome.cohort[..., names.COHORT_LEAKING_DAYS].sum(axis=0) <= days * (1 + 1e-12)).all()
    if case.switches["budget"] == "off":  # teams do not leave in the middle of their work
        assert (total[:, names.PROV_BUSY_DAYS] <= total[:, names.PROV_TEAM_DAYS] * (1 + 1e-12)).all()


@pytest.mark.parametrize("name", ["attacks", "foiled", "open_plots", "stopped_guard"])
def test_a_count_that_is_off_by_one_is_caught(name: str) -> None:
    world = bare_world(**BUSY)
    outcome = simulate(world, seed=0, draw=0, replication=0)
    outcome.cell[0, 1, 0, 0, names.CELL_COUNTS.index(name)] += 1.0
    with pytest.raises(IdentityBroken, match=r"is broken at index \(0, 1, 0, 0\)"):
        check(outcome, world)


COUNTED = {
    events.KIND_DETERRED: names.CELL_DETERRED, events.KIND_FOILED: names.CELL_FOILED,
    events.KIND_LAPSED: names.CELL_LAPSED, events.KIND_ATTACK: names.CELL_ATTACKS,
    events.KIND_BREACH: names.CELL_BREACHES,
}  # fmt: skip


def told(trace: np.ndarray, world: World, value: str | None = None) -> np.ndarray:
    """Rows (or the sum of their values) by period and province; a tick at the end of a period is in the next one."""
    periods, provinces = len(world.calendar.period_end_tick), len(world.provinces)
    at = np.searchsorted(world.calendar.period_end_tick, trace["tick"], side="right")
    found = np.zeros((periods, provinces))
    np.add.at(found, (at, trace["province"]), 1.0 if value is None else trace[value])
    return found


@MANY
@given(cases())
def test_the_trace_is_in_order_of_time_and_tells_what_the_tables_count(case: Case) -> None:
    world, outcome = case.world, played(case.world, case, trace=True)
    ticks = rows(outcome)["tick"]
    assert (np.diff(ticks) >= 0).all()
    assert ((ticks >= 0) & (ticks < world.calendar.horizon_tick)).all()
    cells, provinces, cohorts = outcome.cell.sum(axis=(2, 3)), outcome.province, outcome.cohort.sum(axis=2)
    for kind, name in COUNTED.items():
        assert np.array_equal(told(rows(outcome, kind), world), cells[..., name])
    plots = told(rows(outcome, events.KIND_BORN, events.KIND_DETERRED), world)
    assert np.array_equal(plots, cells[..., names.CELL_PLOTS])
    for layer, name in enumerate((names.CELL_ROUTE, names.CELL_GUARD, names.CELL_HARDENING)):
        stopped = rows(outcome, events.KIND_STOPPED)
        assert np.array_equal(told(stopped[stopped["value"] == layer], world), cells[..., name])
    assert np.array_equal(told(rows(outcome, events.KIND_BREACH), world, "value"), cells[..., names.CELL_DEATHS])
    for kind, group in (
        (events.KIND_CANDIDATE, [names.PROV_CANDIDATES]),
        (events.KIND_LEAD, [names.PROV_LEADS_ROUTINE, names.PROV_LEADS_FALSE]),
        (events.KIND_DONE, [names.PROV_OPS_PLOT, names.PROV_OPS_ROUTINE]),
        (events.KIND_STALE, [names.PROV_STALE]),
    ):
        assert np.array_equal(told(rows(outcome, kind), world), provinces[..., group].sum(axis=-1))
    marks = provinces[..., [names.PROV_ARRESTS, names.PROV_DEATHS]].sum(axis=-1)
    assert np.array_equal(told(rows(outcome, events.KIND_ARREST), world, "value"), marks)
    departed = rows(outcome, events.KIND_DEPART)
    for escorted, name in ((1.0, names.COHORT_ESCORTED), (0.0, names.COHORT_ALONE)):
        assert np.array_equal(told(departed[departed["value"] == escorted], world), cohorts[..., name])
    for kind, name in ((events.KIND_MOVEMENT, names.COHORT_MOVEMENTS), (events.KIND_CANCELLED, names.COHORT_CANCELLED)):
        assert np.array_equal(told(rows(outcome, kind), world), cohorts[..., name])


@FEW
@given(cases(surge="on", attempts="poisson"))
def test_guards_on_loan_never_exceed_the_reserve(case: Case) -> None:
    loans = rows(played(case.world, case, trace=True), events.KIND_SURGE, events.KIND_SURGE_END)
    lent = np.cumsum(np.where(loans["kind"] == events.KIND_SURGE, loans["value"], -loans["value"]))
    assert (lent >= 0.0).all() and (lent <= case.world.protection.surge_reserve).all()


# ---------------------------------------------------------------------------------------------- pure function


@FEW
@given(cases())
def test_the_same_address_gives_the_same_bytes_traced_or_not(case: Case) -> None:
    first, second = (played(case.world, case, trace=True) for _ in range(2))
    assert same(first, second) and rows(first).tobytes() == rows(second).tobytes()
    assert same(first, played(case.world, case))


def test_another_seed_draw_or_replication_gives_another_outcome() -> None:
    world = bare_world(**BUSY)
    here = simulate(world, seed=0, draw=0, replication=0)
    for other in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        assert not same(here, simulate(world, seed=other[0], draw=other[1], replication=other[2]))


@FEW
@given(cases(days=40), st.permutations(range(4)))
def test_the_order_in_which_replications_are_played_is_irrelevant(case: Case, order: list[int]) -> None:
    def all_of(numbers: list[int]) -> dict[int, Outcome]:
        return {n: played(case.world, Case(case.world, case.seed, n, {})) for n in numbers}

    forwards, shuffled = all_of([0, 1, 2, 3]), all_of(order)
    assert all(same(forwards[n], shuffled[n]) for n in order)


# ---------------------------------------------------------------------------------------------- labels and neighbours


def by_label(outcome: Outcome, order: list[int]) -> np.ndarray:
    """The trace with provinces renamed i -> order[i], and rows of one tick put in a fixed order."""
    trace = rows(outcome).copy()
    here = trace["province"] >= 0
    trace["province"][here] = np.array(order)[trace["province"][here]]
    return np.sort(trace, order=[name for name in names.TRACE.names if name != "value"] + ["value"])


@MANY
@given(cases(clock="microsecond", provinces=3, preparation=CONTINUOUS), st.permutations(range(3)))
def test_relabelled_provinces_relabel_the_outcome_exactly(case: Case, order: list[int]) -> None:
    old, new = (played(w, case, trace=True) for w in (case.world, relabelled(case.world, order)))
    assert new.cell.tobytes() == old.cell[:, order].tobytes()
    assert new.cohort.tobytes() == old.cohort[:, order].tobytes()
    assert new.province.tobytes() == old.province[:, order].tobytes()
    assert by_label(new, order).tobytes() == by_label(old, [0, 1, 2]).tobytes()


def test_draws_by_position_instead_of_address_break_the_relabelling() -> None:
    world = bare_world(**BUSY)
    wrong = relabelled(world, [1, 0], keep_addresses=True)
    old, new = (simulate(w, seed=0, draw=0, replication=0) for w in (world, wrong))
    assert new.cell.tobytes() != old.cell[:, [1, 0]].tobytes()


@FEW
@given(cases())
def test_an_added_province_with_zero_rates_leaves_every_other_trajectory_alone(case: Case) -> None:
    small, large = (played(w, case, trace=True) for w in (case.world, enlarged(case.world)))
    n = len(case.world.provinces)
    for old, new in ((small.cell, large.cell), (small.cohort, large.cohort), (small.province, large.province)):
        assert np.ascontiguousarray(new[:, :n]).tobytes() == old.tobytes()
    assert elsewhere(large, n).tobytes() == rows(small).tobytes()
    assert large.cell[:, n].sum() == 0.0 and large.cohort[:, n].sum() == 0.0


def test_an_added_province_that_attracts_plots_does_not_leave_the_others_alone() -> None:
    world = bare_world(**BUSY, cells__displacement=modes.LOGIT)
    larger = enlarged(world)
    larger.cells.utility[0, -1, 0, modes.SITE] = 0.0
    small, large = (simulate(w, seed=0, draw=0, replication=0) for w in (world, larger))
    assert large.cell[:, :2].tobytes() != small.cell.tobytes()


@FEW
@given(cases(provinces=3, **{**APART, "stoppage": "one"}), st.sampled_from(["host", "bought"]))
def test_one_more_guard_moves_nothing_in_another_province(case: Case, which: str) -> None:
    guards = "protection__host_units" if which == "host" else "capacity__target"
    units = (case.world.protection.host_units if which == "host" else case.world.capacity.target).copy()
    units[(slice(None), 1, modes.GUARD) if which == "host" else (slice(None), 1, modes.GUARDS)] += 1
    before, after = (played(w, case, trace=True) for w in (case.world, case.changed(**{guards: units})))
    assert elsewhere(before, 1).tobytes() == elsewhere(after, 1).tobytes()
    others = [0, 2]
    for old, new in ((before.cell, after.cell), (before.cohort, after.cohort), (before.province, after.province)):
        assert new[:, others].tobytes() == old[:, others].tobytes()
    kinds = (events.KIND_CANDIDATE, events.KIND_MOVEMENT, events.KIND_INSIDER)
    if case.switches["source"] == "poisson":  # exogenous everywhere, in the province of the guard too
        assert rows(before, *kinds).tobytes() == rows(after, *kinds).tobytes()


def test_one_more_guard_does_move_plots_elsewhere_when_attackers_choose() -> None:
    world = bare_world(
        **BUSY, cells__displacement=modes.LOGIT, cells__weight=4.0, protection__gain=2.0, protection__ceiling=0.9
    )
    world = with_changes(world, protection__constant=-1.0)
    units = world.protection.host_units.copy()
    units[:, 0, modes.GUARD] += 60.0
    before, after = (
        simulate(w, seed=0, draw=0, replication=0, trace=True)
        for w in (world, with_changes(world, protection__host_units=units))
    )
    assert elsewhere(before, 0).tobytes() != elsewhere(after, 0).tobytes()


# ---------------------------------------------------------------------------------------------- horizon and clock


@FEW
@given(cases(clock="microsecond"))
def test_a_longer_horizon_keeps_what_came_before(case: Case) -> None:
    world = case.world
    short, long = (played(w, case, trace=True) for w in (world, prolonged(world, 25.0)))
    for old, new in zip(tables(short)[:3], tables(long)[:3], strict=True):
        assert new[:-1].tobytes() == old.tobytes()
    begun = rows(long)[rows(long)["tick"] < world.calendar.horizon_tick]
    assert begun.tobytes() == rows(short).tobytes()


@FEW
@given(cases(clock="hour"))
def test_on_a_coarse_clock_ties_abound_and_a_longer_horizon_still_keeps_every_count(case: Case) -> None:
    short, long = (played(w, case, trace=True) for w in (case.world, prolonged(case.world, 25.0)))
    for old, new in zip(tables(short)[:3], tables(long)[:3], strict=True):
        assert new[:-1].tobytes() == old.tobytes()
    begun = Outcome(**{**vars(long), "trace": rows(long)[rows(long)["tick"] < case.world.calendar.horizon_tick]})
    assert by_label(begun, [0, 1, 2]).tobytes() == by_label(short, [0, 1, 2]).tobytes()


def test_a_coarse_clock_forces_ties_and_moves_no_draw() -> None:
    changes = {**BUSY, "operations__routine": 4.0, "operations__work": (LAW_EXPONENTIAL, 0.2, 1.0)}
    fine, coarse = (
        simulate(bare_world(**changes, ticks_per_day=per_day), seed=0, draw=0, replication=0, trace=True)
        for per_day in (86_400_000_000, 24)
    )
    tied = np.diff(rows(coarse, events.KIND_DONE)["tick"]) == 0
    assert tied.mean() > 0.05
    assert not (np.diff(rows(fine, events.KIND_DONE)["tick"]) == 0).any()
    for kind in (events.KIND_LEAD, events.KIND_CANDIDATE):  # the same entities, but for the last ones before the end
        left, right = (set(rows(o, kind)["entity"].tolist()) for o in (fine, coarse))
        assert len(left ^ right) <= 0.05 * len(left)


# ---------------------------------------------------------------------------------------------- levers

DIMENSIONS = {
    "provinces": 2, "cohorts": 2, "epochs": 2, "days": 100, "clock": "microsecond", "budget": "two_years",
    "revisions": "on", "network": "linear", "source": "poisson", "groups": "one",
}  # fmt: skip


@FEW
@given(cases(**DIMENSIONS, escort="loss"), cases(**DIMENSIONS, escort="wait"))
def test_candidates_and_movements_never_read_a_lever(here: Case, other: Case) -> None:
    """The other world differs in every part but the calendar, the threat and the rate of movements.

    Its stock of militants may reach more strips of candidates, or fewer; a candidate of both has one tick.
    """
    threat = {"calendar": here.world.calendar, "threat": here.world.threat}
    world = other.changed(**threat, movements__rate=here.world.movements.rate)
    before, after = (played(w, here, trace=True) for w in (here.world, world))
    assert rows(before, events.KIND_MOVEMENT).tobytes() == rows(after, events.KIND_MOVEMENT).tobytes()
    one, other = (rows(outcome, events.KIND_CANDIDATE) for outcome in (before, after))
    first = [each[(each["entity"] >> np.uint64(38)) & np.uint64(STRIPS - 1) == 0] for each in (one, other)]
    assert first[0].tobytes() == first[1].tobytes()
    ticks = [{(row["entity"], row["province"]): row["tick"] for row in each} for each in (one, other)]
    assert all(ticks[1][key] == tick for key, tick in ticks[0].items() if key in ticks[1])


def test_candidates_do_read_the_threat() -> None:
    worlds = (bare_world(**BUSY), bare_world(**{**BUSY, "threat__rate": [[0.5, 0.31]]}))
    before, after = (
        rows(simulate(w, seed=0, draw=0, replication=0, trace=True), events.KIND_CANDIDATE) for w in worlds
    )
    assert before.tobytes() != after.tobytes()
    assert before[before["province"] == 0].tobytes() == after[after["province"] == 0].tobytes()


#: neither displacement nor adaptation nor a queue lets one attack's fate turn another's
UNCOUPLED = {
    "displacement": "off", "weight": "off", "surge": "off", "detection": "bernoulli", "footprint": "off",
    "sop": "periodic", "network": "off", "layers": "units",
}  # fmt: skip


@MANY
@given(cases(**UNCOUPLED), st.integers(1, 40))
def test_more_guards_never_mean_more_attacks_or_breaches_when_nothing_is_coupled(case: Case, more: int) -> None:
    units = case.world.protection.host_units.copy()
    units[:, :, modes.GUARD] += more
    few, many = (played(w, case) for w in (case.world, case.changed(protection__host_units=units)))
    for name in (names.CELL_ATTACKS, names.CELL_BREACHES, names.CELL_DEATHS):
        totals = [outcome.cell[..., name].cumsum(axis=0).sum(axis=(1, 2, 3)) for outcome in (few, many)]
        assert (totals[1] <= totals[0]).all()


@FEW
@given(cases(**UNCOUPLED, budget="one_year", provinces=2), st.integers(1, 40))
def test_more_bought_guards_never_mean_fewer_on_duty_or_more_breaches(case: Case, more: int) -> None:
    target = case.world.capacity.target.copy()
    target[:, :, modes.GUARDS] += more
    few, many = (played(w, case) for w in (case.world, case.changed(capacity__target=target)))
    assert (many.province[..., names.PROV_GUARD_DAYS] >= few.province[..., names.PROV_GUARD_DAYS]).all()
    assert many.cell[..., names.CELL_BREACHES].sum() <= few.cell[..., names.CELL_BREACHES].sum()


def test_more_guards_in_one_province_can_mean_more_attacks_when_plots_are_displaced() -> None:
    """The control: what the uncoupled world rules out does happen in a coupled one."""
    world = bare_world(
        threat__rate=[[0.5, 0.3]], cells__displacement=modes.LOGIT, cells__weight=5.0, protection__constant=-1.0,
        protection__gain=2.0, protection__ceiling=0.9, detection__mode=modes.BERNOULLI,
        detection__probability=[[0.9, 0.0]],
    )  # fmt: skip
    units = world.protection.host_units.copy()
    units[:, 0, modes.GUARD] += 60.0
    few, many = (
        simulate(w, seed=0, draw=0, replication=0) for w in (world, with_changes(world, protection__host_units=units))
    )
    assert many.cell[..., names.CELL_ATTACKS].sum() > few.cell[..., names.CELL_ATTACKS].sum()
