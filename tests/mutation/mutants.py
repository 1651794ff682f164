"""Mutants: deliberate faults in the reference engine, its rules or the economics, injected one at a time at run time.

A mutant is injected by replacing a function with a faulty one, and is gone when its smoke check has ended. Nothing on
disk changes, and the compiled engine, whose rules are bound when it is imported, never sees one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcpec.analysis import estimates
from simcpec.economics import appraisal, discounting
from simcpec.engines.reference import attacks, operations, plots
from simcpec.engines.reference.clock import Clock, Teams
from simcpec.engines.reference.plot import Plot
from simcpec.engines.reference.simulation import Simulation, Source
from simcpec.model import events, modes
from simcpec.model.rules import cells, harm, protection, threat
from simcpec.model.rules import network as network_rules
from simcpec.model.rules import operations as operation_rules
from simcpec.model.rules import strips as strip_rules
from simcpec.model.rules.strips import STRIPS
from simcpec.numerics import samplers, streams
from simcpec.verification.theory.checks.consequences import appraisal as appraisal_checks
from tests.mutation import smoke_checks

Injection = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault: `description` says what is wrong, `check` must catch it, and the fault is there within `inject()`."""

    name: str
    description: str
    check: smoke_checks.Check
    inject: Injection


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Set `owner.name` to `value`, and back on leaving."""
    right = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, right)


def replacing(owner: Any, name: str, make: Callable[[Any], Any]) -> Injection:
    """Return the injection that replaces the right function by ``make(right function)``."""
    return lambda: replaced(owner, name, make(getattr(owner, name)))


# ------------------------------------------------------------------------------------------------ mutants

Right = Callable[..., Any]


def _too_fast(right: Right) -> Right:
    return lambda unit, strip, u: right(1.03 * unit, strip, u)


def _same_draw(right: Right) -> Right:
    """All layers read the first layer's uniform."""

    def draw(self: Simulation, entity: int, place: int, stream: Any, number: int = 0) -> Any:
        u = right(self, entity, place, stream, number)
        return (u[0], u[1], u[1], u[1]) if stream == streams.S_LAYERS else u

    return draw


def _by_turn(right: Right) -> Right:
    """Draws from one sequential stream of the replication, at every decision point."""
    generators: dict[int, np.random.Generator] = {}

    def draw(self: Simulation, entity: int, place: int, stream: Any, number: int = 0) -> Any:
        if id(self) not in generators:
            generators.clear()
            generators[id(self)] = np.random.default_rng(self.replication)
        return tuple(generators[id(self)].random(4).tolist())

    return draw


@contextmanager
def _in_turn() -> Iterator[None]:
    """Births and everything else draw from one sequential stream."""
    draw = _by_turn(Simulation.draw)
    with replaced(Simulation, "draw", draw), replaced(Simulation, "draw_birth", draw):
        yield


def _last_of_its_tick(right: Right) -> Right:
    """The end of the run comes after the other events of its tick."""
    return lambda self, delay, at: right(self, delay, at if at >= 0 else 1 << 60)


def _constant(right: Right) -> Right:
    """An exponential duration is its mean."""

    def span(self: Simulation, law: Any, u: float) -> Any:
        return self.ticks(law[1]) if law[0] == samplers.LAW_EXPONENTIAL else right(self, law, u)

    return span


def _patient(of: str, factor: float) -> Callable[[Right], Right]:
    """The patience of `of` ("operations", "movements") lasts `factor` times as long."""

    def make(right: Right) -> Right:
        def span(self: Simulation, law: Any, u: float) -> Any:
            found = right(self, law, u)
            return round(factor * found) if law is getattr(self.world, of).patience else found

        return span

    return make


def _as_at_birth() -> AbstractContextManager[None]:
    """Detection by the teams that were free when the plot was born."""
    begin, found, rates = plots.begin, plots.really_found, {}

    def begun(stage: Simulation, plot: Any, u: float) -> None:
        rates[plot.identity] = plots.intensity(stage, plot.p)
        begin(stage, plot, u)

    def really(stage: Simulation, plot: Any, strip: int) -> bool:
        rate = rates.get(plot.identity)
        if rate is None:
            return bool(found(stage, plot, strip))
        with replaced(plots, "intensity", lambda stage, p: rate):
            return bool(found(stage, plot, strip))

    @contextmanager
    def both() -> Iterator[None]:
        with replaced(plots, "begin", begun), replaced(plots, "really_found", really):
            yield

    return both()


