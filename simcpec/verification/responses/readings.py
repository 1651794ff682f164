"""The headline under each reading that the sources leave open.

A briefing says 14 attacks and not whether attempts that failed are among them; an article says 7,984 operations and not
in how long; a rule says 1 % and not of what. Each answer is a reading here, none is more likely than another, and one
of each is that of the scenario. Births of plots are scaled so that a world gives back the count on record as the
reading has it: what is compared is what twice the security share averts, never how much was attempted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from simcpec import catalogue
from simcpec.errors import UserError
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.model.outcome import CELL_ATTACKS, CELL_EXPECTED, PROV_REPORTED
from simcpec.model.world import Floats
from simcpec.results.failure import Failure
from simcpec.scenario import Quantity, Resolved, load
from simcpec.scenario.building.build import build
from simcpec.units import DAYS_PER_YEAR, decimal_text
from simcpec.verification.responses.simulate import changed

TIMES = 2  # the security share
REPLICATIONS = 400
NORMAL = 1.959964  # quantile of 97.5 %
YEAR = float(DAYS_PER_YEAR)
COUNTS = ("attacks", "breaches", "reported")
UNTIL_END = 4.0  # years from 2021 to the end of 2024
#: years from the first attack that press reports date to the day of the briefing, both counted
FIRST_FATAL = ((date(2024, 12, 10) - date(2021, 7, 14)).days + 1) / YEAR


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One answer to a question. counts : which of the simulated counts the official one is.

    sets : ``key=value`` on top of the scenario.      times : the count a year on record, over that of the scenario.
    """

    question: str
    name: str
    says: str
    sets: tuple[str, ...] = ()
    entry: str = ""
    counts: str = "attacks"
    times: float = 1.0

    @property
    def measure(self) -> str:
        """What an incident is: an official count of reported attacks is still one of attacks."""
        return "breaches" if self.counts == "breaches" else "attacks"


@dataclass(frozen=True, kw_only=True)
class FoundReading:
    """births : times those of the scenario.      Each pair: a value, and its half-width (95 %, Monte Carlo).

    incidents, averted, against : a year; `against` is what is averted less what is averted as written.
    percent, breaches : of incidents and of breaches that are averted.
    """

    reading: Reading
    births: float
    incidents: tuple[float, float]
    averted: tuple[float, float]
    percent: tuple[float, float]
    breaches: tuple[float, float]
    against: tuple[float, float]


AS_WRITTEN = Reading(question="", name="as written", says="the readings of the scenario, all together")


def readings(base: Resolved) -> tuple[Reading, ...]:
    """The open readings of a scenario; the first is its own."""
    world = base.scenario.world
    found = [AS_WRITTEN]
    if world.counted_as == "attack":
        found.append(
            Reading(
                question="what the official count counts", name="breaches", entry="attacks.count.all",
                says="attacks that nothing stopped, so that failed attempts come on top", counts="breaches",
                sets=("world.counted_as=breach",),
            )
        )  # fmt: skip
    if world.observation.mode == "off":
        found.append(
            Reading(
                question="what the official count counts", name="reported attacks", entry="observation.harmless",
                says="attacks that were reported; some harmless ones were not", counts="reported",
                sets=("world.observation.mode=on",),
            )
        )  # fmt: skip
    return (*found, *_windows(), *_operations(base), *_shares(base))


def _number(entry: str) -> float:
    return float(catalogue.entry(entry).number)


def _windows() -> Iterator[Reading]:
    question, years = "how long the count took", _number("attacks.window")
    for name, says, length in (
        ("four years", "2021 to the end of 2024, not to the day of the briefing", UNTIL_END),
        ("from July 2021", "from the first attack that press reports date to the day of the briefing", FIRST_FATAL),
    ):
        yield Reading(question=question, name=name, says=says, entry="attacks.window", times=years / length)


def _operations(base: Resolved) -> Iterator[Reading]:
    question, ours = "which operations count", _number("ibo.seed.operations")
    yield Reading(
        question=question, name="7,984 in four years", entry="ibo.seed.operations",
        says="the count of document 000 since 2021, a quarter of it a year", sets=_scaled(base, 1.0 / UNTIL_END),
    )  # fmt: skip
    theirs = _number("ibo.interior_2024.operations")
    yield Reading(
        question=question, name="those of the ministry", entry="ibo.interior_2024.operations",
        says="12,801 in ten months, with the arrests and deaths of that count and teams in proportion",
        sets=_scaled(
            base, theirs * 1.2 / ours,
            arrests=_number("ibo.interior_2024.arrested") / theirs / (_number("ibo.seed.arrested") / ours),
            deaths=_number("ibo.interior_2024.killed") / theirs / (_number("ibo.seed.killed") / ours),
        ),
    )  # fmt: skip


def _scaled(base: Resolved, leads: float, *, arrests: float = 1.0, deaths: float = 1.0) -> tuple[str, ...]:
    """Operations so many times as many, with yields so many times as high; more of them have more teams."""
    work, at = base.scenario.world.operations, "world.operations"
    sets = [
        f"{at}.routine_leads.{code}={rate.value * YEAR * leads:.9g} /year" for code, rate in work.routine_leads.items()
    ]
    sets += [f"{at}.arrests.{code}={each.value * arrests:.9g}" for code, each in work.arrests.items() if arrests != 1.0]
    sets += [f"{at}.deaths.{code}={each.value * deaths:.9g}" for code, each in work.deaths.items() if deaths != 1.0]
    sets += [f"{at}.teams.{code}={math.ceil(each.value * leads)}" for code, each in work.teams.items() if leads > 1.0]
    return tuple(sets)


