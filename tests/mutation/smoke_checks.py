"""Smoke checks: small comparisons with theory, of a second or two each, that every mutant has to be caught by.

Each builds a neutral world with one mechanism on, replicates it and compares with a closed form. The reference engine
is the one whose functions can be replaced at run time, so it plays where a mutant is in place; the right program is
played by the compiled engine, which other tests hold equal to it to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from math import ceil, exp
from typing import Any

import numpy as np

from simcpec.engines import reference
from simcpec.engines.compiled.simulate import Player
from simcpec.engines.reference import view
from simcpec.errors import EngineError
from simcpec.model import modes
from simcpec.model import outcome as names
from simcpec.model.outcome import Outcome
from simcpec.model.world import Floats, World
from simcpec.numerics.samplers import LAW_DETERMINISTIC, LAW_EXPONENTIAL
from simcpec.verification.theory.checks.attacks.thinning import shares
from simcpec.verification.theory.checks.consequences import appraisal
from simcpec.verification.theory.checks.statistics import common_random_numbers
from simcpec.verification.theory.closed_forms import losses
from simcpec.verification.theory.closed_forms.queues import erlang_a, erlang_b
from simcpec.verification.theory.closed_forms.terror_queue import TerrorQueue, steady_means
from simcpec.verification.theory.finding import (
    Claim,
    Finding,
    exact_finding,
    mean_finding,
    share_finding,
    variance_finding,
)
from simcpec.verification.worlds.neutral_world import DAY, bare_world
from tests.support.failing import unbounded

SEED = 20250101
CODES = tuple("ABCDEFGH")  # provinces that do not meet: eight independent values a replication
Check = Callable[[], Iterator[Finding]]
STOPS, COMMON = (0.2, 0.5, 0.3), 0.15


def about(name: str, unit: str = "1", formula: str = "") -> Claim:
    """Return the claim of a smoke check; its formula stands in the code beside it."""
    return Claim(family="smoke", name=name, formula=formula, unit=unit, scenario="")


#: share of the replications that are played with a mutant in place; None while the right program plays
_share_with_mutant: ContextVar[float | None] = ContextVar("share_with_mutant", default=None)


@contextmanager
def with_mutant(share: float) -> Iterator[None]:
    """Within this context a mutant is in place, and a share of the replications (0 < share <= 1) is played."""
    before = _share_with_mutant.set(share)
    try:
        yield
    finally:
        _share_with_mutant.reset(before)


def samples(world: World, replications: int, pick: Callable[[Outcome], Floats]) -> Floats:
    """Return `pick` of every replication, stacked."""
    share = _share_with_mutant.get()
    if share is None:
        outcomes = Player(world).play(seed=SEED, draw=0, first=0, number=replications)
    else:
        numbers = range(ceil(share * replications))
        outcomes = [reference.simulate(world, seed=SEED, draw=0, replication=r) for r in numbers]
    return np.array([pick(outcome) for outcome in outcomes])


def cell(name: str, outcome: Outcome) -> Floats:
    """(P,) a counter of cells in the last period."""
    return np.asarray(outcome.cell[-1, ..., names.CELL_COUNTS.index(name)].sum(axis=(1, 2)))


def province(name: str, outcome: Outcome) -> Floats:
    """(P,) a counter of provinces in the last period."""
    return np.asarray(outcome.province[-1, :, names.PROVINCE_COUNTS.index(name)])


def cohort(name: str, outcome: Outcome) -> Floats:
    """(P,) a counter of cohorts in the last period."""
    return np.asarray(outcome.cohort[-1, :, :, names.COHORT_COUNTS.index(name)].sum(axis=1))


def picks(of: Callable[[str, Outcome], Floats], *wanted: str) -> Callable[[Outcome], Floats]:
    """Several counters at once, (n, P)."""
    return lambda outcome: np.stack([of(name, outcome) for name in wanted])


def attempts(rate: float, days: float, **changes: Any) -> World:
    """Attacks at once, a day and province."""
    return bare_world(codes=CODES, days=days, **{"threat__attempts": modes.POISSON, "threat__rate": rate, **changes})


def warmed(days: float, warm: float, **changes: Any) -> World:
    """A world whose last period begins after a warm-up."""
    ends = [round(warm * DAY), round((warm + days) * DAY)]
    return bare_world(codes=CODES, days=warm + days, periods=2, calendar__period_end_tick=ends, **changes)


def exponential(mean: float) -> tuple[int, float, float]:
    """An exponential law."""
    return (int(LAW_EXPONENTIAL), mean, 1.0)


def fixed(days: float) -> tuple[int, float, float]:
    """A duration that is always the same."""
    return (int(LAW_DETERMINISTIC), days, 1.0)


# ------------------------------------------------------------------------------------------------ births and layers


def layers() -> Iterator[Finding]:
    """Poisson attempts through three layers with a common cause."""
    wanted = ("stopped_route", "stopped_guard", "stopped_hardening", "breaches")
    world = attempts(5.0, 40, protection__constant=[list(STOPS)], protection__common_cause=COMMON)
    found = samples(world, 30, picks(cell, "attacks", *wanted))
    yield mean_finding(found[:, 0], 200.0, about("attacks"))
    for k, share in enumerate(shares(STOPS, COMMON)):
        yield mean_finding(found[:, 1 + k], 200.0 * share, about(wanted[k]), tolerance=0.03)


def attack_modes() -> Iterator[Finding]:
    """Two modes, half of the plots each: guards stop one of them half as often, and avoid half of ten casualties."""
    world = attempts(
        5.0, 40, modes=("a", "b"), mode_addresses=(11, 12), threat__mode_share=[[[0.5, 0.5]] * len(CODES)],
        threat__mode_planning=[[1, 1]] * len(CODES),
        protection__constant=[[0.0, 0.5, 0.0]], protection__mode_weight=[[1, 1, 1], [1, 0.5, 1]],
        harm__severity=modes.EMPIRICAL, harm__table=[[10.0, 1.0]], harm__mode_log_deaths=[0, 0],
        harm__mode_spared=[0, 0], harm__mitigation=[0.0, 0.5, 0.0],
    )  # fmt: skip
    found = samples(world, 30, picks(cell, "breaches", "deaths"))
    yield mean_finding(found[:, 0], 100.0 * (0.5 + 0.75), about("breaches of two modes"), tolerance=0.03)
    truth = 1000.0 * (0.5 * 0.75 + 0.75 * 0.875)
    yield mean_finding(found[:, 1], truth, about("deaths of two modes, mitigated"), tolerance=0.04)


def clusters() -> Iterator[Finding]:
    """One to three plots a birth with probabilities .6, .3, .1."""
    found = samples(attempts(5.0, 40, threat__cluster=[0.6, 0.9, 1.0]), 12, partial(cell, "attacks"))
    yield mean_finding(found, 200.0 * 1.5, about("attacks of clusters"))


def mixture() -> Iterator[Finding]:
    """Negative binomial attempts of size 2."""
    world = attempts(2.0, 10, threat__attempts=modes.NEGBIN, threat__mixture_size=2.0)
    found = samples(world, 200, partial(cell, "attacks"))
    yield variance_finding(found, 20.0 + 200.0, about("variance of mixed attempts"), tolerance=0.15)


def cascade() -> Iterator[Finding]:
    """Follow-ons that lead to follow-ons: the mean intensity solves m = a + n (m * delay)."""
    rate, n, delay, days = 2.0, 0.4, 3.0, 60.0
    world = attempts(rate, days, threat__follow_ons=n, threat__follow_law=exponential(delay))
    found = samples(world, 25, partial(cell, "attacks"))
    slow = (1.0 - n) / delay
    truth = rate * (days / (1.0 - n) - n / (1.0 - n) / slow * (1.0 - exp(-slow * days)))
    yield mean_finding(found, truth, about("attacks with follow-ons"))


def horizon() -> Iterator[Finding]:
    """Plots that need exactly as long as the run: an event at the horizon does not happen."""
    world = bare_world(
        codes=CODES, days=30, threat__initial=modes.GIVEN, threat__given=3, threat__preparation=fixed(30.0)
    )
    found = samples(world, 1, picks(cell, "attacks", "open_plots"))
    yield exact_finding(float(found[0, 0].sum()), 0.0, about("attacks at the horizon"))
    yield exact_finding(float(found[0, 1].sum()), 3.0 * len(CODES), about("plots open at the horizon"))


def start() -> Iterator[Finding]:
    """In the steady state attacks are flat from day 0."""
    world = bare_world(
        codes=CODES, days=10, threat__rate=0.4, threat__preparation=exponential(25.0), threat__initial=modes.STEADY
    )
    found = samples(world, 500, partial(cell, "attacks"))
    yield mean_finding(found, 4.0, about("attacks of the first days"))


def choice() -> Iterator[Finding]:
    """A logit over three settings with an outside option."""
    utility = np.array([0.3, -0.2, 0.5])
    world = attempts(
        5.0, 30, cells__displacement=modes.LOGIT, cells__utility=np.broadcast_to(utility, (1, len(CODES), 1, 3)),
        cells__leaving=[50.0 - 50.0 * np.eye(len(CODES))], cells__outside=0.4,
    )  # fmt: skip
    found = samples(world, 12, partial(cell, "deterred"))
    giving_up = exp(0.4) / (exp(0.4) + float(np.exp(utility).sum()))
    yield mean_finding(found, 150.0 * giving_up, about("plots given up"), tolerance=0.03)


# ------------------------------------------------------------------------------------------------ queues


def impatience() -> Iterator[Finding]:
    """Routine leads in an Erlang-A queue."""
    days = 300.0
    world = warmed(
        days, 30, operations__routine=3.0, operations__work=exponential(1.0), operations__teams=2,
        operations__patience=exponential(1.5),
    )  # fmt: skip
    found = samples(world, 12, picks(province, "queue_days", "stale", "busy_team_days")) / days
    truth = erlang_a(2, 3.0, 1.0, 1.0 / 1.5)
    for k, each in enumerate((truth.queue, truth.lost * 3.0, truth.busy)):
        yield mean_finding(found[:, k], each, about(("leads waiting", "stale a day", "busy teams")[k]))


def terror_queue() -> Iterator[Finding]:
    """Kaplan's queue with two teams."""
    queue = TerrorQueue(births=0.4, maturing=0.05, search=0.05, work=0.1, success=0.4, false_leads=0.02, teams=2)
    days = 400.0
    world = warmed(
        days, 60, threat__rate=0.4, threat__preparation=exponential(20.0), threat__initial=modes.STEADY,
        detection__mode=modes.SEARCH, detection__search=0.05, detection__unit=0.05, operations__teams=2,
        operations__work=exponential(10.0), operations__success=0.4, operations__false_leads=0.02,
    )  # fmt: skip
    counted = ("attacks", "foiled")
    found = samples(world, 24, lambda o: np.stack([*picks(cell, *counted)(o), province("busy_team_days", o)]))
    truth = steady_means(queue)
    for k, each in enumerate((truth.attacks, truth.foiled, truth.busy)):
        yield mean_finding(found[:, k] / days, each, about((*counted, "busy teams")[k]), tolerance=0.05)


