"""What happens by the calendar: threat stages, budget years, audits, revisions, insiders; and closing a period."""

from __future__ import annotations

from typing import Any

from simcpec.engines.compiled import attacks, clock, movements, network, operations, plots, strips
from simcpec.engines.compiled.record import INSTRUMENTS
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import capacity, detection, protection, threat
from simcpec.model.rules import strips as strip_rules
from simcpec.numerics import samplers, streams
from simcpec.numerics.jit import constant, inner_kernel, inner_subroutine, signed

NONE, ZERO = constant(-1), constant(0)
RANK_CAPACITY, RANK_INSIDER = constant(events.RANK_CAPACITY), constant(events.RANK_INSIDER)
KIND_STAGE, KIND_YEAR, KIND_AUDIT = (constant(k) for k in (events.KIND_STAGE, events.KIND_YEAR, events.KIND_AUDIT))
KIND_REVISION, KIND_CAPACITY = constant(events.KIND_REVISION), constant(events.KIND_CAPACITY)
KIND_INSIDER = constant(events.KIND_INSIDER)


# ---------------------------------------------------------------------------------------------- threat


@inner_subroutine
def drift(s: Any, w: Any, k: int) -> None:
    """The log rate of every origin takes a step."""
    for o in range(w.origins):
        phi, sigma = w.threat_drift_persistence[o], w.threat_drift_innovation[o]
        s.variance[o] = threat.variance_step(s.variance[o], phi, sigma)
        u = clock.draw_birth(s, w, k, s.origin_place[o], streams.S_DRIFT, ZERO)[0]
        s.drift[o] = threat.drift_step(s.drift[o], phi, sigma, u)
        s.threat[o] = s.mixture[o] * threat.drift_factor(s.drift[o], s.variance[o])


@inner_subroutine
def first_drift(s: Any, w: Any) -> None:
    """The drift at the start, from its stationary law or zero; and the gamma factor of negative binomial attempts."""
    for o in range(w.origins):
        if w.threat_drift_on != 0 and w.threat_drift_stationary != 0:
            s.variance[o] = threat.drift_variance(w.threat_drift_persistence[o], w.threat_drift_innovation[o])
        if w.threat_attempts == modes.NEGBIN:
            u = clock.draw_birth(s, w, ZERO, s.origin_place[o], streams.S_MIXTURE, ZERO)[0]
            s.mixture[o] = threat.mixture_factor(w.threat_mixture_size, u)
        if w.threat_drift_on != 0:
            u = clock.draw_birth(s, w, ZERO, s.origin_place[o], streams.S_DRIFT, ZERO)[0]
            s.drift[o] = threat.drift_step(0.0, 0.0, s.variance[o] ** 0.5, u)
            s.threat[o] = threat.drift_factor(s.drift[o], s.variance[o])
        s.threat[o] *= s.mixture[o]


@inner_subroutine
def on_stage(s: Any, w: Any, trace: Any, k: int, drifts: bool) -> None:
    """The threat changes by a regime step, a step of its drift, or both."""
    s.stage = k
    if drifts:
        drift(s, w, k)
    clock.note(s, trace, KIND_STAGE, NONE, NONE, NONE, k, 0.0)


# ---------------------------------------------------------------------------------------------- procedures


@inner_subroutine
def on_audit(s: Any, w: Any, trace: Any, k: int) -> None:
    """An audit reaches a share of every province's cells and restores their procedures."""
    if w.protection_sop != modes.PERIODIC and w.protection_sop != modes.BOTH:
        return
    for p in range(w.provinces):
        rounds = float(s.bought[p, modes.PROCEDURES])
        coverage = protection.audit_coverage(w.protection_audit_host[p], rounds, w.protection_audit_gain[p])
        for c in range(w.cohorts):
            attacks.refresh(s, w, signed(p), signed(c), coverage)
    clock.note(s, trace, KIND_AUDIT, NONE, NONE, NONE, k, 0.0)


@inner_subroutine
def on_revision(s: Any, w: Any, trace: Any, k: int, reaches: Any) -> None:
    """A revision of the procedures takes effect where it reaches."""
    if w.protection_sop == modes.NO_SOP:
        return
    for p in range(w.provinces):
        for c in range(w.cohorts):
            if reaches[p, c] > 0.0:
                attacks.refresh(s, w, signed(p), signed(c), reaches[p, c])
    clock.note(s, trace, KIND_REVISION, NONE, NONE, NONE, k, 0.0)


