"""Plots: candidates, births, preparation, and being found (4.2, 4.3, 4.4)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from simcpec.engines.reference import attacks, movements, network, operations
from simcpec.engines.reference.plot import FindTrack, Plot, end, foiled, hold
from simcpec.engines.reference.simulation import Simulation, Source
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import cells, detection, strips, threat
from simcpec.model.rules import movement as road
from simcpec.model.world import Law
from simcpec.numerics import samplers, streams

Wait = Generator[simpy.Event, Any, None]
#: stage number in the identities of plots that exist at the start
AT_START = 2**19 - 1


class Births(Source):
    """Source of the plot candidates of an origin: numbered within each threat stage, the same in every scenario."""

    def __init__(self, sim: Simulation, o: int) -> None:
        super().__init__(sim, sim.home[o], events.RANK_CANDIDATE, o)
        self.o = o

    def run(self, strip: int) -> Wait:
        """One strip: in every stage anew, at the threat of the stage."""
        sim, clock, at = self.sim, self.sim.clock, self.slot(strip)
        starts = sim.world.calendar.stage_start_tick
        for stage in range(sim.state.stage, len(starts)):
            end = starts[stage + 1] if stage + 1 < len(starts) else sim.horizon
            due, index = starts[stage], 0
            while True:
                identity = int(streams.candidate_identity(stage, int(streams.strip_index(strip, index)), 0))
                u = sim.draw_birth(identity, sim.origin_place[self.o], streams.S_CANDIDATE)
                rate = sim.world.threat.rate[stage][self.o] * sim.state.threat[self.o]
                due += sim.ticks(strips.gap_days(rate, strip, u[0]))
                if due >= end:
                    break
                if not sim.is_past(at, due):
                    yield clock.until(due, at)
                    candidate(sim, self.o, strip, identity, u)
                index += 1
            if end >= sim.horizon:
                return
            yield clock.until(end, at)


def candidate(sim: Simulation, o: int, strip: int, identity: int, u: tuple[float, float, float, float]) -> None:
    """One candidate: real below the stock of militants; a birth brings a cluster that shares its preparation time."""
    w, p, place = sim.world.threat, sim.home[o], sim.origin_place[o]
    stock = threat.relative_stock(sim.state.stock[o], sim.world.network.militants[o])
    if strip == 0 or strips.lower_edge(strip) < stock:
        sim.counts.at(p, names.PROV_CANDIDATES)
        sim.note(events.KIND_CANDIDATE, p, entity=identity)
    if strips.level(strip, u[1]) >= stock:
        return
    prepare = sim.draw(identity, place, streams.S_PLOT)[0]
    for member in range(threat.cluster_size(w.cluster[0], w.cluster[1], u[2])):
        plot = born(sim, p, identity + member, place)
        if plot is None:
            continue
        if w.attempts == modes.PLOTS:
            begin(sim, plot, prepare)
        else:
            execute_attack(sim, plot)


def born(sim: Simulation, home: int, identity: int, place: int, follows: Law | None = None) -> Plot | None:
    """Create a plot in `home` and choose its target cell; None if it is deterred at once.

    follows : law of the preparation of a follow-on; that of another plot is the world's, as long as its mode takes.
    """
    p, c, s, stays = choose_cell(sim, home, identity, place)
    cell = sim.counts.place(p, c, s)
    sim.counts.at_cell(cell, names.CELL_PLOTS)
    if not stays:
        sim.counts.at_cell(cell, names.CELL_DETERRED)
        sim.note(events.KIND_DETERRED, p, c, s, identity, place)
        return None
    sim.note(events.KIND_BORN, p, c, s, identity, place)
    sim.counts.open[cell] += 1
    mode = attacks.mode_of(sim, home, identity, place)
    law = attacks.planned(sim, home, mode) if follows is None else follows
    return Plot(identity, place, p, c, s, cell, born=sim.clock.now, mature=0, lapse=0, law=law, mode=mode)


def begin(sim: Simulation, plot: Plot, u_prepare: float) -> None:
    """A plot that was just born begins its preparation."""
    u = sim.draw(plot.identity, plot.place, streams.S_PLOT)
    plot.mature = plot.born + sim.span(plot.law, u_prepare)
    plot.lapse = plot.born + sim.ticks(threat.lapse_days(sim.world.threat.lapse, u[1]))
    reach_find(sim, plot)
    go_on(sim, plot)


def go_on(sim: Simulation, plot: Plot) -> None:
    """Give the plot a slot and let it prepare."""
    plot.slot = sim.plot_slots.take()
    sim.plots[plot.slot] = plot
    plot.process = sim.clock.process(prepare(sim, plot))


def prepare(sim: Simulation, plot: Plot) -> Wait:
    """Preparation: until found candidates, maturity or lapse, whatever comes first; on one tick in this order."""
    clock = sim.clock
    while True:
        due = min(plot.next_find, plot.mature, plot.lapse)
        try:
            yield clock.until(due, plot.slot)
        except simpy.Interrupt:
            if not plot.alive:
                return  # foiled; who foiled it has done the rest
            continue  # a strip of detection candidates was opened
        if plot.next_find == due:
            find(sim, plot)
            if plot.held is not None and not (yield from released(sim, plot)):
                return
        elif plot.mature == due:
            return mature(sim, plot)
        else:
            end(sim, plot)
            return lapsed(sim, plot)


def released(sim: Simulation, plot: Plot) -> Generator[simpy.Event, Any, bool]:
    """Stand still under surveillance; returns whether the plot came out of it alive."""
    try:
        yield sim.clock.event()
    except simpy.Interrupt:
        return plot.alive
    raise AssertionError("nothing triggers this event")


def lapsed(sim: Simulation, plot: Plot) -> None:
    """The plot has given up by itself."""
    sim.counts.at_cell(plot.cell, names.CELL_LAPSED)
    sim.note(events.KIND_LAPSED, plot.p, plot.c, plot.s, plot.identity, plot.place)


def mature(sim: Simulation, plot: Plot) -> None:
    """The preparation is complete: an attack, unless detection is a fixed probability and strikes now."""
    w = sim.world.detection
    if w.mode == modes.BERNOULLI:
        u = sim.draw(plot.identity, plot.place, streams.S_PLOT)[2]
        if threat.thinned(w.probability[sim.state.epoch][plot.p], 1.0, u):
            sim.counts.at(plot.p, names.PROV_FOUND)
            foiled(sim, plot)
            return
    execute_attack(sim, plot)


def execute_attack(sim: Simulation, plot: Plot) -> None:
    """The plot becomes an attack; its follow-ons are born at the same moment; on an empty road it lapses."""
    end(sim, plot)
    if plot.s == modes.MOVEMENT and movements.is_watched(sim) and not movements.meets_party(sim, plot):
        lapsed(sim, plot)
        return
    law = sim.world.threat.follow_law
    sim.counts.at(plot.p, names.PROV_ATTACKS_GROUP + plot.group)
    for child in attacks.attack(sim, plot):
        follower = born(sim, child.home, child.identity, child.place, law)
        if follower is not None:
            begin(sim, follower, child.delay)


# ---------------------------------------------------------------------------------------------- where it turns


def choose_cell(sim: Simulation, home: int, identity: int, place: int) -> tuple[int, int, int, bool]:
    """The cell with the highest score, and whether it beats giving up; without any cell the plot gives up at home."""
    w, best, found = sim.world.cells, float("-inf"), (home, 0, 0)
    epoch, group = sim.state.epoch, streams.group_of(place)
    weight = w.weight[epoch]
    for p in (home,) if w.displacement == modes.STAY else range(sim.provinces):
        for c in range(sim.cohorts):
            for s in range(sim.settings):
                utility = w.utility[epoch][p][c][s]
                if s == modes.MOVEMENT and movements.is_watched(sim):
                    utility = road.road_utility(utility, movements.traffic(sim, p, c))
                if utility == float("-inf"):
                    continue
                seen = attacks.perceived(sim, p, c, s) if weight > 0.0 else 0.0
                number = (sim.world.addresses[p] << 16) | (c << 8) | s
                u = sim.draw(identity, place, streams.S_CELL, number)[0]
                utility += w.preference[group][s]
                score = cells.cell_score(utility, weight, seen, w.leaving[group][home][p], u)
                if score > best:
                    best, found = score, (p, c, s)
    outside = w.outside[epoch][group][home]
    if outside == float("-inf"):
        return (*found, best > float("-inf"))
    u = sim.draw(identity, place, streams.S_CELL, 0)[0]
    return (*found, best > cells.outside_score(outside, u))


# ---------------------------------------------------------------------------------------------- being found


def next_candidate(sim: Simulation, plot: Plot, strip: int) -> None:
    """Move a strip of the plot on to its next detection candidate."""
    w, law, track = sim.world.detection, plot.law, plot.tracks[strip]
    u = sim.draw(plot.identity, plot.place, streams.S_FIND, track.number(strip))[0]
    mean = threat.mean_days(law[0], law[1], law[2]) if w.proportional else 1.0
    track.clock += detection.find_step(w.unit[plot.p] * strips.width(strip), mean, bool(w.proportional), u)
    age = detection.find_age_days(track.clock, law[0], law[1], law[2], bool(w.proportional))
    track.due = plot.born + sim.ticks(age)


def can_be_found(sim: Simulation, p: int) -> bool:
    """Whether plots of a province have detection candidates."""
    w = sim.world.detection
    return detection.draws_candidates(w.mode) and bool(w.unit[p] > 0.0)


def reach_find(sim: Simulation, plot: Plot) -> bool:
    """Open the strips that the intensity at which a plot is found can reach; returns whether there were any."""
    if not can_be_found(sim, plot.p):
        return False
    before, most = len(plot.tracks), most_intensity(sim, plot.p) / sim.world.detection.unit[plot.p]
    while sim.needs_strip(len(plot.tracks), most, plot.p):
        strip = len(plot.tracks)
        plot.tracks.append(FindTrack())
        next_candidate(sim, plot, strip)
        while is_over(sim, plot, plot.tracks[strip].due):
            plot.tracks[strip].finds += 1
            next_candidate(sim, plot, strip)
    return len(plot.tracks) > before


def is_over(sim: Simulation, plot: Plot, tick: int) -> bool:
    """Whether the plot's own clock has passed a tick; it stands still while the plot is held."""
    return sim.is_past(plot.slot, tick) if plot.held is None else tick < plot.held