def _every_found_plot_stays_known(right: Right) -> Right:
    """Work that failed leaves the plot known: nobody finds it again."""

    def strike(stage: Simulation, lead: Any, plot: Any) -> None:
        right(stage, lead, plot)
        plot.hidden = False

    return strike


def _from_nowhere(right: Right) -> Right:
    """As many guards as are wanted, whatever the reserve holds."""

    def lend(stage: Simulation, p: int) -> None:
        stage.state.reserve += stage.world.protection.surge_units
        right(stage, p)
        stage.state.reserve -= stage.world.protection.surge_units
        stage.state.reserve = max(stage.state.reserve, 0)

    return lend


def _added_up(right: Right) -> Right:
    """A stoppage begins when the one under way has ended."""

    def stop_work(stage: Simulation, plot: Any, u: float) -> None:
        rest = max(0, stage.state.stop_until[plot.p] - stage.clock.now)
        right(stage, plot, u)
        stage.state.stop_until[plot.p] += rest

    return stop_work


def _childless(right: Right) -> Right:
    """Follow-ons lead to none of their own."""
    return lambda stage, plot, stopped: [] if plot.place >> 40 & 1 else right(stage, plot, stopped)


def _risen(right: Right) -> Right:
    return lambda last, floor, age, decay: last + floor - right(last, floor, age, decay)


def _twice_per_head(right: Right) -> Right:
    return lambda model, n, inflow, per_head, capacity: right(model, n, inflow, 2.0 * per_head, capacity)


def _no_zero(right: Right) -> Right:
    return lambda severity, zero, *rest: right(severity, 0.0, *rest)


def _poisson_marks(right: Right) -> Right:
    return lambda base, per_death, dead, size, u: right(base, per_death, dead, float("inf"), u)


def _never_past(right: Right) -> Injection:
    """Candidates that come before their strip is opened come when it is."""

    @contextmanager
    def both() -> Iterator[None]:
        with (
            replaced(Simulation, "is_past", lambda self, at, tick: False),
            replaced(Clock, "until", lambda self, tick, at: right(self, max(tick, self.now), at)),
        ):
            yield

    return both


def _only_at_the_start(rank: int) -> Callable[[Right], Right]:
    """Strips of a rank are opened at the start, and when an epoch begins no more."""

    def make(right: Right) -> Right:
        return lambda self, most: None if self.rank == rank and self.sim.clock.now > 0 else right(self, most)

    return make


def _one_strip(rank: int) -> Callable[[Right], Right]:
    """Sources of a rank have one strip."""
    return lambda right: lambda self, most: right(self, min(most, 1.0) if self.rank == rank else most)


def _unbounded(right: Right) -> Right:
    """Beyond the last strip there is none, and nobody says so."""
    return lambda self, open_now, most, p: open_now < STRIPS and right(self, open_now, most, p)


def tail_with_whole_atom(right: Right) -> Right:
    """The mean of all losses at or above the value at risk."""

    def tail(losses: Any, *, level: float, weights: Any = None) -> appraisal.Tail:
        found = right(losses, level=level, weights=weights)
        x = np.asarray(losses, np.float64)
        w = np.full(x.size, 1.0 / x.size) if weights is None else np.asarray(weights)
        worst = x >= found.var
        return appraisal.Tail(level=level, var=found.var, tvar=float((x * w)[worst].sum() / w[worst].sum()))

    return tail


def _at_the_end(right: Right) -> Right:
    """Amounts of a period count as paid at its end."""

    def factors(days: Any, rate: float) -> Any:
        return np.asarray((1.0 + rate) ** (-np.cumsum(days) / discounting.DAYS_A_YEAR))

    return factors


# ------------------------------------------------------------------------------------------------ the list


def _known(sim: Simulation, plot: Plot) -> None:
    """Find a plot without holding it."""
    plot.hidden = False


def _resumed_late(sim: Simulation, plot: Plot) -> None:
    """Let a held plot go on as if its clock had never stood still; what fell due meanwhile comes at once."""
    plot.hidden, plot.held, now = True, None, sim.clock.now
    plot.mature, plot.lapse = max(plot.mature, now), max(plot.lapse, now)
    for track in plot.tracks:
        track.due = max(track.due, now)
    if plot.process is not None:
        plot.process.interrupt()


