"""Counters by period and exact time integrals."""

from __future__ import annotations

import numpy as np

from simcpec.model import outcome as names
from simcpec.model.world import World

CELLS, COHORTS, PROVINCES = len(names.CELL_COUNTS), len(names.COHORT_COUNTS), len(names.PROVINCE_COUNTS)
MODES = len(names.MODE_COUNTS)


class Integral:
    """Time integrals of integer levels, exact in ticks: area = level x now - sum of (change x its tick)."""

    def __init__(self, levels: list[int]) -> None:
        self.level = list(levels)
        self.moment = [0] * len(levels)

    def add(self, index: int, change: int, now: int) -> None:
        """Change one level at this tick."""
        self.level[index] += change
        self.moment[index] += change * now

    def close(self, index: int, now: int) -> int:
        """The area since the last close, in level x ticks."""
        area = self.level[index] * now - self.moment[index]
        self.moment[index] = self.level[index] * now
        return area


class Counts:
    """The tables of an outcome while they fill up; flat lists for the period under way, arrays for the past."""

    def __init__(self, world: World) -> None:
        self.shape = provinces, cohorts, settings = world.shape
        periods = len(world.calendar.period_end_tick)
        self.period = 0
        self.cell = [0.0] * (provinces * cohorts * settings * CELLS)
        self.cohort = [0.0] * (provinces * cohorts * COHORTS)
        self.province = [0.0] * (provinces * PROVINCES)
        self.of_mode = [0.0] * (provinces * len(world.modes) * MODES)
        self.open = [0] * (provinces * cohorts * settings)  # plots in preparation
        self.cells = np.zeros((periods, provinces, cohorts, settings, CELLS))
        self.cohorts = np.zeros((periods, provinces, cohorts, COHORTS))
        self.provinces = np.zeros((periods, provinces, PROVINCES))
        self.modes = np.zeros((periods, provinces, len(world.modes), MODES))

    def place(self, p: int, c: int, s: int) -> int:
        """Number of a cell."""
        _, cohorts, settings = self.shape
        return (p * cohorts + c) * settings + s

    def at_cell(self, place: int, name: int, amount: float = 1.0) -> None:
        """Add to a counter of a cell, named by its number."""
        self.cell[place * CELLS + name] += amount

    def at_cohort(self, p: int, c: int, name: int, amount: float = 1.0) -> None:
        """Add to a counter of a province and cohort."""
        self.cohort[(p * self.shape[1] + c) * COHORTS + name] += amount

    def at_mode(self, p: int, mode: int, name: int, amount: float = 1.0) -> None:
        """Add to a counter of a mode of attack in a province."""
        self.of_mode[(p * self.modes.shape[2] + mode) * MODES + name] += amount

    def at(self, p: int, name: int, amount: float = 1.0) -> None:
        """Add to a counter of a province."""
        self.province[p * PROVINCES + name] += amount

    @property
    def tables(self) -> dict[str, np.ndarray]:
        """The tables by their names in an outcome."""
        return {"cell": self.cells, "cohort": self.cohorts, "mode": self.modes, "province": self.provinces}

    def close_period(self) -> None:
        """Store the period under way and begin the next at zero."""
        t = self.period
        self.cells[t] = np.array(self.cell).reshape(self.cells[t].shape)
        self.cells[t, ..., names.CELL_OPEN] = np.array(self.open, float).reshape(self.shape)
        self.cohorts[t] = np.array(self.cohort).reshape(self.cohorts[t].shape)
        self.provinces[t] = np.array(self.province).reshape(self.provinces[t].shape)
        self.modes[t] = np.array(self.of_mode).reshape(self.modes[t].shape)
        self.cell = [0.0] * len(self.cell)
        self.cohort = [0.0] * len(self.cohort)
        self.province = [0.0] * len(self.province)
        self.of_mode = [0.0] * len(self.of_mode)
        self.period += 1
