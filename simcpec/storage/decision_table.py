"""A table of costs and effects that somebody else made: CSV with a row for each strategy and draw."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np

from simcpec.economics.decision.options import Options, options
from simcpec.errors import Fault, ScenarioError, UserError
from simcpec.storage.csv_text import READING, unguarded
from simcpec.units import short

STRATEGY, DRAW, COST, EFFECT, HARM, WEIGHT = "strategy", "draw", "cost", "effect", "harm", "weight"
COLUMNS = (STRATEGY, DRAW, COST, EFFECT, HARM, WEIGHT)
LARGEST = 256 << 20  # bytes
SHOWN = 20  # faults of a file
PARAMETER = "parameter:"  # before the name of a column that says what a draw knows
SAYS = (
    "strategy, draw, cost, and effect (more is better) or harm (less is better); weight of the draw, if draws differ; "
    "parameter:NAME for each parameter of the draw"
)


@dataclass(frozen=True, kw_only=True)
class _Row:
    line: int
    strategy: str
    draw: str
    cost: float
    effect: float
    weight: float
    parameters: tuple[float, ...]


def read_decision_table(path: Path, *, current: str | None = None) -> Options:
    """Return the options of a CSV file; columns are taken by name, in any order.

    Every strategy must have every draw once.  `harm` becomes the effect with its sign changed; a file without `draw`
    holds one state of the world.  Columns `parameter:NAME` become parameters of the draws.  Raises ScenarioError with
    the faults of the file line by line, UserError for a file that cannot be read or a `current` that is no strategy.
    """
    where = path.as_posix()
    rows, keys = _rows(where, _text(path))
    names, draws = (list(dict.fromkeys(getattr(row, key) for row in rows)) for key in (STRATEGY, DRAW))
    _complete(where, rows, names, draws)
    shape = (len(draws), len(names))
    cost, effect, weight = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    known = np.zeros((*shape, len(rows[0].parameters)))
    at_draw, at_name = ({name: at for at, name in enumerate(each)} for each in (draws, names))
    for row in rows:
        at = at_draw[row.draw], at_name[row.strategy]
        cost[at], effect[at], weight[at], known[at] = row.cost, row.effect, row.weight, row.parameters
    if current is not None and current not in names:
        raise UserError(f"{current!r} is no strategy of {where}; allowed: {', '.join(map(short, names))}")
    for what, one, differs in (
        ("weights", "weight", weight != weight[:, :1]), ("values of a parameter", "value", known != known[:, :1])
    ):  # fmt: skip
        uneven = np.flatnonzero(differs.reshape(len(draws), -1).any(axis=1))
        if len(uneven):
            _refuse([Fault(where=where, problem=f"draw {short(draws[uneven[0]])} has different {what}",
                           allowed=f"one {one} for all strategies of a draw")])  # fmt: skip
    if not weight.sum() > 0.0:
        _refuse([Fault(where=where, problem="all weights are 0", allowed="weights that add up to more than 0")])
    found = options(names, cost, effect, weights=weight[:, 0], current=current)
    return replace(found, keys=keys, parameters=known[:, 0])


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"{path.as_posix()} is larger than {LARGEST >> 20} MB")
        return path.read_text(encoding=READING)
    except UnicodeDecodeError:
        raise UserError(f"{path.as_posix()} is no text in UTF-8") from None
    except OSError as error:
        raise UserError(f"{path.as_posix()} cannot be read: {error.strerror}") from None


def _rows(where: str, text: str) -> tuple[list[_Row], tuple[str, ...]]:
    """Rows of the file, and the names of its parameters."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(lines, [])]
        columns = _columns(where, header)
        faults: list[Fault] = []
        rows = [row for row in _each(where, lines, header, columns, faults) if row is not None]
    except csv.Error as error:
        _refuse([Fault(where=where, line=lines.line_num, problem=f"is no CSV: {error}")])
    if faults:
        _refuse(faults)
    if not rows:
        _refuse([Fault(where=where, problem="has no row below its heading", allowed="a row a strategy and draw")])
    return rows, tuple(name.removeprefix(PARAMETER).strip() for name in columns if name.startswith(PARAMETER))