def escorts() -> Iterator[Finding]:
    """Movements that give up waiting: an Erlang-A queue of escorts."""
    days = 300.0
    world = warmed(
        days, 30, movements__rule=modes.QUIT, movements__rate=2.0, movements__teams=3,
        movements__trip=exponential(1.0), movements__patience=exponential(0.8),
    )  # fmt: skip
    found = samples(world, 10, picks(cohort, "cancelled", "wait_days")) / days
    truth = erlang_a(3, 2.0, 1.0, 1.0 / 0.8)
    yield mean_finding(found[:, 0], truth.lost * 2.0, about("movements that quit"), tolerance=0.05)
    yield mean_finding(found[:, 1], truth.queue, about("movements waiting"), tolerance=0.05)


def reserve() -> Iterator[Finding]:
    """Loans of guards from a reserve that lasts for three: Erlang's loss formula."""
    rate, length, days = 0.05, 10.0, 500.0
    world = warmed(
        days, 100, threat__attempts=modes.POISSON, threat__rate=rate, protection__surge_units=100,
        protection__surge_days=length, protection__surge_reserve=300,
    )  # fmt: skip
    found = samples(world, 30, partial(province, "surge_days")).sum(axis=1) / days
    load = rate * len(CODES) * length
    yield mean_finding(found, 100.0 * load * (1.0 - erlang_b(3, load)), about("guards on loan"))


