"""Differences and ratios between two scenarios that were played with common random numbers.

`paired` subtracts replication by replication (table T5).  Ratios of rates divide means, never take a mean of ratios
(table T6), with a paired bootstrap whose resamples are addressed draws, so that it gives the same interval every time.
Both are statements about the model, not empirical estimates; `scenario_analysis` asks for them from what a study keeps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from simcpec.analysis.estimates import (
    NOT_ESTIMABLE,
    ROUNDING,
    Moments,
    estimate_from,
    missing,
    moments,
    percent,
    quantiles,
    shown_in_html,
    student,
)
from simcpec.analysis.exact_bounds import PLAIN, Nature, carried, differs_below
from simcpec.catalogue.checks import binomial_interval
from simcpec.model.world import Floats, Ints
from simcpec.numerics.streams import S_BOOTSTRAP, key_word

RESAMPLES = 2000
AGREED = 0.9  # of the parameter draws: share that has to have the sign of a difference for it to be claimed
SIGNS = 6  # equal differences that show their sign at 95 %: 2 x 2**-6 is below 5 %
NO_BASE = "no incident in the baseline"
IDENTICAL = "identical counts in every replication"
NONE_HERE = "no incident in the scenario: exact upper bound"
ONE_EACH = "one replication: no interval"
NO_SPREAD = "no pair differs from another: exact limits of two independent counts"
BY_DELTA = "interval by the delta method: not all rows are kept"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """a - b, where b is the baseline; no field is ever nan or infinite."""

    mean: float
    half_width: float | None  # 95 % Monte Carlo, from the paired spread; None with one replication a draw
    low: float | None  # 5 % point over parameter draws of the conditional mean; None with a single draw
    high: float | None
    variance_ratio: float | None  # (Var a + Var b) / Var (a - b): replications that pairing saves; None where Var is 0
    correlation: float | None  # of a and b within draws; None where one of them does not vary
    verdict: str  # "less" | "more" | "not distinguishable" | "identical" | "not estimable"
    p_less: float | None  # share of parameter draws in which a < b; None with a single draw or lost in noise
    n: int = 0  # pairs
    note: str = ""
    differs: float | None = None  # exact 95 % bound of the probability that a pair differs from these, where none did
    carried_by: float | None = None  # effective number of pairs that carry the mean; None unless a handful does
    hidden: bool = False  # whether Monte Carlo noise hides the spread over parameter draws
    twins: bool = False  # whether `n` counts pairs of antithetic twins
    tie: str = ""  # with parameter draws: why neither less nor more is claimed; "" where one is, or nothing is drawn

    @property
    def agreed(self) -> float | None:
        """Share of parameter draws that have the sign of the mean; None where that is not known."""
        return None if self.p_less is None else self.p_less if self.mean < 0.0 else 1.0 - self.p_less

    def _repr_html_(self) -> str:
        """The difference with both intervals and its verdict, as notebooks show it."""
        if self.verdict == NOT_ESTIMABLE:
            return f"<p>{NOT_ESTIMABLE}: {self.note}</p>"
        ends = None if self.low is None or self.high is None else (self.low, self.high)
        return shown_in_html(self.mean, self.half_width, ends, self.verdict, hidden=self.hidden)

    @property
    def monte_carlo(self) -> tuple[float, float] | None:
        """Both ends of the 95 % Monte Carlo interval; None where there is none."""
        return None if self.half_width is None else (self.mean - self.half_width, self.mean + self.half_width)


@dataclass(frozen=True, kw_only=True)
class RateRatio:
    """Incident rate of a scenario over that of the baseline; model-based, not an empirical estimate."""

    ratio: float  # 0 where `estimable` is False
    low: float | None  # 95 % Monte Carlo interval: paired bootstrap over replications, percentiles
    high: float | None
    estimable: bool
    note: str
    delta_low: float | None = None  # the same interval by the delta method on the logarithm: a check
    delta_high: float | None = None
    uncertainty_low: float | None = None  # 5 % point of the ratio over parameter draws, without Monte Carlo noise
    uncertainty_high: float | None = None
    identical: bool = False  # whether the counts are equal in every replication


def paired(a: Floats, b: Floats, *, nature: Nature = PLAIN) -> Difference:
    """Difference a - b of two scenarios' values (D, R) that share the index (draw, replication).

    Verdict: "identical" if every difference is exactly 0; "less" or "more" if the Monte Carlo interval lies on one side
    of 0 and, with several parameter draws, 90 % of them do too; else "not distinguishable". Differences
    that are equal in each draw have no Monte Carlo interval: what decides in its place is that they are `SIGNS` or more
    (an exact sign test).
    Raises ValueError if the shapes differ.
    """
    if a.shape != b.shape:
        raise ValueError(f"values of shapes {a.shape} and {b.shape} are not paired")
    if np.any(np.isnan(a)) or np.any(np.isnan(b)):
        return not_estimable(int(a.size))
    differences = a - b
    of_a, of_b, found = (moments(values) for values in (a, b, differences))
    return difference_from(
        found, of_a.within, of_b.within, n=int(a.size), differ=bool(differences.any()), nature=nature,
        carried_by=carried(differences, nature),
    )  # fmt: skip


def difference_from(
    found: Moments,
    of_a: float | None,
    of_b: float | None,
    *,
    n: int,
    differ: bool,
    nature: Nature = PLAIN,
    carried_by: float | None = None,
) -> Difference:
    """From the moments of a - b and the variances of a and b within draws; `differ` if any a - b is not 0."""
    shown = estimate_from(found, n, nature=replace(nature, event=None), carried_by=carried_by, what="pair")
    ratio, correlation = _pairing(of_a, of_b, found.within)
    result = Difference(
        mean=found.mean, half_width=shown.half_width, low=shown.low, high=shown.high, variance_ratio=ratio,
        correlation=correlation, verdict="identical", p_less=None if shown.low is None else _below_zero(found),
        n=n, note=shown.note, differs=shown.differs, carried_by=shown.carried_by, hidden=shown.hidden,
        twins=shown.twins,
    )  # fmt: skip
    if not differ:
        return result
    verdict, why = _verdict(result)
    return replace(result, verdict=verdict, tie=why if len(found.means) > 1 else "")


def not_estimable(n: int) -> Difference:
    """The difference of what cannot be estimated."""
    why = missing(n, "nothing to divide by")
    return Difference(
        mean=why.mean, half_width=None, low=None, high=None, variance_ratio=None, correlation=None,
        verdict="not estimable", p_less=None, n=n, note=why.note,
    )  # fmt: skip


def _verdict(found: Difference) -> tuple[str, str]:
    """The verdict, and why it claims no sign."""
    undecided = "not distinguishable", "the Monte Carlo interval holds 0"
    if found.half_width is None and (found.differs is None or found.n < SIGNS):
        return undecided
    half_width = found.half_width or 0.0  # no two differences of a draw differ: the sign is that of the mean
    if abs(found.mean) <= half_width:
        return undecided
    if found.agreed is not None and found.agreed < AGREED:
        share = f"{percent(found.agreed)} of the draws have the sign of the mean"
        return "not distinguishable", f"{share}, and {percent(AGREED)} are needed"
    return "less" if found.mean < 0.0 else "more", ""


def _below_zero(found: Moments) -> float | None:
    """Share of draws whose mean is below 0, an exact 0 counting half; None where the means are not known."""
    means = found.shrunk()
    if means is None:
        return None
    return float(np.mean((means < 0.0) + 0.5 * (means == 0.0)))


def _pairing(of_a: float | None, of_b: float | None, of_difference: float | None) -> tuple[float | None, float | None]:
    """Variance ratio and correlation, from variances within draws; None where a divisor is 0 or R = 1."""
    if of_a is None or of_b is None or of_difference is None:
        return None, None
    ratio = (of_a + of_b) / of_difference if of_difference > 0.0 else None
    scale = math.sqrt(of_a) * math.sqrt(of_b)
    if scale == 0.0:
        return ratio, None
    covariance = (of_a + of_b - of_difference) / 2.0
    return ratio, min(1.0, max(-1.0, covariance / scale))


# ------------------------------------------------------------------------------------------------ ratios


def ratio_of_rates(
    a: Floats, b: Floats, *, years_a: Floats, years_b: Floats, seed: int, resamples: int = RESAMPLES
) -> RateRatio:
    """Rate of incidents `a` (D, R) over that of `b`, each per person-year (D,); see `analysis.rate_ratio`."""
    if not b.any():
        return no_ratio(NO_BASE)
    scale = math.fsum(years_b) / math.fsum(years_a)
    rate_ratio = ratio_of_sums(a, b, scale=scale, seed=seed, resamples=resamples)
    over = _over_draws(a, b, years_b / years_a)
    return replace(rate_ratio, uncertainty_low=over and over[0], uncertainty_high=over and over[1])


def ratio_of_sums(a: Floats, b: Floats, *, scale: float, seed: int, resamples: int = RESAMPLES) -> RateRatio:
    """scale x sum(a) / sum(b) for counts (D, R), sum(b) > 0, with its Monte Carlo interval; see `scenario_analysis`."""
    ratio = scale * math.fsum(a.ravel()) / math.fsum(b.ravel())
    low, high, note = _interval(a, b, scale, seed, resamples)
    delta = _delta_interval(a, b, ratio)
    return RateRatio(
        ratio=ratio, low=low, high=high, estimable=True, note=note, identical=np.array_equal(a, b),
        delta_low=delta and delta[0], delta_high=delta and delta[1],
    )  # fmt: skip


def no_ratio(why: str) -> RateRatio:
    """The ratio of what has none."""
    return RateRatio(ratio=0.0, low=None, high=None, estimable=False, note=f"not estimable: {why}")


def _interval(a: Floats, b: Floats, scale: float, seed: int, resamples: int) -> tuple[float | None, float | None, str]:
    """Low, high and what to mind about them."""
    if np.array_equal(a, b):
        return None, None, _identical(a.size)
    if a.shape[1] < 2:
        return None, None, ONE_EACH
    if not a.any():
        return 0.0, _zero_bound(math.fsum(b.ravel()), scale), NONE_HERE
    sums_a, sums_b = bootstrap_sums(a, b, seed=seed, resamples=resamples)
    ratios = np.full(resamples, np.inf)
    np.divide(scale * sums_a, sums_b, out=ratios, where=sums_b > 0.0)
    low, high = (float(x) for x in np.quantile(ratios, [0.025, 0.975], method="inverted_cdf"))
    if not math.isfinite(high):
        return (low if math.isfinite(low) else None), None, "too few incidents in the baseline: no upper end"
    if low == high:
        return (*_conditional(math.fsum(a.ravel()), math.fsum(b.ravel()), scale), NO_SPREAD)
    return low, high, ""


def _identical(n: int) -> str:
    return f"{IDENTICAL}: another one differs with a probability below {percent(differs_below(n))}"


def _conditional(a: float, b: float, scale: float) -> tuple[float, float]:
    """Exact 95 % limits of a ratio of two Poisson rates: given their sum the first count is binomial."""
    shares = binomial_interval(a, a + b)
    low, high = (scale * share / (1.0 - share) for share in shares)
    return low, high


def _zero_bound(events: float, scale: float) -> float:
    """Upper 97.5 % end of a rate ratio with 0 against `events` incidents: both Poisson, so binomial given their sum."""
    share = 1.0 - math.exp(math.log(0.025) / events)
    return scale * share / (1.0 - share)


def bootstrap_sums(a: Floats, b: Floats, *, seed: int, resamples: int) -> tuple[Floats, Floats]:
    """(resamples,) sums of a and of b over resampled replications: within each draw, the same ones in both."""
    sums = np.zeros((2, resamples))
    for draw in range(a.shape[0]):
        chosen = resampled(seed=seed, draw=draw, replications=a.shape[1], resamples=resamples)
        sums[0] += a[draw][chosen].sum(axis=1)
        sums[1] += b[draw][chosen].sum(axis=1)
    return sums[0], sums[1]


def resampled(*, seed: int, draw: int, replications: int, resamples: int) -> npt.NDArray[np.int64]:
    """(resamples, replications) indices, uniform on 0 ... replications - 1.

    Addressed draws of stream BOOTSTRAP: entities 1, 2, 3, ... at place 0, four words each, in the order of the array.
    They are the words of ``numpy.random.Philox``, which counts its first counter word up before each block.
    """
    key = np.array([key_word(seed, draw) % 2**64, 0], dtype=np.uint64)
    counter = np.array([0, 0, int(S_BOOTSTRAP), 0], dtype=np.uint64)
    words = np.random.Philox(key=key, counter=counter).random_raw(resamples * replications)
    uniforms = ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
    return (uniforms * replications).astype(np.int64).reshape(resamples, replications)


def _log_ratio_variance(a: Floats, b: Floats) -> float | None:
    """Delta-method variance of log(sum a / sum b) from paired spreads within draws; None for R = 1 or a sum of 0."""
    mean_a, mean_b = math.fsum(a.ravel()) / a.size, math.fsum(b.ravel()) / b.size
    if mean_a == 0.0 or mean_b == 0.0:
        return None
    within = moments(a / mean_a - b / mean_b).within
    return None if within is None else within / a.size


def _delta_interval(a: Floats, b: Floats, ratio: float) -> tuple[float, float] | None:
    variance = _log_ratio_variance(a, b)
    if not variance:
        return None
    reach = math.exp(student(a.shape[0] * (a.shape[1] - 1)) * math.sqrt(variance))
    return ratio / reach, ratio * reach


def _over_draws(a: Floats, b: Floats, scale: Floats) -> tuple[float, float] | None:
    """5-95 % of the ratio over draws, on the log scale, less its noise; None where noise hides it or D = 1."""
    noise = [_log_ratio_variance(a[[d]], b[[d]]) for d in range(len(a))]
    return _spread(a.sum(axis=1), b.sum(axis=1), scale, noise)


def _spread(sums_a: Floats, sums_b: Floats, scale: Floats, noise: Sequence[float | None]) -> tuple[float, float] | None:
    """Return the ratio from sums (D,) and the variances of the logarithms of their ratios."""
    if len(sums_a) < 2 or not (sums_a.all() and sums_b.all()):
        return None
    logs = np.log(scale * sums_a / sums_b)
    centre, between = float(np.mean(logs)), float(np.var(logs, ddof=1))
    signal = between - math.fsum(x or 0.0 for x in noise) / len(noise)
    if signal <= ROUNDING * between:
        return None
    shrink = math.sqrt(signal / between)
    low, high = quantiles(centre + shrink * (logs - centre))
    return math.exp(low), math.exp(high)


# ------------------------------------------------------------------------------------------------ ratios from sums


def ratio_from_sums(
    found: tuple[Floats, ...], counts: Ints, *, differ: bool, years_a: Floats, years_b: Floats
) -> RateRatio:
    """The ratio of rates where sums stand in the place of rows.

    found : (D,) means of both, variances of both, covariance, of one replication.      counts : (D,) replications.
    differ : whether any replication did.      years_a, years_b : (D,) person-years of a replication.
    """
    a, b = (math.fsum(means * counts) for means in found[:2])
    if not b:
        return no_ratio(NO_BASE)
    scale = math.fsum(years_b) / math.fsum(years_a)
    delta = _delta_from_sums(found, counts, a, b, scale) if a else None
    low, high, note = delta[0] if delta else None, delta[1] if delta else None, BY_DELTA if delta else ONE_EACH
    if not differ:
        low, high, note = None, None, _identical(int(counts.sum()))
    elif not a:
        low, high, note = 0.0, _zero_bound(b, scale), NONE_HERE
    elif not delta and (counts > 1).any():
        low, high, note = *_conditional(a, b, scale), NO_SPREAD
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = _log_variances(found, found[0], found[1]) / counts
    over = _spread(found[0], found[1], years_b / years_a, noise.tolist())
    return RateRatio(
        ratio=scale * a / b, low=low, high=high, estimable=True, note=note, identical=not differ,
        delta_low=delta and delta[0], delta_high=delta and delta[1],
        uncertainty_low=over and over[0], uncertainty_high=over and over[1],
    )  # fmt: skip


def _delta_from_sums(
    found: tuple[Floats, ...], counts: Ints, a: float, b: float, scale: float
) -> tuple[float, float] | None:
    """The delta interval of scale x a / b, for sums over all plays; None with one replication a draw."""
    plays, freedom = int(counts.sum()), int((counts - 1).sum())
    if not freedom:
        return None
    within = math.fsum(_log_variances(found, a / plays, b / plays) * (counts - 1)) / freedom
    if not within:
        return None
    reach = math.exp(student(freedom) * math.sqrt(within / plays))
    return scale * a / b / reach, scale * a / b * reach


def _log_variances(found: tuple[Floats, ...], mean_a: Floats | float, mean_b: Floats | float) -> Floats:
    """(D,) variances of a / mean a - b / mean b of one replication."""
    _, _, of_a, of_b, covariance = found
    return np.maximum(of_a / mean_a**2 + of_b / mean_b**2 - 2.0 * covariance / (mean_a * mean_b), 0.0)
