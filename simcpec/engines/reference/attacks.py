"""Attacks: layers, harm, stoppage, surge, follow-ons, and what attackers believe about protection (4.3, 4.7, 4.9)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

import simpy

from simcpec.engines.reference.plot import Plot
from simcpec.engines.reference.simulation import Stage
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import cells, harm, movement, protection, threat
from simcpec.numerics import streams

Wait = Generator[simpy.Event, Any, None]
Triple = tuple[float, float, float]
#: counter of the attacks that each layer stopped
STOPPED = (names.CELL_ROUTE, names.CELL_GUARD, names.CELL_HARDENING)


# ---------------------------------------------------------------------------------------------- protection now


def compliance(stage: Stage, p: int, c: int) -> float:
    """Compliance with procedures now; 1 where procedures are switched off."""
    w, state = stage.world.protection, stage.state
    if w.sop == modes.NO_SOP:
        return 1.0
    e, age = state.epoch, stage.days_since(state.compliance_tick[p][c])
    return protection.compliance_at(state.compliance[p][c], w.floor[e][p][c], age, w.decay[e][p][c])


def refresh(stage: Stage, p: int, c: int, coverage: float) -> None:
    """Refresh the procedures of a province and cohort, to an extent in [0, 1]."""
    state, now = stage.state, compliance(stage, p, c)
    fresh = stage.world.protection.fresh[state.epoch][p][c]
    state.compliance[p][c] = protection.compliance_after(now, fresh, coverage)
    state.compliance_tick[p][c] = stage.clock.now


def units(stage: Stage, layer: int, p: int, c: int, s: int) -> float:
    """Effective units of one layer in one cell: the host state's, those bought, and guards on loan."""
    w, state, e = stage.world.protection, stage.state, stage.state.epoch
    bought = state.bought[p][modes.INSTRUMENT_OF_LAYER[layer]]
    if layer == modes.GUARD:
        bought += state.surge[p]
    units = w.host_units[e][p][layer][c][s] + bought * w.posting[layer][c][s] * w.unit_effect[e][layer]
    return float(units * w.quality[e][p][layer][c][s])


def stop(stage: Stage, layer: int, p: int, c: int, s: int) -> float:
    """Stop probability of one layer in one cell now, whatever the escort."""
    return layer_stop(stage, layer, p, c, units(stage, layer, p, c, s), stage.world.protection.exposure[p][c][s])


def layer_stop(stage: Stage, layer: int, p: int, c: int, effective: float, exposure: float) -> float:
    """Stop probability of one layer at these units and this exposure."""
    w, e = stage.world.protection, stage.state.epoch
    return protection.stop_probability(
        effective, exposure, w.gain[e][layer], w.ceiling[e][layer], compliance(stage, p, c), w.constant[e][layer]
    )


def escort_stop(stage: Stage, p: int, c: int) -> float:
    """Stop probability of the guard layer for an escorted party; an unescorted one has none."""
    w, quality = stage.world.movements, stage.world.protection.quality[stage.state.epoch][p][modes.GUARD]
    return layer_stop(stage, modes.GUARD, p, c, w.escort_units * quality[c][modes.MOVEMENT], w.party[c])


def layers(stage: Stage, p: int, c: int, s: int, escorted: bool | None) -> Triple:
    """Stop probabilities of the three layers; `escorted` is None where escorts play no part."""
    guard = stop(stage, modes.GUARD, p, c, s) if escorted is None else escort_stop(stage, p, c) if escorted else 0.0
    return stop(stage, modes.ROUTE, p, c, s), guard, stop(stage, modes.HARDENING_LAYER, p, c, s)


def stopping(stage: Stage, p: int, c: int, s: int) -> float:
    """Probability that all layers together stop an attack on this cell now: its protection."""
    route, hardening = stop(stage, modes.ROUTE, p, c, s), stop(stage, modes.HARDENING_LAYER, p, c, s)
    if by_escort(stage, s):
        state = stage.state
        share = movement.escorted_share(state.escorted_before[p][c], state.alone_before[p][c])
        guard = escort_stop(stage, p, c) * share
    else:
        guard = stop(stage, modes.GUARD, p, c, s)
    w = stage.world.protection.common_cause[stage.state.epoch]
    return 1.0 - protection.pass_probability(route, guard, hardening, w)


def by_escort(stage: Stage, s: int) -> bool:
    """Whether the guard layer of this setting is the escort."""
    return s == modes.MOVEMENT and stage.world.movements.rule != modes.NO_ESCORT


def believed(stage: Stage, p: int, c: int, s: int) -> float:
    """Protection of a cell as attackers see it, before any spill from neighbours."""
    if stage.world.cells.displacement == modes.ADAPTIVE:
        return stage.state.perceived[p][c][s]
    return stopping(stage, p, c, s)


