"""Plots: candidates, births, preparation, and being found (4.2, 4.3, 4.4)."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.engines.compiled import attacks, clock, network, operations
from simcpec.engines.compiled.record import POOL_PLOT, SETTINGS
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import cells, detection, threat
from simcpec.numerics import samplers, streams
from simcpec.numerics.jit import constant, inner_kernel, inner_subroutine, signed

NONE, ZERO = constant(-1), constant(0)
PLOT, RANK_PLOT = constant(POOL_PLOT), constant(events.RANK_PLOT)
PREPARATION, FOLLOW_ON = constant(0), constant(1)  # laws of preparation
KIND_CANDIDATE, KIND_BORN = constant(events.KIND_CANDIDATE), constant(events.KIND_BORN)
KIND_DETERRED, KIND_FOUND = constant(events.KIND_DETERRED), constant(events.KIND_FOUND)
KIND_LAPSED = constant(events.KIND_LAPSED)
AT_START = constant(2**19 - 1)


@inner_kernel
def next_candidate(s: Any, w: Any, slot: int, p: int) -> None:
    """When the next candidate of this threat stage comes; the stage's end brings the next stage's first."""
    identity = streams.candidate_identity(s.stage, s.index[slot], ZERO)
    u = clock.draw_birth(s, w, identity, s.place[p], streams.S_CANDIDATE, ZERO)
    gap = threat.gap_days(s.rate[p] * s.threat[p], w.threat_stock_ceiling, u[0])
    due = s.now + samplers.ticks(gap, s.per_day)
    if due >= s.stage_end:
        clock.cancel(s, slot)
    else:
        clock.schedule(s, w, slot, due)


@inner_subroutine
def on_candidate(s: Any, w: Any, trace: Any, table: Any, slot: int, p: int) -> None:
    """One candidate: thinned by the stock of militants; a birth brings a cluster that shares its preparation time."""
    identity, place = streams.candidate_identity(s.stage, s.index[slot], ZERO), s.place[p]
    u = clock.draw_birth(s, w, identity, place, streams.S_CANDIDATE, ZERO)
    s.index[slot] += 1
    next_candidate(s, w, slot, p)
    s.province[p, names.PROV_CANDIDATES] += 1.0
    clock.note(s, trace, KIND_CANDIDATE, p, NONE, NONE, identity, 0.0)
    stock = threat.relative_stock(s.militants[p], w.network_militants[p])
    if stock > w.threat_stock_ceiling:
        s.error = clock.STOCK
        s.place_error = p
        s.value = stock
        return
    if not threat.thinned(stock, w.threat_stock_ceiling, u[1]):
        return
    prepare = clock.draw(s, identity, place, streams.S_PLOT, ZERO)[0]
    for member in range(threat.cluster_size(w.threat_cluster[0], w.threat_cluster[1], u[2])):
        chosen = born(s, w, trace, p, identity + member, place)
        if chosen < 0:
            continue
        if w.threat_attempts == modes.PLOTS:
            begin(s, w, chosen, identity + member, place, PREPARATION, prepare)
        else:
            at_once(s, w, trace, table, chosen, identity + member, place)


@inner_kernel
def cell_of(w: Any, number: int) -> tuple[int, int, int]:
    """Province, cohort and setting of a cell number."""
    rest = number // SETTINGS
    return rest // w.cohorts, rest % w.cohorts, number % SETTINGS


@inner_subroutine
def born(s: Any, w: Any, trace: Any, home: int, identity: int, place: int) -> int:
    """A plot is born in `home`: the number of the cell it turns to, or -1 if it gives up at once."""
    number, stays = choose_cell(s, w, home, identity, place)
    p, c, k = cell_of(w, number)
    s.cell[p, c, k, names.CELL_PLOTS] += 1.0
    if not stays:
        s.cell[p, c, k, names.CELL_DETERRED] += 1.0
        clock.note(s, trace, KIND_DETERRED, p, c, k, identity, float(place))
        return NONE
    clock.note(s, trace, KIND_BORN, p, c, k, identity, float(place))
    s.open[p, c, k] += 1
    return number


@inner_subroutine
def begin(s: Any, w: Any, cell: int, identity: int, place: int, law: int, u_prepare: float) -> None:
    """A plot that was just born begins its preparation."""
    j = settle(s, w, cell, identity, place, law, s.now)
    u = clock.draw(s, identity, place, streams.S_PLOT, ZERO)
    s.plot_mature[j] = s.now + preparation(s, w, law, u_prepare)
    s.plot_lapse[j] = s.now + samplers.ticks(threat.lapse_days(w.threat_lapse, u[1]), s.per_day)
    next_find(s, w, j)
    go_on(s, w, j)


@inner_kernel
def settle(s: Any, w: Any, cell: int, identity: int, place: int, law: int, tick: int) -> int:
    """Give a plot the lowest free slot."""
    p, c, k = cell_of(w, cell)
    j = clock.acquire(s, PLOT, ZERO)
    s.plot_identity[j], s.plot_place[j], s.plot_p[j], s.plot_c[j], s.plot_s[j] = identity, place, p, c, k
    s.plot_born[j], s.plot_law[j], s.plot_clock[j], s.plot_finds[j], s.plot_hidden[j] = tick, law, 0.0, 0, 1
    s.plot_leads[j] = 0
    s.serials += 1
    s.plot_serial[j] = s.serials
    return j


@inner_kernel
def preparation(s: Any, w: Any, law: int, u: float) -> int:
    """Length of a preparation, on the clock."""
    if law == FOLLOW_ON:
        return clock.span(s, w.threat_follow_law, w.threat_follow_law_scale, w.threat_follow_law_shape, u)
    return clock.span(s, w.threat_preparation, w.threat_preparation_scale, w.threat_preparation_shape, u)


@inner_kernel
def go_on(s: Any, w: Any, j: int) -> None:
    """The plot's next event: a detection candidate, maturity or lapse, whatever comes first."""
    due = min(s.plot_next[j], min(s.plot_mature[j], s.plot_lapse[j]))
    clock.schedule(s, w, clock.fixed(s, RANK_PLOT, j), due)


