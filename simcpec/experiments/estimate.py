"""From replications to numbers with intervals: the Monte Carlo interval and, apart from it, the uncertainty interval.

The *Monte Carlo interval* (half-width, 95 %) says how well this many replications know the mean; it shrinks with them.
The *uncertainty interval* (low to high, 5-95 %) says how far the mean moves with the parameters; it does not.
Both come from values (D, R): D parameter draws x R replications.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from simcpec.experiments.responses import EXPECTED as EXPECTED
from simcpec.experiments.responses import RESPONSES as RESPONSES
from simcpec.experiments.responses import Response as Response
from simcpec.experiments.responses import incidents as incidents
from simcpec.experiments.responses import response as response
from simcpec.experiments.responses import twinned as twinned
from simcpec.experiments.results import ScenarioResult
from simcpec.model.world import Floats

CONFIDENCE = 0.95  # of Monte Carlo intervals
LOW, HIGH = 0.05, 0.95  # quantiles of uncertainty intervals
NOT_ESTIMABLE = "not estimable"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean with its two intervals, in the unit of the values; no field is ever nan or infinite."""

    mean: float  # 0 where `estimable` is False
    half_width: float | None  # 95 % Monte Carlo; None with a single replication a draw
    low: float | None  # 5 % point over parameter draws; None with a single draw
    high: float | None  # 95 % point
    n: int  # independent values behind it, over all draws: replications, or pairs of antithetic twins
    estimable: bool = True
    note: str = ""  # why something is missing, or what to mind
    upper: float | None = None  # exact 95 % upper bound where nothing happened in any replication


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Conditional means and their noise: `means` (D,), `within` the pooled variance of one replication, or None."""

    means: Floats
    mean: float
    within: float | None
    replications: int

    @property
    def half_width(self) -> float | None:
        """95 % Monte Carlo half-width of the grand mean, with the draws held; None with one replication a draw."""
        if self.within is None:
            return None
        draws = len(self.means)
        return student(draws * (self.replications - 1)) * math.sqrt(self.within / (draws * self.replications))

    def shrunk(self) -> Floats | None:
        """(D,) conditional means without their Monte Carlo noise: deviations scaled by sqrt(signal / total variance).

        The variance between draws is that of the true conditional means plus `within` / R. Uncorrected the interval
        over draws is too wide at small R. With one replication a draw the noise is unknown and nothing is corrected.
        None for a single draw, and where all of the variance can be noise: then nothing is known of the spread.
        """
        if len(self.means) < 2:
            return None
        deviations = self.means - self.mean
        between = math.fsum(deviations**2) / (len(deviations) - 1)
        if between == 0.0 or self.within is None:
            return self.means
        signal = max(0.0, between - self.within / self.replications)
        return self.mean + deviations * math.sqrt(signal / between) if signal > 0.0 else None


def moments(values: Floats) -> Moments:
    """Moments of values (D, R). Sums are exactly rounded, so that the order of replications changes no bit.

    Deviations are taken from the first value: equal values have a variance of exactly 0. Raises ValueError for other
    shapes and for values that are not finite.
    """
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"values have shape {values.shape}; allowed: (draws, replications), at least one of each")
    if not np.all(np.isfinite(values)):
        raise ValueError("values hold nan or inf; a failed replication must be left out before")
    draws, replications = values.shape
    first = values[0, 0]
    offsets = [math.fsum(row) / replications for row in values - first]
    centred = (values - first) - np.array(offsets)[:, None]
    squares = math.fsum((centred**2).ravel())
    return Moments(
        means=first + np.array(offsets),
        mean=float(first + math.fsum(offsets) / draws),
        within=squares / (draws * (replications - 1)) if replications > 1 else None,
        replications=replications,
    )


def estimate(values: Floats) -> Estimate:
    """Mean of values (D, R) with both intervals.

    Half-width: Student's t with D (R - 1) degrees of freedom on the variance within draws, pooled; it holds the draws
    fixed. Low and high: quantiles over draws of the conditional mean, less its Monte Carlo noise; None for D = 1.
    Values that are nan say that there was nothing to divide by (see `responses`): not estimable.
    """
    if np.any(np.isnan(values)):
        return missing(int(values.size), "nothing to divide by")
    found = moments(values)
    means = found.shrunk()
    low, high = quantiles(means) if means is not None else (None, None)
    note = _note(found, spread=means is not None)
    return Estimate(mean=found.mean, half_width=found.half_width, low=low, high=high, n=int(values.size), note=note)


def missing(n: int, why: str, upper: float | None = None) -> Estimate:
    """The estimate of what cannot be estimated."""
    return Estimate(mean=0.0, half_width=None, low=None, high=None, n=n, estimable=False, note=why, upper=upper)


def _note(found: Moments, *, spread: bool) -> str:
    if found.within is None:
        uncorrected = "; its uncertainty interval holds Monte Carlo noise" if len(found.means) > 1 else ""
        return f"one replication: half-width not estimable{uncorrected}"
    if len(found.means) > 1 and not spread:
        return "the spread over parameter draws is within Monte Carlo noise: more replications would show it"
    return ""


def quantiles(means: Floats) -> tuple[float, float]:
    """5 % and 95 % points over draws, interpolated linearly."""
    low, high = np.quantile(means, [LOW, HIGH])
    return float(low), float(high)


@cache
def student(freedom: int) -> float:
    """Two-sided 95 % point of Student's t with `freedom` >= 1 degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + CONFIDENCE / 2))