# ------------------------------------------------------------------------------------------------ slow states


def procedures() -> Iterator[Finding]:
    """Compliance that decays from audit to audit."""
    floor, tau, every = 0.3, 20.0, 30.0
    world = attempts(
        5.0, 60, protection__constant=[[0.8, 0.0, 0.0]], protection__sop=modes.PERIODIC, protection__floor=floor,
        protection__decay=tau, protection__audit_host=1.0, calendar__audit_every_tick=round(every * DAY),
    )  # fmt: skip
    found = samples(world, 16, partial(cell, "breaches"))
    kept = floor + (1.0 - floor) * tau / every * (1.0 - exp(-every / tau))
    yield mean_finding(found, 300.0 * (1.0 - 0.8 * kept), about("breaches under decaying procedures"))


def insiders() -> Iterator[Finding]:
    """Insiders in their stationary law from day 0: a quarter of the time."""
    world = bare_world(
        codes=CODES, days=10, protection__insider_on=1, protection__insider_onset=0.05,
        protection__insider_found=0.15, protection__insider_unit=0.15, protection__insider_steady=1,
    )  # fmt: skip
    found = samples(world, 300, partial(cohort, "leaking_days"))
    yield mean_finding(found, 2.5, about("days with an insider"), tolerance=0.06)


