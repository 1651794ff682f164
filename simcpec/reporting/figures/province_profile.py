"""F25: incidents, money and what money averts, province by province in one figure; F26: the same on a tile map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simcpec.analysis.estimates import Estimate
from simcpec.analysis.paired_differences import Difference, paired
from simcpec.analysis.responses import response
from simcpec.reporting.decision.effect import event, highlighted
from simcpec.reporting.figures.budget_bars import per_year
from simcpec.reporting.figures.province_panels import by_place
from simcpec.reporting.figures.style import ACCENT, INK, PAPER, SOFT, canvas, ink_on, mark_row, note_beside, tint
from simcpec.reporting.formatting import name_of, significant
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import drawn
from simcpec.reporting.tables.budget import as_written
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HUNDRED = 100.0  # USD m: what averted incidents are divided by
#: column and row of a tile: neighbours stay neighbours, nothing else is meant by the place
TILES: Mapping[str, tuple[int, int]] = {
    "GB": (2, 0), "KP": (0, 1), "ICT": (1, 1), "AJK": (2, 1), "BAL": (0, 2), "PUN": (1, 2), "SIN": (1, 3),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One province of the baseline, and what the highlighted scenario changes there.

    incidents : a year.      played : incidents in all replications.      budget, more : USD m a year, of the baseline
    and what the highlighted scenario spends more.      change : its paired difference in incidents a year, or None.
    """

    code: str
    name: str
    incidents: Estimate
    played: int
    budget: float
    more: float
    change: Difference | None

    def averted(self) -> tuple[float, float | None] | None:
        """Incidents averted a year for each USD 100 m more, with its Monte Carlo half-width; None without more."""
        if self.change is None or abs(self.more) < 1e-6:
            return None
        half = self.change.half_width
        scale = HUNDRED / self.more
        return 0.0 - self.change.mean * scale, None if half is None else half * abs(scale)


def profiles(study: Study) -> list[Profile]:
    """Return every province of the baseline, in its order."""
    base = 0 if study.baseline is None else study.baseline
    at, result = highlighted(study), study.scenarios[base]
    incidents, money = by_place(study), _by_code(result)
    other = None if at is None else study.scenarios[at]
    changes = {} if other is None else _changes(other, result)
    more = {} if other is None else _by_code(other)
    found = []
    for code, name in zip(result.axes.provinces, result.axes.province_labels, strict=True):
        estimate, played = incidents[code][base]
        assert estimate is not None  # a province of its own
        extra = more.get(code, 0.0) - money[code] if other is not None else 0.0
        found.append(
            Profile(
                code=code, name=name, incidents=estimate, played=played, budget=money[code], more=extra,
                change=changes.get(code),
            )
        )  # fmt: skip
    return found


def _by_code(result: ScenarioResult) -> dict[str, float]:
    """USD m a year of the security budget by province."""
    return dict(zip(result.axes.provinces, map(float, per_year(result).sum(1)), strict=True))


def _changes(result: ScenarioResult, base: ScenarioResult) -> dict[str, Difference]:
    """Paired differences in incidents a year by province; none where not every replication is kept one by one."""
    if result.aggregates is not None or base.aggregates is not None or result.axes.provinces != base.axes.provinces:
        return {}
    each = response("incidents")
    a, b = each.by_province(result), each.by_province(base)
    codes, nature = result.axes.provinces, each.nature(result)
    return {code: paired(a[..., p].copy(), b[..., p].copy(), nature=nature) for p, code in enumerate(codes)}


