"""Both engines against known answers on operations, the network, movements and capacity."""

from __future__ import annotations

from math import comb, factorial
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from simcpec.model import modes
from simcpec.model.world import World
from simcpec.numerics.samplers import LAW_DETERMINISTIC, LAW_EXPONENTIAL, LAW_GAMMA, LAW_LOGNORMAL, scale_for_mean
from simcpec.verification.worlds.neutral_world import DAY, bare_world
from tests.support.statistics import CODES, agrees, cell, cohort, differs, prov, samples

pytestmark = pytest.mark.slow
WARM = 60


def warmed(days: float, **changes: Any) -> World:
    """Eight provinces whose second reporting period begins after a warm-up of `WARM` days and lasts `days`."""
    ends = [WARM * DAY, round((WARM + days) * DAY)]
    return bare_world(codes=CODES, days=WARM + days, periods=2, calendar__period_end_tick=ends, **changes)


def exponential(mean: float) -> tuple[int, float, float]:
    return (LAW_EXPONENTIAL, mean, 1.0)


# ---------------------------------------------------------------------------------------------- closed forms


def erlang_c(servers: int, load: float) -> float:
    """Probability of waiting in an M/M/c queue."""
    last = load**servers / factorial(servers) / (1.0 - load / servers)
    return last / (sum(load**k / factorial(k) for k in range(servers)) + last)


def erlang_b(servers: int, load: float) -> float:
    """Share of calls lost by an M/G/c/c queue."""
    return load**servers / factorial(servers) / sum(load**k / factorial(k) for k in range(servers + 1))


def erlang_a(servers: int, arrivals: float, service: float, patience: float) -> tuple[float, float]:
    """Mean number waiting, and share of leads that go stale, of an M/M/c+M queue (rates a day)."""
    weights, here = [1.0], np.arange(400)
    for n in here[1:]:
        out = service * min(n, servers) + patience * max(0, n - servers)
        weights.append(weights[-1] * arrivals / out)
    waiting = float(np.dot(np.maximum(0, here - servers), weights) / sum(weights))
    return waiting, waiting * patience / arrivals


def stationary(generator: np.ndarray) -> np.ndarray:
    """The stationary law of a finite chain."""
    system = np.vstack([generator.T, np.ones(len(generator))])
    return np.asarray(np.linalg.lstsq(system, np.append(np.zeros(len(generator)), 1.0), rcond=None)[0])


# ---------------------------------------------------------------------------------------------- routine leads


def test_routine_leads_wait_as_in_an_m_m_c_queue() -> None:
    arrivals, work, teams, days = 4.0, 0.45, 3, 800
    world = warmed(days, operations__routine=arrivals, operations__work=exponential(work), operations__teams=teams)
    found = samples(world, 13, lambda o: np.stack([prov("queue_days", o, 1), prov("busy_team_days", o, 1)]))
    load = arrivals * work
    queue = erlang_c(teams, load) * load / (teams - load)
    agrees(found[:, 0] / days, queue, within=0.04)
    agrees(found[:, 1] / days, load, within=0.01)
    differs(found[:, 0] / days, queue / 2.0)  # about that of a fixed work time
    differs(found[:, 0] / days, load**2 / (1 - load / teams) / teams**2)  # one fast team instead of three


def test_impatient_leads_go_stale_as_in_an_erlang_a_queue() -> None:
    arrivals, work, teams, patience, days = 3.0, 1.0, 2, 1.5, 500
    world = warmed(
        days, operations__routine=arrivals, operations__work=exponential(work), operations__teams=teams,
        operations__patience=exponential(patience),
    )  # fmt: skip
    found = samples(world, 8, lambda o: np.stack([prov("queue_days", o, 1), prov("stale", o, 1)]))
    waiting, share = erlang_a(teams, arrivals, 1 / work, 1 / patience)
    agrees(found[:, 0] / days, waiting, within=0.03)
    agrees(found[:, 1] / days, share * arrivals, within=0.03)
    differs(found[:, 1] / days, erlang_b(teams, arrivals * work) * arrivals)
    differs(found[:, 1] / days, arrivals - teams / work)  # what a fluid would lose


def test_operations_bring_negative_binomial_marks() -> None:
    rate, days, mean, size = 2.0, 50, 0.6, 0.7
    world = bare_world(
        codes=CODES, days=days, operations__routine=rate, operations__teams=40, operations__arrests=mean,
        operations__deaths=0.2, operations__own_losses=0.1, operations__goes_wrong=0.05, operations__dispersion=size,
        operations__work=(LAW_DETERMINISTIC, 1e-6, 1.0),
    )  # fmt: skip
    which = ("arrests", "militant_deaths", "own_losses", "wrong_operations")
    found = samples(world, 125, lambda o: np.stack([prov(name, o) for name in which]))
    for column, each in enumerate((mean, 0.2, 0.1, 0.05)):
        agrees(found[:, column], rate * days * each, within=0.04)
    agrees((found[:, 0] - 60.0) ** 2, rate * days * (mean + mean**2 / size + mean**2), within=0.1)
    differs((found[:, 0] - 60.0) ** 2, rate * days * (mean + mean**2))