def _once(key: str, share: Quantity | None) -> str:
    """The share of a key, taken of the capital cost once."""
    assert share is not None
    return f"{key}={{share: {decimal_text(share.exact * 100)} %, of: capital_cost_once}}"


def _shares(base: Resolved) -> Iterator[Reading]:
    budget, ours = base.scenario.world.budget, _number("budget.completed")
    if base.scenario.policy.security_share.of == "annual_outlay":
        yield Reading(
            question="what the 1 % is taken of", name="capital cost, once", entry="budget.basis",
            says="of the cost of the works once, spread over their years, not of each year's outlay",
            sets=(
                _once("policy.security_share", base.scenario.policy.security_share.share),
                _once("world.budget.inherited.security_share", budget.inherited.security_share.share),
            ),
        )  # fmt: skip
    for name, says, entry in (
        ("announced works", "of the USD 65 bn that were announced", "budget.announced"),
        ("power projects", "of the power projects that the regulator's rule covers", "budget.rule.base"),
    ):
        times = _number(entry) / ours
        yield Reading(
            question="which works it is taken of", name=name, says=says, entry=entry,
            sets=(f"world.budget.annual_outlay={budget.annual_outlay.value * times:.12g} USD/year",
                  f"world.budget.capital_cost={budget.capital_cost.value * times:.12g} USD"),
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------ simulating


def under_readings(
    scenario: str = "base",
    *,
    sets: Sequence[str] = (),
    replications: int = REPLICATIONS,
    seed: int | None = None,
    jobs: int | None = None,
    notice: Notice,
    only: Sequence[str] = (),
) -> Iterator[FoundReading]:
    """Simulate the headline under every reading, that of the scenario first; `only` names some of the others.

    Raises UserError for a scenario whose budget is no share, EngineError where a replication cannot be simulated.
    """
    base = load(scenario, sets=list(sets))
    share = base.scenario.policy.security_share.share
    if share is None:
        raise UserError(f"{base.ref} gives its security budget as explicit amounts; allowed: a share of an amount")
    doubled = f"policy.security_share.share={decimal_text(share.exact * TIMES * 100)} %"
    run = _Run(base, scenario, tuple(sets), doubled, replications,
               int(base.scenario.run.seed) if seed is None else seed, jobs, notice)  # fmt: skip
    written = run.both(())
    for reading in readings(base):
        if only and reading is not AS_WRITTEN and reading.name not in only:
            continue
        notice(f"{reading.name} ...")
        yield run.found(reading, written)


Pair = tuple[Mapping[str, Floats], Mapping[str, Floats]]


@dataclass(frozen=True)
class _Run:
    base: Resolved
    scenario: str
    sets: tuple[str, ...]
    doubled: str
    count: int
    seed: int
    jobs: int | None
    notice: Notice

    def found(self, of: Reading, written: Pair) -> FoundReading:
        """What a reading makes of the headline; as written nothing is simulated again."""
        births, pair = 1.0, written
        if of is not AS_WRITTEN:
            there = self.totals(of.sets) if of.counts == "reported" or of.sets else written[0]
            births = of.times * float(written[0]["attacks"].mean()) / float(there[of.counts].mean())
            pair = self.both((*of.sets, *self._births(births)))
        averted, usual = (before[m] - after[m] for (before, after), m in ((pair, of.measure), (written, "attacks")))
        percent, breaches = (changed(pair[0][m], pair[1][m], 1.0) for m in (of.measure, "breaches"))
        return FoundReading(
            reading=of, births=births, incidents=_mean(pair[0][of.measure]), averted=_mean(averted),
            percent=(-percent.percent, percent.half_width), breaches=(-breaches.percent, breaches.half_width),
            against=_mean(averted - usual),
        )  # fmt: skip

    def _births(self, times: float) -> Iterator[str]:
        for code, province in self.base.scenario.world.provinces.items():
            yield f"world.provinces.{code}.plots={province.plots.value * YEAR * times:.12g} /year"

    def both(self, sets: tuple[str, ...]) -> Pair:
        """Counts with the share of the scenario and with twice that."""
        return self.totals(sets), self.totals((*sets, self.doubled))

    def totals(self, sets: tuple[str, ...]) -> dict[str, Floats]:
        """(R,) counts a year of every replication, the warm-up left out."""
        found = build(load(self.scenario, sets=[*self.sets, *sets]))
        work = [Job(0, 0, number) for number in range(self.count)]
        answers = play_all([found.world], work, seed=self.seed, workers=self.jobs, notice=self.notice)
        skip, years = found.world.calendar.warm_up_periods, sum(found.period_days) / YEAR
        rows = [_counts(answer, skip) for answer in answers]
        return dict(zip(COUNTS, np.array(rows).T / years, strict=True))


def _counts(answer: object, skip: int) -> tuple[float, float, float]:
    if isinstance(answer, Failure):
        raise answer.as_error()
    cell, province = answer.cell[skip:], answer.province[skip:]  # type: ignore[attr-defined]
    return (
        float(cell[..., CELL_ATTACKS].sum()), float(cell[..., CELL_EXPECTED].sum()),
        float(province[..., PROV_REPORTED].sum()),
    )  # fmt: skip


def _mean(values: Floats) -> tuple[float, float]:
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return float(values.mean()), NORMAL * spread / math.sqrt(len(values))
