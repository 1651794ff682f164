"""Plots: candidates, births, preparation, and being found (4.2, 4.3, 4.4)."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.engines.compiled import attacks, clock, movements, network, operations, strips
from simcpec.engines.compiled.record import POOL_PLOT, SETTINGS
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import cells, detection, threat
from simcpec.model.rules import movement as road
from simcpec.model.rules import strips as strip_rules
from simcpec.numerics import samplers, streams
from simcpec.numerics.jit import constant, inner_kernel, inner_subroutine, signed

NONE, ZERO = constant(-1), constant(0)
PLOT, RANK_PLOT = constant(POOL_PLOT), constant(events.RANK_PLOT)
PREPARATION, FOLLOW_ON = constant(0), constant(1)  # laws of preparation
KIND_CANDIDATE, KIND_BORN = constant(events.KIND_CANDIDATE), constant(events.KIND_BORN)
KIND_DETERRED, KIND_FOUND = constant(events.KIND_DETERRED), constant(events.KIND_FOUND)
KIND_LAPSED = constant(events.KIND_LAPSED)
AT_START = constant(2**19 - 1)


@inner_subroutine
def on_candidate(s: Any, w: Any, trace: Any, table: Any, slot: int, o: int) -> None:
    """One candidate: real below the stock of militants; a birth brings a cluster that shares its preparation time."""
    source = strips.row(s, slot)
    strip = strips.first_due(s, source)
    p, place = w.origins_province[o], s.origin_place[o]
    identity = streams.candidate_identity(s.stage, streams.strip_index(strip, s.strip_index[source, strip]), ZERO)
    u = clock.draw_birth(s, w, identity, place, streams.S_CANDIDATE, ZERO)
    s.strip_index[source, strip] += 1
    strips.next_birth(s, w, o, strip)
    strips.arm(s, w, slot)
    stock = threat.relative_stock(s.stock[o], w.network_militants[o])
    if strip == 0 or strip_rules.lower_edge(strip) < stock:
        s.province[p, names.PROV_CANDIDATES] += 1.0
        clock.note(s, trace, KIND_CANDIDATE, p, NONE, NONE, identity, 0.0)
    if strip_rules.level(strip, u[1]) >= stock:
        return
    prepare = clock.draw(s, identity, place, streams.S_PLOT, ZERO)[0]
    for member in range(threat.cluster_size(w.threat_cluster[0], w.threat_cluster[1], u[2])):
        chosen = born(s, w, trace, p, identity + member, place)
        if chosen < 0:
            continue
        mode = attacks.mode_of(s, w, p, identity + member, place, False)
        if w.threat_attempts == modes.PLOTS:
            begin(s, w, p, chosen, identity + member, place, mode, PREPARATION, prepare)
        else:
            at_once(s, w, trace, table, chosen, identity + member, place, mode)


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
def begin(
    s: Any, w: Any, home: int, cell: int, identity: int, place: int, mode: int, law: int, u_prepare: float
) -> None:
    """A plot that was just born in `home` begins its preparation."""
    j = settle(s, w, home, cell, identity, place, mode, law, s.now)
    u = clock.draw(s, identity, place, streams.S_PLOT, ZERO)
    s.plot_mature[j] = s.now + preparation(s, w, j, u_prepare)
    s.plot_lapse[j] = s.now + samplers.ticks(threat.lapse_days(w.threat_lapse, u[1]), s.per_day)
    reach_find(s, w, j)
    operations.go_on(s, w, j)


@inner_kernel
def settle(s: Any, w: Any, home: int, cell: int, identity: int, place: int, mode: int, law: int, tick: int) -> int:
    """Give a plot the lowest free slot."""
    p, c, k = cell_of(w, cell)
    j = clock.acquire(s, PLOT, ZERO)
    s.plot_identity[j], s.plot_place[j], s.plot_p[j], s.plot_c[j], s.plot_s[j] = identity, place, p, c, k
    s.plot_born[j], s.plot_law[j], s.plot_strips[j], s.plot_hidden[j] = tick, law, 0, 1
    s.plot_mode[j] = mode
    s.plot_scale[j] = w.threat_follow_law_scale if law == FOLLOW_ON else attacks.planned_scale(w, home, mode)
    s.plot_leads[j], s.plot_next[j], s.plot_held[j] = 0, samplers.NEVER, NONE
    s.serials += 1
    s.plot_serial[j] = s.serials
    return j


@inner_kernel
def preparation(s: Any, w: Any, j: int, u: float) -> int:
    """Length of the preparation of a plot, on the clock."""
    if s.plot_law[j] == FOLLOW_ON:
        return clock.span(s, w.threat_follow_law, s.plot_scale[j], w.threat_follow_law_shape, u)
    return clock.span(s, w.threat_preparation, s.plot_scale[j], w.threat_preparation_shape, u)


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
        lapsed(s, trace, s.plot_identity[j], s.plot_place[j], p, c, k)


@inner_kernel
def lapsed(s: Any, trace: Any, identity: int, place: int, p: int, c: int, k: int) -> None:
    """The plot has given up by itself."""
    s.cell[p, c, k, names.CELL_LAPSED] += 1.0
    clock.note(s, trace, KIND_LAPSED, p, c, k, identity, float(place))


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
    c, k, mode = s.plot_c[j], s.plot_s[j], s.plot_mode[j]
    operations.end_plot(s, j)
    execute_attack(s, w, trace, table, identity, place, mode, p, c, k)


@inner_kernel
def at_once(s: Any, w: Any, trace: Any, table: Any, cell: int, identity: int, place: int, mode: int) -> None:
    """An attempt without preparation."""
    p, c, k = cell_of(w, cell)
    s.open[p, c, k] -= 1
    execute_attack(s, w, trace, table, identity, place, mode, p, c, k)


@inner_subroutine
def execute_attack(
    s: Any, w: Any, trace: Any, table: Any, identity: int, place: int, mode: int, p: int, c: int, k: int
) -> None:
    """An attack, and the follow-ons that are born of it at the same moment; on an empty road the plot lapses."""
    if k == modes.MOVEMENT and movements.is_watched(w) and not movements.meets_party(s, w, identity, place, p, c):
        lapsed(s, trace, identity, place, p, c, k)
        return
    group = streams.group_of(place)
    s.province[p, names.PROV_ATTACKS_GROUP + group] += 1.0
    stopped = attacks.attack(s, w, trace, table, identity, place, mode, p, c, k)
    if stopped and w.threat_follow_by == modes.BY_BREACH:
        return
    u = clock.draw(s, identity, place, streams.S_FOLLOW, ZERO)[0]
    for n in range(threat.follow_ons(w.threat_follow_ons[p] * w.threat_follow_factor[group], u)):
        child = streams.mix(identity, place, signed(n))
        home = attacks.choose_child_province(s, w, p, child)
        at = streams.origin_word(w.addresses[home], group, signed(1))
        delay = clock.draw(s, child, at, streams.S_PLOT, ZERO)[0]
        chosen = born(s, w, trace, home, child, at)
        if chosen >= 0:
            begin(s, w, home, chosen, child, at, attacks.mode_of(s, w, home, child, at, False), FOLLOW_ON, delay)


# ---------------------------------------------------------------------------------------------- where it turns


@inner_subroutine
def choose_cell(s: Any, w: Any, home: int, identity: int, place: int) -> tuple[int, bool]:
    """The cell with the highest score, and whether it beats giving up; without any cell the plot gives up at home."""
    best, found, group = -np.inf, home * w.cohorts * SETTINGS, streams.group_of(place)
    first, last = (home, home + 1) if w.cells_displacement == modes.STAY else (ZERO, w.provinces)
    for p in range(first, last):
        for c in range(w.cohorts):
            for k in range(SETTINGS):
                utility = w.cells_utility[p, c, k]
                if k == modes.MOVEMENT and movements.is_watched(w):
                    utility = road.road_utility(utility, movements.traffic(s, w, p, c))
                if utility == -np.inf:
                    continue
                seen = attacks.perceived(s, w, p, c, k) if w.cells_weight > 0.0 else 0.0
                number = (w.addresses[p] << 16) | (c << 8) | k
                u = clock.draw(s, identity, place, streams.S_CELL, number)[0]
                utility += w.cells_preference[group, k]
                score = cells.cell_score(utility, w.cells_weight, seen, w.cells_leaving[group, home, p], u)
                if score > best:
                    best, found = score, (p * w.cohorts + c) * SETTINGS + k
    outside = w.cells_outside[group, home]
    if outside == -np.inf:
        return found, best > -np.inf
    u = clock.draw(s, identity, place, streams.S_CELL, ZERO)[0]
    return found, best > cells.outside_score(outside, u)


# ---------------------------------------------------------------------------------------------- being found


@inner_kernel
def can_be_found(w: Any, p: int) -> bool:
    """Whether plots of a province have detection candidates."""
    return detection.draws_candidates(w.detection_mode) and w.detection_unit[p] > 0.0


@inner_kernel
def find_number(s: Any, j: int, strip: int) -> int:
    """Number of the block of a plot's next detection candidate in a strip."""
    return (strip << 32) | s.plot_finds[j, strip]