def perceived(stage: Stage, p: int, c: int, s: int) -> float:
    """Perceived protection of a cell now: its own, and a share of its best neighbour's advantage."""
    own, diffusion = believed(stage, p, c, s), stage.world.cells.diffusion
    if diffusion <= 0.0:
        return own
    best = max(believed(stage, p, c, other) for other in range(stage.settings))
    return cells.spilled(own, best, diffusion)


def first_impressions(stage: Stage) -> None:
    """Adaptive attackers begin with the protection that is really there."""
    if stage.world.cells.displacement == modes.ADAPTIVE:
        stage.state.perceived = [
            [[stopping(stage, p, c, s) for s in range(stage.settings)] for c in range(stage.cohorts)]
            for p in range(stage.provinces)
        ]


# ---------------------------------------------------------------------------------------------- one attack


def attack(stage: Stage, plot: Plot) -> list[Child]:
    """An attack is carried out: layers stop it or it breaches; then its consequences, and the follow-ons it begets."""
    p, c, s = plot.p, plot.c, plot.s
    stage.counts.at_cell(plot.cell, names.CELL_ATTACKS)
    stage.note(events.KIND_ATTACK, p, c, s, plot.identity, plot.place)
    stopped_by = pass_layers(stage, plot)
    if stopped_by >= 0:
        stage.counts.at_cell(plot.cell, STOPPED[stopped_by])
        stage.note(events.KIND_STOPPED, p, c, s, plot.identity, stopped_by)
        u = stage.draw(plot.identity, plot.place, streams.S_HARM2)
        guards = harm.guards_killed(stage.world.harm.guards_when_stopped, u[0])
        stage.counts.at_cell(plot.cell, names.CELL_GUARD_DEATHS, guards)
    else:
        breach(stage, plot)
    react(stage, plot, stopped_by >= 0)
    return follow(stage, plot, stopped_by >= 0)


def pass_layers(stage: Stage, plot: Plot) -> int:
    """The layer that stops the attack, or -1 for a breach; also adds up the probability of a breach."""
    p, c, s, state = plot.p, plot.c, plot.s, stage.state
    escorted = None
    if by_escort(stage, s):
        u_met = stage.draw(plot.identity, plot.place, streams.S_HARM2)[3]
        escorted = movement.meets_escort(
            state.escorted[p][c], state.alone[p][c], state.escorted_before[p][c], state.alone_before[p][c], u_met
        )
    stops, w = layers(stage, p, c, s, escorted), stage.world.protection
    common = w.common_cause[state.epoch]
    passing = protection.pass_probability(stops[0], stops[1], stops[2], common)
    leaking = protection.insider_pass(passing, w.insider_multiplier[state.epoch][p][c], state.leaking[p][c])
    stage.counts.at_cell(plot.cell, names.CELL_EXPECTED, leaking)
    u = stage.draw(plot.identity, plot.place, streams.S_LAYERS)
    if threat.thinned(common, 1.0, u[0]):
        return -1
    for layer in range(3):
        if threat.thinned(stops[layer], 1.0, u[1 + layer]):
            u_rescue = stage.draw(plot.identity, plot.place, streams.S_PLOT)[3]
            rescued = threat.thinned(protection.rescue_probability(passing, leaking), 1.0, u_rescue)
            return -1 if rescued else layer
    return -1


def breach(stage: Stage, plot: Plot) -> None:
    """Persons hurt and work stopped."""
    w, counts, cell = stage.world.harm, stage.counts, plot.cell
    u = stage.draw(plot.identity, plot.place, streams.S_HARM)
    v = stage.draw(plot.identity, plot.place, streams.S_HARM2)
    dead = deaths(stage, u[0], u[1])
    counts.at_cell(cell, names.CELL_BREACHES)
    counts.at_cell(cell, names.CELL_DEATHS, dead)
    hurt = harm.injured(w.injured_base, w.injured_per_death, dead, w.injured_size, u[2])
    counts.at_cell(cell, names.CELL_INJURED, hurt)
    local = harm.others_killed(w.local_base, w.local_per_death, dead, 1.0 - w.guard_share, u[3])
    counts.at_cell(cell, names.CELL_LOCAL_DEATHS, local)
    guards = harm.others_killed(w.local_base, w.local_per_death, dead, w.guard_share, v[0])
    counts.at_cell(cell, names.CELL_GUARD_DEATHS, guards)
    stage.note(events.KIND_BREACH, plot.p, plot.c, plot.s, plot.identity, dead)
    stop_work(stage, plot, v[1])


