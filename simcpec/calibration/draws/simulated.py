"""Simulate the draws of a calibration in parts, each kept on the disk as soon as it is there.

A part is a pure function of the plan and its number. A calibration that was killed reads the parts that it has and goes
on; what it writes at the end is the same to the last byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simcpec.calibration.draws.plan import YEAR, CalibrationPlan
from simcpec.calibration.draws.summaries import DrawSummary, summary_of
from simcpec.calibration.draws.work_done import WorkDone
from simcpec.engines.contract import Engine
from simcpec.errors import EngineError, Refused
from simcpec.experiments.execution.executors import Progress, players
from simcpec.experiments.execution.process_pool import Job
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.model.outcome import Outcome
from simcpec.model.world import Floats, World
from simcpec.results.failure import Failure
from simcpec.scenario.building.build import build
from simcpec.stop_signals import safe_point
from simcpec.storage.atomic_replace import write_whole
from simcpec.storage.stored_files import Damaged, parse_json, read_bytes

PART = 8  # draws of a part
RESPONSE_REPLICATIONS = 4  # times the replications of a draw: the response matrix is one for all draws
RESPONSE_DRAW = (1 << 23) - 1  # address of its replications
FRESH = 1 << 22  # addresses of members that are simulated anew
NO_BIRTHS = 1e-6  # a year: as good as none, where none at all would leave a step of the threat without provinces
LARGEST = 64 << 20  # bytes of a part
PART_NAMES = (
    "draws-*.json", "guards-*.json", "rival-*.json", "mechanism-*.json", "response*.json", "fresh.json",
    "gaps.json",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Simulator:
    """How and where draws are simulated. folder : of the parts that are kept; None keeps nothing."""

    plan: CalibrationPlan
    folder: Path | None = None
    engine: str | Engine = "compiled"
    jobs: int | None = None
    progress: Progress | None = None
    notice: Notice | None = None

    @cached_property
    def work(self) -> WorkDone:
        """What was simulated so far, and what is planned."""
        return WorkDone(self.progress)


def draws_of(how: Simulator) -> list[DrawSummary]:
    """The summaries of all draws, in their order."""
    plan, found = how.plan, list[DrawSummary]()
    for first in range(0, plan.draws, PART):
        numbers = range(first, min(first + PART, plan.draws))
        found += kept_draws(how, f"draws-{first:07d}", plan, numbers, plan.drawn)
    return found


def kept_draws(
    how: Simulator, name: str, plan: CalibrationPlan, draws: Sequence[int],
    values: Callable[[int], Mapping[str, float]],
) -> list[DrawSummary]:  # fmt: skip
    """Summaries of some draws in the world of a plan, as one part, each at its own addresses."""

    def computed() -> list[dict[str, Any]]:
        return [summary.plain() for summary in _simulated(how, plan, draws, values)]

    part = kept_part(how, name, len(draws) * plan.replications, computed)
    return [DrawSummary(**each) for each in part]


def changed_breaches(how: Simulator, draws: Sequence[int], factor: float, name: str = "guards") -> Floats:
    """(D,) mean breaches of these draws with so many times the guards on duty, at the same addresses."""
    return _breaches(how, draws, name, lambda d: more_guards(how.plan, how.plan.drawn(d), factor))


def more_detection_breaches(how: Simulator, draws: Sequence[int], factor: float) -> Floats:
    """(D,) mean breaches of these draws with so many times the rate at which plots are found."""
    return _breaches(how, draws, "rival-detection", lambda d: more_detection(how.plan.drawn(d), factor))


def _breaches(how: Simulator, draws: Sequence[int], name: str, values: Callable[[int], Mapping[str, float]]) -> Floats:
    plan, found = how.plan, list[float]()
    how.work.plan(name, len(draws) * plan.replications)
    for at in range(0, len(draws), PART):
        numbers = draws[at : at + PART]

        def computed(part: Sequence[int] = numbers) -> list[float]:
            return [sum(summary.breaches) for summary in _simulated(how, plan, part, values)]

        found += kept_part(
            how, f"{name}-{numbers[0]:07d}-{numbers[-1]:07d}", len(numbers) * plan.replications, computed
        )  # fmt: skip
    return np.array(found)


def response_shape(how: Simulator, world: CalibrationPlan | None = None, name: str = "response") -> Floats:
    """(P, P) counts in q from births in p, per count in p itself: one province of births after the other.

    world : the plan of another world, if not of the one that is calibrated; its part has a name of its own.
    """
    plan = how.plan if world is None else world
    matrix = np.array(kept_part(how, name, response_replications(plan), lambda: _response(how, plan)))
    own = np.diag(matrix)
    if np.any(own <= 0.0):
        code = plan.provinces[int(np.argmin(own))]
        raise EngineError(f"births of plots in {code} bring no attack there: nothing can be said about them")
    return np.asarray(matrix / own[:, None])


def simulated_counts(
    how: Simulator, values: Sequence[Mapping[str, float]], addresses: Sequence[int]
) -> list[DrawSummary]:
    """Summaries of worlds with values of their own, at addresses of their own."""

    def computed() -> list[dict[str, Any]]:
        worlds = [build(how.plan.resolved, values=each).world for each in values]
        played = _played(how, worlds, addresses, how.plan.replications)
        return [_summary(how, outcomes).plain() for outcomes in played]

    return [DrawSummary(**each) for each in kept_part(how, "fresh", len(values) * how.plan.replications, computed)]


def response_replications(plan: CalibrationPlan) -> int:
    """Replications behind a response matrix."""
    return len(plan.provinces) * plan.replications * RESPONSE_REPLICATIONS


# ------------------------------------------------------------------------------------------------ simulating


def _simulated(
    how: Simulator, plan: CalibrationPlan, draws: Sequence[int], values: Callable[[int], Mapping[str, float]]
) -> Iterator[DrawSummary]:
    worlds = [build(plan.resolved, values=values(d)).world for d in draws]
    for outcomes in _played(how, worlds, [d + 1 for d in draws], plan.replications):
        yield _summary(how, outcomes)


def more_guards(plan: CalibrationPlan, values: Mapping[str, float], factor: float) -> dict[str, float]:
    """The values with so many times the share of guards on duty, in all forces and among those hired."""
    world = plan.resolved.scenario.world
    duty = {f"world.forces.{name}.on_duty": force.on_duty.value for name, force in world.forces.items()}
    duty["world.hired.on_duty"] = world.hired.on_duty.value
    return {**values, **{key: min(1.0, factor * values.get(key, own)) for key, own in duty.items()}}


def more_detection(values: Mapping[str, float], factor: float) -> dict[str, float]:
    """The values with so many times the rates at which intelligence and tips find a plot."""
    rates = ("world.detection.hazard", "world.detection.tips")
    return {**values, **{key: factor * values[key] for key in rates if key in values}}


def _response(how: Simulator, plan: CalibrationPlan) -> list[list[float]]:
    found = []
    for p, _ in enumerate(plan.provinces):
        births = np.where(np.arange(len(plan.provinces)) == p, np.maximum(plan.births, 2.0), NO_BIRTHS)
        values = {f"world.provinces.{code}.plots": b / YEAR for code, b in zip(plan.provinces, births, strict=True)}
        world = build(plan.resolved, values=values).world
        (outcomes,) = _played(how, [world], [RESPONSE_DRAW], plan.replications * RESPONSE_REPLICATIONS)
        found.append([count / births[p] for count in _summary(how, outcomes).counted])
    return found


def _played(
    how: Simulator, worlds: Sequence[World], addresses: Sequence[int], replications: int
) -> Iterator[list[Outcome | Failure]]:
    """Replications of each world."""
    jobs = [Job(w, address, r) for w, address in enumerate(addresses) for r in range(replications)]
    answers: list[Any] = [None] * len(jobs)
    with players(
        worlds, plays=len(jobs), seed=how.plan.seed, engine=how.engine, workers=how.jobs, notice=how.notice
    ) as play:
        for index, answer in play(jobs):
            safe_point()
            answers[index] = answer
    for w in range(len(worlds)):
        yield answers[w * replications : (w + 1) * replications]


def _summary(how: Simulator, answers: Sequence[Outcome | Failure]) -> DrawSummary:
    outcomes = [each for each in answers if isinstance(each, Outcome)]
    if 2 * len(outcomes) < max(len(answers), 4):
        first = next(each for each in answers if isinstance(each, Failure))
        raise EngineError(f"less than half of the replications of a draw could be simulated; the first one: {first}")
    return summary_of(outcomes, how.plan.targets.attacks[0].counts, len(answers) - len(outcomes))


# ------------------------------------------------------------------------------------------------ keeping


def kept_part(how: Simulator, name: str, replications: int, compute: Callable[[], Any]) -> Any:
    """A part that was kept, or computed and kept; its replications are announced either way.

    Raises Refused for a part of another calibration, or of none.
    """
    found = _part(how, name, compute)
    how.work.add(replications)
    return found


def _part(how: Simulator, name: str, compute: Callable[[], Any]) -> Any:
    if how.folder is None:
        return compute()
    path = how.folder / f"{name}.json"
    if path.exists():
        try:
            stored = parse_json(read_bytes(path, at_most=LARGEST))
        except (Damaged, OSError) as fault:
            raise Refused(f"{path} {fault}; remove it, and the calibration simulates it again") from None
        if not isinstance(stored, dict) or stored.get("plan") != how.plan.digest:
            raise Refused(f"{path} belongs to another calibration; name another folder, or remove {how.folder}")
        return stored["part"]
    part = compute()
    how.folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps({"plan": how.plan.digest, "part": part}) + "\n")
    return part
