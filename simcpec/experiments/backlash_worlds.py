"""The comparison of a study again, where backlash is read otherwise than its scenarios read it.

Sources do not say whether operations are followed by more violence, so that no order of scenarios is claimed that one
of the readings ``none``, ``moderate`` and ``strong`` (`simcpec verify worlds`) does not share. A study with draws plays
the first fifth of them, at most 10 replications of each, under every other reading, at the same addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simcpec.analysis.estimates import NOT_ESTIMABLE
from simcpec.analysis.responses import responses_of
from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.errors import ScenarioError
from simcpec.experiments.design.prepare import StudyPlan, drawing
from simcpec.experiments.design.study_size import BACKLASH, size_in_worlds
from simcpec.results.records import Parameters, ScenarioResult, Study, WorldContrast
from simcpec.scenario import Resolved, leaves, load_whole
from simcpec.scenario.building.build import build


def plans_in_worlds(ready: StudyPlan) -> dict[str, StudyPlan]:
    """By reading, what is played under it; {} where there is nothing to play, or a scenario cannot be read so."""
    draws, replications = size_in_worlds(len(ready.numbers), ready.replications)
    try:
        return {word: _plan(ready, word, draws, replications) for word in ready.other_readings}
    except ScenarioError:
        return {}


def _plan(ready: StudyPlan, word: str, draws: int, replications: int) -> StudyPlan:
    resolved = tuple(load_whole(each.text, each.ref, sets=[f"{BACKLASH}.world={word}"]) for each in ready.resolved)
    parameters = tuple(map(_those_that_it_has, resolved, ready.parameters))
    numbers = ready.numbers[:draws]
    return replace(
        ready,
        resolved=resolved,
        points=tuple(build(each) for each in resolved),
        drawings=tuple(drawing(resolved, parameters, numbers, d) for d in range(draws)),
        parameters=tuple(replace(each, values=each.values[:draws]) for each in parameters),
        numbers=numbers,
        replications=replications,
        rows=replications,
        goals=(),
    )


def _those_that_it_has(resolved: Resolved, of: Parameters) -> Parameters:
    """Without the keys that another reading does not have, such as numbers that were given by hand."""
    there = {leaf.key for leaf in leaves(resolved) if leaf.quantity is not None}
    kept = [k for k, key in enumerate(of.keys) if key in there]
    return Parameters(
        keys=tuple(of.keys[k] for k in kept), units=tuple(of.units[k] for k in kept), values=of.values[:, kept]
    )


def contrasts(found: Study, word: str) -> dict[str, WorldContrast]:
    """Of a study that was played under a reading: by slug, the differences of each scenario from the baseline."""
    assert found.baseline is not None
    base = found.scenarios[found.baseline]
    return {each.slug: _contrast(each, base, word) for each in found.scenarios if each is not base}


def _contrast(of: ScenarioResult, base: ScenarioResult, word: str) -> WorldContrast:
    known = {each.id: analysis_of(of).compare(analysis_of(base), each) for each in responses_of(of, base)}
    return WorldContrast(
        world=word, baseline=base.slug, draws=of.draws, replications=of.replications,
        differences={
            name: (d.mean, 0.0 if d.verdict == "identical" else d.half_width)
            for name, d in known.items() if d.verdict != NOT_ESTIMABLE
        },
    )  # fmt: skip


def with_contrasts(found: Study, of_worlds: Sequence[dict[str, WorldContrast]]) -> Study:
    """The study with what its scenarios give under the other readings."""
    scenarios = tuple(
        replace(each, worlds=tuple(one[each.slug] for one in of_worlds if each.slug in one)) for each in found.scenarios
    )
    return replace(found, scenarios=scenarios)
