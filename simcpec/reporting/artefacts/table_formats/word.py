"""A table as a Word file: caption above, printed cells in a table that repeats its head, notes below."""

from __future__ import annotations

import io
from typing import Any

from simcpec.reporting.artefacts.table_formats.citing import in_words
from simcpec.reporting.artefacts.table_formats.lines import PlainPanel, PlainRow, plain_panels
from simcpec.reporting.artefacts.table_formats.optional_packages import wanted
from simcpec.reporting.artefacts.table_formats.stable_zip import without_times
from simcpec.reporting.tables.table import Table

SMALL, TINY = 8.5, 7.5  # points
WIDE = 6  # columns from which the page lies on its side


def word(table: Table) -> bytes:
    """Return the table as the bytes of a .docx. Raises EnvironmentFault without python-docx."""
    docx = package()
    document = docx.Document()
    core = document.core_properties
    core.title, core.author, core.comments = f"{table.id} {table.title}", "simcpec", ""
    panels = plain_panels(table, in_words)
    if max((len(panel.heads) for panel in panels), default=0) >= WIDE:
        _turned(document)
    _paragraph(document, f"{table.id}. {table.title}", bold=True, size=10.0)
    _paragraph(document, table.caption, size=SMALL)
    for panel in panels:
        if panel.title:
            _paragraph(document, panel.title, bold=True, size=SMALL)
        _panel(document, panel)
    for note in table.notes:
        _paragraph(document, note, size=TINY)
    out = io.BytesIO()
    document.save(out)
    return without_times(out.getvalue())


def package(part: str = "docx") -> Any:
    """A module of python-docx."""
    return wanted(part, "python-docx")


def _turned(document: Any) -> None:
    """Lay the page on its side."""
    section = document.sections[0]
    section.orientation = package("docx.enum.section").WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width


def _paragraph(document: Any, text: str, *, size: float, bold: bool = False) -> None:
    run = document.add_paragraph().add_run(text)
    run.bold, run.font.size = bold, package("docx.shared").Pt(size)


def _panel(document: Any, panel: PlainPanel) -> None:
    made = document.add_table(rows=0, cols=len(panel.heads), style="Light List")
    _row(made, PlainRow(cells=panel.heads, kind="total"), panel)
    _repeats(made.rows[0])
    for row in panel.rows:
        _row(made, row, panel)


def _repeats(row: Any) -> None:
    """Mark a row as one that stands on top of every page."""
    mark = package("docx.oxml.parser").OxmlElement("w:tblHeader")
    mark.set(package("docx.oxml.ns").qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _row(made: Any, row: PlainRow, panel: PlainPanel) -> None:
    cells = made.add_row().cells
    if row.kind == "group":
        _fill(cells[0].merge(cells[-1]), row.cells[0], right=False, bold=True)
        return
    for cell, lines, right in zip(cells, row.cells, panel.numbers, strict=True):
        _fill(cell, lines, right=right, bold=bool(row.kind))


def _fill(cell: Any, lines: tuple[str, ...], *, right: bool, bold: bool) -> None:
    sides, points = package("docx.enum.text").WD_ALIGN_PARAGRAPH, package("docx.shared").Pt
    for number, line in enumerate(lines):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        paragraph.alignment = sides.RIGHT if right else sides.LEFT
        paragraph.paragraph_format.space_after = points(0)
        run = paragraph.add_run(line)
        run.bold, run.font.size = bold and number == 0, points(SMALL if number == 0 else TINY)
