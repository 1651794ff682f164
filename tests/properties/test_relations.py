"""The eighteen relations on worlds that hypothesis makes, their controls, and a fault of an engine for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from simcpec.engines import engine
from simcpec.engines.contract import Engine
from simcpec.model import modes
from simcpec.model.outcome import Outcome
from simcpec.model.world import World, flatten
from simcpec.verification.relations import scales
from simcpec.verification.relations.relation import Bench, Exact, Relation
from simcpec.verification.relations.table import RELATIONS, attempt, examine, named
from simcpec.verification.worlds.axes import AXES, divided, words
from simcpec.verification.worlds.generated_worlds import drawn
from simcpec.verification.worlds.neutral_world import bare_world, with_changes
from tests.support.strategies import cases

EXACT = [relation for relation in RELATIONS if isinstance(relation, Exact)]
BENCH = Bench()
PHASES = [Phase.explicit, Phase.generate]  # no shrinking: a failing case prints its switches


def name_of(relation: Relation) -> str:
    return relation.name


def test_there_are_eighteen_of_different_names() -> None:
    assert len({relation.name for relation in RELATIONS}) == len(RELATIONS) == 18


@pytest.mark.parametrize("relation", EXACT, ids=name_of)
def test_an_exact_relation_holds_to_the_last_bit(relation: Exact) -> None:
    @settings(max_examples=20, phases=PHASES)
    @given(cases(**relation.held))
    def holds(case: Any) -> None:
        assert attempt(relation.breach, case, BENCH) == ""

    holds()


@pytest.mark.parametrize("relation", RELATIONS, ids=name_of)
def test_a_relation_passes_and_its_control_is_caught_in_most_worlds(relation: Relation) -> None:
    row = examine(relation, worlds=12 if isinstance(relation, Exact) else None, seed=5)
    assert row.verdict == "pass", row
    assert 2 * row.caught > row.worlds, row


@pytest.mark.parametrize(
    "name", ["relabelling", "added empty province", "certain stop", "conservation", "strips opened in advance"]
)
def test_relations_hold_in_the_readable_engine_too(name: str) -> None:
    assert examine(named(name), worlds=3, seed=6, bench=Bench(engine="reference")).verdict == "pass"


# ------------------------------------------------------------------------------------------------ planted faults

Fault = Callable[[World], World]
PLAY = engine("compiled")


def faulty(fault: Fault) -> Engine:
    """An engine that plays another world than it was given."""

    def play(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
        return PLAY(fault(world), seed=seed, draw=draw, replication=replication, trace=trace)

    return play


def at_least(**floors: float) -> Fault:
    """No value of these leaves below a floor."""
    return lambda world: with_changes(
        world, **{name: np.maximum(flatten(world)[name.replace("__", ".")], floor) for name, floor in floors.items()}
    )


def times(**factors: float) -> Fault:
    """These leaves multiplied."""
    return lambda world: with_changes(
        world, **{name: flatten(world)[name.replace("__", ".")] * factor for name, factor in factors.items()}
    )


def by_position(world: World) -> World:
    return with_changes(world, addresses=tuple(7 + p for p in range(len(world.provinces))))


def by_the_number_of_provinces(world: World) -> World:
    return times(threat__rate=1.0 + 0.1 * len(world.provinces))(world)


def in_days(world: World) -> World:
    law = world.threat.follow_law
    return with_changes(world, threat__lapse=world.threat.lapse + 0.01, threat__follow_law=(law[0], law[1] + 1.0, 1.0))


def by_the_horizon(world: World) -> World:
    days = world.calendar.horizon_tick / world.calendar.ticks_per_day
    return times(threat__rate=1.0 + days / 1000.0)(world)


def deterred_in_secret(world: World) -> World:
    """Births read protection, whatever lambda is."""
    seen = float(world.protection.host_units.mean() + world.protection.constant.sum())
    return times(threat__rate=1.0 / (1.0 + abs(seen)))(world)


def guards_that_provoke(world: World) -> World:
    return times(threat__rate=1.0 + float(world.protection.host_units.mean()) / 50.0)(world)


def halved_above_three(world: World) -> World:
    """Teams that a large pool loses."""
    teams = world.operations.teams
    return with_changes(world, operations__teams=np.where(teams > 3, teams // 2, teams))


def blurred(world: World) -> World:
    """Attempts that share a factor, though they should be Poisson."""
    return with_changes(world, threat__attempts=modes.NEGBIN, threat__mixture_size=1.0)


FAULTS: dict[str, Fault] = {
    "zero rates": at_least(threat__rate=0.05),
    "certain stop": at_least(protection__common_cause=0.05),
    "everything off": times(threat__rate=1.03),
    "relabelling": by_position,
    "added empty province": by_the_number_of_provinces,
    "splitting a province": by_the_number_of_provinces,
    "time scaling": in_days,
    "monotone stop": guards_that_provoke,
    "splitting independence": blurred,
    "prefix of the horizon": by_the_horizon,
    "kappa = 1 neutrality": times(network__per_arrest=1.2),
    "doubling servers and arrivals": halved_above_three,
    "lambda = 0": deterred_in_secret,
    "strips opened in advance": times(detection__unit=2.0, network__unit=2.0, protection__insider_unit=2.0),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_an_engine_is_caught_by_its_relation(name: str) -> None:
    relation = named(name)
    worlds = 6 if isinstance(relation, Exact) else 2
    row = examine(relation, worlds=worlds, seed=1, bench=Bench(engine=faulty(FAULTS[name])))
    assert row.verdict == "broken", row


def test_an_engine_that_counts_its_plays_is_caught_by_the_order() -> None:
    """A shared sequential stream: what a replication draws hangs on how many were played before."""
    played = []

    def play(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
        played.append(replication)
        return PLAY(world, seed=seed, draw=draw, replication=len(played), trace=trace)

    row = examine(named("order and workers"), worlds=3, seed=1, bench=Bench(engine=play))
    assert row.verdict == "broken", row


def test_an_engine_that_forgets_an_event_is_caught_by_conservation() -> None:
    def play(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
        outcome = PLAY(world, seed=seed, draw=draw, replication=replication, trace=trace)
        assert outcome.trace is not None
        kept = np.ones(len(outcome.trace), bool)
        kept[np.flatnonzero(np.isin(outcome.trace["kind"], [10, 13, 14, 20]))[-1:]] = False
        return replace(outcome, trace=outcome.trace[kept])

    row = examine(named("conservation"), worlds=6, seed=1, bench=Bench(engine=play))
    assert row.verdict == "broken", row


def test_a_flat_fee_in_one_currency_is_caught_by_the_money_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    right = scales.costs
    monkeypatch.setattr(scales, "costs", lambda **tables: right(**tables) + 1000.0)
    row = examine(named("money-unit scaling"), worlds=3, seed=1)
    assert row.verdict == "broken", row


# ------------------------------------------------------------------------------------------------ dimensions


def test_every_leaf_with_a_time_in_it_is_needed_and_no_other_name_is_listed() -> None:
    """Time scaling breaks in some world as soon as any one of them is forgotten."""
    leaves = set(flatten(bare_world()))
    listed = scales.DURATIONS | scales.PER_DAY | scales.LOGS
    assert listed <= leaves
    assert len(listed) == sum(len(names) for names in (scales.DURATIONS, scales.PER_DAY, scales.LOGS))
    missing = set(listed)
    for number in range(400):
        case = drawn(number, seed=2, clock="hour")
        for name in sorted(missing):
            if attempt(lambda c, b, name=name: scales.time_scaled(c, b, but=[name]), case, BENCH):
                missing.discard(name)
        if not missing:
            break
    assert missing == set()


def test_two_halves_are_the_whole() -> None:
    world = drawn(3, provinces=2, groups="one").world
    halves = divided(world)
    assert halves.provinces == (*world.provinces, "NIL")
    assert np.array_equal(halves.threat.rate[:, [0, 2]].sum(axis=1), world.threat.rate[:, 0])
    assert np.array_equal(halves.threat.rate[:, 1], world.threat.rate[:, 1])
    units, exposure = halves.protection.host_units, halves.protection.exposure
    assert np.array_equal(units[:, 0], world.protection.host_units[:, 0] / 2) and np.array_equal(
        units[:, 0], units[:, 2]
    )
    assert np.array_equal(exposure[2], world.protection.exposure[0] / 2)
    assert np.allclose(halves.threat.follow_spread.sum(axis=1), 1.0)
    assert {name for name, axes in AXES.items() if "P" in axes} >= words("threat.follow_ons protection.exposure")
