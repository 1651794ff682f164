"""Attacks: layers, harm, stoppage, surge, follow-ons, and what attackers believe about protection (4.3, 4.7, 4.9)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

import simpy

from simcpec.engines.reference import network
from simcpec.engines.reference.plot import Plot
from simcpec.engines.reference.simulation import Simulation
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import cells, harm, movement, protection, threat
from simcpec.model.world import Law
from simcpec.numerics import samplers, streams

Wait = Generator[simpy.Event, Any, None]
Triple = tuple[float, float, float]
#: counter of the attacks that each layer stopped
STOPPED = (names.CELL_ROUTE, names.CELL_GUARD, names.CELL_HARDENING)


# ---------------------------------------------------------------------------------------------- modes of attack


def mode_of(sim: Simulation, home: int, identity: int, place: int, *, under_way: bool = False) -> int:
    """The mode of a plot: a race of the modes, weighted by the shares of its group at home; it reads no lever.

    home : the province where it was born.
    under_way : the plot is met at a random moment of its preparation, and so more often in a mode that takes long.
    """
    w, addresses = sim.world.threat, sim.world.mode_addresses
    if len(addresses) == 1:
        return 0
    pairs = zip(w.mode_share[streams.group_of(place)][home], w.mode_planning[home], strict=True)
    weights = [share * long if under_way else share for share, long in pairs]
    times = [
        threat.race_days(weight, sim.draw(identity, place, streams.S_MODE, address)[0])
        for weight, address in zip(weights, addresses, strict=True)
    ]
    return times.index(min(times))


def planned(sim: Simulation, home: int, mode: int) -> Law:
    """The law of the preparation of a mode in the province where the plot was born."""
    law, scale, shape = sim.world.threat.preparation
    return law, scale * sim.world.threat.mode_planning[home][mode], shape


def mean_planning(sim: Simulation, o: int) -> float:
    """Mean factor on the preparation over the plots that are born at an origin."""
    w, origins, total = sim.world.threat, sim.world.origins, 0.0
    group, home = origins.group[o], origins.province[o]
    for share, factor in zip(w.mode_share[group][home], w.mode_planning[home], strict=True):
        total += share * factor
    return total


# ---------------------------------------------------------------------------------------------- protection now


def compliance(sim: Simulation, p: int, c: int) -> float:
    """Compliance with procedures now; 1 where procedures are switched off."""
    w, state = sim.world.protection, sim.state
    if w.sop == modes.NO_SOP:
        return 1.0
    e, age = state.epoch, sim.days_since(state.compliance_tick[p][c])
    return protection.compliance_at(state.compliance[p][c], w.floor[e][p][c], age, w.decay[e][p][c])


def refresh(sim: Simulation, p: int, c: int, coverage: float) -> None:
    """Refresh the procedures of a province and cohort, to an extent in [0, 1]."""
    state, now = sim.state, compliance(sim, p, c)
    fresh = sim.world.protection.fresh[state.epoch][p][c]
    state.compliance[p][c] = protection.compliance_after(now, fresh, coverage)
    state.compliance_tick[p][c] = sim.clock.now


def units(sim: Simulation, layer: int, p: int, c: int, s: int) -> float:
    """Effective units of one layer in one cell: the host state's, those bought, and guards on loan."""
    w, state, e = sim.world.protection, sim.state, sim.state.epoch
    bought = state.bought[p][modes.INSTRUMENT_OF_LAYER[layer]]
    if layer == modes.GUARD:
        bought += state.surge[p]
    units = w.host_units[e][p][layer][c][s] + bought * w.posting[layer][c][s] * w.unit_effect[e][layer]
    return float(units * w.quality[e][p][layer][c][s])


def stop(sim: Simulation, layer: int, p: int, c: int, s: int) -> float:
    """Stop probability of one layer in one cell now, whatever the escort."""
    return layer_stop(sim, layer, p, c, units(sim, layer, p, c, s), sim.world.protection.exposure[p][c][s])


def layer_stop(sim: Simulation, layer: int, p: int, c: int, effective: float, exposure: float) -> float:
    """Stop probability of one layer at these units and this exposure."""
    w, e = sim.world.protection, sim.state.epoch
    return protection.stop_probability(
        effective, exposure, w.gain[e][p][layer], w.ceiling[e][p][layer], compliance(sim, p, c), w.constant[e][layer]
    )


def escort_stop(sim: Simulation, p: int, c: int) -> float:
    """Stop probability of the guard layer for an escorted party; an unescorted one has none."""
    w, quality = sim.world.movements, sim.world.protection.quality[sim.state.epoch][p][modes.GUARD]
    return layer_stop(sim, modes.GUARD, p, c, w.escort_units * quality[c][modes.MOVEMENT], w.party[c])


