"""F11: incidents a year by province, one panel a province on one scale, the total last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simcpec.analysis.estimates import Estimate
from simcpec.analysis.responses import response
from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.reporting.figures.style import (
    FAR,
    INK,
    SOFT,
    Naming,
    Sketch,
    canvas,
    colour,
    labels,
    lead_the_eye,
    mark_row,
    marker,
    note_beside,
    tint,
)
from simcpec.reporting.formatting import plural, significant
from simcpec.reporting.selection import drawn
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = 4


def places(study: Study) -> list[tuple[str, str]]:
    """(code, label) of every province that any scenario has, in order of appearance, and ("", "All provinces") last."""
    found: dict[str, str] = {}
    for result in study.scenarios:
        for code, name in zip(result.axes.provinces, result.axes.province_labels, strict=True):
            found.setdefault(code, name)
    return [*found.items(), ("", "All provinces")]


def by_place(study: Study) -> dict[str, list[tuple[Estimate | None, int]]]:
    """Province code ("" for all) -> per scenario the incidents a year and the number played; None where it has none."""
    known = [_by_code(result) for result in study.scenarios]
    return {code: [each.get(code, (None, 0)) for each in known] for code, _ in places(study)}


def _by_code(result: ScenarioResult) -> dict[str, tuple[Estimate | None, int]]:
    """Return the values of one scenario, by code of its provinces and ""."""
    of, each = analysis_of(result), response("incidents")
    found = dict(zip(result.axes.provinces, of.by_province(each), strict=True))
    return {
        **{code: (estimate, of.incidents_played(code)) for code, estimate in found.items()},
        "": (of.estimate(each), of.incidents_played()),
    }


def small_multiples(study: Study) -> Sketch:
    """The sketch of F11."""
    found, known = by_place(study), places(study)
    reference = 0 if study.baseline is None else study.baseline
    played = study.scenarios[reference].plays
    return Sketch(
        id="F11",
        slug="provinces",
        title="Incidents a year by province",
        caption=(
            "Marker: mean incidents a year. Thick line: 95 % Monte Carlo interval, "
            "exact where no replication differed. Thin line: uncertainty interval, "
            "5-95 % over "
            "parameter draws" + (". " if drawn(study) else " (none here: a single parameter draw). ") +
            "All panels share one scale. The line under each name gives the incidents that scenario "
            f"{key_of(reference)} played in {plural(played, 'replication')} together."
        ),
        alt=_alt(found, known, reference),
        draw=lambda naming: _draw(study, found, known, reference, naming),
        fields=(
            "province", "province_name", "scenario", "name", "incidents_per_year", "mc_half_width", "mc_low", "mc_high",
            "uncertainty_low",
            "uncertainty_high", "incidents_played",
        ),
        records=tuple(
            (
                code or "ALL", place, key_of(i), study.scenarios[i].name, e.mean, e.half_width, *e.ends, e.low, e.high,
                count,
            )
            for code, place in known
            for i, (e, count) in enumerate(found[code])
            if e is not None
        ),
    )  # fmt: skip


def _alt(found: dict[str, list[tuple[Estimate | None, int]]], known: list[tuple[str, str]], reference: int) -> str:
    parts = [f"{name} {significant(e.mean)}" for code, name in known if (e := found[code][reference][0]) is not None]
    return f"Mean incidents a year of scenario {key_of(reference)}: {', '.join(parts)}."


def _draw(
    study: Study,
    found: dict[str, list[tuple[Estimate | None, int]]],
    known: list[tuple[str, str]],
    reference: int,
    naming: Naming,
) -> Figure:
    across = min(ACROSS, len(known))
    down = -(-len(known) // across)
    count = len(study.scenarios)
    figure = canvas(down * (0.8 + 0.21 * max(count, 3)) + 0.25)
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    used = [*list(grid.flat)[: len(known) - 1], grid.flat[-1]]
    for axes in grid.flat:
        if not any(axes is one for one in used):
            axes.set_axis_off()
    lowest = [[axes for axes in column if axes.axison][-1] for column in grid.T]
    for axes, (code, name) in zip(used, known, strict=True):
        _panel(axes, study, found[code], total=not code)
        known_there, played = found[code][reference]
        axes.set_title(shortened(name, 24), fontsize=9, pad=14)
        axes.text(
            0,
            1.0,
            f"{plural(played, 'incident')} played" if known_there is not None else f"not in {key_of(reference)}",
            transform=axes.transAxes,
            fontsize=7.5,
            color=SOFT,
            va="bottom",
        )
    used[0].set_yticks(range(count), labels=labels(study, range(count), naming, 27))
    used[0].set_ylim(count - 0.4, -0.6)
    used[0].set_xlim(left=0)
    for axes in used:
        axes.tick_params(axis="y", length=0, pad=9, labelcolor=INK)
        axes.tick_params(axis="x", labelbottom=count > FAR or any(axes is one for one in lowest))
    figure.supxlabel("incidents a year", fontsize=8.5, color=SOFT)
    return figure


def _panel(axes: Axes, study: Study, rows: list[tuple[Estimate | None, int]], *, total: bool) -> None:
    """One province: a row a scenario."""
    axes.set_facecolor(tint("#12406b", 0.05) if total else "white")
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    lead_the_eye(axes, len(rows))
    for y, (e, _) in enumerate(rows):
        if e is None:
            note_beside(axes, 0, y, "no such province", size=7)
            continue
        mark_row(
            axes, y, e.mean, monte_carlo=e.monte_carlo, uncertainty=(e.low, e.high), hue=colour(study, y),
            shape=marker(study, y), size=5.5, least=0.0,
        )  # fmt: skip