# ---------------------------------------------------------------------------------------------- the terror queue

BIRTHS, PREPARATION, SEARCH, WORK, SUCCESS, FALSE = 0.4, 20.0, 0.03, 6.0, 0.8, 0.02


def terror_queue(teams: int, *, busy_search_too: bool = False) -> dict[str, float]:
    """Kaplan's (2010) queue as a chain over (hidden plots, plots in work, work on what is no plot any more).

    Means a day in the steady state: attacks, foiled, busy teams.
    """
    states = [(x, y, v) for x in range(45) for y in range(teams + 1) for v in range(teams + 1 - y)]
    number, generator = {state: i for i, state in enumerate(states)}, np.zeros((len(states),) * 2)
    for x, y, v in states:
        free = teams - y - v
        finders = teams if busy_search_too and free > 0 else free
        moves = [
            ((x + 1, y, v), BIRTHS),
            ((x - 1, y, v), x / PREPARATION),
            ((x - 1, y + 1, v), SEARCH * x * finders),
            ((x, y, v + 1), FALSE * free),
            ((x, y - 1, v + 1), y / PREPARATION),
            ((x, y - 1, v), SUCCESS * y / WORK),
            ((x + 1, y - 1, v), (1 - SUCCESS) * y / WORK),
            ((x, y, v - 1), v / WORK),
        ]
        for target, rate in moves:
            if rate > 0.0 and target in number:
                generator[number[x, y, v], number[target]] += rate
    generator -= np.diag(generator.sum(axis=1))
    hidden, worked, idle = (stationary(generator) @ np.array(states)).tolist()
    return {
        "attacks": (hidden + worked) / PREPARATION, "foiled": SUCCESS * worked / WORK, "busy": worked + idle,
        "hidden": hidden,
    }  # fmt: skip


@pytest.mark.parametrize("teams", [1, 2])
def test_searching_teams_make_kaplans_terror_queue(teams: int) -> None:
    days = 500
    world = warmed(
        days, threat__rate=BIRTHS, threat__preparation=exponential(PREPARATION), threat__initial=modes.STEADY,
        detection__mode=modes.SEARCH, detection__search=SEARCH, detection__unit=SEARCH,
        operations__teams=teams, operations__work=exponential(WORK), operations__success=SUCCESS,
        operations__false_leads=FALSE,
    )  # fmt: skip
    found = samples(
        world, 20, lambda o: np.stack([cell("attacks", o, 1), cell("foiled", o, 1), prov("busy_team_days", o, 1)])
    )
    truth, wrong = terror_queue(teams), terror_queue(teams, busy_search_too=True)
    for column, name in enumerate(("attacks", "foiled", "busy")):
        agrees(found[:, column] / days, truth[name], within=0.04)
    if teams > 1:  # with one team a busy one has no plot to search for
        differs(found[:, 2] / days, wrong["busy"])
    differs(found[:, 0] / days, BIRTHS / (1 + PREPARATION * SEARCH * teams))  # as if teams were always free


# ---------------------------------------------------------------------------------------------- the network


def test_recruits_and_exits_make_a_linear_birth_death_process() -> None:
    start, inflow, birth, death, days = 50, 0.1, 0.004, 0.007, 200.0
    world = bare_world(
        codes=CODES, days=days, network__model=modes.LINEAR, network__militants=start, network__inflow=inflow,
        network__recruits=birth, network__exits=death, network__unit=0.35,
    )  # fmt: skip
    which = ("recruits", "exits", "militant_days")
    found = samples(world, 38, lambda o: np.stack([prov(name, o) for name in which]))

    def moments(_: float, y: np.ndarray) -> list[float]:
        mean, variance, _ = y
        return [
            inflow + (birth - death) * mean, 2 * (birth - death) * variance + (birth + death) * mean + inflow, mean,
        ]  # fmt: skip

    mean, variance, area = integrate.solve_ivp(moments, (0, days), [start, 0.0, 0.0], rtol=1e-10).y[:, -1]
    last = start + found[:, 0] - found[:, 1]
    agrees(last, mean, within=0.04)
    agrees((last - mean) ** 2, variance, within=0.2)
    agrees(found[:, 2], area, within=0.02)
    differs(found[:, 2], start * days)
    differs((last - mean) ** 2, inflow * days)


def test_deaths_provoke_recruits_after_an_exponential_delay() -> None:
    rate, mean, kappa, delay, days = 2.0, 0.5, 0.8, 30.0, 60.0
    world = bare_world(
        codes=CODES, days=days, network__model=modes.LINEAR, network__militants=500, network__unit=1.0,
        network__per_death=kappa, network__backlash_delay=delay, operations__routine=rate, operations__teams=40,
        operations__deaths=mean, operations__work=(LAW_DETERMINISTIC, 1e-6, 1.0),
    )  # fmt: skip
    found = samples(world, 38, lambda o: np.stack([prov("backlash_recruits", o), prov("recruits", o)]))
    agrees(found[:, 0], kappa * rate * mean * (days - delay * (1 - np.exp(-days / delay))), within=0.04)
    assert (found[:, 0] == found[:, 1]).all()
    differs(found[:, 0], kappa * rate * mean * days)