def reach_finds(sim: Simulation, p: int) -> None:
    """Open the strips that the intensity at which the plots of a province are found can reach."""
    for plot in list(sim.plots.values()):
        if plot.p == p and reach_find(sim, plot) and plot.process is not None and plot.held is None:
            plot.process.interrupt()


def most_intensity(sim: Simulation, p: int) -> float:
    """Rate per day at which a plot can be found until teams, intelligence or the epoch change, whatever the trust."""
    w, state = sim.world.detection, sim.state
    if w.mode == modes.SEARCH:
        return detection.search_intensity(w.search[state.epoch][p], sim.employed_teams.level[p])
    return detection.lead_intensity(w.hazard[state.epoch][p], state.factor[p], w.tips[state.epoch][p], 1.0)


def intensity(sim: Simulation, p: int) -> float:
    """Rate per day at which a hidden plot in this province is found now."""
    w, state = sim.world.detection, sim.state
    if w.mode == modes.SEARCH:
        return detection.search_intensity(w.search[state.epoch][p], sim.teams[p].free)
    hazard, tips = w.hazard[state.epoch][p], w.tips[state.epoch][p]
    return detection.lead_intensity(hazard, state.factor[p], tips, network.tips_trust(sim, p))


def really_found(sim: Simulation, plot: Plot, strip: int) -> bool:
    """Whether the plot's detection candidate in a strip lies below the intensity of this moment."""
    u = sim.draw(plot.identity, plot.place, streams.S_FIND, plot.tracks[strip].number(strip))[1]
    return bool(sim.world.detection.unit[plot.p] * strips.level(strip, u) < intensity(sim, plot.p))