# ---------------------------------------------------------------------------------------------- capacity


@inner_kernel
def hired(s: Any, p: int, k: int, units: int, part: float) -> int:
    """Units of an instrument in a province, the part of one decided; the same draw whatever the money and year."""
    if part > 0.0:
        return capacity.hired_units(units, part, clock.draw(s, ZERO, s.place[p], streams.S_UNIT, k)[0])
    return units


@inner_subroutine
def first_capacity(s: Any, w: Any) -> None:
    """What is in place at the start, in tranches; teams and what intelligence does follow from it."""
    for p in range(w.provinces):
        for k in range(INSTRUMENTS):
            s.bought[p, k] = hired(s, signed(p), signed(k), w.capacity_inherited[p, k], w.capacity_inherited_part[p, k])
            for j in range(w.capacity_tranches):
                part = capacity.tranche_units(s.bought[p, k], signed(j), w.capacity_tranches)
                s.size[p, k, j] = part
                s.wanted[p, k, j] = part
                s.way[p, k, j] = 0
        s.teams[p] = w.operations_teams[p] + s.bought[p, modes.OPERATIONS]
        s.escorts[p] = w.movements_teams[p] + s.bought[p, modes.ESCORTS]
        operations.refresh_planned(s, w, p)
        refresh_intelligence(s, w, p)


@inner_subroutine
def refresh_intelligence(s: Any, w: Any, p: int) -> None:
    """What the intelligence units of a province do to detection and tempo."""
    units = float(w.intelligence_host_units[p] + s.bought[p, modes.INTELLIGENCE])
    s.factor[p] = detection.intelligence_factor(units, w.intelligence_gain[p], w.intelligence_reference[p])


@inner_subroutine
def on_year(s: Any, w: Any, trace: Any, year: int, target: Any, parts: Any) -> None:
    """Targets are set: tranches whose target changed set out for it, each with its own lag."""
    clock.note(s, trace, KIND_YEAR, NONE, NONE, NONE, year, 0.0)
    for p in range(w.provinces):
        for k in range(INSTRUMENTS):
            units = hired(s, signed(p), signed(k), target[p, k], parts[p, k])
            for j in range(w.capacity_tranches):
                wanted = capacity.tranche_units(units, signed(j), w.capacity_tranches)
                if wanted != s.wanted[p, k, j]:
                    s.wanted[p, k, j] = wanted
                    way = capacity.direction(s.size[p, k, j], wanted)
                    if way == s.way[p, k, j]:
                        continue  # it keeps its day of arrival
                    s.way[p, k, j] = way
                    set_out(s, w, year, signed(p), signed(k), signed(j))


@inner_subroutine
def set_out(s: Any, w: Any, year: int, p: int, k: int, j: int) -> None:
    """A tranche sets out for the size it should have, or stays where it is."""
    number = (p * INSTRUMENTS + k) * w.capacity_tranches + j
    slot = clock.fixed(s, RANK_CAPACITY, number)
    if s.way[p, k, j] == 0:
        clock.cancel(s, slot)
        return
    u = clock.draw(s, year, s.place[p], streams.S_CAPACITY, k * w.capacity_tranches + j)[0]
    if s.way[p, k, j] > 0:
        lag = clock.span(s, w.capacity_hiring, w.capacity_hiring_scale, w.capacity_hiring_shape, u)
    else:
        lag = clock.span(s, w.capacity_leaving, w.capacity_leaving_scale, w.capacity_leaving_shape, u)
    clock.schedule(s, w, slot, s.now + lag)


