"""The network: recruits, exits, arrests, deaths, the backlash they provoke, and trust (4.5, 4.6)."""

from __future__ import annotations

from simcpec.engines import status
from simcpec.engines.reference.simulation import Simulation, SteadySource
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import network as rules
from simcpec.model.rules import operations as trust_rules
from simcpec.model.rules import strips, threat
from simcpec.numerics import streams


def flow_of(sim: Simulation, o: int, flow: int) -> SteadySource:
    """Source of candidates of a flow of the stock: numbered, real below the intensity of the moment."""
    unit, place, number = sim.world.network.unit[o], sim.origin_place[o], o * rules.FLOWS + flow

    def identity(strip: int, index: int) -> int:
        return int(streams.strip_index(strip + flow * strips.STRIPS, index))

    def gap(strip: int, index: int) -> int:
        return sim.ticks(strips.gap_days(unit, strip, sim.draw(identity(strip, index), place, streams.S_NETWORK)[0]))

    def handle(strip: int, index: int) -> None:
        entity = identity(strip, index)
        level = unit * strips.level(strip, sim.draw(entity, place, streams.S_NETWORK)[1])
        transition(sim, o, flow, entity, level)

    return SteadySource(sim, sim.home[o], events.RANK_NETWORK, number, gap=gap, handle=handle)


def trust(sim: Simulation, p: int) -> float:
    """Return the trust of a province's people now: it carries their tips, and falls with mistakes and backlash."""
    state, w = sim.state, sim.world.network
    return trust_rules.trust_at(state.trust[p], w.trust_start, sim.days_since(state.trust_tick[p]), w.trust_recovery)


def tips_trust(sim: Simulation, p: int) -> float:
    """Return the trust that carries tips now, under the military footprint of the moment."""
    w = sim.world.network
    return rules.willing(trust(sim, p), w.footprint_tips, footprint(sim, p), w.footprint_reference[p])


def lose_trust(sim: Simulation, p: int, loss: float) -> None:
    """Lower the trust now; it recovers from there."""
    sim.state.trust[p] = trust_rules.trust_after(trust(sim, p), loss)
    sim.state.trust_tick[p] = sim.clock.now


def reach_flows(sim: Simulation, p: int) -> None:
    """Open the strips that the flows of a province have reached, of all groups."""
    for o in sim.origins[p]:
        reach_flow(sim, o)


def reach_flow(sim: Simulation, o: int) -> None:
    """Open the strips that the flows of an origin have reached."""
    w = sim.world.network
    if w.model == modes.FIXED or w.unit[o] <= 0.0:
        return
    recruits, exits = intensities(sim, o)
    arrivals = recruits + rules.retaliation_intensity(sim.state.pending[o], w.backlash_delay)
    sim.sources.flows[o][rules.ARRIVALS].reach(arrivals / w.unit[o])
    sim.sources.flows[o][rules.DEPARTURES].reach(exits / w.unit[o])


def transition(sim: Simulation, o: int, flow: int, identity: int, level: float) -> None:
    """One candidate: a recruit or a provoked recruit; an exit; or nothing."""
    w, state, p = sim.world.network, sim.state, sim.home[o]
    recruits, exits = intensities(sim, o)
    retaliation = rules.retaliation_intensity(state.pending[o], w.backlash_delay)
    kind = rules.transition(flow, recruits, exits, retaliation, level)
    if kind == rules.NOTHING:
        return
    if kind == rules.EXIT:
        sim.counts.at(p, names.PROV_EXITS)
        change(sim, o, -1, identity)
        return
    sim.counts.at(p, names.PROV_RECRUITS)
    change(sim, o, 1, identity)
    if kind == rules.RETALIATE:
        state.pending[o] -= 1
        sim.counts.at(p, names.PROV_BACKLASH)
        lose_trust(sim, p, w.trust_backlash)


def intensities(sim: Simulation, o: int) -> tuple[float, float]:
    """Recruits and exits per day now, of one group in its home province."""
    w, p, militants, e = sim.world.network, sim.home[o], sim.state.stock[o], sim.state.epoch
    inflow = w.inflow[e][o] + w.external[e][o]
    per_head = rules.per_head_recruits(w.recruits[e][p], w.footprint_gain, footprint(sim, p), w.footprint_reference[p])
    if w.model != modes.FIRE_WATER:
        recruits = rules.recruit_intensity(w.model, militants, inflow, per_head, w.capacity[o])
        return recruits, w.exits[e][p] * militants
    fire, water = w.fire_level[e][p], w.water_level[e][p]
    recruits = rules.fire_recruit_intensity(
        militants, inflow, per_head, w.inflow_power, w.fire_response, fire, w.fire_threshold
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


def change(sim: Simulation, o: int, by: int, entity: int) -> None:
    """Move the stock of militants of one group, and open what it reaches."""
    p, state = sim.home[o], sim.state
    state.stock[o] += by
    state.militants[p] += by
    sim.militants.add(p, by, sim.clock.now)
    sim.note(events.KIND_NETWORK, p, entity=entity, value=state.militants[p])
    if state.militants[p] > sim.world.network.most[p]:
        raise status.uncountable(sim.world.provinces[p], float(state.militants[p]))
    if by > 0:
        sim.sources.births[o].reach(threat.relative_stock(state.stock[o], sim.world.network.militants[o]))
    reach_flow(sim, o)


Uniforms = tuple[float, float, float, float]


def remove_militants(sim: Simulation, p: int, arrests: int, deaths: int, u: Uniforms, whose: Uniforms) -> None:
    """Arrests and deaths leave the stock; some of them bring recruits in the end.

    Both fall to the groups of the province in proportion to their stocks before the operation.
    """
    w, state = sim.world.network, sim.state
    if w.model == modes.FIXED:
        return
    gone = rules.removed(state.militants[p], arrests + deaths, w.model)
    pending = rules.provoked(deaths, w.per_death, u[0]) + rules.provoked(arrests, w.per_arrest, u[1])
    whole = state.militants[p]
    weights = [state.stock[o] if whole > 0 else 1 for o in sim.origins[p]]
    before, whole = 0, sum(weights)
    for o, weight in zip(sim.origins[p], weights, strict=True):
        taken = threat.allotted(gone, before, weight, whole, whose[0])
        if taken:
            change(sim, o, -taken, 0)
        to_come = threat.allotted(pending, before, weight, whole, whose[1])
        if to_come:
            state.pending[o] += to_come
            reach_flow(sim, o)
        before += weight