def militants() -> Iterator[Finding]:
    """A linear birth-death process."""
    first, inflow, birth, death, days = 50, 0.1, 0.004, 0.007, 200.0
    world = bare_world(
        codes=CODES, days=days, network__model=modes.LINEAR, network__militants=first, network__inflow=inflow,
        network__recruits=birth, network__exits=death, network__unit=0.35,
    )  # fmt: skip
    found = samples(world, 20, partial(province, "militant_days"))
    net = birth - death
    level = -inflow / net
    truth = level * days + (first - level) * (exp(net * days) - 1.0) / net
    yield mean_finding(found, truth, about("days of militants"))


def backlash() -> Iterator[Finding]:
    """Deaths that provoke recruits after an exponential delay of 30 days."""
    rate, mean, kappa, delay, days = 2.0, 0.5, 0.8, 30.0, 60.0
    world = bare_world(
        codes=CODES, days=days, network__model=modes.LINEAR, network__militants=500, network__unit=1.0,
        network__per_death=kappa, network__backlash_delay=delay, operations__routine=rate, operations__teams=40,
        operations__deaths=mean, operations__work=fixed(1e-6),
    )  # fmt: skip
    found = samples(world, 25, partial(province, "backlash_recruits"))
    truth = kappa * rate * mean * (days - delay * (1.0 - exp(-days / delay)))
    yield mean_finding(found, truth, about("recruits of backlash"), tolerance=0.04)


def trust() -> Iterator[Finding]:
    """Trust lost by mistakes and recovered in 20 days: shot noise."""
    rate, wrong, loss, recovery, days = 2.0, 0.25, 0.005, 20.0, 100.0
    world = bare_world(
        codes=CODES, days=days, operations__routine=rate, operations__teams=40, operations__work=fixed(1e-6),
        operations__goes_wrong=wrong, network__trust_wrong=loss, network__trust_recovery=recovery,
    )  # fmt: skip
    ends = [view.state(world, seed=SEED, draw=0, replication=r) for r in range(10)]
    since = np.array([(world.calendar.horizon_tick - end["trust_tick"]) / DAY for end in ends])
    found = 1.0 - (1.0 - np.array([end["trust"] for end in ends])) * np.exp(-since / recovery)
    truth = 1.0 - rate * wrong * loss * recovery * (1.0 - exp(-days / recovery))
    yield mean_finding(found, truth, about("trust after 100 days"))