def deaths(stage: Stage, u_zero: float, u_size: float) -> int:
    """Foreign nationals killed by one breach, by the law of the world."""
    w = stage.world.harm
    if w.severity == modes.EMPIRICAL:
        return int(min(next(row[0] for row in w.table if u_size < row[1] or row is w.table[-1]), w.cap))
    return harm.deaths(w.severity, w.zero, w.mu, w.sigma, w.start, w.cap, u_zero, u_size)


def stop_work(stage: Stage, plot: Plot, u: float) -> None:
    """The province's works stand still for a time; each other province's may too."""
    w = stage.world.harm
    if w.stoppage[0] == streams.LAW_NEVER:
        return
    until = stage.clock.now + stage.span(w.stoppage, u)
    for p in range(stage.provinces):
        if p != plot.p:
            u_spread = stage.draw(plot.identity, plot.place, streams.S_SPREAD, stage.world.addresses[p])[0]
            if not threat.thinned(w.spreads, 1.0, u_spread):
                continue
        accrue_stoppage(stage, p)
        stage.state.stop_until[p] = max(stage.state.stop_until[p], until)
        stage.note(events.KIND_STOPPAGE, p, entity=plot.identity)


def accrue_stoppage(stage: Stage, p: int) -> None:
    """Count the stopped ticks of a province up to now."""
    now, last = stage.clock.now, stage.stopped_last[p]
    stage.stopped_ticks[p] += max(0, min(now, stage.state.stop_until[p]) - last)
    stage.stopped_last[p] = now


# ---------------------------------------------------------------------------------------------- what follows


def react(stage: Stage, plot: Plot, stopped: bool) -> None:
    """Procedures, surge, beliefs and memory after an attack."""
    w, state, p = stage.world, stage.state, plot.p
    if w.protection.sop in (modes.REACTIVE, modes.BOTH):
        for c in range(stage.cohorts):
            refresh(stage, p, c, 1.0)
    lend(stage, p)
    if w.cells.displacement == modes.ADAPTIVE:
        row = state.perceived[p][plot.c]
        row[plot.s] = cells.learned(row[plot.s], stopped, w.cells.learning)
    if w.harm.memory > 0.0:
        accrue_memory(stage, p)
        state.memory[p] += 1.0


def accrue_memory(stage: Stage, p: int) -> None:
    """Integrate the memory of attacks up to now."""
    state, tau = stage.state, stage.world.harm.memory
    if tau <= 0.0:
        return
    days = stage.days_since(state.memory_tick[p])
    stage.memory_days[p] += harm.memory_area(state.memory[p], days, tau)
    state.memory[p] = harm.memory_at(state.memory[p], days, tau)
    state.memory_tick[p] = stage.clock.now


def lend(stage: Stage, p: int) -> None:
    """Guards of the national reserve go to the province for a time, as many as are left."""
    w, state = stage.world.protection, stage.state
    number = min(w.surge_units, state.reserve)
    if number > 0:
        state.reserve -= number
        state.surge[p] += number
        stage.surge.add(p, number, stage.clock.now)
        stage.note(events.KIND_SURGE, p, value=number)
        stage.clock.process(loan(stage, p, number, stage.loan_slots.take()))


def loan(stage: Stage, p: int, number: int, at: int) -> Wait:
    """One loan until its return."""
    yield stage.clock.hold(stage.ticks(stage.world.protection.surge_days), at)
    stage.loan_slots.give(at)
    stage.state.reserve += number
    stage.state.surge[p] -= number
    stage.surge.add(p, -number, stage.clock.now)
    stage.note(events.KIND_SURGE_END, p, value=number)


class Child(NamedTuple):
    """A follow-on plot to be born: its province, identity, counter word of the place, and the uniform of its delay."""

    home: int
    identity: int
    place: int
    delay: float


def follow(stage: Stage, plot: Plot, stopped: bool) -> list[Child]:
    """Follow-on plots, born at this moment; the delay to their attack is their whole preparation."""
    w = stage.world.threat
    if stopped and w.follow_by == modes.BY_BREACH:
        return []
    u = stage.draw(plot.identity, plot.place, streams.S_FOLLOW)[0]
    children = []
    for k in range(threat.follow_ons(w.follow_ons[plot.p], u)):
        identity = int(streams.mix(plot.identity, plot.place, k))
        home = heir(stage, plot, identity)
        place = stage.descendant_place[home]
        children.append(Child(home, identity, place, stage.draw(identity, place, streams.S_PLOT)[0]))
    return children


def heir(stage: Stage, plot: Plot, child: int) -> int:
    """The province in which a follow-on plot is born: a race of the provinces, weighted by the spread."""
    row, addresses = stage.world.threat.follow_spread[plot.p], stage.world.addresses
    times = [
        threat.race_days(row[p], stage.draw(child, 0, streams.S_FOLLOW_CHILD, addresses[p])[0])
        for p in range(stage.provinces)
    ]
    return times.index(min(times))