def _columns(where: str, header: Sequence[str]) -> dict[str, int]:
    def fault(name: str, problem: str, allowed: str = SAYS) -> Fault:
        return Fault(where=where, line=1, key=short(name), problem=problem, allowed=allowed)

    faults = [
        fault(name, "stands twice", "each column once") for name in dict.fromkeys(header) if header.count(name) > 1
    ]
    hint = "; cells stand between commas, not semicolons" if any(";" in name for name in header) else ""
    faults += [
        fault(name, f"is no column of such a table{hint}")
        for name in dict.fromkeys(header)
        if name not in COLUMNS and not _is_parameter(name)
    ]
    faults += [fault(name, "has no column") for name in (STRATEGY, COST) if name not in header]
    if (EFFECT in header) == (HARM in header):
        faults.append(fault(EFFECT, "and harm must stand in one column, not in both or neither"))
    if faults:
        _refuse(faults)
    return {name: header.index(name) for name in header}


def _is_parameter(name: str) -> bool:
    return name.startswith(PARAMETER) and name.removeprefix(PARAMETER).strip() != ""


def _each(
    where: str, lines: Iterator[list[str]], header: Sequence[str], columns: dict[str, int], faults: list[Fault]
) -> Iterator[_Row | None]:
    """Rows one by one; what is wrong is added to `faults`."""
    reader = lines
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(faults) >= SHOWN:
            return
        if len(cells) != len(header):
            problem = f"has {len(cells)} cells"
            faults.append(Fault(where=where, line=number, problem=problem, allowed=f"{len(header)}, as the first line"))
            continue
        yield _row(where, number, cells, columns, faults)


def _row(where: str, line: int, cells: Sequence[str], columns: dict[str, int], faults: list[Fault]) -> _Row | None:
    before = len(faults)

    def number(name: str) -> float:
        text = cells[columns[name]].strip()
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or (name == WEIGHT and value < 0.0) or "_" in text:
            hint = "; decimals stand behind a point" if "," in text else ""
            allowed = f"a {'weight of at least 0' if name == WEIGHT else 'finite number'}{hint}"
            problem = f"is {short(text) or 'empty'}"
            faults.append(Fault(where=where, line=line, key=name, problem=problem, allowed=allowed))
        return value

    strategy = unguarded(cells[columns[STRATEGY]].strip())
    if not strategy:
        faults.append(Fault(where=where, line=line, key=STRATEGY, problem="is empty", allowed="a name"))
    good = number(EFFECT) if EFFECT in columns else 0.0 - number(HARM)
    row = _Row(
        line=line, strategy=strategy, draw=cells[columns[DRAW]].strip() if DRAW in columns else "", cost=number(COST),
        effect=good, weight=number(WEIGHT) if WEIGHT in columns else 1.0,
        parameters=tuple(number(name) for name in columns if name.startswith(PARAMETER)),
    )  # fmt: skip
    return row if len(faults) == before else None


def _complete(where: str, rows: Sequence[_Row], names: Sequence[str], draws: Sequence[str]) -> None:
    """Refuse a draw that a strategy lacks or has twice: a missing draw is never a zero."""
    seen: dict[tuple[str, str], int] = {}
    faults = []
    for row in rows:
        first = seen.setdefault((row.strategy, row.draw), row.line)
        if first != row.line:
            what = f"{short(row.strategy)}, draw {short(row.draw)}" if row.draw else short(row.strategy)
            faults.append(
                Fault(where=where, line=row.line, key=what, problem=f"stands in line {first} too", allowed="once")
            )
    for name in names:
        missing = [draw for draw in draws if (name, draw) not in seen]
        if missing:
            problem = f"has no draw {', '.join(map(short, missing[:3]))}{' and others' if len(missing) > 3 else ''}"
            faults.append(Fault(where=where, key=short(name), problem=problem, allowed="every draw for every strategy"))
    if faults:
        _refuse(faults[:SHOWN])


def _refuse(faults: Sequence[Fault]) -> NoReturn:
    raise ScenarioError(list(faults))
