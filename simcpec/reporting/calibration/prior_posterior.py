"""F17: settings before and after calibration, a panel each in its own units, with the overlap of both laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcpec.calibration.identifiability import Identified
from simcpec.model.world import Floats
from simcpec.reporting.calibration.stored import StoredCalibration
from simcpec.reporting.figures.sizes import current
from simcpec.reporting.figures.style import COLOURS, INK, SOFT, canvas, tint
from simcpec.reporting.formatting import plural, significant
from simcpec.reporting.picture import Sketch
from simcpec.results.scenario_names import cut_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST, ACROSS = 12, 4  # panels
BINS = 20
WIDE = 30.0  # ratio of both ends from which an axis is logarithmic
BEFORE, AFTER = -0.22, -0.45  # heights of both intervals under the histogram


def prior_posterior(of: StoredCalibration) -> Sketch:
    """The sketch of F17: the settings whose laws overlap least; the data file has all."""
    every = sorted(of.numbers.settings, key=lambda each: (each.overlap, each.key))
    shown, members = every[:MOST], of.values
    alone = [each for each in shown if each.key not in members]
    return Sketch(
        id="F17",
        slug="prior-and-posterior",
        title="What the data say of the settings",
        caption=(
            f"The {len(shown)} of {plural(len(every), 'setting')} whose laws before and after overlap least, in their "
            "own units (days, persons, USD; births a year). Thin line: 95 % before; thick: 95 % after; bars: "
            "medians. Area: members of the ensemble between the ends of the axis, which are drawn by weight"
            + (", left out for births, of which the ensemble has multiples alone" if alone else "")
            + ". Overlap: the coefficient of both laws, 1 where the data say nothing and 0 where they leave nothing of "
            "the prior; a value between 0.8 and 1 is often noise of the weights. Names in grey were not moved by more "
            "than noise."
        ),
        alt="; ".join(f"{each.key}: overlap {significant(each.overlap, 2)}" for each in shown) + ".",
        draw=lambda naming: _draw(shown, members),
        fields=("key", "before_low", "before_median", "before_high", "after_low", "after_median", "after_high",
                "overlap", "contraction", "moved"),
        records=tuple(
            (each.key, *each.before, *each.after, each.overlap, each.contraction, each.moved) for each in every
        ),
    )  # fmt: skip


def _draw(shown: Sequence[Identified], members: Mapping[str, Floats]) -> Figure:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    down = -(-len(shown) // ACROSS)
    figure = canvas(0.5 + 1.35 * down)
    grid = figure.subplots(down, ACROSS, squeeze=False)
    names = cut_apart([each.key.removeprefix("world.") for each in shown], 24 if current().name == "screen" else 20)
    for axes, each, name in zip(grid.flat, shown, names, strict=False):
        _panel(axes, each, name, members.get(each.key))
    for axes in list(grid.flat)[len(shown) :]:
        axes.set_axis_off()
    key = [
        Line2D([], [], color=SOFT, linewidth=1.0, label="before, 95 %"),
        Line2D([], [], color=COLOURS[0], linewidth=3.0, label="after, 95 %"),
        Patch(facecolor=tint(COLOURS[0], 0.3), edgecolor=COLOURS[0], label="members"),
    ]
    figure.legend(handles=key, loc="outside lower center", ncols=3, fontsize=8)
    return figure


def _panel(axes: Axes, each: Identified, name: str, values: Floats | None) -> None:
    """Both intervals under the members, on an axis that holds them all."""
    ends = [each.before[0], each.before[2], each.after[0], each.after[2]]
    low, high = min(ends), max(ends)
    log = low > 0.0 and high / low > WIDE
    if log:
        axes.set_xscale("log")
    if values is not None:
        edges = np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
        counts, _ = np.histogram(values, bins=edges)
        axes.stairs(
            counts / max(1, counts.max()), edges, fill=True, facecolor=tint(COLOURS[0], 0.3), edgecolor=COLOURS[0]
        )
    for y, (start, middle, end), hue, wide in (
        (BEFORE, each.before, SOFT, 1.0), (AFTER, each.after, COLOURS[0], 3.0),
    ):  # fmt: skip
        axes.plot([start, end], [y, y], color=hue, linewidth=wide, solid_capstyle="butt")
        axes.plot([middle], [y], marker="|", color=INK, markersize=7, linestyle="none")
    axes.set_ylim(-0.65, 1.1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_title(f"{name}\noverlap {significant(each.overlap, 2)}", fontsize=7.5, color=INK if each.moved else SOFT)
    _ticks(axes, low, high, log)


def _ticks(axes: Axes, low: float, high: float, log: bool) -> None:
    """Plain numbers at two or three places, with three digits at most."""
    from matplotlib.ticker import FixedLocator, NullFormatter

    middle = float(np.sqrt(low * high)) if log else (low + high) / 2.0
    axes.xaxis.set_major_locator(FixedLocator([low, middle, high]))
    axes.xaxis.set_major_formatter(lambda value, _: _plain(value))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", labelsize=7)
    first, _, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")


def _plain(value: float) -> str:
    """A number in few letters."""
    for size, name in ((1e9, " bn"), (1e6, " m"), (1e3, " k")):
        if abs(value) >= 10 * size:
            return f"{significant(value / size, 2)}{name}"
    return significant(value, 2)
