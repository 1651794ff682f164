"""Reading files that somebody else may have written: limits first, then the shape, and nothing in them is obeyed.

A stored folder is data. Whatever it holds, reading it ends with what simcpec writes or with one error: sizes, depths
and numbers have bounds, a key stands once, a table has the columns that are asked for, and records have their types.
"""

from __future__ import annotations

import csv
import json
import math
import shlex
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

import numpy as np

from simcpec.errors import Refused
from simcpec.model.world import Floats, Ints
from simcpec.storage.csv_text import READING
from simcpec.units import short

LARGEST: Final = 1 << 30  # bytes of a file that is read whole
DEEPEST: Final = 16  # lists and maps inside each other; what simcpec writes needs six
HIGHEST: Final = 1e60  # of a number, whatever its unit: its fourth power is still finite
_LONGEST_NUMBER: Final = 40  # characters; a float needs 24
_INT64: Final = 1 << 63
_TYPES: Final[Mapping[str, set[type]]] = {"float64": {int, float}, "int64": {int}, "bool": {bool}}
_ARRAYS: Final[Mapping[Any, str]] = {Floats: "float64", Ints: "int64", np.ndarray: "bool"}

Record = TypeVar("Record")


class Damaged(ValueError):
    """A stored file is not what simcpec writes; the message says in what, and begins with a verb."""


# ------------------------------------------------------------------------------------------------ bytes and JSON


def read_bytes(path: Path, *, at_most: int = LARGEST) -> bytes:
    """What a regular file holds. Raises Damaged for a link, a pipe or too many bytes, OSError as the system does."""
    about = path.lstat()
    if not stat.S_ISREG(about.st_mode):
        raise Damaged("is no regular file")
    if about.st_size > at_most:
        raise Damaged(f"is larger than {at_most >> 20} MiB")
    with path.open("rb") as file:
        return file.read(at_most)