def find(sim: Simulation, plot: Plot) -> None:
    """A detection candidate: a hidden plot is found with the intensity of the moment; known ones stay known."""
    strip = plot.find_strip
    real = plot.hidden and really_found(sim, plot, strip)
    plot.tracks[strip].finds += 1
    next_candidate(sim, plot, strip)
    if not real:
        return
    hold(sim, plot)
    sim.counts.at(plot.p, names.PROV_FOUND)
    sim.note(events.KIND_FOUND, plot.p, plot.c, plot.s, plot.identity)
    operations.take_up(sim, plot)


# ---------------------------------------------------------------------------------------------- at the start


def at_start(sim: Simulation, o: int) -> None:
    """Plots in preparation at tick 0: none, a given number, or the steady state of births, lapses and detection."""
    w = sim.world.threat
    if w.initial == modes.EMPTY or w.attempts != modes.PLOTS:
        return
    if w.initial == modes.GIVEN:
        number = w.given[o]
    else:
        u = sim.draw_birth(0, sim.origin_place[o], streams.S_START)[0]
        rate = w.rate[0][o] * sim.state.threat[o]
        cluster = 3.0 - w.cluster[0] - w.cluster[1]
        days = threat.mean_days(*w.preparation) * attacks.mean_planning(sim, o)
        number = samplers.poisson(threat.start_mean(rate, cluster, days), u)
    for index in range(number):
        start_plot(sim, o, int(streams.candidate_identity(AT_START, index, 0)))


