"""CSV as every table of the package is written: one guard against formulas, plain line ends, the same bytes everywhere.

A spreadsheet runs a cell that starts with ``= + - @``, behind blanks and invisible characters too, and in their
full-width forms; such text gets an apostrophe in front, which `unguarded` takes away again. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from simcpec.stop_signals import safe_point

CONTROL = "\t\r\n"  # some spreadsheets drop these and run what follows
SIGNS = frozenset("=+-@\u2212")  # the last is the minus of typesetters
LINE_END = "\r\n"
MARK = b"\xef\xbb\xbf"  # byte-order mark, by which spreadsheets know UTF-8
READING = "utf-8-sig"  # encoding that reads files with and without `MARK`


def guarded(text: str) -> str:
    """`text` as a cell that no spreadsheet runs."""
    return f"'{text}" if _starts_a_formula(text) else text


def unguarded(text: str) -> str:
    """The way back from `guarded`, for every text."""
    return text[1:] if text.startswith("'") and _starts_a_formula(text[1:]) else text


def _starts_a_formula(text: str) -> bool:
    """Return whether a spreadsheet might run `text`, or text that was guarded before."""
    for letter in text.lstrip("'"):
        if letter in CONTROL:
            return True
        if unicodedata.category(letter)[0] in "ZC":  # separators; control, format and unassigned characters
            continue
        return unicodedata.normalize("NFKC", letter)[:1] in SIGNS
    return False


def cell(value: Any) -> Any:
    """One cell: text guarded, None empty, truth values as yes and no; numbers keep all their digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return guarded(value) if isinstance(value, str) else value


class _Lines(list[str]):
    """Rows of a writer of the standard library, each with a line feed at its end.

    That writer quotes a lone carriage return, which would end a row, only where it is part of its own line end.
    """

    def write(self, row: str) -> None:
        """Take one row."""
        self.append(row.removesuffix(LINE_END) + "\n")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A whole table; quotes only where a cell needs them."""
    lines = _Lines()
    writer = csv.writer(lines, lineterminator=LINE_END)
    writer.writerow(map(cell, header))
    for row in rows:
        safe_point()  # a table may have millions of rows
        writer.writerow(map(cell, row))
    return "".join(lines)


def mark_tables(folder: Path) -> None:
    """Put a byte-order mark in front of every CSV file below `folder`, so that spreadsheets read it as UTF-8."""
    for path in folder.rglob("*.csv"):
        content = path.read_bytes()
        if not content.startswith(MARK):
            path.write_bytes(MARK + content)
