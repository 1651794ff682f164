"""The event loop: reset, take the earliest slot, hand it to its chapter, until the horizon."""

from __future__ import annotations

from typing import Any

from simcpec.engines.compiled import attacks, calendar, clock, movements, network, operations, plots, strips
from simcpec.engines.compiled.record import NEVER_KEY, SETTINGS, WORD
from simcpec.model import events, modes
from simcpec.model.rules import protection
from simcpec.numerics import streams
from simcpec.numerics.jit import constant, entry, inner_kernel, inner_subroutine, signed

NONE, ZERO = constant(-1), constant(0)
RANK_PERIOD, RANK_EPOCH = constant(events.RANK_PERIOD), constant(events.RANK_EPOCH)
RANK_STAGE, RANK_YEAR, RANK_AUDIT = (constant(r) for r in (events.RANK_STAGE, events.RANK_YEAR, events.RANK_AUDIT))
RANK_REVISION, RANK_MOVEMENT = constant(events.RANK_REVISION), constant(events.RANK_MOVEMENT)
ONSET, FINDING = constant(protection.ONSET), constant(protection.FINDING)
KIND_PERIOD, KIND_EPOCH = constant(events.KIND_PERIOD), constant(events.KIND_EPOCH)
NO_COHORT = constant(streams.NO_COHORT)


@inner_subroutine
def clear(s: Any, size_of_pool: Any) -> None:
    """An empty state: no event, every slot of every pool free."""
    for i in range(2 * s.leaves):
        s.key[i] = NEVER_KEY
    for i in range(s.leaves):
        s.index[i] = 0
    for pool in range(s.free.shape[0]):
        left = size_of_pool[pool]
        for word in range(s.free.shape[1]):
            n = min(left, WORD)
            s.free[pool, word] = (signed(1) << n) - 1
            left -= n
    for i in range(s.next.size):
        s.next[i] = 0
    s.now, s.error, s.value, s.place_error, s.events, s.rows = 0, 0, 0.0, 0, 0, 0
    s.epoch, s.stage, s.serials, s.current = 0, 0, 0, -1
    for i in range(s.strips.size):
        s.strips[i] = 0
    for i in range(s.plot_serial.size):
        s.plot_serial[i] = NONE


@inner_subroutine
def first_state(s: Any, w: Any, rate: Any) -> None:
    """The state of the world at tick 0."""
    s.per_day = float(w.calendar_ticks_per_day)
    s.reserve = w.protection_surge_reserve
    for p in range(w.provinces):
        s.place[p] = streams.place_word(w.addresses[p], NO_COHORT, ZERO)
        s.militants[p] = 0
        s.trust[p], s.trust_tick[p] = w.network_trust_start, 0
        s.busy[p], s.escorts_busy[p], s.surge[p], s.queue[p] = 0, 0, 0, 0
        s.stop_until[p], s.stopped_last[p], s.stopped[p] = 0, 0, 0
        s.memory[p], s.memory_tick[p], s.memory_days[p] = 0.0, 0, 0.0
        s.moment_militants[p], s.moment_busy[p], s.moment_teams[p], s.moment_escorts[p] = 0, 0, 0, 0
        s.moment_escorts_busy[p], s.moment_queue[p], s.moment_surge[p], s.moment_guards[p] = 0, 0, 0, 0
        s.lead_first[p, 0], s.lead_first[p, 1], s.lead_last[p, 0], s.lead_last[p, 1] = -1, -1, -1, -1
        s.quit_first[p], s.quit_last[p] = -1, -1
        for n in range(s.province.shape[1]):
            s.province[p, n] = 0.0
        for m in range(w.modes):
            for n in range(s.of_mode.shape[2]):
                s.of_mode[p, m, n] = 0.0
        for c in range(w.cohorts):
            first_pair(s, w, p, c)
    for o in range(w.origins):
        s.origin_place[o] = streams.origin_word(w.addresses[w.origins_province[o]], w.origins_group[o], ZERO)
        s.rate[o] = rate[0, o]
        s.drift[o], s.variance[o], s.threat[o], s.mixture[o] = 0.0, 0.0, 1.0, 1.0
        s.stock[o], s.pending[o] = w.network_militants[o], 0
        s.militants[w.origins_province[o]] += s.stock[o]
    for p in range(w.provinces):
        s.first_militants[p] = s.militants[p]


