"""What is kept of the replications of one draw: means and variances that targets are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from simcpec.model import outcome as counters
from simcpec.model.outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class DrawSummary:
    """One draw. Means are of a replication, over all the window; lists go by province, in the order of the world.

    counted, variance : of what a count counts.      total_variance : of the nation.
    cells : shares of expected breaches by mode, cohort and setting.      failed : replications without an outcome.
    """

    counted: list[float]
    variance: list[float]
    total_variance: float
    attacks: list[float]
    breaches: list[float]
    cells: list[list[list[float]]]
    expected_deaths: float
    foiled: float
    operations: list[float]
    arrests: list[float]
    militant_deaths: list[float]
    failed: int

    def plain(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def summary_of(outcomes: Sequence[Outcome], counted: str, failed: int) -> DrawSummary:
    """The summary of some replications of one world."""
    cell = np.array([each.cell.sum(axis=0) for each in outcomes])  # (R, P, C, S, n)
    province = np.array([each.province.sum(axis=0) for each in outcomes])  # (R, P, n)
    mode = np.array([each.mode.sum(axis=0) for each in outcomes])  # (R, P, M, n)
    by_province = cell.sum(axis=(2, 3))
    counts = _counts(by_province, province, counted)
    mean = by_province.mean(axis=0)
    expected = cell[..., counters.CELL_EXPECTED].mean(axis=(0, 1))
    of_modes = mode[..., counters.MODE_BREACHES].mean(axis=(0, 1))
    shares = np.multiply.outer(of_modes / max(of_modes.sum(), 1e-300), expected / max(expected.sum(), 1e-300))
    operations = province[..., [counters.PROV_OPS_PLOT, counters.PROV_OPS_ROUTINE]].sum(axis=-1).mean(axis=0)
    return DrawSummary(
        counted=counts.mean(axis=0).tolist(),
        variance=counts.var(axis=0, ddof=1).tolist(),
        total_variance=float(counts.sum(axis=1).var(ddof=1)),
        attacks=mean[:, counters.CELL_ATTACKS].tolist(),
        breaches=mean[:, counters.CELL_EXPECTED].tolist(),
        cells=shares.tolist(),
        expected_deaths=float(mean[:, counters.CELL_EXPECTED_DEATHS].sum()),
        foiled=float(mean[:, counters.CELL_FOILED].sum()),
        operations=operations.tolist(),
        arrests=province[..., counters.PROV_ARRESTS].mean(axis=0).tolist(),
        militant_deaths=province[..., counters.PROV_DEATHS].mean(axis=0).tolist(),
        failed=failed,
    )


def _counts(by_province: np.ndarray, province: np.ndarray, counted: str) -> np.ndarray:
    """(R, P) what an official count would have."""
    if counted == "reported_attacks":
        return np.asarray(province[..., counters.PROV_REPORTED])
    return np.asarray(by_province[..., counters.CELL_ATTACKS if counted == "attacks" else counters.CELL_BREACHES])
