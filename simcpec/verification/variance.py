"""Variance reduction measured: how many times fewer replications each estimator needs, and whether it is unbiased.

Two contrasts of any scenario: 25 % more money for operation teams with all else as it was, and 25 % more for every
instrument. The yardstick is realised counts of independent runs. Against it stand

    turn                  one seed shared, draws in turn: the customary pairing (see `turns`; reference engine)
    address               the engine's own: the same addresses in both scenarios
    expected              conditional means, in independent runs
    address, expected     both
    twins                 antithetic twins, in independent runs
    address, twins        both

Every estimator is then tested for bias: of what happens in each scenario its mean is compared with that of independent
runs or, where the same replications give both, with realised counts. A test has a limit (Bonferroni), says how large
a bias it would have found, and must find one that is planted. Conditional means have a control that is wrong for a
reason: the same sum without the insiders, who let attacks pass, must be found out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcpec.analysis.variance_reduction import VarianceRatio, gain
from simcpec.errors import UserError
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.model.modes import INSTRUMENTS
from simcpec.model.world import Floats, World
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.verification.variance_runs import TURNS, Sample, VarianceRuns, conditional, more

REPLICATIONS = 1000
#: of which everything is measured; attacks have no conditional mean
RESPONSES = ("attacks", "breaches", "deaths")
WAYS = ("turn", "address", "expected", "address, expected", "twins", "address, twins")
LEVEL = 1e-3  # probability that a table of unbiased estimators shows any bias
SURELY = 2.33  # normal quantile of 99 %
GOALS = (("teams", "attacks", "address", 50.0), ("budget", "breaches", "address, expected", 50.0))
"""What pairing is there to do: (contrast, response, way, at least so many times)."""


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How many times fewer replications a way needs for a difference; `replications` were played of each scenario."""

    contrast: str
    response: str
    way: str
    gain: VarianceRatio
    replications: int


@dataclass(frozen=True, kw_only=True)
class ReductionGoal:
    """What was to be reached, and whether the interval says that it was: ``reached``, ``missed`` or ``open``."""

    contrast: str
    response: str
    way: str
    at_least: float
    found: VarianceRatio

    @property
    def verdict(self) -> str:
        """By both ends of the interval of the ratio; a contrast in which nothing ever differs needs no replications."""
        if self.found.low is None or self.found.high is None:
            return "nothing differs"
        return "reached" if self.found.low >= self.at_least else "missed" if self.found.high < self.at_least else "open"


