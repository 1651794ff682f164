"""Kinds of event, and who goes first when two fall on one tick.

Every pending event sits in a numbered slot.  A slot's order is (rank, number): events of one tick happen in slot order,
and the consequences of an event within its tick finish before the next slot.  Fixed slots are numbered by what they
belong to (province, province x cohort, ...); pooled slots (operations, trips, waiting entities, live plots, loans) take
the lowest free number.
"""

from __future__ import annotations

from enum import auto

from simcpec.model.codes import Code, names_of


class PriorityClass(Code):
    """Who goes first when two events fall on one tick."""

    PERIOD = auto()
    EPOCH = auto()
    STAGE = auto()
    YEAR = auto()
    AUDIT = auto()
    REVISION = auto()
    CAPACITY = auto()
    INSIDER = auto()
    NETWORK = auto()
    CANDIDATE = auto()
    LEAD = auto()
    FALSE_LEAD = auto()
    MOVEMENT = auto()
    OPERATION = auto()
    TRIP = auto()
    STALE = auto()
    QUIT = auto()
    PLOT = auto()
    LOAN = auto()


RANKS = names_of(PriorityClass)
RANK_PERIOD = PriorityClass.PERIOD.value
RANK_EPOCH = PriorityClass.EPOCH.value
RANK_STAGE = PriorityClass.STAGE.value
RANK_YEAR = PriorityClass.YEAR.value
RANK_AUDIT = PriorityClass.AUDIT.value
RANK_REVISION = PriorityClass.REVISION.value
RANK_CAPACITY = PriorityClass.CAPACITY.value
RANK_INSIDER = PriorityClass.INSIDER.value
RANK_NETWORK = PriorityClass.NETWORK.value
RANK_CANDIDATE = PriorityClass.CANDIDATE.value
RANK_LEAD = PriorityClass.LEAD.value
RANK_FALSE = PriorityClass.FALSE_LEAD.value
RANK_MOVEMENT = PriorityClass.MOVEMENT.value
RANK_OPERATION = PriorityClass.OPERATION.value
RANK_TRIP = PriorityClass.TRIP.value
RANK_STALE = PriorityClass.STALE.value
RANK_QUIT = PriorityClass.QUIT.value
RANK_PLOT = PriorityClass.PLOT.value
RANK_LOAN = PriorityClass.LOAN.value


class EventKind(Code):
    """What a row of a trace tells."""

    PERIOD = auto()
    EPOCH = auto()
    STAGE = auto()
    YEAR = auto()
    AUDIT = auto()
    REVISION = auto()
    CAPACITY = auto()
    INSIDER = auto()
    NETWORK = auto()
    CANDIDATE = auto()
    BORN = auto()
    DETERRED = auto()
    FOUND = auto()
    LEAD = auto()
    WORK = auto()
    DONE = auto()
    STALE = auto()
    FOILED = auto()
    FAILED = auto()
    LAPSED = auto()
    ATTACK = auto()
    STOPPED = auto()
    BREACH = auto()
    MOVEMENT = auto()
    DEPART = auto()
    RETURN = auto()
    CANCELLED = auto()
    SURGE = auto()
    SURGE_END = auto()
    ARREST = auto()
    STOPPAGE = auto()
    MODE = auto()


KINDS = names_of(EventKind)
KIND_PERIOD = EventKind.PERIOD.value
KIND_EPOCH = EventKind.EPOCH.value
KIND_STAGE = EventKind.STAGE.value
KIND_YEAR = EventKind.YEAR.value
KIND_AUDIT = EventKind.AUDIT.value
KIND_REVISION = EventKind.REVISION.value
KIND_CAPACITY = EventKind.CAPACITY.value
KIND_INSIDER = EventKind.INSIDER.value
KIND_NETWORK = EventKind.NETWORK.value
KIND_CANDIDATE = EventKind.CANDIDATE.value
KIND_BORN = EventKind.BORN.value
KIND_DETERRED = EventKind.DETERRED.value
KIND_FOUND = EventKind.FOUND.value
KIND_LEAD = EventKind.LEAD.value
KIND_WORK = EventKind.WORK.value
KIND_DONE = EventKind.DONE.value
KIND_STALE = EventKind.STALE.value
KIND_FOILED = EventKind.FOILED.value
KIND_FAILED = EventKind.FAILED.value
KIND_LAPSED = EventKind.LAPSED.value
KIND_ATTACK = EventKind.ATTACK.value
KIND_STOPPED = EventKind.STOPPED.value
KIND_BREACH = EventKind.BREACH.value
KIND_MOVEMENT = EventKind.MOVEMENT.value
KIND_DEPART = EventKind.DEPART.value
KIND_RETURN = EventKind.RETURN.value
KIND_CANCELLED = EventKind.CANCELLED.value
KIND_SURGE = EventKind.SURGE.value
KIND_SURGE_END = EventKind.SURGE_END.value
KIND_ARREST = EventKind.ARREST.value
KIND_STOPPAGE = EventKind.STOPPAGE.value
KIND_MODE = EventKind.MODE.value
#: kinds that tell what becomes of a plot, in the order in which they can happen to it
FATES = (KIND_BORN, KIND_DETERRED, KIND_FOILED, KIND_LAPSED, KIND_ATTACK, KIND_STOPPED, KIND_BREACH)
