"""The report: tables and figures as files, and all of it on one page that asks nothing of any network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from simcpec.reporting.formatting import ended_by, name_of, plural, short_name, significant, years
from simcpec.reporting.page import brief, findings, limits
from simcpec.reporting.page.answer import answer, question
from simcpec.reporting.page.chapters import FIRST, compose
from simcpec.reporting.page.observed import observed
from simcpec.reporting.page.pdf import pdf_of
from simcpec.reporting.page.sections import Section, write_parts
from simcpec.reporting.page.templates import stylesheet, template
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of, shortened
from simcpec.stop_signals import safe_point

PAGE = "report.html"
Notice = Callable[[str], None]


def write(study: Study, folder: Path, notice: Notice, *, short: bool = False, pdf: bool = False) -> Path:
    """Write all files of the report into `folder`; see `simcpec.reporting.write_report`."""
    sections = compose(study, notice)
    notice("Writing the page ...")
    write_parts(sections, folder)
    pages = {PAGE: partial(html, study, sections)}
    if short:
        pages[brief.PAGE] = partial(brief.html, study, sections, title=title(study), corridor=corridor(study))
    for name, page in pages.items():
        (folder / name).write_bytes(page().encode("utf-8"))
        if pdf:
            notice(f"Setting {name} on paper ...")
            safe_point()
            (folder / name).with_suffix(".pdf").write_bytes(pdf_of(page(paper=True)))
    return folder / PAGE


def html(study: Study, sections: tuple[Section, ...], *, paper: bool = False) -> str:
    """The page as text; user text is escaped by the template engine, drawings are our own SVG.

    paper : True for a copy that is printed: files are named in place of links to them.
    """
    first, *chapters = sections
    assert first.id == FIRST
    return template("report.html.j2").render(
        css=stylesheet(),
        paper=paper,
        study=study,
        title=title(study),
        corridor=corridor(study),
        question=question(study),
        answer=answer(study),
        first=first,
        shown={part.id for section in sections for part in section.parts},
        scenarios=[
            (key_of(i), result, name_of(study, i), findings.describe(result))
            for i, result in enumerate(study.scenarios)
        ],
        facts=facts(study),
        findings=findings.findings(study),
        how_to_read=findings.how_to_read(study),
        sections=chapters,
        limits=limits.limits(study),
        failed=[(name_of(study, i), one) for i, result in enumerate(study.scenarios) for one in result.failed],
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
            + (f", baseline {short_name(study, study.baseline, 40)}" if study.baseline is not None else ""),
        ),
        ("Simulated", f"{plural(draws, 'parameter draw')} x {plural(replications, 'replication')} a scenario"),
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
