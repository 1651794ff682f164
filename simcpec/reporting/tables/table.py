"""A table twice: as the page prints it, in panels of cells, and as tidy data, one record a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One printed cell: `text` on the first line, `detail` in small print below it.

    kind : "text", "number" or "code".     tone : "" | "better" | "worse" | "same" | "muted", how the page marks it.
    name : True where `text` is a name that somebody chose, which may run from right to left.
    """

    text: str
    detail: str = ""
    more: str = ""
    kind: str = "number"
    tone: str = ""
    name: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """Cells of one row; kind "" | "total" | "group" (a group's first cell spans the table)."""

    cells: tuple[Cell, ...]
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Columns and rows that are printed together; a wide table has several."""

    columns: tuple[Cell, ...]
    rows: tuple[Row, ...]
    title: str = ""
    title_is_name: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """`id` of the list of artefacts ("T4"), `slug` of its file, panels for the page, `fields` and `records` for CSV."""

    id: str
    slug: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    fields: tuple[str, ...]
    records: tuple[tuple[Any, ...], ...]
    notes: tuple[str, ...] = field(default=())
    compact: bool = False

    @property
    def file(self) -> str:
        """Name of the CSV file."""
        return f"{self.id.lower()}-{self.slug}.csv"

    def to_dataframe(self) -> Any:
        """Return the tidy records as a pandas data frame; of a table without any, an empty one."""
        from simcpec.storage.data_frames import table_frame

        return table_frame(self.fields, self.records)

    def _repr_html_(self) -> str:
        """The printed cells, as notebooks show them."""
        parts = [f"<p><b>{escape(self.id)}. {escape(self.title)}</b></p>"]
        for panel in self.panels:
            head = "".join(f"<th>{_shown(cell)}</th>" for cell in panel.columns)
            body = "".join(_html_row(row, len(panel.columns)) for row in panel.rows)
            parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        notes = "".join(f"<p><small>{escape(text)}</small></p>" for text in (self.caption, *self.notes))
        return "".join(parts) + notes


def _html_row(row: Row, width: int) -> str:
    if row.kind == "group":
        return f'<tr><th colspan="{width}" style="text-align:left">{_shown(row.cells[0])}</th></tr>'
    sides = {"number": "right"}
    cells = (f'<td style="text-align:{sides.get(cell.kind, "left")}">{_shown(cell)}</td>' for cell in row.cells)
    return f"<tr>{''.join(cells)}</tr>"


def _shown(cell: Cell) -> str:
    small = "".join(f"<br><small>{escape(part)}</small>" for part in (cell.detail, cell.more) if part)
    return escape(cell.text) + small


def words(text: str, detail: str = "", *, kind: str = "text", tone: str = "") -> Cell:
    """A cell of our own words."""
    return Cell(text=text, detail=detail, kind=kind, tone=tone)


def group(text: str, detail: str = "") -> Row:
    """A row that names what follows."""
    return Row(cells=(Cell(text=text, detail=detail, kind="text", name=True),), kind="group")