def strips() -> Iterator[Finding]:
    """Teams and intelligence that are bought on day 50 and there on day 51: rates rise to ten and fifteen units.

    What the last fifty days bring is Poisson; plots that are there from the start are found at the rates of the day.
    """
    target = np.zeros((2, len(CODES), len(modes.INSTRUMENTS)), np.int64)
    target[1, :, modes.INTELLIGENCE], target[1, :, modes.OPERATIONS] = 30, 14
    start = 1.0 - exp(-0.1)
    world = warmed(
        50, 50, calendar__decision_tick=[0, round(50 * DAY)], capacity__target=target, capacity__decision=[0, 1],
        intelligence__gain=0.1, intelligence__reference=start, intelligence__host_units=1, operations__routine=0.5,
        operations__teams=1, operations__work=fixed(1e-6), operations__false_leads=0.3,
        detection__mode=modes.SEARCH, detection__search=0.001, detection__unit=0.001,
        threat__initial=modes.GIVEN, threat__given=[14] * len(CODES), threat__preparation=fixed(1000.0),
    )  # fmt: skip
    found = samples(world, 24, picks(province, "leads_routine", "leads_false", "found"))
    routine = 0.5 * (1.0 + 49.0 * (1.0 - exp(-3.1)) / start)
    false = 0.3 * (1.0 + 49.0 * 15.0)
    plots = 14.0 * exp(-0.05) * (1.0 - exp(-0.001 * (1.0 + 49.0 * 15.0)))
    for k, (name, truth) in enumerate((("routine leads", routine), ("false leads", false), ("plots found", plots))):
        yield mean_finding(found[:, k], truth, about(name), tolerance=0.06)


def held() -> Iterator[Finding]:
    """Plots of 20 days that stand still while they are known, for a day of work each: E exp(-found x success X) attack.

    Follow-ons and queues play no part; a wait of ten days for the work would change a share of plots that go on.
    """
    world = bare_world(
        codes=CODES, days=400, detection__mode=modes.LEADS, detection__hazard=0.1, detection__unit=0.1,
        detection__found=modes.HELD, operations__teams=60, operations__work=fixed(10.0), operations__success=0.5,
        threat__initial=modes.GIVEN, threat__given=[15] * len(CODES), threat__preparation=fixed(20.0),
    )  # fmt: skip
    attacks = samples(world, 24, partial(cell, "attacks"))
    claim, truth = about("attacks of held plots"), exp(-0.1 * 0.5 * 20.0)
    yield share_finding(int(attacks.sum()), 15 * attacks.size, truth, claim, tolerance=0.15)


def strip_draws() -> Iterator[Finding]:
    """Routine leads at eight units, of four strips that are independent: as variable as a Poisson number."""
    world = bare_world(
        codes=CODES, days=20, operations__routine=0.5, operations__tempo=8.0, operations__teams=40,
        operations__work=fixed(1e-6),
    )  # fmt: skip
    found = samples(world, 30, partial(province, "leads_routine"))
    yield mean_finding(found, 80.0, about("routine leads"), tolerance=0.05)
    yield variance_finding(found, 80.0, about("variance of routine leads"), tolerance=0.25)


def grown_stock() -> Iterator[Finding]:
    """A stock that grows from 10 to 110 by recruits at ten units, and births that follow it."""
    world = bare_world(
        codes=CODES[:4], days=100, threat__rate=0.4, network__model=modes.LINEAR, network__militants=10,
        network__inflow=1.0, network__unit=0.1,
    )  # fmt: skip
    found = samples(world, 20, lambda o: np.stack([cell("plots", o), province("recruits", o)]))
    yield mean_finding(found[:, 0], 0.4 * (100.0 + 0.5 * 100.0**2 / 10.0), about("plots"), tolerance=0.06)
    yield mean_finding(found[:, 1], 100.0, about("recruits"), tolerance=0.06)


