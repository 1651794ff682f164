"""Spreads of a sweep: every policy's contrast with the baseline side by side, and a map over two factors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simcpec.analysis.estimates import significant
from simcpec.analysis.paired_differences import Difference
from simcpec.analysis.responses import response
from simcpec.experiments.sweep.results import PolicyResult
from simcpec.experiments.sweep.studies.factors import SweepFactor
from simcpec.experiments.sweep.summary import SweepSummary
from simcpec.model.world import Floats
from simcpec.reporting.figures.style import ACCENT, FAINT, INK, SOFT, canvas, lead_the_eye, tint
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import shown
from simcpec.reporting.sweeps.curves import in_printed_units, printed
from simcpec.results.scenario_names import cut_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 60  # policies of a figure; the table has all
LABEL = 46  # characters of a policy's name
MOST_CELLS = 400  # of a map
EVEN = "total_cost"  # its change is 0 at break-even


def spread(of: SweepSummary, name: str) -> Sketch | None:
    """The contrast of every policy, the largest first; None where there is none, or only one policy."""
    found = [one for one in of.others if one.contrasts[name].verdict not in ("identical", "not estimable")]
    found = sorted(found, key=lambda one: -abs(one.contrasts[name].mean))[:MOST_ROWS]
    if len(found) < 2:
        return None
    each = response(name)
    alike = len(of.others) - sum(one.contrasts[name].verdict not in ("identical", "not estimable") for one in of.others)
    left = f" {alike:,} policies with the very same values as the baseline are left out." if alike else ""
    return Sketch(
        id="S", slug=f"spread-{name.replace('_', '-')}", title=f"{each.label}: change against the baseline",
        caption=(
            f"Change in {printed(name)} against the baseline policy in the same states of the world, with 95 % Monte "
            f"Carlo intervals of the paired difference. Hollow: not distinguishable from no change.{left}"
        ),
        alt=f"{len(found)} policies by the size of their change; the largest is {found[0].label}.",
        draw=lambda _: _spread(found, name),
        fields=("policy", "change", "half_width", "verdict", "variance_ratio"),
        records=tuple(
            (one.label, c.mean, c.half_width, c.verdict, c.variance_ratio)
            for one in found for c in (one.contrasts[name],)
        ),
    )  # fmt: skip


def _spread(found: Sequence[PolicyResult], name: str) -> Figure:
    figure = canvas(0.9 + 0.24 * len(found))
    axes = figure.subplots()
    lead_the_eye(axes, len(found))
    axes.axvline(0.0, color=SOFT, linewidth=0.9)
    for y, one in enumerate(found):
        contrast = one.contrasts[name]
        sure = contrast.verdict in ("less", "more")
        half = contrast.half_width or 0.0
        fill = tint(ACCENT, 0.55) if sure else "none"
        axes.barh(y, contrast.mean, height=0.55, color=fill, edgecolor=ACCENT, linewidth=0.8)
        axes.plot([contrast.mean - half, contrast.mean + half], [y, y], color=INK, linewidth=1.1)
    axes.set_yticks(range(len(found)), labels=cut_apart([one.label for one in found], LABEL))
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel(f"change in {response(name).label.lower()} ({printed(name)})")
    in_printed_units(axes.xaxis, name)
    return figure


# ------------------------------------------------------------------------------------------------ two factors


@dataclass(frozen=True, kw_only=True)
class FactorMap:
    """Contrasts over two factors: `means`, nan where a cell has no result, and verdicts, "" there.

    even : contrasts of the total cost, whose zero is break-even; None where the study does not keep it.
    infeasible : cells that could not be simulated, the infeasible ones among them.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    found: Mapping[tuple[str, str], Difference]
    even: Floats | None
    infeasible: frozenset[tuple[str, str]]

    @property
    def means(self) -> Floats:
        """(rows, columns), nan without a result."""
        return self.table(lambda one: one.mean)

    def table(self, of: Callable[[Difference], float]) -> Floats:
        """A number of each cell."""
        nan = float("nan")
        return np.array([
            [nan if (one := self.found.get((r, c))) is None else of(one) for c in self.columns] for r in self.rows
        ])  # fmt: skip


def two_factors(of: SweepSummary) -> tuple[SweepFactor, SweepFactor] | None:
    """The two policy factors of a map; None unless there are just two, with levels in a grid of a size to look at."""
    points = of.reader.study.points
    factors = points.policy_factors
    if len(factors) != 2 or any(each.levels is None for each in factors):
        return None
    one, two = factors
    asked = {points.texts_of(policy) for policy in range(len(points.policies))}
    size = len(one.levels or ()) * len(two.levels or ())
    there = any(points.texts_of(p.policy) for p in of.others)
    return (
        (one, two) if there and size <= MOST_CELLS and len([t for t in asked if t and None not in t]) == size else None
    )


def map_of(of: SweepSummary, name: str, one: SweepFactor, two: SweepFactor) -> FactorMap:
    """The contrasts of a response over two factors."""
    points = of.reader.study.points
    cells = {(str(t[0]), str(t[1])): p for p in of.others if len(t := points.texts_of(p.policy)) == 2 and None not in t}
    rows, columns = tuple(one.levels or ()), tuple(two.levels or ())
    said = {(str(body["values"].get(one.name)), str(body["values"].get(two.name))) for body in of.failures}
    found = FactorMap(
        rows=rows, columns=columns, found={cell: p.contrasts[name] for cell, p in cells.items()}, even=None,
        infeasible=frozenset(said - set(cells)),
    )  # fmt: skip
    if EVEN not in of.names:
        return found
    costs = replace(found, found={cell: p.contrasts[EVEN] for cell, p in cells.items()})
    return replace(found, even=costs.means)