def layers(sim: Simulation, p: int, c: int, s: int, escorted: bool | None) -> Triple:
    """Stop probabilities of the three layers; `escorted` is None where escorts play no part."""
    guard = stop(sim, modes.GUARD, p, c, s) if escorted is None else escort_stop(sim, p, c) if escorted else 0.0
    return stop(sim, modes.ROUTE, p, c, s), guard, stop(sim, modes.HARDENING_LAYER, p, c, s)


def stopping(sim: Simulation, p: int, c: int, s: int) -> float:
    """Probability that all layers together stop an attack on this cell now: its protection."""
    route, hardening = stop(sim, modes.ROUTE, p, c, s), stop(sim, modes.HARDENING_LAYER, p, c, s)
    if by_escort(sim, s):
        state = sim.state
        share = movement.escorted_share(state.escorted_before[p][c], state.alone_before[p][c])
        guard = escort_stop(sim, p, c) * share
    else:
        guard = stop(sim, modes.GUARD, p, c, s)
    w = sim.world.protection.common_cause[sim.state.epoch]
    return 1.0 - protection.pass_probability(route, guard, hardening, w)


def by_escort(sim: Simulation, s: int) -> bool:
    """Whether the guard layer of this setting is the escort."""
    return s == modes.MOVEMENT and sim.world.movements.rule != modes.NO_ESCORT


def believed(sim: Simulation, p: int, c: int, s: int) -> float:
    """Protection of a cell as attackers see it, before any spill from neighbours."""
    if sim.world.cells.displacement == modes.ADAPTIVE:
        return sim.state.perceived[p][c][s]
    return stopping(sim, p, c, s)


def perceived(sim: Simulation, p: int, c: int, s: int) -> float:
    """Perceived protection of a cell now: its own, and a share of its best neighbour's advantage."""
    own, diffusion = believed(sim, p, c, s), sim.world.cells.diffusion
    if diffusion <= 0.0:
        return own
    best = max(believed(sim, p, c, other) for other in range(sim.settings))
    return cells.spilled(own, best, diffusion)


def first_impressions(sim: Simulation) -> None:
    """Adaptive attackers begin with the protection that is really there."""
    if sim.world.cells.displacement == modes.ADAPTIVE:
        sim.state.perceived = [
            [[stopping(sim, p, c, s) for s in range(sim.settings)] for c in range(sim.cohorts)]
            for p in range(sim.provinces)
        ]


# ---------------------------------------------------------------------------------------------- one attack


def attack(sim: Simulation, plot: Plot) -> list[Child]:
    """An attack is carried out: layers stop it or it breaches; then its consequences, and the follow-ons it causes."""
    p, c, s = plot.p, plot.c, plot.s
    sim.counts.at_cell(plot.cell, names.CELL_ATTACKS)
    sim.counts.at_mode(p, plot.mode, names.MODE_ATTACKS)
    sim.note(events.KIND_ATTACK, p, c, s, plot.identity, plot.place)
    if len(sim.world.modes) > 1:
        sim.note(events.KIND_MODE, p, c, s, plot.identity, plot.mode)
    stopped_by, at_risk = pass_layers(sim, plot)
    if stopped_by >= 0:
        sim.counts.at_cell(plot.cell, STOPPED[stopped_by])
        sim.note(events.KIND_STOPPED, p, c, s, plot.identity, stopped_by)
        u = sim.draw(plot.identity, plot.place, streams.S_HARM2)
        hurt = harm.guards_killed(sim.world.harm.guards_when_stopped, u[0])
        sim.counts.at_cell(plot.cell, names.CELL_GUARD_DEATHS, hurt)
    else:
        hurt = breach(sim, plot, at_risk)
    report(sim, plot, hurt)
    react(sim, plot, stopped_by >= 0)
    return follow(sim, plot, stopped_by >= 0)


