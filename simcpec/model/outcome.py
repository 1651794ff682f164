"""What a replication leaves behind: counters by period, an optional trace, and the identities they obey.

Four tables of float64: by cell (T, P, C, S, n), by province and cohort (T, P, C, n), by province and mode of attack (T,
P, M, n), by province (T, P, n); T counts the warm-up where there is one.  Names are in the order of the last axis.
Stocks (names that begin with `open_`, `queue_`, `work_`, `waiting_`) are values at the end of the period; names that
end in `_days` are integrals over it (`wait_days` is booked when the wait ends); all others are counts of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import auto

import numpy as np

from simcpec.errors import IdentityBroken
from simcpec.model.codes import Code, names_of
from simcpec.model.modes import GROUPS
from simcpec.model.world import Floats, World


class CellCount(Code):
    """Counters of a cell: province, cohort and setting."""

    PLOTS = auto()
    FOILED = auto()
    DETERRED = auto()
    LAPSED = auto()
    ATTACKS = auto()
    STOPPED_ROUTE = auto()
    STOPPED_GUARD = auto()
    STOPPED_HARDENING = auto()
    BREACHES = auto()
    EXPECTED_BREACHES = auto()
    EXPECTED_DEATHS = auto()
    EXPECTED_INJURED = auto()
    DEATHS = auto()
    INJURED = auto()
    GUARD_DEATHS = auto()
    LOCAL_DEATHS = auto()
    OPEN_PLOTS = auto()


CELL_COUNTS = names_of(CellCount)
CELL_PLOTS = CellCount.PLOTS.value
CELL_FOILED = CellCount.FOILED.value
CELL_DETERRED = CellCount.DETERRED.value
CELL_LAPSED = CellCount.LAPSED.value
CELL_ATTACKS = CellCount.ATTACKS.value
CELL_ROUTE = CellCount.STOPPED_ROUTE.value
CELL_GUARD = CellCount.STOPPED_GUARD.value
CELL_HARDENING = CellCount.STOPPED_HARDENING.value
CELL_BREACHES = CellCount.BREACHES.value
CELL_EXPECTED = CellCount.EXPECTED_BREACHES.value
CELL_EXPECTED_DEATHS = CellCount.EXPECTED_DEATHS.value
CELL_EXPECTED_INJURED = CellCount.EXPECTED_INJURED.value
CELL_DEATHS = CellCount.DEATHS.value
CELL_INJURED = CellCount.INJURED.value
CELL_GUARD_DEATHS = CellCount.GUARD_DEATHS.value
CELL_LOCAL_DEATHS = CellCount.LOCAL_DEATHS.value
CELL_OPEN = CellCount.OPEN_PLOTS.value


class CohortCount(Code):
    """Counters of a cohort in a province."""

    MOVEMENTS = auto()
    ESCORTED = auto()
    ALONE = auto()
    BY_AIR = auto()
    CANCELLED = auto()
    WAITING_MOVEMENTS = auto()
    WAIT_DAYS = auto()
    TRIP_DAYS = auto()
    LEAKING_DAYS = auto()


COHORT_COUNTS = names_of(CohortCount)
COHORT_MOVEMENTS = CohortCount.MOVEMENTS.value
COHORT_ESCORTED = CohortCount.ESCORTED.value
COHORT_ALONE = CohortCount.ALONE.value
COHORT_AIR = CohortCount.BY_AIR.value
COHORT_CANCELLED = CohortCount.CANCELLED.value
COHORT_WAITING = CohortCount.WAITING_MOVEMENTS.value
COHORT_WAIT_DAYS = CohortCount.WAIT_DAYS.value
COHORT_TRIP_DAYS = CohortCount.TRIP_DAYS.value
COHORT_LEAKING_DAYS = CohortCount.LEAKING_DAYS.value


class ModeCount(Code):
    """Counters of a mode of attack in a province; each adds up over the modes to that of the cells."""

    ATTACKS = auto()
    BREACHES = auto()
    DEATHS = auto()
    INJURED = auto()


MODE_COUNTS = names_of(ModeCount)
MODE_ATTACKS = ModeCount.ATTACKS.value
MODE_BREACHES = ModeCount.BREACHES.value
MODE_DEATHS = ModeCount.DEATHS.value
MODE_INJURED = ModeCount.INJURED.value
#: counter of the cells that each adds up to
CELL_OF_MODE = (CELL_ATTACKS, CELL_BREACHES, CELL_DEATHS, CELL_INJURED)


class ProvinceCount(Code):
    """Counters of a province."""

    CANDIDATES = auto()
    FOUND = auto()
    LEADS_PLOT = auto()
    LEADS_ROUTINE = auto()
    LEADS_FALSE = auto()
    OPERATIONS_PLOT = auto()
    OPERATIONS_ROUTINE = auto()
    STALE = auto()
    QUEUE_LEADS = auto()
    WORK_LEADS = auto()
    ARRESTS = auto()
    MILITANT_DEATHS = auto()
    OWN_LOSSES = auto()
    WRONG_OPERATIONS = auto()
    RECRUITS = auto()
    EXITS = auto()
    BACKLASH_RECRUITS = auto()
    MILITANT_DAYS = auto()
    BUSY_TEAM_DAYS = auto()
    TEAM_DAYS = auto()
    BUSY_ESCORT_DAYS = auto()
    ESCORT_DAYS = auto()
    QUEUE_DAYS = auto()
    STOPPAGE_DAYS = auto()
    SURGE_DAYS = auto()
    GUARD_DAYS = auto()
    MEMORY_DAYS = auto()
    REPORTED_ATTACKS = auto()
    ATTACKS_GROUP_1 = auto()
    ATTACKS_GROUP_2 = auto()
    ATTACKS_GROUP_3 = auto()
    ATTACKS_GROUP_4 = auto()
    ATTACKS_GROUP_5 = auto()
    ATTACKS_GROUP_6 = auto()


PROVINCE_COUNTS = names_of(ProvinceCount)
PROV_CANDIDATES = ProvinceCount.CANDIDATES.value
PROV_FOUND = ProvinceCount.FOUND.value
PROV_LEADS_PLOT = ProvinceCount.LEADS_PLOT.value
PROV_LEADS_ROUTINE = ProvinceCount.LEADS_ROUTINE.value
PROV_LEADS_FALSE = ProvinceCount.LEADS_FALSE.value
PROV_OPS_PLOT = ProvinceCount.OPERATIONS_PLOT.value
PROV_OPS_ROUTINE = ProvinceCount.OPERATIONS_ROUTINE.value
PROV_STALE = ProvinceCount.STALE.value
PROV_QUEUE = ProvinceCount.QUEUE_LEADS.value
PROV_WORK = ProvinceCount.WORK_LEADS.value
PROV_ARRESTS = ProvinceCount.ARRESTS.value
PROV_DEATHS = ProvinceCount.MILITANT_DEATHS.value
PROV_OWN_LOSSES = ProvinceCount.OWN_LOSSES.value
PROV_WRONG = ProvinceCount.WRONG_OPERATIONS.value
PROV_RECRUITS = ProvinceCount.RECRUITS.value
PROV_EXITS = ProvinceCount.EXITS.value
PROV_BACKLASH = ProvinceCount.BACKLASH_RECRUITS.value
PROV_MILITANT_DAYS = ProvinceCount.MILITANT_DAYS.value
PROV_BUSY_DAYS = ProvinceCount.BUSY_TEAM_DAYS.value
PROV_TEAM_DAYS = ProvinceCount.TEAM_DAYS.value
PROV_BUSY_ESCORT_DAYS = ProvinceCount.BUSY_ESCORT_DAYS.value
PROV_ESCORT_DAYS = ProvinceCount.ESCORT_DAYS.value
PROV_QUEUE_DAYS = ProvinceCount.QUEUE_DAYS.value
PROV_STOPPAGE_DAYS = ProvinceCount.STOPPAGE_DAYS.value
PROV_SURGE_DAYS = ProvinceCount.SURGE_DAYS.value
PROV_GUARD_DAYS = ProvinceCount.GUARD_DAYS.value
PROV_MEMORY_DAYS = ProvinceCount.MEMORY_DAYS.value
PROV_REPORTED = ProvinceCount.REPORTED_ATTACKS.value
PROV_ATTACKS_GROUP = ProvinceCount.ATTACKS_GROUP_1.value  # of the first group; those of the others follow it


#: one row of a trace; `value` of the kinds born, deterred, foiled, lapsed and attack is the place word of the plot (its
#: birth province, group and lineage): entity and place together are its address, the same in every scenario; of a row
#: `mode`, which follows the attack in a world of several modes, it is the mode's number
TRACE = np.dtype([
    ("tick", "i8"), ("kind", "i8"), ("province", "i8"), ("cohort", "i8"), ("setting", "i8"), ("entity", "u8"),
    ("value", "f8"),
])  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One replication: `cell` (T, P, C, S, K), `cohort` (T, P, C, K), `mode` (T, P, M, K), `province` (T, P, K).

    K : the names of `CELL_COUNTS`, `COHORT_COUNTS`, `MODE_COUNTS`, `PROVINCE_COUNTS`, in their order.
    start_plots : (P, C, S) plots already in preparation at tick 0.      trace : None, or `TRACE` rows in order of time.
    """

    cell: Floats
    cohort: Floats
    mode: Floats
    province: Floats
    start_plots: Floats
    trace: np.ndarray | None = None


