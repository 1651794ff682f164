"""A part of a page with its tables and figures, and how these are written as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simcpec.reporting.picture import Picture
from simcpec.reporting.tables.table import Table
from simcpec.stop_signals import safe_point
from simcpec.storage.csv_text import csv_text


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the page: `id` for links, `title`, what it says first, and its tables and figures in order.

    claim : the sentence that its tables and figures stand behind; it is read while the part is folded.
    filed : tables that stand in files alone, because nobody reads them on a page.
    """

    id: str
    title: str
    lead: str
    parts: tuple[Table | Picture, ...]
    claim: str = ""
    filed: tuple[Table, ...] = ()


def write_parts(sections: tuple[Section, ...], folder: Path) -> None:
    """Every table and figure as files, in ``tables/`` and ``figures/``."""
    for name in ("tables", "figures"):
        (folder / name).mkdir(exist_ok=True)
    for section in sections:
        for part in (*section.parts, *section.filed):
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
