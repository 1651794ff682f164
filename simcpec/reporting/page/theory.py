"""The page of the checks against theory: verdict, figures, and the table family by family, with the same as CSV."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from simcpec.reporting.figures.theory_checks import forest, quantiles, scatter
from simcpec.reporting.formatting import plus_minus, significant
from simcpec.reporting.page.sections import Section, write_parts
from simcpec.reporting.page.templates import stylesheet, template
from simcpec.reporting.picture import rendered
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.verification.theory.finding import LEVEL, LIMIT, Finding

PAGE = "theory.html"
FIELDS = (
    "family", "name", "formula", "unit", "truth", "estimate", "half_width", "z", "power", "tolerance", "replications",
    "scenario", "verdict",
)  # fmt: skip
HEADING = ("Finding", "Truth", "Estimate", "Tolerance", "z", "Power", "Values", "Verdict")


@dataclass(frozen=True, kw_only=True)
class TheoryRun:
    """What the lines come from.

    level : "quick" or "full".      families : name -> caption.      software : package -> version.
    command : gives the lines again.      day : when they were played, ISO 8601.
    """

    level: str
    seed: int
    command: str
    families: Mapping[str, str]
    software: Mapping[str, str]
    day: str


def write(lines: Sequence[Finding], run: TheoryRun, folder: Path) -> Path:
    """Write ``theory.html``, ``run.json``, ``tables/`` and ``figures/`` into `folder`; return the path of the page.

    The same lines and run give the same bytes. Raises `OSError` where the folder cannot be written.
    """
    mark = f"seed {run.seed}, {run.level}"
    pictures = [rendered(sketch, mark) for sketch in (scatter(lines), forest(lines), quantiles(lines, LIMIT))]
    sections = (
        Section(id="pictures", title="Truth and estimate", lead="", parts=tuple(pictures)),
        Section(id="table", title="All findings", lead="", parts=(findings(lines, run),)),
    )
    write_parts(sections, folder)
    (folder / "run.json").write_text(json.dumps(asdict(run), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    page = template("theory.html.j2").render(
        css=stylesheet(),
        question=_question(lines),
        facts=_facts(lines, run),
        reading=_reading(),
        sections=sections,
        command=run.command,
        software=sorted(run.software.items()),
    )
    target = folder / PAGE
    target.write_bytes(page.encode("utf-8"))
    return target


def findings(lines: Sequence[Finding], run: TheoryRun) -> Table:
    """The table, family by family."""
    families = list(dict.fromkeys(line.family for line in lines))
    rows: list[Row] = []
    for family in families:
        rows.append(group(family, run.families.get(family, "")))
        rows += [_row(line) for line in lines if line.family == family]
    return Table(
        id="V1",
        slug="theory",
        title="Truth and estimate",
        caption=(
            "Truth: by formula, chain or equation, named under the finding with its source. Estimate: from plays of "
            "the scenario named there, ± 95 % Monte Carlo half-width. Tolerance: the half-width that is allowed, as a "
            "share of the truth (of a distribution: root mean square of the relative errors of its cells). z: distance "
            "in standard errors, a normal score. Power: probability to catch an error of three tolerances. Values: "
            "independent values behind the estimate."
        ),
        panels=(Panel(columns=tuple(words(one) for one in HEADING), rows=tuple(rows)),),
        fields=FIELDS,
        records=tuple(tuple(getattr(line, field) for field in FIELDS) for line in lines),
        compact=True,
    )


def _row(line: Finding) -> Row:
    estimate, half = plus_minus(line.estimate, line.half_width)
    tone = "better" if line.verdict == "pass" else "worse"
    exact = line.half_width == 0.0
    return Row(
        cells=(
            words(line.name, line.formula + (f"; {line.scenario}" if line.scenario else "")),
            Cell(text=significant(line.truth, 4), detail=line.unit if line.unit != "1" else ""),
            Cell(text=significant(line.estimate, 4) if exact else estimate, detail="exact" if exact else half),
            Cell(text="" if exact else allowed(line.tolerance, share=bool(line.truth or line.freedom))),
            Cell(text="" if exact and line.z == 0.0 else significant(line.z, 2, most=2)),
            Cell(text="" if exact else significant(line.power, 3, most=3)),
            Cell(text="" if exact else f"{line.replications:,}"),
            words(line.verdict, tone=tone),
        )
    )


def allowed(tolerance: float, *, share: bool) -> str:
    """A tolerance for readers: a share of the truth, or in the unit of a truth that is 0."""
    return f"{significant(100.0 * tolerance)} %" if share else significant(tolerance)


def _question(lines: Sequence[Finding]) -> str:
    failed = sum(line.verdict != "pass" for line in lines)
    families = len({line.family for line in lines})
    told = "all of them are" if not failed else f"{failed} of them are not"
    return (
        f"{len(lines)} answers from {families} families of theory are known without the model. Does the model give "
        f"them back? In this run {told} given back, without bias and with power."
    )


def _facts(lines: Sequence[Finding], run: TheoryRun) -> list[tuple[str, str]]:
    count = {verdict: sum(line.verdict == verdict for line in lines) for verdict in ("pass", "biased", "not powered")}
    return [
        ("Findings", f"{len(lines)}"),
        ("Pass", f"{count['pass']}"),
        ("Biased", f"{count['biased']}"),
        ("Not powered", f"{count['not powered']}"),
        ("Level", run.level),
        ("Seed", f"{run.seed}"),
        ("Played on", run.day),
    ]


def _reading() -> list[tuple[str, str]]:
    return [
        (
            "Unbiased",
            f"The estimate lies within {significant(LIMIT)} standard errors of the truth. A whole table of correct "
            f"findings then shows an error with probability {significant(LEVEL)} at most (Bonferroni).",
        ),
        (
            "Powered",
            "The 95 % half-width is at most the stated tolerance, 2 % of the truth where nothing else is stated and "
            "at the full level everywhere. An error of three tolerances is then caught with probability above 0.87. "
            "What passes is both.",
        ),
        (
            "Truths",
            "No truth comes from the model or its rules: each is a closed form, a finite chain, an equation solved "
            "numerically, or a published number. Each is named with its source.",
        ),
    ]
