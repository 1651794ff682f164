"""Mutants: deliberate faults in the reference engine, its rules or the economics, injected one at a time at run time.

A mutant is injected by replacing a function with a faulty one, and is gone when its smoke check has ended. Nothing on
disk changes, and the compiled engine, whose rules are bound when it is imported, never sees one.
"""

from __future__ import annotations

from dataclasses import dataclass

from simcpec.analysis import estimates
from simcpec.economics import discounting
from simcpec.engines.reference import attacks, operations, plots
from simcpec.engines.reference.clock import Clock, Teams
from simcpec.engines.reference.simulation import Simulation, Source
from simcpec.model import events
from simcpec.model.rules import cells, harm, protection, threat
from simcpec.model.rules import network as network_rules
from simcpec.model.rules import operations as operation_rules
from simcpec.model.rules import strips as strip_rules
from simcpec.numerics import samplers, streams
from simcpec.verification.theory.checks.consequences import appraisal as appraisal_checks
from tests.mutation import smoke_checks
from tests.mutation.injected_faults import (
    Injection,
    added_up,
    as_at_birth,
    at_the_end,
    childless,
    constant,
    continuous,
    every_found_plot_stays_known,
    from_nowhere,
    in_turn,
    known,
    last_of_its_tick,
    never_past,
    no_zero,
    one_strip,
    only_at_the_start,
    patient,
    poisson_marks,
    replaced,
    replacing,
    resumed_late,
    risen,
    same_draw,
    tail_with_whole_atom,
    too_fast,
    twice_per_head,
    unbounded,
)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault: `description` says what is wrong, `check` must catch it, and the fault is there within `inject()`."""

    name: str
    description: str
    check: smoke_checks.Check
    inject: Injection


def _mutant(name: str, description: str, check: smoke_checks.Check, inject: Injection) -> Mutant:
    return Mutant(name=name, description=description, check=check, inject=inject)


MUTANTS: tuple[Mutant, ...] = (
    _mutant("rate", "every source is 3 % too fast", smoke_checks.layers, replacing(strip_rules, "gap_days", too_fast)),
    _mutant("layers", "all layers share one draw", smoke_checks.layers, replacing(Simulation, "draw", same_draw)),
    _mutant(
        "common-cause",
        "no attack passes all layers by common cause",
        smoke_checks.layers,
        replacing(threat, "thinned", lambda right: lambda p, top, u: p != smoke_checks.COMMON and right(p, top, u)),
    ),
    _mutant(
        "mode-weights",
        "layers stop all modes of attack alike",
        smoke_checks.attack_modes,
        replacing(protection, "weighted_stop", lambda right: lambda stop, weight: stop),
    ),
    _mutant(
        "mitigation",
        "a layer avoids half of the casualties that it should",
        smoke_checks.attack_modes,
        replacing(harm, "at_risk", lambda right: lambda *each: 0.5 * (1.0 + right(*each))),
    ),
    _mutant(
        "reach",
        "plots of every group go where the first one goes, in its modes",
        smoke_checks.groups,
        replacing(streams, "group_of", lambda right: lambda place: 0),
    ),
    _mutant(
        "modes-of-home",
        "the modes of a plot are those of the first province",
        smoke_checks.groups,
        replacing(attacks, "mode_of", lambda right: lambda sim, home, *each, **more: right(sim, 0, *each, **more)),
    ),
    _mutant(
        "own-work",
        "work takes as long in every province as in the first",
        smoke_checks.of_provinces,
        replacing(operations, "work_ticks", lambda right: lambda sim, p, u: right(sim, 0, u)),
    ),
    _mutant(
        "own-layers",
        "a layer follows its units in every province as in the first",
        smoke_checks.of_provinces,
        replacing(attacks, "layer_stop", lambda right: lambda sim, layer, p, *each: right(sim, layer, 0, *each)),
    ),
    _mutant(
        "discrete-power",
        "a discrete power law is a continuous one rounded down",
        smoke_checks.discrete_deaths,
        replacing(harm, "deaths", continuous),
    ),
    _mutant(
        "clusters",
        "a birth brings two plots at most",
        smoke_checks.clusters,
        replacing(threat, "cluster_size", lambda right: lambda one, two, u: min(2, right(one, two, u))),
    ),
    _mutant(
        "mixture",
        "the gamma factor of attempts is always 1",
        smoke_checks.mixture,
        replacing(threat, "mixture_factor", lambda right: lambda size, u: 1.0),
    ),
    _mutant(
        "cascade",
        "follow-ons lead to none of their own",
        smoke_checks.cascade,
        replacing(attacks, "follow", childless),
    ),
    _mutant(
        "horizon",
        "events at the horizon still happen",
        smoke_checks.horizon,
        replacing(Clock, "hold", last_of_its_tick),
    ),
    _mutant(
        "start",
        "plots of the start have the ordinary law, not the length-biased one",
        smoke_checks.start,
        replacing(threat, "start_span_days", lambda right: samplers.duration),
    ),
    _mutant(
        "outside",
        "nobody gives up",
        smoke_checks.choice,
        replacing(cells, "outside_score", lambda right: lambda utility, u: float("-inf")),
    ),
    _mutant(
        "deterministic",
        "exponential durations are their mean",
        smoke_checks.impatience,
        replacing(Simulation, "span", constant),
    ),
    _mutant(
        "stale-clock",
        "the stale clock runs at nine tenths of its speed",
        smoke_checks.impatience,
        replacing(Simulation, "span", patient("operations", 1.0 / 0.9)),
    ),
    _mutant(
        "busy-search",
        "busy teams search too",
        smoke_checks.terror_queue,
        lambda: replaced(Teams, "free", property(lambda self: int(self._capacity))),
    ),
    _mutant(
        "detection-time",
        "detection at the rate of the teams that were free when the plot began",
        smoke_checks.terror_queue,
        as_at_birth,
    ),
    _mutant(
        "failed-work",
        "a plot that work has failed on is never found again",
        smoke_checks.terror_queue,
        replacing(operations, "act_on_plot", every_found_plot_stays_known),
    ),
    _mutant(
        "escort-patience",
        "movements never give up waiting",
        smoke_checks.escorts,
        replacing(Simulation, "span", patient("movements", 1e4)),
    ),
    _mutant("surge", "loans beyond the reserve", smoke_checks.reserve, replacing(attacks, "lend", from_nowhere)),
    _mutant(
        "compliance",
        "compliance rises with age",
        smoke_checks.procedures,
        replacing(protection, "compliance_at", risen),
    ),
    _mutant(
        "insiders",
        "the stationary law has onset and finding exchanged",
        smoke_checks.insiders,
        replacing(protection, "leaking_share", lambda right: lambda onset, found: right(found, onset)),
    ),
    _mutant(
        "recruits",
        "recruits per head are counted twice",
        smoke_checks.militants,
        replacing(network_rules, "recruit_intensity", twice_per_head),
    ),
    _mutant(
        "backlash",
        "backlash comes ten times too soon",
        smoke_checks.backlash,
        replacing(network_rules, "retaliation_intensity", lambda right: lambda n, delay: right(n, 0.1 * delay)),
    ),
    _mutant(
        "trust",
        "trust never recovers",
        smoke_checks.trust,
        replacing(operation_rules, "trust_at", lambda right: lambda value, start, days, recovery: value),
    ),
    _mutant(
        "strip-edge",
        "levels of a strip begin at 0, not at its lower edge",
        smoke_checks.strips,
        replacing(strip_rules, "level", lambda right: lambda strip, u: u * strip_rules.width(strip)),
    ),
    _mutant(
        "strip-address",
        "all strips of a source have the draws of the first",
        smoke_checks.strip_draws,
        replacing(streams, "strip_index", lambda right: lambda strip, index: right(0, index)),
    ),
    _mutant(
        "strip-past",
        "candidates from before a strip was opened come when it is",
        smoke_checks.strips,
        never_past(Clock.until),
    ),
    _mutant(
        "strip-teams",
        "more teams open no strip of false leads",
        smoke_checks.strips,
        replacing(Source, "reach", only_at_the_start(events.RANK_FALSE)),
    ),
    _mutant(
        "strip-intelligence",
        "more intelligence opens no strip of routine leads",
        smoke_checks.strips,
        replacing(Source, "reach", only_at_the_start(events.RANK_LEAD)),
    ),
    _mutant(
        "strip-found",
        "more teams open no strip of the plots that there are",
        smoke_checks.strips,
        replacing(plots, "reach_finds", lambda right: lambda stage, p: None),
    ),
    _mutant(
        "held-matures",
        "a plot under surveillance goes on with its preparation",
        smoke_checks.held,
        replacing(plots, "hold", lambda right: known),
    ),
    _mutant(
        "held-time",
        "the time under surveillance counts as preparation",
        smoke_checks.held,
        replacing(operations, "lose_sight", lambda right: resumed_late),
    ),
    _mutant(
        "strip-births",
        "a larger stock opens no strip of births",
        smoke_checks.grown_stock,
        replacing(Source, "reach", only_at_the_start(events.RANK_CANDIDATE)),
    ),
    _mutant(
        "strip-recruits",
        "no strip of recruits but the first is ever opened",
        smoke_checks.grown_stock,
        replacing(Source, "reach", one_strip(events.RANK_NETWORK)),
    ),
    _mutant(
        "outgrown",
        "an intensity beyond the last strip is held there",
        smoke_checks.outgrown,
        replacing(Simulation, "needs_strip", unbounded),
    ),
    _mutant("hurdle", "the hurdle's zero is forgotten", smoke_checks.deaths, replacing(harm, "deaths", no_zero)),
    _mutant(
        "record",
        "a record has harmless attacks as often as harmful ones",
        smoke_checks.recorded,
        replacing(harm, "is_reported", lambda right: lambda harmless, harmful, hurt, u: u < harmful),
    ),
    _mutant("dispersion", "the injured are Poisson", smoke_checks.deaths, replacing(harm, "injured", poisson_marks)),
    _mutant(
        "stoppage",
        "stoppages that overlap are added up",
        smoke_checks.stoppage,
        replacing(attacks, "stop_work", added_up),
    ),
    _mutant("stream", "draws come from one sequential stream", smoke_checks.common_numbers, in_turn),
    _mutant(
        "half-width",
        "half-widths by the normal law, not by Student's",
        smoke_checks.half_widths,
        replacing(estimates, "student", lambda right: lambda freedom: 1.959964),
    ),
    _mutant(
        "tail",
        "the atom at the value at risk is not split",
        smoke_checks.tails,
        replacing(appraisal_checks, "tail", tail_with_whole_atom),
    ),
    _mutant(
        "discount",
        "payments count half a period late",
        smoke_checks.values,
        replacing(discounting, "discount_factors", at_the_end),
    ),
)