@inner_subroutine
def on_plot(s: Any, w: Any, trace: Any, table: Any, j: int) -> None:
    """The next event of a plot; on one tick first a detection candidate, then maturity, then lapse."""
    due = min(s.plot_next[j], min(s.plot_mature[j], s.plot_lapse[j]))
    if s.plot_next[j] == due:
        find(s, w, trace, j)
    elif s.plot_mature[j] == due:
        mature(s, w, trace, table, j)
    else:
        p, c, k = s.plot_p[j], s.plot_c[j], s.plot_s[j]
        operations.end_plot(s, j)
        s.cell[p, c, k, names.CELL_LAPSED] += 1.0
        clock.note(s, trace, KIND_LAPSED, p, c, k, s.plot_identity[j], float(s.plot_place[j]))


@inner_subroutine
def mature(s: Any, w: Any, trace: Any, table: Any, j: int) -> None:
    """The preparation is complete: an attack, unless detection is a fixed probability and strikes now."""
    identity, place, p = s.plot_identity[j], s.plot_place[j], s.plot_p[j]
    if w.detection_mode == modes.BERNOULLI:
        u = clock.draw(s, identity, place, streams.S_PLOT, ZERO)[2]
        if threat.thinned(w.detection_probability[p], 1.0, u):
            s.province[p, names.PROV_FOUND] += 1.0
            operations.foiled(s, trace, j)
            return
    c, k = s.plot_c[j], s.plot_s[j]
    operations.end_plot(s, j)
    execute_attack(s, w, trace, table, identity, place, p, c, k)


