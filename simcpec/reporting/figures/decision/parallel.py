"""F20: policies across objectives as parallel axes, with the limits that a policy is to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.uncertainty.robustness import PolicyOutcomes, limits_of
from simcpec.model.world import Floats
from simcpec.reporting.figures.curves import legend_below, legend_lines
from simcpec.reporting.figures.style import COLOURS, DASHES, INK, MARKERS, SOFT, panel_canvas
from simcpec.reporting.formatting import plural, significant
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import shown
from simcpec.reporting.sweeps.curves import per, printed
from simcpec.results.scenario_names import cut_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 8  # policies besides the baseline that colours and markers tell apart
LETTERS = 34  # of a name in the legend
FIELDS = ("policy", "objective", "unit", "mean", "limit", "keeps_limit", "same_as")


def parallel_coordinates(of: PolicyOutcomes, asked: Mapping[str, float]) -> Sketch | None:
    """The sketch of F20; None where there is one objective."""
    limits, means = limits_of(of, asked), {name: values.mean(axis=0) for name, values in of.values.items()}
    if len(means) < 2:
        return None
    chosen = _chosen(of, means)
    same = _identical(means, len(of.policies))
    left = len(of.policies) - len(chosen)
    kept = [
        of.policies[k] for k in chosen if all(float(means[name][k]) <= limit for name, limit in limits.items())
    ]  # fmt: skip
    return Sketch(
        id="F20", slug="parallel-coordinates", title="Policies across objectives",
        caption=(
            f"Means over {plural(len(of.states), 'state')} of the world, less is better on every axis; each axis runs "
            "from the smallest to the largest of policies and limits, which are printed at its ends. Bars: limits, "
            + ("as asked for" if asked else "the mean of the baseline")
            + "; a policy keeps a limit where its line is at the bar or below it. Lines show no interval: T11 has the "
            "spread over states, T5 that of chance."
            + (f" {plural(left, 'policy', 'policies')} that do least well are in the data file alone." if left else "")
        ),
        alt=(
            f"{plural(len(chosen), 'policy', 'policies')} on {len(means)} axes. All limits are kept by "
            f"{', '.join(kept) or 'none'}."
        ),
        draw=lambda naming: _draw(of, means, limits, chosen, same),
        fields=FIELDS,
        records=tuple(
            (policy, name, per(name), float(values[k]), limits.get(name),
             bool(values[k] <= limits[name]) if name in limits else None,
             of.policies[same[k]] if same[k] != k else None)
            for k, policy in enumerate(of.policies) for name, values in means.items()
        ),
    )  # fmt: skip


def _chosen(of: PolicyOutcomes, means: Mapping[str, Floats]) -> list[int]:
    """The baseline and the policies with the smallest mean place over objectives."""
    places = np.sum([np.argsort(np.argsort(values, kind="stable")) for values in means.values()], axis=0)
    others = [int(k) for k in np.argsort(places, kind="stable") if k != of.baseline][:MOST]
    return sorted([of.baseline, *others])


def _identical(means: Mapping[str, Floats], count: int) -> list[int]:
    """For each policy the first one that is equal to it in every objective."""
    rows = [tuple(float(values[k]) for values in means.values()) for k in range(count)]
    return [rows.index(row) for row in rows]


def _draw(
    of: PolicyOutcomes, means: Mapping[str, Floats], limits: Mapping[str, float], chosen: list[int], same: list[int]
) -> Figure:
    figure = panel_canvas(0.62, lines=legend_lines(len(chosen)))
    axes = figure.subplots()
    ends = {name: _ends(values[chosen], limits.get(name)) for name, values in means.items()}
    names = cut_apart(list(of.policies), LETTERS)
    others = [k for k in chosen if k != of.baseline]
    for k in chosen:
        place = others.index(k) if k in others else 0
        heights = [_height(float(values[k]), ends[name]) for name, values in means.items()]
        label = names[k] + (" (baseline)" if k == of.baseline else "")
        label += f" (identical to {names[same[k]]})" if same[k] != k else ""
        axes.plot(
            range(len(heights)), heights, label=label, color=INK if k == of.baseline else COLOURS[place % len(COLOURS)],
            marker=MARKERS[chosen.index(k) % len(MARKERS)], markersize=5.5, linewidth=1.5,
            linestyle="-" if k == of.baseline else DASHES[(place + 1) % len(DASHES)],
        )  # fmt: skip
    for x, name in enumerate(means):
        _axis(axes, x, ends[name], shown(name).scale)
        if name in limits:
            y = _height(limits[name], ends[name])
            axes.plot([x - 0.13, x + 0.13], [y, y], color=INK, linewidth=3.0, solid_capstyle="butt", zorder=5)
    axes.set_xticks(range(len(means)), labels=[f"{shown(name).label}\n{printed(name)}" for name in means])
    axes.set_xlim(-0.35, len(means) - 0.65)
    axes.set_ylim(-0.12, 1.12)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=0, labelcolor=INK)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    legend_below(figure, axes)
    return figure


def _ends(values: Floats, limit: float | None) -> tuple[float, float]:
    every = [*values.tolist(), *([] if limit is None else [limit])]
    return min(every), max(every)


def _height(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return 0.5 if high <= low else (value - low) / (high - low)


def _axis(axes: Axes, x: int, ends: tuple[float, float], scale: float) -> None:
    axes.plot([x, x], [0.0, 1.0], color=SOFT, linewidth=0.8, zorder=1)
    if ends[1] <= ends[0]:
        axes.text(x, -0.04, f"all {significant(ends[0] / scale)}", ha="center", va="top", fontsize=8, color=SOFT)
        return
    for y, value, side in ((-0.04, ends[0], "top"), (1.04, ends[1], "bottom")):
        axes.text(x, y, significant(value / scale), ha="center", va=side, fontsize=8, color=SOFT)
