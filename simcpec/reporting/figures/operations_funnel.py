"""F21: from operations to arrests and deaths of militants, beside the ratios that were announced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcpec.analysis.estimates import Estimate
from simcpec.reporting.figures.style import (
    INK,
    SOFT,
    Naming,
    canvas,
    colour,
    labels,
    lead_the_eye,
    mark_row,
    marker,
    note_beside,
    row_height,
)
from simcpec.reporting.formatting import significant
from simcpec.reporting.page.observed import Funnel, observed
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import estimates
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class FunnelStep:
    """One panel: what it counts, per scenario, and what was announced of it, or None."""

    title: str
    unit: str
    estimates: tuple[Estimate, ...]
    observed: float | None
    said: str


def funnel(study: Study) -> Sketch:
    """The sketch of F21."""
    of = observed(study)
    seen = of.funnel if of is not None else None
    stages = _stages(study, seen)
    return Sketch(
        id="F21",
        slug="operations",
        title="Intelligence-based operations and what they yield",
        caption=(
            "Marker: mean of the model; thick line: 95 % Monte Carlo interval; thin line: uncertainty interval, "
            "where there are several parameter draws. "
            + (
                f"Dashed line: as announced ({seen.words()}). {seen.caveat} The ratios do not need the window; the "
                "number of operations a year does, and is drawn as if the window were one year."
                if seen
                else "No announced counts are on record for these provinces."
            )
        ),
        alt=_alt(stages),
        draw=lambda naming: _draw(study, stages, naming),
        fields=(
            "stage",
            "unit",
            "scenario",
            "name",
            "mean",
            "mc_half_width",
            "mc_low",
            "mc_high",
            "uncertainty_low",
            "uncertainty_high",
            "announced",
        ),
        records=tuple(
            (
                s.title,
                s.unit,
                key_of(i),
                study.scenarios[i].name,
                e.mean if e.estimable else None,
                e.half_width,
                *e.ends,
                e.low,
                e.high,
                s.observed,
            )
            for s in stages
            for i, e in enumerate(s.estimates)
        ),
    )


def _stages(study: Study, seen: Funnel | None) -> tuple[FunnelStep, ...]:
    """Operations a year, arrests and deaths of militants per operation."""
    wanted = ("operations", "arrests_per_operation", "militant_deaths_per_operation")
    yearly, arrested, killed = (tuple(estimates(study, name)) for name in wanted)
    ops, arrests, deaths = (seen.operations, seen.arrests, seen.deaths) if seen else (None, None, None)
    return (
        FunnelStep("Operations", "a year", yearly, ops, f"{ops:,.0f}" if ops else ""),
        FunnelStep("Arrests", "per operation", arrested, *_said(arrests, ops)),
        FunnelStep("Militants killed", "per operation", killed, *_said(deaths, ops)),
    )


def _said(count: float | None, operations: float | None) -> tuple[float | None, str]:
    if count is None or not operations:
        return None, ""
    return count / operations, significant(count / operations)


def _alt(stages: tuple[FunnelStep, ...]) -> str:
    parts = []
    for stage in stages:
        means = ", ".join(
            f"{key_of(i)} {significant(e.mean) if e.estimable else 'none'}" for i, e in enumerate(stage.estimates)
        )
        parts.append(f"{stage.title} {stage.unit}: {means}" + (f"; announced {stage.said}" if stage.said else ""))
    return ". ".join(parts) + "."


def _draw(study: Study, stages: tuple[FunnelStep, ...], naming: Naming) -> Figure:
    count = len(study.scenarios)
    figure = canvas(1.3 + row_height(count) * count)
    grid = figure.subplots(1, len(stages), sharey=True)
    for axes, stage in zip(grid, stages, strict=True):
        _panel(axes, study, stage)
    grid[0].set_yticks(range(count), labels=labels(study, range(count), naming, 32))
    grid[0].set_ylim(count - 0.4, -0.6)
    for axes in grid:
        axes.tick_params(axis="y", length=0, pad=9, labelcolor=INK)
    return figure


def _panel(axes: Axes, study: Study, stage: FunnelStep) -> None:
    from matplotlib.ticker import MaxNLocator

    ends = [end for e in stage.estimates if e.estimable for end in (e.mean, e.high, *(e.monte_carlo or ()))]
    highest = max([stage.observed or 0.0, *(end for end in ends if end is not None)]) or 1.0
    if stage.observed is not None:
        left = stage.observed > 0.5 * highest
        axes.axvline(stage.observed, color=SOFT, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1)
        axes.annotate(
            f"announced {stage.said}", (stage.observed, 1.0), xycoords=axes.get_xaxis_transform(),
            xytext=(-3 if left else 3, 2), textcoords="offset points", fontsize=7.5, color=SOFT,
            ha="right" if left else "left", va="bottom",
        )  # fmt: skip
    lead_the_eye(axes, len(stage.estimates))
    for y, e in enumerate(stage.estimates):
        if not e.estimable:
            note_beside(axes, 0, y, "no operations", size=7.5)
            continue
        mark_row(
            axes, y, e.mean, monte_carlo=e.monte_carlo, uncertainty=(e.low, e.high), hue=colour(study, y),
            shape=marker(study, y), least=0.0,
        )  # fmt: skip
    axes.set_xlim(0, highest * 1.15)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.set_title(stage.title, fontsize=9, pad=14)  # the announced number stands below it
    axes.set_xlabel(stage.unit)