def outgrown() -> Iterator[Finding]:
    """A stock that grows without bound must end the replication with an error, not be held at the last strip."""
    try:
        reference.simulate(unbounded(days=12), seed=SEED, draw=0, replication=0)
        raised = 0.0
    except EngineError:
        raised = 1.0
    yield exact_finding(raised, 1.0, about("error of a world that grows without bound"))


# ------------------------------------------------------------------------------------------------ harm and money


def deaths() -> Iterator[Finding]:
    """A hurdle with a log-normal, and injured that are negative binomial given the dead."""
    world = attempts(
        5.0, 40, harm__severity=modes.HURDLE, harm__zero=0.4, harm__mu=0.5, harm__sigma=0.9, harm__cap=25.0,
        harm__injured_base=0.5, harm__injured_per_death=1.25, harm__injured_size=0.8,
    )  # fmt: skip
    found = samples(world, 40, picks(cell, "deaths", "injured"))
    sizes = losses.hurdle(losses.lognormal_sizes(0.5, 0.9, 25, shift=1), 0.4)
    yield mean_finding(found[:, 0], 200.0 * losses.moment(sizes, 1), about("deaths"), tolerance=0.03)
    means = 0.5 + 1.25 * np.arange(26)
    truth = 200.0 * float(np.dot(means + means**2 / 0.8 + means**2, sizes))
    yield variance_finding(found[:, 1], truth, about("variance of the injured"), tolerance=0.2)


def discrete_deaths() -> Iterator[Finding]:
    """A discrete power law from two persons on, at most thirty."""
    world = attempts(
        5.0, 40, harm__severity=modes.DISCRETE_POWER, harm__zero=0.3, harm__mu=3.5, harm__start=2.0, harm__cap=30.0
    )
    found = samples(world, 40, partial(cell, "deaths"))
    sizes = losses.hurdle(losses.discrete_power_sizes(3.5, 2, 30), 0.3)
    yield mean_finding(found, 200.0 * losses.moment(sizes, 1), about("deaths of a discrete power law"), tolerance=0.03)


