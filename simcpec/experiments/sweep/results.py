"""What a sweep says: every response of every point, as a level and against the baseline in the same state of the world.

Results are found by the identity of a point, never by its row. A point of which replications are missing has no result:
it is named, and no number stands in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from simcpec.analysis.aggregates import NATION, Summed
from simcpec.analysis.estimates import Estimate, estimate, estimate_from, moments_of
from simcpec.analysis.exact_bounds import Nature
from simcpec.analysis.paired_differences import Difference, difference_from, paired
from simcpec.analysis.responses import PARTS, Response, linearised, response
from simcpec.experiments.sweep.run import FAILURE, POINT, missing, ranges_of
from simcpec.experiments.sweep.studies.points import BASELINE, SweepPoint
from simcpec.experiments.sweep.studies.study_file import SweepStudy
from simcpec.model.world import Floats
from simcpec.stop_signals import safe_point
from simcpec.storage.stored_files import Damaged
from simcpec.storage.sweeps.chunk_bytes import ChunkData
from simcpec.storage.sweeps.database import Found, StoredChunk, SweepDatabase

HELD = 32  # points whose replications are kept at hand, as baselines
_AT = {names: k for k, names in enumerate(PARTS)}


@dataclass(frozen=True, kw_only=True)
class PointResult:
    """One point. levels, contrasts : by id of the response; contrasts are {} of a baseline."""

    point: SweepPoint
    id: str
    n: int
    levels: Mapping[str, Estimate]
    contrasts: Mapping[str, Difference]
    spread: Mapping[str, tuple[_Spread, _Spread, _Spread]] = field(repr=False)  # of the level, the baseline, both


class _Spread(NamedTuple):
    """Mean, variance of one replication and number of replications."""

    mean: float
    variance: float
    n: int


@dataclass(frozen=True, kw_only=True)
class PolicyResult:
    """One policy over all states of the world in which it has a result."""

    policy: int
    label: str
    states: int
    levels: Mapping[str, Estimate]
    contrasts: Mapping[str, Difference]


class SweepReader:
    """Reads what a database holds of a study; what is damaged is told in `damaged`, and is missing."""

    def __init__(self, study: SweepStudy, database: SweepDatabase, found: Found) -> None:
        self.study, self._database, self.found = study, database, found
        self.damaged = list(found.damaged)
        self._held: dict[int, ChunkData] = {}

    def id_of(self, point: SweepPoint) -> str:
        """The identity under which a point is stored; "" where nobody has simulated it."""
        return str(self.found.records.get(POINT, {}).get(point.key, {}).get("id", ""))

    def lacks(self, point: SweepPoint) -> int:
        """Number of replications that are missing of a point."""
        places = self.found.chunks.get(self.id_of(point), [])
        wanted = self.study.replications
        return sum(count for _, count in missing(ranges_of(places), wanted, wanted))

    def data(self, point: SweepPoint) -> ChunkData | None:
        """All replications of a point in their order; None where one is missing."""
        if point.number in self._held:
            return self._held[point.number]
        parts: list[ChunkData] = []
        id, at = self.id_of(point), 0
        places = sorted(self.found.chunks.get(id, []), key=lambda place: (place.first, -place.row))
        for place in places:
            if at < self.study.replications and place.first <= at < place.first + place.count:
                part = self._chunk(id, place)
                if part is not None:
                    parts.append(cut(part, at - place.first, self.study.replications - place.first))
                    at = place.first + place.count
        if at < self.study.replications:
            return None
        found = parts[0] if len(parts) == 1 else _joined(parts)
        if point.policy == BASELINE:
            while len(self._held) >= HELD:
                self._held.pop(next(iter(self._held)))
            self._held[point.number] = found
        return found

    def _chunk(self, id: str, place: StoredChunk) -> ChunkData | None:
        try:
            return self._database.chunk(id, place)
        except Damaged as fault:
            self.damaged.append(f"row {place.row} of the chunks (point {id}, replications from {place.first}) {fault}")
            return None

    def failures(self) -> dict[str, Mapping[str, Any]]:
        """Why points have no result, by the key of the point; those that have one by now are left out."""
        found: dict[str, Mapping[str, Any]] = {}
        for name, body in self.found.records.get(FAILURE, {}).items():
            found.setdefault(name.split(" ")[0], body)
        return found

    def values(self, point: SweepPoint, each: Response, province: str | None = None) -> Floats | None:
        """(R,) values of a response, or (R / 2,) averages of twins; None where the point has no result."""
        data = self.data(point)
        return None if data is None else values_of(data, each, province)


def cut(part: ChunkData, first: int, end: int) -> ChunkData:
    """Some successive replications of a chunk."""
    if first == 0 and end >= len(part):
        return part
    return replace(part, parts=part.parts[first:end], pace=part.pace[first:end], incidents=part.incidents[first:end])


def _joined(parts: Sequence[ChunkData]) -> ChunkData:
    return ChunkData(
        np.concatenate([part.parts for part in parts]), np.concatenate([part.pace for part in parts]),
        np.concatenate([part.incidents for part in parts]), parts[0].about,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ responses


def values_of(data: ChunkData, each: Response, province: str | None = None) -> Floats:
    """(R,) values of a response, of the nation or of a province, as `analysis.responses` defines them."""
    measure, about = each.made_of, data.about
    place = NATION if province is None else 1 + about["provinces"].index(province)
    above = data.parts[:, place, _AT[measure.above]]
    if measure.below:
        values = measure.factor * linearised(above[None], data.parts[:, place, _AT[measure.below]][None])[0]
    else:
        days = float(np.sum(about["period_days"]))
        divisor = {"year": days / 365.25, "day": days, "": 1.0}[measure.per]
        values = above * (measure.factor / divisor)
    return (values[0::2] + values[1::2]) / 2.0 if about["antithetic"] else np.asarray(values)


def nature_of(data: ChunkData, each: Response) -> Nature:
    """What is known of the values of a response beforehand."""
    years = float(np.sum(data.about["period_days"])) / 365.25
    return Nature(
        fixed=each.kind == "fixed", event=1.0 / years if each.kind == "events" else None,
        ratio=bool(each.made_of.below), twins=bool(data.about["antithetic"]),
    )  # fmt: skip


def point_result(reader: SweepReader, point: SweepPoint, names: Sequence[str]) -> PointResult | None:
    """The result of one point; None where it, or its baseline, has none."""
    data, base = reader.data(point), reader.data(reader.study.points.baseline_of(point))
    if data is None or base is None:
        return None
    levels, contrasts, spread = {}, {}, {}
    for name in names:
        each = response(name)
        nature, ours, theirs = nature_of(data, each), values_of(data, each), values_of(base, each)
        levels[name] = estimate(ours[None], nature=nature)
        if point.policy != BASELINE:
            contrasts[name] = paired(ours[None], theirs[None], nature=nature)
        spread[name] = _spread(ours), _spread(theirs), _spread(ours - theirs)
    return PointResult(
        point=point, id=reader.id_of(point), n=len(data), levels=levels, contrasts=contrasts, spread=spread
    )


def _spread(values: Floats) -> _Spread:
    variance = float(values.var(ddof=1)) if len(values) > 1 and (values != values[0]).any() else 0.0
    return _Spread(float(values.mean()), variance, len(values))


def point_results(reader: SweepReader, names: Sequence[str], *, policies: int | None = None) -> Iterator[PointResult]:
    """Results of all points that have one, state by state, the baseline of each first.

    policies : of the baseline and so many policies alone; None for all of them.
    """
    points = reader.study.points
    for number in _state_by_state(reader.study):
        safe_point()
        point = points[number]
        if policies is not None and point.policy >= policies:
            continue
        found = point_result(reader, point, names)
        if found is not None:
            yield found


def _state_by_state(study: SweepStudy) -> Iterator[int]:
    points = study.points
    if points.pairs is not None:
        ordered = sorted(range(points.rows), key=lambda number: (points.pairs or ())[number][1])
        yield from range(points.rows, len(points))
        yield from ordered
        return
    for state in range(points.worlds):
        yield points.rows + state
        for policy in range(len(points.policies)):
            yield policy * points.worlds + state


def policy_results(study: SweepStudy, found: Sequence[PointResult], names: Sequence[str]) -> list[PolicyResult]:
    """Every policy over the states of the world, with intervals of chance and, over states, of uncertainty."""
    by_policy: dict[int, list[PointResult]] = {}
    for one in found:
        by_policy.setdefault(one.point.policy, []).append(one)
    return [
        PolicyResult(
            policy=policy, label=study.points.label(policy), states=len(ones),
            levels={name: _over_states(ones, name) for name in names},
            contrasts={} if policy == BASELINE else {name: _contrast_over_states(ones, name) for name in names},
        )
        for policy, ones in sorted(by_policy.items())
    ]  # fmt: skip


def _summed(ones: Sequence[PointResult], name: str, which: int) -> Summed:
    spreads = [one.spread[name][which] for one in ones]
    return Summed(
        means=np.array([each.mean for each in spreads]), variances=np.array([each.variance for each in spreads]),
        counts=np.array([each.n for each in spreads], np.int64),
    )  # fmt: skip


def _nature(name: str) -> Nature:
    each = response(name)
    return Nature(fixed=each.kind == "fixed", ratio=bool(each.made_of.below))


def _over_states(ones: Sequence[PointResult], name: str) -> Estimate:
    if len(ones) == 1:
        return ones[0].levels[name]
    found = _summed(ones, name, 0)
    return estimate_from(moments_of(found), int(found.counts.sum()), nature=_nature(name))


def _contrast_over_states(ones: Sequence[PointResult], name: str) -> Difference:
    if len(ones) == 1:
        return ones[0].contrasts[name]
    ours, theirs, apart = (moments_of(_summed(ones, name, which)) for which in range(3))
    differ = any(one.contrasts[name].verdict != "identical" for one in ones)
    n = sum(one.n for one in ones)
    return difference_from(apart, ours.within, theirs.within, n=n, differ=differ, nature=_nature(name))
