"""F4: the cost-effectiveness plane, differences from current practice in every draw, with ellipse and quadrants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.economics.study_options import Basis, options_of
from simcpec.economics.decision.incremental import against_current
from simcpec.economics.decision.plane import QUADRANTS, Cloud, plane
from simcpec.model.world import Floats
from simcpec.reporting.figures.curves import legend_below, legend_lines
from simcpec.reporting.figures.style import (
    COLOURED,
    FAINT,
    INK,
    SOFT,
    Naming,
    colour,
    labels,
    many,
    marker,
    panel_canvas,
    tint,
)
from simcpec.reporting.formatting import called, signed, significant
from simcpec.reporting.picture import Sketch
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MILLION = 1e6
SCALE = np.array([1.0, MILLION])  # of effect and cost: the axes show USD m
AROUND = 120  # corners of an ellipse
APART = 0.15  # of the reach of the axes, between options with a name where there are many
LEAST_DRAWS = 5  # below which no covariance is drawn


def ring(cloud: Cloud) -> Floats:
    """(2, n) corners of the 95 % ellipse: effect and USD m."""
    angle = np.linspace(0.0, 2.0 * np.pi, AROUND)
    corners = cloud.mean[:, None] + cloud.ellipse @ np.array([np.cos(angle), np.sin(angle)])
    return np.asarray(corners / SCALE[:, None])


def cost_effectiveness_plane(study: Study, effect: str) -> Sketch | None:
    """The sketch of F4 for what is averted; None where no scenario differs from current practice."""
    of = options_of(study, Basis(effect=effect))
    found = plane(of)
    if not any(cloud.points.any() for cloud in found):
        return None
    ratios = sorted(row.ratio for row in against_current(of) if row.ratio is not None and row.ratio > 0.0)
    ray = ratios[0] / MILLION if ratios else None
    now, one = called(study, of.current or 0), effect.removesuffix("s")
    drawn = of.draws >= LEAST_DRAWS
    return Sketch(
        id="F4",
        slug=f"plane-{effect}",
        title=f"Cost and {effect} averted against {now}",
        caption=(
            f"Each point is the difference from {now} in one parameter draw, the mean over its replications on common "
            "random numbers, without Monte Carlo noise: what is averted a year to the right, what is spent more a "
            "year (security budget, forces "
            "and levers, USD m, undiscounted) upwards. "
            + ("Ellipse: 95 % of draws by a normal law, a line where noise explains all of one direction; large "
               "marker: mean. "
               if drawn
               else "Too few draws for an ellipse; large marker: mean. ")
            + (f"Dashed: where one {one} averted costs USD m {significant(ray)}, the lowest ratio against current "
               "practice; options below the line cost less for each." if ray else "No option has a ratio.")
            + ("" if len(found) <= COLOURED else
               f" Of {len(found)} options {len(standing_out(found))} that stand apart have names and ellipses, the "
               "others are grey; the data file has all.")
        ),
        alt=_alt(study, found, effect),
        draw=lambda naming: _draw(study, found, ray, effect, naming),
        fields=("scenario", "name", "draw", "averted", "more_cost_usd"),
        records=tuple(
            (key_of(one.option), of.names[one.option], number, float(effect), float(cost))
            for one in found
            for number, (effect, cost) in zip(study.scenarios[one.option].draw_numbers, one.points, strict=True)
        ),
    )  # fmt: skip


def _alt(study: Study, found: Sequence[Cloud], effect: str) -> str:
    parts = []
    for one in found:
        x, y = one.mean / SCALE
        where = QUADRANTS[int(np.argmax(one.shares))]
        share = significant(100.0 * float(one.shares.max()))
        parts.append(
            f"{key_of(one.option)} averts {signed(x)} {effect} a year for {signed(y)} USD m a year and {where} in "
            f"{share} % "
            "of draws"
        )
    return f"Cost-effectiveness plane against {key_of(study.baseline or 0)}: {'; '.join(parts)}."


def standing_out(found: Sequence[Cloud]) -> list[int]:
    """Return the options that are drawn with a name: all, or of many those far from no difference and each other."""
    if len(found) <= COLOURED:
        return [one.option for one in found]
    means = np.array([one.mean for one in found])
    places = means / np.maximum(np.abs(means).max(axis=0), 1e-300)
    chosen: list[int] = []
    for k in np.argsort(-np.hypot(*places.T), kind="stable").tolist():
        if len(chosen) < COLOURED and all(np.hypot(*(places[k] - places[one])) > APART for one in chosen):
            chosen.append(k)
    return sorted(found[k].option for k in chosen)


def _draw(study: Study, found: Sequence[Cloud], ray: float | None, effect: str, naming: Naming) -> Figure:
    of = standing_out(found)
    figure = panel_canvas(0.75, lines=legend_lines(len(of)))
    axes = figure.subplots()
    axes.axhline(0.0, color=SOFT, linewidth=0.9, zorder=1)
    axes.axvline(0.0, color=SOFT, linewidth=0.9, zorder=1)
    texts = dict(zip(of, labels(study, of, naming, 44), strict=True))
    crowded = many(study)
    for cloud in found:
        s, points = cloud.option, cloud.points / SCALE
        x, y = cloud.mean / SCALE
        if s not in texts:
            axes.plot(x, y, marker="o", markersize=3.5, color=tint(SOFT, 0.5), linestyle="none", zorder=2)
            continue
        hue, shape = (colour(study, s, of), marker(study, s, of)) if crowded else (colour(study, s), marker(study, s))
        if not crowded:
            axes.scatter(points[:, 0], points[:, 1], s=9, color=tint(hue, 0.55), marker=shape, linewidths=0, zorder=2)
        if len(points) >= LEAST_DRAWS:
            axes.plot(*ring(cloud), color=hue, linewidth=0.9 if crowded else 1.3, zorder=3)
        axes.plot(
            x, y, marker=shape, markersize=7, color=hue, markeredgecolor="white", linestyle="none", label=texts[s],
            zorder=5,
        )  # fmt: skip
        axes.annotate(
            key_of(s), (x, y), xytext=(7, -10), textcoords="offset points", fontsize=9, fontweight="bold", color=INK,
            zorder=6,
        )  # fmt: skip
    axes.margins(0.14)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -0.12 * (high - low)), max(high, 0.12 * (high - low)))
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -0.12 * (high - low)), max(high, 0.12 * (high - low)))
    if ray is not None:
        axes.axline((0.0, 0.0), slope=ray, color=SOFT, linestyle=(0, (5, 3)), linewidth=1.1, zorder=1)
    _quadrants(axes)
    axes.set_xlabel(f"{effect} averted a year")
    axes.set_ylabel("more cost, USD m a year")
    axes.grid(color=FAINT)
    legend_below(figure, axes)
    return figure


def _quadrants(axes: Axes) -> None:
    """Say in words what each quadrant means, in its outer corner."""
    corners = ((0.985, 0.985), (0.985, 0.015), (0.015, 0.015), (0.015, 0.985))  # as `QUADRANTS` go round
    for (x, y), text in zip(corners, QUADRANTS, strict=True):
        axes.text(
            x, y, text, transform=axes.transAxes, fontsize=7.5, color=SOFT, fontstyle="italic", zorder=6,
            ha="right" if x > 0.5 else "left", va="top" if y > 0.5 else "bottom",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.0},
        )  # fmt: skip
