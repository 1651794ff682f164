"""Numbers and names as a reader sees them: at most three significant digits, money in USD, short names for figures."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from simcpec.analysis import estimates
from simcpec.results.records import ScenarioResult, Study, TimeLimit
from simcpec.results.scenario_names import EMPTY, cut_apart, told_apart

if TYPE_CHECKING:
    from simcpec.analysis.estimates import Estimate
    from simcpec.analysis.paired_differences import Difference

MISSING = EMPTY
MINUS = "\u2212"
NOT_ESTIMABLE = "not estimable"
WITHIN_NOISE = "within noise"
ROUNDING_OF_SUMS = 1e-9  # half-widths below this share of their mean come from floating point, not from chance


def significant(value: float, digits: int = 3, most: int | None = None) -> str:
    """`value` with at most `digits` significant digits, a real minus sign and thousands separators.

    most : most decimals to print, or None; used to print a mean no finer than its interval.
    Values that are not finite are "–": nothing of the kind is ever printed as nan or inf.
    """
    if not math.isfinite(value):
        return MISSING
    if most is None:
        return estimates.significant(value, digits).replace("-", MINUS)
    return estimates.rounded(value, min(estimates.decimals(value, digits), most)).replace("-", MINUS)


def signed(value: float, digits: int = 3, most: int | None = None) -> str:
    """As `significant`, with a plus before positive values."""
    shown = significant(value, digits, most)
    return "+" + shown if value > 0 and shown.strip("0.,") else shown


def plus_minus(mean: float, half_width: float | None, *, sign: bool = False) -> tuple[str, str]:
    """The mean and "± half-width", the mean no finer than two digits of the half-width; "" where there is none.

    A half-width of 0 is that of numbers in which chance has no part: they are exact, as where it is only the rounding
    of sums.
    """
    write = signed if sign else significant
    if half_width is None or not half_width > ROUNDING_OF_SUMS * abs(mean):
        return write(mean), "" if half_width is None else "(exact)"
    places = estimates.decimals(half_width, 2)
    return write(mean, most=places), f"± {significant(half_width, 2, most=places)}"


def told(found: Estimate | Difference, *, sign: bool = False) -> tuple[str, str]:
    """The mean and its Monte Carlo interval in short: as `plus_minus`, or what is known where no value differed."""
    limits = getattr(found, "limits", None)
    if limits is not None:
        low, high = (significant(end, 2) for end in limits)
        return significant(found.mean), f"{low} to {high}" if found.mean else f"below {high}"
    if found.differs is not None:
        return plus_minus(found.mean, None, sign=sign)[0], f"same in all {found.n:,}"
    return plus_minus(found.mean, found.half_width, sign=sign)


def sign_share(found: Difference) -> str:
    """ "less in 92 % of draws": the share of parameter draws that have the sign of the mean; "" where not known."""
    if found.p_less is None or found.mean == 0.0:
        return ""
    less = found.mean < 0.0
    share = found.p_less if less else 1.0 - found.p_less
    return f"{'less' if less else 'more'} in {estimates.percent(share)} of draws"


def doubt(found: Estimate | Difference) -> str:
    """That a handful of replications carries the mean, or ""."""
    return "" if found.carried_by is None else estimates.carried_words(found.carried_by, found.n, twins=found.twins)


def bounds(low: float | None, high: float | None) -> tuple[str, str] | None:
    """Both ends of an interval as text, no finer than three digits of its width; None where there is none."""
    if low is None or high is None or not math.isfinite(high - low):
        return None
    most = estimates.decimals(high - low) if high > low else None
    ends = significant(low, most=most), significant(high, most=most)
    if ends[0] == ends[1] and high > low:  # three digits would make a point of it
        finer = estimates.decimals(high - low, 2)
        return significant(low, 15, finer), significant(high, 15, finer)
    return ends


def interval(low: float | None, high: float | None, noise: float | None = None) -> str:
    """ "[low, high]", or "" where there is none.

    noise : half-width of the Monte Carlo interval. Where the correction for it has left an uncertainty interval
    without any width, the draws could not be told apart; printing a point would look like certainty.
    """
    if noise and low is not None and low == high:
        return f"[{WITHIN_NOISE}]"
    ends = bounds(low, high)
    return f"[{ends[0]}, {ends[1]}]" if ends else ""


def uncertainty(found: Estimate | Difference) -> str:
    """ "[low, high]", "[within noise]" where Monte Carlo noise hides the spread over draws, or "" without draws."""
    return f"[{WITHIN_NOISE}]" if found.hidden else interval(found.low, found.high, found.half_width)


def known_to(value: float, low: float | None, high: float | None) -> str:
    """`value` no finer than two digits of the width of its interval."""
    if low is None or high is None or not high > low:
        return significant(value)
    return significant(value, most=estimates.decimals(high - low, 2))


def between(low: float | None, high: float | None) -> str:
    """ "low to high", for sentences; "" where there is none."""
    ends = bounds(low, high)
    return f"{ends[0]} to {ends[1]}" if ends else ""


def millions(amount: int, length: float) -> str:
    """Cents of `length` years as USD m a year with two decimals; "<0.01" where something would read as nothing."""
    value = int(amount) / 1e8 / max(length, 1e-9)
    text = f"{abs(value):,.2f}"
    if text == "0.00":
        return "<0.01" if amount else "0"
    return f"{MINUS if value < 0.0 else ''}{text}"


def exact(amount: int) -> Decimal:
    """Cents as an exact decimal number of USD, for tidy data."""
    return Decimal(int(amount)) / 100


def usd(amount: float) -> str:
    """USD in words: "USD 25.2 m", "USD 1.26 bn", "USD 930"."""
    size = abs(amount)
    for scale, word in ((1e9, " bn"), (1e6, " m")):
        if size >= scale * 0.9995:
            return f"USD {significant(amount / scale)}{word}"
    return f"USD {significant(amount)}"


def name_of(study: Study, index: int) -> str:
    """The name of a scenario, with the name of its file where another one is called the same."""
    return told_apart([one.name for one in study.scenarios], [one.slug for one in study.scenarios])[index]


def short_name(study: Study, index: int, most: int) -> str:
    """`name_of` in at most `most` characters, those in which it differs from other names among them."""
    return cut_apart([name_of(study, other) for other in range(len(study.scenarios))], most)[index]


def called(study: Study, index: int) -> str:
    """The name for sentences, shortened: “Two percent”."""
    return f"“{short_name(study, index, 60)}”"


def headed(study: Study, index: int) -> str:
    """The whole name, for headings."""
    return name_of(study, index)


def years(result: ScenarioResult) -> float:
    """Counted time in years of 365.25 days."""
    return float(result.axes.years)


def played_as_written(result: ScenarioResult) -> str:
    """Return how many replications the levels at the values as written rest on; "" where they were not simulated."""
    if result.as_written is None:
        return ""
    each, tail = (2, " (antithetic twins)") if result.antithetic else (1, "")
    return plural(each * len(result.as_written.replications), "replication") + tail


def with_unit(number: str, unit: str) -> str:
    """ "3.5 incidents a year"; money as "USD 25.2 m a year"."""
    return f"USD {number} {unit.removeprefix('USD ')}" if unit.startswith("USD ") else f"{number} {unit}"


def seconds(amount: float) -> str:
    """A length of time in the unit in which it is a whole number: ``90 s``, ``10 min``, ``2 h``."""
    for size, unit in ((3600.0, "h"), (60.0, "min")):
        if amount >= size and amount % size == 0.0:
            return f"{amount / size:g} {unit}"
    return f"{amount:g} s"


def ended_by(limit: TimeLimit) -> str:
    """Return how a time limit ended a study, as the end of a sentence."""
    return (
        f"stopped by --max-time after {seconds(limit.seconds)}, with {limit.replications:,} of {limit.asked:,} "
        "replications of each parameter draw"
    )


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 day", "2 days"; the number with thousands separators."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
