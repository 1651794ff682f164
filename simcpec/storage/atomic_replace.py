"""How a folder that was written aside gets its name: at one stroke, so that no moment is without a whole one.

Where something has the name already, both change places in one step of the system (Linux: `renameat2`); a process that
is killed then leaves the old one or the new one under the name, never neither. Elsewhere the old one steps aside for
two steps, and comes back on any exception.

What is written aside is locked by the kernel while its writer lives. What a killed writer left is nobody's, and the
next writer in the same place removes it. `write_whole` does as much for a single file.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from simcpec.errors import EnvironmentFault
from simcpec.stop_signals import safe_point, undone_by

PREFIX, UNFINISHED, OLD = ".simcpec-", ".part", ".old"  # of hidden folders; a wanted name may be as long as one can be
GRACE = 60.0  # seconds that a hidden folder without a lock is left alone: its writer may be about to lock it
_PLACING = threading.Lock()  # held while names change
_GIVEN_UP: set[Path] = set()
_AT_FDCWD, _EXCHANGE = -100, 2  # of renameat2
_NOT_HERE = (errno.ENOSYS, errno.EINVAL)  # this kernel, or this file system, cannot exchange


@contextmanager
def written_aside(parent: Path) -> Iterator[Path]:
    """A hidden folder in `parent`, locked; gone at the end, unless it was put in place. Raises OSError."""
    remove_leftovers(parent)
    made: list[Path] = []
    with undone_by(lambda: _give_up(made)):
        made.append(Path(tempfile.mkdtemp(prefix=PREFIX, suffix=UNFINISHED, dir=parent)))
        try:
            with _locked(made[0]):
                yield made[0]
        finally:
            shutil.rmtree(made[0], ignore_errors=True)


def put_in_place(hidden: Path, wanted: Path) -> None:
    """Give the hidden folder the wanted name; what had it goes to the hidden place, or is removed. Raises OSError."""
    with _PLACING:
        safe_point()
        if hidden in _GIVEN_UP:
            raise KeyboardInterrupt
        if not wanted.exists():
            os.rename(hidden, wanted)
        elif not _exchanged(hidden, wanted):
            _step_aside(hidden, wanted)
    flush(wanted.parent)


def _give_up(made: list[Path]) -> None:
    """Remove what is being written aside, for its writer has no time to; it is not put in place any more."""
    with _PLACING:
        for hidden in made:
            _GIVEN_UP.add(hidden)
            shutil.rmtree(hidden, ignore_errors=True)


def remove_leftovers(parent: Path) -> None:
    """Remove what killed writers have left in a folder: hidden folders of ours that nobody holds a lock on."""
    for left in parent.glob(f"{PREFIX}*{UNFINISHED}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > GRACE and left.is_dir():
                with _locked(left) as alone:
                    if alone:
                        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold the lock of a folder; False where somebody else does, or where there are no such locks."""
    try:
        import fcntl
    except ImportError:
        yield False
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(number)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange the names of two folders at one stroke; False where the system cannot. Raises OSError."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(other))


def _step_aside(hidden: Path, wanted: Path) -> None:
    """Two renames; what was there comes back if anything goes wrong between them, an interrupt too."""
    aside = Path(tempfile.mkdtemp(prefix=PREFIX, suffix=OLD, dir=wanted.parent))
    aside.rmdir()  # its name is ours now; some systems do not rename onto a folder, not even an empty one
    try:
        os.rename(wanted, aside)
        os.rename(hidden, wanted)
    except BaseException:
        if aside.exists() and not wanted.exists():
            with suppress(OSError):
                os.rename(aside, wanted)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all; into a device or a pipe, what it takes.

    Raises EnvironmentFault where the disk stands in the way.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():  # another file must not take its name
            with path.open("wb") as file:
                file.write(text.encode("utf-8"))
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=PREFIX, suffix=UNFINISHED)
        temporary = Path(name)
        try:
            with undone_by(lambda: temporary.unlink(missing_ok=True)), os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
                mask = os.umask(0)
                os.umask(mask)
                os.chmod(temporary, 0o666 & ~mask)
                os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)  # nothing has this name any more where all went well
    except OSError as fault:
        raise EnvironmentFault(f"{path} cannot be written: {fault.strerror or fault}") from fault


def flush(path: Path) -> None:
    """Make a file or folder survive a crash; systems that cannot open folders go without."""
    try:
        number = os.open(path, os.O_RDONLY)
    except OSError:
        if path.is_dir():
            return
        raise
    try:
        os.fsync(number)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(number)
