"""Common random numbers: the difference of two thinnings of the same attempts is Poisson and never negative."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simcpec.analysis.paired_differences import paired
from simcpec.model.world import Floats
from simcpec.verification.theory.checks.attacks.thinning import histogram, shares
from simcpec.verification.theory.finding import (
    Claim,
    Finding,
    distribution_finding,
    exact_finding,
    mean_finding,
    share_finding,
)
from simcpec.verification.theory.simulate import TheorySimulator

SCENARIO = "theory/common"
WEAK, STRONG = 0.3, 0.55
COMMON = 0.15
SHARE = shares((0.2, WEAK, 0.3), COMMON)[-1] - shares((0.2, STRONG, 0.3), COMMON)[-1]  # of attempts, averted
GROUP = 12  # differences behind one half-width


def claim(name: str, formula: str, unit: str = "1") -> Claim:
    """A claim of this family."""
    return Claim(family="common-numbers", name=name, formula=formula, unit=unit, scenario=SCENARIO)


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """Breaches that the stronger layer averts, by month of 31 days."""
    from scipy import stats

    weak = stage.play(SCENARIO, replications=400)
    strong = stage.play(
        SCENARIO, replications=400, sets=(f"world.protection.layers.guard.stop_probability={STRONG:.0%}",)
    )
    whole = weak.days == 31.0
    before, after = (played.cell("breaches")[:, whole] for played in (weak, strong))
    averted, mean = (before - after).ravel(), 31.0 * SHARE
    formula = "rate x difference of the shares that pass; a part of a split Poisson process (Kingman 1993)"
    yield exact_finding(float((averted < 0.0).sum()), 0.0, claim("months with fewer than 0 averted", "never", "months"))
    yield mean_finding(averted, mean, claim("breaches averted: mean", formula, "breaches"))
    yield mean_finding((averted - mean) ** 2 / mean, 1.0, claim("breaches averted: variance / mean", "1: Poisson"))
    counts = histogram(np.maximum(averted, 0.0), 60)
    about = claim("breaches averted: distribution", "Poisson")
    yield distribution_finding(counts, stats.poisson(mean).pmf(np.arange(60)), about)
    left = 31.0 * (shares((0.2, STRONG, 0.3), COMMON)[-1])
    product = (averted - mean) * (after.ravel() - left) / np.sqrt(mean * left)
    yield mean_finding(product, 0.0, claim("breaches averted x breaches left", "0: parts of a split are independent"))
    yield coverage(before.ravel(), after.ravel(), mean)


def coverage(before: Floats, after: Floats, mean: float) -> Finding:
    """Return how often the paired half-width of a dozen differences covers the truth."""
    whole = len(before) // GROUP
    a, b = (counts[: whole * GROUP].reshape(whole, 1, GROUP) for counts in (before, after))
    pairs = [paired(one, other) for one, other in zip(a, b, strict=True)]
    hits = sum(
        difference.half_width is not None and abs(difference.mean - mean) <= difference.half_width
        for difference in pairs
    )
    formula = "P(Student interval of 12 Poisson counts covers their mean), from the joint law of sum and squares"
    truth = student_coverage(mean, GROUP)
    return share_finding(hits, whole, truth, claim("coverage of the paired half-width", formula))


def student_coverage(mean: float, n: int) -> float:
    """Coverage of the 95 % Student interval of n independent Poisson counts, exactly.

    The joint law of sum and sum of squares is the n-fold convolution of that of (k, k^2), here by Fourier transform.
    """
    from scipy import stats

    law = np.zeros((256, 4096))  # beyond it nothing counts for means up to about 5 and a dozen counts
    k = np.arange(64)
    law[k, k**2] = stats.poisson(mean).pmf(k)
    joint = np.fft.irfft2(np.fft.rfft2(law) ** n, s=law.shape)
    total, squares = np.indices(law.shape)
    error = np.sqrt(np.maximum(squares - total**2 / n, 0.0) / (n - 1) / n)
    covered = np.abs(total / n - mean) <= stats.t.isf(0.025, n - 1) * error
    return float(joint[covered].sum())
