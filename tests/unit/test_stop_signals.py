"""Signals are noted, and what is going on ends at its next safe point, wherever the signal arrived."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from simcpec import signal_notes, stop_signals
from simcpec.cli.supervisor import supervised
from tests.support.command import surroundings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of a POSIX system")
BOTH = [(signal.SIGINT, KeyboardInterrupt, 130), (signal.SIGTERM, SystemExit, 143)]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Python's own handlers, whatever the runner of the tests has; afterwards they must be there again."""
    before = {number: signal.getsignal(number) for number, _, _ in BOTH}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal_notes.noted() == () and not stop_signals.to_be_undone()
    for number, handler in before.items():
        signal.signal(number, handler)


class Thing:
    """Something that a weak reference can refer to."""


def send(number: int) -> None:
    os.kill(os.getpid(), number)
    for _ in range(100):  # Python answers between two instructions
        pass


@pytest.mark.parametrize(("number", "ends", "code"), BOTH)
def test_a_signal_in_the_callback_of_a_weak_reference_is_not_lost(
    number: int, ends: type[BaseException], code: int
) -> None:
    reached = []
    thing = Thing()
    with pytest.raises(ends) as found, stop_signals.stoppable():
        reference = weakref.ref(thing, lambda _: send(number))
        del thing
        assert reference() is None
        reached.append("after the callback")
        stop_signals.safe_point()
        reached.append("after the safe point")
    assert reached == ["after the callback"]
    assert code == (found.value.code if isinstance(found.value, SystemExit) else 130)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_handler_that_raises_would_lose_it() -> None:
    def end(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    thing, reached = Thing(), False
    try:
        reference = weakref.ref(thing, lambda _: send(signal.SIGTERM))
        del thing
        reached = reference() is None
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert reached


@pytest.mark.parametrize(("number", "ends", "code"), BOTH)
def test_a_block_without_safe_points_ends_at_its_end(number: int, ends: type[BaseException], code: int) -> None:
    done = []
    with pytest.raises(ends), stop_signals.stoppable():
        send(number)
        done.append(True)
    assert done == [True]


def test_an_error_of_a_block_that_was_told_to_stop_gives_way() -> None:
    with pytest.raises(KeyboardInterrupt) as found, stop_signals.stoppable():
        send(signal.SIGINT)
        raise ValueError("half done")
    assert isinstance(found.value.__cause__, ValueError)


def test_blocks_in_blocks_answer_once_and_other_threads_install_nothing() -> None:
    def inside() -> None:
        with stop_signals.signals_noted() as here:
            assert not here

    with pytest.raises(SystemExit), stop_signals.stoppable():
        stop_signals.beside(inside)
        with stop_signals.stoppable():
            send(signal.SIGTERM)
        stop_signals.safe_point()


def test_a_command_listens_before_it_imports_anything_that_takes_time() -> None:
    """Until then Python's own handler may lose a signal; -S leaves out what an installation imports for itself."""
    code = "import sys, simcpec.cli, simcpec.signal_notes; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, encoding="utf-8", env=surroundings(), check=True
    )
    assert "simcpec.signal_notes" in done.stdout.split()
    assert not {"typing", "re", "threading", "dataclasses", "contextlib"} & set(done.stdout.split())


# ---- beside


def test_what_runs_beside_gives_its_value_its_error_and_the_time() -> None:
    told: list[float] = []
    assert stop_signals.beside(lambda: 7) == 7
    with pytest.raises(ArithmeticError, match="no luck"):
        stop_signals.beside(lambda: (_ for _ in ()).throw(ArithmeticError("no luck")))
    stop_signals.beside(lambda: time.sleep(0.3), told.append)
    assert told == sorted(told) and 0.0 < told[0] <= 0.3 and len(told) >= 2


@pytest.mark.parametrize(("number", "ends", "code"), BOTH)
def test_what_cannot_be_interrupted_is_left_to_itself(number: int, ends: type[BaseException], code: int) -> None:
    free = threading.Event()
    threading.Timer(0.1, lambda: os.kill(os.getpid(), number)).start()
    began = time.monotonic()
    with pytest.raises(ends), stop_signals.stoppable():
        stop_signals.beside(lambda: free.wait(60.0))
    free.set()
    assert time.monotonic() - began < 1.5


# ---- a whole command


@pytest.mark.parametrize(("number", "ends", "code"), BOTH)
def test_a_command_ends_by_its_code_though_its_work_goes_on(
    number: int, ends: type[BaseException], code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    free, undone = threading.Event(), []

    def work() -> int:
        with stop_signals.undone_by(lambda: undone.append(True)):
            free.wait(60.0)
        return 0

    threading.Timer(0.1, lambda: os.kill(os.getpid(), number)).start()
    began = time.monotonic()
    assert supervised(work) == code
    assert time.monotonic() - began < 2.0
    assert undone == [True] and capfd.readouterr().err == "Stopped.\n"
    free.set()
    time.sleep(0.1)


def test_work_that_reaches_a_safe_point_undoes_itself_and_is_waited_for() -> None:
    undone, tidy = [], []

    def work() -> int:
        with stop_signals.undone_by(lambda: undone.append(True)):
            try:
                while True:
                    time.sleep(0.4)
                    stop_signals.safe_point()
            except KeyboardInterrupt:
                tidy.append(True)
        return 1

    threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    assert supervised(work) == 130
    assert (undone, tidy) == ([], [True])


def test_a_signal_after_the_work_still_decides() -> None:
    def work() -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return 0

    assert supervised(work) == 143
    assert supervised(lambda: 4) == 4


def test_what_must_be_undone_is_undone_in_turn_and_not_for_ever() -> None:
    order: list[str] = []

    def fails() -> None:
        order.append("second")
        raise OSError("gone already")

    with stop_signals.undone_by(lambda: order.append("first")), stop_signals.undone_by(fails):
        stop_signals.undo_all(1.0)
        assert order == ["second", "first"]
    free = threading.Event()
    began = time.monotonic()
    with stop_signals.undone_by(lambda: free.wait(60.0)):
        stop_signals.undo_all(0.2)
    free.set()
    assert time.monotonic() - began < 1.0


def test_handlers_are_changed_in_three_places_only(root: Path) -> None:
    files = [path for path in (root / "simcpec").rglob("*.py") if "signal.signal(" in path.read_text(encoding="utf-8")]
    # which note them, put back what was there, and give the answering back to the system
    assert sorted(path.name for path in files) == ["signal_notes.py", "stop_signals.py", "supervisor.py"]
