"""The network: recruits, exits, arrests, deaths, the backlash they provoke, and trust (4.5, 4.6)."""

from __future__ import annotations

from typing import Any

from simcpec.engines.compiled import clock, prefetch
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import network as rules
from simcpec.model.rules import operations as trust_rules
from simcpec.numerics.jit import constant, inner_kernel, inner_subroutine

NONE, ZERO, ONE = constant(-1), constant(0), constant(1)
KIND_NETWORK = constant(events.KIND_NETWORK)


@inner_kernel
def trust(s: Any, w: Any, p: int) -> float:
    """Trust in a province now."""
    days = clock.days_since(s, s.trust_tick[p])
    return trust_rules.trust_at(s.trust[p], w.network_trust_start, days, w.network_trust_recovery)


@inner_subroutine
def lose_trust(s: Any, w: Any, p: int, loss: float) -> None:
    """Trust falls now and recovers from there."""
    s.trust[p] = trust_rules.trust_after(trust(s, w, p), loss)
    s.trust_tick[p] = s.now


@inner_kernel
def on_network(s: Any, w: Any, trace: Any, slot: int, p: int) -> None:
    """A candidate transition: a recruit, a provoked recruit, an exit, or nothing."""
    index = s.index[slot]
    transition(s, w, trace, p, index, s.network_which[p, prefetch.place_in(index)])
    s.index[slot] = index + 1
    next_network(s, w, slot, p)


@inner_kernel
def next_network(s: Any, w: Any, slot: int, p: int) -> None:
    """When the next candidate comes."""
    if w.network_ceiling[p] <= 0.0:
        return
    index = s.index[slot]
    if prefetch.place_in(index) == 0:
        prefetch.flows(s, w, p, index)
    clock.schedule(s, w, slot, s.now + s.network_gap[p, prefetch.place_in(index)])


@inner_kernel
def transition(s: Any, w: Any, trace: Any, p: int, index: int, u: float) -> None:
    """What the candidate is, by the intensities of the moment."""
    recruits, exits = intensities(s, w, p)
    retaliation = rules.retaliation_intensity(s.pending[p], w.network_backlash_delay)
    if recruits + exits + retaliation > w.network_ceiling[p]:
        s.error = clock.TRANSITION
        s.place_error = p
        s.value = recruits + exits + retaliation
        return
    kind = rules.transition(recruits, exits, retaliation, w.network_ceiling[p], u)
    if kind == rules.NOTHING:
        return
    if kind == rules.EXIT:
        s.province[p, names.PROV_EXITS] += 1.0
        change(s, trace, p, NONE, index)
        return
    s.province[p, names.PROV_RECRUITS] += 1.0
    change(s, trace, p, ONE, index)
    if kind == rules.RETALIATE:
        s.pending[p] -= 1
        s.province[p, names.PROV_BACKLASH] += 1.0
        lose_trust(s, w, p, w.network_trust_backlash)


@inner_kernel
def intensities(s: Any, w: Any, p: int) -> tuple[float, float]:
    """Recruits and exits per day now."""
    provoked = rules.provocation(w.network_footprint_gain, footprint(s, w, p), w.network_footprint_threshold)
    per_head, militants = w.network_recruits[p] + provoked, s.militants[p]
    if w.network_model != modes.FIRE_WATER:
        recruits = rules.recruit_intensity(
            w.network_model, militants, w.network_inflow[p], per_head, w.network_capacity[p]
        )
        return recruits, w.network_exits[p] * militants
    fire, water = w.network_fire_level[p], w.network_water_level[p]
    recruits = rules.fire_recruit_intensity(
        militants, w.network_inflow[p], per_head, w.network_inflow_power, w.network_fire_response, fire,
        w.network_fire_threshold,
    )  # fmt: skip
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
def change(s: Any, trace: Any, p: int, by: int, entity: int) -> None:
    """Move the stock of militants."""
    s.militants[p] += by
    s.moment_militants[p] += by * s.now
    clock.note(s, trace, KIND_NETWORK, p, NONE, NONE, entity, float(s.militants[p]))


@inner_subroutine
def remove_militants(s: Any, w: Any, trace: Any, p: int, arrests: int, deaths: int, u: float, v: float) -> None:
    """Arrests and deaths leave the stock; some of them bring recruits in the end."""
    if w.network_model == modes.FIXED:
        return
    gone = rules.removed(s.militants[p], arrests + deaths, w.network_model)
    if gone != 0:
        change(s, trace, p, -gone, ZERO)
    s.pending[p] += rules.provoked(deaths, w.network_per_death, u) + rules.provoked(arrests, w.network_per_arrest, v)
