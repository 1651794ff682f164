"""Operations: leads, teams, work, and what an operation brings (4.5)."""

from __future__ import annotations

from typing import Any

from simcpec.engines.compiled import clock, network, prefetch, strips
from simcpec.engines.compiled.record import POOL_OPERATION, POOL_PLOT, POOL_STALE
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import operations as rules
from simcpec.model.rules import strips as strip_rules
from simcpec.model.rules import threat
from simcpec.numerics import samplers, streams
from simcpec.numerics.jit import constant, inner_kernel, inner_subroutine

NONE, ZERO = constant(-1), constant(0)
OPERATION, STALE, PLOT = constant(POOL_OPERATION), constant(POOL_STALE), constant(POOL_PLOT)
RANK_OPERATION, RANK_STALE = constant(events.RANK_OPERATION), constant(events.RANK_STALE)
RANK_PLOT = constant(events.RANK_PLOT)
RANK_LEAD, RANK_FALSE = constant(events.RANK_LEAD), constant(events.RANK_FALSE)
KIND_LEAD, KIND_WORK, KIND_DONE = (constant(k) for k in (events.KIND_LEAD, events.KIND_WORK, events.KIND_DONE))
KIND_STALE, KIND_FOILED = constant(events.KIND_STALE), constant(events.KIND_FOILED)
KIND_FAILED, KIND_ARREST = constant(events.KIND_FAILED), constant(events.KIND_ARREST)


@inner_kernel
def free_teams(s: Any, p: int) -> int:
    """Teams that could begin now; 0 while more are busy than are left."""
    return max(ZERO, s.teams[p] - s.busy[p])


# ---------------------------------------------------------------------------------------------- where leads come from


@inner_kernel
def tempo(s: Any, w: Any, p: int) -> float:
    """Routine leads against those of the day before the start."""
    return s.factor[p] * w.operations_tempo[p] * s.planned[p]


@inner_kernel
def refresh_planned(s: Any, w: Any, p: int) -> None:
    """Compute how many routine leads the teams of a province seek."""
    s.planned[p] = rules.planned(s.teams[p], w.operations_teams_at_start[p], w.operations_follow_teams)


@inner_kernel
def on_lead(s: Any, w: Any, trace: Any, slot: int, p: int) -> None:
    """A candidate of the routine leads: real below the tempo of the intelligence capacity."""
    source = strips.row(s, slot)
    strip = strips.first_due(s, source)
    index, place = s.strip_index[source, strip], s.place[p]
    j = prefetch.place_in(index)
    level, work, u_patience = s.lead_level[p, strip, j], s.lead_work[p, strip, j], s.lead_patience[p, strip, j]
    s.strip_index[source, strip] = index + 1
    next_lead(s, w, source, p, strip)
    strips.arm(s, w, slot)
    if level < tempo(s, w, p):
        identity = streams.strip_index(strip, index)
        s.province[p, names.PROV_LEADS_ROUTINE] += 1.0
        clock.note(s, trace, KIND_LEAD, p, NONE, NONE, identity, 0.0)
        respond(s, w, trace, p, identity, place, streams.S_ROUTINE_LEAD, ZERO, work, u_patience, 0.0, NONE, ZERO)


@inner_kernel
def next_lead(s: Any, w: Any, source: int, p: int, strip: int) -> None:
    """Move a strip of routine leads on to its next candidate."""
    index = s.strip_index[source, strip]
    if prefetch.place_in(index) == 0:
        prefetch.leads(s, w, p, strip, index)
    s.strip_due[source, strip] += s.lead_gap[p, strip, prefetch.place_in(index)]


@inner_subroutine
def reach_leads(s: Any, w: Any, p: int) -> None:
    """Open the strips of routine leads that the tempo of a province has reached."""
    if w.operations_routine[p] <= 0.0:
        return
    slot = clock.fixed(s, RANK_LEAD, p)
    source = strips.row(s, slot)
    while strips.is_short(s, s.strips[source], tempo(s, w, p), p):
        strip = s.strips[source]
        s.strip_due[source, strip], s.strip_index[source, strip] = 0, 0
        next_lead(s, w, source, p, strip)
        while strips.is_past(s, slot, s.strip_due[source, strip]):
            s.strip_index[source, strip] += 1
            next_lead(s, w, source, p, strip)
        s.strips[source] += 1
        strips.arm(s, w, slot)


