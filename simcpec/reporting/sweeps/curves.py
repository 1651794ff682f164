"""Response curves of a sweep: each response along a factor beside the baseline, and what a million averts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simcpec.analysis.estimates import Estimate, significant
from simcpec.analysis.paired_differences import Difference
from simcpec.analysis.responses import response
from simcpec.experiments.sweep.studies.factors import SweepFactor, number_and_unit
from simcpec.experiments.sweep.summary import (
    MILLION,
    Marginal,
    PolicyOnAxis,
    SweepSummary,
    by_province,
    marginals,
    places,
)
from simcpec.reporting.figures.style import ACCENT, COLOURS, MARKERS, SOFT, canvas, dashes, tint
from simcpec.reporting.formatting import MINUS
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

BAD = COLOURS[1]  # of the line of break-even
APART = 0.012  # of the axis between the bars of two curves
MOST_LINES = 6  # curves of a figure; colours and dashes tell no more apart
AVERTED = ("attacks", "deaths")  # responses of which marginal returns are drawn


def curve(of: SweepSummary, factor: SweepFactor, name: str) -> Sketch | None:
    """One response along a factor; None where nothing has a result."""
    along, each = places(of, factor), response(name)
    lines = list(dict.fromkeys(place.line for place in along))[:MOST_LINES]
    along = [place for place in along if place.line in lines]
    if not along:
        return None
    return Sketch(
        id="S", slug=f"curve-{name.replace('_', '-')}", title=f"{each.label} along {factor.name}",
        caption=(
            f"Left: mean {printed(name)}, with its 95 % Monte Carlo interval{_over_states(of)}; dotted, the baseline. "
            "Right: the change against the baseline policy in the same states of the world, with the interval of the "
            "paired difference, which is narrower because both meet the same random numbers."
        ),
        alt=f"{each.label} at {len(along)} levels of {factor.name}; " + _from_to(along, name),
        draw=lambda _: _curve(of, factor, name, along, lines),
        fields=("line", factor.name, "x", "mean", "low", "high", "contrast", "contrast_half_width", "verdict"),
        records=tuple(_record(place, name) for place in along),
    )  # fmt: skip


def per(name: str) -> str:
    """The unit of a response, with what it is per."""
    each = response(name)
    return f"{each.unit} a year" if each.per == "year" else each.unit


def printed(name: str) -> str:
    """The unit in which pages and figures print a response; money in USD m. Files keep that of `per`."""
    return shown(name).unit if shown(name).scale != 1.0 else per(name)


def in_printed_units(axis: Axis, name: str) -> None:
    """Label the ticks of an axis in the unit of `printed`."""
    scale = shown(name).scale
    if scale != 1.0:
        axis.set_major_formatter(lambda value, _: f"{value / scale:g}".replace("-", MINUS))


def _over_states(of: SweepSummary) -> str:
    worlds = of.reader.study.points.worlds
    return "" if worlds == 1 else f", over {worlds:,} states of the world"


def _from_to(along: Sequence[PolicyOnAxis], name: str) -> str:
    first, last = along[0].result.levels[name].mean, along[-1].result.levels[name].mean
    return f"from {significant(first)} at {along[0].text} to {significant(last)} at {along[-1].text}."


def _record(place: PolicyOnAxis, name: str) -> tuple[object, ...]:
    level, contrast = place.result.levels[name], place.result.contrasts[name]
    return (
        place.line, place.text, place.x, level.mean, *level.ends, contrast.mean, contrast.half_width, contrast.verdict,
    )  # fmt: skip


def _curve(
    of: SweepSummary, factor: SweepFactor, name: str, along: Sequence[PolicyOnAxis], lines: Sequence[str]
) -> Figure:
    figure = canvas(3.4)
    left, right = figure.subplots(1, 2)
    _baseline(left, of, name)
    right.axhline(0.0, color=SOFT, linestyle=":", linewidth=1.2, zorder=2)
    for k, line in enumerate(lines):
        row = [place for place in along if place.line == line]
        _band(left, row, [place.result.levels[name] for place in row], k, len(lines))
        _band(right, row, [place.result.contrasts[name] for place in row], k, len(lines))
    unit = row_unit(along)
    _dress(left, factor, unit, f"{response(name).label} ({printed(name)})")
    _dress(right, factor, unit, "change against the baseline, paired")
    for axes in (left, right):
        in_printed_units(axes.yaxis, name)
    _legend(figure, lines)
    return figure


def _legend(figure: Figure, lines: Sequence[str]) -> None:
    """What each curve is, where there are several."""
    from matplotlib.lines import Line2D

    if len(lines) > 1:
        handles = [Line2D([], [], **_look(k), label=line) for k, line in enumerate(lines)]
        figure.legend(handles=handles, loc="outside upper left", ncols=3)


def row_unit(along: Sequence[PolicyOnAxis]) -> str:
    """The unit of the levels of a factor, "" for pure numbers."""
    found = number_and_unit(along[0].text) if along else None
    return found[1] if found is not None else ""


def _band(axes: Axes, row: Sequence[PolicyOnAxis], found: Sequence[Estimate | Difference], k: int, of: int) -> None:
    """A curve with its interval: a band where it is alone, bars beside each other where it is one `of` several."""
    ends = [each.monte_carlo or (each.mean, each.mean) for each in found]
    _interval(axes, [place.x for place in row], [each.mean for each in found], ends, k, of)


def _interval(
    axes: Axes, x: Sequence[float], means: Sequence[float], ends: Sequence[tuple[float, float]], k: int, of: int
) -> None:
    low, high = [end[0] for end in ends], [end[1] for end in ends]
    if of == 1:
        axes.fill_between(x, low, high, color=tint(COLOURS[k % len(COLOURS)], 0.25), linewidth=0, zorder=1)
        axes.plot(x, means, zorder=3, **_look(k))
        return
    apart = APART * (max(x) - min(x) or 1.0) * (k - (of - 1) / 2.0)
    beside = [each + apart for each in x]
    axes.vlines(beside, low, high, color=COLOURS[k % len(COLOURS)], linewidth=1.0, zorder=2)
    axes.plot(beside, means, zorder=3, **_look(k))


def _look(k: int) -> dict[str, Any]:
    """Colour, dashes and markers of the k-th curve, which a printer without colours tells apart too."""
    return {
        "color": COLOURS[k % len(COLOURS)], "linestyle": dashes(k), "linewidth": 1.6,
        "marker": MARKERS[k % len(MARKERS)], "markersize": 4.5,
    }  # fmt: skip


def _baseline(axes: Axes, of: SweepSummary, name: str) -> None:
    """The baseline as a dotted line across the figure."""
    if of.baseline is None:
        return
    level = of.baseline.levels[name]
    if level.monte_carlo is not None:
        axes.axhspan(*level.monte_carlo, color=tint(SOFT, 0.15), linewidth=0, zorder=0)
    axes.axhline(level.mean, color=SOFT, linestyle=":", linewidth=1.2, zorder=2)
    axes.annotate(
        "baseline", (1.0, level.mean), xycoords=("axes fraction", "data"), xytext=(4, 0), textcoords="offset points",
        fontsize=8, color=SOFT, va="center",
    )  # fmt: skip


def _dress(axes: Axes, factor: SweepFactor, unit: str, what: str) -> None:
    axes.grid(axis="y")
    axes.set_xlabel(f"{factor.name} ({unit})" if unit else factor.name)
    axes.set_ylabel(what)


# ------------------------------------------------------------------------------------------------ provinces


def provinces(of: SweepSummary, factor: SweepFactor, name: str) -> Sketch | None:
    """One response along a factor in every province, on one scale; None for more than one line of points."""
    along, each = places(of, factor), response(name)
    if not along or len({place.line for place in along}) > 1:
        return None
    rows = [(place, by_province(of, name, place.result.policy)) for place in along]
    codes = list(rows[0][1])
    return Sketch(
        id="S", slug=f"provinces-{name.replace('_', '-')}",
        title=f"{each.label} along {factor.name}, by province",
        caption=f"Mean {printed(name)} with its 95 % Monte Carlo interval; all panels have one scale.",
        alt=f"{len(codes)} panels of {each.label.lower()} along {factor.name}.",
        draw=lambda _: _panels(rows, codes, factor, name),
        fields=("province", factor.name, "x", "mean", "low", "high"),
        records=tuple(
            (code, place.text, place.x, found[code].mean, *found[code].ends) for code in codes for place, found in rows
        ),
    )  # fmt: skip


def _panels(rows: Sequence[tuple[PolicyOnAxis, dict]], codes: Sequence[str], factor: SweepFactor, name: str) -> Figure:  # type: ignore[type-arg]
    across = 4
    down = -(-len(codes) // across)
    figure = canvas(0.6 + 1.7 * down)
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for k, axes in enumerate(grid.ravel()):
        if k >= len(codes):
            axes.set_visible(False)
            continue
        x = [place.x for place, _ in rows]
        found = [each[codes[k]] for _, each in rows]
        ends = [one.monte_carlo or (one.mean, one.mean) for one in found]
        axes.fill_between(x, [end[0] for end in ends], [end[1] for end in ends], color=tint(ACCENT, 0.25), linewidth=0)
        axes.plot(x, [one.mean for one in found], color=ACCENT, linewidth=1.4, marker="o", markersize=3)
        in_printed_units(axes.yaxis, name)
        axes.set_title(codes[k], fontsize=9)
        axes.grid(axis="y")
    unit = row_unit([place for place, _ in rows])
    figure.supxlabel(f"{factor.name} ({unit})" if unit else factor.name, fontsize=9, color=SOFT)
    figure.supylabel(f"{response(name).label} ({printed(name)})", fontsize=9, color=SOFT)
    return figure


# ------------------------------------------------------------------------------------------------ marginal returns


Returns = dict[str, list[Marginal]]


def marginal_returns(of: SweepSummary, factor: SweepFactor) -> tuple[Sketch | None, Returns]:
    """Attacks and deaths averted by each extra USD million; None where the factor moves no money."""
    along = places(of, factor)
    found = {name: marginals(of, name, along) for name in AVERTED}
    if not any(found.values()):
        return None, found
    pays = {name: break_even(of, name) for name in AVERTED}
    return Sketch(
        id="S", slug="marginal-returns", title="What each extra USD million averts",
        caption=(
            "Averted a year per extra USD million a year, between the neighbours of each level, by paired differences "
            "on common random numbers, with 95 % Monte Carlo intervals. Dashed: the return from which a million pays "
            "for itself, at what harm costs in the baseline per attack or death. Where an interval includes zero, no "
            "return is detectable."
        ),
        alt="Marginal returns along the factor, with intervals and the line of break-even.",
        draw=lambda _: _marginal(found, pays, factor, row_unit(along)),
        fields=(
            "response", "line", "x", "averted_per_million", "half_width", "from_usd_million", "to_usd_million",
            "break_even",
        ),
        records=tuple(
            (name, one.line, one.x, one.mean, one.half_width, one.low_cost, one.high_cost, pays[name])
            for name in AVERTED for one in found[name]
        ),
    ), found  # fmt: skip


def break_even(of: SweepSummary, name: str) -> float | None:
    """How many a USD million must avert to pay for itself, at what harm costs per event in the baseline."""
    points = [p.point for p in of.points if of.baseline is not None and p.point.policy == of.baseline.policy]
    harm = count = 0.0
    for point in points:
        costs, events = of.reader.values(point, response("harm_cost")), of.reader.values(point, response(name))
        if costs is not None and events is not None:
            harm, count = harm + float(costs.mean()), count + float(events.mean())
    return None if harm <= 0.0 or count <= 0.0 else MILLION * count / harm


def _marginal(found: Returns, pays: dict[str, float | None], factor: SweepFactor, unit: str) -> Figure:
    figure = canvas(3.4)
    lines = list(dict.fromkeys(one.line for row in found.values() for one in row))[:MOST_LINES]
    for axes, name in zip(figure.subplots(1, len(AVERTED)), AVERTED, strict=True):
        for k, line in enumerate(lines):
            row = [one for one in found[name] if one.line == line]
            ends = [(one.mean - (one.half_width or 0.0), one.mean + (one.half_width or 0.0)) for one in row]
            if row:
                _interval(axes, [one.x for one in row], [one.mean for one in row], ends, k, len(lines))
        axes.axhline(0.0, color=SOFT, linewidth=0.8)
        _draw_break_even(axes, pays[name], found[name])
        _dress(axes, factor, unit, f"{name} averted per USD million")
    _legend(figure, lines)
    return figure


def _draw_break_even(axes: Axes, worth: float | None, row: Sequence[Marginal]) -> None:
    """The line of break-even, or where it is if the scale does not reach it."""
    if worth is None or not row:
        return
    if worth > 4.0 * max(one.mean + (one.half_width or 0.0) for one in row):
        said = f"break-even at {significant(worth)}, above this scale"
        axes.set_title(said, fontsize=8, fontweight="normal", color=BAD)
        return
    axes.axhline(worth, color=BAD, linestyle=(0, (5, 2)), linewidth=1.2)
    axes.annotate(
        "break-even", (0.99, worth), xycoords=("axes fraction", "data"), xytext=(0, 3), textcoords="offset points",
        ha="right", fontsize=8, color=BAD,
    )  # fmt: skip
