"""F15: how the half-width of a difference falls with replications, paired and from independent runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.estimates import Moments, moments
from simcpec.model.world import Floats
from simcpec.reporting.figures.curves import drawn_ones, left_out, legend_below, legend_lines, log_ticks
from simcpec.reporting.figures.style import SOFT, Naming, colour, labels, marker, panel_canvas
from simcpec.reporting.formatting import significant
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import best, shown
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 16  # numbers of replications along the axis
LEAST = 4  # replications of a draw from which a half-width is drawn


@dataclass(frozen=True, kw_only=True)
class Widths:
    """Half-widths (n,) of a scenario's difference: paired, and as independent runs would have given."""

    paired: Floats
    apart: Floats


def replications_drawn(kept: int) -> list[int]:
    """Numbers of replications along the axis, from `LEAST` to all that are kept."""
    return sorted({round(float(n)) for n in np.geomspace(min(LEAST, kept), kept, POINTS)})


def widths_of(values: Floats, base: Floats, numbers: list[int]) -> Widths:
    """Half-widths with the first n replications of every draw; values, base : (D, R)."""
    paired, apart = [], []
    for n in numbers:
        a, b, both = (moments(np.ascontiguousarray(each[:, :n])) for each in (values, base, values - base))
        paired.append(both.half_width or 0.0)
        apart.append(_together(a, b))
    return Widths(paired=np.array(paired), apart=np.array(apart))


def _together(a: Moments, b: Moments) -> float:
    """Half-width of a difference of independent runs."""
    return float(np.hypot(a.half_width or 0.0, b.half_width or 0.0))


def convergence_curves(study: Study, response: str = "incidents") -> Sketch | None:
    """The sketch of F15; None where nothing is compared or no replication differs."""
    if study.baseline is None:
        return None
    name, base = best(study, response), study.scenarios[study.baseline]
    numbers = replications_drawn(base.rows // (2 if base.antithetic else 1))
    start = shown(name).kept(base)
    found = {
        s: widths_of(shown(name).kept(result), start, numbers)
        for s, result in enumerate(study.scenarios)
        if s != study.baseline
    }
    found = {s: each for s, each in found.items() if each.paired.any()}
    if not found or len(numbers) < 2:
        return None
    unit, label = shown(name).unit, shown(name).label
    stop = study.precision.taken if study.precision is not None else None
    return Sketch(
        id="F15",
        slug="convergence",
        title=f"Half-width against replications: {label.lower()}",
        caption=(
            f"95 % Monte Carlo half-width of the difference from {key_of(study.baseline)} with the first "
            f"replications of "
            f"each draw, {unit}; both axes logarithmic. Solid: paired by common random numbers. Dashed: as independent "
            "runs with the same spread would have given. Both fall with the root of the number; the distance is what "
            "pairing saves."
            + (f" Dotted: {stop:,} replications, where the rule of precision ended." if stop else "")
            + left_out(study)
        ),
        alt="; ".join(
            f"{key_of(s)}: paired half-width {significant(each.paired[-1], 2)}, independent "
            f"{significant(each.apart[-1], 2)} "
            f"at {numbers[-1]:,} replications"
            for s, each in found.items()
        )
        + ".",
        draw=lambda naming: _draw(study, found, numbers, f"half-width, {unit}", stop, naming),
        fields=("scenario", "name", "replications", "paired_half_width", "independent_half_width"),
        records=tuple(
            (key_of(s), study.scenarios[s].name, n, float(each.paired[k]), float(each.apart[k]))
            for s, each in found.items()
            for k, n in enumerate(numbers)
        ),
    )


def _draw(
    study: Study, found: dict[int, Widths], numbers: list[int], what: str, stop: int | None, naming: Naming
) -> Figure:
    of = [s for s in drawn_ones(study) if s in found]
    figure = panel_canvas(0.66, lines=legend_lines(len(of)))
    axes = figure.subplots()
    for s, text in zip(of, labels(study, of, naming, 44), strict=True):
        hue, shape = colour(study, s, of), marker(study, s, of)
        style = {"color": hue, "marker": shape, "markersize": 3.5, "linewidth": 1.4}
        axes.plot(numbers, np.where(found[s].paired > 0.0, found[s].paired, np.nan), label=text, **style)  # type: ignore[arg-type]
        axes.plot(numbers, found[s].apart, linestyle=(0, (4, 2)), **style)  # type: ignore[arg-type]
    axes.set_xscale("log")
    axes.set_yscale("log")
    if stop is not None:
        axes.axvline(stop, color=SOFT, linestyle=(0, (1, 2)))
    axes.set_xticks([numbers[0], numbers[len(numbers) // 2], numbers[-1]])
    log_ticks(axes.yaxis)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    axes.set_xlabel("replications of a draw")
    axes.set_ylabel(what)
    axes.grid()
    legend_below(figure, axes)
    return figure
