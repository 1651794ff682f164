"""The network: recruits, exits, arrests, deaths, the backlash they provoke, and trust (4.5, 4.6)."""

from __future__ import annotations

from typing import Any

from simcpec.engines.compiled import clock, prefetch, strips
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import network as rules
from simcpec.model.rules import operations as trust_rules
from simcpec.model.rules import strips as strip_rules
from simcpec.model.rules import threat
from simcpec.numerics import streams
from simcpec.numerics.jit import constant, inner_kernel, inner_subroutine, signed

NONE, ZERO, ONE = constant(-1), constant(0), constant(1)
KIND_NETWORK, RANK_NETWORK = constant(events.KIND_NETWORK), constant(events.RANK_NETWORK)
ARRIVALS, DEPARTURES = constant(rules.ARRIVALS), constant(rules.DEPARTURES)


@inner_kernel
def trust(s: Any, w: Any, p: int) -> float:
    """Trust in a province now."""
    days = clock.days_since(s, s.trust_tick[p])
    return trust_rules.trust_at(s.trust[p], w.network_trust_start, days, w.network_trust_recovery)


@inner_kernel
def tips_trust(s: Any, w: Any, p: int) -> float:
    """Trust that carries tips now, under the military footprint of the moment."""
    return rules.willing(trust(s, w, p), w.network_footprint_tips, footprint(s, w, p), w.network_footprint_reference[p])


@inner_subroutine
def lose_trust(s: Any, w: Any, p: int, loss: float) -> None:
    """Trust falls now and recovers from there."""
    s.trust[p] = trust_rules.trust_after(trust(s, w, p), loss)
    s.trust_tick[p] = s.now


@inner_kernel
def on_network(s: Any, w: Any, trace: Any, slot: int, number: int) -> None:
    """A candidate of a flow: a recruit or a provoked recruit; an exit; or nothing."""
    o, flow = number // rules.FLOWS, number % rules.FLOWS
    source = strips.row(s, slot)
    strip = strips.first_due(s, source)
    index = s.strip_index[source, strip]
    level = s.network_level[number, strip, prefetch.place_in(index)]
    s.strip_index[source, strip] = index + 1
    next_network(s, w, source, number, strip)
    strips.arm(s, w, slot)
    transition(s, w, trace, o, flow, streams.strip_index(strip + flow * strip_rules.STRIPS, index), level)


@inner_kernel
def next_network(s: Any, w: Any, source: int, number: int, strip: int) -> None:
    """Move a strip of a flow on to its next candidate."""
    index = s.strip_index[source, strip]
    if prefetch.place_in(index) == 0:
        prefetch.flows(s, w, number, strip, index)
    s.strip_due[source, strip] += s.network_gap[number, strip, prefetch.place_in(index)]


@inner_subroutine
def open_flow(s: Any, w: Any, o: int, flow: int, most: float) -> None:
    """Open the strips of a flow that an intensity, in persons a day, has reached."""
    number = o * rules.FLOWS + flow
    slot = clock.fixed(s, RANK_NETWORK, number)
    source = strips.row(s, slot)
    while strips.is_short(s, s.strips[source], most / w.network_unit[o], w.origins_province[o]):
        strip = s.strips[source]
        s.strip_due[source, strip], s.strip_index[source, strip] = 0, 0
        next_network(s, w, source, number, strip)
        while strips.is_past(s, slot, s.strip_due[source, strip]):
            s.strip_index[source, strip] += 1
            next_network(s, w, source, number, strip)
        s.strips[source] += 1
        strips.arm(s, w, slot)


@inner_subroutine
def reach_flows(s: Any, w: Any, p: int) -> None:
    """Open the strips that the flows of a province have reached, of all groups."""
    for o in range(w.origins):
        if w.origins_province[o] == p:
            reach_flow(s, w, signed(o))


@inner_kernel
def reach_flow(s: Any, w: Any, o: int) -> None:
    """Open the strips that the flows of an origin have reached."""
    if w.network_model == modes.FIXED or w.network_unit[o] <= 0.0:
        return
    recruits, exits = intensities(s, w, o)
    arrivals = recruits + rules.retaliation_intensity(s.pending[o], w.network_backlash_delay)
    number = clock.fixed(s, RANK_NETWORK, o * rules.FLOWS)
    source, unit = strips.row(s, number), w.network_unit[o]
    if arrivals > unit * strip_rules.lower_edge(s.strips[source]) or s.strips[source] == 0:
        open_flow(s, w, o, ARRIVALS, arrivals)
    if exits > unit * strip_rules.lower_edge(s.strips[source + 1]) or s.strips[source + 1] == 0:
        open_flow(s, w, o, DEPARTURES, exits)


