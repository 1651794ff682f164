"""Kinds of event, and who goes first when two fall on one tick.

Every pending event sits in a numbered slot.  A slot's order is (rank, number): events of one tick happen in slot order,
and the consequences of an event within its tick finish before the next slot.  Fixed slots are numbered by what they
belong to (province, province x cohort, ...); pooled slots (operations, trips, waiting entities, live plots, loans) take
the lowest free number.
"""

from __future__ import annotations

#: ranks of the slots, first to go first
RANKS = (
    "period", "epoch", "stage", "year", "audit", "revision", "capacity", "insider", "network", "candidate",
    "lead", "false_lead", "movement", "operation", "trip", "stale", "quit", "plot", "loan",
)  # fmt: skip
(
    RANK_PERIOD, RANK_EPOCH, RANK_STAGE, RANK_YEAR, RANK_AUDIT, RANK_REVISION, RANK_CAPACITY, RANK_INSIDER,
    RANK_NETWORK, RANK_CANDIDATE, RANK_LEAD, RANK_FALSE, RANK_MOVEMENT, RANK_OPERATION, RANK_TRIP, RANK_STALE,
    RANK_QUIT, RANK_PLOT, RANK_LOAN,
) = range(19)  # fmt: skip

#: kinds of a trace row
KINDS = (
    "period", "epoch", "stage", "year", "audit", "revision", "capacity", "insider", "network", "candidate", "born",
    "deterred", "found", "lead", "work", "done", "stale", "foiled", "failed", "lapsed", "attack", "stopped", "breach",
    "movement", "depart", "return", "cancelled", "surge", "surge_end", "arrest", "stoppage",
)  # fmt: skip
(
    KIND_PERIOD, KIND_EPOCH, KIND_STAGE, KIND_YEAR, KIND_AUDIT, KIND_REVISION, KIND_CAPACITY, KIND_INSIDER,
    KIND_NETWORK, KIND_CANDIDATE, KIND_BORN, KIND_DETERRED, KIND_FOUND, KIND_LEAD, KIND_WORK, KIND_DONE, KIND_STALE,
    KIND_FOILED, KIND_FAILED, KIND_LAPSED, KIND_ATTACK, KIND_STOPPED, KIND_BREACH, KIND_MOVEMENT, KIND_DEPART,
    KIND_RETURN, KIND_CANCELLED, KIND_SURGE, KIND_SURGE_END, KIND_ARREST, KIND_STOPPAGE,
) = range(31)  # fmt: skip
#: kinds that tell what becomes of a plot, in the order in which they can happen to it
FATES = (KIND_BORN, KIND_DETERRED, KIND_FOILED, KIND_LAPSED, KIND_ATTACK, KIND_STOPPED, KIND_BREACH)
