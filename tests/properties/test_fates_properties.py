"""Fates of plots add up to the paired difference in every generated world, whatever was changed in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st

from simcpec.analysis.plot_fates import FOLLOWED, changes, check, plots_of, total
from simcpec.engines import engine
from simcpec.errors import EngineError
from simcpec.model.outcome import CELL_COUNTS, Outcome
from simcpec.model.world import World
from simcpec.results.records import Fate
from simcpec.verification.worlds.generated_worlds import Case
from tests.support.strategies import cases

CHANGES: tuple[dict[str, Any], ...] = (
    {"operations__teams": 0},
    {"detection__hazard": 0.0, "detection__tips": 0.0, "detection__search": 0.0},
    {"threat__lapse": 0.05},
    {"protection__host_units": 0},
    {"network__per_death": 0.0, "network__per_arrest": 0.0},
    {"threat__rate": 0.15},
)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
SEARCH = settings(FEW, max_examples=500, phases=[Phase.generate])


def played(world: World, address: dict[str, int]) -> Outcome:
    try:
        return engine("compiled")(world, **address, trace=True)
    except EngineError:
        assume(False)
        raise


def counts(outcome: Outcome, world: World) -> dict[str, np.ndarray]:
    cell = outcome.cell[world.calendar.warm_up_periods :].sum(0)
    return {what: cell[..., CELL_COUNTS.index(what)].ravel() for what in FOLLOWED}


def followed(case: Case, world: World) -> tuple[Fate, ...]:
    """What became of the case's attacks in another world; refused unless it adds up, cell by cell."""
    a, b = played(case.world, case.address), played(world, case.address)
    assert a.trace is not None and b.trace is not None
    found = total(changes(plots_of(a.trace, case.world), plots_of(b.trace, world)))
    cells = [(p, c, s) for p in world.provinces for c in world.cohorts for s in world.settings]
    check(found, baseline=counts(a, case.world), scenario=counts(b, world), cells=cells)
    for what in FOLLOWED:
        signs = {"created": 1, "averted": -1}
        difference = counts(b, world)[what].sum() - counts(a, case.world)[what].sum()
        assert sum(signs.get(f.became, 0) * f.count for f in found if f.what == what) == difference
    return found


@given(cases(), st.sampled_from(CHANGES))
@FEW
def test_fates_add_up_to_the_paired_difference(case: Case, change: dict[str, Any]) -> None:
    followed(case, case.changed(**change))


@given(cases())
@FEW
def test_nothing_becomes_of_attacks_in_the_same_world(case: Case) -> None:
    assert {f.became for f in followed(case, case.world)} <= {"unchanged"}


@given(cases(weight="off", epochs=1), st.sampled_from(CHANGES))
@FEW
def test_nothing_is_displaced_where_protection_does_not_count(case: Case, change: dict[str, Any]) -> None:
    assert "displaced" not in {f.became for f in followed(case, case.changed(**change))}


def test_the_property_sees_displaced_and_created_attacks() -> None:
    """The control: the same search finds worlds in which attacks are displaced, created, delayed and averted."""
    for became in ("displaced", "created", "delayed", "averted"):
        find(
            st.tuples(cases(), st.sampled_from(CHANGES)),
            lambda drawn, became=became: (  # type: ignore[misc]
                became in {f.became for f in followed(drawn[0], drawn[0].changed(**drawn[1]))}
            ),
            settings=SEARCH,
        )