@inner_subroutine
def next_find(s: Any, w: Any, j: int, strip: int) -> None:
    """Move a strip of a plot on to its next detection candidate."""
    if s.plot_law[j] == FOLLOW_ON:
        law, shape = w.threat_follow_law, w.threat_follow_law_shape
    else:
        law, shape = w.threat_preparation, w.threat_preparation_shape
    scale = s.plot_scale[j]
    proportional = w.detection_proportional != 0
    u = clock.draw(s, s.plot_identity[j], s.plot_place[j], streams.S_FIND, find_number(s, j, strip))[0]
    mean = threat.mean_days(law, scale, shape) if proportional else 1.0
    rate = w.detection_unit[s.plot_p[j]] * strip_rules.width(strip)
    s.plot_clock[j, strip] += detection.find_step(rate, mean, proportional, u)
    age = detection.find_age_days(s.plot_clock[j, strip], law, scale, shape, proportional)
    s.plot_due[j, strip] = s.plot_born[j] + samplers.ticks(age, s.per_day)


@inner_kernel
def find_strip(s: Any, j: int) -> int:
    """The open strip whose detection candidate comes first; of several at one tick the lowest."""
    strip = signed(0)
    for k in range(1, s.plot_strips[j]):
        if s.plot_due[j, k] < s.plot_due[j, strip]:
            strip = signed(k)
    return strip


