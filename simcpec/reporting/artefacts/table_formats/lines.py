"""The printed cells of a table as plain lines of text, as every format sets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simcpec.reporting.tables.table import Cell, Panel, Row, Table

OPENERS = "±[("  # a line that begins so goes on with the number above it


@dataclass(frozen=True, kw_only=True)
class PlainRow:
    """Cells as lines of text; `kind` is that of the row of the page: "", "total" or "group"."""

    cells: tuple[tuple[str, ...], ...]
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class PlainPanel:
    """Heads and rows of one panel; `numbers` says of each column whether it is set flush right."""

    title: str
    heads: tuple[tuple[str, ...], ...]
    rows: tuple[PlainRow, ...]
    numbers: tuple[bool, ...]


Words = Callable[[str], str]


def plain_panels(table: Table, words: Words = str) -> tuple[PlainPanel, ...]:
    """Return the panels of a table with nothing but text in them; `words` says how each text is told."""
    return tuple(_panel(panel, words) for panel in table.panels)


def _panel(panel: Panel, words: Words) -> PlainPanel:
    width = len(panel.columns)
    return PlainPanel(
        title=panel.title,
        heads=tuple(_lines(cell, words) for cell in panel.columns),
        rows=tuple(_row(row, width, words) for row in panel.rows),
        numbers=tuple(_is_number(panel, column) for column in range(width)),
    )


def _row(row: Row, width: int, words: Words) -> PlainRow:
    """A group has one cell that spans the table; other rows are filled up to the width."""
    cells = tuple(_lines(cell, words) for cell in row.cells)
    return PlainRow(cells=cells if row.kind == "group" else (*cells, *[("",)] * (width - len(cells))), kind=row.kind)


def _lines(cell: Cell, words: Words) -> tuple[str, ...]:
    return tuple(words(" ".join(part.split())) for part in (cell.text, cell.detail, cell.more) if part) or ("",)


def _is_number(panel: Panel, column: int) -> bool:
    """Whether the cells of a column are numbers, by the kind that the page gives them."""
    cells = [row.cells[column] for row in panel.rows if row.kind != "group" and column < len(row.cells)]
    told = [cell for cell in cells if cell.text]
    return bool(told) and all(cell.kind == "number" for cell in told)


def on_one_line(lines: Iterable[str]) -> str:
    """Lines of a cell behind each other: an interval follows its number, words follow a semicolon."""
    text = ""
    for line in lines:
        text += line if not text else (f" {line}" if line[:1] in OPENERS else f"; {line}")
    return text
