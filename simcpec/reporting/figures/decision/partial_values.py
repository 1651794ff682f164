"""F6b: what knowing each uncertain parameter before choosing would be worth, beside what an idle one seems worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.economics.study_information import EACH, partial_of
from simcpec.economics.value_of_information.partial import PartialInformation
from simcpec.reporting.figures.decision.value_curves import MILLION, value_curves
from simcpec.reporting.figures.style import ACCENT, INK, PAPER, SOFT, panel_canvas
from simcpec.reporting.formatting import significant
from simcpec.reporting.picture import Sketch
from simcpec.results.records import Study
from simcpec.results.scenario_names import shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 15  # parameters that are drawn


def partial_values(study: Study, effect: str) -> Sketch | None:
    """The sketch of F6b at the value at which perfect information is worth most; None where it is worth nothing.

    Raises UserError for too few draws, EnvironmentFault without scikit-learn.
    """
    of = value_curves(study, effect)
    if of is None or not of.curves.perfect.any() or not of.of.keys:
        return None
    at = int(np.argmax(of.curves.perfect))
    value, whole = float(of.curves.values[at]), float(of.curves.perfect[at])
    found = partial_of(of.of, [value], [EACH])
    sure = [one.name for one in found if one.told_apart(0)]
    return Sketch(
        id="F6b",
        slug=f"partial-information-{effect}",
        title=f"What knowing one parameter would be worth: {effect}",
        caption=(
            f"Expected value of partial perfect information, USD m a year, at USD m {significant(value / MILLION)} "
            f"for one "
            f"{of.unit} averted, where perfect information is worth most (dashed: {significant(whole / MILLION)}). "
            "Regression of net benefits on one parameter at a time; line: standard error of sampling draws. Grey: "
            "what a "
            "parameter that says nothing seems to be worth, the largest of the permutations; hollow: not told apart "
            "from "
            f"that. The first {min(MOST, len(found))} of {len(found)} parameters; the data file has all. {of.basis()}"
        ),
        alt=f"Value of knowing each of {len(found)} parameters; told apart from nothing: "
            f"{', '.join(sure[:5]) or 'none'}.",
        draw=lambda naming: _draw(found[:MOST], whole),
        fields=(
            "parameter", "value_usd", "evppi_usd_per_year", "standard_error", "idle_usd", "unseen_usd", "told_apart",
        ),
        records=tuple(
            (one.name, value, float(one.worth[0]), float(one.standard_error[0]), float(one.idle[0]),
             float(one.unseen[0]), one.told_apart(0))
            for one in found
        ),
    )  # fmt: skip


def _draw(found: Sequence[PartialInformation], whole: float) -> Figure:
    figure = panel_canvas(0.25 + 0.045 * len(found))
    axes = figure.subplots()
    for y, one in enumerate(found):
        worth, error = float(one.worth[0]) / MILLION, float(one.standard_error[0]) / MILLION
        axes.barh(y, float(one.idle[0]) / MILLION, height=0.7, color="#d9dee5", linewidth=0, zorder=1)
        axes.plot([max(0.0, worth - error), worth + error], [y, y], color=INK, linewidth=1.0, zorder=2)
        face = ACCENT if one.told_apart(0) else PAPER
        axes.plot(worth, y, marker="o", markersize=5, color=ACCENT, markerfacecolor=face, linestyle="none", zorder=3)
    axes.axvline(whole / MILLION, color=SOFT, linestyle=(0, (5, 3)), linewidth=1.1)
    axes.set_yticks(range(len(found)), labels=[shortened(one.name.partition(".")[2] or one.name, 34) for one in found])
    axes.invert_yaxis()
    axes.set_xlim(left=0.0)
    axes.set_xlabel("USD m a year")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    return figure