@inner_kernel
def is_over(s: Any, j: int, tick: int) -> bool:
    """Whether the plot's own clock has passed a tick; it stands still while the plot is held."""
    if s.plot_held[j] != NONE:
        return tick < s.plot_held[j]
    return strips.is_past(s, clock.fixed(s, RANK_PLOT, j), tick)


@inner_subroutine
def open_find(s: Any, w: Any, j: int, past: bool) -> None:
    """Open one more strip of a plot; past: from its birth on, else from now on."""
    strip = s.plot_strips[j]
    s.plot_clock[j, strip], s.plot_finds[j, strip] = 0.0, 0
    next_find(s, w, j, strip)
    while not past and is_over(s, j, s.plot_due[j, strip]):
        s.plot_finds[j, strip] += 1
        next_find(s, w, j, strip)
    s.plot_strips[j] += 1


@inner_subroutine
def reach_find(s: Any, w: Any, j: int) -> bool:
    """Open the strips that the intensity at which a plot is found can reach; returns whether there were any."""
    if not can_be_found(w, s.plot_p[j]):
        return False
    p, before = s.plot_p[j], s.plot_strips[j]
    most = most_intensity(s, w, p) / w.detection_unit[p]
    while strips.is_short(s, s.plot_strips[j], most, p):
        open_find(s, w, j, False)
    s.plot_next[j] = s.plot_due[j, find_strip(s, j)]
    return s.plot_strips[j] > before


@inner_subroutine
def reach_finds(s: Any, w: Any, p: int) -> None:
    """Open the strips that the intensity at which the plots of a province are found can reach."""
    for n in range(s.plot_serial.size):
        j = signed(n)
        if s.plot_serial[j] != NONE and s.plot_p[j] == p and reach_find(s, w, j) and s.plot_held[j] == NONE:
            operations.go_on(s, w, j)


@inner_kernel
def most_intensity(s: Any, w: Any, p: int) -> float:
    """Rate per day at which a plot can be found until teams, intelligence or the epoch change, whatever the trust."""
    if w.detection_mode == modes.SEARCH:
        return detection.search_intensity(w.detection_search[p], s.teams[p])
    return detection.lead_intensity(w.detection_hazard[p], s.factor[p], w.detection_tips[p], 1.0)


@inner_kernel
def intensity(s: Any, w: Any, p: int) -> float:
    """Rate per day at which a hidden plot in this province is found now."""
    if w.detection_mode == modes.SEARCH:
        return detection.search_intensity(w.detection_search[p], operations.free_teams(s, p))
    trust = network.tips_trust(s, w, p)
    return detection.lead_intensity(w.detection_hazard[p], s.factor[p], w.detection_tips[p], trust)


