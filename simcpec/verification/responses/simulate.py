"""Simulate responses: each world once, and the paired change of its totals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.model.outcome import CELL_COUNTS
from simcpec.model.world import Floats, World
from simcpec.results.failure import Failure
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.verification.responses.check_list import checks
from simcpec.verification.responses.response_check import MEASURES, Changed, FoundResponse, ResponseCheck

REPLICATIONS = 1000
NORMAL = 1.959964  # quantile of 97.5 %


def responses(
    scenario: str = "base",
    *,
    sets: Sequence[str] = (),
    only: Sequence[str] = (),
    replications: int = REPLICATIONS,
    seed: int | None = None,
    jobs: int | None = None,
    notice: Notice,
) -> Iterator[FoundResponse]:
    """Simulate every response (or those named), in the order of `checks`.

    Raises UserError for a name that there is not, EngineError where a replication cannot be simulated.
    """
    base = load(scenario, sets=list(sets))
    chosen = [check for check in checks(base) if not only or check.name in only]
    first = int(base.scenario.run.seed) if seed is None else seed
    yield from of_checks(chosen, scenario, sets=sets, replications=replications, seed=first, jobs=jobs, notice=notice)


def of_checks(
    chosen: Sequence[ResponseCheck],
    scenario: str,
    *,
    sets: Sequence[str],
    replications: int,
    seed: int,
    jobs: int | None,
    notice: Notice,
) -> Iterator[FoundResponse]:
    """Simulate these responses of a scenario with these settings; raises EngineError as `responses` does."""
    provinces = load(scenario, sets=list(sets)).scenario.provinces
    runs = _Runs(scenario, tuple(sets), replications, seed, jobs, notice)
    for check in chosen:
        notice(f"{check.name} ...")
        yield _found(check, runs.totals(check.against), runs.totals(check.sets), runs.years, provinces)


class _Runs:
    """What was simulated, so that each world is simulated once."""

    def __init__(
        self, scenario: str, sets: tuple[str, ...], replications: int, seed: int, jobs: int | None, notice: Notice
    ) -> None:
        self._scenario, self._sets, self._count = scenario, sets, replications
        self._seed, self._jobs, self._notice = seed, jobs, notice
        self._known: dict[tuple[str, ...], dict[str, Floats]] = {}
        self.years = 1.0

    def totals(self, sets: tuple[str, ...]) -> dict[str, Floats]:
        """(R, P, S) totals of each measure by province and setting; see `_totals`."""
        if sets not in self._known:
            built = build(load(self._scenario, sets=[*self._sets, *sets]))
            self.years = sum(built.period_days) / 365.25
            work = [Job(0, 0, number) for number in range(self._count)]
            answers = play_all([built.world], work, seed=self._seed, workers=self._jobs, notice=self._notice)
            self._known[sets] = _totals(answers, built.world)
        return self._known[sets]


def _totals(answers: Sequence[object], world: World) -> dict[str, Floats]:
    """Incidents, expected breaches and expected deaths (R, P, S) of the counted time."""
    for answer in answers:
        if isinstance(answer, Failure):
            raise answer.as_error()
    skip = world.calendar.warm_up_periods
    cells = np.array([answer.cell[skip:].sum((0, 2)) for answer in answers])  # type: ignore[attr-defined]
    counts = {name: cells[..., at] for at, name in enumerate(CELL_COUNTS)}
    return {
        "incidents": counts["attacks"], "breaches": counts["expected_breaches"], "deaths": counts["expected_deaths"]
    }  # fmt: skip


def _found(
    check: ResponseCheck,
    before: Mapping[str, Floats],
    after: Mapping[str, Floats],
    years: float,
    provinces: tuple[str, ...] = (),
) -> FoundResponse:
    at = provinces.index(check.province) if check.province else -1
    there = {
        name: (_of(before[name], check.setting, at), _of(after[name], check.setting, at)) for name in MEASURES
    }  # fmt: skip
    changes = {name: changed(*pair, years) for name, pair in there.items()}
    change = changes[check.of]
    if check.displaced:
        fall = there[check.of][0] - there[check.of][1]
        share = changed(fall, _of(after[check.of] - before[check.of], -1, -1) + fall, years)
        return FoundResponse(check=check, changes=changes, value=share.percent + 100.0, half_width=share.half_width)
    if not check.factor:
        return FoundResponse(check=check, changes=changes, value=change.percent, half_width=change.half_width)
    ratio = 1.0 + change.percent / 100.0
    scale = math.log(check.factor)
    return FoundResponse(
        check=check,
        changes=changes,
        value=math.log(ratio) / scale if ratio > 0.0 else -math.inf,
        half_width=abs(change.half_width / 100.0 / ratio / scale) if ratio > 0.0 else 0.0,
    )


def _of(values: Floats, setting: int, province: int) -> Floats:
    """(R,) of one setting and one province; -1 is all of them."""
    here = values if setting < 0 else values[..., setting : setting + 1]
    return np.asarray((here if province < 0 else here[:, province : province + 1]).sum(axis=(1, 2)))


def changed(before: Floats, after: Floats, years: float) -> Changed:
    """The change of a mean in per cent; its error is that of the ratio of two paired means."""
    mean = float(before.mean())
    if mean <= 0.0:
        return Changed(percent=0.0, half_width=0.0, a_year=float(after.mean()) / years)
    ratio = float(after.mean()) / mean
    spread = float((after - ratio * before).std(ddof=1)) if len(before) > 1 else 0.0
    error = 100.0 * spread / mean / math.sqrt(len(before))
    return Changed(
        percent=100.0 * (ratio - 1.0), half_width=NORMAL * error, a_year=(float(after.mean()) - mean) / years
    )
