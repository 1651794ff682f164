"""Relations between means: a province split in two, independent parts, neutral backlash, twice the servers."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.model import modes
from simcpec.model.outcome import CELL_COUNTS, PROVINCE_COUNTS, Outcome
from simcpec.model.rules.threat import mean_days
from simcpec.model.world import Floats, World
from simcpec.verification.relations.off import OFF
from simcpec.verification.relations.relation import Bench, PairedSums, Statistical
from simcpec.verification.worlds.axes import divided
from simcpec.verification.worlds.generated_worlds import Case
from simcpec.verification.worlds.neutral_world import with_changes


def _cells(outcomes: list[Outcome], name: str) -> Floats:
    """(R,) a counter of cells, all added up."""
    at = CELL_COUNTS.index(name)
    return np.array([outcome.cell[..., at].sum() for outcome in outcomes])


def _provinces(outcomes: list[Outcome], name: str) -> Floats:
    """(R, P) a counter of provinces, over all periods."""
    at = PROVINCE_COUNTS.index(name)
    return np.array([outcome.province[..., at].sum(axis=0) for outcome in outcomes])


# ------------------------------------------------------------------------------------------------ splitting a province

#: what happens to a plot hangs on no count of its province: no queue, no stock, no reaction to an attack
NO_CROWD: dict[str, Any] = {
    "displacement": "off", "weight": "off", "detection": ("off", "bernoulli"), "network": "off", "surge": "off",
    "sop": ("off", "periodic"), "insider": "off", "escort": "off", "budget": "off", "excitation": ("off", "attack"),
    "initial": ("empty", "steady"), "attempts": ("plots", "poisson"), "stages": ("one", "regime"), "routine": "off",
    "false_leads": "off", "antithetic": "off",
}  # fmt: skip
FATES = ("plots", "attacks", "foiled", "lapsed", "breaches", "deaths")


def _split(case: Case, bench: Bench, number: int, *, more: float = 1.0) -> list[PairedSums]:
    """more : factor on the births of both halves; the control's error."""
    halves = divided(case.world)
    rate = halves.threat.rate * more
    whole = bench.many(case, case.world, number)
    parts = bench.many(case, with_changes(halves, threat__rate=rate), number)
    return [PairedSums(name=name, a=_cells(parts, name), b=_cells(whole, name)) for name in FATES]


SPLIT_PROVINCE = Statistical(
    name="splitting a province",
    says="the first province as two halves of its rates, units and persons: the same mean of plots, attacks and deaths",
    held=NO_CROWD,
    measures=_split,
    control="halves born 10 % too often",
    wrong=lambda case, bench, number: _split(case, bench, number, more=1.1),
    replications=150,
    worlds=8,
    tolerance=0.08,
)

# ------------------------------------------------------------------------------------------------ independent parts


def _products(case: Case, bench: Bench, number: int, *, attempts: int = modes.POISSON) -> list[PairedSums]:
    """Products of the deviations of two parts of one stream, against none: stopped and passed, and two provinces."""
    size = 2.0 if attempts == modes.NEGBIN else float("inf")
    outcomes = bench.many(case, case.changed(threat__attempts=attempts, threat__mixture_size=size), number)
    stopped = _cells(outcomes, "attacks") - _cells(outcomes, "breaches")
    passed = _cells(outcomes, "breaches")
    found = _standard(stopped) * _standard(passed)
    return [PairedSums(name="1 + correlation of stopped and passed", a=1.0 + found, b=np.ones(number))]


def _standard(values: Floats) -> Floats:
    """Deviations from the mean in standard deviations; zeros where nothing varies."""
    spread = float(values.std(ddof=1))
    return (values - values.mean()) / spread if spread > 0.0 else np.zeros_like(values)


INDEPENDENCE = Statistical(
    name="splitting independence",
    says="the stopped and the passed part of Poisson attempts do not correlate",
    held=OFF,
    measures=_products,
    control="negative binomial attempts, whose parts share a factor",
    wrong=lambda case, bench, number: _products(case, bench, number, attempts=modes.NEGBIN),
    replications=400,
    worlds=8,
    tolerance=0.08,
)

# ------------------------------------------------------------------------------------------------ kappa = 1

CALM = 12.0  # mean delays of backlash between the last operation that takes anybody and the end


