"""A table as Markdown: pipe tables with the caption above them and the notes below."""

from __future__ import annotations

import re

from simcpec.reporting.artefacts.table_formats.lines import PlainPanel, on_one_line, plain_panels
from simcpec.reporting.tables.table import Table

SPECIAL = re.compile(r"([\\`*_|<>])")


def markdown(table: Table) -> str:
    """Return the table as text that GitHub, Pandoc and Quarto read."""
    parts = [f"**{table.id}. {escape(table.title)}**", escape(table.caption)]
    for panel in plain_panels(table):
        parts += [f"**{escape(panel.title)}**"] if panel.title else []
        parts.append(_pipes(panel))
    parts += [escape(note) for note in table.notes]
    return "\n\n".join(part for part in parts if part) + "\n"


def escape(text: str) -> str:
    """`text` with every sign escaped that Markdown would take for its own."""
    return SPECIAL.sub(r"\\\1", text)


def _pipes(panel: PlainPanel) -> str:
    heads = [escape(on_one_line(lines)) for lines in panel.heads]
    lines = [_line(heads), "|" + "|".join("---:" if right else ":---" for right in panel.numbers) + "|"]
    for row in panel.rows:
        cells = [escape(on_one_line(cell)) for cell in row.cells]
        if row.kind:
            cells = [f"**{cell}**" if cell else "" for cell in cells]
        lines.append(_line([*cells, *[""] * (len(heads) - len(cells))]))
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