@inner_subroutine
def on_false_lead(s: Any, w: Any, trace: Any, slot: int, p: int) -> None:
    """A candidate of the false leads: real below the number of free teams."""
    source = strips.row(s, slot)
    strip = strips.first_due(s, source)
    identity, place = streams.strip_index(strip, s.strip_index[source, strip]), s.place[p]
    u = clock.draw(s, identity, place, streams.S_FALSE_LEAD, ZERO)
    s.strip_index[source, strip] += 1
    next_false_lead(s, w, source, p, strip)
    strips.arm(s, w, slot)
    if strip_rules.level(strip, u[1]) < free_teams(s, p):
        work = work_ticks(s, w, p, u[2])
        s.province[p, names.PROV_LEADS_FALSE] += 1.0
        clock.note(s, trace, KIND_LEAD, p, NONE, NONE, identity, 0.0)
        respond(s, w, trace, p, identity, place, streams.S_FALSE_LEAD, ZERO, work, 1.0, 0.0, NONE, ZERO)


@inner_subroutine
def next_false_lead(s: Any, w: Any, source: int, p: int, strip: int) -> None:
    """Move a strip of false leads on to its next candidate; their unit is the rate of one free team."""
    identity = streams.strip_index(strip, s.strip_index[source, strip])
    u = clock.draw(s, identity, s.place[p], streams.S_FALSE_LEAD, ZERO)[0]
    gap = strip_rules.gap_days(w.operations_false_leads[p], strip, u)
    s.strip_due[source, strip] += samplers.ticks(gap, s.per_day)


@inner_subroutine
def reach_false_leads(s: Any, w: Any, p: int) -> None:
    """Open the strips of false leads that the teams of a province have reached, were they all free."""
    if w.detection_mode != modes.SEARCH or w.operations_false_leads[p] <= 0.0:
        return
    slot = clock.fixed(s, RANK_FALSE, p)
    source = strips.row(s, slot)
    while strips.is_short(s, s.strips[source], float(s.teams[p]), p):
        strip = s.strips[source]
        s.strip_due[source, strip], s.strip_index[source, strip] = 0, 0
        next_false_lead(s, w, source, p, strip)
        while strips.is_past(s, slot, s.strip_due[source, strip]):
            s.strip_index[source, strip] += 1
            next_false_lead(s, w, source, p, strip)
        s.strips[source] += 1
        strips.arm(s, w, slot)


@inner_kernel
def work_ticks(s: Any, w: Any, p: int, u: float) -> int:
    """Length of the work on one lead in a province, on the clock."""
    scale = w.operations_work_scale * w.operations_work_factor[p]
    return clock.span(s, w.operations_work, scale, w.operations_work_shape, u)


