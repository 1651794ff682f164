"""A design that somebody else made: a CSV file with a column for each factor, by name, and a point in each row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path as File
from typing import Any

from pydantic_core import PydanticCustomError

from simcpec.errors import Fault, ScenarioError
from simcpec.experiments.design.designs import MOST_POINTS, Row
from simcpec.experiments.sweep.studies.factors import SweepFactor, level_text
from simcpec.scenario.layering.layers import is_inside, whole_file_of
from simcpec.scenario.reading.nodes import path_of
from simcpec.scenario.reading.suggestions import suggest
from simcpec.scenario.schema.leaf import Number
from simcpec.scenario.schema.scenario_block import leaf_at
from simcpec.units import short

LARGEST = 256 << 20  # bytes
SHOWN = 20  # faults of a file
_DECIMAL_COMMA = re.compile(r"\s*[-+]?[0-9]+,[0-9]+(\s*\D.*)?", re.ASCII)


def read_design(folder: File, name: str, factors: Sequence[SweepFactor]) -> list[Row]:
    """Rows of texts, in the order of the factors. Raises ScenarioError with the faults of the file, line by line.

    Columns are taken by name, in any order; an empty cell leaves a factor as the base scenario has it.
    """
    if not is_inside(folder, name):
        raise ScenarioError([Fault(where=short(name), problem="leads out of the folder of the study")])
    where = (folder / name).as_posix()
    try:
        text = whole_file_of(folder / name, where, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ScenarioError(
            [Fault(where=where, problem="is no text in UTF-8", allowed="a CSV file in UTF-8")]
        ) from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(rows)]
        columns = _columns(where, header, factors)
        return _texts(where, rows, len(header), columns, factors)
    except StopIteration:
        raise ScenarioError(
            [Fault(where=where, problem="is empty", allowed="a line of names, then a line a point")]
        ) from None
    except csv.Error as fault:
        raise ScenarioError([Fault(where=where, line=rows.line_num, problem=f"is no CSV: {fault}")]) from None


def _columns(where: str, header: Sequence[str], factors: Sequence[SweepFactor]) -> list[int]:
    """Where the column of each factor stands."""
    names = [factor.name for factor in factors]
    said = ", ".join(names)
    faults = [
        Fault(where=where, line=1, key=short(name), problem="stands twice", allowed="one column for each factor")
        for name in dict.fromkeys(header) if header.count(name) > 1
    ]  # fmt: skip
    unknown = [name for name in dict.fromkeys(header) if name not in names]
    faults += [
        Fault(
            where=where, line=1, key=short(name), problem="is no factor of the study", allowed=said,
            hint=_comma(name, names),
        )
        for name in unknown
    ]  # fmt: skip
    faults += [
        Fault(where=where, line=1, key=name, problem="has no column", allowed=f"the columns {said}")
        for name in names if name not in header
    ]  # fmt: skip
    if faults:
        raise ScenarioError(faults)
    return [header.index(name) for name in names]


def _comma(name: str, names: Sequence[str]) -> str:
    return "Cells stand between commas, not semicolons." if ";" in name else suggest(name, names)


def _texts(
    where: str,
    rows: Any,
    width: int,
    columns: Sequence[int],
    factors: Sequence[SweepFactor],
) -> list[Row]:
    found: list[Row] = []
    faults: list[Fault] = []
    for row in rows:
        if len(faults) >= SHOWN:
            break
        if not row:
            continue
        if len(row) != width:
            said = f"has {len(row)} cells, and the first line names {width} columns"
            hint = "A number with a decimal comma is two cells; use a decimal point." if len(row) > width else ""
            faults.append(Fault(where=where, line=rows.line_num, problem=said, hint=hint))
            continue
        cells = [row[column].strip() for column in columns]
        wrong = [(f, problem) for f, cell in zip(factors, cells, strict=True) if cell and (problem := _wrong(f, cell))]
        faults += [
            Fault(where=where, line=rows.line_num, key=f.name, problem=p, allowed=a, hint=h) for f, (p, a, h) in wrong
        ]
        if len(found) >= MOST_POINTS:
            raise ScenarioError([Fault(where=where, problem=f"has more than {MOST_POINTS:,} points")])
        found.append(tuple(level_text(cell) if cell else None for cell in cells))
    if faults:
        raise ScenarioError(faults)
    if not found:
        raise ScenarioError(
            [Fault(where=where, problem="has no point", allowed="a line of names, then a line a point")]
        )
    return found


def _wrong(factor: SweepFactor, cell: str) -> tuple[str, str, str] | None:
    """Problem, allowed and hint of a cell that its key does not take."""
    if _DECIMAL_COMMA.fullmatch(cell):
        return f"is {short(cell)}, with a decimal comma", "a decimal point", ""
    leaf = leaf_at(path_of(factor.target)) if factor.kind == "key" else None
    if factor.levels is not None and level_text(cell) not in factor.levels:
        return (
            f"is {short(cell)}, none of the levels of the study",
            ", ".join(factor.levels),
            suggest(cell, factor.levels),
        )
    if isinstance(leaf, Number):
        try:
            leaf.read(level_text(cell))
        except PydanticCustomError as error:
            context = error.context or {}
            return str(context["problem"]), str(context["allowed"]), str(context["hint"])
    return None
