"""F18: from the baseline to all measures together, each with its Shapley average, which add up exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.estimates import Estimate, estimate
from simcpec.economics.instruments.shapley import shapley
from simcpec.model.world import Floats
from simcpec.reporting.figures.style import ACCENT, COLOURS, INK, PAPER, SOFT, Sketch, panel_canvas, tint
from simcpec.reporting.formatting import plus_minus, significant
from simcpec.reporting.selection import best, shown
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of, shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST, MOST = 2, 6  # measures
Together = frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Combinations:
    """Measures by name, and the index of the scenario that has each combination of them."""

    measures: tuple[str, ...]
    scenarios: Mapping[Together, int]


def combinations_of(study: Study) -> Combinations | None:
    """Return the measures of a study whose scenarios are every combination of two to six; None for any other study.

    A measure is what always changes together: keys that have their new value in exactly the same scenarios.
    """
    changes = [frozenset((each.key, each.new) for each in of) for of in study.changes]
    groups: dict[frozenset[int], list[tuple[str, str]]] = {}
    for change in sorted(frozenset().union(*changes)):
        there = frozenset(s for s, of in enumerate(changes) if change in of)
        groups.setdefault(there, []).append(change)
    count = len(groups)
    if not LEAST <= count <= MOST or len(study.scenarios) != 2**count:
        return None
    members = list(groups)
    scenarios = {frozenset(m for m in range(count) if s in members[m]): s for s in range(len(changes))}
    if len(scenarios) < 2**count or scenarios.get(frozenset()) != study.baseline:
        return None
    return Combinations(measures=tuple(_name(groups[there]) for there in members), scenarios=scenarios)


def _name(changes: list[tuple[str, str]]) -> str:
    key, new = changes[0]
    more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
    return f"{key.rpartition('.')[2].replace('_', ' ')}: {new}{more}"


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
    """The sketch of F18; None where the scenarios are not every combination of some measures."""
    of = combinations_of(study)
    if of is None:
        return None
    name = best(study, response)
    values = {together: shown(name).kept(study.scenarios[s]) for together, s in of.scenarios.items()}
    parts = [estimate(np.ascontiguousarray(each)) for each in shares_of(values, len(of.measures))]
    alone = [estimate(np.ascontiguousarray(values[frozenset((m,))] - values[frozenset()])) for m in range(len(parts))]
    start, end = (float(values[frozenset(which)].mean()) for which in ((), range(len(parts))))
    label, unit = shown(name).label, shown(name).unit
    return Sketch(
        id="F18",
        slug=f"waterfall-{response}",
        title=f"{label}: from the baseline to all measures together",
        caption=(
            f"Mean {unit}. Each step is what a measure adds to those before it, averaged over all orders in which the "
            f"{len(parts)} measures can be taken (Shapley), from the {2 ** len(parts)} scenarios that are every "
            "combination of them, on common random numbers; the steps add up exactly to the difference between both "
            "ends. ±: 95 % Monte Carlo half-width of the step. Alone: what the measure does without the others; where "
            "it does more alone, measures overlap."
        ),
        alt=(
            f"{label} from {significant(start)} in {key_of(study.baseline or 0)} to {significant(end)} with all "
            f"measures: "
            + "; ".join(f"{measure} {' '.join(plus_minus(part.mean, part.half_width, sign=True))}"
                        for measure, part in zip(of.measures, parts, strict=True)) + "."
        ),
        draw=lambda naming: _draw(of.measures, start, end, parts, alone, unit),
        fields=("step", "mean", "mc_half_width", "uncertainty_low", "uncertainty_high", "alone_mean",
                "alone_half_width"),
        records=(
            ("baseline", start, None, None, None, None, None),
            *((measure, part.mean, part.half_width, part.low, part.high, one.mean, one.half_width)
              for measure, part, one in zip(of.measures, parts, alone, strict=True)),
            ("all measures", end, None, None, None, None, None),
        ),
    )  # fmt: skip


def _draw(
    measures: tuple[str, ...], start: float, end: float, parts: list[Estimate], alone: list[Estimate], unit: str
) -> Figure:
    figure = panel_canvas(0.34 + 0.09 * len(parts))
    axes = figure.subplots()
    axes.barh(0, start, color=INK, height=0.62)
    at = start
    for row, (part, one) in enumerate(zip(parts, alone, strict=True), start=1):
        hue = ACCENT if part.mean <= 0.0 else COLOURS[1]
        axes.barh(
            row,
            part.mean,
            left=at,
            color=tint(hue, 0.75),
            edgecolor=hue,
            height=0.62,
            hatch="" if part.mean <= 0 else "///",
        )
        axes.plot([at + part.mean] * 2, [row - 0.31, row + 1.31], color=SOFT, linewidth=0.8)
        said = " ".join(plus_minus(part.mean, part.half_width, sign=True))
        axes.annotate(
            f"{said}; alone {significant(one.mean)}", (max(at, at + part.mean), row), xytext=(5, 0),
            textcoords="offset points", va="center", fontsize=7.5, color=INK,
        )  # fmt: skip
        at += part.mean
    last = len(parts) + 1
    axes.barh(last, end, color=INK, height=0.62)
    for row, value in ((0, start), (last, end)):
        axes.annotate(significant(value), (value, row), xytext=(-4, 0), textcoords="offset points", ha="right",
                      va="center", fontsize=8, color=PAPER)  # fmt: skip
    axes.set_yticks(range(last + 1), labels=["baseline", *(shortened(each, 34) for each in measures), "all measures"])
    axes.invert_yaxis()
    axes.set_xlim(0.0, max(start, end, at) * 1.32)
    axes.set_xlabel(unit)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    return figure