def _backlash(case: Case, bench: Bench, number: int, *, kappa: float = 1.0) -> list[PairedSums]:
    """Recruits of backlash against militants removed, in a stock large enough for every removal.

    Operations take nobody in the second epoch, which lasts `CALM` mean delays: all but exp(-CALM) of the recruits that
    were provoked have come by its end.
    """
    w, end = case.world.operations, case.world.calendar.horizon_tick
    days = end / case.world.calendar.ticks_per_day
    taken = np.stack([np.full_like(w.arrests[0], 0.4), np.zeros_like(w.arrests[0])])
    zero: dict[str, Any] = dict.fromkeys(
        ("inflow", "recruits", "exits", "footprint_gain", "footprint_tips", "trust_wrong", "trust_backlash"), 0.0
    )
    world = case.changed(
        **{f"network__{name}": value for name, value in zero.items()},
        calendar__epoch_start_tick=[0, int(end * 0.4)],
        operations__arrests=taken,
        operations__deaths=0.5 * taken,
        operations__teams=4,
        operations__routine=1.0,
        network__militants=1000,
        network__per_arrest=kappa,
        network__per_death=kappa,
        network__backlash_delay=days * 0.6 / CALM,
        network__unit=10.0,
    )
    outcomes = bench.many(case, world, number)
    came = _provinces(outcomes, "backlash_recruits").sum(axis=1)
    removed = (_provinces(outcomes, "arrests") + _provinces(outcomes, "militant_deaths")).sum(axis=1)
    return [PairedSums(name="recruits of backlash per militant removed", a=came, b=removed)]


KAPPA_ONE = Statistical(
    name="kappa = 1 neutrality",
    says="a recruit of backlash for each militant removed, in the mean: stock and provoked recruits keep theirs",
    held={
        "network": "linear", "epochs": 2, "footprint": "off", "routine": "on", "marks": ("poisson", "negbin"),
        "detection": ("off", "bernoulli"), "intelligence": "off", "budget": "off", "false_leads": "off",
        "days": (100, 160), "clock": "microsecond", "stages": "one",
    },
    measures=_backlash,
    control="1.1 recruits each",
    wrong=lambda case, bench, number: _backlash(case, bench, number, kappa=1.1),
    replications=40,
    worlds=8,
    tolerance=0.05,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ twice the servers

LOAD = 0.85  # of the teams by the leads that arrive
QUEUE = {**OFF, "routine": "on", "days": 100, "intelligence": "off"}


def _loaded(case: Case, servers: int, arrivals: float) -> World:
    """A world of routine leads only: so many times the teams and the leads of a load of `LOAD`.

    All teams are there before the start, so that those who seek leads bring as many as `operations.routine` says.
    """
    teams = 1 + case.world.operations.teams % 3
    law = case.world.operations.work
    routine = LOAD * teams / mean_days(*law)
    changes: dict[str, Any] = {
        "operations__teams": servers * teams,
        "operations__teams_at_start": 1.0 * servers * teams,
        "operations__routine": arrivals * routine,
    }
    return case.changed(**changes, threat__rate=0.0)


def _doubled(case: Case, bench: Bench, number: int, *, servers: int = 2) -> list[PairedSums]:
    """Sums over provinces; waiting days and stale leads per lead, and idle days per team: none may be larger."""
    one = bench.many(case, _loaded(case, 1, 1.0), number)
    two = bench.many(case, _loaded(case, servers, 2.0), number)
    waits, stale = ([_provinces(each, name).sum(axis=1) for each in (two, one)] for name in ("queue_days", "stale"))
    idle = [(_provinces(each, "team_days") - _provinces(each, "busy_team_days")).sum(axis=1) for each in (two, one)]
    return [
        PairedSums(name="days that a lead waits", a=0.5 * waits[0], b=waits[1], at_most=True),
        PairedSums(name="stale share of leads", a=0.5 * stale[0], b=stale[1], at_most=True),
        PairedSums(name="idle share of teams", a=idle[0] / servers, b=idle[1], at_most=True),
    ]


DOUBLING = Statistical(
    name="doubling servers and arrivals",
    says="twice the teams for twice the leads: no longer wait, no larger stale share, no idler teams in the mean",
    held=QUEUE,
    measures=_doubled,
    control="the leads doubled, the teams not",
    wrong=lambda case, bench, number: _doubled(case, bench, number, servers=1),
    replications=50,
    worlds=6,
    tolerance=0.15,
)
