"""Spreads of a sweep: every policy's contrast with the baseline side by side, and a map over two factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.estimates import significant
from simcpec.analysis.responses import response
from simcpec.experiments.sweep.results import PolicyResult
from simcpec.experiments.sweep.studies.factors import SweepFactor
from simcpec.experiments.sweep.summary import SweepSummary
from simcpec.reporting.figures.style import ACCENT, INK, SOFT, canvas, lead_the_eye, tint
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import shown
from simcpec.reporting.sweeps.curves import in_printed_units, printed
from simcpec.results.scenario_names import cut_apart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 60  # policies of a figure; the table has all
LABEL = 46  # characters of a policy's name
MOST_CELLS = 400  # of a map


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


def two_factors(of: SweepSummary) -> tuple[SweepFactor, SweepFactor] | None:
    """The two policy factors of a map; None unless there are just two, with levels in a grid of a size to look at."""
    factors = of.reader.study.points.policy_factors
    if len(factors) != 2 or any(each.levels is None for each in factors):
        return None
    one, two = factors
    there = {of.reader.study.points.texts_of(p.policy) for p in of.others}
    size = len(one.levels or ()) * len(two.levels or ())
    return (one, two) if size <= MOST_CELLS and len([t for t in there if t and None not in t]) == size else None


def heat_map(of: SweepSummary, name: str) -> Sketch | None:
    """The contrast over two factors, with the line of no change; None where there are no two."""
    chosen = two_factors(of)
    if chosen is None:
        return None
    one, two = chosen
    grid = {of.reader.study.points.texts_of(p.policy): p.contrasts[name] for p in of.others}
    rows, columns = list(one.levels or ()), list(two.levels or ())
    means = np.array([[grid[row, column].mean for column in columns] for row in rows])
    each = response(name)
    return Sketch(
        id="S", slug=f"map-{name.replace('_', '-')}", title=f"{each.label} over {one.name} and {two.name}",
        caption=(
            f"Change in {printed(name)} against the baseline; the line is no change. Hatched: less than the "
            "baseline. In brackets: not distinguishable from no change."
        ),
        alt=(
            f"A map of {len(rows)} by {len(columns)} cells, from {significant(float(means.min()))} to "
            f"{significant(float(means.max()))}."
        ),
        draw=lambda _: _map(means, [[grid[r, c].verdict for c in columns] for r in rows], one, two, name),
        fields=(one.name, two.name, "change", "half_width", "verdict"),
        records=tuple((r, c, d.mean, d.half_width, d.verdict) for r in rows for c in columns for d in (grid[r, c],)),
    )  # fmt: skip


def _map(means: np.ndarray, verdicts: list[list[str]], one: SweepFactor, two: SweepFactor, name: str) -> Figure:
    from matplotlib.patches import Rectangle

    figure = canvas(1.4 + 0.36 * len(means))
    axes = figure.subplots()
    reach = float(np.abs(means).max()) or 1.0
    image = axes.imshow(means, cmap="PuOr", vmin=-reach, vmax=reach, aspect="auto", origin="lower")
    if means.min() < 0.0 < means.max() and min(means.shape) > 1:
        axes.contour(means, levels=[0.0], colors=INK, linewidths=1.4)
    for y, row in enumerate(verdicts):
        for x, verdict in enumerate(row):
            dark = abs(float(means[y, x])) >= 0.6 * reach
            if means[y, x] < 0.0:  # told apart from the others without colour
                ink = "white" if dark else tint(INK, 0.6)
                axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, hatch="//", linewidth=0, edgecolor=ink))
            text = ("+" if means[y, x] > 0.0 else "") + significant(float(means[y, x]) / shown(name).scale, 2)
            shown_text = (text if verdict in ("less", "more") else f"({text})").replace("-", "\N{MINUS SIGN}")
            axes.text(
                x, y, shown_text, ha="center", va="center", fontsize=7.5, color="white" if dark else INK,
                bbox={"facecolor": image.to_rgba(means[y, x]), "edgecolor": "none", "pad": 1.5},
            )  # fmt: skip
    axes.set_xticks(range(len(two.levels or ())), labels=list(two.levels or ()))
    axes.set_yticks(range(len(one.levels or ())), labels=list(one.levels or ()))
    axes.set_xlabel(two.name)
    axes.set_ylabel(one.name)
    bar = figure.colorbar(image, ax=axes, label=f"change in {response(name).label.lower()}\n({printed(name)})")
    in_printed_units(bar.ax.yaxis, name)
    return figure
