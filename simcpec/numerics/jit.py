"""The one compiler decorator, the guard of its cache, and the four bit operations that plain Python lacks.

`kernel` and `subroutine` are the only doors to numba. Their options are decided here, once:

* ``error_model="numpy"``: no hidden branch that raises ZeroDivisionError; rules must not divide by zero in any case,
  because plain Python (``NUMBA_DISABLE_JIT=1``) would raise where compiled code gives inf.
* no ``fastmath`` and no ``parallel``: both let the compiler reorder sums, and then 98 % of replications differ.
* ``forceinline`` for `kernel`: a rule costs nothing inside an engine (x1.27 run time without). It has no effect on
  calls from Python. `subroutine` is for functions too large to be copied into every caller.
* compiled code is kept on disk, see `cache_folder`. Compilation happens at the first call, never at import.

A *word* is 64 bits. Between functions it travels as the signed int64 with those bits, so that Python integers, numpy
arrays and compiled code agree on one type and no expression mixes int64 with uint64 (numpy makes that a float64).
"""

from __future__ import annotations

import hashlib
import os
import pickle
import struct
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import numpy as np

from simcpec.errors import SimcpecWarning
from simcpec.numerics.jit_mode import plain_python

JIT: Final[bool] = not plain_python()
"""False under ``NUMBA_DISABLE_JIT=1``: everything then runs as plain Python, with the same bits, without numba."""

if JIT:
    from simcpec.numerics.numba_import import intrinsic, numba, types
    from simcpec.numerics.tested_numba import pipeline

PIPELINE: Final[Any] = pipeline() if JIT else None
"""`simcpec.numerics.numba_pipeline`, or None where functions are compiled by plain `numba.njit`, or not at all."""

P = ParamSpec("P")
R = TypeVar("R")

PACKAGE: Final = Path(__file__).absolute().parents[1]
NEVER_COMPILED: Final = (
    "catalogue", "scenario", "engines/reference", "economics", "results", "analysis", "storage", "experiments",
    "calibration", "verification", "reporting", "explorer", "cli", "stop_signals.py", "signal_notes.py",
)  # fmt: skip
"""Folders and files beside what is compiled: no kernel stands in them and none calls into them, which a test holds."""

KEPT_FOLDERS: Final = 8
_SEAL_BYTES: Final = 32
_STARTED: Final = time.time()
_MASK: Final = 0xFFFFFFFFFFFFFFFF


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a scalar function at its first call and copy it into the compiled functions that call it."""
    return _compiled(function, forceinline=True)


def subroutine(function: Callable[P, R]) -> Callable[P, R]:
    """Like `kernel`, but called, not copied: for functions of more than a screen or with long loops."""
    return _compiled(function, forceinline=False)


def inner_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """As `kernel`, for compiled callers only: no door for Python is compiled, and nothing kept on disk."""
    return _draft(function, forceinline=True)


def inner_subroutine(function: Callable[P, R]) -> Callable[P, R]:
    """As `subroutine`, for compiled callers only."""
    return _draft(function, forceinline=False)


def entry(function: Callable[P, R]) -> Callable[P, R]:
    """The door into a compiled engine: as `subroutine`, and other threads run while it plays."""
    return _compiled(function, forceinline=False, nogil=True)


def _draft(function: Callable[P, R], **options: bool) -> Callable[P, R]:
    """For compiled callers: see `simcpec.numerics.numba_pipeline`."""
    if PIPELINE is None:
        return _plain(function, **options)
    compiled: Callable[P, R] = numba.njit(
        error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True, pipeline_class=PIPELINE.Draft, **options
    )(function)
    return compiled


def _plain(function: Callable[P, R], **options: bool) -> Callable[P, R]:
    """Compiled by what numba promises in public, or not at all."""
    return numba.njit(error_model="numpy", **options)(function) if JIT else function


def _compiled(function: Callable[P, R], **options: bool) -> Callable[P, R]:
    """For Python, kept on disk; compiled callers get a draft of the same function."""
    if PIPELINE is None:
        return _plain(function, **options)
    whole = PIPELINE.WholeProgram
    door: Any = numba.njit(error_model="numpy", no_cfunc_wrapper=True, pipeline_class=whole, **options)(function)
    door._cache = _SealedCache(function)  # numba's own cache=True looks at one source file and at no digest
    draft: Any = _draft(function, **options)
    door.get_call_template, door.get_overload = draft.get_call_template, draft.get_overload
    return door  # type: ignore[no-any-return]


def constant(value: int) -> int:
    """A whole number as kernels pass it on: an int literal as an argument would compile its function once a value."""
    return np.int64(value)  # type: ignore[return-value]


# ------------------------------------------------------------------------------------------------ cache on disk


def sources(package: Path = PACKAGE) -> list[Path]:
    """Every source file that compiled code can come from: all but those of `NEVER_COMPILED`."""
    apart = tuple(package / folder for folder in NEVER_COMPILED)
    return sorted(path for path in package.rglob("*.py") if not any(path.is_relative_to(folder) for folder in apart))


def source_digest(package: Path = PACKAGE) -> str:
    """32 hex digits over `sources`, the compiler's versions and its settings.

    A change in any of these files gives another digest: numba alone would load code compiled from an old callee.
    """
    from simcpec.numerics.numba_import import llvmlite, numba, settings_in_force

    digest = hashlib.sha256()
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    settings = sorted(f"{key}={value}" for key, value in os.environ.items() if key.startswith("NUMBA_"))
    digest.update(repr((versions, settings, settings_in_force())).encode())
    for path in sources(package):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(package).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:_SEAL_BYTES]


def cache_root() -> Path:
    """``$SIMCPEC_CACHE``, or else the user's cache folder of this platform. Raises RuntimeError without a home."""
    override = os.environ.get("SIMCPEC_CACHE", "")
    if override:
        return Path(override).absolute()
    if sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    return Path(xdg) if os.path.isabs(xdg) else Path.home() / ".cache"  # the XDG rule: a relative path is ignored


