"""How often an interval covers the truth when playing ends at a look: of our looks, and of two ways that are wrong.

Numbers are drawn from a law whose mean is known, and looked at as `experiments.precision` looks at replications, with
its own looks, its own critical points and its own rule of what is enough; thousands of runs take seconds. Three ways
to stop are compared:

    looks    at the first declared look whose interval, wide enough for all of them, is short enough: as the program
    plain    at the same looks, but with the plain 95 % interval
    peeking  after any replication from the tenth on, with the plain 95 % interval: the control, which must cover less

Where the number of replications is given, the question is another one: how often the plain interval covers in skewed
laws, and whether the estimate says so (`Estimate.carried_by`) where a handful of replications carries the mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from simcpec.analysis.estimates import estimate, student
from simcpec.analysis.group_sequential import CONFIDENCE, confidence_at, looks_of, wanted
from simcpec.model.world import Floats, Ints
from simcpec.numerics.streams import key_word
from simcpec.results.records import PrecisionTarget

WAYS = ("looks", "plain", "peeking")
FIRST_PEEK = 10  # replications
PART = 250  # runs that are drawn at a time
LAW = 77  # third word of the addresses of this study

Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]


@dataclass(frozen=True, kw_only=True)
class SampledLaw:
    """What a replication gives: numbers of any shape from a generator, and their mean."""

    draw: Draw
    mean: float


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What came of one way to stop in many runs; shares of all runs, with the standard error of `covered`."""

    way: str
    runs: int
    covered: float  # the interval at the end holds the truth
    within: float  # the estimate at the end is no farther from the truth than what was wanted
    error: float
    replications: float  # mean number taken
    reached: float  # ended because it was precise enough