@inner_kernel
def first_pair(s: Any, w: Any, p: int, c: int) -> None:
    """The state of one province and cohort at tick 0."""
    s.cohort_place[p, c] = streams.place_word(w.addresses[p], signed(c), ZERO)
    s.compliance[p, c] = w.protection_compliance[p, c]
    s.compliance_tick[p, c] = -signed(w.protection_compliance_age[p, c] * w.calendar_ticks_per_day)
    s.leaking[p, c], s.waiting[p, c], s.trips[p, c], s.engaged[p, c] = 0, 0, 0, 0
    s.escorted[p, c], s.alone[p, c], s.escorted_before[p, c], s.alone_before[p, c] = 0, 0, 0, 0
    s.moment_leaking[p, c], s.moment_trips[p, c] = 0, 0
    s.traffic[p, c], s.traffic_tick[p, c] = w.movements_traffic[p, c], 0
    for n in range(s.pair.shape[2]):
        s.pair[p, c, n] = 0.0
    for k in range(SETTINGS):
        s.open[p, c, k] = 0
        for n in range(s.cell.shape[3]):
            s.cell[p, c, k, n] = 0.0


@inner_subroutine
def dated(s: Any, w: Any, rank: int, ticks: Any) -> int:
    """Advance a dated list to its next tick within the run; what lies at tick 0 or before belongs to the setting up."""
    k = s.next[rank]
    while k < len(ticks) and ticks[k] <= s.now:
        k += 1
    s.next[rank] = k
    slot = clock.fixed(s, rank, ZERO)
    if k < len(ticks):
        clock.schedule(s, w, slot, ticks[k])
    else:
        clock.cancel(s, slot)
    return k


@inner_kernel
def next_audit(s: Any, w: Any) -> None:
    """The k-th multiple of the period of the audits."""
    if w.calendar_audit_every_tick > 0:
        s.next[RANK_AUDIT] += 1
        clock.schedule(s, w, clock.fixed(s, RANK_AUDIT, ZERO), s.next[RANK_AUDIT] * w.calendar_audit_every_tick)


@inner_kernel
def stage_end(w: Any, s: Any, starts: Any) -> int:
    """Tick at which the threat stage under way ends."""
    if s.stage + 1 < len(starts):
        return min(starts[s.stage + 1], w.calendar_horizon_tick)
    return w.calendar_horizon_tick


@inner_subroutine
def restart_candidates(s: Any, w: Any, starts: Any, rate: Any) -> None:
    """A threat stage begins: every source of candidates begins anew."""
    s.stage_begin, s.stage_end = s.now, stage_end(w, s, starts)
    for i in range(w.origins):
        o = signed(i)
        s.rate[o] = rate[s.stage, o]
        strips.restart_births(s, w, o)


@inner_subroutine
def open_plots(s: Any, w: Any, start_plots: Any) -> None:
    """Plots in preparation now, by cell."""
    for p in range(w.provinces):
        for c in range(w.cohorts):
            for k in range(SETTINGS):
                start_plots[p, c, k] = s.open[p, c, k]


@inner_subroutine
def reach_all(s: Any, w: Any) -> None:
    """Open the strips that the intensities of every source have reached, at the start and when an epoch begins."""
    for i in range(w.origins):
        strips.reach_births(s, w, signed(i))
        network.reach_flow(s, w, signed(i))
    for i in range(w.provinces):
        p = signed(i)
        operations.reach_leads(s, w, p)
        operations.reach_false_leads(s, w, p)
        plots.reach_finds(s, w, p)
        for j in range(w.cohorts):
            calendar.reach_insiders(s, w, p, signed(j), ONSET)
            calendar.reach_insiders(s, w, p, signed(j), FINDING)