def parse_json(raw: bytes) -> Any:
    """Return what a JSON text says.

    Raises Damaged for what is no JSON in UTF-8, nests too deeply, has a key twice in one map, or holds a number that is
    not finite or no int64.
    """
    try:
        found = _DECODER.decode(raw.decode("utf-8"))
    except RecursionError:
        raise Damaged(_TOO_DEEP) from None
    except json.JSONDecodeError as fault:
        raise Damaged(f"is no JSON: {fault}") from None
    except UnicodeDecodeError:
        raise Damaged("is no text in UTF-8") from None
    _refuse_deep(found)
    if b"\\ud" in raw.lower():  # half a character, which no file can hold
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise Damaged("holds half a character") from None
    return found


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Make what is wrong with a stored file one error that names it."""
    from pydantic import ValidationError

    try:
        yield
    except Damaged as fault:
        raise Refused(f"{path} {fault}") from fault
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise Refused(f"{path} is not what simcpec writes: {short(place)}: {first['msg']}") from fault


_TOO_DEEP: Final = f"nests too deeply (allowed: {DEEPEST} levels)"


def _refuse_deep(found: Any) -> None:
    """Walk level by level: no recursion, whatever the file says."""
    level, depth = [found], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        if depth > DEEPEST:
            raise Damaged(_TOO_DEEP)
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Damaged(f"has the key {short(twice)} twice")
    return found


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or not -_INT64 <= int(text) < _INT64:
        raise Damaged(f"holds the number {short(text)}, which is no int64")
    return int(text)


def _finite(text: str) -> float:
    if not abs(number := float(text)) <= HIGHEST:
        raise Damaged(f"holds the number {short(text)}, which is not finite, or absurd")
    return number


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_whole, parse_float=_finite, parse_constant=_finite
)


# ------------------------------------------------------------------------------------------------ records


def record(kind: type[Record], raw: Mapping[str, Any]) -> Record:
    """A frozen record of arrays and plain values from the map that `plain` makes of it.

    Raises Damaged or pydantic's ValidationError where names, types or shapes are not those of the record.
    """
    from pydantic import TypeAdapter

    hints, known = get_type_hints(kind), fields(kind)  # type: ignore[arg-type]
    needed = {f.name for f in known if f.default is MISSING and f.default_factory is MISSING}
    if faults := (needed - set(raw)) | (set(raw) - {f.name for f in known}):
        raise Damaged(f"does not have the fields of {kind.__name__}: {', '.join(sorted(map(short, faults))[:5])}")
    values = {}
    for name, value in raw.items():
        if hints[name] in _ARRAYS:
            values[name] = array(value, _ARRAYS[hints[name]])
        else:
            values[name] = TypeAdapter(hints[name]).validate_json(json.dumps(value), strict=True)
    return kind(**values)


def plain(part: Any) -> dict[str, Any]:
    """A record of arrays and plain values as JSON: an array is its type, shape and flat values."""
    said: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, np.ndarray):
            value = {"type": value.dtype.name, "shape": list(value.shape), "values": value.ravel().tolist()}
        said[field.name] = value
    return said


def array(raw: Any, kind: str) -> np.ndarray:
    """An array of a type of numpy from its type, shape and flat values. Raises Damaged."""
    if not isinstance(raw, dict) or set(raw) != {"type", "shape", "values"} or raw["type"] != kind:
        raise Damaged(f"has no array of {kind} where one belongs")
    shape, values = raw["shape"], raw["values"]
    if not isinstance(shape, list) or not isinstance(values, list) or set(map(type, values)) - _TYPES[kind]:
        raise Damaged(f"has an array of {kind} that holds something else")
    if set(map(type, shape)) - {int} or min(shape, default=0) < 0 or math.prod(shape) != len(values):
        raise Damaged("has an array whose shape is not that of its values")
    try:
        return np.array(values, dtype=kind).reshape(shape)
    except ValueError as fault:  # more axes than numpy has, or, beside an axis of none, one of more places
        raise Damaged(f"has an array that cannot be: {fault}") from None


# ------------------------------------------------------------------------------------------------ tables and commands


def read_rows(path: Path, header: Sequence[str], *, at_most: int) -> list[list[str]]:
    """The rows of a CSV table with exactly these columns, at most so many. Raises Refused, naming the file."""
    with refusing(path), path.open(encoding=READING, newline="") as file, table_faults():
        rows = csv.reader(file, strict=True)
        if next(rows) != list(header):
            raise Damaged("has other columns than this version writes")
        found: list[list[str]] = []
        for row in rows:
            if len(row) != len(header):
                raise Damaged(f"has {len(row)} cells in line {rows.line_num}, and {len(header)} columns")
            if len(found) >= at_most:
                raise Damaged(f"has more than {at_most} rows")
            found.append(row)
        return found


@contextmanager
def table_faults() -> Iterator[None]:
    """Make what readers of tables raise `Damaged`."""
    try:
        yield
    except Damaged:
        raise
    except (ValueError, StopIteration, csv.Error) as fault:
        raise Damaged(f"is not the table that a study of this version writes: {short(str(fault))}") from fault


def numbers(texts: Sequence[str]) -> Floats:
    """Numbers of the cells of a table. Raises Damaged."""
    with table_faults():
        return np.array([_finite(text) for text in texts], dtype=np.float64)


def check_command(command: str, allowed: Mapping[str, Sequence[str]]) -> list[str]:
    """The words of a command that is stored for people to paste, which a shell runs as simcpec and nothing else.

    allowed : options of each verb that it may have, all of which take a value.      Raises Damaged.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    sound = words[:1] == ["simcpec"] and len(words) > 1 and words[1] in allowed and shlex.join(words) == command
    rest = iter(words[2:])
    for word in rest if sound else ():
        if word in allowed[words[1]]:
            next(rest, None)
        elif word.startswith("-") and word != "-":
            sound = False
    if not sound:
        raise Damaged(f"has the command {short(command)}, which is none that simcpec writes")
    return words