@inner_subroutine
def take_up(s: Any, w: Any, trace: Any, j: int) -> None:
    """A found plot becomes a lead; a finding team of mode `search` is free by definition and begins at once."""
    p, identity, place, number = s.plot_p[j], s.plot_identity[j], s.plot_place[j], 4 * s.plot_leads[j]
    s.plot_leads[j] += 1
    u = clock.draw(s, identity, place, streams.S_PLOT_LEAD, number)
    work = work_ticks(s, w, p, u[0])
    s.province[p, names.PROV_LEADS_PLOT] += 1.0
    respond(
        s, w, trace, p, identity, place, streams.S_PLOT_LEAD, number, work, u[1], u[2], j, s.plot_serial[j]
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------- waiting


@inner_kernel
def respond(
    s: Any, w: Any, trace: Any, p: int, entity: int, place: int, stream: Any, number: int, work: int, u_patience: float,
    success: float, plot: int, serial: int,
) -> None:  # fmt: skip
    """A lead begins at once, or waits for a team with a stale clock (u_patience 1: for ever)."""
    if s.busy[p] < s.teams[p]:
        begin(s, w, trace, p, entity, place, stream, number, work, success, plot, serial)
        return
    n = clock.acquire(s, STALE, ZERO)
    s.stale_p[n], s.stale_entity[n], s.stale_place[n], s.stale_stream[n] = p, entity, place, stream
    s.stale_number[n], s.stale_work[n], s.stale_success[n] = number, work, success
    s.stale_plot[n], s.stale_serial[n] = plot, serial
    queue = rules.lead_priority(plot >= 0, w.operations_priority)
    s.stale_queue[n], s.stale_before[n], s.stale_after[n] = queue, s.lead_last[p, queue], NONE
    if s.lead_last[p, queue] >= 0:
        s.stale_after[s.lead_last[p, queue]] = n
    else:
        s.lead_first[p, queue] = n
    s.lead_last[p, queue] = n
    s.queue[p] += 1
    s.moment_queue[p] += s.now
    slot = clock.fixed(s, RANK_STALE, n)
    patience = clock.span(
        s, w.operations_patience, w.operations_patience_scale, w.operations_patience_shape, u_patience
    )
    if u_patience < 1.0 and patience < w.calendar_horizon_tick - s.now:
        clock.schedule(s, w, slot, s.now + patience)
    else:
        clock.cancel(s, slot)


@inner_kernel
def leave_queue(s: Any, n: int) -> None:
    """A waiting lead leaves the queue; its slot is free."""
    p, queue = clock.index(s.stale_p[n]), clock.index(s.stale_queue[n])
    before, after = s.stale_before[n], s.stale_after[n]
    if before >= 0:
        s.stale_after[before] = after
    else:
        s.lead_first[p, queue] = after
    if after >= 0:
        s.stale_before[after] = before
    else:
        s.lead_last[p, queue] = before
    clock.cancel(s, clock.fixed(s, RANK_STALE, n))
    clock.give(s, STALE, n)
    s.queue[p] -= 1
    s.moment_queue[p] -= s.now


@inner_subroutine
def on_stale(s: Any, w: Any, trace: Any, n: int) -> None:
    """Nobody came in time: the lead is lost and its plot, if it is still there, hidden again."""
    leave_queue(s, n)
    p, plot = s.stale_p[n], s.stale_plot[n]
    s.province[p, names.PROV_STALE] += 1.0
    clock.note(s, trace, KIND_STALE, p, NONE, NONE, s.stale_entity[n], 0.0)
    if plot >= 0 and s.plot_serial[plot] == s.stale_serial[n]:
        lose_sight(s, w, plot)


@inner_kernel
def serve(s: Any, w: Any, trace: Any, p: int) -> None:
    """Free teams take up who waits: the first of the higher queue, then of the lower."""
    while s.busy[p] < s.teams[p] and s.queue[p] > 0:
        n = clock.index(s.lead_first[p, 0] if s.lead_first[p, 0] >= 0 else s.lead_first[p, 1])
        leave_queue(s, n)
        begin(
            s, w, trace, p, s.stale_entity[n], s.stale_place[n], s.stale_stream[n], s.stale_number[n], s.stale_work[n],
            s.stale_success[n], s.stale_plot[n], s.stale_serial[n],
        )  # fmt: skip


# ---------------------------------------------------------------------------------------------- work


@inner_kernel
def begin(
    s: Any, w: Any, trace: Any, p: int, entity: int, place: int, stream: Any, number: int, work: int, success: float,
    plot: int, serial: int,
) -> None:  # fmt: skip
    """A team begins an operation."""
    n = clock.acquire(s, OPERATION, ZERO)
    s.operation_p[n], s.operation_entity[n], s.operation_place[n], s.operation_stream[n] = p, entity, place, stream
    s.operation_number[n], s.operation_success[n] = number, success
    s.operation_plot[n], s.operation_serial[n] = plot, serial
    s.busy[p] += 1
    s.moment_busy[p] += s.now
    clock.note(s, trace, KIND_WORK, p, NONE, NONE, entity, 0.0)
    clock.schedule(s, w, clock.fixed(s, RANK_OPERATION, n), s.now + work)


@inner_kernel
def on_operation(s: Any, w: Any, trace: Any, n: int) -> None:
    """An operation ends: what it brings, its plot, and the next lead."""
    p, entity = clock.index(s.operation_p[n]), s.operation_entity[n]
    plot, serial = s.operation_plot[n], s.operation_serial[n]
    place, stream, number, success = (
        s.operation_place[n], s.operation_stream[n], s.operation_number[n], s.operation_success[n]
    )  # fmt: skip
    clock.cancel(s, clock.fixed(s, RANK_OPERATION, n))
    clock.give(s, OPERATION, n)
    s.moment_busy[p] -= s.now
    s.province[p, names.PROV_OPS_ROUTINE if plot < 0 else names.PROV_OPS_PLOT] += 1.0
    clock.note(s, trace, KIND_DONE, p, NONE, NONE, entity, 0.0)
    record_yield(s, w, trace, p, entity, place, stream, number)
    if plot >= 0 and s.plot_serial[plot] == serial:
        act_on_plot(s, w, trace, p, plot, success)
    s.busy[p] -= 1
    serve(s, w, trace, p)


@inner_kernel
def record_yield(s: Any, w: Any, trace: Any, p: int, entity: int, place: int, stream: Any, number: int) -> None:
    """Arrests, deaths, own losses and mistakes of one operation (4.5), and what they provoke (4.6)."""
    u = clock.uniforms(s, entity, place, stream, number + 1)
    follows, size = w.operations_yield_follows_stock != 0, w.operations_dispersion
    stock = threat.relative_stock(s.militants[p], s.first_militants[p]) if follows else 1.0
    arrests = rules.mark(rules.mark_mean(w.operations_arrests[p], stock, follows), size, u[0])
    deaths = rules.mark(rules.mark_mean(w.operations_deaths[p], stock, follows), size, u[1])
    losses = rules.mark(w.operations_own_losses[p], size, u[2])
    s.province[p, names.PROV_OWN_LOSSES] += losses
    if threat.thinned(w.operations_goes_wrong[p], 1.0, u[3]):
        s.province[p, names.PROV_WRONG] += 1.0
        network.lose_trust(s, w, p, w.network_trust_wrong)
    if arrests + deaths > 0:
        s.province[p, names.PROV_ARRESTS] += arrests
        s.province[p, names.PROV_DEATHS] += deaths
        clock.note(s, trace, KIND_ARREST, p, NONE, NONE, entity, float(arrests + deaths))
        v = clock.draw(s, entity, place, stream, number + 2)
        whose = clock.draw(s, entity, place, stream, number + 3) if w.groups > 1 else v
        network.remove_militants(s, w, trace, p, arrests, deaths, v, whose)


@inner_subroutine
def act_on_plot(s: Any, w: Any, trace: Any, p: int, plot: int, success: float) -> None:
    """The work was on a plot still in preparation: foiled with a probability, else hidden again."""
    if threat.thinned(w.operations_success[p], 1.0, success):
        foiled(s, trace, plot)
    else:
        lose_sight(s, w, plot)
        clock.note(s, trace, KIND_FAILED, p, s.plot_c[plot], s.plot_s[plot], s.plot_identity[plot], 0.0)


@inner_kernel
def go_on(s: Any, w: Any, j: int) -> None:
    """The plot's next event: a detection candidate, maturity or lapse, whatever comes first."""
    due = min(s.plot_next[j], min(s.plot_mature[j], s.plot_lapse[j]))
    clock.schedule(s, w, clock.fixed(s, RANK_PLOT, j), due)


@inner_kernel
def hold(s: Any, w: Any, j: int) -> None:
    """The plot was found: where found plots are held, its own clock stands still from now on."""
    s.plot_hidden[j] = 0
    if w.detection_found == modes.HELD:
        s.plot_held[j] = s.now
        clock.cancel(s, clock.fixed(s, RANK_PLOT, j))


@inner_subroutine
def lose_sight(s: Any, w: Any, j: int) -> None:
    """The lead on the plot has come to nothing: it is hidden again, and its own clock goes on where it stood."""
    s.plot_hidden[j] = 1
    if s.plot_held[j] == NONE:
        return
    stood = s.now - s.plot_held[j]
    s.plot_held[j] = NONE
    s.plot_born[j] += stood
    s.plot_mature[j] += stood
    s.plot_lapse[j] += stood
    for strip in range(s.plot_strips[j]):
        s.plot_due[j, strip] += stood
    if s.plot_strips[j] > 0:
        s.plot_next[j] += stood
    go_on(s, w, j)


@inner_kernel
def end_plot(s: Any, j: int) -> None:
    """The plot leaves the stock of open plots; its slot is free for the next one and no lead finds it any more."""
    s.open[s.plot_p[j], s.plot_c[j], s.plot_s[j]] -= 1
    s.plot_serial[j] = NONE
    clock.cancel(s, clock.fixed(s, RANK_PLOT, j))
    clock.give(s, PLOT, j)


@inner_subroutine
def foiled(s: Any, trace: Any, j: int) -> None:
    """The plot is found and disrupted."""
    p, c, k = s.plot_p[j], s.plot_c[j], s.plot_s[j]
    end_plot(s, j)
    s.cell[p, c, k, names.CELL_FOILED] += 1.0
    clock.note(s, trace, KIND_FOILED, p, c, k, s.plot_identity[j], float(s.plot_place[j]))