@inner_subroutine
def on_capacity(s: Any, w: Any, trace: Any, number: int) -> None:
    """A tranche reaches its new size."""
    clock.cancel(s, clock.fixed(s, RANK_CAPACITY, number))
    j, rest = number % w.capacity_tranches, number // w.capacity_tranches
    k, p = rest % INSTRUMENTS, rest // INSTRUMENTS
    by = s.wanted[p, k, j] - s.size[p, k, j]
    s.size[p, k, j] = s.wanted[p, k, j]
    s.way[p, k, j] = 0
    s.bought[p, k] += by
    clock.note(s, trace, KIND_CAPACITY, p, NONE, NONE, k, float(s.bought[p, k]))
    if k == modes.GUARDS:
        s.moment_guards[p] += by * s.now
        network.reach_flows(s, w, p)
    elif k == modes.INTELLIGENCE:
        refresh_intelligence(s, w, p)
        operations.reach_leads(s, w, p)
        plots.reach_finds(s, w, p)
    elif k == modes.OPERATIONS:
        s.moment_teams[p] += by * s.now
        s.teams[p] += by
        operations.refresh_planned(s, w, p)
        operations.reach_leads(s, w, p)
        operations.reach_false_leads(s, w, p)
        plots.reach_finds(s, w, p)
        operations.serve(s, w, trace, p)
    elif k == modes.ESCORTS:
        s.moment_escorts[p] += by * s.now
        s.escorts[p] += by
        movements.serve(s, w, trace, p)


# ---------------------------------------------------------------------------------------------- insiders


@inner_subroutine
def first_regime(s: Any, w: Any, p: int, c: int) -> None:
    """The regime at the start: clean, or from its stationary law."""
    if w.protection_insider_on == 0 or w.protection_insider_steady == 0:
        return
    share = protection.leaking_share(w.protection_insider_onset[p, c], w.protection_insider_found[p, c])
    u = clock.draw(s, ZERO, s.cohort_place[p, c], streams.S_INSIDER, ZERO)[0]
    if threat.thinned(share, 1.0, u):
        s.leaking[p, c] = 1


@inner_kernel
def insider_identity(turn: int, strip: int, index: int) -> int:
    """Identity of a candidate of a turn of the regime; 0 is the first regime."""
    return streams.strip_index(strip + turn * strip_rules.STRIPS, index) + 1


@inner_subroutine
def next_insider(s: Any, w: Any, source: int, number: int, strip: int) -> None:
    """Move a strip of a turn of the regime on to its next candidate."""
    pair, turn = number // protection.TURNS, number % protection.TURNS
    p, c = pair // w.cohorts, pair % w.cohorts
    identity = insider_identity(turn, strip, s.strip_index[source, strip])
    u = clock.draw(s, identity, s.cohort_place[p, c], streams.S_INSIDER, ZERO)[0]
    gap = strip_rules.gap_days(w.protection_insider_unit[p, c], strip, u)
    s.strip_due[source, strip] += samplers.ticks(gap, s.per_day)


@inner_subroutine
def reach_insiders(s: Any, w: Any, p: int, c: int, turn: int) -> None:
    """Open the strips that the rate of a turn of the regime has reached."""
    unit = w.protection_insider_unit[p, c]
    if w.protection_insider_on == 0 or unit <= 0.0:
        return
    rate = w.protection_insider_found[p, c] if turn == protection.FINDING else w.protection_insider_onset[p, c]
    number = (p * w.cohorts + c) * protection.TURNS + turn
    slot = clock.fixed(s, RANK_INSIDER, number)
    source = strips.row(s, slot)
    while strips.is_short(s, s.strips[source], rate / unit, p):
        strip = s.strips[source]
        s.strip_due[source, strip], s.strip_index[source, strip] = 0, 0
        next_insider(s, w, source, number, strip)
        while strips.is_past(s, slot, s.strip_due[source, strip]):
            s.strip_index[source, strip] += 1
            next_insider(s, w, source, number, strip)
        s.strips[source] += 1
        strips.arm(s, w, slot)


@inner_subroutine
def on_insider(s: Any, w: Any, trace: Any, slot: int, number: int) -> None:
    """A candidate that changes the regime of a province and cohort, or does not."""
    pair, turn = number // protection.TURNS, number % protection.TURNS
    p, c = pair // w.cohorts, pair % w.cohorts
    source = strips.row(s, slot)
    strip = strips.first_due(s, source)
    identity = insider_identity(turn, strip, s.strip_index[source, strip])
    u = clock.draw(s, identity, s.cohort_place[p, c], streams.S_INSIDER, ZERO)[1]
    s.strip_index[source, strip] += 1
    next_insider(s, w, source, number, strip)
    strips.arm(s, w, slot)
    leaking = s.leaking[p, c] != 0
    onset, found = w.protection_insider_onset[p, c], w.protection_insider_found[p, c]
    level = w.protection_insider_unit[p, c] * strip_rules.level(strip, u)
    if protection.insider_switches(turn, leaking, onset, found, level):
        s.leaking[p, c] = 0 if leaking else 1
        s.moment_leaking[p, c] += -s.now if leaking else s.now
        clock.note(s, trace, KIND_INSIDER, p, c, NONE, ZERO, 0.0 if leaking else 1.0)


