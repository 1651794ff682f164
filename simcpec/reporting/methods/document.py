"""The methods of a study as one document: both checklists, software and seed, parameters, and citations."""

from __future__ import annotations

from collections.abc import Sequence

from simcpec.reporting.artefacts.paper_tables.methods_tables import reproducibility
from simcpec.reporting.artefacts.paper_tables.parameters import bibliography_text, parameters
from simcpec.reporting.artefacts.table_formats.latex import escape as latex_escape
from simcpec.reporting.artefacts.table_formats.latex import latex
from simcpec.reporting.artefacts.table_formats.markdown import escape as markdown_escape
from simcpec.reporting.artefacts.table_formats.markdown import markdown
from simcpec.reporting.methods import cheers, facts, stress
from simcpec.reporting.methods.items import Answered, answered
from simcpec.reporting.tables.table import Panel, Row, Table, group, words
from simcpec.results.records import Study

FORMATS = ("latex", "md")
STEM = "methods"


def checklists(study: Study) -> tuple[Table, Table]:
    """Return STRESS-DES and CHEERS 2022 as tables of items and answers."""
    return (
        _checklist("M1", "stress-des", "STRESS-DES checklist", stress.REFERENCE, answered(stress.ITEMS, study)),
        _checklist("M2", "cheers-2022", "CHEERS 2022 checklist", cheers.REFERENCE, answered(cheers.ITEMS, study)),
    )


def _checklist(id: str, slug: str, title: str, reference: str, items: Sequence[Answered]) -> Table:
    rows: list[Row] = []
    section = ""
    for item in items:
        if item.section != section:
            section = item.section
            rows.append(group(section))
        rows.append(Row(cells=(words(item.number), words(item.asks), words(item.answer))))
    return Table(
        id=id, slug=slug, title=title, caption=f"Filled in from the model and the stored study. {reference}",
        panels=(Panel(columns=(words("Item"), words("Asks"), words("Answer")), rows=tuple(rows)),),
        fields=("item", "section", "asks", "answer"),
        records=tuple((item.number, item.section, item.asks, item.answer) for item in items),
    )  # fmt: skip


def software_paragraph(study: Study) -> str:
    """Return what was run with what, as a paragraph of a paper."""
    return (
        f"Simulations were run with simcpec {study.software.get('simcpec', '')} ({facts.versions(study)}), engine "
        f"{study.engine}, seed {study.seed}, with common random numbers in all scenarios: {facts.sampled(study)} The "
        f"command “{study.command}” gives the same results to the last bit."
    )


def document(study: Study, kind: str) -> dict[str, bytes]:
    """Return name -> bytes of the files of a format of `FORMATS`: the document, and for LaTeX its bibliography."""
    tables = (*checklists(study), parameters(study), reproducibility(study))
    if kind == "md":
        parts = ["# Methods", "## Software and seed", markdown_escape(software_paragraph(study))]
        for title, table in zip(("STRESS-DES", "CHEERS 2022", "Parameters", "Reproducibility"), tables, strict=True):
            parts += [f"## {title}", markdown(table).rstrip()]
        parts += ["## Sources", f"```bibtex\n{bibliography_text(study)}```"]
        return {f"{STEM}.md": ("\n\n".join(parts) + "\n").encode("utf-8")}
    body = "".join(latex(table) for table in tables)
    text = (
        f"% \\input{{{STEM}}} in an article with \\usepackage{{booktabs,longtable}} and \\bibliography{{{STEM}}}\n"
        f"\\section*{{Software and seed}}\n{latex_escape(software_paragraph(study))}\n\n{body}"
    )
    return {f"{STEM}.tex": text.encode("utf-8"), f"{STEM}.bib": bibliography_text(study).encode("utf-8")}
