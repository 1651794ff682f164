"""What a replication leaves behind: counters by period, an optional trace, and the identities they obey.

Three tables of float64: by cell (T, P, C, S, n), by province and cohort (T, P, C, n), by province (T, P, n); T counts
the warm-up where there is one.  Names are in the order of the last axis.  Stocks (names that begin with `open_`,
`queue_`, `work_`, `waiting_`) are values at the end of the period; names that end in `_days` are integrals over it
(`wait_days` is booked when the wait ends); all others are counts of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcpec.errors import IdentityBroken
from simcpec.model.world import Floats, World

CELL_COUNTS = (
    "plots", "foiled", "deterred", "lapsed", "attacks", "stopped_route", "stopped_guard", "stopped_hardening",
    "breaches", "expected_breaches", "deaths", "injured", "guard_deaths", "local_deaths", "open_plots",
)  # fmt: skip
(
    CELL_PLOTS, CELL_FOILED, CELL_DETERRED, CELL_LAPSED, CELL_ATTACKS, CELL_ROUTE, CELL_GUARD, CELL_HARDENING,
    CELL_BREACHES, CELL_EXPECTED, CELL_DEATHS, CELL_INJURED, CELL_GUARD_DEATHS, CELL_LOCAL_DEATHS, CELL_OPEN,
) = range(15)  # fmt: skip

COHORT_COUNTS = (
    "movements", "escorted", "alone", "by_air", "cancelled", "waiting_movements", "wait_days", "trip_days",
    "leaking_days",
)  # fmt: skip
(
    COHORT_MOVEMENTS, COHORT_ESCORTED, COHORT_ALONE, COHORT_AIR, COHORT_CANCELLED, COHORT_WAITING, COHORT_WAIT_DAYS,
    COHORT_TRIP_DAYS, COHORT_LEAKING_DAYS,
) = range(9)  # fmt: skip

PROVINCE_COUNTS = (
    "candidates", "found", "leads_plot", "leads_routine", "leads_false", "operations_plot", "operations_routine",
    "stale", "queue_leads", "work_leads", "arrests", "militant_deaths", "own_losses", "wrong_operations", "recruits",
    "exits", "backlash_recruits", "militant_days", "busy_team_days", "team_days", "busy_escort_days",
    "escort_days", "queue_days", "stoppage_days", "surge_days", "guard_days", "memory_days",
)  # fmt: skip
(
    PROV_CANDIDATES, PROV_FOUND, PROV_LEADS_PLOT, PROV_LEADS_ROUTINE, PROV_LEADS_FALSE, PROV_OPS_PLOT,
    PROV_OPS_ROUTINE, PROV_STALE, PROV_QUEUE, PROV_WORK, PROV_ARRESTS, PROV_DEATHS, PROV_OWN_LOSSES, PROV_WRONG,
    PROV_RECRUITS, PROV_EXITS, PROV_BACKLASH, PROV_MILITANT_DAYS, PROV_BUSY_DAYS, PROV_TEAM_DAYS, PROV_BUSY_ESCORT_DAYS,
    PROV_ESCORT_DAYS, PROV_QUEUE_DAYS, PROV_STOPPAGE_DAYS, PROV_SURGE_DAYS, PROV_GUARD_DAYS, PROV_MEMORY_DAYS,
) = range(27)  # fmt: skip

#: one row of a trace; `value` of the kinds born, deterred, foiled, lapsed and attack is the place word of the plot (its
#: birth province and lineage): entity and place together are its address, the same in every scenario
TRACE = np.dtype([
    ("tick", "i8"), ("kind", "i8"), ("province", "i8"), ("cohort", "i8"), ("setting", "i8"), ("entity", "u8"),
    ("value", "f8"),
])  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One replication: `cell` (T, P, C, S, K), `cohort` (T, P, C, K), `province` (T, P, K), start_plots (P, C, S).

    K : the names of `CELL_COUNTS`, `COHORT_COUNTS`, `PROVINCE_COUNTS`, in their order.
    start_plots : plots already in preparation at tick 0.      trace : None, or `TRACE` rows in order of time.
    """

    cell: Floats
    cohort: Floats
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
    stopped = cell[..., [CELL_ROUTE, CELL_GUARD, CELL_HARDENING, CELL_BREACHES]].sum(-1)
    leads = prov[..., [PROV_LEADS_PLOT, PROV_LEADS_ROUTINE, PROV_LEADS_FALSE]].sum(-1)
    held = prov[..., [PROV_QUEUE, PROV_WORK]].sum(-1)
    done = prov[..., [PROV_OPS_PLOT, PROV_OPS_ROUTINE, PROV_STALE]].sum(-1)
    waiting = cohort[..., COHORT_WAITING]
    gone = cohort[..., [COHORT_ESCORTED, COHORT_ALONE, COHORT_AIR, COHORT_CANCELLED]].sum(-1)
    return [
        ("plots = foiled + deterred + lapsed + attacks + open", cell[..., CELL_PLOTS] + carried, ends),
        ("attacks = stopped by a layer + breaches", cell[..., CELL_ATTACKS], stopped),
        ("leads = done + stale + in queue + in work", leads + _before(held), done + held),
        (
            "movements = escorted + alone + by air + cancelled + waiting",
            cohort[..., COHORT_MOVEMENTS] + _before(waiting),
            gone + waiting,
        ),
    ]


def _before(stock: Floats) -> Floats:
    """The stock at the start of each period: that of the end of the period before, zero at first."""
    return np.concatenate([np.zeros_like(stock[:1]), stock[:-1]])
