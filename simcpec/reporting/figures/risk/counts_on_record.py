"""The attacks on record in a figure over time: the count where its window ends, and its mean pace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from simcpec.analysis.exact_bounds import count_limits
from simcpec.reporting.figures.style import COLOURS, INK, PAPER, SOFT
from simcpec.reporting.formatting import significant
from simcpec.reporting.page.observed import Observed
from simcpec.results.records import ScenarioResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

YEAR = 365.25
NEAR = 31  # days by which the first days of a run and of a window may differ
LEAST = 0.25  # years of a run below which a pace says nothing
PACE = (0, (1, 2))


@dataclass(frozen=True, kw_only=True)
class Window:
    """Where the count stands on the axis: `years` after the start of the run; `covered` where the run simulates it."""

    years: float
    covered: bool


def window_of(result: ScenarioResult, seen: Observed, length: float) -> Window | None:
    """Return where the count stands in a run of `length` years; None where it is shorter than the window."""
    years, start = seen.years or 0.0, _first_day(result)
    ends = seen.window
    covered = ends is not None and start is not None and abs((start - ends[0]).days) <= NEAR
    if covered and ends is not None and start is not None:
        years = (ends[1] + timedelta(days=1) - start).days / YEAR
    return Window(years=years, covered=covered) if 0.0 < years <= length + 0.01 else None


def _first_day(result: ScenarioResult) -> date | None:
    """The first day that counts, as the settings say."""
    said = next((one.value for one in result.settings_table if one.key == "run.start"), "")
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def counted_words(result: ScenarioResult, seen: Observed, length: float, *, exact: bool) -> str:
    """What stands for the record, as sentences with a space before them; "" where nothing does."""
    if length < LEAST:
        return ""
    at, count = window_of(result, seen, length), _said(seen)
    pace = f" Dotted: {count} at an even pace; only their number is on record, not their days."
    if at is None:
        return pace
    bar = " with its exact 95 % Poisson interval" if exact else ""
    years = significant(seen.years or 0.0)
    if at.covered:
        return f"{pace} Diamond: that count{bar} at the end of those {years} years, which this run simulates."
    return f"{pace} Hollow diamond: that count{bar} after as long a time; those {years} years lie outside this run."


def _said(seen: Observed, which: str = "") -> str:
    return f"{significant(seen.attacks or 0.0)} attacks counted in {significant(seen.years or 0.0)} {which}years"


def show_record(axes: Axes, result: ScenarioResult, seen: Observed, length: float, *, exact: bool) -> list[Any]:
    """Draw the count on record and its pace; returns what a legend says of them.

    length : years of the run.      exact : with the exact interval of the count, for comparison with a mean.
    """
    from matplotlib.lines import Line2D

    if length < LEAST or seen.attacks is None or not seen.years:
        return []
    axes.plot([0, length], [0, seen.attacks / seen.years * length], color=SOFT, linewidth=1.1, linestyle=PACE, zorder=2)
    key = [Line2D([], [], color=SOFT, linewidth=1.1, linestyle=PACE, label="pace on record")]
    at = window_of(result, seen, length)
    if at is None:
        return key
    look: dict[str, Any] = {
        "marker": "D", "color": COLOURS[1] if at.covered else PAPER, "markeredgecolor": INK, "markersize": 7,
        "linestyle": "none",
    }  # fmt: skip
    if exact:
        axes.plot([at.years] * 2, count_limits(seen.attacks, 1.0, 1), color=COLOURS[1], linewidth=1.4, zorder=4)
    axes.plot([at.years], [seen.attacks], zorder=5, clip_on=False, **look)
    return [*key, Line2D([], [], label=_said(seen, "" if at.covered else "other "), **look)]
