"""The report: tables and figures as files, and all of it on one page that asks nothing of any network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcpec.reporting.figures import budget_bars, fan_chart, forest_plot, operations_funnel, province_panels
from simcpec.reporting.figures.style import Picture, Sketch, rendered
from simcpec.reporting.formatting import ended_by, name_of, plural, short_name, significant, years
from simcpec.reporting.page import findings, limits
from simcpec.reporting.page.observed import observed
from simcpec.reporting.page.templates import stylesheet, template
from simcpec.reporting.tables import (  # fmt: skip
    budget,
    contrasts,
    fates,
    glance,
    modes,
    outcomes,
    payers,
    precision,
    responses,
    settings,
    variance,
)
from simcpec.reporting.tables.table import Table
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of, shortened
from simcpec.stop_signals import safe_point
from simcpec.storage.csv_text import csv_text

PAGE = "report.html"
Notice = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the page: `id` for links, `title`, what it says first, and its tables and figures in order."""

    id: str
    title: str
    lead: str
    parts: tuple[Table | Picture, ...]


def write(study: Study, folder: Path, notice: Notice) -> Path:
    """Write all files of the report into `folder`; see `simcpec.reporting.write_report`."""
    sections = compose(study, notice)
    notice("Writing the page ...")
    write_parts(sections, folder)
    target = folder / PAGE
    target.write_bytes(html(study, sections).encode("utf-8"))
    return target


def write_parts(sections: tuple[Section, ...], folder: Path) -> None:
    """Every table and figure as files, in ``tables/`` and ``figures/``."""
    for name in ("tables", "figures"):
        (folder / name).mkdir(exist_ok=True)
    for section in sections:
        for part in section.parts:
            safe_point()
            if isinstance(part, Table):
                _write_table(part, folder / "tables")
            else:
                _write_picture(part, folder / "figures")


def _write_table(table: Table, folder: Path) -> None:
    if table.fields:
        (folder / table.file).write_bytes(csv_text(table.fields, table.records).encode("utf-8"))


def _write_picture(picture: Picture, folder: Path) -> None:
    (folder / f"{picture.stem}.svg").write_bytes(picture.svg.encode("utf-8"))
    (folder / f"{picture.stem}.png").write_bytes(picture.png)
    (folder / f"{picture.stem}.csv").write_bytes(csv_text(picture.fields, picture.records).encode("utf-8"))


def compose(study: Study, notice: Notice = lambda _: None) -> tuple[Section, ...]:
    """The sections between the findings and the limits; what a single scenario has no use for is left out."""
    t = outcomes
    comparing = study.baseline is not None and len(study.scenarios) > 1
    mark = f"seed {study.seed}; scenarios " + ", ".join(result.digest for result in study.scenarios)

    def drawn(sketch: Sketch | None) -> Picture | None:
        if sketch is None:
            return None
        notice(f"Drawing {sketch.id}, {sketch.title} ...")
        return rendered(sketch, mark)

    notice("Working out the tables of the report ...")

    drafts = (
        ("differs", "What differs", "", (t.definition(study),)),
        (
            "outcomes", "Outcomes", "",
            (
                t.headline(study), modes.attack_modes(study), precision.precision(study),
                drawn(fan_chart.fan_chart(study)),
            ),
        ),
        (
            "differences", "Differences from the baseline", "",
            (
                drawn(forest_plot.forest_plot(study)), contrasts.contrasts(study), fates.fates(study),
                variance.variance_ratios(study),
            ),
        ),
        (
            "provinces", "Provinces", "",
            (
                contrasts.rate_ratios(study), modes.attacks_by_group(study),
                drawn(province_panels.small_multiples(study)),
            ),
        ),
        ("operations", "Operations", "", (drawn(operations_funnel.funnel(study)),)),
        (
            "money", "Where the money goes",
            "The security budget stands first; forces and levers stand beside it, each with its own payer.",
            (
                drawn(budget_bars.budget_bars(study)), budget.allocation(study),
                budget.host_forces(study), payers.payers(study), payers.levers(study),
            ),
        ),
        (
            "responses", "Does the model respond as the literature says?", "", (responses.responses(study),)
        ),
        (
            "sources", "Sources and grades", "",
            (
                settings.grades(study), settings.changed(study), settings.bibliography(study),
                settings.everything(study),
            ),
        ),
    )  # fmt: skip
    return tuple(
        Section(id=name, title=title, lead=lead, parts=tuple(part for part in parts if part is not None))
        for name, title, lead, parts in drafts
        if (comparing or name not in ("differs", "differences")) and any(parts)
    )


