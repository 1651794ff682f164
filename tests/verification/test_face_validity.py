"""Face validity: force that backfires, how many teams pay, attacks that move, attackers who learn."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from simcpec.engines.compiled.simulate import state
from simcpec.model import events, modes
from simcpec.model.rules.cells import learned
from simcpec.model.world import Floats, World
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.verification.worlds.neutral_world import bare_world, with_changes
from tests.verification.validity import SEED, Plays, plays, surely_less, surely_more, traces

# ------------------------------------------------------------------------------------------------ more force

#: Khyber Pakhtunkhwa of the base case with many plots and few teams, alone: the other provinces stand still
ALONE = (
    "run.horizon=4 years", "world.threat.drift.mode=off",
    "world.movements.rate={corridor: 0 /year, scattered: 0 /year}",
    *(f"world.provinces.{code}.plots=0 /year" for code in ("PUN", "SIN", "BAL", "GB", "AJK", "ICT")),
    "world.provinces.KP.plots=60 /year", "world.operations.teams={KP: 3}", "world.operations.patience.mean=1 days",
    "world.operations.routine_leads={PUN: 0 /year, SIN: 0 /year, KP: 2400 /year, BAL: 0 /year, ICT: 0 /year}",
)  # fmt: skip
KP = 2
REPLICATIONS = 30


@cache
def khyber(backlash: str) -> World:
    """One of the three worlds."""
    return build(load("base", sets=[*ALONE, f"world.backlash.world={backlash}"])).world


def more_teams(world: World) -> World:
    """Four times the operation teams."""
    return with_changes(world, operations__teams=4 * world.operations.teams)


def deadlier(world: World) -> World:
    """Three times the militants killed in an operation."""
    return with_changes(world, operations__deaths=3.0 * world.operations.deaths)


def more_guards(world: World) -> World:
    """Four times the guards of the host state, and with them their footprint."""
    host, footprint = world.protection.host_units.copy(), world.network.footprint.copy()
    host[:, KP, modes.GUARD] *= 4.0
    footprint[:, KP] *= 4.0
    return with_changes(world, protection__host_units=host, network__footprint=footprint)


FORCE = {"teams": more_teams, "deaths per operation": deadlier, "guards": more_guards}


@cache
def forced(backlash: str, what: str = "") -> Plays:
    """The world as it is or with more force, under the same random numbers."""
    world = khyber(backlash)
    return plays(FORCE[what](world) if what else world, REPLICATIONS)


def gained(backlash: str, what: str, name: str) -> Floats:
    """(R,) by how much more force raises a counter."""
    return forced(backlash, what).total(name) - forced(backlash).total(name)


@pytest.mark.parametrize("what", FORCE)
def test_more_force_makes_things_worse_where_backlash_is_strong(what: str) -> None:
    surely_more(gained("strong", what, "militant_days"))
    if (
        what == "deaths per operation"
    ):  # teams and guards stop and deter besides, which makes up for a part or all of it
        surely_more(gained("strong", what, "attacks"))
        surely_more(gained("strong", what, "expected_breaches"))


def test_the_footprint_of_guards_takes_back_a_part_of_what_they_deter_where_backlash_is_strong() -> None:
    for name in ("attacks", "expected_breaches"):
        surely_more(gained("strong", "guards", name) - gained("none", "guards", name))


@pytest.mark.parametrize("what", FORCE)
def test_more_force_makes_nothing_worse_where_there_is_no_backlash(what: str) -> None:
    surely_less(gained("none", what, "attacks"))
    surely_less(gained("none", what, "expected_breaches"))
    if what == "guards":  # they remove nobody: each replication differs by what fewer attacks change
        assert abs(gained("none", what, "militant_days").mean()) < 1e-3 * forced("none").total("militant_days").mean()
    else:
        surely_less(gained("none", what, "militant_days"))


@pytest.mark.parametrize("what", FORCE)
def test_backlash_is_not_found_where_it_is_switched_off(what: str) -> None:
    with pytest.raises(AssertionError, match="not sure"):
        surely_more(gained("none", what, "attacks"))
    with pytest.raises(AssertionError, match="not sure"):
        surely_less(gained("strong", what, "militant_days"))


# ------------------------------------------------------------------------------------------------ how many teams pay

TEAMS = tuple(range(8))  # one number a province; all provinces have the same random numbers
PROVINCES = ("SIN", "BAL", "P3", "P4", "P5", "P6", "P7", "P8")
TEAM_COST = 0.003  # a day and team, in attacks: a team costs in 333 days what an attack does
FAST, MIDDLE, SLOW = 2, 15, 300  # days of preparation
SPLIT = 3  # teams: the optimum lies above it for the middle, at or below it for the others


@cache
def losses(days: int) -> Floats:
    """(R, 8) attacks and cost of teams a day, in attacks, by number of teams."""
    each = [f"world.provinces.{code}.plots=0.1 /day" for code in PROVINCES]
    teams = ", ".join(f"{code}: {number} teams" for code, number in zip(PROVINCES, TEAMS, strict=True))
    world = build(load("theory/eight", sets=[
        *each, f"world.preparation.mean={days} days", "world.detection.mode=search",
        "world.detection.search=0.03 /day",
        f"world.operations.teams={{{teams}}}", "world.operations.work.mean=2 days",
        "run.warm_up=600 days", "run.horizon=10 years",
    ])).world  # fmt: skip
    world = replace(world, addresses=world.addresses[:1] * len(TEAMS))
    found = plays(world, 60).cell("attacks").sum(axis=(1, 3, 4))
    return np.asarray(found / 3652.0 + TEAM_COST * np.array(TEAMS))


def optimum_lies(found: Floats, *, above: bool) -> None:
    """The number of teams with the least loss is surely above `SPLIT`, or surely not."""
    here, there = (found[:, SPLIT + 1 :], found[:, : SPLIT + 1])[:: 1 if above else -1]
    best = here[:, here.mean(axis=0).argmin()]
    for other in there.T:  # every number on the other side loses to one on this side
        surely_more(other - best)


def test_the_best_number_of_teams_rises_and_falls_again_as_plots_become_slower() -> None:
    optimum_lies(losses(FAST), above=False)  # plots that no team can catch
    optimum_lies(losses(MIDDLE), above=True)
    optimum_lies(losses(SLOW), above=False)  # plots that few teams find in the end


@pytest.mark.parametrize(("days", "above"), [(FAST, True), (MIDDLE, False), (SLOW, True)])
def test_an_optimum_on_the_other_side_is_not_found(days: int, above: bool) -> None:
    with pytest.raises(AssertionError, match="not sure"):
        optimum_lies(losses(days), above=above)


def test_with_teams_for_nothing_more_are_always_better() -> None:
    for days in (FAST, MIDDLE, SLOW):
        free = losses(days) - TEAM_COST * np.array(TEAMS)
        surely_less(free[:, -1] - free[:, 0])
    with pytest.raises(AssertionError, match="not sure"):  # the control: without a price nothing falls again
        optimum_lies(losses(SLOW) - TEAM_COST * np.array(TEAMS), above=False)


# ------------------------------------------------------------------------------------------------ attacks that move

GUARDED, OPEN = modes.SITE, modes.RESIDENCE
GUARDS = 400.0  # effective, of 100 persons in each setting


def two_settings(**changes: Any) -> World:
    """Sites and homes that attract alike, attacked once in two days; layers by guards alone."""
    utility = np.full((1, 1, 1, 3), -np.inf)
    utility[..., [GUARDED, OPEN]] = 0.0
    return with_changes(
        bare_world(
            codes=("AAA",), days=1000.0, periods=10, threat__rate=0.5, cells__utility=utility,
            protection__constant=-1.0, protection__ceiling=0.9,
            protection__gain=0.5,
        ), **changes,
    )  # fmt: skip


def guarded(world: World, *, since_day: int = 0) -> World:
    """The same with guards bought for the sites: in place at the start, or decided on a day and there a day later."""
    units = np.zeros((1, len(modes.INSTRUMENTS)), np.int64)
    units[:, modes.GUARDS] = GUARDS
    if not since_day:
        return with_changes(world, capacity__inherited=units, capacity__target=units[None])
    ticks = np.array([0, since_day * world.calendar.ticks_per_day])
    return with_changes(
        world, calendar__decision_tick=ticks, capacity__decision=[0, 1], capacity__target=[np.zeros_like(units), units]
    )


MODES = {"off": modes.STAY, "logit": modes.LOGIT, "adaptive": modes.ADAPTIVE}


def choosing(mode: str, *, outside: float = -np.inf, diffusion: float = 0.0, learning: float = 0.2) -> World:
    """Two settings, and plots that choose between them in this way."""
    return two_settings(
        cells__displacement=MODES[mode], cells__weight=2.0 if mode != "off" else 0.0, cells__outside=outside,
        cells__learning=learning if mode == "adaptive" else 0.0, cells__diffusion=diffusion,
    )  # fmt: skip


@cache
def moved(mode: str, outside: float = -np.inf, diffusion: float = 0.0) -> dict[str, Floats]:
    """(R,) what guards at the sites change: attacks there, attacks on homes, plots that give up."""
    world = choosing(mode, outside=outside, diffusion=diffusion)
    before, after = plays(world, 100), plays(guarded(world), 100)
    return {
        "sites": after.setting("attacks", GUARDED) - before.setting("attacks", GUARDED),
        "homes": after.setting("attacks", OPEN) - before.setting("attacks", OPEN),
        "given up": after.total("deterred") - before.total("deterred"),
        "open": after.total("open_plots") - before.total("open_plots"),
    }


@pytest.mark.parametrize("mode", ["logit", "adaptive"])
@pytest.mark.parametrize("outside", [-np.inf, 0.0])
def test_protecting_one_setting_moves_attacks_to_the_other(mode: str, outside: float) -> None:
    found = moved(mode, outside)
    surely_less(found["sites"])
    surely_more(found["homes"])


def test_without_displacement_protection_moves_no_attack() -> None:
    assert all((values == 0.0).all() for values in moved("off").values())
    with pytest.raises(AssertionError, match="not sure"):  # the control of the tests above
        surely_more(moved("off")["homes"])


@pytest.mark.parametrize("mode", ["logit", "adaptive"])
def test_giving_up_takes_a_part_of_what_moves(mode: str) -> None:
    found = moved(mode, 0.0)
    surely_more(found["given up"])
    surely_less(found["given up"] + found["sites"])  # only a part
    assert (moved(mode)["given up"] == 0.0).all()  # nobody gives up where there is no such choice


@pytest.mark.parametrize("mode", ["logit", "adaptive"])
def test_diffusion_of_benefit_lowers_what_the_other_setting_gets(mode: str) -> None:
    surely_less(moved(mode, 0.0, 0.5)["homes"] - moved(mode, 0.0)["homes"])
    with pytest.raises(AssertionError, match="not sure"):
        surely_less(moved(mode, 0.0, 0.0)["homes"] - moved(mode, 0.0)["homes"])


# ------------------------------------------------------------------------------------------------ attackers who learn

ARRIVE = 500  # day on which guards come to the sites, of 1000
SOON, LATE = slice(5, 6), slice(8, 10)  # periods of 100 days: the first with guards, and long after


@cache
def arriving(mode: str, learning: float = 0.2) -> tuple[Plays, Plays]:
    """Without and with guards who come half-way; giving up is a choice."""
    world = choosing(mode, outside=0.0, learning=learning)
    return plays(world, 100), plays(guarded(world, since_day=ARRIVE), 100)


def changed(found: tuple[Plays, Plays], name: str, s: int, when: slice = LATE) -> Floats:
    """(R,) what the guards change in some periods."""
    before, after = (each.cell(name)[:, when, ..., s].sum(axis=(1, 2, 3)) for each in found)
    return np.asarray(after - before)


def test_learners_leave_what_has_become_protected_for_other_settings_and_for_good() -> None:
    found = arriving("adaptive")
    surely_less(changed(found, "attacks", GUARDED))
    surely_more(changed(found, "attacks", OPEN))
    before, after = found
    gave_up = [each.cell("deterred")[:, LATE].sum(axis=(1, 2, 3, 4)) for each in (before, after)]
    surely_more(gave_up[1] - gave_up[0])


def test_learners_notice_later_than_those_who_see() -> None:
    learners, others = (changed(arriving(mode), "attacks", GUARDED, SOON) for mode in ("adaptive", "logit"))
    surely_more(learners - others)


def test_who_learns_nothing_moves_nowhere() -> None:
    found = arriving("adaptive", 0.0)
    for s in (GUARDED, OPEN):
        assert (changed(found, "attacks", s) == 0.0).all()
    with pytest.raises(AssertionError, match="not sure"):
        surely_less(changed(found, "attacks", GUARDED))


@pytest.mark.parametrize("learning", [0.0, 0.2, 1.0])
def test_perceived_protection_is_what_happened_weighted_by_learning(learning: float) -> None:
    world = guarded(choosing("adaptive", outside=0.0, learning=learning), since_day=ARRIVE)
    for r, trace in enumerate(traces(world, 5)):
        seen = state(world, seed=SEED, draw=0, replication=r)["perceived"][0, 0]
        np.testing.assert_array_equal(seen[[GUARDED, OPEN]], believed(trace, learning)[[GUARDED, OPEN]])
        if learning > 0.0:
            assert (seen[[GUARDED, OPEN]] != believed(trace, learning / 2)[[GUARDED, OPEN]]).any()


def believed(trace: np.ndarray, learning: float) -> Floats:
    """(S,) belief after the attacks of a trace, from none at the start, where nothing was protected."""
    belief = np.zeros(3)
    for row in trace[np.isin(trace["kind"], (events.KIND_STOPPED, events.KIND_BREACH))]:
        stopped = bool(row["kind"] == events.KIND_STOPPED)
        belief[row["setting"]] = learned(belief[row["setting"]], stopped, learning)
    return belief
