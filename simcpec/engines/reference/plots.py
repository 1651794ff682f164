"""Plots: candidates, births, preparation, and being found (4.2, 4.3, 4.4)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from simcpec.engines import status
from simcpec.engines.reference import attacks, operations, trust
from simcpec.engines.reference.clock import slot
from simcpec.engines.reference.plot import Plot, end, foiled
from simcpec.engines.reference.simulation import Stage
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import cells, detection, threat
from simcpec.model.world import Law
from simcpec.numerics import streams

Wait = Generator[simpy.Event, Any, None]
#: stage number in the identities of plots that exist at the start
AT_START = 2**19 - 1


def candidates(stage: Stage, p: int) -> Wait:
    """Source of the plot candidates of a province: numbered within each threat stage, the same in every scenario."""
    w, clock, number = stage.world.threat, stage.clock, slot(events.RANK_CANDIDATE, p)
    starts = stage.world.calendar.stage_start_tick
    for j in range(len(starts)):
        end, index = (starts[j + 1] if j + 1 < len(starts) else stage.horizon), 0
        while True:
            identity = int(streams.candidate_identity(j, index, 0))
            u = stage.draw_birth(identity, stage.place[p], streams.S_CANDIDATE)
            gap = threat.gap_days(w.rate[j][p] * stage.state.threat[p], w.stock_ceiling, u[0])
            due = clock.now + stage.ticks(gap)
            if due >= end:
                break
            yield clock.until(due, number)
            candidate(stage, p, identity, u)
            index += 1
        if end >= stage.horizon:
            return
        yield clock.until(end, number)


def candidate(stage: Stage, p: int, identity: int, u: tuple[float, float, float, float]) -> None:
    """One candidate: thinned by the stock of militants; a birth brings a cluster that shares its preparation time."""
    w = stage.world.threat
    stage.counts.at(p, names.PROV_CANDIDATES)
    stage.note(events.KIND_CANDIDATE, p, entity=identity)
    stock = threat.relative_stock(stage.state.militants[p], stage.world.network.militants[p])
    if stock > w.stock_ceiling:
        raise status.stock(stage.world.provinces[p], stock, w.stock_ceiling)
    if not threat.thinned(stock, w.stock_ceiling, u[1]):
        return
    prepare = stage.draw(identity, stage.place[p], streams.S_PLOT)[0]
    for member in range(threat.cluster_size(w.cluster[0], w.cluster[1], u[2])):
        plot = born(stage, p, identity + member, stage.place[p], w.preparation)
        if plot is None:
            continue
        if w.attempts == modes.PLOTS:
            begin(stage, plot, prepare)
        else:
            strike(stage, plot)


def born(stage: Stage, home: int, identity: int, place: int, law: Law) -> Plot | None:
    """A plot is born in `home` and turns to a cell; None if it gives up at once."""
    p, c, s, stays = choose_cell(stage, home, identity, place)
    cell = stage.counts.place(p, c, s)
    stage.counts.at_cell(cell, names.CELL_PLOTS)
    if not stays:
        stage.counts.at_cell(cell, names.CELL_DETERRED)
        stage.note(events.KIND_DETERRED, p, c, s, identity, place)
        return None
    stage.note(events.KIND_BORN, p, c, s, identity, place)
    stage.counts.open[cell] += 1
    return Plot(identity, place, p, c, s, cell, born=stage.clock.now, mature=0, lapse=0, law=law)


def begin(stage: Stage, plot: Plot, u_prepare: float) -> None:
    """A plot that was just born begins its preparation."""
    u = stage.draw(plot.identity, plot.place, streams.S_PLOT)
    plot.mature = plot.born + stage.span(plot.law, u_prepare)
    plot.lapse = plot.born + stage.ticks(threat.lapse_days(stage.world.threat.lapse, u[1]))
    next_candidate(stage, plot)
    go_on(stage, plot)


def go_on(stage: Stage, plot: Plot) -> None:
    """Give the plot a slot and let it prepare."""
    plot.slot = stage.plot_slots.take()
    plot.process = stage.clock.process(prepare(stage, plot))


def prepare(stage: Stage, plot: Plot) -> Wait:
    """Preparation: until found candidates, maturity or lapse, whichever comes first; on one tick in this order."""
    clock = stage.clock
    while True:
        due = min(plot.next_find, plot.mature, plot.lapse)
        try:
            yield clock.until(due, plot.slot)
        except simpy.Interrupt:
            return  # foiled; who foiled it has done the rest
        if plot.next_find == due:
            find(stage, plot)
        elif plot.mature == due:
            return mature(stage, plot)
        else:
            end(stage, plot)
            stage.counts.at_cell(plot.cell, names.CELL_LAPSED)
            stage.note(events.KIND_LAPSED, plot.p, plot.c, plot.s, plot.identity, plot.place)
            return


def mature(stage: Stage, plot: Plot) -> None:
    """The preparation is complete: an attack, unless detection is a fixed probability and strikes now."""
    w = stage.world.detection
    if w.mode == modes.BERNOULLI:
        u = stage.draw(plot.identity, plot.place, streams.S_PLOT)[2]
        if threat.thinned(w.probability[stage.state.epoch][plot.p], 1.0, u):
            stage.counts.at(plot.p, names.PROV_FOUND)
            foiled(stage, plot)
            return
    strike(stage, plot)


def strike(stage: Stage, plot: Plot) -> None:
    """The plot becomes an attack; its follow-ons are born at the same moment."""
    end(stage, plot)
    law = stage.world.threat.follow_law
    for child in attacks.attack(stage, plot):
        follower = born(stage, child.home, child.identity, child.place, law)
        if follower is not None:
            begin(stage, follower, child.delay)


# ---------------------------------------------------------------------------------------------- where it turns


def choose_cell(stage: Stage, home: int, identity: int, place: int) -> tuple[int, int, int, bool]:
    """The cell with the highest score, and whether it beats giving up; without any cell the plot gives up at home."""
    w, best, found = stage.world.cells, float("-inf"), (home, 0, 0)
    epoch = stage.state.epoch
    weight = w.weight[epoch]
    for p in (home,) if w.displacement == modes.STAY else range(stage.provinces):
        for c in range(stage.cohorts):
            for s in range(stage.settings):
                utility = w.utility[epoch][p][c][s]
                if utility == float("-inf"):
                    continue
                seen = attacks.perceived(stage, p, c, s) if weight > 0.0 else 0.0
                number = (stage.world.addresses[p] << 16) | (c << 8) | s
                u = stage.draw(identity, place, streams.S_CELL, number)[0]
                score = cells.cell_score(utility, weight, seen, w.leaving[home][p], u)
                if score > best:
                    best, found = score, (p, c, s)
    outside = w.outside[epoch][home]
    if outside == float("-inf"):
        return (*found, best > float("-inf"))
    u = stage.draw(identity, place, streams.S_CELL, 0)[0]
    return (*found, best > cells.outside_score(outside, u))


# ---------------------------------------------------------------------------------------------- being found


def next_candidate(stage: Stage, plot: Plot) -> None:
    """Set the tick of the plot's next detection candidate."""
    w = stage.world.detection
    if w.mode not in (modes.SEARCH, modes.LEADS):
        plot.next_find = int(streams.NEVER)
        return
    u = stage.draw(plot.identity, plot.place, streams.S_FIND, plot.finds)[0]
    law = plot.law
    mean = threat.mean_days(law[0], law[1], law[2]) if w.proportional else 1.0
    plot.clock += detection.find_step(w.ceiling[plot.p], mean, bool(w.proportional), u)
    age = detection.find_age_days(plot.clock, law[0], law[1], law[2], bool(w.proportional))
    plot.next_find = plot.born + stage.ticks(age)


