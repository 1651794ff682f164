"""The page of a sweep: composed, drawn and written with its tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simcpec.analysis.responses import response
from simcpec.experiments.sweep.results import PolicyResult, SweepReader
from simcpec.experiments.sweep.rounds import reached_in
from simcpec.experiments.sweep.summary import SweepSummary, axis_of, summary
from simcpec.reporting.formatting import plus_minus
from simcpec.reporting.page.sections import Section, write_parts
from simcpec.reporting.page.templates import stylesheet, template
from simcpec.reporting.picture import Picture, Sketch, rendered
from simcpec.reporting.selection import shown
from simcpec.reporting.sweeps.curves import curve, marginal_returns, per, printed, provinces
from simcpec.reporting.sweeps.findings import findings
from simcpec.reporting.sweeps.spreads import heat_map, spread
from simcpec.reporting.sweeps.tornado import tornado
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words
from simcpec.results.provenance import software
from simcpec.storage.output_folder import write_json

PAGE = "report.html"
MOST_ROWS = 400  # policies of the table on the page; its file has all
CURVES = 6  # responses that are drawn
LESS_IS_BETTER = ("attacks", "incidents", "breaches", "deaths")


def write_sweep_report(reader: SweepReader, folder: Path) -> Path:
    """Write page, tables and figures into the folder of a sweep; the path of the page."""
    found = summary(reader)
    sections, sketches, said = compose(found)
    write_parts(tuple(sections), folder)
    for picture, sketch in sketches:
        write_json(folder / "figures" / f"{picture.stem}.json", specification(found, sketch))
    target = folder / PAGE
    target.write_bytes(html(found, sections, said).encode("utf-8"))
    return target


def specification(of: SweepSummary, sketch: Sketch) -> dict[str, object]:
    """What a figure is made from, for machines."""
    study = of.reader.study
    return {
        "id": sketch.id, "title": sketch.title, "caption": sketch.caption, "alt": sketch.alt, "study": study.name,
        "seed": study.seed, "replications": study.replications, "columns": list(sketch.fields),
        "data": f"{sketch.id.lower()}-{sketch.slug}.csv", "points": sorted({one.id for one in of.points}),
        "interval": "95 % Monte Carlo", "units": {name: per(name) for name in of.names},
    }  # fmt: skip


def compose(of: SweepSummary) -> tuple[list[Section], list[tuple[Picture, Sketch]], list[tuple[str, str]]]:
    """Sections, the figures with what they were drawn from, and the findings."""
    mark = f"seed {of.reader.study.seed}; study {of.reader.study.slug}; base {of.reader.study.base.digest}"
    drawn: list[tuple[Picture, Sketch]] = []

    def pictures(sketches: Sequence[Sketch | None]) -> tuple[Picture, ...]:
        there = [replace(sketch, id=f"S{next(number)}") for sketch in sketches if sketch is not None]
        made = [(rendered(sketch, mark), sketch) for sketch in there]
        drawn.extend(made)
        return tuple(picture for picture, _ in made)

    axis, number = axis_of(of), iter(range(1, 1000))
    events = [name for name in of.names if response(name).kind != "fixed"][:CURVES]
    first = [name for name in LESS_IS_BETTER if name in of.names] or events[:1]
    returns = None if axis is None else marginal_returns(of, axis)
    curves = [] if axis is None else [curve(of, axis, name) for name in events]
    panels = [] if axis is None else [provinces(of, axis, name) for name in first[:1]]
    maps = [heat_map(of, name) for name in events]
    several = len(of.reader.study.points.policy_factors) != 1
    spreads = [spread(of, name) for name in events] if axis is None or several else []  # else the curves say as much
    drafts = (
        ("returns", "What the next million buys", pictures([returns[0] if returns else None])),
        ("curves", "Responses along the factor", pictures(curves)),
        ("provinces", "Provinces", pictures(panels)),
        ("maps", "Two factors together", pictures(maps)),
        ("tornado", "Factors one at a time", pictures([tornado(of, name) for name in events])),
        ("spread", "Every policy against the baseline", pictures(spreads)),
        ("points", "All policies", (policies_table(of),)),
    )
    sections = [Section(id=id, title=title, lead="", parts=parts) for id, title, parts in drafts if parts]
    return sections, drawn, findings(of, returns[1] if returns else {})


def policies_table(of: SweepSummary) -> Table:
    """Every policy: each response as a level and as a contrast, with half-widths."""
    columns = [words("Policy")]
    for name in of.names:
        columns += [Cell(text=response(name).label, detail=printed(name)), Cell(text="against the baseline")]
    rows = tuple(Row(cells=tuple(_cells(of, one))) for one in of.policies[:MOST_ROWS])
    fields = (
        "policy",
        "states",
        "response",
        "unit",
        "mean",
        "low",
        "high",
        "change",
        "change_half_width",
        "verdict",
        "variance_ratio",
    )
    more = len(of.policies) - MOST_ROWS
    return Table(
        id="ST1", slug="policies", title="All policies",
        caption="Means over all states of the world with 95 % Monte Carlo half-widths; changes are paired differences.",
        panels=(Panel(columns=tuple(columns), rows=rows),), fields=fields,
        records=tuple(_record(one, name) for one in of.policies for name in of.names), compact=True,
        notes=(f"{more:,} more policies are in the file.",) if more > 0 else (),
    )  # fmt: skip


def _cells(of: SweepSummary, one: PolicyResult) -> list[Cell]:
    cells = [Cell(text=one.label, kind="text", name=True)]
    for name in of.names:
        level, contrast = one.levels[name], one.contrasts.get(name)
        scale = shown(name).scale
        width = None if level.half_width is None else level.half_width / scale
        mean, half = plus_minus(level.mean / scale, width) if level.estimable else ("not estimable", "")
        cells.append(Cell(text=mean, detail=half))
        if contrast is None:
            cells.append(Cell(text="baseline", tone="muted"))
        elif contrast.verdict in ("identical", "not estimable"):
            cells.append(Cell(text=contrast.verdict, tone="same"))
        else:
            width = None if contrast.half_width is None else contrast.half_width / scale
            change, apart = plus_minus(contrast.mean / scale, width, sign=True)
            unclear = contrast.verdict == "not distinguishable"
            cells.append(
                Cell(
                    text=change,
                    detail=apart,
                    more="not distinguishable" if unclear else "",
                    tone="same" if unclear else "",
                )
            )
    return cells


def _record(one: PolicyResult, name: str) -> tuple[object, ...]:
    level, contrast = one.levels[name], one.contrasts.get(name)
    apart = (
        (None,) * 4
        if contrast is None
        else (contrast.mean, contrast.half_width, contrast.verdict, contrast.variance_ratio)
    )
    return one.label, one.states, name, per(name), level.mean if level.estimable else None, *level.ends, *apart


def html(of: SweepSummary, sections: Sequence[Section], said: Sequence[tuple[str, str]]) -> str:
    """The page as text; user text is escaped by the template engine."""
    study = of.reader.study
    return template("sweep.html.j2").render(
        css=stylesheet(), study=study, sections=sections, findings=said, facts=facts(of),
        failures=[
            (", ".join(f"{k} {v or 'as written'}" for k, v in body["values"].items()), body["failures"][0])
            for body in of.failures
        ],
        software=sorted(software().items()),
    )  # fmt: skip


def precision_lines(of: SweepSummary) -> list[str]:
    """What became of the half-widths that the study wants of its contrasts; none where it wants none."""
    reached = reached_in(of.reader)
    lines = []
    for goal in of.reader.study.precision:
        ones = [one for one in reached if one["response"] == goal.response]
        met = sum(one["met"] for one in ones)
        if ones:
            lines.append(
                f"{response(goal.response).label}: as asked for at {met:,} of {len(ones):,} points, by intervals of "
                f"{100.0 * ones[0]['confidence']:.1f} % at each look, which hold together at 95 %"
            )
    return lines


def facts(of: SweepSummary) -> list[tuple[str, str]]:
    """What was run, as pairs of word and value."""
    study = of.reader.study
    factors = (*study.points.policy_factors, *study.points.state_factors)
    return [
        ("Base scenario", study.base.name),
        ("Factors", ", ".join(f"{f.name} ({f.size} levels)" if f.size else f.name for f in factors) or "none"),
        ("Policies", f"{len(of.others):,}, and the baseline"),
        ("States of the world", f"{study.points.worlds:,}"),
        ("Points with a result", f"{len(of.points):,} of {len(study.points):,}"),
        ("Replications", f"{study.replications:,} of each point"),
        *(("Precision", line) for line in precision_lines(of)),
        ("Random numbers", f"seed {study.seed}, common to all points"),
    ]
