"""The network: recruits, exits, arrests, deaths, the backlash they provoke, and trust (4.5, 4.6)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from simcpec.engines import status
from simcpec.engines.reference.clock import slot
from simcpec.engines.reference.simulation import Simulation
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import network as rules
from simcpec.model.rules import operations as trust_rules
from simcpec.model.rules import threat
from simcpec.numerics import streams

Wait = Generator[simpy.Event, Any, None]


def trust(sim: Simulation, p: int) -> float:
    """Return the trust of a province's people now: it carries their tips, and falls with mistakes and backlash."""
    state, w = sim.state, sim.world.network
    return trust_rules.trust_at(state.trust[p], w.trust_start, sim.days_since(state.trust_tick[p]), w.trust_recovery)


def lose_trust(sim: Simulation, p: int, loss: float) -> None:
    """Lower the trust now; it recovers from there."""
    sim.state.trust[p] = trust_rules.trust_after(trust(sim, p), loss)
    sim.state.trust_tick[p] = sim.clock.now


def transitions(sim: Simulation, p: int) -> Wait:
    """Source of candidate transitions of the stock: numbered, thinned by the intensities of the moment."""
    w, clock, index, number = sim.world.network, sim.clock, 0, slot(events.RANK_NETWORK, p)
    while True:
        u = sim.draw(index, sim.place[p], streams.S_NETWORK)
        gap = sim.ticks(threat.gap_days(w.ceiling[p], 1.0, u[0]))
        if clock.now + gap >= sim.horizon:
            return
        yield clock.hold(gap, number)
        transition(sim, p, index, u[1])
        index += 1


def transition(sim: Simulation, p: int, index: int, u: float) -> None:
    """One candidate: a recruit, a provoked recruit, an exit, or nothing."""
    w, state = sim.world.network, sim.state
    recruits, exits = intensities(sim, p)
    retaliation = rules.retaliation_intensity(state.pending[p], w.backlash_delay)
    if recruits + exits + retaliation > w.ceiling[p]:
        raise status.transitions(sim.world.provinces[p], recruits + exits + retaliation, w.ceiling[p])
    kind = rules.transition(recruits, exits, retaliation, w.ceiling[p], u)
    if kind == rules.NOTHING:
        return
    if kind == rules.EXIT:
        sim.counts.at(p, names.PROV_EXITS)
        change(sim, p, -1, index)
        return
    sim.counts.at(p, names.PROV_RECRUITS)
    change(sim, p, 1, index)
    if kind == rules.RETALIATE:
        state.pending[p] -= 1
        sim.counts.at(p, names.PROV_BACKLASH)
        lose_trust(sim, p, w.trust_backlash)


def intensities(sim: Simulation, p: int) -> tuple[float, float]:
    """Recruits and exits per day now."""
    w, militants, e = sim.world.network, sim.state.militants[p], sim.state.epoch
    per_head = w.recruits[e][p] + rules.provocation(w.footprint_gain, footprint(sim, p), w.footprint_threshold)
    if w.model != modes.FIRE_WATER:
        recruits = rules.recruit_intensity(w.model, militants, w.inflow[e][p], per_head, w.capacity[p])
        return recruits, w.exits[e][p] * militants
    fire, water = w.fire_level[e][p], w.water_level[e][p]
    recruits = rules.fire_recruit_intensity(
        militants, w.inflow[e][p], per_head, w.inflow_power, w.fire_response, fire, w.fire_threshold
    )
    exits = rules.fire_exit_intensity(
        militants, w.exits[e][p], water * w.water_rate, w.water_power, fire * w.fire_rate, w.fire_power
    )
    return recruits, exits


def footprint(sim: Simulation, p: int) -> float:
    """Weighted guards on duty per person: the host state's, those bought and those on loan."""
    w, state = sim.world.network, sim.state
    return float(
        w.footprint[state.epoch][p] + w.footprint_per_guard[p] * (state.bought[p][modes.GUARDS] + state.surge[p])
    )


def change(sim: Simulation, p: int, by: int, entity: int) -> None:
    """Move the stock of militants."""
    sim.state.militants[p] += by
    sim.militants.add(p, by, sim.clock.now)
    sim.note(events.KIND_NETWORK, p, entity=entity, value=sim.state.militants[p])


def remove_militants(sim: Simulation, p: int, arrests: int, deaths: int, u: tuple[float, float, float, float]) -> None:
    """Arrests and deaths leave the stock; some of them bring recruits in the end."""
    w, state = sim.world.network, sim.state
    if w.model == modes.FIXED:
        return
    gone = rules.removed(state.militants[p], arrests + deaths, w.model)
    if gone:
        change(sim, p, -gone, 0)
    state.pending[p] += rules.provoked(deaths, w.per_death, u[0]) + rules.provoked(arrests, w.per_arrest, u[1])