def edited_since_import() -> bool:
    """Whether one of the `sources` was edited after this process read it: the digest then describes other code."""
    now = time.time()  # a time in the future is a wrong clock, not an edit
    return any(_STARTED < path.stat().st_mtime <= now for path in sources())


@cache
def cache_folder() -> Path | None:
    """Folder of this very version of the code, made on first use; None (after one warning) if nothing can be kept.

    None also when `edited_since_import`, and where functions are compiled by plain `numba.njit`. The folder is the
    user's alone (mode 0700, owner checked), because compiled code is loaded from it and executed.
    """
    try:
        if edited_since_import() or (JIT and PIPELINE is None):
            return None
        folder = cache_root() / "simcpec" / source_digest()
        for level in (folder.parent, folder):
            level.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_private(level)
        tempfile.TemporaryFile(dir=folder).close()
        _forget_old(folder)
    except (OSError, RuntimeError) as fault:
        _warn_once(f"compiled code cannot be kept on disk ({fault}); set SIMCPEC_CACHE to a folder that can be written")
        return None
    return folder


def _make_private(folder: Path) -> None:
    if not hasattr(os, "getuid"):
        return
    state = folder.stat()
    if state.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    if state.st_mode & 0o077:
        folder.chmod(0o700)


def _forget_old(folder: Path) -> None:
    """Remove folders of versions not used for a day, but for the newest ones; a reader that loses a file recompiles."""
    os.utime(folder)
    others = [each for each in folder.parent.iterdir() if len(each.name) == _SEAL_BYTES and each != folder]
    others.sort(key=lambda each: each.stat().st_mtime, reverse=True)
    for old in others[KEPT_FOLDERS - 1 :]:
        if time.time() - old.stat().st_mtime > 86_400.0:
            for file in old.glob("*.bin"):
                file.unlink(missing_ok=True)
            if not any(old.iterdir()):
                old.rmdir()


_warned = False


def _warn_once(text: str) -> None:
    """At most one warning a process about the cache: a hundred damaged files are one misfortune."""
    global _warned
    if not _warned:
        _warned = True
        warnings.warn(f"{text}; results are not affected", SimcpecWarning, stacklevel=2)