# ---------------------------------------------------------------------------------------------- movements


def escorted(days: float, rule: int, **changes: Any) -> World:
    """Movements of one cohort under a rule; trips are log-normal with mean 1.5 days unless said otherwise."""
    trip = (LAW_LOGNORMAL, scale_for_mean(LAW_LOGNORMAL, 1.5, 0.9), 0.9)
    return warmed(days, **{"movements__rule": rule, "movements__trip": trip, **changes})


@pytest.mark.parametrize("rule", [modes.LOSS, modes.ALONE])
def test_movements_that_do_not_wait_miss_their_escort_as_in_erlangs_loss_formula(rule: int) -> None:
    rate, teams, days = 2.0, 3, 400
    at_once = (LAW_DETERMINISTIC, 0.0, 1.0)
    world = escorted(days, rule, movements__rate=rate, movements__teams=teams, movements__patience=at_once)
    which = "cancelled" if rule == modes.LOSS else "alone"
    found = samples(world, 8, lambda o: np.stack([cohort(which, o, 1), prov("busy_escort_days", o, 1)]))
    lost = erlang_b(teams, rate * 1.5)
    agrees(found[:, 0], rate * days * lost, within=0.03)
    agrees(found[:, 1], rate * days * 1.5 * (1 - lost), within=0.01)
    differs(found[:, 0], rate * days * erlang_c(teams, rate * 1.4))


def test_a_finite_source_loses_movements_as_in_engsets_formula() -> None:
    rate, groups, teams, days = 0.4, 5, 2, 400
    world = escorted(
        days, modes.LOSS, movements__source=modes.FINITE, movements__rate=rate, movements__groups=groups,
        movements__teams=teams,
    )  # fmt: skip
    found = samples(world, 10, lambda o: np.stack([cohort("movements", o, 1), cohort("cancelled", o, 1)]))

    def lost(sources: int) -> float:
        weights = [comb(sources, k) * (rate * 1.5) ** k for k in range(teams + 1)]
        return weights[-1] / sum(weights)

    cancelled = found[:, 1].mean()
    agrees(found[:, 1] - lost(groups - 1) * found[:, 0], 0.0, within=0.02, scale=cancelled)
    differs(found[:, 1] - lost(groups) * found[:, 0], 0.0)  # time congestion is not call congestion
    differs(found[:, 0], rate * groups * days)


def test_movements_that_wait_for_ever_wait_as_in_an_m_m_c_queue() -> None:
    rate, teams, days = 1.2, 3, 1000
    world = escorted(days, modes.WAIT, movements__rate=rate, movements__teams=teams, movements__trip=exponential(1.5))
    found = samples(world, 13, lambda o: cohort("wait_days", o, 1))
    load = rate * 1.5
    queue = erlang_c(teams, load) * load / (teams - load)
    agrees(found / days, queue, within=0.06)
    differs(found / days, queue * 0.8)


def test_movements_that_quit_are_cancelled_as_in_an_erlang_a_queue() -> None:
    rate, teams, patience, days = 2.0, 2, 1.0, 500
    world = escorted(
        days, modes.QUIT, movements__rate=rate, movements__teams=teams, movements__trip=exponential(1.0),
        movements__patience=exponential(patience),
    )  # fmt: skip
    found = samples(world, 8, lambda o: np.stack([cohort("cancelled", o, 1), cohort("wait_days", o, 1)]))
    waiting, share = erlang_a(teams, rate, 1.0, 1 / patience)
    agrees(found[:, 0], rate * days * share, within=0.03)
    agrees(found[:, 1], waiting * days, within=0.03)
    differs(found[:, 0], rate * days * erlang_b(teams, rate))


def test_a_share_flies_and_the_rest_takes_the_road() -> None:
    world = escorted(200, modes.WAIT, movements__rate=2.0, movements__teams=9, movements__by_air=0.3)
    found = samples(world, 10, lambda o: np.stack([cohort("by_air", o, 1), cohort("escorted", o, 1)]))
    agrees(found[:, 0], 120.0, within=0.03)
    agrees(found[:, 1], 280.0, within=0.02)
    differs(found[:, 1], 400.0)


# ---------------------------------------------------------------------------------------------- capacity


def test_bought_guards_arrive_after_their_lag() -> None:
    units, days, lag = 20, 60.0, stats.gamma(2.0, scale=12.0)
    target = np.zeros((1, len(CODES), len(modes.INSTRUMENTS)))
    target[..., modes.GUARDS] = units
    world = bare_world(
        codes=CODES, days=days, capacity__target=target, capacity__tranches=5, capacity__hiring=(LAW_GAMMA, 12.0, 2.0)
    )
    found = samples(world, 188, lambda o: prov("guard_days", o))
    agrees(found, units * integrate.quad(lag.cdf, 0, days)[0], within=0.03)
    differs(found, units * (days - 24.0 * (1 - np.exp(-days / 24.0))))  # a single exponential stage
