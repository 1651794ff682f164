"""Attacks: layers, harm, stoppage, surge, and what attackers believe about protection (4.3, 4.7, 4.9)."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.engines.compiled import clock, network
from simcpec.engines.compiled.record import POOL_LOAN, SETTINGS
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import cells, harm, movement, protection, threat
from simcpec.numerics import samplers, streams
from simcpec.numerics.jit import constant, inner_kernel, inner_subroutine, signed

NONE, ZERO = constant(-1), constant(0)
LOAN, RANK_LOAN = constant(POOL_LOAN), constant(events.RANK_LOAN)
ROUTE, GUARD, HARDENING = constant(modes.ROUTE), constant(modes.GUARD), constant(modes.HARDENING_LAYER)
KIND_ATTACK, KIND_STOPPED = constant(events.KIND_ATTACK), constant(events.KIND_STOPPED)
KIND_BREACH, KIND_STOPPAGE = constant(events.KIND_BREACH), constant(events.KIND_STOPPAGE)
KIND_MODE = constant(events.KIND_MODE)
KIND_SURGE, KIND_SURGE_END = constant(events.KIND_SURGE), constant(events.KIND_SURGE_END)


# ---------------------------------------------------------------------------------------------- modes of attack


@inner_subroutine
def mode_of(s: Any, w: Any, home: int, identity: int, place: int, under_way: bool) -> int:
    """The mode of a plot: a race of the modes, weighted by the shares of its group at home; it reads no lever.

    home : the province where it was born.
    under_way : the plot is met at a random moment of its preparation, and so more often in a mode that takes long.
    """
    best, least = ZERO, np.inf
    if w.modes == 1:
        return best
    group = streams.group_of(place)
    for m in range(w.modes):
        weight = w.threat_mode_share[group, home, m]
        if under_way:
            weight *= w.threat_mode_planning[home, m]
        time = threat.race_days(weight, clock.draw(s, identity, place, streams.S_MODE, w.mode_addresses[m])[0])
        if time < least:
            best, least = signed(m), time
    return best


@inner_kernel
def planned_scale(w: Any, home: int, mode: int) -> float:
    """The scale of the law of the preparation of a mode in the province where the plot was born."""
    return w.threat_preparation_scale * w.threat_mode_planning[home, mode]


@inner_kernel
def mean_planning(w: Any, o: int) -> float:
    """Mean factor on the preparation over the plots that are born at an origin."""
    total, group, home = 0.0, w.origins_group[o], w.origins_province[o]
    for m in range(w.modes):
        total += w.threat_mode_share[group, home, m] * w.threat_mode_planning[home, m]
    return total


# ---------------------------------------------------------------------------------------------- protection now


@inner_kernel
def compliance(s: Any, w: Any, p: int, c: int) -> float:
    """Compliance with procedures now; 1 where procedures are switched off."""
    if w.protection_sop == modes.NO_SOP:
        return 1.0
    age = clock.days_since(s, s.compliance_tick[p, c])
    return protection.compliance_at(s.compliance[p, c], w.protection_floor[p, c], age, w.protection_decay[p, c])


@inner_subroutine
def refresh(s: Any, w: Any, p: int, c: int, coverage: float) -> None:
    """Refresh the procedures of a province and cohort, to an extent in [0, 1]."""
    now = compliance(s, w, p, c)
    s.compliance[p, c] = protection.compliance_after(now, w.protection_fresh[p, c], coverage)
    s.compliance_tick[p, c] = s.now


@inner_kernel
def units(s: Any, w: Any, layer: int, p: int, c: int, k: int) -> float:
    """Effective units of one layer in one cell: the host state's, those bought, and guards on loan."""
    if layer == GUARD:
        bought = s.bought[p, modes.GUARDS] + s.surge[p]
    elif layer == ROUTE:
        bought = s.bought[p, modes.SURVEILLANCE]
    else:
        bought = s.bought[p, modes.HARDENING]
    posted = bought * w.protection_posting[layer, c, k] * w.protection_unit_effect[layer]
    return (w.protection_host_units[p, layer, c, k] + posted) * w.protection_quality[p, layer, c, k]


@inner_subroutine
def layer_stop(s: Any, w: Any, layer: int, p: int, c: int, effective: float, exposure: float) -> float:
    """Stop probability of one layer at these units and this exposure."""
    return protection.stop_probability(
        effective, exposure, w.protection_gain[p, layer], w.protection_ceiling[p, layer], compliance(s, w, p, c),
        w.protection_constant[layer],
    )  # fmt: skip


