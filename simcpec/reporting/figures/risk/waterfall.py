"""F18: from the risk of the baseline over exposure, threat and measures to the residual risk, by Shapley averages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.estimates import Estimate, estimate
from simcpec.economics.instruments.shapley import shapley
from simcpec.model.world import Floats
from simcpec.reporting.figures.risk.combinations import Combinations, Step, Together, combinations_of, ends_of
from simcpec.reporting.figures.sizes import current
from simcpec.reporting.figures.style import ACCENT, COLOURS, INK, SOFT, panel_canvas, tint
from simcpec.reporting.formatting import plus_minus, significant
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import best, shown
from simcpec.results.records import Study
from simcpec.results.scenario_names import shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: colour and hatch of a step: of what the world does, of a measure that lowers, of one that raises
LOOKS = {"world": (SOFT, "...."), "lower": (ACCENT, ""), "higher": (COLOURS[1], "///")}
ROW = 0.36  # inches of a step


def shares_of(values: Mapping[Together, Floats], count: int) -> list[Floats]:
    """Return what each measure adds, averaged over all orders in which measures can be taken; they add up exactly.

    values : every combination of the numbers below `count` -> values of any one shape, such as replications.
    """
    found = [np.zeros_like(values[frozenset()]) for _ in range(count)]
    for subset in range(1 << count):
        together = frozenset(m for m in range(count) if subset >> m & 1)
        # the average is linear: its weights are what it gives where this subset alone is worth something
        weights = shapley(count, partial(_only, subset)).contributions
        for m, weight in enumerate(weights):
            found[m] += weight * values[together]
    return found


def _only(wanted: int, subset: int) -> float:
    """The worth of a subset where one alone is worth something."""
    return float(subset == wanted)


def waterfall(study: Study, response: str) -> Sketch | None:
    """The sketch of F18; None where the scenarios are not every combination of some changes."""
    of = combinations_of(study)
    if isinstance(of, str):
        return None
    name = best(study, response)
    values = {together: shown(name).kept(study.scenarios[s]) for together, s in of.scenarios.items()}
    count = len(of.steps)
    parts = [estimate(np.ascontiguousarray(each)) for each in shares_of(values, count)]
    alone = [estimate(np.ascontiguousarray(values[frozenset((m,))] - values[frozenset()])) for m in range(count)]
    start, end = (float(values[frozenset(which)].mean()) for which in ((), range(count)))
    label, unit = shown(name).label, shown(name).unit
    ends = ends_of(study, of)
    return Sketch(
        id="F18",
        slug=f"waterfall-{response}",
        title=f"{label}: from the baseline to the residual risk",
        caption=_caption(of, unit, ends),
        alt=(
            f"{label} from {significant(start)} in {ends[0]} to {significant(end)} in {ends[1]}, with all changes: "
            + "; ".join(f"{step.name} {' '.join(plus_minus(part.mean, part.half_width, sign=True))}"
                        for step, part in zip(of.steps, parts, strict=True)) + "."
        ),
        draw=lambda naming: _draw(of.steps, start, end, parts, alone, unit),
        fields=("step", "kind", "mean", "mc_half_width", "uncertainty_low", "uncertainty_high", "alone_mean",
                "alone_half_width"),
        records=(
            ("risk baseline", "level", start, None, None, None, None, None),
            *((step.name, step.kind, part.mean, part.half_width, part.low, part.high, one.mean, one.half_width)
              for step, part, one in zip(of.steps, parts, alone, strict=True)),
            ("residual risk", "level", end, None, None, None, None, None),
        ),
    )  # fmt: skip


def _caption(of: Combinations, unit: str, ends: tuple[str, str]) -> str:
    kinds = {step.kind for step in of.steps}
    world = [words for kind, words in (("exposure", "exposure"), ("threat", "threat"), ("world", "other settings"))
             if kind in kinds]  # fmt: skip
    order = f" Changes of {' and '.join(world)} stand first, dotted, measures behind them." if world else (
        " Exposure and threat are those of the baseline in all scenarios, so that there is no step of theirs."
    )  # fmt: skip
    return (
        f"Mean {unit}, from {ends[0]} (risk baseline) to {ends[1]} with all changes (residual risk). Each step is what "
        f"a change adds to those before it, averaged over all {math.factorial(len(of.steps)):,} orders in which the "
        f"{len(of.steps)} changes can be made (Shapley), from the {2 ** len(of.steps)} scenarios that are every "
        "combination of them, on common random numbers; the steps add up exactly to the difference between both "
        f"ends.{order} ±: 95 % Monte Carlo half-width of the step. Alone: what the change does "
        "without the others; where it does more alone, changes overlap."
    )


def _draw(
    steps: Sequence[Step], start: float, end: float, parts: list[Estimate], alone: list[Estimate], unit: str
) -> Figure:
    last = len(parts) + 1
    figure = panel_canvas(0.0, inches=0.75 + ROW * (last + 1))
    axes = figure.subplots()
    axes.barh(0, start, color=INK, height=0.62)
    at = start
    for row, (step, part, one) in enumerate(zip(steps, parts, alone, strict=True), start=1):
        hue, hatch = LOOKS["world" if step.kind != "measure" else "lower" if part.mean <= 0.0 else "higher"]
        axes.barh(row, part.mean, left=at, color=tint(hue, 0.75), edgecolor=hue, height=0.62, hatch=hatch)
        axes.plot([at + part.mean] * 2, [row - 0.31, row + 1.31], color=SOFT, linewidth=0.8)
        said = " ".join(plus_minus(part.mean, part.half_width, sign=True))
        axes.annotate(
            f"{said}; alone {significant(one.mean)}", (max(at, at + part.mean), row), xytext=(5, 0),
            textcoords="offset points", va="center", fontsize=7.5, color=INK,
        )  # fmt: skip
        at += part.mean
    axes.barh(last, end, color=INK, height=0.62)
    for row, value in ((0, start), (last, end)):
        axes.annotate(significant(value), (value, row), xytext=(4, 0), textcoords="offset points", ha="left",
                      va="center", fontsize=8, color=INK)  # fmt: skip
    names = ["risk baseline", *(shortened(step.name, 20 if current().narrow else 34) for step in steps), "residual"]
    axes.set_yticks(range(last + 1), labels=names)
    axes.invert_yaxis()
    axes.set_xlim(0.0, _highest(start, parts) * (2.5 if current().narrow else 1.7) or 1.0)
    axes.set_xlabel(unit)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    return figure


def _highest(start: float, parts: Sequence[Estimate]) -> float:
    """The highest level that any step begins or ends at."""
    return float(max(start, *(start + np.cumsum([part.mean for part in parts]))))
