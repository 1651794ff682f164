"""Sensitivity indices of a response from designs that allow them: Sobol' indices and elementary effects, by SALib.

Indices are of the mean of a point. Chance in that mean is a part of the variance between points that no factor
explains; `noise_share` says how large it can be.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from simcpec.errors import EnvironmentFault, UserError
from simcpec.model.world import Floats

RESAMPLES = 1_000  # of a bootstrap
FEWEST = 4  # base points or trajectories
LEVELS = 4  # of a trajectory, as SALib counts them
STEP = 2.0 / 3.0  # of a trajectory: LEVELS / (2 (LEVELS - 1))
NEAR_NOTHING = 1e-12  # of the mean square: a response with less variance does not vary


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index of one factor with the half-width of its 95 % bootstrap interval over the design."""

    value: float
    half_width: float

    @property
    def near_zero(self) -> bool:
        """Whether its interval covers 0."""
        return abs(self.value) <= self.half_width


@dataclass(frozen=True, kw_only=True)
class SobolIndices:
    """First-order and total index of each factor.      base_points : N of the design, which has N (k + 2) points."""

    first: tuple[Index, ...]
    total: tuple[Index, ...]
    base_points: int
    variance: float


@dataclass(frozen=True, kw_only=True)
class ElementaryEffects:
    """mean, size (mean of absolute values), spread of the change where a factor moves by half of its levels."""

    mean: tuple[float, ...]
    size: tuple[Index, ...]
    spread: tuple[float, ...]
    trajectories: int
    variance: float


def sobol_indices(values: Floats, names: Sequence[str], *, seed: int) -> SobolIndices | None:
    """Return the indices of (N, k + 2) values: of A, of A with each column of B, of B; None where nothing varies.

    Estimators of Saltelli et al. (2010) and Jansen (1999), as SALib has them.  Raises UserError for too few points.
    """
    count, width = values.shape
    if width != len(names) + 2:
        raise UserError(f"{width} values of a base point, where {len(names)} factors make {len(names) + 2}")
    _refuse_holes(values, count)
    variance = float(values[:, [0, -1]].var())
    if variance <= NEAR_NOTHING * float((values**2).mean()):
        return None
    found = _analysed(
        "sobol", _problem(names), values.ravel(), calc_second_order=False, num_resamples=RESAMPLES, seed=seed + 1
    )
    return SobolIndices(
        first=_indices(found["S1"], found["S1_conf"]), total=_indices(found["ST"], found["ST_conf"]),
        base_points=count, variance=variance,
    )  # fmt: skip


def elementary_effects(
    values: Floats, moved: Sequence[Sequence[int]], up: Sequence[Sequence[bool]], names: Sequence[str], *, seed: int
) -> ElementaryEffects | None:
    """Return the effects of (T, k + 1) values along trajectories; None where nothing varies.

    moved, up : the factor that each of the k steps of a trajectory moves, and whether to a higher level.
    """
    count, width = values.shape
    if width != len(names) + 1:
        raise UserError(f"{width} values of a trajectory, where {len(names)} factors make {len(names) + 1}")
    _refuse_holes(values, count)
    if float(values.var()) <= NEAR_NOTHING * float((values**2).mean()):
        return None
    places = [_places(steps, ups, len(names)) for steps, ups in zip(moved, up, strict=True)]
    found = _analysed(
        "morris", _problem(names), np.vstack(places), values.ravel(), num_levels=LEVELS, num_resamples=RESAMPLES,
        seed=seed + 1,
    )  # fmt: skip
    return ElementaryEffects(
        mean=tuple((STEP * np.asarray(found["mu"])).tolist()), trajectories=count, variance=float(values.var()),
        size=_indices(STEP * np.asarray(found["mu_star"]), STEP * np.asarray(found["mu_star_conf"])),
        spread=tuple((STEP * np.asarray(found["sigma"])).tolist()),
    )  # fmt: skip


def noise_share(noise: Floats, variance: float) -> float:
    """Return the Monte Carlo variance of a point's mean over the variance between points, at most 1.

    noise : (P,) variance of the mean of each point. Common random numbers give points a part of their noise together,
    which moves no index: the share is what chance can be at most.
    """
    return min(1.0, float(np.mean(noise)) / variance) if variance > 0.0 else 1.0


# ------------------------------------------------------------------------------------------------ parts


def _refuse_holes(values: Floats, count: int) -> None:
    if not np.isfinite(values).all():
        raise UserError(f"{int((~np.isfinite(values)).sum())} points of the design have no value; indices need all")
    if count < FEWEST:
        raise UserError(f"{count} base points or trajectories; indices need {FEWEST} or more")


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _indices(values: Any, half_widths: Any) -> tuple[Index, ...]:
    return tuple(
        Index(value=float(value), half_width=float(half)) for value, half in zip(values, half_widths, strict=True)
    )


def _places(steps: Sequence[int], ups: Sequence[bool], factors: int) -> Floats:
    """Places of a trajectory as SALib reads them: only the sign of each step is told by them."""
    at = np.zeros(factors)
    for factor, higher in zip(steps, ups, strict=True):
        at[factor] = 0.0 if higher else STEP
    rows = [at.copy()]
    for factor, higher in zip(steps, ups, strict=True):
        at[factor] = STEP if higher else 0.0
        rows.append(at.copy())
    return np.array(rows)


def _analysed(method: str, *inputs: Any, **options: Any) -> Any:
    """Call an analysis of SALib. Raises EnvironmentFault with the line that installs it."""
    try:
        module = import_module(f"SALib.analyze.{method}")
    except ImportError:
        raise EnvironmentFault("SALib is not installed; `pip install 'simcpec[uq]'` adds it") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bootstrap samples without any variance: their interval is 0 wide
        return module.analyze(*inputs, **options)