@inner_subroutine
def start_movements(s: Any, w: Any) -> None:
    """The first candidate of every cohort's movements."""
    for p in range(w.provinces):
        for c in range(w.cohorts):
            if w.movements_rule != modes.NO_ESCORT:
                slot = clock.fixed(s, RANK_MOVEMENT, signed(p * w.cohorts + c))
                movements.next_movement(s, w, slot, signed(p), signed(c))


@inner_subroutine
def first_impressions(s: Any, w: Any) -> None:
    """Adaptive attackers begin with the protection that is really there."""
    if w.cells_displacement == modes.ADAPTIVE:
        for p in range(w.provinces):
            for c in range(w.cohorts):
                for k in range(SETTINGS):
                    s.perceived[p, c, k] = attacks.stopping(s, w, signed(p), signed(c), signed(k))


@inner_subroutine
def set_up(
    s: Any, ws: Any, trace: Any, sizes: Any, period_end: Any, epoch_start: Any, stage_start: Any, rate: Any,
    decision_tick: Any, decision: Any, target: Any, parts: Any, revision: Any,
) -> None:  # fmt: skip
    """Tick 0: the state, the calendar, the sources, and the plots that exist already."""
    w = ws[0]
    clear(s, sizes)
    first_state(s, w, rate)
    calendar.first_capacity(s, w)
    calendar.first_drift(s, w)
    for p in range(w.provinces):
        for c in range(w.cohorts):
            calendar.first_regime(s, w, signed(p), signed(c))
    first_impressions(s, w)
    dated(s, w, RANK_PERIOD, period_end)
    dated(s, w, RANK_EPOCH, epoch_start)
    dated(s, w, RANK_STAGE, stage_start)
    dated(s, w, RANK_YEAR, decision_tick)
    dated(s, w, RANK_REVISION, revision)
    next_audit(s, w)
    if len(decision_tick) > 0 and decision_tick[0] == 0:
        calendar.on_year(s, w, trace, decision[0], target[0], parts[0])
    restart_candidates(s, w, stage_start, rate)
    reach_all(s, w)
    start_movements(s, w)
    for o in range(w.origins):
        plots.at_start(s, w, signed(o))


