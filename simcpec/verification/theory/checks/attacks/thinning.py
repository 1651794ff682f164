"""Poisson, clustered and negative binomial attempts, thinned by layers with a common cause."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from simcpec.model.world import Floats
from simcpec.verification.theory.finding import (
    Claim,
    Finding,
    distribution_finding,
    exact_finding,
    mean_finding,
    variance_finding,
)
from simcpec.verification.theory.simulate import SimulatedCounts, TheorySimulator

FAMILY = "thinning"
LAYERED, CLUSTERED, MIXED = "theory/thinning", "theory/clusters", "theory/negbin"
RATE = 1.0  # attempts a day and province
STOPS, COMMON = (0.2, 0.5, 0.3), 0.15
RECORDED = (0.6, 0.3)  # by province, of attacks that hurt nobody
OUTCOMES = ("stopped_route", "stopped_guard", "stopped_hardening", "breaches")
CLUSTERS = (0.6, 0.3, 0.1)
MEAN, SIZE, STOPPED = 240.0 / 365.25 * 30.0, 2.0, 0.4  # of the negative binomial scenario


def shares(stops: tuple[float, float, float], common: float) -> tuple[float, ...]:
    """Shares of attacks that each of three layers stops, and of those that pass them all.

    Layer l stops (1 - w) p_l prod(1 - p_k, k < l); w + (1 - w) prod(1 - p_k) pass.
    """
    a, b, c = stops
    rest = 1.0 - common
    return rest * a, rest * (1 - a) * b, rest * (1 - a) * (1 - b) * c, common + rest * (1 - a) * (1 - b) * (1 - c)


def claim(name: str, formula: str, unit: str, scenario: str) -> Claim:
    """A claim of this family."""
    return Claim(family=FAMILY, name=name, formula=formula, unit=unit, scenario=scenario)


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """Everything of the family."""
    yield from layered(stage)
    yield from clustered(stage)
    yield from mixed(stage)


def layered(stage: TheorySimulator) -> Iterator[Finding]:
    """Outcomes of attacks by month: each Poisson, all of them independent."""
    from scipy import stats

    played = stage.play(LAYERED, replications=400)
    days, split = played.days[None, :, None], shares(STOPS, COMMON)
    scores = []
    for name, share in zip(OUTCOMES, split, strict=True):
        counts, truth = played.cell(name), RATE * share
        poisson = "Poisson splitting (Kingman 1993)"
        yield mean_finding(
            counts / days, truth, claim(f"{name}: mean", f"rate x share; {poisson}", "attacks/day", LAYERED)
        )
        scores.append((counts - truth * days) / np.sqrt(truth * days))
        formula = f"variance / mean = 1; {poisson}"
        yield mean_finding(scores[-1] ** 2, 1.0, claim(f"{name}: variance / mean", formula, "1", LAYERED))
    whole = played.cell("breaches")[:, played.days == 31.0]
    law = stats.poisson(31.0 * RATE * split[-1]).pmf(np.arange(80))
    about = claim("breaches: distribution", "Poisson in months of 31 days; splitting (Kingman 1993)", "1", LAYERED)
    yield distribution_finding(histogram(whole.ravel(), 80), law, about)
    for (one, a), (other, b) in combinations(zip(OUTCOMES, scores, strict=True), 2):
        formula = "correlation 0: parts of a split Poisson process are independent (Kingman 1993)"
        yield mean_finding(a * b, 0.0, claim(f"{one} x {other}", formula, "1", LAYERED))
    yield from recorded(played)
    probability = played.cell("expected_breaches").sum() / played.cell("attacks").sum()
    formula = "probability of a breach, added up attack by attack: w + (1 - w) prod(1 - p)"
    yield exact_finding(
        float(probability), split[-1], claim("expected breaches per attack", formula, "1", LAYERED), relative=1e-9
    )


def recorded(played: SimulatedCounts) -> Iterator[Finding]:
    """Attacks that a record has: Poisson, and independent of those that it misses."""
    days, truth = played.days[None, :, None], RATE * np.array(RECORDED)
    found, all_of_them = played.province("reported_attacks"), played.cell("attacks")
    formula = "rate x share on record; Poisson splitting (Kingman 1993)"
    for p, name in enumerate(("first", "second")):
        yield mean_finding(
            found[..., p] / played.days, float(truth[p]),
            claim(f"on record in the {name} province: mean", formula, "attacks/day", LAYERED),
        )  # fmt: skip
    score = (found - truth * days) / np.sqrt(truth * days)
    missed = (all_of_them - found - (RATE - truth) * days) / np.sqrt((RATE - truth) * days)
    yield mean_finding(score**2, 1.0, claim("on record: variance / mean", f"1; {formula}", "1", LAYERED))
    formula = "correlation 0: parts of a split Poisson process are independent (Kingman 1993)"
    yield mean_finding(score * missed, 0.0, claim("on record x missed", formula, "1", LAYERED))


def clustered(stage: TheorySimulator) -> Iterator[Finding]:
    """One to three plots a birth."""
    played = stage.play(CLUSTERED, replications=300)
    days, counts = played.days[None, :, None], played.cell("attacks")
    first, second = (float(np.dot(np.arange(1, 4) ** k, CLUSTERS)) for k in (1, 2))
    formula = "rate x E size; compound Poisson (Feller 1968)"
    yield mean_finding(counts / days, RATE * first, claim("clusters: mean", formula, "attacks/day", CLUSTERED))
    formula = "E size^2 / E size; compound Poisson (Feller 1968)"
    away = (counts - RATE * first * days) ** 2 / (RATE * first * days)
    yield mean_finding(away, second / first, claim("clusters: variance / mean", formula, "1", CLUSTERED))


def mixed(stage: TheorySimulator) -> Iterator[Finding]:
    """Attempts with a gamma factor: negative binomial, also what is left of them, and correlated."""
    from scipy import stats

    played = stage.play(MIXED, replications=4000)
    stopped, breaches = played.cell("stopped_guard").ravel(), played.cell("breaches").ravel()
    attacks = stopped + breaches
    formula = "gamma mixture of Poisson with mean m: m + m^2 / k (Greenwood, Yule 1920)"
    yield mean_finding(attacks, MEAN, claim("mixed attempts: mean", formula, "attacks", MIXED))
    truth = MEAN + MEAN**2 / SIZE
    yield variance_finding(
        attacks,
        truth,
        claim("mixed attempts: variance", formula, "attacks^2", MIXED),
        tolerance=0.03,
        kurtosis=3.0 + 6.0 / SIZE + 1.0 / truth,
    )
    yield distribution_finding(
        histogram(attacks, 400), stats.nbinom(SIZE, SIZE / (SIZE + MEAN)).pmf(np.arange(400)),
        claim("mixed attempts: distribution", "negative binomial with mean m and size k", "1", MIXED),
    )  # fmt: skip
    left = MEAN * (1.0 - STOPPED)
    formula = "what thinning leaves keeps the size: mean m (1 - p), size k"
    yield distribution_finding(
        histogram(breaches, 400), stats.nbinom(SIZE, SIZE / (SIZE + left)).pmf(np.arange(400)),
        claim("mixed attempts: distribution of breaches", formula, "1", MIXED),
    )  # fmt: skip
    products = (stopped - MEAN * STOPPED) * (breaches - left)
    formula = "p (1 - p) m^2 / k: both share the gamma factor"
    yield mean_finding(
        products, MEAN**2 * STOPPED * (1.0 - STOPPED) / SIZE,
        claim("mixed attempts: covariance of stopped and breaches", formula, "attacks^2", MIXED), tolerance=0.04,
    )  # fmt: skip


def histogram(counts: Floats, length: int) -> Floats:
    """(length,) how often each count below `length` stands in `counts`."""
    return np.bincount(counts.astype(np.int64), minlength=length)[:length].astype(np.float64)
