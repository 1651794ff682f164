"""The database of a sweep: SQLite, one row a chunk, each with a digest over its key and its bytes.

Rows are only ever added. A chunk is there if it was committed and its digest matches; of several that say the same the
last one counts. What is damaged is told by name and simulated again, and the damaged row stays. A file that SQLite
itself cannot read any more is put aside under another name, and what can be read of it is carried over.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from simcpec.errors import EnvironmentFault, Refused
from simcpec.storage.stored_files import Damaged
from simcpec.storage.sweeps.chunk_bytes import ChunkData, content_in, content_of, digest_of, of_content, packed

NAME = "results.sqlite"
ASIDE = "results.damaged-{}.sqlite"
LAYOUT = 2
JUST_BEGUN = 8192  # bytes of a file without tables, up to which it is one that was just begun
#: what SQLite reports of the machine, not of a file
SURROUNDINGS = (
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
)  # fmt: skip
#: what reading a damaged file raises; SQLite's own messages may quote what is no UTF-8 in it
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
_MISSES = 1000  # row numbers without a row, after which a damaged table is taken to have ended
_TABLES = """
CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY, kind TEXT, name TEXT, digest TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS chunks
  (number INTEGER PRIMARY KEY, point TEXT, first INTEGER, count INTEGER, digest TEXT, blob BLOB);
"""


@dataclass(frozen=True)
class NewChunk:
    """A chunk to be added, packed: replications from `first` on of the point with this identity."""

    point: str
    first: int
    count: int
    digest: str
    blob: bytes

    @classmethod
    def of(cls, point: str, first: int, data: ChunkData) -> NewChunk:
        """Pack a chunk; threads may do so beside each other."""
        content = content_of(data)
        digest = digest_of(_chunk_key(point, first, len(data)), content)
        return cls(point, first, len(data), digest, packed(content))


@dataclass(frozen=True)
class NewRecord:
    """A record to be added; kind : "study", "point" or "failure".      name : of what it is about."""

    kind: str
    name: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class StoredChunk:
    """Where a chunk stands: row, first replication and number of them."""

    row: int
    first: int
    count: int


@dataclass
class Found:
    """All that a database holds: chunks by point, records by kind and name (the last one counts), what is damaged."""

    chunks: dict[str, list[StoredChunk]] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    rows: int = 0


class SweepDatabase:
    """An open database; one process writes, in one thread."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection = path, connection

    # -------------------------------------------------------------------------------------------- writing

    def add(self, chunks: Iterable[NewChunk], records: Iterable[NewRecord] = ()) -> None:
        """Add rows and commit them: they are on the disk when this returns. Raises EnvironmentFault; then none is."""
        rows = [(c.point, c.first, c.count, c.digest, c.blob) for c in chunks]
        told = [(r.kind, r.name, *_told(r)) for r in records]
        with _unreadable(self.path), _faults_of(self.path):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._insert(rows, told)
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def _insert(self, rows: list[tuple[Any, ...]], told: list[tuple[Any, ...]]) -> None:
        """The statements of one transaction."""
        self._connection.executemany("INSERT INTO records (kind, name, digest, body) VALUES (?, ?, ?, ?)", told)
        self._connection.executemany(
            "INSERT INTO chunks (point, first, count, digest, blob) VALUES (?, ?, ?, ?, ?)", rows
        )

    # -------------------------------------------------------------------------------------------- reading

    def found(self, *, verify: bool) -> Found:
        """Everything that is there. verify : whether every chunk is read and its digest checked; records always are.

        Raises Refused where SQLite cannot read the file.
        """
        result = Found()
        with _unreadable(self.path):
            for row in self._connection.execute("SELECT number, kind, name, digest, body FROM records ORDER BY number"):
                _take_record(result, row)
            columns = "number, point, first, count, digest" + (", blob" if verify else "")
            for row in self._connection.execute(f"SELECT {columns} FROM chunks ORDER BY number"):
                _take_chunk(result, row, verify=verify)
        return result

    def chunk(self, point: str, place: StoredChunk) -> ChunkData:
        """One chunk. Raises Damaged where it is not what was stored."""
        with _unreadable(self.path):
            rows = self._connection.execute("SELECT digest, blob FROM chunks WHERE number = ?", (place.row,)).fetchall()
        if len(rows) != 1:
            raise Damaged(f"has no row {place.row} any more")
        return of_content(_checked(point, place.first, place.count, *rows[0]))

    def close(self) -> None:
        """Put everything into the one file, and close it."""
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with suppress(sqlite3.Error):
            self._connection.close()


