"""F5 acceptability curves and frontier, F6 value of perfect information, F7 expected loss, over values of an effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simcpec.analysis.economics.study_options import Basis, options_of
from simcpec.economics.decision.incremental import against_current, incremental
from simcpec.economics.decision.net_benefit import Acceptability, acceptability
from simcpec.economics.decision.options import Options
from simcpec.reporting.figures.curves import draw_curves, drawn_ones, left_out, legend_below, legend_lines
from simcpec.reporting.figures.style import ACCENT, INK, SOFT, Naming, panel_canvas, tint
from simcpec.reporting.formatting import plural, significant
from simcpec.reporting.picture import Sketch
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MILLION = 1e6
POINTS = 81  # values of the grid
ROOM = 8  # values of the grid that a name wants
BEYOND = 2.0  # times the highest ratio, where the grid ends


@dataclass(frozen=True, kw_only=True)
class ValueCurves:
    """What net benefit says over a grid of values, and the words around it."""

    study: Study
    of: Options
    curves: Acceptability
    effect: str

    @property
    def drawn(self) -> list[int]:
        """Options that are drawn: those that are best in most draws at some value."""
        return drawn_ones(self.study, [float(share) for share in self.curves.probability.max(axis=0)])

    @property
    def left_out(self) -> str:
        """A sentence on the others."""
        return left_out(self.study, "the most often best")

    @property
    def unit(self) -> str:
        """One of what is averted."""
        return self.effect.removesuffix("s")

    def option_rows(self, numbers: Callable[[int, int], tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
        """Return a row for each value of the grid and each option: the value, key and name of the option, numbers.

        numbers : index of the value, index of the option -> what the row says of them.
        """
        return tuple(
            (float(value), key_of(s), name, *numbers(v, s))
            for v, value in enumerate(self.curves.values)
            for s, name in enumerate(self.of.names)
        )

    def basis(self) -> str:
        """A sentence on what the curves rest on."""
        noise = ", with Monte Carlo noise taken out" if self.curves.corrected and self.of.draws > 1 else ""
        single = "" if self.of.draws > 1 else " With a single draw nothing is uncertain here."
        return (
            f"Net benefit of a draw: value x {self.effect} averted a year - cost (security budget, forces and "
            f"levers, USD a year, undiscounted), on the conditional means of "
            f"{plural(self.of.draws, 'parameter draw')}{noise}.{single}"
        )


def value_curves(study: Study, effect: str) -> ValueCurves | None:
    """Return the curves over a grid that covers every ratio twice; None where no scenario averts anything."""
    of = options_of(study, Basis(effect=effect))
    rows = incremental(of)
    asked = [row.ratio for row in rows] + [row.ratio for row in against_current(of)]
    ratios = [ratio for ratio in asked if ratio is not None]
    top = BEYOND * max((ratio for ratio in ratios if ratio > 0.0), default=0.0)
    if top <= 0.0:
        gain = float(np.ptp(of.expected_effect))
        if gain <= 0.0:
            return None
        top = BEYOND * max(float(np.ptp(of.expected_cost)), MILLION) / gain
    grid = acceptability(of, tuple(np.linspace(0.0, top, POINTS)))
    return ValueCurves(study=study, of=of, curves=grid, effect=effect)


def _axis(axes: Axes, of: ValueCurves) -> None:
    axes.set_xlabel(f"value of one {of.unit} averted, USD m")
    axes.set_xlim(0.0, float(of.curves.values[-1]) / MILLION)
    axes.grid(axis="y")


def acceptability_curves(study: Study, effect: str) -> Sketch | None:
    """The sketch of F5: how often each option is best, and the frontier of the choice by expected net benefit."""
    of = value_curves(study, effect)
    if of is None:
        return None
    curves = of.curves
    return Sketch(
        id="F5",
        slug=f"acceptability-{effect}",
        title=f"Probability of being the best option: {effect}",
        caption=(
            "Curves: share of the draws in which an option has the highest net benefit over all options, ties split "
            "equally; at every value they add up to 1. Grey band: the curve of the option with the highest expected "
            f"net benefit (acceptability frontier). {of.basis()}{of.left_out}"
        ),
        alt=_alt(of),
        draw=lambda naming: _draw_acceptability(of, naming),
        fields=("value_usd", "scenario", "name", "p_best", "is_best", "frontier"),
        records=of.option_rows(
            lambda v, s: (float(curves.probability[v, s]), bool(s == curves.best[v]), float(curves.frontier[v]))
        ),
    )


def _alt(of: ValueCurves) -> str:
    """Which option is best from which value on, and how surely at the end."""
    parts = []
    for v, _, s in segments(of.curves.best.tolist()):
        value = significant(float(of.curves.values[v]) / MILLION)
        share = significant(100.0 * float(of.curves.frontier[v]), 2)
        parts.append(f"from USD m {value} {key_of(s)}, best in {share} % of draws there")
    return f"Option of the highest expected net benefit by the value of one {of.unit} averted: {'; '.join(parts)}."


def _draw_acceptability(of: ValueCurves, naming: Naming) -> Figure:
    figure = panel_canvas(0.66, lines=legend_lines(1 + len(of.drawn)))
    axes = figure.subplots()
    x = of.curves.values / MILLION
    axes.plot(x, of.curves.frontier, color=tint(INK, 0.22), linewidth=7.0, solid_capstyle="round", zorder=1,
              label="frontier: highest expected net benefit")  # fmt: skip
    draw_curves(axes, of.study, {s: (x, of.curves.probability[:, s]) for s in of.drawn}, naming)
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("share of draws")
    _axis(axes, of)
    legend_below(figure, axes)
    return figure


def expected_loss(study: Study, effect: str) -> Sketch | None:
    """The sketch of F7: what choosing each option loses against the best of each draw."""
    of = value_curves(study, effect)
    if of is None:
        return None
    curves = of.curves
    return Sketch(
        id="F7",
        slug=f"expected-loss-{effect}",
        title=f"Expected loss of choosing an option: {effect}",
        caption=(
            "Mean over draws of what the best option of the draw has more net benefit than the one that is chosen, "
            "USD m a year. The lowest curve is the best choice, and what it still loses is the expected value of "
            f"perfect information. {of.basis()}{of.left_out}"
        ),
        alt=_alt(of).replace("highest expected net benefit", "lowest expected loss"),
        draw=lambda naming: _draw_loss(of, naming),
        fields=("value_usd", "scenario", "name", "expected_loss_usd", "expected_net_benefit_usd"),
        records=of.option_rows(lambda v, s: (float(curves.loss[v, s]), float(curves.expected[v, s]))),
    )


def _draw_loss(of: ValueCurves, naming: Naming) -> Figure:
    figure = panel_canvas(0.66, lines=legend_lines(len(of.drawn)))
    axes = figure.subplots()
    x = of.curves.values / MILLION
    draw_curves(axes, of.study, {s: (x, of.curves.loss[:, s] / MILLION) for s in of.drawn}, naming)
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel("expected loss, USD m a year")
    _axis(axes, of)
    legend_below(figure, axes)
    return figure


def perfect_information(study: Study, effect: str) -> Sketch | None:
    """The sketch of F6: what knowing the parameters before the choice would be worth."""
    of = value_curves(study, effect)
    if of is None:
        return None
    curves = of.curves
    top = int(np.argmax(curves.perfect))
    return Sketch(
        id="F6",
        slug=f"perfect-information-{effect}",
        title=f"Value of perfect information: {effect}",
        caption=(
            "Mean over draws of the highest net benefit less the highest mean net benefit: what knowing every "
            "uncertain parameter before choosing would be worth a year of the programme, USD m; at least 0, and 0 "
            "where no draw changes the choice. Dotted: values at which the choice by expected net benefit changes. "
            f"{of.basis()}"
        ),
        alt=(
            f"Expected value of perfect information by the value of one {of.unit} averted: highest, USD m "
            f"{significant(float(curves.perfect[top]) / MILLION)} a year, at USD m "
            f"{significant(float(curves.values[top]) / MILLION)}."
        ),
        draw=lambda naming: _draw_perfect(of),
        fields=("value_usd", "evpi_usd_per_year", "best", "name"),
        records=tuple(
            (float(value), float(curves.perfect[v]), key_of(int(curves.best[v])), of.of.names[curves.best[v]])
            for v, value in enumerate(curves.values)
        ),
    )  # fmt: skip


def segments(best: Sequence[int]) -> list[tuple[int, int, int]]:
    """(first, last, option) of every stretch of the grid in which one option is best."""
    starts = [v for v in range(len(best)) if v == 0 or best[v] != best[v - 1]]
    ends = [*(start - 1 for start in starts[1:]), len(best) - 1]
    return [(start, end, int(best[start])) for start, end in zip(starts, ends, strict=True)]


def _draw_perfect(of: ValueCurves) -> Figure:
    figure = panel_canvas(0.7)
    axes = figure.subplots()
    x, y = of.curves.values / MILLION, of.curves.perfect / MILLION
    axes.fill_between(x, 0.0, y, color=tint(ACCENT, 0.15), linewidth=0)
    axes.plot(x, y, color=ACCENT, linewidth=1.6)
    _axis(axes, of)
    axes.set_ylim(0.0, 1.2 * max(float(y.max()), 1e-9))
    for first, last, s in segments(of.curves.best.tolist()):
        if first:
            axes.axvline(x[first], color=SOFT, linestyle=(0, (1, 2)), linewidth=1.0)
        if last - first >= ROOM:
            axes.annotate(
                f"{key_of(s)} best", ((x[first] + x[last]) / 2, 0.97), xycoords=("data", "axes fraction"), fontsize=8,
                color=SOFT, ha="center", va="top",
            )  # fmt: skip
    axes.set_ylabel("USD m a year")
    return figure