def start_plot(sim: Simulation, o: int, identity: int) -> None:
    """One plot met at a random moment of its preparation; dropped if it would have lapsed or been found before.

    A given plot (not steady) begins its preparation at tick 0.
    """
    w, place = sim.world.threat, sim.origin_place[o]
    steady = w.initial == modes.STEADY
    mode = attacks.mode_of(sim, sim.home[o], identity, place, under_way=steady)
    law = attacks.planned(sim, sim.home[o], mode)
    u = sim.draw_birth(identity, place, streams.S_START)
    whole = threat.start_span_days if steady else samplers.duration
    span = whole(law[0], law[1], law[2], u[0])
    age = span * u[1] if steady else 0.0
    q, c, s, stays = choose_cell(sim, sim.home[o], identity, place)
    if not stays:
        return
    plot = Plot(identity, place, q, c, s, sim.counts.place(q, c, s), 0, 0, 0, law, mode)
    plot.born = -sim.ticks(age) if steady else 0
    plot.mature = plot.born + sim.ticks(span)
    plot.lapse = plot.born + sim.ticks(threat.lapse_days(w.lapse, u[3]))
    if found_before(sim, plot) or plot.mature <= 0 or plot.lapse <= 0:
        return
    sim.counts.open[plot.cell] += 1
    go_on(sim, plot)


def found_before(sim: Simulation, plot: Plot) -> bool:
    """Whether a plot that is older than the replication was found before its start, at the intensity of the start."""
    if not can_be_found(sim, plot.p):
        return False
    most = most_intensity(sim, plot.p) / sim.world.detection.unit[plot.p]
    while sim.needs_strip(len(plot.tracks), most, plot.p):
        strip = len(plot.tracks)
        plot.tracks.append(FindTrack())
        next_candidate(sim, plot, strip)
        while plot.tracks[strip].due <= 0:
            if really_found(sim, plot, strip):
                return True
            plot.tracks[strip].finds += 1
            next_candidate(sim, plot, strip)
    return False
