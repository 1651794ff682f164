"""Playing until a half-width is reached: what was gathered is looked at, at the looks that were declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simcpec.analysis.aggregates import difference, summed
from simcpec.analysis.estimates import Moments, moments_of
from simcpec.analysis.group_sequential import all_looks, confidence_at, looks_of, wanted
from simcpec.analysis.responses import response
from simcpec.experiments.execution.collector import Collector
from simcpec.model.world import digest
from simcpec.results.records import Aggregates, Axes, PrecisionTarget, Reached, Sequential


@dataclass(frozen=True)
class _Asked:
    """One half-width that is wanted: of a goal, in one scenario."""

    goal: PrecisionTarget
    scenario: int
    looks: tuple[int, ...]


class SequentialStopping:
    """Looks at what was gathered until every half-width is reached or given up."""

    def __init__(self, goals: Sequence[PrecisionTarget], first: int, *, scenarios: int, baseline: int | None) -> None:
        self.looks = all_looks(first, goals)
        self._open = [
            _Asked(goal, s, looks_of(first, goal.at_most)) for goal in goals for s in range(scenarios) if s != baseline
        ]
        self._reached: dict[tuple[PrecisionTarget, int], Reached] = {}
        self._order = [(asked.goal, asked.scenario) for asked in self._open]

    def done(self, gathering: Collector, look: int) -> bool:
        """Look at what was played up to `look`; whether nothing is open any more."""
        left = []
        for asked in self._open:
            if look not in asked.looks:
                left.append(asked)
                continue
            found = _look(gathering, asked, look)
            self._reached[asked.goal, asked.scenario] = found
            if not found.met and look < asked.goal.at_most:
                left.append(asked)
        self._open = left
        return not left

    def told(self, taken: int) -> Sequential:
        """Return what became of every goal."""
        return Sequential(looks=self.looks, taken=taken, reached=tuple(self._reached[key] for key in self._order))


def _look(gathering: Collector, asked: _Asked, look: int) -> Reached:
    """One half-width at one look."""
    found = _moments(gathering, asked.goal, asked.scenario)
    confidence = confidence_at(asked.looks)
    half_width = None if found is None else found.half_width_at(confidence)
    enough = None if found is None else wanted(asked.goal, found.mean)
    met = half_width is not None and enough is not None and half_width <= enough
    return Reached(
        goal=asked.goal,
        scenario=gathering.ready.slugs[asked.scenario],
        replications=look,
        mean=None if found is None else found.mean,
        half_width=half_width,
        wanted=enough,
        confidence=confidence,
        met=met and (half_width != 0.0 or _never_varies(gathering, asked.scenario)),
    )


def _never_varies(gathering: Collector, scenario: int) -> bool:
    """Return whether a scenario is the baseline again, world by world: then every difference is 0, now and later.

    Otherwise what has not varied yet may be rare, and a half-width of 0 says nothing.
    """
    base = gathering.ready.baseline
    if base is None:
        return False
    pairs = ((drawing[scenario].world, drawing[base].world) for drawing in gathering.ready.drawings)
    return all(digest(one) == digest(other) for one, other in pairs)


@dataclass(frozen=True)
class _SoFar:
    """What was played so far of one scenario, as `aggregates.Source`."""

    aggregates: Aggregates
    axes: Axes
    draws: int


def _so_far(gathering: Collector, scenario: int) -> _SoFar:
    draws = gathering.draws()
    return _SoFar(aggregates=gathering.aggregates(scenario, draws), axes=gathering.axes(scenario), draws=len(draws))


def _moments(gathering: Collector, goal: PrecisionTarget, scenario: int) -> Moments | None:
    """Moments of the response, or of its paired difference where there is a baseline; None: nothing to divide by."""
    base, measure = gathering.ready.baseline, response(goal.response).made_of
    of = _so_far(gathering, scenario)
    found = summed(of, measure) if base is None else difference(of, _so_far(gathering, base), measure)
    return None if found is None else moments_of(found)