def heat_map(of: SweepSummary, name: str) -> Sketch | None:
    """The contrast over two factors, with the line of break-even; None where there are no two."""
    chosen = two_factors(of)
    if chosen is None:
        return None
    one, two = chosen
    found = map_of(of, name, one, two)
    means, each = found.means, response(name)
    lacking = int(np.isnan(means).sum())
    if lacking == means.size:
        return None
    low, high = (significant(float(end)) for end in (np.nanmin(means), np.nanmax(means)))
    return Sketch(
        id="S", slug=f"map-{name.replace('_', '-')}", title=f"{each.label} over {one.name} and {two.name}",
        caption=(
            f"Change in {printed(name)} against the baseline. Hatched: less than the baseline. In brackets: not "
            f"distinguishable from no change. {_line_words(found, name)}{_lacking_words(found, lacking)}"
        ),
        alt=f"A map of {len(found.rows)} by {len(found.columns)} cells, {low} to {high}; {lacking} have no result.",
        draw=lambda _: _map(found, one.name, two.name, name),
        fields=(one.name, two.name, "change", "half_width", "verdict", "total_cost_change"),
        records=tuple(
            (r, c, *_cells(found, r, c), None if found.even is None or np.isnan(found.even[y, x]) else found.even[y, x])
            for y, r in enumerate(found.rows) for x, c in enumerate(found.columns)
        ),
    )  # fmt: skip


def _cells(of: FactorMap, row: str, column: str) -> tuple[float | None, float | None, str]:
    one = of.found.get((row, column))
    if one is None:
        return None, None, "infeasible" if (row, column) in of.infeasible else "no result"
    return one.mean, one.half_width, one.verdict


def _line_words(of: FactorMap, name: str) -> str:
    """What the lines are."""
    if of.even is None:
        return "Thin line: no change. The study keeps no total cost, so that there is no line of break-even."
    if name == EVEN:
        return "Thick line: break-even, where what is spent is what is averted in money; inside it costs less in all."
    if not _crosses(of.even):
        side = "less" if np.nanmax(of.even) <= 0.0 else "more"
        return f"Thin line: no change. There is no line of break-even: the total cost is {side} everywhere."
    return "Thin line: no change. Thick line: break-even, where the total cost is that of the baseline."


def _lacking_words(of: FactorMap, lacking: int) -> str:
    if not lacking:
        return ""
    return f" Crossed: {len(of.infeasible)} of {lacking} cells without a result are infeasible (refused or failed)."


def _crosses(values: Floats) -> bool:
    return bool(np.nanmin(values) < 0.0 < np.nanmax(values)) and min(values.shape) > 1


def _map(of: FactorMap, one: str, two: str, name: str) -> Figure:
    from matplotlib.patches import Rectangle

    means = of.means
    figure = canvas(1.4 + 0.36 * len(means))
    axes = figure.subplots()
    reach = float(np.nanmax(np.abs(means))) or 1.0
    image = axes.imshow(means, cmap="PuOr", vmin=-reach, vmax=reach, aspect="auto", origin="lower")
    even = means if name == EVEN else of.even
    if name != EVEN and _crosses(means):
        axes.contour(np.ma.masked_invalid(means), levels=[0.0], colors=INK, linewidths=1.0)
    if even is not None and _crosses(even):
        axes.contour(np.ma.masked_invalid(even), levels=[0.0], colors=INK, linewidths=2.6)
    for y, row in enumerate(of.rows):
        for x, column in enumerate(of.columns):
            contrast = of.found.get((row, column))
            if contrast is None:
                axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=FAINT, hatch="xxxx", linewidth=0,
                                         edgecolor=SOFT))  # fmt: skip
            else:
                _cell(axes, x, y, contrast, reach, image.to_rgba(np.array([contrast.mean]))[0], name)
    axes.set_xticks(range(len(of.columns)), labels=list(of.columns))
    axes.set_yticks(range(len(of.rows)), labels=list(of.rows))
    axes.set_xlabel(two)
    axes.set_ylabel(one)
    bar = figure.colorbar(image, ax=axes, label=f"change in {response(name).label.lower()}\n({printed(name)})")
    in_printed_units(bar.ax.yaxis, name)
    return figure


def _cell(axes: Axes, x: int, y: int, contrast: Difference, reach: float, fill: Any, name: str) -> None:
    """The number of a cell, hatched where it is less, in brackets where it may be none."""
    from matplotlib.patches import Rectangle

    dark = abs(contrast.mean) >= 0.6 * reach
    if contrast.mean < 0.0:  # told apart from the others without colour
        ink = "white" if dark else tint(INK, 0.6)
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, hatch="//", linewidth=0, edgecolor=ink))
    text = ("+" if contrast.mean > 0.0 else "") + significant(contrast.mean / shown(name).scale, 2)
    said = (text if contrast.verdict in ("less", "more") else f"({text})").replace("-", "\N{MINUS SIGN}")
    axes.text(
        x, y, said, ha="center", va="center", fontsize=7.5, color="white" if dark else INK,
        bbox={"facecolor": fill, "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip
