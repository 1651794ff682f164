"""Does the model respond as the literature says?  Changes of one scenario, paired, against published ranges.

Each response changes one thing of a scenario and simulates it again with the same random numbers.  An elasticity is
ln(after / before) / ln(factor) of a rate; an effect is the change of a rate in per cent.  Breaches are conditional
means.  Where sources disagree, each is a world of its own row, and where no figure is published the row says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from simcpec.errors import UserError
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.model import modes
from simcpec.model.outcome import CELL_COUNTS
from simcpec.model.world import Floats, World
from simcpec.results.failure import Failure
from simcpec.scenario import Resolved, load
from simcpec.scenario.building.build import build
from simcpec.units import decimal_text

REPLICATIONS = 1000
NORMAL = 1.959964  # quantile of 97.5 %
LEAST_EFFECT = 1e-9  # per cent: what is below it is exactly nothing
MEASURES = ("incidents", "breaches", "deaths")
PLACEMENTS = ("threat", "works", "equal")  # rules between provinces: no source gives one
ADDED = 25  # USD million a year on one line of the budget


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is published on a response.

    low, high : range of the elasticity, or of the effect in per cent; inf where open.      entry : of the catalogue.
    """

    low: float
    high: float
    entry: str = ""


@dataclass(frozen=True, kw_only=True)
class ResponseCheck:
    """One change, and what should follow.

    sets : ``key=value`` on top of the scenario.      against : those of what it is compared with.
    of : measure that the published figure is about.      factor : of what is changed, for an elasticity; 0: an effect.
    setting : only attacks on it count; -1 is all.      province : only attacks in it count; "" is all.
    displaced : the value is what attacks elsewhere rise by, as a share of what those on it fall by, in per cent.
    millions : USD million a year more than before.
    expected : None where nothing is published.
    """

    name: str
    says: str
    sets: tuple[str, ...]
    against: tuple[str, ...] = ()
    of: str = "breaches"
    factor: float = 0.0
    setting: int = -1
    province: str = ""
    displaced: bool = False
    millions: float = 0.0
    expected: Expected | None = None


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A measure before and after: change in per cent, and its half-width (95 %, Monte Carlo) by the delta method."""

    percent: float
    half_width: float
    a_year: float  # after - before


@dataclass(frozen=True, kw_only=True)
class FoundResponse:
    """A response that was simulated; `value` is an elasticity or an effect in per cent, as the check asks."""

    check: ResponseCheck
    changes: Mapping[str, Changed]
    value: float
    half_width: float

    @property
    def verdict(self) -> str:
        """How the value stands to what is published, its Monte Carlo interval taken into account."""
        if all(abs(change.percent) < LEAST_EFFECT for change in self.changes.values()):
            return "exactly nothing"
        if self.check.expected is None:
            return "nothing published"
        low, high = self.check.expected.low, self.check.expected.high
        if self.value + self.half_width < low or self.value - self.half_width > high:
            return "outside"
        word = "sign" if math.isinf(high - low) else "inside"  # no figure is published where one end is open
        return word if low <= self.value <= high else f"{word} within noise"

    @property
    def fails(self) -> bool:
        """Whether it is a fault of the model: outside what is published, or no effect at all."""
        return self.verdict in ("outside", "exactly nothing")

    @property
    def averted_per_million(self) -> float | None:
        """Breaches averted a year per USD million more a year; None where no money moves."""
        return -self.changes["breaches"].a_year / self.check.millions if self.check.millions else None


# ------------------------------------------------------------------------------------------------ the list


def falls(entry: str = "") -> Expected:
    """Return what is expected where only the sign is known: no more than before."""
    return Expected(low=-math.inf, high=0.0, entry=entry)


def rises(entry: str = "") -> Expected:
    """Return what is expected where only the sign is known: no less than before."""
    return Expected(low=0.0, high=math.inf, entry=entry)


def checks(base: Resolved) -> tuple[ResponseCheck, ...]:
    """All responses that are looked at, of a scenario.

    Raises UserError for a scenario whose budget is no share of an amount.
    """
    return (
        *_protection(base), *_without(), *_money(base), *_road(base), *_displacement(base), *_backlash(), *_levers()
    )  # fmt: skip


def _protection(base: Resolved) -> Iterator[ResponseCheck]:
    published = Expected(low=-0.7, high=-0.1, entry="responses.guards")
    for word, factor in (("more", 1.25), ("fewer", 0.8)):
        yield ResponseCheck(
            name=f"guards: {word} on duty",
            says=f"guards of all forces and hired ones on duty x {factor:g}: elasticity of breaches",
            sets=_on_duty(base, factor),
            factor=factor,
            expected=published,
        )


LAYERS = {
    "route": ("cordons, cameras and patrols", Expected(low=3.0, high=30.0, entry="responses.cameras")),
    "hardening": ("walls and armour", Expected(low=0.0, high=30.0, entry="responses.hardening")),
}
"""Layers without which the base case is simulated: what stands in them, and by how much breaches should rise."""


def _without() -> Iterator[ResponseCheck]:
    for name, (says, expected) in LAYERS.items():
        yield ResponseCheck(
            name=f"no {name} layer",
            says=f"{says} taken away everywhere",
            sets=(f"world.protection.layers.{name}.stop_probability=0 %",),
            expected=expected,
        )


def _on_duty(base: Resolved, factor: float) -> tuple[str, ...]:
    world = base.scenario.world
    parts = {f"world.forces.{name}.on_duty": force.on_duty for name, force in world.forces.items()}
    parts["world.hired.on_duty"] = world.hired.on_duty
    return tuple(f"{key}={decimal_text(part.exact * Fraction(factor) * 100)} %" for key, part in parts.items())


def _money(base: Resolved) -> Iterator[ResponseCheck]:
    policy, budget = base.scenario.policy, base.scenario.world.budget
    if policy.security_share.share is None:
        raise UserError(f"{base.ref} gives its security budget as explicit amounts; allowed: a share of an amount")
    share, outlay = policy.security_share.share.exact, budget.annual_outlay.exact / 10**6
    for factor in (0, 2, 5):
        yield ResponseCheck(
            name=f"share x {factor}",
            says=f"{factor} times the security share, split as before",
            sets=(f"policy.security_share.share={decimal_text(share * factor * 100)} %",),
            factor=float(factor) if factor else 0.0,
            millions=float(share * (factor - 1) * outlay),
            expected=falls() if factor > 1 else rises(),
        )
    five = f"policy.security_share.share={decimal_text(share * 5 * 100)} %"
    yield ResponseCheck(
        name="share x 5, absorbed",
        says="5 times the share where lines hire at the usual price up to 30 % a year, against 5 times without that",
        sets=(five, "world.budget.absorption.growth=30 %"), against=(five,), expected=rises(),
    )  # fmt: skip
    for name in modes.INSTRUMENTS:
        yield ResponseCheck(
            name=f"{name} + USD {ADDED} m",
            says=f"USD {ADDED} m a year more on {name}, the other lines as they were",
            sets=_more(base, name, share * outlay, outlay),
            millions=float(ADDED),
            expected=falls(),
        )
    for rule in PLACEMENTS:
        yield ResponseCheck(
            name=f"placement by {rule}",
            says=f"the budget by {rule}, not by exposure, at the same share",
            sets=(f"policy.provinces={{rule: {rule}}}",),
            against=("policy.provinces={rule: exposure}",),
        )


def _more(base: Resolved, instrument: str, money: Fraction, outlay: Fraction) -> tuple[str, ...]:
    """Settings that give one instrument more and all others what they had; it takes what rounding leaves."""
    split, whole = base.scenario.policy.split.by_instrument(), money + ADDED
    parts = {
        name: Fraction(round(part.exact * money / whole * 10**12), 10**12)
        for name, part in split.items()
        if name != instrument
    }
    parts[instrument] = 1 - sum(parts.values(), Fraction(0))
    return (
        f"policy.security_share.share={decimal_text(Fraction(round(whole / outlay * 10**14), 10**14) * 100)} %",
        *(f"policy.split.{name}={decimal_text(part * 100)} %" for name, part in parts.items()),
    )


def _everywhere(base: Resolved, lever: str, moves: str) -> tuple[str, ...]:
    """A lever in all provinces and for all cohorts, with moves of its own."""
    provinces, cohorts = ", ".join(base.scenario.provinces), ", ".join(base.scenario.world.cohorts)
    scope = f"provinces: [{provinces}], cohorts: [{cohorts}]"
    return (f"policy.levers=[{{lever: {lever}, {scope}, moves: {{{moves}}}}}]",)


def _road(base: Resolved) -> Iterator[ResponseCheck]:
    by_air = _everywhere(base, "helicopters", "by_air: 0.9")
    yield ResponseCheck(
        name="by air: on the road",
        says="90 % of movements by air: attacks on movements",
        sets=by_air, of="incidents", setting=modes.MOVEMENT,
        expected=Expected(low=-100.0, high=-50.0, entry="responses.escorts.attacks"),
    )  # fmt: skip
    yield ResponseCheck(
        name="by air: elsewhere",
        says="90 % of movements by air: all attacks, those that moved to other settings included",
        sets=by_air, of="incidents",
        expected=Expected(low=-50.0, high=0.0, entry="evidence.displacement_share"),
    )  # fmt: skip
    yield ResponseCheck(
        name="no lapses on the road",
        says="every movement asks for an escort: attacks on movements that breach",
        sets=("world.movements.unescorted={corridor: 0 %, scattered: 0 %}",), setting=modes.MOVEMENT,
        expected=falls("responses.escorts.hijacked"),
    )  # fmt: skip


def _displacement(base: Resolved) -> Iterator[ResponseCheck]:
    """What moves elsewhere where one kind of target, or one province, is made harder: less than what is gained."""
    less = Expected(low=-100.0, high=100.0, entry="responses.displacement_net")
    yield ResponseCheck(
        name="displaced: off the road",
        says="90 % of movements by air: rise of attacks on works and residences per fall of those on the road",
        sets=_everywhere(base, "helicopters", "by_air: 0.9"),
        of="incidents", setting=modes.MOVEMENT, displaced=True, expected=less,
    )  # fmt: skip
    yield ResponseCheck(
        name="displaced: residences",
        says="residences with more walls and twice the guards: rise of attacks elsewhere per fall of those on them",
        sets=_everywhere(base, "residence_protection", "walls: 60, guards: 2"),
        of="incidents", setting=modes.RESIDENCE, displaced=True, expected=less,
    )  # fmt: skip
    if PACKAGED in base.scenario.provinces:
        package = ", ".join(f"{{lever: {lever}, provinces: [{PACKAGED}]}}" for lever in PACKAGE)
        yield ResponseCheck(
            name=f"displaced: {PACKAGED}",
            says=f"the security plans of {PACKAGED}: rise of attacks in other provinces per fall of those in it",
            sets=(f"policy.levers=[{package}]",), of="incidents", province=PACKAGED, displaced=True, expected=less,
        )  # fmt: skip


PACKAGE = (
    "strict_adherence_drive", "increased_patrolling", "regional_security_plan", "residence_protection",
    "travel_route_protection",
)  # fmt: skip
"""Instruments of the police of Khyber Pakhtunkhwa (`scenarios/kp-security-plans.yaml`)."""
PACKAGED = "KP"


def _backlash() -> Iterator[ResponseCheck]:
    worlds = ("none", "moderate", "strong")
    for before, after in pairwise(worlds):
        yield ResponseCheck(
            name=f"backlash: {after}",
            says=f"the world of {after} backlash against that of {before}, at unchanged policy",
            sets=(f"world.backlash.world={after}",),
            against=(f"world.backlash.world={before}",),
            of="incidents",
            expected=rises("responses.backlash.operations_pakistan"),
        )


LEVERS = {
    "ssd_expansion": "one more special security division",
    "helicopters": "one helicopter in three provinces",
    "escort_teams": "more escort teams",
    "joint_patrols": "joint patrols of routes",
    "bullet_proof_vehicles": "bullet-proof vehicles",
    "intelligence_capacity": "more intelligence units",
    "community_engagement": "community engagement",
}
"""Instruments of the sources whose effect is looked at, with what each is."""


AGREED = {"joint_patrols": ("world.agreements.joint_force=on",)}
"""What an instrument needs to be agreed on, in both worlds that are compared."""


def _levers() -> Iterator[ResponseCheck]:
    for name, says in LEVERS.items():
        agreed, lever = AGREED.get(name, ()), f"policy.levers=[{{lever: {name}}}]"
        yield ResponseCheck(name=name, says=says, sets=(*agreed, lever), against=agreed, expected=falls())


# ------------------------------------------------------------------------------------------------ simulating


def responses(
    scenario: str = "base",
    *,
    sets: Sequence[str] = (),
    only: Sequence[str] = (),
    replications: int = REPLICATIONS,
    seed: int | None = None,
    jobs: int | None = None,
    notice: Notice,
) -> Iterator[FoundResponse]:
    """Simulate every response (or those named), in the order of `checks`.

    Raises UserError for a name that there is not, EngineError where a replication cannot be simulated.
    """
    base = load(scenario, sets=list(sets))
    chosen = [check for check in checks(base) if not only or check.name in only]
    runs = _Runs(
        scenario, tuple(sets), replications, int(base.scenario.run.seed) if seed is None else seed, jobs, notice
    )
    for check in chosen:
        notice(f"{check.name} ...")
        yield _found(check, runs.totals(check.against), runs.totals(check.sets), runs.years, base.scenario.provinces)


class _Runs:
    """What was simulated, so that each world is simulated once."""

    def __init__(
        self, scenario: str, sets: tuple[str, ...], replications: int, seed: int, jobs: int | None, notice: Notice
    ) -> None:
        self._scenario, self._sets, self._count = scenario, sets, replications
        self._seed, self._jobs, self._notice = seed, jobs, notice
        self._known: dict[tuple[str, ...], dict[str, Floats]] = {}
        self.years = 1.0

    def totals(self, sets: tuple[str, ...]) -> dict[str, Floats]:
        """(R, P, S) totals of each measure by province and setting; see `_totals`."""
        if sets not in self._known:
            found = build(load(self._scenario, sets=[*self._sets, *sets]))
            self.years = sum(found.period_days) / 365.25
            work = [Job(0, 0, number) for number in range(self._count)]
            answers = play_all([found.world], work, seed=self._seed, workers=self._jobs, notice=self._notice)
            self._known[sets] = _totals(answers, found.world)
        return self._known[sets]


def _totals(answers: Sequence[object], world: World) -> dict[str, Floats]:
    """Incidents, expected breaches and expected deaths (R, P, S) of the counted time."""
    for answer in answers:
        if isinstance(answer, Failure):
            raise answer.as_error()
    skip = world.calendar.warm_up_periods
    cells = np.array([answer.cell[skip:].sum((0, 2)) for answer in answers])  # type: ignore[attr-defined]
    counts = {name: cells[..., at] for at, name in enumerate(CELL_COUNTS)}
    return {
        "incidents": counts["attacks"], "breaches": counts["expected_breaches"], "deaths": counts["expected_deaths"]
    }  # fmt: skip


def _found(
    check: ResponseCheck,
    before: Mapping[str, Floats],
    after: Mapping[str, Floats],
    years: float,
    provinces: tuple[str, ...] = (),
) -> FoundResponse:
    at = provinces.index(check.province) if check.province else -1
    there = {
        name: (_of(before[name], check.setting, at), _of(after[name], check.setting, at)) for name in MEASURES
    }  # fmt: skip
    changes = {name: _changed(*pair, years) for name, pair in there.items()}
    change = changes[check.of]
    if check.displaced:
        fall = there[check.of][0] - there[check.of][1]
        share = _changed(fall, _of(after[check.of] - before[check.of], -1, -1) + fall, years)
        return FoundResponse(check=check, changes=changes, value=share.percent + 100.0, half_width=share.half_width)
    if not check.factor:
        return FoundResponse(check=check, changes=changes, value=change.percent, half_width=change.half_width)
    ratio = 1.0 + change.percent / 100.0
    scale = math.log(check.factor)
    return FoundResponse(
        check=check,
        changes=changes,
        value=math.log(ratio) / scale if ratio > 0.0 else -math.inf,
        half_width=abs(change.half_width / 100.0 / ratio / scale) if ratio > 0.0 else 0.0,
    )


def _of(values: Floats, setting: int, province: int) -> Floats:
    """(R,) of one setting and one province; -1 is all of them."""
    here = values if setting < 0 else values[..., setting : setting + 1]
    return np.asarray((here if province < 0 else here[:, province : province + 1]).sum(axis=(1, 2)))


def _changed(before: Floats, after: Floats, years: float) -> Changed:
    """The change of a mean in per cent; its error is that of the ratio of two paired means."""
    mean = float(before.mean())
    if mean <= 0.0:
        return Changed(percent=0.0, half_width=0.0, a_year=float(after.mean()) / years)
    ratio = float(after.mean()) / mean
    spread = float((after - ratio * before).std(ddof=1)) if len(before) > 1 else 0.0
    error = 100.0 * spread / mean / math.sqrt(len(before))
    return Changed(
        percent=100.0 * (ratio - 1.0), half_width=NORMAL * error, a_year=(float(after.mean()) - mean) / years
    )