# ---------------------------------------------------------------------------------------------- closing the books


@inner_kernel
def area(level: int, moment: int, now: int, per_day: float) -> float:
    """Level-days since the last close: level x now - moment, exact in ticks."""
    return (level * now - moment) / per_day


@inner_subroutine
def close_period(s: Any, w: Any, cell: Any, pair: Any, mode: Any, province: Any) -> None:
    """Bring integrals and stocks up to now, store the period and begin the next at zero."""
    for p in range(w.provinces):
        attacks.accrue_stoppage(s, signed(p))
        attacks.accrue_memory(s, w, signed(p))
        close_integrals(s, p)
        s.province[p, names.PROV_STOPPAGE_DAYS] += s.stopped[p] / s.per_day
        s.province[p, names.PROV_MEMORY_DAYS] += s.memory_days[p]
        s.province[p, names.PROV_QUEUE] += s.queue[p]
        s.province[p, names.PROV_WORK] += s.busy[p]
        s.stopped[p] = 0
        s.memory_days[p] = 0.0
        for n in range(s.province.shape[1]):
            province[p, n] = s.province[p, n]
            s.province[p, n] = 0.0
        for m in range(w.modes):
            for n in range(s.of_mode.shape[2]):
                mode[p, m, n] = s.of_mode[p, m, n]
                s.of_mode[p, m, n] = 0.0
        for c in range(w.cohorts):
            close_pair(s, p, c)
            for n in range(s.pair.shape[2]):
                pair[p, c, n] = s.pair[p, c, n]
                s.pair[p, c, n] = 0.0
            for k in range(s.cell.shape[2]):
                s.cell[p, c, k, names.CELL_OPEN] = s.open[p, c, k]
                for n in range(s.cell.shape[3]):
                    cell[p, c, k, n] = s.cell[p, c, k, n]
                    s.cell[p, c, k, n] = 0.0


@inner_kernel
def close_integrals(s: Any, p: int) -> None:
    """The integrals of one province."""
    now, day, row = s.now, s.per_day, s.province[p]
    row[names.PROV_MILITANT_DAYS] += area(s.militants[p], s.moment_militants[p], now, day)
    row[names.PROV_BUSY_DAYS] += area(s.busy[p], s.moment_busy[p], now, day)
    row[names.PROV_TEAM_DAYS] += area(s.teams[p], s.moment_teams[p], now, day)
    row[names.PROV_BUSY_ESCORT_DAYS] += area(s.escorts_busy[p], s.moment_escorts_busy[p], now, day)
    row[names.PROV_ESCORT_DAYS] += area(s.escorts[p], s.moment_escorts[p], now, day)
    row[names.PROV_QUEUE_DAYS] += area(s.queue[p], s.moment_queue[p], now, day)
    row[names.PROV_SURGE_DAYS] += area(s.surge[p], s.moment_surge[p], now, day)
    row[names.PROV_GUARD_DAYS] += area(s.bought[p, modes.GUARDS], s.moment_guards[p], now, day)
    s.moment_militants[p], s.moment_busy[p] = s.militants[p] * now, s.busy[p] * now
    s.moment_teams[p], s.moment_escorts[p] = s.teams[p] * now, s.escorts[p] * now
    s.moment_escorts_busy[p], s.moment_queue[p] = s.escorts_busy[p] * now, s.queue[p] * now
    s.moment_surge[p], s.moment_guards[p] = s.surge[p] * now, s.bought[p, modes.GUARDS] * now


@inner_kernel
def close_pair(s: Any, p: int, c: int) -> None:
    """The integrals and the stock of one province and cohort."""
    now, day = s.now, s.per_day
    s.pair[p, c, names.COHORT_LEAKING_DAYS] += area(s.leaking[p, c], s.moment_leaking[p, c], now, day)
    s.pair[p, c, names.COHORT_TRIP_DAYS] += area(s.trips[p, c], s.moment_trips[p, c], now, day)
    s.pair[p, c, names.COHORT_WAITING] += s.waiting[p, c]
    s.moment_leaking[p, c], s.moment_trips[p, c] = s.leaking[p, c] * now, s.trips[p, c] * now