def _apart(generator: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """An attack less in 4 % of replications, one more in 2 %, else none: what a small change of a budget does."""
    uniforms = generator.random(shape)
    return np.where(uniforms < 0.04, -1.0, np.where(uniforms < 0.06, 1.0, 0.0))


def _harm(mean: float, spread: float) -> SampledLaw:
    """Poisson events, each with a lognormal size: most replications have none, and a few carry the sum."""

    def draw(generator: np.random.Generator, shape: tuple[int, int]) -> Floats:
        events = generator.poisson(mean, shape)
        owner = np.repeat(np.arange(events.size), events.reshape(-1))
        sizes = generator.lognormal(0.0, spread, len(owner))
        return np.asarray(np.bincount(owner, weights=sizes, minlength=events.size).reshape(shape), dtype=np.float64)

    return SampledLaw(draw=draw, mean=mean * float(np.exp(spread**2 / 2)))


def laws() -> Mapping[str, SampledLaw]:
    """From the kindest law to long tails: normal, counts, waiting times, differences that are mostly 0, sizes, harm."""
    rare = 0.4
    tail = 1.0
    return {
        "normal": SampledLaw(draw=lambda g, shape: g.normal(1.0, 1.0, shape), mean=1.0),
        "rare counts": SampledLaw(draw=lambda g, shape: g.poisson(rare, shape).astype(np.float64), mean=rare),
        "exponential": SampledLaw(draw=lambda g, shape: g.exponential(1.0, shape), mean=1.0),
        "paired difference": SampledLaw(draw=_apart, mean=-0.02),
        "lognormal": SampledLaw(draw=lambda g, shape: g.lognormal(0.0, tail, shape), mean=float(np.exp(tail**2 / 2))),
        "harm": _harm(1.0, 1.0),
        "rare harm": _harm(0.05, 1.5),
    }


def of_values(values: Floats) -> SampledLaw:
    """Replications of the model, drawn with replacement: the truth is their mean."""
    return SampledLaw(draw=lambda g, shape: values[g.integers(0, len(values), shape)], mean=float(values.mean()))


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """What came of the plain interval of `n` replications in many runs; shares of the runs."""

    runs: int
    covered: float  # the interval holds the truth; a run in which nothing differed has none and does not
    error: float  # standard error of `covered`
    doubted: float  # the estimate says that it has no interval, or that its interval is not to be trusted
    silent: float  # the interval does not hold the truth, and nothing is said


def fixed(law: SampledLaw, n: int, *, runs: int, seed: int) -> Fixed:
    """Coverage of `estimate` with a given number of replications."""
    generator = np.random.Generator(np.random.Philox(key=[key_word(seed, LAW) % 2**64, n]))
    found = [estimate(values[None]) for values in law.draw(generator, (runs, n))]
    hit = np.array([one.half_width is not None and abs(one.mean - law.mean) <= one.half_width for one in found])
    doubted = np.array([one.half_width is None or one.carried_by is not None for one in found])
    covered = float(hit.mean())
    return Fixed(
        runs=runs,
        covered=covered,
        error=float(np.sqrt(max(covered * (1.0 - covered), 1.0 / runs) / runs)),
        doubted=float(doubted.mean()),
        silent=float((~hit & ~doubted).mean()),
    )


def coverage(law: SampledLaw, goal: PrecisionTarget, *, first: int, runs: int, seed: int) -> tuple[Coverage, ...]:
    """Coverage of the `WAYS`, in the same runs; looks as for `run.replications` = `first`."""
    looks = looks_of(first, goal.at_most)
    stops = [_runs(law, goal, looks, min(PART, runs - at), seed, at) for at in range(0, runs, PART)]
    return tuple(_summary(way, np.concatenate([each[way] for each in stops]), law.mean, goal, runs) for way in WAYS)


def _runs(
    law: SampledLaw, goal: PrecisionTarget, looks: tuple[int, ...], number: int, seed: int, part: int
) -> dict[str, Floats]:
    """Way -> (runs, 3) replications, mean and half-width at the end."""
    generator = np.random.Generator(np.random.Philox(key=[key_word(seed, LAW) % 2**64, part]))
    values = law.draw(generator, (number, goal.at_most))
    counts = np.arange(1, goal.at_most + 1)
    first = values[:, :1]
    sums, squares = (values - first).cumsum(axis=1), ((values - first) ** 2).cumsum(axis=1)
    variances = np.maximum(squares - sums**2 / counts, 0.0) / np.maximum(counts - 1, 1)
    means, errors = first + sums / counts, np.sqrt(variances / counts)
    declared = np.array(looks) - 1
    every = np.arange(FIRST_PEEK - 1, goal.at_most)
    return {
        "looks": _stopped(goal, declared, means, errors, confidence_at(looks)),
        "plain": _stopped(goal, declared, means, errors, CONFIDENCE),
        "peeking": _stopped(goal, every, means, errors, CONFIDENCE),
    }


def _stopped(goal: PrecisionTarget, at: Ints, means: Floats, errors: Floats, confidence: float) -> Floats:
    """(runs, 3) where each run ends: at the first of the places `at` that is precise enough, or at the last one."""
    means, points = means[:, at], np.array([student(int(place), confidence) for place in at])
    widths = errors[:, at] * points
    enough = np.maximum(goal.relative * np.abs(means), goal.floor)
    met = (widths <= enough) & (widths > 0.0)
    met[:, -1] = True
    end = met.argmax(axis=1)
    rows = np.arange(len(means))
    return np.stack([at[end] + 1.0, means[rows, end], widths[rows, end]], axis=1)


def _summary(way: str, ends: Floats, truth: float, goal: PrecisionTarget, runs: int) -> Coverage:
    replications, means, widths = ends.T
    apart = np.abs(means - truth)
    enough = np.array([wanted(goal, mean) for mean in means])
    covered = float((apart <= widths).mean())
    return Coverage(
        way=way,
        runs=runs,
        covered=covered,
        within=float((apart <= enough).mean()),
        error=float(np.sqrt(max(covered * (1.0 - covered), 1.0 / runs) / runs)),
        replications=float(replications.mean()),
        reached=float((widths <= enough).mean()),
    )