@inner_kernel
def stop(s: Any, w: Any, layer: int, p: int, c: int, k: int) -> float:
    """Stop probability of one layer in one cell now, whatever the escort."""
    return layer_stop(s, w, layer, p, c, units(s, w, layer, p, c, k), w.protection_exposure[p, c, k])


@inner_kernel
def escort_stop(s: Any, w: Any, p: int, c: int) -> float:
    """Stop probability of the guard layer for an escorted party."""
    units = w.movements_escort_units * w.protection_quality[p, GUARD, c, modes.MOVEMENT]
    return layer_stop(s, w, GUARD, p, c, units, w.movements_party[c])


@inner_kernel
def by_escort(w: Any, k: int) -> bool:
    """Whether the guard layer of this setting is the escort."""
    return k == modes.MOVEMENT and w.movements_rule != modes.NO_ESCORT


@inner_subroutine
def stopping(s: Any, w: Any, p: int, c: int, k: int) -> float:
    """Probability that all layers together stop an attack on this cell now: its protection."""
    route, hardening = stop(s, w, ROUTE, p, c, k), stop(s, w, HARDENING, p, c, k)
    if by_escort(w, k):
        share = movement.escorted_share(s.escorted_before[p, c], s.alone_before[p, c])
        guard = escort_stop(s, w, p, c) * share
    else:
        guard = stop(s, w, GUARD, p, c, k)
    return 1.0 - protection.pass_probability(route, guard, hardening, w.protection_common_cause)


@inner_kernel
def believed(s: Any, w: Any, p: int, c: int, k: int) -> float:
    """Protection of a cell as attackers see it, before any spill from neighbours."""
    if w.cells_displacement == modes.ADAPTIVE:
        return s.perceived[p, c, k]
    return stopping(s, w, p, c, k)


@inner_subroutine
def perceived(s: Any, w: Any, p: int, c: int, k: int) -> float:
    """Perceived protection of a cell now: its own, and a share of its best neighbour's advantage."""
    own = believed(s, w, p, c, k)
    if w.cells_diffusion <= 0.0:
        return own
    best = own
    for other in range(SETTINGS):
        best = max(best, believed(s, w, p, c, other))
    return cells.spilled(own, best, w.cells_diffusion)


# ---------------------------------------------------------------------------------------------- one attack


@inner_subroutine
def attack(
    s: Any, w: Any, trace: Any, table: Any, identity: int, place: int, mode: int, p: int, c: int, k: int
) -> bool:
    """An attack is carried out: a layer stops it or it breaches, with its consequences; returns whether stopped."""
    s.cell[p, c, k, names.CELL_ATTACKS] += 1.0
    s.of_mode[p, mode, names.MODE_ATTACKS] += 1.0
    clock.note(s, trace, KIND_ATTACK, p, c, k, identity, float(place))
    if w.modes > 1:
        clock.note(s, trace, KIND_MODE, p, c, k, identity, float(mode))
    by, at_risk = pass_layers(s, w, table, identity, place, mode, p, c, k)
    if by >= 0:
        s.cell[p, c, k, names.CELL_ROUTE + by] += 1.0
        clock.note(s, trace, KIND_STOPPED, p, c, k, identity, float(by))
        u = clock.draw(s, identity, place, streams.S_HARM2, ZERO)
        hurt = harm.guards_killed(w.harm_guards_when_stopped, u[0])
        s.cell[p, c, k, names.CELL_GUARD_DEATHS] += hurt
    else:
        hurt = breach(s, w, trace, table, identity, place, mode, at_risk, p, c, k)
    u = clock.draw(s, identity, place, streams.S_REPORT, ZERO)
    if harm.is_reported(w.harm_reported_harmless[p], w.harm_reported_harmful[p], hurt, u[0]):
        s.province[p, names.PROV_REPORTED] += 1.0
    react(s, w, trace, p, c, k, by >= 0)
    return by >= 0