def intensity(stage: Stage, p: int) -> float:
    """Rate per day at which a hidden plot in this province is found now."""
    w, state = stage.world.detection, stage.state
    if w.mode == modes.SEARCH:
        return detection.search_intensity(w.search[state.epoch][p], stage.teams[p].free)
    hazard, tips = w.hazard[state.epoch][p], w.tips[state.epoch][p]
    return detection.lead_intensity(hazard, state.factor[p], tips, trust.now(stage, p))


def really_found(stage: Stage, plot: Plot) -> bool:
    """Thin the plot's detection candidate by the intensity of this moment."""
    ceiling, rate = stage.world.detection.ceiling[plot.p], intensity(stage, plot.p)
    if rate > ceiling:
        raise status.finding(stage.world.provinces[plot.p], rate, ceiling)
    u = stage.draw(plot.identity, plot.place, streams.S_FIND, plot.finds)[1]
    return threat.thinned(rate, ceiling, u)


def find(stage: Stage, plot: Plot) -> None:
    """A detection candidate: a hidden plot is found with the intensity of the moment; known ones stay known."""
    real = plot.hidden and really_found(stage, plot)
    plot.finds += 1
    next_candidate(stage, plot)
    if not real:
        return
    plot.hidden = False
    stage.counts.at(plot.p, names.PROV_FOUND)
    stage.note(events.KIND_FOUND, plot.p, plot.c, plot.s, plot.identity)
    operations.take_up(stage, plot)


# ---------------------------------------------------------------------------------------------- at the start


def at_start(stage: Stage, p: int) -> None:
    """Plots in preparation at tick 0: none, a given number, or the steady state of births, lapses and detection."""
    w = stage.world.threat
    if w.initial == modes.EMPTY or w.attempts != modes.PLOTS:
        return
    if w.initial == modes.GIVEN:
        number = w.given[p]
    else:
        u = stage.draw_birth(0, stage.place[p], streams.S_START)[0]
        rate = w.rate[0][p] * stage.state.threat[p]
        cluster = 3.0 - w.cluster[0] - w.cluster[1]
        number = streams.poisson(threat.start_mean(rate, cluster, threat.mean_days(*w.preparation)), u)
    for index in range(number):
        start_plot(stage, p, int(streams.candidate_identity(AT_START, index, 0)))


def start_plot(stage: Stage, p: int, identity: int) -> None:
    """One plot met at a random moment of its preparation; dropped if it would have lapsed or been found before.

    A given plot (not steady) begins its preparation at tick 0.
    """
    w, place = stage.world.threat, stage.place[p]
    law: Law = w.preparation
    u = stage.draw_birth(identity, place, streams.S_START)
    steady = w.initial == modes.STEADY
    whole = threat.start_span_days if steady else streams.duration
    span = whole(law[0], law[1], law[2], u[0])
    age = span * u[1] if steady else 0.0
    q, c, s, stays = choose_cell(stage, p, identity, place)
    if not stays:
        return
    plot = Plot(identity, place, q, c, s, stage.counts.place(q, c, s), 0, 0, 0, law)
    plot.born = -stage.ticks(age) if steady else 0
    plot.mature = plot.born + stage.ticks(span)
    plot.lapse = plot.born + stage.ticks(threat.lapse_days(w.lapse, u[3]))
    next_candidate(stage, plot)
    while plot.next_find <= 0:
        if really_found(stage, plot):
            return
        plot.finds += 1
        next_candidate(stage, plot)
    if plot.mature <= 0 or plot.lapse <= 0:
        return
    stage.counts.open[plot.cell] += 1
    go_on(stage, plot)