@inner_kernel
def transition(s: Any, w: Any, trace: Any, o: int, flow: int, identity: int, level: float) -> None:
    """What the candidate is, by the intensities of the moment."""
    p = w.origins_province[o]
    recruits, exits = intensities(s, w, o)
    retaliation = rules.retaliation_intensity(s.pending[o], w.network_backlash_delay)
    kind = rules.transition(flow, recruits, exits, retaliation, level)
    if kind == rules.NOTHING:
        return
    if kind == rules.EXIT:
        s.province[p, names.PROV_EXITS] += 1.0
        change(s, w, trace, o, NONE, identity)
        return
    s.province[p, names.PROV_RECRUITS] += 1.0
    change(s, w, trace, o, ONE, identity)
    if kind == rules.RETALIATE:
        s.pending[o] -= 1
        s.province[p, names.PROV_BACKLASH] += 1.0
        lose_trust(s, w, p, w.network_trust_backlash)


@inner_kernel
def intensities(s: Any, w: Any, o: int) -> tuple[float, float]:
    """Recruits and exits per day now, of one group in its home province."""
    p, militants = w.origins_province[o], s.stock[o]
    inflow = w.network_inflow[o] + w.network_external[o]
    per_head = rules.per_head_recruits(
        w.network_recruits[p], w.network_footprint_gain, footprint(s, w, p), w.network_footprint_reference[p]
    )
    if w.network_model != modes.FIRE_WATER:
        recruits = rules.recruit_intensity(w.network_model, militants, inflow, per_head, w.network_capacity[o])
        return recruits, w.network_exits[p] * militants
    fire, water = w.network_fire_level[p], w.network_water_level[p]
    recruits = rules.fire_recruit_intensity(
        militants, inflow, per_head, w.network_inflow_power, w.network_fire_response, fire, w.network_fire_threshold
    )
    exits = rules.fire_exit_intensity(
        militants, w.network_exits[p], water * w.network_water_rate, w.network_water_power, fire * w.network_fire_rate,
        w.network_fire_power,
    )  # fmt: skip
    return recruits, exits


@inner_kernel
def footprint(s: Any, w: Any, p: int) -> float:
    """Weighted guards on duty per person: the host state's, those bought and those on loan."""
    return w.network_footprint[p] + w.network_footprint_per_guard[p] * (s.bought[p, modes.GUARDS] + s.surge[p])


@inner_kernel
def change(s: Any, w: Any, trace: Any, o: int, by: int, entity: int) -> None:
    """Move the stock of militants of one group, and open what it reaches."""
    p = w.origins_province[o]
    s.stock[o] += by
    s.militants[p] += by
    s.moment_militants[p] += by * s.now
    clock.note(s, trace, KIND_NETWORK, p, NONE, NONE, entity, float(s.militants[p]))
    if s.militants[p] > w.network_most[p]:
        s.error = clock.UNCOUNTABLE
        s.place_error = p
        s.value = float(s.militants[p])
        return
    if by > 0:
        strips.reach_births(s, w, o)
    reach_flow(s, w, o)


@inner_subroutine
def remove_militants(
    s: Any, w: Any, trace: Any, p: int, arrests: int, deaths: int, u: Any, whose: Any
) -> None:  # fmt: skip
    """Arrests and deaths leave the stock; some of them bring recruits in the end.

    Both fall to the groups of the province in proportion to their stocks before the operation.
    """
    if w.network_model == modes.FIXED:
        return
    gone = rules.removed(s.militants[p], arrests + deaths, w.network_model)
    pending = rules.provoked(deaths, w.network_per_death, u[0]) + rules.provoked(arrests, w.network_per_arrest, u[1])
    empty, whole = s.militants[p] <= 0, s.militants[p]
    if empty:
        for o in range(w.origins):
            whole += 1 if w.origins_province[o] == p else 0
    before = signed(0)
    for n in range(w.origins):
        o = signed(n)
        if w.origins_province[o] != p:
            continue
        weight = ONE if empty else s.stock[o]
        taken = threat.allotted(gone, before, weight, whole, whose[0])
        if taken != 0:
            change(s, w, trace, o, -taken, ZERO)
        to_come = threat.allotted(pending, before, weight, whole, whose[1])
        if to_come != 0:
            s.pending[o] += to_come
            reach_flow(s, w, o)
        before += weight
