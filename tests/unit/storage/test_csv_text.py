"""CSV cells that no spreadsheet runs, in one place for all writers; tables that read back as they were written."""

from __future__ import annotations

import ast
import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcpec.storage.csv_text import MARK, READING, cell, csv_text, guarded, mark_tables, unguarded

RUN = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "\nx",
    " =1+1",
    "  \t=1",
    "\u00a0=1",
    "\u2003=1",
    "\ufeff=1+1",
    "\u200b=1",
    "\x00=1",
    "\x1f=1",
    "\u202e=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "﹦1",
    "﹣1",
    "\u22121",
    "\u3000＝1",
    "'=1",
    "''+1",
    "' =1",
]
HARMLESS = ["", "SIN", "1 - 1", "a=b", "'", "'tis", "é", "سندھ", "–", "…", "<b>", " plain", "'' a"]
#: what a cell may hold, with the letters that matter more often than by chance
SIGNS = "=+-@'\t\r\n \ufeff\u200b＝,;\"a"
TEXTS = st.text(st.one_of(st.sampled_from(SIGNS), st.characters(codec="utf-8")), max_size=12)


@pytest.mark.parametrize("text", RUN)
def test_text_that_a_spreadsheet_may_run_is_guarded(text: str) -> None:
    assert guarded(text) == "'" + text
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


@given(TEXTS)
def test_a_guard_is_taken_away_again(text: str) -> None:
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1.5, "-1.5"),
        (-3, "-3"),
        (Decimal("-0.05"), "-0.05"),
        (0.1 + 0.2, "0.30000000000000004"),
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        ("=1", "'=1"),
    ],
)
def test_numbers_keep_their_digits_and_truth_values_are_words(value: Any, text: str) -> None:
    assert str(cell(value)) == text
    assert csv_text(("a", "b"), [(value, 0)]) == f"a,b\n{text},0\n"


@given(st.lists(st.tuples(TEXTS, st.floats(allow_nan=False)), max_size=5))
def test_a_table_reads_back(records: list[tuple[str, float]]) -> None:
    rows = list(csv.reader(io.StringIO(csv_text(("a", "b"), records), newline="")))
    assert rows[0] == ["a", "b"]
    assert [(unguarded(text), float(value)) for text, value in rows[1:]] == records


def test_headers_are_cells_too() -> None:
    assert csv_text(("=a", "b"), ()) == "'=a,b\n"


def test_marked_tables_are_marked_once_and_read_by_the_same_reader(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("a.csv", "deep/b.csv", "c.txt"):
        (tmp_path / name).write_bytes("é,b\n".encode())
    mark_tables(tmp_path)
    mark_tables(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in ("a.csv", "deep/b.csv")] == [MARK + "é,b\n".encode()] * 2
    assert (tmp_path / "c.txt").read_bytes() == "é,b\n".encode()
    assert (tmp_path / "a.csv").read_text(encoding=READING) == "é,b\n"


def writers(package: Path) -> list[str]:
    """Modules of the package that write CSV by themselves."""
    found = []
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("csv.writer", "csv.DictWriter"):
                found.append(path.relative_to(package).as_posix())
    return found


def test_one_module_writes_all_csv(root: Path, tmp_path: Path) -> None:
    assert writers(root / "simcpec") == ["storage/csv_text.py"]
    (tmp_path / "other.py").write_text("import csv\nout = csv.writer(file)\n", encoding="utf-8")
    assert writers(tmp_path) == ["other.py"]
