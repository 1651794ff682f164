"""CONTRIBUTING.md and the page of the public interface say what there is: files, commands, names, exit codes."""

from __future__ import annotations

import ast
import importlib.util
import re
import runpy
import shlex
import tomllib
import warnings
from pathlib import Path
from typing import Any

import pytest

import simcpec
from simcpec.cli.app import VERBS
from simcpec.errors import EnvironmentFault, PointsFailed, Refused, SimcpecError, StoppedEarly, UserError

PYTHON = ".venv/bin/python"
OPTIONS = {"versions": ("lowest", "newest")}  # what a task of the start script takes
PATH = re.compile(r"`(\.?\w[\w.-]*(?:/[\w.-]*[\w])+|[\w-]+\.(?:py|toml|md|yaml|lock)|\.[\w-]+\.yaml)`")
NAME = re.compile(r"`([A-Z][A-Z_]+|[A-Z][a-z]+[A-Z]\w+)`")  # a constant or a class
LOOKED_FOR = {
    "paired difference", "stopping rule", "thread pool", "common random numbers", "variance reduction",
    "parameter draws", "process pool", "study folder", "random streams", "closed forms", "neutral world",
    "cost per attack averted", "value of information", "calibration target", "event queue", "warm-up",
}  # fmt: skip


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    """The page for contributors."""
    return (root / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def api(root: Path) -> str:
    """The page of the public interface."""
    return (root / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    """The project file."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


# ---- files


def missing(text: str, root: Path) -> list[str]:
    """Return the paths that a page names in backticks and that do not exist; what set-up installs is left alone."""
    named = [name for name in dict.fromkeys(PATH.findall(text)) if name != PYTHON]
    return [name for name in named if not (root / name).exists()]


def test_every_file_that_the_page_names_exists(page: str, root: Path) -> None:
    assert len(PATH.findall(page)) > 50
    assert missing(page, root) == []


def test_a_file_that_is_gone_is_found(root: Path) -> None:
    text = "`start.py`, `tests/unit`, `simcpec/model/rule.py`, `.ci/run`, `none.toml`, `.github/none.md`"
    assert missing(text, root) == ["simcpec/model/rule.py", "none.toml", ".github/none.md"]


def test_what_newcomers_look_for_has_a_file_of_that_name(page: str) -> None:
    table = page.split("## Where to find what")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| ([a-z -]+) \| `simcpec/([\w/]+)\.py`", table, flags=re.MULTILINE))
    assert set(rows) == LOOKED_FOR
    without = {word for word, file in rows.items() if not all(part in file for part in word.removesuffix("s").split())}
    assert without == {
        "random streams",  # streams.py: all that is random here is
        "cost per attack averted",  # cost_per_averted.py: of breaches and deaths too
        "event queue",  # the clock keeps it
        "warm-up",  # a key among those of the calendar
    }


def test_names_of_code_in_the_steps_stand_in_the_file_of_the_step(page: str, root: Path) -> None:
    steps = [" ".join(step.split()) for step in re.split(r"\n(?=\d\. |\n)", page)]
    checked = set()
    for step in steps:
        files = [root / name for name in PATH.findall(step) if name.endswith(".py")]
        names = [name for name in NAME.findall(step) if name not in ("NUMBA_DISABLE_JIT", "RESULTS")]
        for name in names if files else ():
            checked.add(name)
            assert any(re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) for file in files), (name, step)
    assert checked == {"DEFINITIONS", "LeverTarget"}


# ---- commands


def start_tasks(root: Path) -> set[str]:
    """Return the tasks that the start script takes."""
    for node in ast.walk(ast.parse((root / "start.py").read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) == "tasks"
            and isinstance(node.value, ast.Dict)
        ):
            return {str(ast.literal_eval(key)) for key in node.value.keys if key is not None}
    return set()


def command_faults(line: str, root: Path, markers: set[str]) -> list[str]:
    """Return what is wrong with a command: a task, module, path or marker that does not exist."""
    words = [word for word in shlex.split(line) if "=" not in word]
    if words[:2] == ["python3", "start.py"]:
        allowed = start_tasks(root)
        task, *options = words[2:] or ["run"]
        found = [] if task in allowed else [f"no task {task}"]
        return found + [f"no option {word}" for word in options if word not in OPTIONS.get(task, ())]
    if words[0] != PYTHON:
        return [f"{words[0]} is not {PYTHON}"]
    found = []
    tested = words[1:3] == ["-m", "pytest"]
    if words[1] == "-m":
        found += [] if importlib.util.find_spec(words[2]) else [f"no module {words[2]}"]
        words = ["", *words[3:]]
    if "-m" in words:
        at = words.index("-m")
        expression = words.pop(at + 1)
        found += [f"no marker {word}" for word in set(expression.split()) - {"not", "and", "or"} - markers]
    paths = [word for word in words[1:] if "/" in word or word.endswith(".py")]
    found += [f"no file {path}" for path in paths if not (root / path).exists()]
    return found + [
        f"no tests in {p}" for p in paths if tested and (root / p).is_dir() and not [*(root / p).rglob("test_*.py")]
    ]


def lines_of(page: str) -> list[str]:
    """Return the commands of the blocks of text, without what stands beside them, and those in backticks."""
    blocks = "\n".join(re.findall(r"^```text\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL))
    inline = re.findall(rf"`((?:{re.escape(PYTHON)}|python3) [^`]+)`", page)
    return [*(re.split(r" {2,}", line)[0] for line in blocks.splitlines() if line.strip()), *inline]


@pytest.fixture(scope="module")
def markers(project: dict[str, Any]) -> set[str]:
    """The markers of tests."""
    return {line.partition(":")[0] for line in project["tool"]["pytest"]["ini_options"]["markers"]}


def test_every_command_of_the_page_names_what_exists(page: str, root: Path, markers: set[str]) -> None:
    lines = lines_of(page)
    assert len(lines) >= 9
    assert {line: faults for line in lines if (faults := command_faults(line, root, markers))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "python3 start.py tset", "python3 start.py versions oldest",
        f"{PYTHON} -m pytset", f"{PYTHON} -m pytest tests/unit/none", f"{PYTHON} docs/none.py",
        f"{PYTHON} -m pytest -m 'not slwo' tests/unit", "pytest tests/unit", f"{PYTHON} -m pytest tests/support",
    ],
)  # fmt: skip
def test_a_command_that_is_wrong_is_found(line: str, root: Path, markers: set[str]) -> None:
    assert len(command_faults(line, root, markers)) == 1


def test_what_ci_runs_and_the_style_are_those_of_the_project(page: str, project: dict[str, Any], root: Path) -> None:
    checks = runpy.run_path(str(root / "start.py"))["CHECKS"]
    assert {words[0] for words in checks} == {"ruff", "mypy"}
    assert "It runs ruff (check and format), mypy and all tests" in page
    assert f"at most {project['tool']['ruff']['line-length']} characters" in page
    assert project["tool"]["mypy"]["strict"] and "mypy in strict mode" in page


# ---- the public interface


def test_the_page_names_every_public_name_and_no_other(api: str) -> None:
    table = api.split("## Python")[1].split("\n## ")[0]
    named = [
        name for row in re.findall(r"^\| (`.*?) \|", table, flags=re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    ]
    assert sorted(named) == simcpec.__all__


def test_the_page_tells_the_exit_codes_of_the_errors(api: str) -> None:
    rows = dict(re.findall(r"^\| ([\d, ]+) \| (.+) \|$", api, flags=re.MULTILINE))
    raised = {SimcpecError, UserError, PointsFailed, StoppedEarly, Refused, EnvironmentFault}
    assert rows.keys() == {"0", "130, 143"} | {str(error.exit_code) for error in raised}
    assert "time limit" in rows[str(StoppedEarly.exit_code)] and "usage" in rows[str(UserError.exit_code)]


def test_commands_that_the_page_names_exist(api: str) -> None:
    named = set(re.findall(r"`simcpec (\w+)", api))
    assert named and named <= {name for name, _, _ in VERBS}


def version(text: str) -> tuple[int, ...]:
    """Return a version as numbers."""
    return tuple(map(int, text.split(".")))


def test_no_deprecated_name_outlives_its_version_and_the_page_names_each(api: str) -> None:
    now = version(simcpec.__version__)
    deprecated = simcpec._DEPRECATED
    assert [old for old, (_, gone) in deprecated.items() if version(gone) <= now] == []
    assert [old for old, (new, _) in deprecated.items() if old in simcpec.__all__ or new not in simcpec.__all__] == []
    (told,) = re.findall(r"^Names that are deprecated now: (.*)\.$", api, flags=re.MULTILINE)
    assert re.findall(r"`(\w+)`", told) == sorted(deprecated) and (told == "none") is not bool(deprecated)


def test_a_deprecated_name_works_and_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(simcpec._DEPRECATED, "differences", ("paired", "99.0.0"))
    with pytest.warns(DeprecationWarning, match=r"simcpec\.differences is now simcpec\.paired; .* version 99\.0\.0"):
        assert simcpec.differences is simcpec.paired  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert simcpec.paired is not None