class _SealedCache:
    """Compiled overloads of one function, one file each, sealed by a digest; any fault means: compile again.

    Has what numba asks of a cache (`numba.core.caching`), and no base of it: the class stands without numba, too.

    numba's files carry no digest: one flipped bit in them is loaded as machine code.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        # Only functions that the digest covers: for others (tests, notebooks) the digest says nothing about freshness.
        source = Path(function.__code__.co_filename)
        ours = source.is_absolute() and source.is_relative_to(PACKAGE)
        apart = ours and any(source.is_relative_to(PACKAGE / folder) for folder in NEVER_COMPILED)
        self.eligible = ours and not apart and function.__closure__ is None

    @property
    def cache_path(self) -> str | None:
        folder = cache_folder() if self.eligible else None
        return None if folder is None else str(folder)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The overload for this signature, or None."""
        target_context.refresh()
        path = self._path(sig, target_context.codegen())
        if path is None:
            return None
        try:
            sealed = path.read_bytes()
            if hashlib.sha256(sealed[_SEAL_BYTES:]).digest() != sealed[:_SEAL_BYTES]:
                raise ValueError("the digest does not match")
            return PIPELINE.CompileResult._rebuild(target_context, *pickle.loads(sealed[_SEAL_BYTES:]))
        except FileNotFoundError:
            return None
        except Exception as fault:  # whatever a damaged file can raise: it is rebuilt, and the reader is told
            _warn_once(f"compiled code in {path} could not be read ({fault}) and is compiled again")
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep this overload, unless it holds addresses of this process."""
        if data.library.has_dynamic_globals or any(not lifted.can_cache for lifted in data.lifted):
            return
        path = self._path(sig, data.codegen)
        if path is None or edited_since_import():
            return
        payload = PIPELINE.dumps(data._reduce())
        try:
            _write_whole(path, hashlib.sha256(payload).digest() + payload)
        except OSError as fault:
            _warn_once(f"compiled code cannot be kept in {path.parent} ({fault})")

    def flush(self) -> None:
        """Forget nothing: numba asks for this before it compiles a function anew."""

    def _path(self, sig: Any, codegen: Any) -> Path | None:
        folder = cache_folder() if self.eligible else None
        if folder is None:
            return None
        code = self.function.__code__
        identity = repr((code.co_filename, self.function.__qualname__, code.co_firstlineno, sig, codegen.magic_tuple()))
        name = self.function.__name__.strip("_<>")[:40]
        return folder / f"{name}-{hashlib.sha256(identity.encode()).hexdigest()[:24]}.bin"


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside and rename: a reader sees all of it or nothing. Raises OSError, and then leaves nothing behind."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


# ------------------------------------------------------------------------------------------------ bits
# Each operation stands here twice: as one machine instruction, and in plain Python for NUMBA_DISABLE_JIT=1.
# The stream tests compare the two byte for byte.

if JIT:

    @intrinsic  # type: ignore[untyped-decorator]
    def _bits(typingctx: Any, x: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.bitcast(args[0], context.get_value_type(types.int64))

        return types.int64(types.float64), codegen

    @intrinsic  # type: ignore[untyped-decorator]
    def _float(typingctx: Any, bits: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.bitcast(args[0], context.get_value_type(types.float64))

        return types.float64(types.int64), codegen

    @intrinsic  # type: ignore[untyped-decorator]
    def _multiply(typingctx: Any, a: Any, b: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            from llvmlite import ir

            wide, narrow = ir.IntType(128), ir.IntType(64)
            product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
            high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), narrow)
            return context.make_tuple(builder, signature.return_type, (high, builder.trunc(product, narrow)))

        return types.UniTuple(types.uint64, 2)(types.uint64, types.uint64), codegen

    @kernel
    def unsigned(word: int) -> int:
        """Return the 64 bits read as a number in [0, 2**64)."""
        return np.uint64(word)  # type: ignore[return-value]

    @kernel
    def signed(word: int) -> int:
        """Return the 64 bits read as a number in [-2**63, 2**63)."""
        return np.int64(word)  # type: ignore[return-value]

    @kernel
    def bits_of(x: float) -> int:
        """The 64 bits of a float, as a signed word."""
        return _bits(np.float64(x))  # type: ignore[no-any-return]

    @kernel
    def float_of(word: int) -> float:
        """The float with the 64 bits of a signed word."""
        return _float(np.int64(word))  # type: ignore[no-any-return]

    @kernel
    def mulhilo(a: int, b: int) -> tuple[int, int]:
        """High and low 64 bits of the product of two unsigned words."""
        return _multiply(np.uint64(a), np.uint64(b))  # type: ignore[no-any-return]

    @kernel
    def wrapping_sum(a: int, b: int) -> int:
        """Sum of two words modulo 2**64, unsigned."""
        return np.uint64(a) + np.uint64(b)  # type: ignore[return-value]

else:

    def unsigned(word: int) -> int:
        """Return the 64 bits read as a number in [0, 2**64)."""
        return int(word) & _MASK

    def signed(word: int) -> int:
        """Return the 64 bits read as a number in [-2**63, 2**63)."""
        return ((int(word) & _MASK) ^ 0x8000000000000000) - 0x8000000000000000

    def bits_of(x: float) -> int:
        """The 64 bits of a float, as a signed word."""
        return int(struct.unpack("<q", struct.pack("<d", x))[0])

    def float_of(word: int) -> float:
        """The float with the 64 bits of a signed word."""
        return float(struct.unpack("<d", struct.pack("<q", word))[0])

    def mulhilo(a: int, b: int) -> tuple[int, int]:
        """High and low 64 bits of the product of two unsigned words."""
        product = (int(a) & _MASK) * (int(b) & _MASK)
        return product >> 64, product & _MASK

    def wrapping_sum(a: int, b: int) -> int:
        """Sum of two words modulo 2**64, unsigned."""
        return (int(a) + int(b)) & _MASK