def _continuous(right: Any) -> Any:
    """Deaths whose discrete power law is a Pareto law, rounded down."""
    return lambda law, *each: right(modes.POWER if law == modes.DISCRETE_POWER else law, *each)


def _mutant(name: str, description: str, check: smoke_checks.Check, inject: Injection) -> Mutant:
    return Mutant(name=name, description=description, check=check, inject=inject)


MUTANTS: tuple[Mutant, ...] = (
    _mutant("rate", "every source is 3 % too fast", smoke_checks.layers, replacing(strip_rules, "gap_days", _too_fast)),
    _mutant("layers", "all layers share one draw", smoke_checks.layers, replacing(Simulation, "draw", _same_draw)),
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
        replacing(harm, "deaths", _continuous),
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
        replacing(attacks, "follow", _childless),
    ),
    _mutant(
        "horizon",
        "events at the horizon still happen",
        smoke_checks.horizon,
        replacing(Clock, "hold", _last_of_its_tick),
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
        replacing(Simulation, "span", _constant),
    ),
    _mutant(
        "stale-clock",
        "the stale clock runs at nine tenths of its speed",
        smoke_checks.impatience,
        replacing(Simulation, "span", _patient("operations", 1.0 / 0.9)),
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
        _as_at_birth,
    ),
    _mutant(
        "failed-work",
        "a plot that work has failed on is never found again",
        smoke_checks.terror_queue,
        replacing(operations, "act_on_plot", _every_found_plot_stays_known),
    ),
    _mutant(
        "escort-patience",
        "movements never give up waiting",
        smoke_checks.escorts,
        replacing(Simulation, "span", _patient("movements", 1e4)),
    ),
    _mutant("surge", "loans beyond the reserve", smoke_checks.reserve, replacing(attacks, "lend", _from_nowhere)),
    _mutant(
        "compliance",
        "compliance rises with age",
        smoke_checks.procedures,
        replacing(protection, "compliance_at", _risen),
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
        replacing(network_rules, "recruit_intensity", _twice_per_head),
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
        _never_past(Clock.until),
    ),
    _mutant(
        "strip-teams",
        "more teams open no strip of false leads",
        smoke_checks.strips,
        replacing(Source, "reach", _only_at_the_start(events.RANK_FALSE)),
    ),
    _mutant(
        "strip-intelligence",
        "more intelligence opens no strip of routine leads",
        smoke_checks.strips,
        replacing(Source, "reach", _only_at_the_start(events.RANK_LEAD)),
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
        replacing(plots, "hold", lambda right: _known),
    ),
    _mutant(
        "held-time",
        "the time under surveillance counts as preparation",
        smoke_checks.held,
        replacing(operations, "lose_sight", lambda right: _resumed_late),
    ),
    _mutant(
        "strip-births",
        "a larger stock opens no strip of births",
        smoke_checks.grown_stock,
        replacing(Source, "reach", _only_at_the_start(events.RANK_CANDIDATE)),
    ),
    _mutant(
        "strip-recruits",
        "no strip of recruits but the first is ever opened",
        smoke_checks.grown_stock,
        replacing(Source, "reach", _one_strip(events.RANK_NETWORK)),
    ),
    _mutant(
        "outgrown",
        "an intensity beyond the last strip is held there",
        smoke_checks.outgrown,
        replacing(Simulation, "needs_strip", _unbounded),
    ),
    _mutant("hurdle", "the hurdle's zero is forgotten", smoke_checks.deaths, replacing(harm, "deaths", _no_zero)),
    _mutant(
        "record",
        "a record has harmless attacks as often as harmful ones",
        smoke_checks.recorded,
        replacing(harm, "is_reported", lambda right: lambda harmless, harmful, hurt, u: u < harmful),
    ),
    _mutant("dispersion", "the injured are Poisson", smoke_checks.deaths, replacing(harm, "injured", _poisson_marks)),
    _mutant(
        "stoppage",
        "stoppages that overlap are added up",
        smoke_checks.stoppage,
        replacing(attacks, "stop_work", _added_up),
    ),
    _mutant("stream", "draws come from one sequential stream", smoke_checks.common_numbers, _in_turn),
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
        replacing(discounting, "discount_factors", _at_the_end),
    ),
)
