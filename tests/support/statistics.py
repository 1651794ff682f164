"""Agreement of replications with a stated truth, at a family-wise level and with its power; and samples to agree with.

All theory checks together raise a false alarm with probability at most `LEVEL`.  Each demands that its own half-width
(95 %) is at most a stated share of the truth; an error of three half-widths is then caught with probability above 0.9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from simcpec.engines import reference
from simcpec.engines.compiled.simulate import Player
from simcpec.model import outcome as names
from simcpec.model.outcome import Outcome
from simcpec.model.world import World

LEVEL = 1e-3
CHECKS = 150  # theory checks of the whole suite, at most
SEED = 20241210
CODES = tuple("ABCDEFGH")  # as many as the smallest size class of the compiled engine holds
SHARED = 4  # replications of each world that both engines play


def _spread(values: np.ndarray) -> tuple[float, float, int]:
    values = np.asarray(values, float).ravel()
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size)), values.size


def z(values: np.ndarray, truth: float) -> tuple[float, float]:
    """Distance of the mean from the truth in standard errors, and the largest one that is no alarm."""
    mean, error, n = _spread(values)
    away = abs(mean - truth)
    return away / error if error > 0.0 else away * np.inf if away else 0.0, float(
        stats.t.isf(LEVEL / CHECKS / 2.0, n - 1)
    )


def agrees(values: np.ndarray, truth: float, *, within: float, scale: float | None = None) -> None:
    """The mean of independent values is the truth, and known to a share `within` of it (or of `scale`)."""
    mean, error, n = _spread(values)
    half_width = float(stats.t.isf(0.025, n - 1)) * error
    assert half_width <= within * abs(truth if scale is None else scale), f"no power: {mean} +- {half_width}, {truth}"
    distance, limit = z(values, truth)
    assert distance <= limit, f"{mean} +- {half_width} against {truth}: {distance:.2f} standard errors"


def differs(values: np.ndarray, wrong: float) -> None:
    """The control: the same values would not pass for this."""
    distance, limit = z(values, wrong)
    assert distance > limit, f"{wrong} would pass: {distance:.2f} standard errors"


def samples(world: World, replications: int, pick: Callable[[Outcome], Any]) -> np.ndarray:
    """`pick` of every replication, stacked: (R, ...); where provinces do not meet, (R, P) are R x P samples.

    The compiled engine plays them all. The reference engine plays `SHARED` of them and must leave the same outcome to
    the last bit, so that what holds of one engine holds of both.
    """
    outcomes = Player(world).play(seed=SEED, draw=0, first=0, number=replications)
    for r in range(0, replications, -(-replications // SHARED)):
        same_outcome(outcomes[r], reference.simulate(world, seed=SEED, draw=0, replication=r))
    return np.array([pick(outcome) for outcome in outcomes])


def same_outcome(left: Outcome, right: Outcome) -> None:
    """Two outcomes have the same bits in every table."""
    for table in ("cell", "cohort", "mode", "province", "start_plots"):
        np.testing.assert_array_equal(getattr(left, table), getattr(right, table), err_msg=table, strict=True)


def cell(name: str, outcome: Outcome, period: int | None = None) -> np.ndarray:
    """A counter by province: of one period or of all."""
    table = outcome.cell[..., names.CELL_COUNTS.index(name)].sum(axis=(2, 3))
    return np.asarray(table.sum(axis=0) if period is None else table[period])


def prov(name: str, outcome: Outcome, period: int | None = None) -> np.ndarray:
    """A counter of provinces: of one period or of all."""
    table = outcome.province[..., names.PROVINCE_COUNTS.index(name)]
    return np.asarray(table.sum(axis=0) if period is None else table[period])


def cohort(name: str, outcome: Outcome, period: int | None = None) -> np.ndarray:
    """A counter of cohorts by province: of one period or of all."""
    table = outcome.cohort[..., names.COHORT_COUNTS.index(name)].sum(axis=2)
    return np.asarray(table.sum(axis=0) if period is None else table[period])