@inner_kernel
def to_source(s: Any, w: Any, trace: Any, table: Any, slot: int, rank: int, number: int) -> None:
    """A candidate of a source."""
    if rank == events.RANK_LEAD:
        operations.on_lead(s, w, trace, slot, number)
    elif rank == events.RANK_NETWORK:
        network.on_network(s, w, trace, slot, number)
    elif rank == events.RANK_MOVEMENT:
        movements.on_movement(s, w, trace, slot, number // w.cohorts, number % w.cohorts)
    elif rank == events.RANK_CANDIDATE:
        plots.on_candidate(s, w, trace, table, slot, number)
    elif rank == events.RANK_INSIDER:
        calendar.on_insider(s, w, trace, slot, number)
    elif rank == events.RANK_CAPACITY:
        calendar.on_capacity(s, w, trace, number)
    else:
        operations.on_false_lead(s, w, trace, slot, number)


@inner_kernel
def to_entity(s: Any, w: Any, trace: Any, table: Any, rank: int, number: int) -> None:
    """The next event of what sits in a pooled slot."""
    if rank == events.RANK_OPERATION:
        operations.on_operation(s, w, trace, number)
    elif rank == events.RANK_TRIP:
        movements.on_trip(s, w, trace, number)
    elif rank == events.RANK_STALE:
        operations.on_stale(s, w, trace, number)
    elif rank == events.RANK_PLOT:
        plots.on_plot(s, w, trace, table, number)
    elif rank == events.RANK_QUIT:
        movements.on_quit(s, w, trace, number)
    else:
        attacks.on_loan(s, trace, number)


@inner_subroutine
def to_calendar(
    s: Any, w: Any, trace: Any, rank: int, epoch_start: Any, stage_start: Any, drifts: Any, rate: Any,
    decision_tick: Any, decision: Any, target: Any, parts: Any, revision: Any, reaches: Any,
) -> None:  # fmt: skip
    """What is dated, but the ends of periods."""
    k = s.next[rank]
    if rank == events.RANK_AUDIT:
        calendar.on_audit(s, w, trace, k)
        next_audit(s, w)
    elif rank == events.RANK_REVISION:
        calendar.on_revision(s, w, trace, k, reaches[k])
        dated(s, w, RANK_REVISION, revision)
    elif rank == events.RANK_YEAR:
        calendar.on_year(s, w, trace, decision[k], target[k], parts[k])
        dated(s, w, RANK_YEAR, decision_tick)
    elif rank == events.RANK_STAGE:
        calendar.on_stage(s, w, trace, k, drifts[k] != 0)
        restart_candidates(s, w, stage_start, rate)
        dated(s, w, RANK_STAGE, stage_start)
    else:
        for p in range(w.provinces):
            for c in range(w.cohorts):
                attacks.refresh(s, w, signed(p), signed(c), 0.0)
        s.epoch = k
        clock.note(s, trace, KIND_EPOCH, NONE, NONE, NONE, k, 0.0)
        dated(s, w, RANK_EPOCH, epoch_start)


@entry
def play_many(
    state: Any, ws: Any, traces: Any, sizes: Any, period_end: Any, epoch_start: Any, stage_start: Any, drifts: Any,
    rate: Any, decision_tick: Any, decision: Any, target: Any, parts: Any, revision: Any, reaches: Any, tables: Any,
    key0: int, first: int, cells: Any, pairs: Any, modes: Any, provinces: Any, start_plots: Any,
) -> int:  # fmt: skip
    """Play replications first, first + 1, ... into the tables (R, T, ...); returns how many ended without error."""
    s, trace, table = state[0], traces[0], tables[0]
    for r in range(len(cells)):
        s.key0, s.key1 = key0, first + r
        set_up(
            s, ws, trace, sizes, period_end, epoch_start, stage_start, rate, decision_tick, decision, target, parts,
            revision,
        )  # fmt: skip
        w, period = ws[0], 0
        open_plots(s, w, start_plots[r])
        while s.error == clock.RUNNING and s.key[1] != NEVER_KEY:
            slot = clock.earliest(s)
            s.now = s.key[1] >> s.bits
            s.current = slot
            s.events += 1
            rank = clock.index(s.rank[slot])
            number = clock.index(slot - s.base[rank])
            w = ws[s.epoch]
            if rank >= events.RANK_OPERATION:
                to_entity(s, w, trace, table, rank, number)
            elif rank >= events.RANK_CAPACITY:
                to_source(s, w, trace, table, slot, rank, number)
            elif rank != events.RANK_PERIOD:
                to_calendar(
                    s, w, trace, rank, epoch_start, stage_start, drifts, rate, decision_tick, decision, target,
                    parts, revision, reaches,
                )  # fmt: skip
                if rank == events.RANK_EPOCH:
                    reach_all(s, ws[s.epoch])
            else:
                clock.note(s, trace, KIND_PERIOD, NONE, NONE, NONE, signed(period), 0.0)
                calendar.close_period(s, w, cells[r, period], pairs[r, period], modes[r, period], provinces[r, period])
                period += 1
                dated(s, w, RANK_PERIOD, period_end)
        if s.error != clock.RUNNING:
            return r
        s.now = w.calendar_horizon_tick
        calendar.close_period(s, w, cells[r, period], pairs[r, period], modes[r, period], provinces[r, period])
    return len(cells)