def province_profile(study: Study) -> Sketch:
    """The sketch of F25."""
    found = profiles(study)
    base = 0 if study.baseline is None else study.baseline
    _, many = event(study.scenarios[base])
    at = highlighted(study)
    tail = (
        ""
        if at is None
        else (
            f" Right: {many} of the province averted by {name_of(study, at)} for each USD 100 m a year that is spent "
            "there more, with the 95 % Monte Carlo interval; attacks that move to another province count there. "
            "Hollow: no detectable difference, or carried by a handful of replications."
        )
    )
    return Sketch(
        id="F25",
        slug="province-profile",
        title=f"{many.capitalize()}, money and what money averts, by province",
        caption=(
            f"{name_of(study, base)}. Left: {many} a year on a scale of ratios, thick line 95 % Monte Carlo interval, "
            "thin line uncertainty interval" + ("" if drawn(study) else " (none here: a single draw)")
            + ". Middle: security budget in USD m a year and its share." + tail + as_written(study)
        ),
        alt=_alt(found, many),
        draw=lambda naming: _draw(study, found, many),
        fields=(
            "province", "province_name", "incidents_per_year", "mc_half_width", "uncertainty_low", "uncertainty_high",
            "incidents_played", "budget_usd_m_per_year", "more_budget_usd_m_per_year", "incident_difference",
            "difference_half_width",
        ),
        records=tuple(
            (
                one.code, one.name, one.incidents.mean, one.incidents.half_width, one.incidents.low, one.incidents.high,
                one.played, one.budget, one.more,
                *((None, None) if one.change is None else (one.change.mean, one.change.half_width)),
            )
            for one in found
        ),
    )  # fmt: skip


def _alt(found: list[Profile], many: str) -> str:
    total = sum(one.budget for one in found) or 1.0
    parts = [
        f"{one.name} {significant(one.incidents.mean)} {many} a year, {significant(100 * one.budget / total, 2)} % of "
        "the budget"
        for one in found
    ]
    return f"By province: {'; '.join(parts)}."


def _draw(study: Study, found: list[Profile], many: str) -> Figure:
    with_change = any(one.averted() is not None for one in found)
    figure = canvas(0.85 + 0.3 * max(3, len(found)))
    panels = figure.subplots(1, 3 if with_change else 2, sharey=True, squeeze=False)[0]
    _incidents(panels[0], found, many)
    _budget(panels[1], found)
    if with_change:
        _averted(panels[2], found, many)
    panels[0].set_yticks(range(len(found)), labels=[shortened(one.name, 24) for one in found])
    panels[0].set_ylim(len(found) - 0.4, -0.6)
    for axes in panels:
        axes.tick_params(axis="y", length=0, pad=9, labelcolor=INK)
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
    return figure