@inner_subroutine
def really_found(s: Any, w: Any, j: int, strip: int) -> bool:
    """Whether the plot's detection candidate in a strip lies below the intensity of this moment."""
    p = s.plot_p[j]
    u = clock.draw(s, s.plot_identity[j], s.plot_place[j], streams.S_FIND, find_number(s, j, strip))[1]
    return w.detection_unit[p] * strip_rules.level(strip, u) < intensity(s, w, p)


@inner_subroutine
def find(s: Any, w: Any, trace: Any, j: int) -> None:
    """A detection candidate: a hidden plot is found with the intensity of the moment; known ones stay known."""
    strip = find_strip(s, j)
    real = s.plot_hidden[j] != 0 and really_found(s, w, j, strip)
    s.plot_finds[j, strip] += 1
    next_find(s, w, j, strip)
    s.plot_next[j] = s.plot_due[j, find_strip(s, j)]
    operations.go_on(s, w, j)
    if real:
        p = s.plot_p[j]
        operations.hold(s, w, j)
        s.province[p, names.PROV_FOUND] += 1.0
        clock.note(s, trace, KIND_FOUND, p, s.plot_c[j], s.plot_s[j], s.plot_identity[j], 0.0)
        operations.take_up(s, w, trace, j)


# ---------------------------------------------------------------------------------------------- at the start


@inner_subroutine
def at_start(s: Any, w: Any, o: int) -> None:
    """Plots in preparation at tick 0: none, a given number, or the steady state of births, lapses and detection."""
    if w.threat_initial == modes.EMPTY or w.threat_attempts != modes.PLOTS:
        return
    number = w.threat_given[o]
    if w.threat_initial == modes.STEADY:
        u = clock.draw_birth(s, w, ZERO, s.origin_place[o], streams.S_START, ZERO)[0]
        cluster = 3.0 - w.threat_cluster[0] - w.threat_cluster[1]
        mean = threat.mean_days(w.threat_preparation, w.threat_preparation_scale, w.threat_preparation_shape)
        mean *= attacks.mean_planning(w, o)
        number = samplers.poisson(threat.start_mean(s.rate[o] * s.threat[o], cluster, mean), u)
    for index in range(number):
        start_plot(s, w, o, streams.candidate_identity(AT_START, signed(index), ZERO))


@inner_subroutine
def start_plot(s: Any, w: Any, o: int, identity: int) -> None:
    """One plot met at a random moment of its preparation; dropped if it would have lapsed or been found before."""
    place, home = s.origin_place[o], w.origins_province[o]
    u = clock.draw_birth(s, w, identity, place, streams.S_START, ZERO)
    mode = attacks.mode_of(s, w, home, identity, place, w.threat_initial == modes.STEADY)
    law, shape = w.threat_preparation, w.threat_preparation_shape
    scale = attacks.planned_scale(w, home, mode)
    if w.threat_initial == modes.STEADY:
        whole = threat.start_span_days(law, scale, shape, u[0])
        tick = -samplers.ticks(whole * u[1], s.per_day)
    else:
        whole = samplers.duration(law, scale, shape, u[0])
        tick = ZERO
    number, stays = choose_cell(s, w, home, identity, place)
    if not stays:
        return
    j = settle(s, w, home, number, identity, place, mode, PREPARATION, tick)
    s.plot_mature[j] = tick + samplers.ticks(whole, s.per_day)
    s.plot_lapse[j] = tick + samplers.ticks(threat.lapse_days(w.threat_lapse, u[3]), s.per_day)
    if found_before(s, w, j) or s.plot_mature[j] <= 0 or s.plot_lapse[j] <= 0:
        s.plot_serial[j] = NONE
        clock.give(s, PLOT, j)
        return
    s.open[s.plot_p[j], s.plot_c[j], s.plot_s[j]] += 1
    operations.go_on(s, w, j)


@inner_subroutine
def found_before(s: Any, w: Any, j: int) -> bool:
    """Whether a plot that is older than the replication was found before its start, at the intensity of the start."""
    if not can_be_found(w, s.plot_p[j]):
        return False
    p = s.plot_p[j]
    most = most_intensity(s, w, p) / w.detection_unit[p]
    while strips.is_short(s, s.plot_strips[j], most, p):
        strip = s.plot_strips[j]
        open_find(s, w, j, True)
        while s.plot_due[j, strip] <= 0:
            if really_found(s, w, j, strip):
                return True
            s.plot_finds[j, strip] += 1
            next_find(s, w, j, strip)
    s.plot_next[j] = s.plot_due[j, find_strip(s, j)]
    return False
