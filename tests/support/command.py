"""The command as a user meets it: in a folder of its own, and where that counts in a process of its own."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

from simcpec.cli import main

ROOT = Path(__file__).resolve().parents[2]
Done = subprocess.CompletedProcess[str]


def surroundings(**changes: str) -> dict[str, str]:
    """An environment in which this clone's package is found and nothing of the caller's terminal decides."""
    kept = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "PYTHONWARNINGS")}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "100", **changes}


def simcpec(*words: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: str | None = None) -> Done:
    """`simcpec` with these words in `cwd`; never fails by itself."""
    return subprocess.run(
        [sys.executable, "-m", "simcpec", *words],
        cwd=cwd,
        env=surroundings(**(env or {})),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        **({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}),  # type: ignore[call-overload]
    )


def in_this_process(*words: str, cwd: Path) -> Done:
    """`simcpec` with these words in `cwd`, in the process of the test: for what a command says and writes."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True) for _ in range(2))
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(words, code, *said)


def started(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """`simcpec` running, in a process group of its own, as a shell starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "simcpec", *words],
        cwd=cwd,
        env=surroundings(**(env or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=_with_interrupts,
    )


def _with_interrupts() -> None:
    """A test runner in the background ignores Ctrl-C; what it starts would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` by its path, with its content."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
