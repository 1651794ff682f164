"""A scheduler of Dask and its workers as processes on loopback, to be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 30.0  # seconds for something to come up


class LoopbackCluster:
    """A scheduler at a fixed port, and workers of it. A context manager: it leaves no process."""

    def __init__(self, root: Path, scratch: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._scratch = scratch
        self._environment = {**os.environ, "PYTHONPATH": str(root), "NUMBA_DISABLE_JIT": "1"}
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> LoopbackCluster:
        self.start_scheduler()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (*self.workers, *([self.scheduler] if self.scheduler else [])):
            kill(each)

    def start_scheduler(self) -> None:
        """Start the scheduler, and wait until it listens."""
        self.scheduler = self._dask("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1.0):
                return
            time.sleep(0.05)
        raise TimeoutError("the scheduler does not listen")

    def start_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker with one thread."""
        one = ("--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(self._scratch))
        self.workers.append(self._dask("worker", self.address, *one, *(options or ("--no-nanny",))))
        return self.workers[-1]

    def _dask(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *words], cwd=self._scratch, env=self._environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children as a power cut does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=PATIENCE)
