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

from simcpec.analysis.aggregates import Summed
from simcpec.analysis.exact_bounds import PLAIN, Nature, carried, count_limits, counted, differs_below, handful
from simcpec.model.world import Floats

CONFIDENCE = 0.95  # of Monte Carlo intervals
LOW, HIGH = 0.05, 0.95  # quantiles of uncertainty intervals
NOT_ESTIMABLE = "not estimable"
ONE_COUNT = "one replication: exact limits of a Poisson count"
ROUNDING = 1e-12  # relative: what cannot be told from the rounding of sums


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean with its two intervals, in the unit of the values; no field is ever nan or infinite."""

    mean: float  # 0 where `estimable` is False
    half_width: float | None  # 95 % Monte Carlo; None with a single replication a draw, or where no value differed
    low: float | None  # 5 % point over parameter draws; None with a single draw
    high: float | None  # 95 % point
    n: int  # independent values behind it, over all draws: replications, or pairs of antithetic twins
    estimable: bool = True
    note: str = ""  # why something is missing, or what to mind
    upper: float | None = None  # exact 95 % upper bound where nothing happened in any replication
    limits: tuple[float, float] | None = None  # exact 95 % Monte Carlo limits of a count: one value, or none differed
    differs: float | None = None  # exact 95 % bound of the probability that a value differs, where none did
    carried_by: float | None = None  # effective number of values that carry the mean; None unless a handful does
    hidden: bool = False  # whether Monte Carlo noise hides the spread over parameter draws
    twins: bool = False  # whether `n` counts pairs of antithetic twins

    @property
    def monte_carlo(self) -> tuple[float, float] | None:
        """Both ends of the 95 % Monte Carlo interval; None where there is none."""
        if self.half_width is None:
            return self.limits
        return self.mean - self.half_width, self.mean + self.half_width

    def _repr_html_(self) -> str:
        """Mean and both intervals, as notebooks show them."""
        if not self.estimable:
            return f"<p>{NOT_ESTIMABLE}: {self.note}</p>"
        ends = None if self.low is None or self.high is None else (self.low, self.high)
        return shown_in_html(self.mean, self.half_width, ends, f"n = {self.n:,}", hidden=self.hidden)

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """`monte_carlo` as two cells of a table."""
        return self.monte_carlo or (None, None)


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Conditional means and their noise: `means` (D,), `within` the pooled variance of one replication, or None.

    replications : of each draw; not a whole number where draws differ in them, `freedom` degrees in all.
    """

    means: Floats
    mean: float
    within: float | None
    replications: float
    freedom: int

    @property
    def half_width(self) -> float | None:
        """95 % Monte Carlo half-width of the grand mean, with the draws held; None with one replication a draw."""
        error = self.error
        return None if error is None else student(self.freedom) * error

    def half_width_at(self, confidence: float) -> float | None:
        """Return the half-width at another confidence; None without an error."""
        error = self.error
        return None if error is None else student(self.freedom, confidence) * error

    @property
    def error(self) -> float | None:
        """Monte Carlo standard error of the grand mean."""
        return None if self.within is None else math.sqrt(self.within / (len(self.means) * self.replications))

    def shrunk(self) -> Floats | None:
        """(D,) conditional means without their Monte Carlo noise: deviations scaled by sqrt(signal / total variance).

        The variance between draws is that of the true conditional means plus `within` / R. Uncorrected the interval
        over draws is too wide at small R. With one replication a draw the noise is unknown and nothing is corrected.
        None for a single draw, and where all of the variance can be noise: then nothing is known of the spread.
        """
        if len(self.means) < 2:
            return None
        if self.within is None:
            return self.means
        deviations, noise = self.means - self.mean, self.within / self.replications
        if noise <= (ROUNDING * self.mean) ** 2:  # nothing varies within draws
            return self.means
        between = math.fsum(deviations**2) / (len(deviations) - 1)
        signal = between - noise
        if signal <= ROUNDING * between:  # one event in one draw makes them equal, but for the last digit
            return None
        return self.mean + deviations * math.sqrt(signal / between)


