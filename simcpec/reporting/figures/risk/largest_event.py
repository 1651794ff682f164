"""The largest event of a year, from the sums that are kept: between which bounds its deaths lie."""

from __future__ import annotations

import numpy as np

from simcpec.model.outcome import CELL_BREACHES, CELL_DEATHS, MODE_BREACHES, MODE_DEATHS
from simcpec.model.world import Floats
from simcpec.results.records import ScenarioResult


def largest_events(result: ScenarioResult, years: list[list[int]]) -> tuple[Floats, Floats]:
    """(M, Y) foreign deaths of the event with most of them, in every year of every kept replication: at least, at most.

    Both are equal where each cell (period, province, cohort, setting), or each mode of attack in a period and
    province, had one breach at most.  Of n breaches with d deaths the worst has d at most, and the n-th part at least.
    years : periods of each year.
    """
    cells = _bounds(result.cell[..., CELL_DEATHS], result.cell[..., CELL_BREACHES], across=(4, 5))
    modes = _bounds(result.mode[..., MODE_DEATHS], result.mode[..., MODE_BREACHES], across=(4,))
    least, most = np.maximum(cells[0], modes[0]), np.minimum(cells[1], modes[1])  # (D, R, T, P)
    return _by_year(least, years), _by_year(most, years)


def _bounds(deaths: Floats, breaches: Floats, *, across: tuple[int, ...]) -> tuple[Floats, Floats]:
    """(D, R, T, P) bounds of the deaths of the worst breach; `across` : axes among which the breaches are parted."""
    share = np.ceil(deaths / np.maximum(breaches, 1.0))
    return np.asarray(share.max(axis=across)), np.asarray(deaths.max(axis=across))


def _by_year(values: Floats, years: list[list[int]]) -> Floats:
    whole = np.stack([values[:, :, of].max(axis=(2, 3)) for of in years], axis=-1)
    return np.asarray(whole.reshape(-1, len(years)))