@dataclass(frozen=True, kw_only=True)
class Bias:
    """One estimator of one mean against another of the same, in units of the whole run.

    error : standard error of estimate - plain.      planted : the share of the mean that was added as a control.
    """

    scenario: str
    response: str
    way: str
    estimate: float
    plain: float
    error: float
    planted: float
    limit: float

    @property
    def z(self) -> float | None:
        """Standard errors between both; None where nothing varies."""
        return (self.estimate - self.plain) / self.error if self.error > 0.0 else None

    @property
    def planted_z(self) -> float | None:
        """Score with the planted bias added to the estimate; None where there is no error."""
        added = self.planted * self.plain
        return (self.estimate + added - self.plain) / self.error if self.error > 0.0 else None

    @property
    def found_from(self) -> float | None:
        """The smallest bias, as a share of the mean, that is found with a probability of 99 %; None at a mean of 0."""
        return (self.limit + SURELY) * self.error / self.plain if self.plain > 0.0 else None

    @property
    def verdict(self) -> str:
        """``unbiased``, ``biased``, or ``not powered`` where the planted bias was not found."""
        if self.z is None or self.planted_z is None:
            return "unbiased" if self.estimate == self.plain else "biased"
        if abs(self.z) > self.limit:
            return "biased"
        return "unbiased" if abs(self.planted_z) > self.limit else "not powered"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Everything that was measured of one scenario.

    control : conditional means without insiders, which must be biased; None where there are no insiders to leave out.
    contrasts : name -> what it changes.
    """

    scenario: str
    seed: int
    replications: int
    turns: int
    contrasts: Mapping[str, str]
    ratios: tuple[Ratio, ...]
    biases: tuple[Bias, ...]
    control: Bias | None

    @property
    def passes(self) -> bool:
        """Whether every estimator is unbiased, every planted bias found, and the control found out."""
        return all(bias.verdict == "unbiased" for bias in self.biases) and (
            self.control is None or self.control.verdict == "biased"
        )

    def ratio(self, contrast: str, response: str, way: str) -> VarianceRatio:
        """One of the ratios. Raises StopIteration for one that was not measured."""
        return next(r.gain for r in self.ratios if (r.contrast, r.response, r.way) == (contrast, response, way))

    @property
    def goals(self) -> tuple[ReductionGoal, ...]:
        """`GOALS` and what was found."""
        return tuple(
            ReductionGoal(
                contrast=name, response=response, way=way, at_least=times, found=self.ratio(name, response, way)
            )
            for name, response, way, times in GOALS
        )


def measured(
    ref: str = "base",
    *,
    sets: Sequence[str] = (),
    replications: int = REPLICATIONS,
    seed: int | None = None,
    jobs: int | None = None,
    notice: Notice = lambda text: None,
) -> Measured:
    """Play a scenario and its contrasts in every way and compare; arguments as in `experiments.execute.study`.

    notice : told what is being played.
    replications : of each scenario, an even number of at least 32; an eighth of them with draws in turn.
    Raises UserError for other numbers and scenarios that cannot be changed so, EngineError where one does not play.
    """
    if replications < 4 * TURNS or replications % 2:
        raise UserError(f"replications is {replications}; allowed: an even number from {4 * TURNS}")
    base = load(ref, sets=sets)
    contrasts = {
        "teams": ("25 % more for operation teams, every other instrument as it was", more(base, ("operations",))),
        "budget": ("25 % more for every instrument", more(base, INSTRUMENTS)),
    }
    worlds = {"base": build(base).world}
    worlds |= {name: build(load(ref, sets=[*sets, *change])).world for name, (_, change) in contrasts.items()}
    chosen = int(base.scenario.run.seed) if seed is None else seed
    stage = VarianceRuns(seed=chosen, replications=replications, jobs=jobs, notice=notice)
    played = {name: stage.samples(worlds, name) for name in worlds}
    limit = limit_for(len(worlds) * (3 * len(RESPONSES) + 1))
    return Measured(
        scenario=base.ref, seed=chosen, replications=replications, turns=replications // TURNS,
        contrasts={name: says for name, (says, _) in contrasts.items()},
        ratios=tuple(ratio for name in contrasts for ratio in ratios(name, played["base"], played[name])),
        biases=tuple(bias for name in worlds for bias in biases(name, played[name], limit)),
        control=control(stage, worlds["base"], played["base"], limit),
    )  # fmt: skip


def limit_for(tests: int) -> float:
    """Standard errors that none of so many unbiased estimators exceeds with probability 1 - LEVEL."""
    from scipy.special import ndtri

    return float(ndtri(1.0 - LEVEL / tests / 2.0))


# ------------------------------------------------------------------------------------------------ what comes of it


def ratios(name: str, base: Sample, other: Sample) -> list[Ratio]:
    """All ways for all responses of one contrast."""
    return [
        Ratio(contrast=name, response=response, way=way, gain=found, replications=len(base.address[response][0]))
        for response in RESPONSES
        for way, found in _gains(response, base, other).items()
    ]


def _gains(response: str, base: Sample, other: Sample) -> dict[str, VarianceRatio]:
    """Way -> gain against realised counts of independent runs."""
    a, b = other.address[response], base.address[response]
    c, d = other.turn[response], base.turn[response]
    e, f = other.twins[response], base.twins[response]
    found = {
        "turn": gain([c, d], [c - d]),
        "address": gain([a, b], [a - b]),
        "twins": gain([a, b], [e, f], plays=2.0, together=False),
        "address, twins": gain([a, b], [e - f], plays=2.0, together=False),
    }
    if response in base.expected:
        g, h = other.expected[response], base.expected[response]
        found |= {"expected": gain([a, b], [g, h]), "address, expected": gain([a, b], [g - h])}
    return {way: found[way] for way in WAYS if way in found}


def biases(name: str, of: Sample, limit: float) -> list[Bias]:
    """Every estimator of what happens in one scenario against realised counts."""
    found = []
    for response in RESPONSES:
        rare = response == "deaths"  # so widely spread that a quarter more could not be seen
        apart, quarter = of.apart[response], 0.5 if rare else 0.25
        tests = {"address": (of.address[response], quarter), "twins": (of.second[response], quarter)}
        if not rare:
            tests["turn"] = (of.turn[response], 0.5)
        for way, (values, planted) in tests.items():
            error = math.hypot(_error(values), _error(apart))
            found.append(_bias(name, response, way, values, apart, error, planted, limit))
        if response in of.expected:
            found.append(within(name, response, "expected", of.expected[response], of.address[response], limit))
    return found


def within(name: str, response: str, way: str, values: Floats, realised: Floats, limit: float) -> Bias:
    """Return the score where both use the same replications: only what they do not share counts."""
    return _bias(name, response, way, values, realised, _error(values - realised), 0.25, limit)


def control(stage: VarianceRuns, world: World, of: Sample, limit: float) -> Bias | None:
    """Conditional means of a world that forgets its insiders, against what was realised with them.

    In the very same replications: insiders let attacks pass and change nothing before it.
    """
    multiplier = world.protection.insider_multiplier
    if not world.protection.insider_on or not (multiplier > 1.0).any():
        return None
    forgetful = replace(world, protection=replace(world.protection, insider_multiplier=np.ones_like(multiplier)))
    played = stage.played(forgetful, range(stage.replications))
    expected = conditional(played)["breaches"]
    return within("base", "breaches", "expected, without insiders", expected, of.address["breaches"], limit)


def _bias(
    name: str, response: str, way: str, values: Floats, plain: Floats, error: float, planted: float, limit: float
) -> Bias:
    return Bias(
        scenario=name, response=response, way=way, estimate=float(values.mean()), plain=float(plain.mean()),
        error=error, planted=planted, limit=limit,
    )  # fmt: skip


def _error(values: Floats) -> float:
    """Standard error of the mean of independent values (1, n)."""
    return float(values.std(ddof=1)) / math.sqrt(values.size)