def moments(values: Floats) -> Moments:
    """Moments of values (D, R). Sums are exactly rounded, so that the order of replications changes no bit.

    Deviations are taken from the first value; a draw of equal values has a variance of exactly 0. Raises ValueError for
    other shapes and for values that are not finite.
    """
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"values have shape {values.shape}; allowed: (draws, replications), at least one of each")
    if not np.all(np.isfinite(values)):
        raise ValueError("values hold nan or inf; a failed replication must be left out before")
    draws, replications = values.shape
    first = values[0, 0]
    offsets = [math.fsum(row) / replications for row in values - first]
    centred = (values - first) - np.array(offsets)[:, None]
    centred[(values == values[:, :1]).all(axis=1)] = 0.0  # whatever the rounding of the mean of equal values
    squares = math.fsum((centred**2).ravel())
    return Moments(
        means=first + np.array(offsets),
        mean=float(first + math.fsum(offsets) / draws),
        within=squares / (draws * (replications - 1)) if replications > 1 else None,
        replications=replications,
        freedom=draws * (replications - 1),
    )


def moments_of(found: Summed) -> Moments:
    """Return the estimate from sums; a draw with more replications than another has no more weight."""
    return Moments(
        means=found.means,
        mean=math.fsum(found.means) / len(found.means),
        within=found.within,
        replications=len(found.counts) / math.fsum(1.0 / found.counts),
        freedom=int((found.counts - 1).sum()),
    )


def estimate(values: Floats, *, nature: Nature = PLAIN) -> Estimate:
    """Mean of values (D, R) with both intervals.

    Half-width: Student's t with D (R - 1) degrees of freedom on the variance within draws, pooled; it holds the draws
    fixed. Low and high: quantiles over draws of the conditional mean, less its Monte Carlo noise; None for D = 1.
    Values that are nan say that there was nothing to divide by (see `responses`): not estimable.
    """
    if np.any(np.isnan(values)):
        return missing(int(values.size), "nothing to divide by")
    return estimate_from(moments(values), int(values.size), nature=nature, carried_by=carried(values, nature))


def estimate_from(
    found: Moments, n: int, *, nature: Nature = PLAIN, carried_by: float | None = None, what: str = "replication"
) -> Estimate:
    """The estimate that these moments of `n` values make.

    nature : what is known of the values beforehand.      carried_by : effective number of values that carry the mean.
    what : what a note calls one of them.
    """
    alike = not nature.fixed and n > 1 and not found.within and bool((found.means == found.means[0]).all())
    unseen = alike or (found.within == 0.0 and not nature.fixed)
    means = None if alike else found.shrunk()
    low, high = quantiles(means) if means is not None else (None, None)
    limits = count_limits(found.mean, nature.event, n) if nature.event and (unseen or n == 1) else None
    differs = differs_below(n if alike else found.freedom) if unseen else None
    few = carried_by if not nature.fixed and not unseen and handful(carried_by, n) else None
    if differs is not None:
        notes = [_none_differed(n, "pair of twins" if nature.twins else what, differs, alike=alike)]
    else:
        notes = [ONE_COUNT if limits else _note(found, means is not None)]
    notes += [] if few is None else [f"{carried_words(few, n, twins=nature.twins)}: its interval is not to be trusted"]
    return Estimate(
        mean=found.mean, half_width=None if unseen else found.half_width, low=low, high=high, n=n,
        note="; ".join(note for note in notes if note),
        limits=limits, differs=differs, carried_by=few, twins=nature.twins,
        hidden=means is None and len(found.means) > 1 and not alike,
    )  # fmt: skip


def _none_differed(n: int, what: str, differs: float, *, alike: bool) -> str:
    plural = " ".join([what.split()[0] + "s", *what.split()[1:]])
    where = f"the same in all {n:,} {plural}" if alike else f"the same in all {plural} of each draw"
    return f"{where}: another one differs with a probability below {percent(differs)}"


