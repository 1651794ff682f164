"""What a report asks of a sweep: policies over the states of the world, points, and neighbours along a factor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcpec.analysis.estimates import Estimate, Moments, estimate, moments
from simcpec.analysis.responses import response
from simcpec.experiments.sweep.results import (
    PointResult,
    PolicyResult,
    SweepReader,
    nature_of,
    point_results,
    policy_results,
)
from simcpec.experiments.sweep.studies.factors import SweepFactor, number_and_unit
from simcpec.experiments.sweep.studies.points import BASELINE
from simcpec.model.world import Floats

COSTS = ("security_spending", "lever_cost")  # what a policy spends
MILLION = 1e6


@dataclass(frozen=True, kw_only=True)
class PolicyOnAxis:
    """A policy on an axis: `x` its number where the factor has one, else its place in the order of the levels."""

    x: float
    text: str
    line: str  # what the other policy factors say, "" where there are none
    result: PolicyResult


@dataclass(frozen=True, kw_only=True)
class Marginal:
    """Averted per extra USD million between two neighbours of a level, a year; None where nothing more is spent."""

    x: float
    text: str
    line: str
    mean: float
    half_width: float | None
    low_cost: float
    high_cost: float


@dataclass(frozen=True, kw_only=True)
class SweepSummary:
    """Everything that the page shows, but for what it pairs on demand (`reader`)."""

    reader: SweepReader
    names: tuple[str, ...]
    points: tuple[PointResult, ...]
    policies: tuple[PolicyResult, ...]  # the baseline first
    failures: tuple[Mapping[str, Any], ...]
    missing: int  # points without a result

    @property
    def baseline(self) -> PolicyResult | None:
        """The baseline policy over the states of the world."""
        return next((one for one in self.policies if one.policy == BASELINE), None)

    @property
    def others(self) -> tuple[PolicyResult, ...]:
        """All policies but the baseline."""
        return tuple(one for one in self.policies if one.policy != BASELINE)


def summary(reader: SweepReader) -> SweepSummary:
    """The summary of what a reader finds."""
    names = tuple(reader.study.responses)
    found = tuple(sorted(point_results(reader, names), key=lambda one: one.point.number))
    there = {one.point.key for one in found}
    failures = {key: body for key, body in reader.failures().items() if key not in there}
    return SweepSummary(
        reader=reader, names=names, points=found, policies=tuple(policy_results(reader.study, found, names)),
        failures=tuple(failures.values()), missing=len(reader.study.points) - len(found),
    )  # fmt: skip


def axis_of(of: SweepSummary) -> SweepFactor | None:
    """The policy factor along which curves are drawn: the first one with three numbers or more; None: there is none."""
    for k, factor in enumerate(of.reader.study.points.policy_factors):
        rows = map(of.reader.study.points.texts_of, range(len(of.reader.study.points.policies)))
        texts = {row[k] for row in rows if row}
        numbers = [number_and_unit(text) for text in texts if text is not None]
        if len(numbers) >= 3 and all(numbers) and None not in texts:
            return factor
    return None


def places(of: SweepSummary, factor: SweepFactor) -> list[PolicyOnAxis]:
    """Every policy on the axis of a factor, line by line, from left to right."""
    points = of.reader.study.points
    at = points.policy_factors.index(factor)
    found = []
    for one in of.others:
        texts = points.texts_of(one.policy)
        if not texts or texts[at] is None:
            continue
        others = [f"{f.name} {t}" for f, t in zip(points.policy_factors, texts, strict=True) if f is not factor and t]
        text = str(texts[at])
        number = number_and_unit(text)
        x = float(number[0]) if number is not None else float((factor.levels or (text,)).index(text))
        found.append(PolicyOnAxis(x=x, text=text, line=", ".join(others), result=one))
    lines = list(dict.fromkeys(place.line for place in found))
    return sorted(found, key=lambda place: (lines.index(place.line), place.x))


def marginals(of: SweepSummary, name: str, along: Sequence[PolicyOnAxis]) -> list[Marginal]:
    """What each extra USD million averts, by paired central differences of the neighbours of each level."""
    found = []
    for line in dict.fromkeys(place.line for place in along):
        row = [place for place in along if place.line == line]
        for left, here, right in zip(row, row[1:], row[2:], strict=False):
            one = _between(of, name, left, right)
            if one is not None:
                mean, half, costs = one
                found.append(
                    Marginal(
                        x=here.x,
                        text=here.text,
                        line=line,
                        mean=mean,
                        half_width=half,
                        low_cost=costs[0],
                        high_cost=costs[1],
                    )
                )
    return found


def _between(
    of: SweepSummary, name: str, left: PolicyOnAxis, right: PolicyOnAxis
) -> tuple[float, float | None, tuple[float, float]] | None:
    """Averted per extra USD million from one policy to another, its half-width, and what both spend in USD million."""
    pairs = [
        (of.reader.values(a, response(name)), of.reader.values(b, response(name)))
        for a, b in _in_same_states(of, left.result.policy, right.result.policy)
    ]
    averted = [one - other for one, other in pairs if one is not None and other is not None]
    low, high = spent(of, left.result.policy), spent(of, right.result.policy)
    if not averted or low is None or high is None or high <= low:
        return None
    apart: Moments = moments(np.array(averted))
    cost = (high - low) / MILLION
    half = apart.half_width
    return apart.mean / cost, None if half is None else half / cost, (low / MILLION, high / MILLION)


def _in_same_states(of: SweepSummary, one: int, other: int) -> Iterator[tuple[Any, Any]]:
    by_state = {p.point.state: p.point for p in of.points if p.point.policy == one}
    for point in (p.point for p in of.points if p.point.policy == other):
        if point.state in by_state:
            yield by_state[point.state], point


def spent(of: SweepSummary, policy: int) -> float | None:
    """Mean USD a year that a policy spends on security and levers."""
    values = [
        sum(float(each.mean()) for name in COSTS if (each := of.reader.values(p.point, response(name))) is not None)
        for p in of.points
        if p.point.policy == policy
    ]
    return sum(values) / len(values) if values else None


def by_province(of: SweepSummary, name: str, policy: int) -> dict[str, Estimate]:
    """A response of a policy in every province, over the states of the world that have the same number of values."""
    each = response(name)
    found: dict[str, list[Floats]] = {}
    nature = None
    for one in of.points:
        data = of.reader.data(one.point) if one.point.policy == policy else None
        for province in () if data is None else data.about["provinces"]:
            values = of.reader.values(one.point, each, province)
            if values is not None and data is not None:
                nature = nature_of(data, each)
                found.setdefault(province, []).append(values)
    assert nature is not None or not found
    return {province: estimate(np.array(rows), nature=nature) for province, rows in found.items() if nature is not None}