@inner_subroutine
def pass_layers(
    s: Any, w: Any, table: Any, identity: int, place: int, mode: int, p: int, c: int, k: int
) -> tuple[int, float]:
    """The layer that stops the attack, or -1 for a breach, and the share of its casualties that no layer avoids.

    Also adds up the probability of a breach and the casualties that it means.
    """
    if not by_escort(w, k):
        guard = stop(s, w, GUARD, p, c, k)
    else:
        u_met = clock.draw(s, identity, place, streams.S_HARM2, ZERO)[3]
        met = movement.meets_escort(
            s.escorted[p, c], s.alone[p, c], s.escorted_before[p, c], s.alone_before[p, c], u_met
        )
        guard = escort_stop(s, w, p, c) if met else 0.0
    weight = w.protection_mode_weight[mode]
    route = protection.weighted_stop(stop(s, w, ROUTE, p, c, k), weight[ROUTE])
    guard = protection.weighted_stop(guard, weight[GUARD])
    hardening = protection.weighted_stop(stop(s, w, HARDENING, p, c, k), weight[HARDENING])
    passing = protection.pass_probability(route, guard, hardening, w.protection_common_cause)
    leaking = protection.insider_pass(passing, w.protection_insider_multiplier[p, c], s.leaking[p, c] != 0)
    by_route, by_guard = w.harm_mitigation[ROUTE], w.harm_mitigation[GUARD]
    at_risk = harm.at_risk(route, guard, hardening, by_route, by_guard, w.harm_mitigation[HARDENING])
    s.cell[p, c, k, names.CELL_EXPECTED] += leaking
    s.cell[p, c, k, names.CELL_EXPECTED_DEATHS] += leaking * at_risk * table.mean_dead[mode, c, k]
    s.cell[p, c, k, names.CELL_EXPECTED_INJURED] += leaking * at_risk * table.mean_injured[mode, c, k]
    u = clock.draw(s, identity, place, streams.S_LAYERS, ZERO)
    if threat.thinned(w.protection_common_cause, 1.0, u[0]):
        return NONE, at_risk
    by = NONE
    if threat.thinned(route, 1.0, u[1]):
        by = ROUTE
    elif threat.thinned(guard, 1.0, u[2]):
        by = GUARD
    elif threat.thinned(hardening, 1.0, u[3]):
        by = HARDENING
    if by >= 0:
        u_rescue = clock.draw(s, identity, place, streams.S_PLOT, ZERO)[3]
        if threat.thinned(protection.rescue_probability(passing, leaking), 1.0, u_rescue):
            return NONE, at_risk
    return by, at_risk


@inner_subroutine
def breach(
    s: Any, w: Any, trace: Any, table: Any, identity: int, place: int, mode: int, at_risk: float, p: int, c: int, k: int
) -> int:
    """Persons hurt, whose number it returns, and work stopped."""
    u = clock.draw(s, identity, place, streams.S_HARM, ZERO)
    v = clock.draw(s, identity, place, streams.S_HARM2, ZERO)
    dead, hurt = casualties(s, w, table, identity, place, mode, at_risk, c, k, u[0], u[1], u[2])
    s.cell[p, c, k, names.CELL_BREACHES] += 1.0
    s.cell[p, c, k, names.CELL_DEATHS] += dead
    s.cell[p, c, k, names.CELL_INJURED] += hurt
    s.of_mode[p, mode, names.MODE_BREACHES] += 1.0
    s.of_mode[p, mode, names.MODE_DEATHS] += dead
    s.of_mode[p, mode, names.MODE_INJURED] += hurt
    base, per_death = w.harm_local_base, w.harm_local_per_death
    local = harm.others_killed(base, per_death, dead, 1.0 - w.harm_guard_share, u[3])
    s.cell[p, c, k, names.CELL_LOCAL_DEATHS] += local
    guards = harm.others_killed(base, per_death, dead, w.harm_guard_share, v[0])
    s.cell[p, c, k, names.CELL_GUARD_DEATHS] += guards
    clock.note(s, trace, KIND_BREACH, p, c, k, identity, float(dead))
    stop_work(s, w, trace, identity, place, p, v[1])
    return dead + hurt + local + guards


@inner_subroutine
def casualties(
    s: Any, w: Any, table: Any, identity: int, place: int, mode: int, at_risk: float, c: int, k: int, u_zero: float,
    u_size: float, u_injured: float,
) -> tuple[int, int]:  # fmt: skip
    """Foreign nationals killed and injured by a breach: those of the law of its mode, less those that layers avoid."""
    present, share = w.harm_present[c, k], w.harm_mode_spared[mode]
    u_spared, u_dead, u_hurt = 1.0, 1.0, 1.0
    if share > 0.0 or at_risk < 1.0:
        u_spared, u_dead, u_hurt, _ = clock.draw(s, identity, place, streams.S_SPARED, ZERO)
    dead = ZERO
    if not threat.thinned(share, 1.0, u_spared):
        dead = deaths(w, table, w.harm_mode_log_deaths[mode], min(w.harm_cap, present), u_zero, u_size)
    hurt = harm.injured(w.harm_injured_base, w.harm_injured_per_death, dead, w.harm_injured_size, u_injured)
    hurt = harm.room_for(hurt, present, dead)
    return harm.suffered(dead, at_risk, u_dead), harm.suffered(hurt, at_risk, u_hurt)