def pass_layers(sim: Simulation, plot: Plot) -> tuple[int, float]:
    """The layer that stops the attack, or -1 for a breach, and the share of its casualties that no layer avoids.

    Also adds up the probability of a breach and the casualties that it means.
    """
    p, c, s, state = plot.p, plot.c, plot.s, sim.state
    escorted = None
    if by_escort(sim, s):
        u_met = sim.draw(plot.identity, plot.place, streams.S_HARM2)[3]
        escorted = movement.meets_escort(
            state.escorted[p][c], state.alone[p][c], state.escorted_before[p][c], state.alone_before[p][c], u_met
        )
    w = sim.world.protection
    stops = [
        protection.weighted_stop(stop, weight)
        for stop, weight in zip(layers(sim, p, c, s, escorted), w.mode_weight[plot.mode], strict=True)
    ]
    common = w.common_cause[state.epoch]
    passing = protection.pass_probability(stops[0], stops[1], stops[2], common)
    leaking = protection.insider_pass(passing, w.insider_multiplier[state.epoch][p][c], state.leaking[p][c])
    at_risk = harm.at_risk(stops[0], stops[1], stops[2], *sim.world.harm.mitigation)
    dead, hurt = sim.mean_casualties[plot.mode][c][s]
    sim.counts.at_cell(plot.cell, names.CELL_EXPECTED, leaking)
    sim.counts.at_cell(plot.cell, names.CELL_EXPECTED_DEATHS, leaking * at_risk * dead)
    sim.counts.at_cell(plot.cell, names.CELL_EXPECTED_INJURED, leaking * at_risk * hurt)
    u = sim.draw(plot.identity, plot.place, streams.S_LAYERS)
    if threat.thinned(common, 1.0, u[0]):
        return -1, at_risk
    for layer in range(3):
        if threat.thinned(stops[layer], 1.0, u[1 + layer]):
            u_rescue = sim.draw(plot.identity, plot.place, streams.S_PLOT)[3]
            rescued = threat.thinned(protection.rescue_probability(passing, leaking), 1.0, u_rescue)
            return -1 if rescued else layer, at_risk
    return -1, at_risk


def report(sim: Simulation, plot: Plot, hurt: int) -> None:
    """A record of counts has the attack or misses it."""
    w, p = sim.world.harm, plot.p
    u = sim.draw(plot.identity, plot.place, streams.S_REPORT)[0]
    if harm.is_reported(w.reported_harmless[p], w.reported_harmful[p], hurt, u):
        sim.counts.at(p, names.PROV_REPORTED)


def breach(sim: Simulation, plot: Plot, at_risk: float) -> int:
    """Persons hurt, whose number it returns, and work stopped."""
    w, counts, cell = sim.world.harm, sim.counts, plot.cell
    u = sim.draw(plot.identity, plot.place, streams.S_HARM)
    v = sim.draw(plot.identity, plot.place, streams.S_HARM2)
    dead, hurt = casualties(sim, plot, at_risk, (u[0], u[1], u[2]))
    counts.at_cell(cell, names.CELL_BREACHES)
    counts.at_cell(cell, names.CELL_DEATHS, dead)
    counts.at_cell(cell, names.CELL_INJURED, hurt)
    for name, amount in ((names.MODE_BREACHES, 1), (names.MODE_DEATHS, dead), (names.MODE_INJURED, hurt)):
        counts.at_mode(plot.p, plot.mode, name, amount)
    local = harm.others_killed(w.local_base, w.local_per_death, dead, 1.0 - w.guard_share, u[3])
    counts.at_cell(cell, names.CELL_LOCAL_DEATHS, local)
    guards = harm.others_killed(w.local_base, w.local_per_death, dead, w.guard_share, v[0])
    counts.at_cell(cell, names.CELL_GUARD_DEATHS, guards)
    sim.note(events.KIND_BREACH, plot.p, plot.c, plot.s, plot.identity, dead)
    stop_work(sim, plot, v[1])
    return dead + hurt + local + guards


def casualties(sim: Simulation, plot: Plot, at_risk: float, u: Triple) -> tuple[int, int]:
    """Foreign nationals killed and injured by a breach: those of the law of its mode, less those that layers avoid."""
    w, mode = sim.world.harm, plot.mode
    present, share = w.present[plot.c][plot.s], w.mode_spared[mode]
    v = (1.0, 1.0, 1.0, 1.0)
    if share > 0.0 or at_risk < 1.0:
        v = sim.draw(plot.identity, plot.place, streams.S_SPARED)
    spared = threat.thinned(share, 1.0, v[0])
    dead = 0 if spared else deaths(sim, w.mode_log_deaths[mode], min(w.cap, present), u[0], u[1])
    hurt = harm.injured(w.injured_base, w.injured_per_death, dead, w.injured_size, u[2])
    hurt = harm.room_for(hurt, present, dead)
    return harm.suffered(dead, at_risk, v[1]), harm.suffered(hurt, at_risk, v[2])


def deaths(sim: Simulation, shift: float, cap: float, u_zero: float, u_size: float) -> int:
    """Foreign nationals killed by one breach that nothing mitigates, by the law of the world."""
    w = sim.world.harm
    if w.severity == modes.EMPIRICAL:
        row = next(row for row in w.table if u_size < row[1] or row is w.table[-1])
        return harm.tabulated(row[0], shift, cap)
    return harm.deaths(w.severity, w.zero, w.mu, w.sigma, w.start, shift, cap, u_zero, u_size)