def rate(result: ScenarioResult, province: str | None = None) -> Estimate:
    """Incidents per 1000 person-years, of the nation or of one province (its code).

    Without an incident in any replication the rate is not estimable; `upper` is then the exact one-sided 95 % Poisson
    bound -ln(0.05) / person-years played (the "rule of three"), which knows the replications, not the parameters.
    Without anybody exposed it is not estimable and has no bound. Raises UserError for a province that is not there.
    """
    counts = incidents(result, province)
    years = result.persons(province) * result.axes.years / 1000.0  # of each draw, in 1000 person-years
    if not (years > 0.0).all():
        return missing(counts.size, "nobody is exposed")
    if not counts.any():
        bound = -math.log(1.0 - CONFIDENCE) / (math.fsum(years) * counts.shape[1])
        return missing(counts.size, f"no incident in {counts.size} replications", bound)
    return estimate(counts / years[:, None])


# What a reader sees of a number


def decimals(x: float, digits: int = 3) -> int:
    """Decimals (negative: tens, hundreds, ...) that leave `digits` significant digits of x after rounding."""
    if x == 0.0:
        return 0
    exponent = int(f"{abs(x):.{digits - 1}e}".split("e")[1])
    return digits - 1 - exponent


def rounded(x: float, places: int) -> str:
    """x with `places` decimals, or rounded to tens, hundreds, ... for negative places; thousands get commas."""
    shown = f"{round(x, places):,.{max(places, 0)}f}"
    return shown.replace("-", "", 1) if not any(digit in shown for digit in "123456789") else shown


def significant(x: float, digits: int = 3) -> str:
    """x with at most `digits` significant digits and no exponent: 1234.5 is "1,230", 0.01 is "0.01", 0 is "0"."""
    shown = rounded(x, decimals(x, digits))
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def text(found: Estimate, unit: str = "") -> str:
    """``12.3 ± 0.4 unit``: mean and 95 % Monte Carlo half-width, cut where the half-width makes digits idle."""
    tail = f" {unit}" if unit else ""
    if not found.estimable:
        return NOT_ESTIMABLE if found.upper is None else f"{NOT_ESTIMABLE} (below {significant(found.upper, 2)}{tail})"
    if found.half_width is None:
        return f"{significant(found.mean)}{tail} (half-width {NOT_ESTIMABLE})"
    if found.half_width == 0.0:
        return f"{significant(found.mean)} ± 0{tail}"
    places = min(decimals(found.mean), decimals(found.half_width, 2)) if found.mean else decimals(found.half_width, 2)
    half = rounded(found.half_width, places)
    if not half.strip("0.,"):
        half = significant(found.half_width, 1)
    return f"{rounded(found.mean, places)} ± {half}{tail}"


def interval(found: Estimate) -> str:
    """``[low, high]``: the uncertainty interval, or "" where there is none."""
    if found.low is None or found.high is None:
        return ""
    return f"[{significant(found.low)}, {significant(found.high)}]"
