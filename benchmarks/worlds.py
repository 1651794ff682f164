"""The worlds that are measured: the base case, and reduced ones made from the bare scenario."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simcpec.model import modes
from simcpec.model.world import World
from simcpec.numerics import samplers
from simcpec.scenario import load
from simcpec.scenario.building.build import build

YEAR = 365.25  # days
LOADS = 0.8  # share of time that the servers of the queue are busy
SERVERS = 5
SERVICE = 1.0  # days, mean


def shipped(name: str) -> World:
    """The world of a shipped scenario."""
    return build(load(name)).world


def one_period(world: World, days: float) -> World:
    """The same in one reporting period of this length, without dates in between."""
    horizon = round(days * world.calendar.ticks_per_day)
    calendar = replace(
        world.calendar,
        horizon_tick=horizon,
        warm_up_periods=0,
        period_end_tick=np.array([horizon], np.int64),
        year_start_tick=np.zeros(1, np.int64),
        decision_tick=np.zeros(1, np.int64),
    )
    first = {name: getattr(world.capacity, name)[:1] for name in ("target", "target_part", "decision")}
    return replace(world, calendar=calendar, capacity=replace(world.capacity, **first))


def small(days: float = YEAR) -> World:
    """The bare scenario: two provinces, about 18 attacks a year, nothing else."""
    return one_period(shipped("bare"), days)


def reduced(days: float = 10 * YEAR) -> World:
    """Two provinces with plots, detection, teams and routine leads; the C program plays exactly this model.

    Log-normal preparation and work, exponential patience and lapses, leads on plots first, three constant layers,
    arrests and deaths as Poisson marks.
    """
    world = one_period(shipped("bare"), days)
    mean = samplers.scale_for_mean
    log_normal = int(samplers.LAW_LOGNORMAL)

    def per_epoch(*values: float) -> np.ndarray:
        return np.array([values], np.float64)

    return replace(
        world,
        threat=replace(
            world.threat, preparation=(log_normal, mean(log_normal, 60.0, 0.6), 0.6), lapse=0.5 / YEAR,
            rate=np.array([[120.0, 60.0]]) / YEAR,
        ),
        detection=replace(
            world.detection, mode=modes.LEADS, hazard=per_epoch(2.0, 1.5) / YEAR, tips=per_epoch(1.0, 0.5) / YEAR,
            unit=np.array([4.0, 3.0]) / YEAR,
        ),
        operations=replace(
            world.operations, work=(log_normal, mean(log_normal, 1.5, 0.8), 0.8),
            patience=(int(samplers.LAW_EXPONENTIAL), 4.0, 1.0), priority=modes.PLOTS_FIRST,
            teams=np.array([11, 8], np.int64), routine=np.array([2400.0, 1600.0]) / YEAR,
            success=per_epoch(0.7, 0.6), arrests=per_epoch(0.16, 0.2), deaths=per_epoch(0.02, 0.05),
        ),
        protection=replace(world.protection, constant=per_epoch(0.2, 0.4, 0.1)),
    )  # fmt: skip


def queue(customers: int) -> World:
    """M/M/5 at a load of 0.8: routine leads of one province are the customers, its teams the servers."""
    rate = LOADS * SERVERS / SERVICE
    world = one_period(shipped("bare"), customers / rate)
    return replace(
        world,
        threat=replace(world.threat, rate=np.zeros_like(world.threat.rate)),
        operations=replace(
            world.operations, work=(int(samplers.LAW_EXPONENTIAL), SERVICE, 1.0),
            patience=(int(samplers.LAW_NEVER), float("inf"), 1.0),
            teams=np.array([SERVERS, 0], np.int64), routine=np.array([rate, 0.0]),
        ),
    )  # fmt: skip
