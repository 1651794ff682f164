"""Several curves in one panel, one a scenario: told apart without colour, equal ones named as such, labelled below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcpec.model.world import Floats
from simcpec.reporting.figures.sizes import current
from simcpec.reporting.figures.style import Naming, colour, dashes, labels, marker
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

MOST = 8  # curves that colours, dashes and markers tell apart
SIZED = "sized"  # mark of a legend whose type has the size of the style already
MARKED = 7  # markers along a curve


Line = tuple[Floats, Floats]  # x and y of a curve


def first_equal(lines: Sequence[Line]) -> list[int]:
    """Return for each curve the index of the first one that equals it: its own where none does."""

    def equal(one: Line, other: Line) -> bool:
        return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))

    return [next(k for k, other in enumerate(lines) if equal(other, line)) for line in lines]


def drawn_ones(study: Study, merit: Sequence[float] | None = None) -> list[int]:
    """The scenarios that are drawn: all, or the baseline and the others of the highest merit, the first where equal."""
    count, first = len(study.scenarios), study.baseline or 0
    others = [index for index in range(count) if index != first]
    if merit is not None:
        others.sort(key=lambda index: -merit[index])
    return sorted([first, *others][:MOST])


def left_out(study: Study, by: str = "the first") -> str:
    """A sentence on the scenarios that are not drawn, with a space before it; "" where all are.

    by : which are drawn beside the baseline.
    """
    count = len(study.scenarios)
    if count <= MOST:
        return ""
    return f" Of {count} scenarios the baseline and {by} {MOST - 1} others are drawn; the data file has all numbers."


def draw_curves(
    axes: Axes,
    study: Study,
    lines: Mapping[int, Line],
    naming: Naming,
    **style: Any,
) -> None:
    """One line and one legend entry a scenario; equal curves say whose they are.

    lines : index of the scenario -> its curve.
    """
    of = list(lines)
    same = first_equal([lines[index] for index in of])
    told = {index: f"identical to {key_of(of[k])}" for index, k in zip(of, same, strict=True) if of[k] != index}
    texts = labels(study, of, naming, 44, told)
    for place, (index, text) in enumerate(zip(of, texts, strict=True)):
        x, y = lines[index]
        axes.plot(
            x, y, color=colour(study, index, of), linestyle=dashes(place), linewidth=1.5, label=text,
            marker=marker(study, index, of), markersize=4.0, markevery=(place, max(1, len(x) // MARKED)), zorder=3,
            **style,
        )  # fmt: skip


def legend_lines(entries: int) -> int:
    """Lines of a legend below a single panel."""
    return -(-entries // _across(entries))


def _across(entries: int) -> int:
    return 1 if current().narrow or entries == 1 else 2


def legend_below(figure: Figure, axes: Axes, *, columns: int | None = None) -> None:
    """The legend of `axes` below the figure: two columns where there is room."""
    handles, texts = axes.get_legend_handles_labels()
    across = columns or _across(len(texts))
    size = 8 * current().text
    made = figure.legend(handles, texts, loc="outside lower left", ncols=across, fontsize=size, handlelength=3.4)
    made.set_gid(SIZED)


def log_ticks(axis: Axis) -> None:
    """Plain numbers at the ticks of a logarithmic axis; between powers of ten at 2 and 5 where few powers are shown."""
    low, high = axis.get_view_interval()
    few = low > 0.0 and np.log10(high / low) < 2.5

    def between(value: float, _: object = None) -> str:
        digit = f"{value:e}"[0]
        return f"{value:g}" if few and digit in "25" else ""

    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(between)
