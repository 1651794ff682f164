"""What changes while playing: one value a province (p), cohort (c), setting (s), instrument (k) or origin (o).

The reference engine keeps it in plain lists; the compiled engine holds the same names in one record.  Every change
goes through a rule; nothing here decides anything.  `STATE_FIELDS` declares each name once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simcpec.model import modes
from simcpec.model.world import World


class StateField(NamedTuple):
    """What is known of one field of the state before any world is built.

    axes : P provinces, C cohorts, S settings, K instruments, O origins, a letter each; "" is one number.
    whole : whether the values are integers.
    """

    axes: str
    whole: bool


def _whole(axes: str) -> StateField:
    return StateField(axes, whole=True)


def _real(axes: str) -> StateField:
    return StateField(axes, whole=False)


#: what both engines keep under one name: the attributes of `State`, and behind them the levels of teams, of queues and
#: of plots, which the reference engine keeps in resources and integrals.  The record of the compiled engine and the
#: comparison of states are derived from it.
STATE_FIELDS: Mapping[str, StateField] = {
    "epoch": _whole(""),
    "stage": _whole(""),
    "drift": _real("O"),
    "variance": _real("O"),
    "threat": _real("O"),
    "mixture": _real("O"),
    "militants": _whole("P"),
    "stock": _whole("O"),
    "pending": _whole("O"),
    "trust": _real("P"),
    "trust_tick": _whole("P"),
    "compliance": _real("PC"),
    "compliance_tick": _whole("PC"),
    "leaking": _whole("PC"),
    "bought": _whole("PK"),
    "factor": _real("P"),
    "planned": _real("P"),
    "busy": _whole("P"),
    "surge": _whole("P"),
    "reserve": _whole(""),
    "escorted": _whole("PC"),
    "alone": _whole("PC"),
    "escorted_before": _whole("PC"),
    "alone_before": _whole("PC"),
    "engaged": _whole("PC"),
    "perceived": _real("PCS"),
    "stop_until": _whole("P"),
    "memory": _real("P"),
    "memory_tick": _whole("P"),
    "teams": _whole("P"),
    "escorts": _whole("P"),
    "escorts_busy": _whole("P"),
    "queue": _whole("P"),
    "waiting": _whole("PC"),
    "trips": _whole("PC"),
    "traffic": _real("PC"),
    "traffic_tick": _whole("PC"),
    "open": _whole("PCS"),
}


class State:
    """The state of one replication at one tick."""

    def __init__(self, world: World) -> None:
        provinces, cohorts, _ = world.shape
        each, origins = range(provinces), len(world.origins.group)
        protection = world.protection
        self.epoch = 0
        self.stage = 0
        self.drift = [0.0] * origins  # log rate
        self.variance = [0.0] * origins  # of the drift at this stage
        self.threat = [1.0] * origins  # factor on the birth rate: drift x mixture
        self.mixture = [1.0] * origins
        self.militants: list[int] = world.militants.tolist()  # of all groups
        self.stock: list[int] = world.network.militants.tolist()  # of one group: they add up to the militants
        self.pending = [0] * origins  # provoked recruits still to come
        self.trust = [world.network.trust_start] * provinces
        self.trust_tick = [0] * provinces
        self.compliance: list[list[float]] = protection.compliance.tolist()  # at the last refresh
        per_day = world.calendar.ticks_per_day
        self.compliance_tick = [[-int(age * per_day) for age in row] for row in protection.compliance_age.tolist()]
        self.leaking = [[False] * cohorts for _ in each]
        self.bought: list[list[int]] = world.capacity.inherited.tolist()  # [p][k] units
        self.factor = [1.0] * provinces  # of the intelligence capacity
        self.planned = [1.0] * provinces  # routine leads that the teams seek, against those of the start
        self.busy = [0] * provinces  # teams
        self.surge = [0] * provinces  # guards on loan
        self.reserve = world.protection.surge_reserve
        self.escorted = [[0] * cohorts for _ in each]  # movements under way
        self.alone = [[0] * cohorts for _ in each]
        self.escorted_before = [[0] * cohorts for _ in each]  # movements begun so far
        self.alone_before = [[0] * cohorts for _ in each]
        self.engaged = [[0] * cohorts for _ in each]  # groups that wait or are under way (finite source)
        self.traffic: list[list[float]] = world.movements.traffic.tolist()  # parties a day that attackers expect
        self.traffic_tick = [[0] * cohorts for _ in each]
        self.perceived: list[list[list[float]]] = []  # [p][c][s], adaptive attackers only
        self.stop_until = [0] * provinces  # tick until which work stands still
        self.memory = [0.0] * provinces  # exponential memory of attacks
        self.memory_tick = [0] * provinces

    def teams(self, world: World, p: int) -> int:
        """Operation teams employed in a province: the host state's and those bought."""
        return int(world.operations.teams[p]) + self.bought[p][modes.OPERATIONS]

    def escort_teams(self, world: World, p: int) -> int:
        """Escort teams employed in a province."""
        return int(world.movements.teams[p]) + self.bought[p][modes.ESCORTS]
