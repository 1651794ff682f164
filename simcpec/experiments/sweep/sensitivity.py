"""Values of a sweep in the order of a design that sensitivity indices can be worked out from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.errors import UserError
from simcpec.experiments.design import designs
from simcpec.experiments.design.designs import Row
from simcpec.experiments.sweep.results import PointResult
from simcpec.experiments.sweep.studies.factors import SweepFactor
from simcpec.experiments.sweep.studies.study_file import SweepStudy
from simcpec.experiments.sweep.summary import SweepSummary
from simcpec.model.world import Floats

SALTELLI, MORRIS = "saltelli", "morris"
SIDES = ("states_of_the_world", "policies", "")  # where a design may stand in a study file
ALLOWED = "a sweep of `design: saltelli` (Sobol' indices) or `design: morris` (elementary effects)"


@dataclass(frozen=True, kw_only=True)
class SensitivityDesign:
    """rows : of the design, as it was made.      places : (policy, state) of each row, one list a policy or all in one.

    whose : what each list of places is the response of, "" where there is one.
    """

    design: str
    seed: int
    factors: tuple[SweepFactor, ...]
    rows: tuple[Row, ...]
    places: tuple[tuple[tuple[int, int], ...], ...]
    whose: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DesignValues:
    """values : (rows,) mean of a response at each point.      noise : (rows,) Monte Carlo variance of it.

    change : whether they are changes against the baseline in the same state, and not levels.
    """

    values: Floats
    noise: Floats
    change: bool
    replications: int


def sensitivity_design(study: SweepStudy) -> SensitivityDesign | None:
    """The design of a study that allows indices; None where none does.

    Raises UserError where it stands beside what would mix with it.
    """
    found = [(where, block) for where, block in _blocks(study) if block.get("design") in (SALTELLI, MORRIS)]
    if not found:
        return None
    where, block = found[0]
    points = study.points
    if len(found) > 1 or len(points.draws) > 1 or (where == "policies" and points.worlds > 1):
        raise UserError(
            f"sensitivity indices need one design and nothing varied beside it; {study.where} has "
            f"{len(found)} such designs and {points.worlds:,} states of the world"
        )
    factors = _factors_of(study, where)
    rows, seed = _rows(block, factors), int(str(block.get("design_seed") or 0))
    if where == "states_of_the_world":
        policies = range(len(points.policies))
        places = tuple(tuple((policy, state) for state in range(len(rows))) for policy in policies)
        whose = tuple(points.label(policy) for policy in policies)
    else:
        places, whose = (tuple(_place(study, factors, row) for row in rows),), ("",)
    return SensitivityDesign(
        design=str(block["design"]), seed=seed, factors=factors, rows=tuple(rows), places=places, whose=whose
    )


def _blocks(study: SweepStudy) -> Iterator[tuple[str, Mapping[str, object]]]:
    for where in SIDES:
        block = study.said.get(where) if where else study.said
        if isinstance(block, Mapping):
            yield where, block


def _factors_of(study: SweepStudy, where: str) -> tuple[SweepFactor, ...]:
    """The factors of the design in the order of the file."""
    points = study.points
    if where:
        return points.state_factors if where == "states_of_the_world" else points.policy_factors
    return tuple(sorted((*points.policy_factors, *points.state_factors), key=lambda one: int(one.path[-1])))


def _rows(block: Mapping[str, object], factors: Sequence[SweepFactor]) -> list[Row]:
    sizes, seed = [factor.size for factor in factors], int(str(block.get("design_seed") or 0))
    if block["design"] == MORRIS:
        return list(designs.trajectories(sizes, int(str(block["trajectories"])), seed=seed))
    cube = designs.saltelli(len(factors), int(str(block["points"])), seed=seed)
    return list(designs.rows_of(cube, sizes))


def _place(study: SweepStudy, factors: Sequence[SweepFactor], row: Row) -> tuple[int, int]:
    """The policy and the state of a row of a design over both."""
    points = study.points
    ours, theirs = (
        tuple(at for factor, at in zip(factors, row, strict=True) if factor.of_policy is of) for of in (True, False)
    )
    policy = next(k for k, one in enumerate(points.policies) if one.at == ours)
    return policy, next((k for k, state in enumerate(points.states) if state == theirs), 0)


def values_of_design(of: SweepSummary, design: SensitivityDesign, which: int, name: str) -> DesignValues:
    """The values of a response at the points of one list of places, in the order of the design.

    Changes against the baseline, or levels where no point differs from it.  Raises UserError where a point is missing.
    """
    there = {(one.point.policy, one.point.state): one for one in of.points}
    found = [there.get(place) for place in design.places[which]]
    ones = [one for one in found if one is not None]
    if len(ones) < len(found):
        raise UserError(
            f"{len(found) - len(ones):,} of {len(found):,} points of the design have no result; "
            "`simcpec sweep run STUDY --resume` simulates them"
        )
    change = any(one.contrasts[name].verdict != "identical" for one in ones)
    return DesignValues(
        values=np.array([_value(one, name, change) for one in ones]),
        noise=np.array([_noise(one, name, change) for one in ones]), change=change, replications=ones[0].n,
    )  # fmt: skip


def _value(one: PointResult, name: str, change: bool) -> float:
    return one.contrasts[name].mean if change else one.levels[name].mean


def _noise(one: PointResult, name: str, change: bool) -> float:
    spread = one.spread[name][2 if change else 0]
    return spread.variance / spread.n


def steps_of(design: SensitivityDesign) -> tuple[list[list[int]], list[list[bool]]]:
    """Which factor each step of the trajectories moves, and whether to a higher level."""
    width = len(design.factors) + 1
    moved: list[list[int]] = []
    up: list[list[bool]] = []
    for first in range(0, len(design.rows), width):
        rows = design.rows[first : first + width]
        steps = [_step(one, other) for one, other in itertools.pairwise(rows)]
        moved.append([factor for factor, _ in steps])
        up.append([higher for _, higher in steps])
    return moved, up


def _step(one: Row, other: Row) -> tuple[int, bool]:
    factor = next(k for k, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    before, after = one[factor], other[factor]
    assert isinstance(before, int | float) and isinstance(after, int | float)
    return factor, after > before
