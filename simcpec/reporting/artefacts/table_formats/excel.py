"""A table as an Excel file: printed cells, tidy data with all their digits, and what the table says of itself."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

from simcpec.reporting.artefacts.table_formats.citing import in_words
from simcpec.reporting.artefacts.table_formats.lines import PlainRow, on_one_line, plain_panels
from simcpec.reporting.artefacts.table_formats.optional_packages import wanted
from simcpec.reporting.artefacts.table_formats.stable_zip import without_times
from simcpec.reporting.tables.table import Table

WIDEST = 60  # characters of a column


def excel(table: Table) -> bytes:
    """Return the table as the bytes of an .xlsx. Raises EnvironmentFault without openpyxl.

    Text stays text: a cell that begins with an equals sign is no formula.
    """
    openpyxl = wanted("openpyxl", "openpyxl")
    book = openpyxl.Workbook()
    book.properties.creator, book.properties.title = "simcpec", f"{table.id} {table.title}"
    printed = book.active
    printed.title = "Table"
    for panel in plain_panels(table, in_words):
        rows = [PlainRow(cells=panel.heads, kind="total"), *panel.rows]
        if panel.title:
            rows.insert(0, PlainRow(cells=((panel.title,),), kind="group"))
        for row in rows:
            _append(printed, [on_one_line(cell) for cell in row.cells], bold=bool(row.kind))
        _append(printed, [""], bold=False)
    if table.fields:
        data = book.create_sheet("Data")
        _append(data, list(table.fields), bold=True)
        data.freeze_panes = "A2"
        for record in table.records:
            _append(data, list(record), bold=False)
    about = book.create_sheet("About")
    for line in (f"{table.id}. {table.title}", table.caption, *table.notes):
        _append(about, [line], bold=False)
    for sheet in book.worksheets:
        _fit(sheet)
    out = io.BytesIO()
    book.save(out)
    return without_times(out.getvalue())


def _append(sheet: Any, values: list[Any], *, bold: bool) -> None:
    bolder = wanted("openpyxl.styles", "openpyxl").Font
    row = 1 if sheet.max_row == 1 and sheet.cell(1, 1).value is None else sheet.max_row + 1
    for column, value in enumerate(values, start=1):
        cell = sheet.cell(row, column)
        cell.value = float(value) if isinstance(value, Decimal) else value
        if isinstance(value, str):
            cell.data_type = "s"
        if bold:
            cell.font = bolder(bold=True)


def _fit(sheet: Any) -> None:
    """Make columns as wide as what they hold, up to `WIDEST`, and let longer text wrap."""
    aligned = wanted("openpyxl.styles", "openpyxl").Alignment
    letter = wanted("openpyxl.utils", "openpyxl").get_column_letter
    for number, column in enumerate(sheet.iter_cols(), start=1):
        longest = max((len(str(cell.value)) for cell in column if cell.value is not None), default=0)
        sheet.column_dimensions[letter(number)].width = min(WIDEST, max(8, longest + 2))
        for cell in column:
            if isinstance(cell.value, str) and len(cell.value) > WIDEST:
                cell.alignment = aligned(wrap_text=True, vertical="top")