# ------------------------------------------------------------------------------------------------ opening


@contextmanager
def opened(folder: Path, *, write: bool) -> Iterator[SweepDatabase]:
    """The database of a folder. Raises EnvironmentFault, and Refused where there is none or it cannot be read."""
    path = folder / NAME
    if not write and not path.is_file():
        raise Refused(f"{folder} holds no sweep (there is no {NAME} in it)")
    with _unreadable(path), _faults_of(path):
        connection = _connected(path)
    database = SweepDatabase(path, connection)
    try:
        with _unreadable(path), _faults_of(path):
            connection.execute("PRAGMA cell_size_check = ON")
            if write:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(_TABLES)
        yield database
    finally:
        database.close() if write else connection.close()


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")  # a damaged text is damaged, not an error
    return connection


def repaired(folder: Path) -> list[str]:
    """Put a database aside that SQLite cannot read, and carry over what can be read; what was damaged, in sentences."""
    path = folder / NAME
    if not path.is_file() or _is_sound(path):
        return []
    number = next(k for k in range(1, 10_000) if not (folder / ASIDE.format(k)).exists())
    aside = folder / ASIDE.format(number)
    with _faults_of(path):
        for tail in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.replace(f"{path}{tail}", f"{aside}{tail}")
    carried, lost = _carried_over(aside, folder)
    return [
        f"{path} was damaged and is now {aside.name}; {carried:,} of its rows were carried over"
        + (f", {lost:,} could not be read" if lost else "")
    ]


def _is_sound(path: Path) -> bool:
    """Return whether SQLite can read a file, and finds our tables in it as we made them (or nothing yet)."""
    try:
        connection = _connected(path)
        try:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()
            made = _tables_in(connection)
        finally:
            connection.close()
    except sqlite3.OperationalError as fault:
        if _is_damage(fault, path):
            return False
        raise EnvironmentFault(f"{path} cannot be read: {fault}") from fault
    except UNREADABLE:
        return False
    return said == ("ok",) and (made == _wanted_tables() or (not made and path.stat().st_size <= JUST_BEGUN))


def _tables_in(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()


@cache
def _wanted_tables() -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_TABLES)
        return _tables_in(connection)


def _carried_over(aside: Path, folder: Path) -> tuple[int, int]:
    """Copy every row that can be read and whose digest matches; how many, and how many cannot be."""
    carried = lost = 0
    try:
        old = _connected(aside)
    except sqlite3.Error:
        return 0, 0
    with opened(folder, write=True) as new:
        for table, columns in (
            ("records", "kind, name, digest, body"),
            ("chunks", "point, first, count, digest, blob"),
        ):
            for row in _rows_of(old, table, columns):
                if row is None or not _matches(table, row):
                    lost += 1
                    continue
                with _faults_of(new.path):
                    new._insert(*(([], [row]) if table == "records" else ([row], [])))
                carried += 1
    with suppress(sqlite3.Error):
        old.close()
    return carried, lost


def _has_table(old: sqlite3.Connection, table: str) -> bool:
    """Whether a damaged file still says that it has such a table."""
    try:
        row = old.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    except UNREADABLE:
        return False
    return row is not None