def carried_words(by: float, n: int, *, twins: bool, up_to: float | None = None) -> str:
    """``carried by about 4 of 400 replications``; `by` is the effective number of values, `n` that of all.

    twins : whether they are pairs of antithetic twins.
    up_to : the largest such number, where several estimates share the words: ``about 4 to 7 of``.
    """
    least, most = (max(1, round(x)) for x in (by, by if up_to is None else up_to))
    return f"carried by about {least:,}{f' to {most:,}' if most > least else ''} of {counted(n, twins=twins)}"


def percent(share: float) -> str:
    """``26 %``, two digits."""
    return f"{significant(100.0 * share, 2)} %"


def missing(n: int, why: str, upper: float | None = None) -> Estimate:
    """The estimate of what cannot be estimated."""
    return Estimate(mean=0.0, half_width=None, low=None, high=None, n=n, estimable=False, note=why, upper=upper)


def _note(found: Moments, spread: bool) -> str:
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
def student(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Two-sided point (95 %) of Student's t with `freedom` >= 1 degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + confidence / 2))


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


def shown_in_html(
    mean: float, half_width: float | None, ends: tuple[float, float] | None, more: str, *, hidden: bool
) -> str:
    """Return a mean with its two intervals, each by its name, as notebooks show them.

    ends : of the uncertainty interval.      hidden : whether Monte Carlo noise hides the spread over draws.
    """
    parts = [f"<b>{significant(mean)}</b>"]
    if half_width is not None:
        parts.append(f"&plusmn; {significant(half_width, 2)} (95 % Monte Carlo)")
    if hidden:
        parts.append("[within noise] (5-95 % over parameter draws)")
    elif ends is not None:
        parts.append(f"[{significant(ends[0])}, {significant(ends[1])}] (5-95 % over parameter draws)")
    return f"<p>{' '.join(parts)}; {more}</p>"


def alike(*numbers: float, digits: int = 3) -> list[str]:
    """Numbers that stand side by side, with equally many decimals; those of very different size each with its own."""
    sizes = [abs(x) for x in numbers if x != 0.0]
    if not sizes or max(sizes) >= 100.0 * min(sizes):
        return [significant(x, digits) for x in numbers]
    shown = [rounded(x, max(decimals(max(sizes), digits), decimals(min(sizes), digits - 1))) for x in numbers]
    while all(one.endswith("0") and "." in one for one in shown):
        shown = [one[:-1].removesuffix(".") for one in shown]
    return shown


def text(found: Estimate, unit: str = "") -> str:
    """``12.3 ± 0.4 unit``: mean and 95 % Monte Carlo half-width, cut where the half-width makes digits idle."""
    tail = f" {unit}" if unit else ""
    if not found.estimable:
        return NOT_ESTIMABLE if found.upper is None else f"{NOT_ESTIMABLE} (below {significant(found.upper, 2)}{tail})"
    if found.limits is not None:
        low, high = (significant(end, 2) for end in found.limits)
        exact = f"{low} to {high}" if found.mean else f"below {high}"
        return f"{significant(found.mean)}{tail} ({exact})"
    if found.differs is not None:
        return f"{significant(found.mean)}{tail} (the same in all {found.n:,})"
    if found.half_width is None:
        return f"{significant(found.mean)}{tail} (half-width {NOT_ESTIMABLE})"
    if found.half_width == 0.0:
        return f"{significant(found.mean)}{tail} (exact)"
    places = min(decimals(found.mean), decimals(found.half_width, 2)) if found.mean else decimals(found.half_width, 2)
    half = rounded(found.half_width, places)
    if not half.strip("0.,"):
        half = significant(found.half_width, 1)
    return f"{rounded(found.mean, places)} ± {half}{tail}"


def interval(found: Estimate) -> str:
    """``[low, high]``: the uncertainty interval, or "" where there is none."""
    if found.hidden:
        return "[within noise]"
    if found.low is None or found.high is None:
        return ""
    return f"[{', '.join(alike(found.low, found.high))}]"