def html(study: Study, sections: tuple[Section, ...]) -> str:
    """The page as text; user text is escaped by the template engine, drawings are our own SVG."""
    return template("report.html.j2").render(
        css=stylesheet(),
        study=study,
        title=title(study),
        corridor=corridor(study),
        question=findings.question(study),
        scenarios=[
            (key_of(i), result, name_of(study, i), findings.describe(result))
            for i, result in enumerate(study.scenarios)
        ],
        facts=facts(study),
        findings=findings.findings(study),
        how_to_read=findings.how_to_read(study),
        glance=glance.glance(study),
        sections=sections,
        limits=limits.limits(study),
        failed=[(key_of(i), one) for i, result in enumerate(study.scenarios) for one in result.failed],
        software=sorted(study.software.items()),
    )


def corridor(study: Study) -> str:
    """Return whose security it is, for the head of the page: the corridor of the record, if there is one."""
    record = observed(study)
    return f"Security investment along {record.title}" if record is not None else "Security investment"


def title(study: Study) -> str:
    """The title of the report."""
    if len(study.scenarios) == 1:
        return shortened(study.scenarios[0].name, 90)
    names = [short_name(study, index, 40) for index in range(len(study.scenarios))]
    if len(names) <= 4:
        return ", ".join(names[:-1]) + " and " + names[-1] + " compared"
    return f"{names[0]}, {names[1]} and {len(names) - 2} more scenarios compared"


def _elsewhere(study: Study) -> str:
    """A remark where some scenarios play in other years than the first."""
    first, *others = (result.axes.periods for result in study.scenarios)
    return " (others in years of their own)" if any(periods != first for periods in others) else ""


def _rows(first: ScenarioResult) -> str:
    """Return what can be read row by row, and that no number rests on it alone."""
    each = " of each parameter draw" if first.draws > 1 else ""
    return f"the first {plural(first.rows, 'replication')}{each}; tables and figures rest on sums of all of them"


def facts(study: Study) -> list[tuple[str, Any]]:
    """Return what was run, as pairs of word and value."""
    first = study.scenarios[0]
    draws, replications = first.draws, first.replications
    failed = sum(len(result.failed) for result in study.scenarios)
    length = significant(years(first)) if years(first) >= 0.995 else None
    span = (
        f"{first.axes.periods[0]} to {first.axes.periods[-1]}" if len(first.axes.periods) > 1 else first.axes.periods[0]
    )
    return [
        (
            "Scenarios",
            f"{len(study.scenarios):,}"
            + (f", baseline {key_of(study.baseline)}" if study.baseline is not None else ""),
        ),
        ("Played", f"{plural(draws, 'parameter draw')} x {plural(replications, 'replication')} a scenario"),
        *([("Ended early", ended_by(study.time_limit))] if study.time_limit is not None else []),
        *([("Kept as rows", _rows(first))] if first.partial else []),
        (
            "Run length",
            (f"{length} years" if length else plural(round(sum(first.axes.period_days)), "day"))
            + f", {span}{_elsewhere(study)}",
        ),
        (
            "Random numbers",
            f"seed {study.seed}, common to all scenarios" + ("; antithetic twins" if first.antithetic else ""),
        ),
        ("Engine", study.engine),
        ("Failed replications", f"{failed:,}" if failed else "none"),
        ("Incidents are", "attacks, stopped or not" if first.incident_basis == "attack" else "breaches"),
    ]
