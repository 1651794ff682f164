"""One line of the table of theory: a truth, an estimate with its error, and whether both agree with power.

A finding passes if it is unbiased *and* powered. Unbiased: the estimate lies within `LIMIT` standard errors of the
truth, so that a whole table of at most `MOST` findings raises a false alarm with probability `LEVEL` at most
(Bonferroni, however findings that share a play depend on each other; scores are normal to the accuracy of Student's law
for means, of the delta method for variances). Powered: the 95 % half-width of the estimate is at most the stated
tolerance; an error of three tolerances is then caught with probability above 0.87. At the full level every tolerance
is at most `TOLERANCE`.

Values that a finding is made of are independent: one a replication, or one a replication and province where provinces
do not meet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log, sqrt

import numpy as np
import numpy.typing as npt

LEVEL = 1e-3  # probability that a table of correct findings shows any error
MOST = 400  # findings in a table, at most
TOLERANCE = 0.02  # share of the truth
CELL_TOLERANCE = 0.05  # of a distribution: root mean square of the relative errors of its cells
RARE = 20.0  # expected count below which cells of a distribution are pooled
SURELY = 37.0  # score of what cannot be chance; larger ones are cut to it
_HALF = 1.959963984540054  # standard errors in a 95 % half-width
LIMIT = 4.7081297157535635  # standard errors: normal quantile of 1 - LEVEL / MOST / 2; a test holds it

Values = npt.ArrayLike


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a finding is about.

    family, name : "erlang-a", "mean wait of leads".      unit : of truth and estimate.
    formula : one line: the closed form or how the truth is computed, with its source (author year).
    scenario : the shipped scenario that gives it back; "" where nothing is played.
    """

    family: str
    name: str
    formula: str
    unit: str
    scenario: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One comparison with a truth; fields as in `Claim`, and:

    half_width : of the 95 % Monte Carlo interval of the estimate, same unit; 0 for identities.
    z : (estimate - truth) in standard errors as a normal score; for a distribution the normal score of the p-value.
    tolerance : half-width allowed, as a share of the truth, or in its unit where the truth is 0.
    power : probability to catch an error of three tolerances.      replications : independent values behind it.
    freedom : degrees of freedom of a distribution's chi-square; 0 for all others.
    """

    family: str
    name: str
    formula: str
    unit: str
    truth: float
    estimate: float
    half_width: float
    z: float
    power: float
    tolerance: float
    replications: int
    scenario: str
    freedom: int = 0

    @property
    def allowed(self) -> float:
        """The tolerance in the unit of the truth."""
        return self.tolerance * (abs(self.truth) or 1.0)

    @property
    def verdict(self) -> str:
        """``pass``, ``biased`` or ``not powered``."""
        if not abs(self.z) <= LIMIT:
            return "biased"
        return "pass" if self.half_width <= self.allowed else "not powered"

    def within(self, tolerance: float) -> Finding:
        """Return the finding with this tolerance, where the stated one is larger."""
        if self.tolerance <= tolerance:
            return self
        found = replace(self, tolerance=tolerance)
        return replace(found, power=found.power_at(3.0 * found.allowed))

    def power_at(self, error: float) -> float:
        """Probability to catch an error of this size, in the unit of the truth; of a distribution: root mean square."""
        from scipy import stats

        if self.freedom:
            critical = stats.chi2.isf(stats.norm.sf(LIMIT), self.freedom)
            return float(stats.ncx2.sf(critical, self.freedom, self.replications * error**2))
        if self.half_width == 0.0:
            return 1.0
        return float(stats.norm.sf(LIMIT - error * _HALF / self.half_width))


def mean_finding(values: Values, truth: float, claim: Claim, *, tolerance: float = TOLERANCE) -> Finding:
    """The mean of independent values of any shape against its truth."""
    x = _flat(values)
    return _finding(claim, truth, float(x.mean()), _error(x), x.size, tolerance)


def tail_finding(
    values: Values,
    var: float,
    estimate: float,
    truth: float,
    claim: Claim,
    *,
    level: float,
    tolerance: float = TOLERANCE,
) -> Finding:
    """A tail value at risk that was estimated elsewhere from these values, against its truth.

    var : the true value at risk. The error is that of the mean of var + (value - var)+ / (1 - level), which is the tail
    value at risk in the mean; the score is of `estimate`, whose own value at risk makes a difference of second order.
    """
    x = _flat(values)
    error = _error(var + np.maximum(x - var, 0.0) / (1.0 - level))
    return _finding(claim, truth, estimate, error, x.size, tolerance)


def ratio_finding(
    numerators: Values, denominators: Values, truth: float, claim: Claim, *, tolerance: float = TOLERANCE
) -> Finding:
    """A ratio of two means, such as waiting days per lead: sum of numerators / sum of denominators.

    The score is that of the mean of numerator - truth x denominator, which has no bias of a ratio (Fieller 1954).
    """
    a, b = _flat(numerators), _flat(denominators)
    estimate, below = float(a.sum() / b.sum()), float(b.mean())
    away = a - truth * b
    error = _error(a - estimate * b) / abs(below)
    found = _finding(claim, truth, estimate, error, a.size, tolerance)
    score = _score(float(away.mean()) * np.sign(below), _error(away), a.size)
    return _with_score(found, score)


def variance_finding(
    values: Values, truth: float, claim: Claim, *, tolerance: float = TOLERANCE, kurtosis: float | None = None
) -> Finding:
    """The variance of independent values against a truth above 0; its error comes from the fourth moment.

    kurtosis : fourth central moment over the variance squared, where it is known; None: that of the values. Of values
    with a long tail the latter is too small whenever the variance is, and scores are then far too often far below 0.
    The score is taken of the logarithm, whose law is nearer to the normal one than that of a variance.
    """
    x = _flat(values)
    away = x - x.mean()
    estimate = float((away**2).sum() / (x.size - 1))
    if estimate == 0.0:
        return _finding(claim, truth, estimate, 0.0, x.size, tolerance)
    if kurtosis is None:
        kurtosis = float((away**4).mean()) / float((away**2).mean()) ** 2
    relative = sqrt(max(kurtosis - (x.size - 3) / (x.size - 1), 0.0) / x.size)
    found = _finding(claim, truth, estimate, relative * estimate, x.size, tolerance)
    return _with_score(found, _score(log(estimate / truth), relative, x.size))


def kurtosis_of(law: Values) -> float:
    """Fourth central moment over the variance squared of probabilities of 0, 1, 2, ..."""
    p = _flat(law)
    away = np.arange(p.size) - float(p @ np.arange(p.size))
    return float(p @ away**4) / float(p @ away**2) ** 2


def share_finding(
    hits: int, number: int, truth: float, claim: Claim, *, tolerance: float = TOLERANCE, truth_error: float = 0.0
) -> Finding:
    """A share of independent yes and no against a probability; the error is the one that the truth implies.

    truth_error : standard error of the truth, where it is itself an estimate from an independent simulation.
    """
    error = sqrt(truth * (1.0 - truth) / number + truth_error**2)
    return _finding(claim, truth, hits / number, error, number, tolerance)


def distribution_finding(
    counts: Values, probabilities: Values, claim: Claim, *, tolerance: float = CELL_TOLERANCE
) -> Finding:
    """Counts of the cells of a distribution against their probabilities (Pearson's chi-square).

    counts, probabilities : (K,), in an order in which neighbours may be pooled; what the probabilities lack of 1 is a
    last cell that no count fell into. The truth is 0 and the estimate the root mean square of the relative errors of
    the cells, weighted by their probability and cleared of noise; the half-width is what chance alone reaches in 5 %.
    """
    from scipy import stats

    o, e = _pooled(_flat(counts), _flat(probabilities))
    n, df = float(o.sum()), len(o) - 1
    chi2 = float(((o - e) ** 2 / e).sum())
    score = min(float(stats.norm.isf(stats.chi2.sf(chi2, df))), SURELY)
    if score < 0.0:
        score = max(-float(stats.norm.isf(stats.chi2.cdf(chi2, df))), -SURELY)
    finding = Finding(
        **vars(claim),
        truth=0.0,
        estimate=sqrt(max(chi2 - df, 0.0) / n),
        half_width=sqrt(max(float(stats.chi2.isf(0.05, df)) - df, 0.0) / n),
        z=score,
        power=1.0,
        tolerance=tolerance,
        replications=int(n),
        freedom=df,
    )
    return replace(finding, power=finding.power_at(3.0 * tolerance))


def continuous_finding(levels: Values, claim: Claim, *, cells: int = 20, tolerance: float = CELL_TOLERANCE) -> Finding:
    """Values of a continuous law, each put through its distribution function: they must be uniform in (0, 1)."""
    counts, _ = np.histogram(_flat(levels), bins=cells, range=(0.0, 1.0))
    return distribution_finding(counts, np.full(cells, 1.0 / cells), claim, tolerance=tolerance)


def exact_finding(value: float, truth: float, claim: Claim, *, relative: float = 1e-12) -> Finding:
    """An identity: the value is the truth but for rounding, at most `relative` of it (of 1 where the truth is 0)."""
    same = abs(value - truth) <= relative * (abs(truth) or 1.0)
    return Finding(
        **vars(claim), truth=truth, estimate=value, half_width=0.0, power=1.0, tolerance=relative, replications=1,
        z=0.0 if same else float(np.copysign(SURELY, value - truth)),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ arithmetic


def _flat(values: Values) -> npt.NDArray[np.float64]:
    return np.asarray(values, np.float64).ravel()


def _error(x: npt.NDArray[np.float64]) -> float:
    """Standard error of a mean."""
    return float(x.std(ddof=1)) / sqrt(x.size)


def _score(away: float, error: float, n: int) -> float:
    """A distance with an estimated error as a normal score: as improbable as under Student's law."""
    from scipy import stats

    if error == 0.0:
        return 0.0 if away == 0.0 else float(np.copysign(SURELY, away))
    score = float(stats.norm.isf(stats.t.sf(abs(away) / error, n - 1)))
    return float(np.copysign(min(score, SURELY), away))


def _finding(claim: Claim, truth: float, estimate: float, error: float, n: int, tolerance: float) -> Finding:
    finding = Finding(
        **vars(claim),
        truth=truth,
        estimate=estimate,
        half_width=_HALF * error,
        z=_score(estimate - truth, error, n),
        power=1.0,
        tolerance=tolerance,
        replications=n,
    )
    return replace(finding, power=finding.power_at(3.0 * finding.allowed))


def _with_score(found: Finding, score: float) -> Finding:
    return replace(found, z=score)


def _pooled(
    counts: npt.NDArray[np.float64], probabilities: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Observed and expected counts, neighbours pooled until each cell expects `RARE`; the last cell is the rest."""
    n = float(counts.sum())
    o, e = np.append(counts, 0.0), np.append(probabilities, max(0.0, 1.0 - float(probabilities.sum()))) * n
    observed, expected = [0.0], [0.0]
    for count, mean in zip(o, e, strict=True):
        if expected[-1] >= RARE:
            observed.append(0.0)
            expected.append(0.0)
        observed[-1] += count
        expected[-1] += mean
    if len(expected) > 1 and expected[-1] < RARE:
        last, rest = observed.pop(), expected.pop()
        observed[-1] += last
        expected[-1] += rest
    return np.array(observed), np.array(expected)