@inner_kernel
def at_once(s: Any, w: Any, trace: Any, table: Any, cell: int, identity: int, place: int) -> None:
    """An attempt without preparation."""
    p, c, k = cell_of(w, cell)
    s.open[p, c, k] -= 1
    execute_attack(s, w, trace, table, identity, place, p, c, k)


@inner_subroutine
def execute_attack(s: Any, w: Any, trace: Any, table: Any, identity: int, place: int, p: int, c: int, k: int) -> None:
    """An attack, and the follow-ons that are born of it at the same moment."""
    stopped = attacks.attack(s, w, trace, table, identity, place, p, c, k)
    if stopped and w.threat_follow_by == modes.BY_BREACH:
        return
    u = clock.draw(s, identity, place, streams.S_FOLLOW, ZERO)[0]
    for n in range(threat.follow_ons(w.threat_follow_ons[p], u)):
        child = streams.mix(identity, place, signed(n))
        home = attacks.choose_child_province(s, w, p, child)
        at = s.descendant[home]
        delay = clock.draw(s, child, at, streams.S_PLOT, ZERO)[0]
        chosen = born(s, w, trace, home, child, at)
        if chosen >= 0:
            begin(s, w, chosen, child, at, FOLLOW_ON, delay)


# ---------------------------------------------------------------------------------------------- where it turns


@inner_subroutine
def choose_cell(s: Any, w: Any, home: int, identity: int, place: int) -> tuple[int, bool]:
    """The cell with the highest score, and whether it beats giving up; without any cell the plot gives up at home."""
    best, found = -np.inf, home * w.cohorts * SETTINGS
    first, last = (home, home + 1) if w.cells_displacement == modes.STAY else (ZERO, w.provinces)
    for p in range(first, last):
        for c in range(w.cohorts):
            for k in range(SETTINGS):
                utility = w.cells_utility[p, c, k]
                if utility == -np.inf:
                    continue
                seen = attacks.perceived(s, w, p, c, k) if w.cells_weight > 0.0 else 0.0
                number = (w.addresses[p] << 16) | (c << 8) | k
                u = clock.draw(s, identity, place, streams.S_CELL, number)[0]
                score = cells.cell_score(utility, w.cells_weight, seen, w.cells_leaving[home, p], u)
                if score > best:
                    best, found = score, (p * w.cohorts + c) * SETTINGS + k
    outside = w.cells_outside[home]
    if outside == -np.inf:
        return found, best > -np.inf
    u = clock.draw(s, identity, place, streams.S_CELL, ZERO)[0]
    return found, best > cells.outside_score(outside, u)


# ---------------------------------------------------------------------------------------------- being found


@inner_subroutine
def next_find(s: Any, w: Any, j: int) -> None:
    """Set the tick of the plot's next detection candidate."""
    if not detection.draws_candidates(w.detection_mode):
        s.plot_next[j] = samplers.NEVER
        return
    if s.plot_law[j] == FOLLOW_ON:
        law, scale, shape = w.threat_follow_law, w.threat_follow_law_scale, w.threat_follow_law_shape
    else:
        law, scale, shape = w.threat_preparation, w.threat_preparation_scale, w.threat_preparation_shape
    proportional = w.detection_proportional != 0
    u = clock.draw(s, s.plot_identity[j], s.plot_place[j], streams.S_FIND, s.plot_finds[j])[0]
    mean = threat.mean_days(law, scale, shape) if proportional else 1.0
    s.plot_clock[j] += detection.find_step(w.detection_ceiling[s.plot_p[j]], mean, proportional, u)
    age = detection.find_age_days(s.plot_clock[j], law, scale, shape, proportional)
    s.plot_next[j] = s.plot_born[j] + samplers.ticks(age, s.per_day)


@inner_kernel
def intensity(s: Any, w: Any, p: int) -> float:
    """Rate per day at which a hidden plot in this province is found now."""
    if w.detection_mode == modes.SEARCH:
        return detection.search_intensity(w.detection_search[p], operations.free_teams(s, p))
    trust = network.trust(s, w, p)
    return detection.lead_intensity(w.detection_hazard[p], s.factor[p], w.detection_tips[p], trust)