def _incidents(axes: Axes, found: list[Profile], many: str) -> None:
    """Means on a logarithmic scale; where nothing happened, words."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    seen = [one.incidents.mean for one in found if one.incidents.mean > 0.0]
    floor, top = (min(seen) / 4.0, max(seen) * 2.5) if seen else (0.1, 1.0)
    axes.set_xscale("log")
    axes.set_xlim(floor, top)
    axes.xaxis.set_major_locator(LogLocator(numticks=5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: significant(x)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    for y, one in enumerate(found):
        e = one.incidents
        if not e.mean > 0.0:
            note_beside(axes, floor, y, "none in any replication", size=7.5)
            continue
        inside = None if e.monte_carlo is None else (max(floor, e.monte_carlo[0]), min(top, e.monte_carlo[1]))
        spread = (None, None) if e.low is None or e.high is None else (max(floor, e.low), min(top, e.high))
        mark_row(axes, y, e.mean, monte_carlo=inside, uncertainty=spread, hue=INK, shape="o", size=5.5)
    axes.set_title(f"{many.capitalize()} a year (scale of ratios)", fontsize=9)


def _budget(axes: Axes, found: list[Profile]) -> None:
    total = sum(one.budget for one in found)
    axes.barh(range(len(found)), [one.budget for one in found], height=0.55, color=tint(INK, 0.45))
    for y, one in enumerate(found):
        share = f" ({significant(100 * one.budget / total, 2)} %)" if total > 0.0 else ""
        note_beside(axes, one.budget, y, f"{significant(one.budget)}{share}", size=7.5, color=INK)
    axes.set_xlim(0.0, (max((one.budget for one in found), default=0.0) or 1.0) * 1.45)
    axes.set_title("Security budget, USD m a year", fontsize=9)


def _averted(axes: Axes, found: list[Profile], many: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.axvline(0.0, color=SOFT, linewidth=0.9, zorder=1)
    for y, one in enumerate(found):
        value = one.averted()
        if value is None:
            note_beside(axes, 0.0, y, "no more money", size=7.5)
            continue
        mean, half = value
        inside = None if half is None else (mean - half, mean + half)
        clear = one.change is not None and one.change.verdict in ("less", "more") and one.change.carried_by is None
        mark_row(
            axes, y, mean, monte_carlo=inside, uncertainty=(None, None), hue=INK, shape="o", size=5.5, hollow=not clear
        )
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.margins(x=0.15)
    axes.set_title(f"{many.capitalize()} averted per USD 100 m", fontsize=9)


# ------------------------------------------------------------------------------------------------ the tile map


def province_tiles(study: Study) -> Sketch | None:
    """The sketch of F26; None where a province has no tile."""
    found = profiles(study)
    if not all(one.code in TILES for one in found):
        return None
    base = 0 if study.baseline is None else study.baseline
    _, many = event(study.scenarios[base])
    return Sketch(
        id="F26",
        slug="province-tiles",
        title="Where incidents are and where the money goes",
        caption=(
            f"One tile a province of {name_of(study, base)}; neighbours stand side by side, and nothing smaller than a "
            "province is meant. Darker is more: incidents on a scale of ratios, money on a plain one."
            + as_written(study)
        ),
        alt=_alt(found, many),
        draw=lambda naming: _draw_tiles(found, many),
        fields=("province", "province_name", "column", "row", "incidents_per_year", "budget_usd_m_per_year"),
        records=tuple((one.code, one.name, *TILES[one.code], one.incidents.mean, one.budget) for one in found),
    )


def _draw_tiles(found: list[Profile], many: str) -> Figure:
    figure = canvas(2.9)
    left, right = figure.subplots(1, 2)
    seen = [one.incidents.mean for one in found if one.incidents.mean > 0.0]
    low, high = (min(seen), max(seen)) if seen else (1.0, 1.0)
    most = max((one.budget for one in found), default=0.0)
    total = sum(one.budget for one in found)
    _map(left, found, f"{many.capitalize()} a year", lambda one: _depth(one.incidents.mean, low, high),
         lambda one: significant(one.incidents.mean) if one.incidents.mean > 0.0 else "none")  # fmt: skip
    _map(right, found, "Share of the security budget", lambda one: one.budget / most if most > 0.0 else 0.0,
         lambda one: f"{significant(100 * one.budget / total, 2)} %" if total > 0.0 else "no money")  # fmt: skip
    return figure


def _depth(value: float, low: float, high: float) -> float:
    """Shade from 0 to 1 on a scale of ratios, of values above 0 at least 0.12."""
    from math import log

    if not value > 0.0:
        return 0.0
    return 1.0 if high <= low else 0.12 + 0.88 * log(value / low) / log(high / low)


def _map(
    axes: Axes, found: list[Profile], title: str, depth: Callable[[Profile], float], text: Callable[[Profile], str]
) -> None:
    from matplotlib.colors import to_hex
    from matplotlib.patches import Rectangle

    for one in found:
        x, y = TILES[one.code]
        fill = to_hex(tint(ACCENT, 0.04 + 0.9 * depth(one)))
        middle: dict[str, Any] = {"ha": "center", "va": "center", "color": ink_on(fill)}
        axes.add_patch(Rectangle((x + 0.03, y + 0.03), 0.94, 0.94, facecolor=fill, edgecolor=SOFT, linewidth=0.6))
        axes.text(x + 0.5, y + 0.36, shortened(one.name, 24), fontsize=6.5, **middle)
        axes.text(x + 0.5, y + 0.66, text(one), fontsize=9.5, weight="bold", **middle)
    axes.set_xlim(-0.05, 3.05)
    axes.set_ylim(4.05, -0.05)
    axes.set_facecolor(PAPER)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_title(title, fontsize=9)


def money_against_incidents(study: Study) -> tuple[Profile, float, float] | None:
    """The province whose share of the budget exceeds its share of incidents most, with both; None below ten points."""
    found = profiles(study)
    money, played = sum(one.budget for one in found), sum(one.played for one in found)
    if not (money > 0.0 and played > 0):
        return None
    worst = max(found, key=lambda one: one.budget / money - one.played / played)
    share, incidents = worst.budget / money, worst.played / played
    return (worst, share, incidents) if share - incidents >= 0.1 else None