@inner_kernel
def deaths(w: Any, table: Any, shift: float, cap: float, u_zero: float, u_size: float) -> int:
    """Foreign nationals killed by one breach that nothing mitigates, by the law of the world."""
    if w.harm_severity == modes.EMPIRICAL:
        row = 0
        while row < table.rows - 1 and u_size >= table.upto[row]:
            row += 1
        return harm.tabulated(table.deaths[row], shift, cap)
    return harm.deaths(w.harm_severity, w.harm_zero, w.harm_mu, w.harm_sigma, w.harm_start, shift, cap, u_zero, u_size)


@inner_subroutine
def stop_work(s: Any, w: Any, trace: Any, identity: int, place: int, p: int, u: float) -> None:
    """The province's works stand still for a time; each other province's may too."""
    if w.harm_stoppage == samplers.LAW_NEVER:
        return
    until = s.now + clock.span(s, w.harm_stoppage, w.harm_stoppage_scale, w.harm_stoppage_shape, u)
    for q in range(w.provinces):
        if q != p:
            u_spread = clock.draw(s, identity, place, streams.S_SPREAD, w.addresses[q])[0]
            if not threat.thinned(w.harm_spreads, 1.0, u_spread):
                continue
        accrue_stoppage(s, q)
        s.stop_until[q] = max(s.stop_until[q], until)
        clock.note(s, trace, KIND_STOPPAGE, signed(q), NONE, NONE, identity, 0.0)


@inner_kernel
def accrue_stoppage(s: Any, p: int) -> None:
    """Count the stopped ticks of a province up to now."""
    s.stopped[p] += max(ZERO, min(s.now, s.stop_until[p]) - s.stopped_last[p])
    s.stopped_last[p] = s.now


# ---------------------------------------------------------------------------------------------- what follows


@inner_subroutine
def react(s: Any, w: Any, trace: Any, p: int, c: int, k: int, stopped: bool) -> None:
    """Procedures, surge, beliefs and memory after an attack."""
    if protection.reacts(w.protection_sop, w.protection_sop_by, stopped):
        for other in range(w.cohorts):
            refresh(s, w, p, signed(other), 1.0)
    lend(s, w, trace, p)
    if w.cells_displacement == modes.ADAPTIVE:
        s.perceived[p, c, k] = cells.learned(s.perceived[p, c, k], stopped, w.cells_learning)
    if w.harm_memory > 0.0:
        accrue_memory(s, w, p)
        s.memory[p] += 1.0


@inner_kernel
def accrue_memory(s: Any, w: Any, p: int) -> None:
    """Integrate the memory of attacks up to now."""
    if w.harm_memory <= 0.0:
        return
    days = clock.days_since(s, s.memory_tick[p])
    s.memory_days[p] += harm.memory_area(s.memory[p], days, w.harm_memory)
    s.memory[p] = harm.memory_at(s.memory[p], days, w.harm_memory)
    s.memory_tick[p] = s.now


@inner_subroutine
def lend(s: Any, w: Any, trace: Any, p: int) -> None:
    """Guards of the national reserve go to the province for a time, as many as are left."""
    number = min(w.protection_surge_units, s.reserve)
    if number <= 0:
        return
    s.reserve -= number
    s.surge[p] += number
    s.moment_surge[p] += number * s.now
    network.reach_flows(s, w, p)
    clock.note(s, trace, KIND_SURGE, p, NONE, NONE, ZERO, float(number))
    n = clock.acquire(s, LOAN, ZERO)
    s.loan_p[n], s.loan_number[n] = p, number
    clock.schedule(s, w, clock.fixed(s, RANK_LOAN, n), s.now + samplers.ticks(w.protection_surge_days, s.per_day))


@inner_subroutine
def on_loan(s: Any, trace: Any, n: int) -> None:
    """A loan ends."""
    p, number = s.loan_p[n], s.loan_number[n]
    clock.cancel(s, clock.fixed(s, RANK_LOAN, n))
    clock.give(s, LOAN, n)
    s.reserve += number
    s.surge[p] -= number
    s.moment_surge[p] -= number * s.now
    clock.note(s, trace, KIND_SURGE_END, p, NONE, NONE, ZERO, float(number))


@inner_subroutine
def choose_child_province(s: Any, w: Any, p: int, child: int) -> int:
    """The province in which a follow-on plot is born: a race of the provinces, weighted by the spread."""
    best, least = ZERO, np.inf
    for q in range(w.provinces):
        u = clock.draw(s, child, ZERO, streams.S_FOLLOW_CHILD, w.addresses[q])[0]
        time = threat.race_days(w.threat_follow_spread[p, q], u)
        if time < least:
            best, least = signed(q), time
    return best
