"""F2: paired differences from the baseline, one panel a response, one row a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simcpec.analysis.paired_differences import Difference
from simcpec.reporting.figures.sizes import current
from simcpec.reporting.figures.style import (
    FAR,
    INK,
    PAPER,
    SOFT,
    Naming,
    canvas,
    colour,
    labels,
    lead_the_eye,
    mark_row,
    marker,
    row_height,
)
from simcpec.reporting.formatting import called
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import CONDITIONAL, FOREST, best, differences, drawn, explained, others, shown
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = 3
HEAD = 0.95  # inches of a panel beside its rows: title, ticks and unit
Rows = dict[str, list[tuple[int, Difference]]]


def forest_plot(study: Study) -> Sketch | None:
    """The sketch of F2; None where there is nothing to compare with."""
    if study.baseline is None or len(study.scenarios) < 2:
        return None
    found: Rows = {each: list(differences(study, each)) for each in (best(study, name) for name in FOREST)}
    baseline = called(study, study.baseline)
    return Sketch(
        id="F2",
        slug="differences",
        title=f"Differences from {baseline}",
        caption=(
            f"Scenario minus {baseline}, paired by common random numbers. Thick line: 95 % Monte Carlo interval of "
            "the mean difference, which shrinks with more replications. Thin line: uncertainty interval, 5-95 % "
            "over parameter draws, which does not"
            + (
                "; it is left out where Monte Carlo noise hides the spread over draws."
                if drawn(study)
                else "; this study has a single parameter draw and therefore none."
            )
            + " Left of the line at zero is less, right is more; scales differ between panels. Hollow markers: a tie, "
            "not distinguishable from zero, identical, or carried by a handful of replications, so that the thick line "
            "is not to be trusted; without a thick line, no replication differed from another. "
            f"{explained(study)} {CONDITIONAL}"
        ),
        alt=_alt(study, found),
        draw=lambda naming: _draw(study, found, naming),
        fields=(
            "response", "unit", "scenario", "name", "mean_difference", "mc_half_width", "uncertainty_low",
            "uncertainty_high", "verdict",
        ),
        records=tuple(
            (name, shown(name).unit, key_of(i), study.scenarios[i].name, d.mean, d.half_width, d.low, d.high, d.verdict)
            for name, rows in found.items()
            for i, d in rows
        ),
    )  # fmt: skip


def _alt(study: Study, found: Rows) -> str:
    parts = []
    for name, rows in found.items():
        parts.append(f"{shown(name).label}: " + ", ".join(f"{key_of(i)} {d.verdict}" for i, d in rows))
    return f"Differences from {key_of(study.baseline or 0)}. " + "; ".join(parts) + "."


def _draw(study: Study, found: Rows, naming: Naming) -> Figure:
    count = len(study.scenarios) - 1
    down = -(-len(found) // ACROSS)
    figure = canvas(down * (HEAD + row_height(count) * count) + 0.45)
    grid = figure.subplots(down, ACROSS, sharey=True, squeeze=False)
    for axes, (name, rows) in zip(grid.flat, found.items(), strict=False):
        _panel(axes, study, name, rows)
    names = labels(study, [i for i, _ in others(study)], naming, 30)
    grid[0][0].set_yticks(range(count), labels=names)
    grid[0][0].set_ylim(count - 0.4, -0.6)
    for axes in grid.flat:
        axes.tick_params(axis="y", length=0, pad=9, labelcolor=INK)
    figure.legend(handles=_key(found), loc="outside lower left", ncols=2 if current().narrow else 4, fontsize=8)
    return figure


def _key(found: Rows) -> list[Any]:
    """Return what is drawn of a row: both intervals where any row has them, and both kinds of marker."""
    from matplotlib.lines import Line2D

    every = [d for rows in found.values() for _, d in rows]
    thick = Line2D([], [], color=INK, linewidth=4.0, label="95 % Monte Carlo interval")
    thin = Line2D([], [], color=INK, linewidth=1.0, marker="|", markersize=8, label="uncertainty interval, 5-95 %")
    look: dict[str, Any] = {"marker": "o", "color": INK, "linestyle": "none", "markersize": 6.5}
    return [
        *([thick] if any(d.monte_carlo is not None for d in every) else []),
        *([thin] if any(d.low is not None for d in every) else []),
        Line2D([], [], label="mean", **look),
        *([Line2D([], [], label="a tie, no detectable difference, or few replications", markerfacecolor=PAPER, **look)]
          if any(hollow(d) for d in every) else []),
    ]  # fmt: skip


def hollow(d: Difference) -> bool:
    """Return whether a difference is not distinguishable from zero, identical, or carried by a handful."""
    return d.verdict not in ("less", "more") or d.carried_by is not None


def _panel(axes: Axes, study: Study, name: str, rows: list[tuple[int, Difference]]) -> None:
    """One response: thin uncertainty interval, thick Monte Carlo interval, marker at the mean difference."""
    from matplotlib.ticker import MaxNLocator

    axes.axvline(0, color=SOFT, linewidth=0.9, zorder=1)
    lead_the_eye(axes, len(rows))
    for y, (index, d) in enumerate(rows):
        mark_row(
            axes, y, d.mean, monte_carlo=d.monte_carlo, uncertainty=(d.low, d.high), hue=colour(study, index),
            shape=marker(study, index), hollow=hollow(d),
        )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.tick_params(axis="x", labeltop=len(rows) > FAR)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.12)
    low, high = axes.get_xlim()
    reach = max(abs(low), abs(high)) * 0.18
    axes.set_xlim(min(low, -reach), max(high, reach))
    axes.set_title(shown(name).label, fontsize=9)
    axes.set_xlabel(shown(name).unit)
