"""F8: cost against what happens, with the options that no other one beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcpec.analysis.economics.study_options import options_of
from simcpec.reporting.figures.curves import legend_below, legend_lines
from simcpec.reporting.figures.style import ACCENT, INK, PAPER, SOFT, panel_canvas, tint
from simcpec.reporting.formatting import significant
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import best, estimates, shown
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of, shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simcpec.experiments.sweep.summary import SweepSummary

MILLION = 1e6
NAMED = 12  # points whose names stand below
LETTERED = 16  # points with a letter each; of more every few have one


@dataclass(frozen=True, kw_only=True)
class ParetoPoint:
    """One option: cost in USD m a year, mean of what happens a year with its half-width; `now` marks the baseline."""

    key: str
    name: str
    cost: float
    mean: float
    half_width: float | None
    now: bool


def non_dominated(points: Sequence[ParetoPoint]) -> list[bool]:
    """Whether no other option costs no more and has no more happen, one of both strictly."""

    def beats(a: ParetoPoint, b: ParetoPoint) -> bool:
        return a.cost <= b.cost and a.mean <= b.mean and (a.cost < b.cost or a.mean < b.mean)

    return [not any(beats(other, one) for other in points) for one in points]


def pareto_of_study(study: Study, response: str) -> Sketch:
    """The sketch of F8 of a study."""
    of, name = options_of(study), best(study, response)
    points = [
        ParetoPoint(key=key_of(s), name=of.names[s], cost=float(of.expected_cost[s]) / MILLION, mean=found.mean,
                    half_width=found.half_width, now=s == of.current)
        for s, found in enumerate(estimates(study, name))
    ]  # fmt: skip
    return _sketch(points, response, shown(name).label, "forces and levers")


def pareto_of_sweep(of: SweepSummary, response: str) -> Sketch | None:
    """The sketch of F8 of a sweep; None where the response or the cost was not kept."""
    from simcpec.experiments.sweep.summary import spent

    if response not in of.names:
        return None
    points: list[ParetoPoint] = []
    for one in of.policies:
        cost, found = spent(of, one.policy), one.levels[response]
        if cost is not None and found.estimable:
            points.append(
                ParetoPoint(key=key_of(len(points)), name=one.label, cost=cost / MILLION, mean=found.mean,
                            half_width=found.half_width, now=one is of.baseline)
            )  # fmt: skip
    return _sketch(points, response, shown(response).label, "levers") if points else None


def _sketch(points: Sequence[ParetoPoint], response: str, label: str, beside: str) -> Sketch:
    first = non_dominated(points)
    unit = shown(response).unit
    kept = ", ".join(one.key for one, good in zip(points, first, strict=True) if good)
    return Sketch(
        id="F8",
        slug=f"pareto-{response.replace('_', '-')}",
        title=f"Cost and {label.lower()}",
        caption=(
            f"Mean {unit} against cost (security budget, {beside}, USD m a year, undiscounted); lower and further "
            f"left is "
            "better. Filled: no other option costs no more and has no more happen; joined by steps. Hollow: dominated. "
            "Bars: 95 % Monte Carlo intervals of the means, which share their random numbers, so that differences are "
            "known better than the bars say. Ring: the baseline."
            + (f" Of {len(points)} points every few by cost have a letter." if len(points) > LETTERED else "")
        ),
        alt=f"Cost against {label.lower()}, {len(points)} options; not dominated: {kept}.",
        draw=lambda naming: _draw(points, first, unit),
        fields=("key", "name", "cost_usd_m", "mean", "mc_half_width", "non_dominated", "baseline"),
        records=tuple(
            (one.key, one.name, one.cost, one.mean, one.half_width, good, one.now)
            for one, good in zip(points, first, strict=True)
        ),
    )


def lettered(points: Sequence[ParetoPoint]) -> Sequence[ParetoPoint]:
    """Return the points that have their letters beside them: all, or of many every few of them by cost."""
    if len(points) <= LETTERED:
        return points
    by_cost = sorted(points, key=lambda one: one.cost)
    return by_cost[:: -(-len(points) // LETTERED)]


def _draw(points: Sequence[ParetoPoint], first: Sequence[bool], unit: str) -> Figure:
    named = points if len(points) <= NAMED else ()
    figure = panel_canvas(0.7, lines=legend_lines(len(named)) if named else 0)
    axes = figure.subplots()
    stairs = sorted((one.cost, one.mean) for one, good in zip(points, first, strict=True) if good)
    axes.step(
        [x for x, _ in stairs], [y for _, y in stairs], where="post", color=tint(ACCENT, 0.5), linewidth=1.2, zorder=1
    )
    for one, good in zip(points, first, strict=True):
        if one.half_width:
            axes.errorbar(one.cost, one.mean, yerr=one.half_width, color=SOFT, linewidth=1.1, capsize=2, zorder=2)
        if one.now:
            axes.plot(
                one.cost, one.mean, marker="o", markersize=12, color=INK, markerfacecolor="none", linestyle="none"
            )
        axes.plot(
            one.cost, one.mean, marker="o" if good else "s", markersize=6, color=ACCENT, linestyle="none",
            markerfacecolor=ACCENT if good else PAPER, zorder=3,
        )  # fmt: skip
    for place, one in enumerate(lettered(points)):
        beside = (6, 5) if place % 2 == 0 else (6, -13)  # neighbours may coincide
        axes.annotate(one.key, (one.cost, one.mean), xytext=beside, textcoords="offset points", fontsize=8, color=INK)
    for one in named:
        axes.plot([], [], linestyle="none", label=f"{one.key} · {shortened(one.name, 40)}")
    axes.margins(x=0.16, y=0.14)
    axes.set_xlabel("cost, USD m a year")
    axes.set_ylabel(unit)
    axes.grid()
    axes.set_title(f"{significant(len(stairs))} of {len(points)} not dominated", fontsize=8.5, fontweight="normal")
    if named:
        legend_below(figure, axes)
    return figure