def stop_work(sim: Simulation, plot: Plot, u: float) -> None:
    """The province's works stand still for a time; each other province's may too."""
    w = sim.world.harm
    if w.stoppage[0] == samplers.LAW_NEVER:
        return
    until = sim.clock.now + sim.span(w.stoppage, u)
    for p in range(sim.provinces):
        if p != plot.p:
            u_spread = sim.draw(plot.identity, plot.place, streams.S_SPREAD, sim.world.addresses[p])[0]
            if not threat.thinned(w.spreads, 1.0, u_spread):
                continue
        accrue_stoppage(sim, p)
        sim.state.stop_until[p] = max(sim.state.stop_until[p], until)
        sim.note(events.KIND_STOPPAGE, p, entity=plot.identity)


def accrue_stoppage(sim: Simulation, p: int) -> None:
    """Count the stopped ticks of a province up to now."""
    now, last = sim.clock.now, sim.stopped_last[p]
    sim.stopped_ticks[p] += max(0, min(now, sim.state.stop_until[p]) - last)
    sim.stopped_last[p] = now


# ---------------------------------------------------------------------------------------------- what follows


def react(sim: Simulation, plot: Plot, stopped: bool) -> None:
    """Procedures, surge, beliefs and memory after an attack."""
    w, state, p = sim.world, sim.state, plot.p
    if protection.reacts(w.protection.sop, w.protection.sop_by, stopped):
        for c in range(sim.cohorts):
            refresh(sim, p, c, 1.0)
    lend(sim, p)
    if w.cells.displacement == modes.ADAPTIVE:
        row = state.perceived[p][plot.c]
        row[plot.s] = cells.learned(row[plot.s], stopped, w.cells.learning)
    if w.harm.memory > 0.0:
        accrue_memory(sim, p)
        state.memory[p] += 1.0


def accrue_memory(sim: Simulation, p: int) -> None:
    """Integrate the memory of attacks up to now."""
    state, tau = sim.state, sim.world.harm.memory
    if tau <= 0.0:
        return
    days = sim.days_since(state.memory_tick[p])
    sim.memory_days[p] += harm.memory_area(state.memory[p], days, tau)
    state.memory[p] = harm.memory_at(state.memory[p], days, tau)
    state.memory_tick[p] = sim.clock.now


def lend(sim: Simulation, p: int) -> None:
    """Guards of the national reserve go to the province for a time, as many as are left."""
    w, state = sim.world.protection, sim.state
    number = min(w.surge_units, state.reserve)
    if number > 0:
        state.reserve -= number
        state.surge[p] += number
        sim.surge.add(p, number, sim.clock.now)
        network.reach_flows(sim, p)
        sim.note(events.KIND_SURGE, p, value=number)
        sim.clock.process(loan(sim, p, number, sim.loan_slots.take()))


def loan(sim: Simulation, p: int, number: int, at: int) -> Wait:
    """One loan until its return."""
    yield sim.clock.hold(sim.ticks(sim.world.protection.surge_days), at)
    sim.loan_slots.give(at)
    sim.state.reserve += number
    sim.state.surge[p] -= number
    sim.surge.add(p, -number, sim.clock.now)
    sim.note(events.KIND_SURGE_END, p, value=number)


class Child(NamedTuple):
    """A follow-on plot to be born: its province, identity, counter word of the place, and the uniform of its delay."""

    home: int
    identity: int
    place: int
    delay: float


def follow(sim: Simulation, plot: Plot, stopped: bool) -> list[Child]:
    """Follow-on plots, born at this moment; the delay to their attack is their whole preparation."""
    w = sim.world.threat
    if stopped and w.follow_by == modes.BY_BREACH:
        return []
    u = sim.draw(plot.identity, plot.place, streams.S_FOLLOW)[0]
    children = []
    for k in range(threat.follow_ons(w.follow_ons[plot.p] * w.follow_factor[plot.group], u)):
        identity = int(streams.mix(plot.identity, plot.place, k))
        home = choose_child_province(sim, plot, identity)
        place = int(streams.origin_word(sim.world.addresses[home], plot.group, 1))
        children.append(Child(home, identity, place, sim.draw(identity, place, streams.S_PLOT)[0]))
    return children


def choose_child_province(sim: Simulation, plot: Plot, child: int) -> int:
    """The province in which a follow-on plot is born: a race of the provinces, weighted by the spread."""
    row, addresses = sim.world.threat.follow_spread[plot.p], sim.world.addresses
    times = [
        threat.race_days(row[p], sim.draw(child, 0, streams.S_FOLLOW_CHILD, addresses[p])[0])
        for p in range(sim.provinces)
    ]
    return times.index(min(times))