def _rows_of(old: sqlite3.Connection, table: str, columns: str) -> Iterator[tuple[Any, ...] | None]:
    """The rows of a damaged table, one by one; None for each that cannot be read, no rows where there is no table."""
    if not _has_table(old, table):
        return
    number, missing = 0, 0
    while missing < _MISSES:
        number += 1
        try:
            row = old.execute(f"SELECT {columns} FROM {table} WHERE number = ?", (number,)).fetchone()
        except UNREADABLE:
            missing += 1
            yield None
            continue
        missing = 0 if row is not None else missing + 1
        if row is not None:
            yield row


def _matches(table: str, row: tuple[Any, ...]) -> bool:
    result = Found()
    if table == "records":
        _take_record(result, (0, *row))
    else:
        _take_chunk(result, (0, *row), verify=True)
    return not result.damaged


# ------------------------------------------------------------------------------------------------ rows


def _chunk_key(point: object, first: object, count: object) -> str:
    return f"{LAYOUT} {point} {first} {count}"


def _told(record: NewRecord) -> tuple[str, str]:
    """Digest and body of a record."""
    body = json.dumps(record.body, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return digest_of(f"{LAYOUT} {record.kind} {record.name}", body.encode()), body


def _checked(point: object, first: object, count: object, digest: object, blob: object) -> bytes:
    """The content of a chunk. Raises Damaged."""
    if not isinstance(blob, bytes):
        raise Damaged("is no chunk of a sweep")
    content = content_in(blob)
    if digest_of(_chunk_key(point, first, count), content) != digest:
        raise Damaged("does not have the digest that was stored with it")
    return content


def _take_chunk(result: Found, row: tuple[Any, ...], *, verify: bool) -> None:
    number, point, first, count, digest = row[:5]
    result.rows += 1
    try:
        if not isinstance(point, str) or {type(each) for each in (number, first, count)} != {int} or count < 1:
            raise Damaged("is no chunk of a sweep")
        if verify:
            _checked(point, first, count, digest, row[5])
    except Damaged as fault:
        result.damaged.append(
            f"row {number} of the chunks (point {str(point)[:40]}, replications from {first}) {fault}"
        )
        return
    result.chunks.setdefault(point, []).append(StoredChunk(number, first, count))


def _take_record(result: Found, row: tuple[Any, ...]) -> None:
    number, kind, name, digest, body = row
    result.rows += 1
    try:
        if digest_of(f"{LAYOUT} {kind} {name}", str(body).encode()) != digest:
            raise Damaged("does not have the digest that was stored with it")
        result.records.setdefault(kind, {})[name] = json.loads(body)
    except (Damaged, ValueError) as fault:
        result.damaged.append(f"row {number} of the records ({str(kind)[:20]} {str(name)[:40]}) {fault}")


@contextmanager
def _faults_of(path: Path) -> Iterator[None]:
    """Make what the disk refuses an error that names the file."""
    try:
        yield
    except sqlite3.OperationalError as fault:
        if _is_damage(fault, path):
            raise
        raise EnvironmentFault(f"{path} cannot be written: {fault}; what was committed before is kept") from fault
    except OSError as fault:
        raise EnvironmentFault(f"{path} cannot be written: {fault.strerror or fault}") from fault


@contextmanager
def _unreadable(path: Path) -> Iterator[None]:
    """Make what SQLite cannot read an error that names the file."""
    try:
        yield
    except UNREADABLE as fault:
        raise Refused(
            f"{path} is damaged: {fault}; `simcpec sweep run --resume` puts it aside, carries over what can be read "
            "and simulates the rest again"
        ) from fault


def _is_damage(fault: sqlite3.OperationalError, path: Path) -> bool:
    """Return whether a fault is one of the file, and not of the disk, of memory or of a permission.

    A damaged header can make a file one that SQLite only reads.
    """
    kind = getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_IOERR) & 0xFF
    return kind not in SURROUNDINGS or (kind == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK))