def groups() -> Iterator[Finding]:
    """The first group stays at home in A, the second leaves B for A at a cost of one; each has shares of modes."""
    days, rate, away = 40.0, 4.0, 1.0 / (1.0 + exp(1.0))
    world = bare_world(
        codes=("A", "B"), days=days, groups=("first", "second"), origins__group=[0, 1], origins__province=[0, 1],
        threat__attempts=modes.POISSON, threat__rate=[[rate, rate]], cells__displacement=modes.LOGIT,
        cells__leaving=[[[0.0, 50.0], [50.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]], threat__follow_factor=[1.0, 1.0],
        cells__preference=np.zeros((2, 3)), cells__outside=np.full((1, 2, 2), -np.inf), modes=("a", "b"),
        mode_addresses=(11, 12), threat__mode_share=[[[0.8, 0.2], [0.5, 0.5]], [[0.6, 0.4], [0.1, 0.9]]],
        threat__mode_planning=np.ones((2, 2)), protection__mode_weight=np.ones((2, 3)), harm__mode_log_deaths=[0, 0],
        harm__mode_spared=[0, 0],
    )  # fmt: skip
    found = samples(world, 150, partial(province, "attacks_group_2"))
    yield mean_finding(found[:, 0], rate * days * away, about("attacks of a group away from home"), tolerance=0.06)
    found = samples(world, 150, lambda outcome: outcome.mode[-1, :, 1, names.MODE_COUNTS.index("attacks")])
    truth = rate * days * (0.2 + away * 0.9)
    yield mean_finding(found[:, 0], truth, about("attacks of a mode by groups"), tolerance=0.06)


def of_provinces() -> Iterator[Finding]:
    """Work takes longer, and a layer stops more, in the second half of the provinces."""
    half, days = np.repeat([False, True], len(CODES) // 2), 60.0
    world = attempts(
        2.0, days, operations__routine=1.0, operations__work=fixed(2.0), operations__teams=30,
        operations__work_factor=np.where(half, 3.0, 1.0), protection__constant=-1.0, protection__host_units=25.0,
        protection__ceiling=np.where(half, 0.9, 0.3)[None, :, None] * np.array([0.0, 1.0, 0.0]), protection__gain=4.0,
    )  # fmt: skip
    found = samples(world, 20, picks(province, "busy_team_days"))[:, 0]
    work = np.where(half, 6.0, 2.0)
    ratio = found / (days * work - work**2 / 2.0)
    yield mean_finding(ratio[:, half], 1.0, about("teams at work, slow provinces"), tolerance=0.06)
    passed = samples(world, 20, picks(cell, "breaches"))[:, 0]
    stop = 0.9 * (1.0 - exp(-4.0 * 25.0 / 100.0))
    yield mean_finding(passed[:, half], 2.0 * days * (1.0 - stop), about("breaches, guarded provinces"), tolerance=0.06)


def recorded() -> Iterator[Finding]:
    """Attacks that kill somebody with probability .6 are on record with .9, the others with .3."""
    world = attempts(
        5.0, 40, harm__severity=modes.HURDLE, harm__zero=0.4, harm__mu=0.5, harm__sigma=0.9, harm__cap=25.0,
        harm__reported_harmless=[0.3] * len(CODES), harm__reported_harmful=[0.9] * len(CODES),
    )  # fmt: skip
    found = samples(world, 8, partial(province, "reported_attacks"))
    yield mean_finding(found, 200.0 * (0.4 * 0.3 + 0.6 * 0.9), about("attacks on record"), tolerance=0.03)


def stoppage() -> Iterator[Finding]:
    """Works stand still on the union of stoppages: an infinite-server queue that is not empty."""
    rate, length, days = 0.05, 20.0, 200.0
    world = attempts(rate, days, harm__stoppage=fixed(length))
    found = samples(world, 70, partial(province, "stoppage_days"))
    truth = (days - length) * (1.0 - exp(-rate * length)) + length - (1.0 - exp(-rate * length)) / rate
    yield mean_finding(found, truth, about("days of stoppage"))


def common_numbers() -> Iterator[Finding]:
    """A stronger layer with the same draws never lets more through, follow-ons of breaches included."""
    causes = {"threat__follow_ons": 0.3, "threat__follow_by": modes.BY_BREACH, "threat__follow_law": exponential(3.0)}
    weak, strong = (
        samples(attempts(1.0, 30, protection__constant=[[0.0, stop, 0.0]], **causes), 12, partial(cell, "breaches"))
        for stop in (0.3, 0.35)
    )
    yield exact_finding(float((strong > weak).sum()), 0.0, about("provinces with more breaches behind more protection"))


def half_widths() -> Iterator[Finding]:
    """Student half-widths of five Poisson counts."""
    from simcpec.analysis.estimates import estimate

    counts = np.random.default_rng(SEED).poisson(3.7, (4000, 1, 5)).astype(np.float64)
    found = [estimate(one) for one in counts]
    hits = sum(one.half_width is not None and abs(one.mean - 3.7) <= one.half_width for one in found)
    yield share_finding(
        hits, len(found), common_random_numbers.student_coverage(3.7, 5), about("coverage of half-widths")
    )


def tails() -> Iterator[Finding]:
    """Tails with an atom, by hand."""
    return appraisal.tails()


def values() -> Iterator[Finding]:
    """Present values."""
    return appraisal.values()


CHECKS: Sequence[Check] = (
    layers, clusters, mixture, cascade, horizon, start, choice, impatience, terror_queue, escorts, reserve, procedures,
    insiders, militants, backlash, trust, held, strips, strip_draws, grown_stock, outgrown,
    deaths, discrete_deaths, recorded, attack_modes, groups, of_provinces, stoppage, common_numbers, half_widths, tails,
    values,
)  # fmt: skip
