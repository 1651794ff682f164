"""Errors carry fields between threads, processes and folders, and code reads the fields, never the words."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simcpec.engines import status
from simcpec.errors import CeilingExceeded, EngineError, ExceededCeiling
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.results.failure import Failure
from simcpec.scenario.building.bounds import CEILINGS
from tests.unit.experiments.test_thread_pool import crowded

RAISED: list[tuple[Callable[[str, float, float], CeilingExceeded], str]] = [
    (status.stock, "world.threat.stock_ceiling"),
    (status.tempo, "world.operations.tempo_ceiling"),
    (status.finding, "world.detection.ceiling"),
    (status.transitions, "world.network.event_ceiling"),
]


@pytest.mark.parametrize(("make", "key"), RAISED)
def test_an_error_of_a_ceiling_keeps_its_fields_through_a_pickle_and_a_record(
    make: Callable[[str, float, float], CeilingExceeded], key: str
) -> None:
    error = make("SIN", 3.0, 2.0)
    assert error.exceeded == ExceededCeiling(key, "SIN", 3.0, 2.0) and key in CEILINGS
    assert str(error).endswith(f"; raise {key}") and "in SIN reached" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.exceeded) == (CeilingExceeded, str(error), error.exceeded)
    failure = pickle.loads(pickle.dumps(Failure.of(error)))
    assert failure == Failure.of(error) == Failure("CeilingExceeded", str(error), error.exceeded)
    raised = failure.as_error()
    assert isinstance(raised, CeilingExceeded) and (raised.exceeded, str(raised)) == (error.exceeded, str(error))


def test_an_error_of_another_kind_has_no_ceiling_whatever_it_says() -> None:
    failure = Failure.of(ArithmeticError("CeilingExceeded: raise world.network.event_ceiling"))
    assert failure.exceeded is None
    assert failure.error == "ArithmeticError: CeilingExceeded: raise world.network.event_ceiling"
    assert type(failure.as_error()) is EngineError


@pytest.mark.parametrize(("engine", "workers"), [("compiled", 2), ("reference", 1), ("reference", 2)])
def test_threads_and_processes_hand_over_the_same_fields(engine: str, workers: int) -> None:
    jobs = [Job(0, 0, replication) for replication in (3, 4)]
    sound, failure = play_all([crowded()], jobs, seed=1, engine=engine, workers=workers)
    assert not isinstance(sound, Failure) and isinstance(failure, Failure) and failure.exceeded is not None
    assert failure.kind == "CeilingExceeded"
    assert (failure.exceeded.key, failure.exceeded.province) == ("world.threat.stock_ceiling", "AAA")
    assert failure.exceeded.value > failure.exceeded.ceiling == 1.5
    assert not isinstance(failure.exceeded.value, np.generic)


# ---- nobody reads the words

READERS = {"startswith", "endswith", "find", "index", "partition", "rpartition", "split", "removeprefix", "count"}
SAID = {"error", "message", "fault", "failure", "failed", "warning"}


def told(node: ast.AST) -> bool:
    """Whether an expression is the text of an error: ``str(error)``, ``error`` or ``x.message``, or made of one."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("str", "repr") and node.args:
        return told(node.args[0])
    if isinstance(node, ast.JoinedStr):
        return False
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in SAID


def readers(source: str) -> list[str]:
    """Places that decide on the words of an error: ``x in error``, ``error.startswith(...)``, ``error == "..."``."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
            bad = told(node.func.value)
        elif isinstance(node, ast.Compare):
            sides = list(zip(node.ops, [node.left, *node.comparators][:-1], node.comparators, strict=True))
            bad = any(isinstance(op, (ast.In, ast.NotIn)) and told(right) for op, _, right in sides)
            bad |= any(
                isinstance(op, (ast.Eq, ast.NotEq)) and told(left) and isinstance(right, ast.Constant)
                and isinstance(right.value, str) and right.value != ""
                for op, left, right in sides
            )  # fmt: skip
        else:
            continue
        found += [f"line {node.lineno}: {ast.unparse(node)}"] if bad else []
    return found


def test_no_code_decides_on_the_words_of_an_error(root: Path) -> None:
    files = sorted((root / "simcpec").rglob("*.py"))
    found = {path.name: readers(path.read_text(encoding="utf-8")) for path in files}
    assert len(files) > 100
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "if error.startswith('Ceiling'): pass",
        "keys = {key for key in KEYS if key in str(fault)}",
        "if first.error.partition(': ')[0] == name: pass",
        "if 'ceiling' not in failure.message: pass",
        "if str(error) == 'the play was halted': pass",
    ],
)
def test_a_planted_reader_of_words_is_found(planted: str) -> None:
    assert len(readers(planted)) == 1