def check(outcome: Outcome, world: World) -> None:
    """Raise `IdentityBroken` unless every balance of section 7 holds in every period, exactly."""
    for name, left, right in _balances(outcome):
        if not np.array_equal(left, right):
            where = tuple(int(i) for i in np.argwhere(left != right)[0])
            raise IdentityBroken(
                f"identity «{name}» is broken at index {where} (period, province, ...): "
                f"{left[where]} against {right[where]}"
            )
    if len(outcome.province[0]) != len(world.provinces):
        raise IdentityBroken(
            f"an outcome of {len(outcome.province[0])} provinces for a world of {len(world.provinces)}"
        )


def _balances(outcome: Outcome) -> list[tuple[str, Floats, Floats]]:
    cell, cohort, prov = outcome.cell, outcome.cohort, outcome.province
    carried = np.concatenate([outcome.start_plots[None], cell[:-1, ..., CELL_OPEN]])
    ends = cell[..., [CELL_FOILED, CELL_DETERRED, CELL_LAPSED, CELL_ATTACKS, CELL_OPEN]].sum(-1)
    by_group = prov[..., PROV_ATTACKS_GROUP : PROV_ATTACKS_GROUP + GROUPS].sum(-1)
    stopped = cell[..., [CELL_ROUTE, CELL_GUARD, CELL_HARDENING, CELL_BREACHES]].sum(-1)
    leads = prov[..., [PROV_LEADS_PLOT, PROV_LEADS_ROUTINE, PROV_LEADS_FALSE]].sum(-1)
    held = prov[..., [PROV_QUEUE, PROV_WORK]].sum(-1)
    done = prov[..., [PROV_OPS_PLOT, PROV_OPS_ROUTINE, PROV_STALE]].sum(-1)
    waiting = cohort[..., COHORT_WAITING]
    gone = cohort[..., [COHORT_ESCORTED, COHORT_ALONE, COHORT_AIR, COHORT_CANCELLED]].sum(-1)
    by_mode = [
        (f"{name} of all modes = {name}", outcome.mode[..., k].sum(-1), cell[..., CELL_OF_MODE[k]].sum((-1, -2)))
        for k, name in enumerate(MODE_COUNTS)
    ]
    return [
        ("plots = foiled + deterred + lapsed + attacks + open", cell[..., CELL_PLOTS] + carried, ends),
        ("attacks = stopped by a layer + breaches", cell[..., CELL_ATTACKS], stopped),
        ("attacks = sum over the groups", cell[..., CELL_ATTACKS].sum(axis=(2, 3)), by_group),
        ("leads = done + stale + in queue + in work", leads + _before(held), done + held),
        (
            "movements = escorted + alone + by air + cancelled + waiting",
            cohort[..., COHORT_MOVEMENTS] + _before(waiting),
            gone + waiting,
        ),
        *by_mode,
    ]


def _before(stock: Floats) -> Floats:
    """The stock at the start of each period: that of the end of the period before, zero at first."""
    return np.concatenate([np.zeros_like(stock[:1]), stock[:-1]])
