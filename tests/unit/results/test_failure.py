"""Errors carry fields between threads, processes and folders, and code reads the fields, never the words."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from simcpec.engines import status
from simcpec.engines.status import Status
from simcpec.errors import EngineError, GrowsWithoutBound
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.results.failure import Failure
from tests.unit.experiments.test_thread_pool import FAILING, crowded

#: arguments are those of a province and of a number
RAISED: list[tuple[Callable[[str, float], EngineError], str]] = [
    (status.outgrown, "a rate in SIN reached 4e+05 times that of the start, more than 32768 times"),
    (status.uncountable, "the militants in SIN reached 4e+05, more than can be counted"),
]


@pytest.mark.parametrize(("make", "said"), RAISED)
def test_an_error_of_an_engine_keeps_its_text_through_a_pickle_and_a_record(
    make: Callable[[str, float], EngineError], said: str
) -> None:
    error = make("SIN", 4e5)
    assert str(error) == f"{said}: this world grows without bound"
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (GrowsWithoutBound, str(error))
    failure = pickle.loads(pickle.dumps(Failure.of(error)))
    assert failure == Failure.of(error) == Failure("GrowsWithoutBound", str(error))
    raised = failure.as_error()
    assert type(raised) is EngineError and str(raised) == failure.error == f"GrowsWithoutBound: {error}"


def test_every_code_of_the_compiled_engine_has_its_text() -> None:
    for code, text in ((Status.OUTGROWN, "a rate in SIN"), (Status.UNCOUNTABLE, "the militants in SIN")):
        with pytest.raises(EngineError, match=text):
            status.raise_for(code.value, "SIN", 7.0)


@pytest.mark.parametrize(("engine", "workers"), [("compiled", 2), ("reference", 1), ("reference", 2)])
def test_threads_and_processes_hand_over_the_same_fields(engine: str, workers: int) -> None:
    jobs = [Job(0, 0, replication) for replication in (FAILING[0] - 1, FAILING[0])]
    sound, failure = play_all([crowded()], jobs, seed=1, engine=engine, workers=workers)
    assert not isinstance(sound, Failure)
    assert failure == Failure.of(status.uncountable("AAA", 61.0))


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