@inner_subroutine
def really_found(s: Any, w: Any, j: int) -> bool:
    """Thin the plot's detection candidate by the intensity of this moment."""
    p = s.plot_p[j]
    rate, ceiling = intensity(s, w, p), w.detection_ceiling[p]
    if rate > ceiling:
        s.error = clock.FIND
        s.place_error = p
        s.value = rate
        return False
    u = clock.draw(s, s.plot_identity[j], s.plot_place[j], streams.S_FIND, s.plot_finds[j])[1]
    return threat.thinned(rate, ceiling, u)


@inner_subroutine
def find(s: Any, w: Any, trace: Any, j: int) -> None:
    """A detection candidate: a hidden plot is found with the intensity of the moment; known ones stay known."""
    real = s.plot_hidden[j] != 0 and really_found(s, w, j)
    s.plot_finds[j] += 1
    next_find(s, w, j)
    go_on(s, w, j)
    if real:
        p = s.plot_p[j]
        s.plot_hidden[j] = 0
        s.province[p, names.PROV_FOUND] += 1.0
        clock.note(s, trace, KIND_FOUND, p, s.plot_c[j], s.plot_s[j], s.plot_identity[j], 0.0)
        operations.take_up(s, w, trace, j)


# ---------------------------------------------------------------------------------------------- at the start


@inner_subroutine
def at_start(s: Any, w: Any, p: int) -> None:
    """Plots in preparation at tick 0: none, a given number, or the steady state of births, lapses and detection."""
    if w.threat_initial == modes.EMPTY or w.threat_attempts != modes.PLOTS:
        return
    number = w.threat_given[p]
    if w.threat_initial == modes.STEADY:
        u = clock.draw_birth(s, w, ZERO, s.place[p], streams.S_START, ZERO)[0]
        cluster = 3.0 - w.threat_cluster[0] - w.threat_cluster[1]
        mean = threat.mean_days(w.threat_preparation, w.threat_preparation_scale, w.threat_preparation_shape)
        number = samplers.poisson(threat.start_mean(s.rate[p] * s.threat[p], cluster, mean), u)
    for index in range(number):
        start_plot(s, w, p, streams.candidate_identity(AT_START, signed(index), ZERO))


@inner_subroutine
def start_plot(s: Any, w: Any, p: int, identity: int) -> None:
    """One plot met at a random moment of its preparation; dropped if it would have lapsed or been found before."""
    place = s.place[p]
    u = clock.draw_birth(s, w, identity, place, streams.S_START, ZERO)
    law, scale, shape = w.threat_preparation, w.threat_preparation_scale, w.threat_preparation_shape
    if w.threat_initial == modes.STEADY:
        whole = threat.start_span_days(law, scale, shape, u[0])
        tick = -samplers.ticks(whole * u[1], s.per_day)
    else:
        whole = samplers.duration(law, scale, shape, u[0])
        tick = ZERO
    number, stays = choose_cell(s, w, p, identity, place)
    if not stays:
        return
    j = settle(s, w, number, identity, place, PREPARATION, tick)
    s.plot_mature[j] = tick + samplers.ticks(whole, s.per_day)
    s.plot_lapse[j] = tick + samplers.ticks(threat.lapse_days(w.threat_lapse, u[3]), s.per_day)
    next_find(s, w, j)
    while s.plot_next[j] <= 0:
        if really_found(s, w, j) or s.error != clock.RUNNING:
            clock.give(s, PLOT, j)
            return
        s.plot_finds[j] += 1
        next_find(s, w, j)
    if s.plot_mature[j] <= 0 or s.plot_lapse[j] <= 0:
        clock.give(s, PLOT, j)
        return
    s.open[s.plot_p[j], s.plot_c[j], s.plot_s[j]] += 1
    go_on(s, w, j)
