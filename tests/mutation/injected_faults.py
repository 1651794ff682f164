"""Faulty versions of functions of the reference engine, its rules and the economics, and how one is put in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from simcpec.economics import appraisal, discounting
from simcpec.engines.reference import plots
from simcpec.engines.reference.clock import Clock
from simcpec.engines.reference.plot import Plot
from simcpec.engines.reference.simulation import Simulation
from simcpec.model import modes
from simcpec.model.rules.strips import STRIPS
from simcpec.numerics import samplers, streams

Injection = Callable[[], AbstractContextManager[None]]


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


Right = Callable[..., Any]


def too_fast(right: Right) -> Right:
    return lambda unit, strip, u: right(1.03 * unit, strip, u)


def same_draw(right: Right) -> Right:
    """All layers read the first layer's uniform."""

    def draw(self: Simulation, entity: int, place: int, stream: Any, number: int = 0) -> Any:
        u = right(self, entity, place, stream, number)
        return (u[0], u[1], u[1], u[1]) if stream == streams.S_LAYERS else u

    return draw


def by_turn(right: Right) -> Right:
    """Draws from one sequential stream of the replication, at every decision point."""
    generators: dict[int, np.random.Generator] = {}

    def draw(self: Simulation, entity: int, place: int, stream: Any, number: int = 0) -> Any:
        if id(self) not in generators:
            generators.clear()
            generators[id(self)] = np.random.default_rng(self.replication)
        return tuple(generators[id(self)].random(4).tolist())

    return draw


@contextmanager
def in_turn() -> Iterator[None]:
    """Births and everything else draw from one sequential stream."""
    draw = by_turn(Simulation.draw)
    with replaced(Simulation, "draw", draw), replaced(Simulation, "draw_birth", draw):
        yield


def last_of_its_tick(right: Right) -> Right:
    """The end of the run comes after the other events of its tick."""
    return lambda self, delay, at: right(self, delay, at if at >= 0 else 1 << 60)


def constant(right: Right) -> Right:
    """An exponential duration is its mean."""

    def span(self: Simulation, law: Any, u: float) -> Any:
        return self.ticks(law[1]) if law[0] == samplers.LAW_EXPONENTIAL else right(self, law, u)

    return span


def patient(of: str, factor: float) -> Callable[[Right], Right]:
    """The patience of `of` ("operations", "movements") lasts `factor` times as long."""

    def make(right: Right) -> Right:
        def span(self: Simulation, law: Any, u: float) -> Any:
            found = right(self, law, u)
            return round(factor * found) if law is getattr(self.world, of).patience else found

        return span

    return make


def as_at_birth() -> AbstractContextManager[None]:
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


def every_found_plot_stays_known(right: Right) -> Right:
    """Work that failed leaves the plot known: nobody finds it again."""

    def strike(stage: Simulation, lead: Any, plot: Any) -> None:
        right(stage, lead, plot)
        plot.hidden = False

    return strike


def from_nowhere(right: Right) -> Right:
    """As many guards as are wanted, whatever the reserve holds."""

    def lend(stage: Simulation, p: int) -> None:
        stage.state.reserve += stage.world.protection.surge_units
        right(stage, p)
        stage.state.reserve -= stage.world.protection.surge_units
        stage.state.reserve = max(stage.state.reserve, 0)

    return lend


def added_up(right: Right) -> Right:
    """A stoppage begins when the one under way has ended."""

    def stop_work(stage: Simulation, plot: Any, u: float) -> None:
        rest = max(0, stage.state.stop_until[plot.p] - stage.clock.now)
        right(stage, plot, u)
        stage.state.stop_until[plot.p] += rest

    return stop_work


def childless(right: Right) -> Right:
    """Follow-ons lead to none of their own."""
    return lambda stage, plot, stopped: [] if plot.place >> 40 & 1 else right(stage, plot, stopped)


def risen(right: Right) -> Right:
    return lambda last, floor, age, decay: last + floor - right(last, floor, age, decay)


def twice_per_head(right: Right) -> Right:
    return lambda model, n, inflow, per_head, capacity: right(model, n, inflow, 2.0 * per_head, capacity)


def no_zero(right: Right) -> Right:
    return lambda severity, zero, *rest: right(severity, 0.0, *rest)


def poisson_marks(right: Right) -> Right:
    return lambda base, per_death, dead, size, u: right(base, per_death, dead, float("inf"), u)


def never_past(right: Right) -> Injection:
    """Candidates that come before their strip is opened come when it is."""

    @contextmanager
    def both() -> Iterator[None]:
        with (
            replaced(Simulation, "is_past", lambda self, at, tick: False),
            replaced(Clock, "until", lambda self, tick, at: right(self, max(tick, self.now), at)),
        ):
            yield

    return both


def only_at_the_start(rank: int) -> Callable[[Right], Right]:
    """Strips of a rank are opened at the start, and when an epoch begins no more."""

    def make(right: Right) -> Right:
        return lambda self, most: None if self.rank == rank and self.sim.clock.now > 0 else right(self, most)

    return make


def one_strip(rank: int) -> Callable[[Right], Right]:
    """Sources of a rank have one strip."""
    return lambda right: lambda self, most: right(self, min(most, 1.0) if self.rank == rank else most)


def unbounded(right: Right) -> Right:
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


def at_the_end(right: Right) -> Right:
    """Amounts of a period count as paid at its end."""

    def factors(days: Any, rate: float) -> Any:
        return np.asarray((1.0 + rate) ** (-np.cumsum(days) / discounting.DAYS_A_YEAR))

    return factors


def known(sim: Simulation, plot: Plot) -> None:
    """Find a plot without holding it."""
    plot.hidden = False


def resumed_late(sim: Simulation, plot: Plot) -> None:
    """Let a held plot go on as if its clock had never stood still; what fell due meanwhile comes at once."""
    plot.hidden, plot.held, now = True, None, sim.clock.now
    plot.mature, plot.lapse = max(plot.mature, now), max(plot.lapse, now)
    for track in plot.tracks:
        track.due = max(track.due, now)
    if plot.process is not None:
        plot.process.interrupt()


def continuous(right: Any) -> Any:
    """Deaths whose discrete power law is a Pareto law, rounded down."""
    return lambda law, *each: right(modes.POWER if law == modes.DISCRETE_POWER else law, *each)
