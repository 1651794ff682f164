"""`start.py test` runs every check, and the hooks before a commit and the public CI run the same commands."""

from __future__ import annotations

import importlib.util
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

Words = tuple[str, ...]
PREFIX = [".venv/bin/python", "-m"]


@pytest.fixture(scope="module")
def start(root: Path) -> ModuleType:
    """The start script, imported."""
    spec = importlib.util.spec_from_file_location("start", root / "start.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tools(commands: Sequence[Sequence[str]]) -> set[Words]:
    """Tool and subcommand of each command, without options and paths: ("ruff", "check"), ("mypy",)."""
    return {tuple(word for word in words if word.isalpha()) for words in commands}


def disagreement(checks: Sequence[Words], hooks: Sequence[dict[str, Any]]) -> set[Words]:
    """Tools that only one of start.py and the hooks runs."""
    return tools(checks) ^ tools([hook["entry"].split()[len(PREFIX) :] for hook in hooks])


@pytest.fixture(scope="module")
def hooks(root: Path) -> list[dict[str, Any]]:
    """The hooks before a commit."""
    (repository,) = yaml.safe_load((root / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repository["repo"] == "local"
    found: list[dict[str, Any]] = repository["hooks"]
    return found


def test_hooks_before_a_commit_and_the_start_script_run_the_same_checks(
    start: ModuleType, hooks: list[dict[str, Any]]
) -> None:
    assert tools(start.CHECKS) == {("ruff", "check"), ("ruff", "format"), ("mypy",)}
    assert all(hook["entry"].split()[:2] == PREFIX for hook in hooks)
    assert disagreement(start.CHECKS, hooks) == set()


def test_a_check_that_only_one_of_them_runs_is_found(start: ModuleType, hooks: list[dict[str, Any]]) -> None:
    assert disagreement(start.CHECKS[1:], hooks) == {("ruff", "check")}
    assert disagreement(start.CHECKS, hooks[:-1]) == {("mypy",)}


class Recorder:
    """Stands for `call`: keeps every command, and gives exit code 1 for those in which all words of `failing` are."""

    def __init__(self, *failing: str) -> None:
        self.failing = set(failing)
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], **_: Any) -> int:
        self.commands.append(command[2:])
        return int(bool(self.failing) and self.failing <= set(command))


class NoProcess:
    """Stands for the process that compiles beside the checks."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def wait(self) -> None:
        pass


@pytest.mark.parametrize(
    ("failing", "named"),
    [((), ""), (("ruff", "check"), "ruff check"), (("format", "--check"), "ruff format"), (("mypy",), "mypy")],
    ids=["nothing", "ruff check", "ruff format", "mypy"],
)
def test_the_test_command_runs_every_check_and_fails_with_any(
    start: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failing: Words,
    named: str,
) -> None:
    call = Recorder(*failing)
    monkeypatch.setattr(start, "call", call)
    monkeypatch.setattr(start.subprocess, "Popen", NoProcess)
    assert bool(start.test([])) is bool(failing)
    assert [words for words in start.CHECKS if list(words) not in call.commands] == []
    assert call.commands[-1][0] == "pytest"
    assert capsys.readouterr().err == (f"Failed: {named}\n" if named else "")


def test_words_behind_the_test_command_go_to_pytest_alone(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Recorder()
    monkeypatch.setattr(start, "call", call)
    start.test(["-k", "units"])
    assert call.commands == [["pytest", "-k", "units"]]


def test_the_public_workflow_runs_the_commands_of_the_readme_on_every_supported_python(root: Path) -> None:
    jobs = yaml.safe_load((root / ".github/workflows/tests.yml").read_text(encoding="utf-8"))["jobs"]
    job = next(each for name, each in jobs.items() if name != "versions")
    bounds = jobs["versions"]
    assert [step["run"] for step in bounds["steps"] if "run" in step] == [
        "python start.py versions ${{ matrix.bound }}"
    ]
    assert bounds["strategy"]["matrix"]["bound"] == ["lowest", "newest"] and len(jobs) == 2
    assert [step["run"] for step in job["steps"] if "run" in step] == ["python start.py test", "python start.py"]
    matrix = job["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = {line.rpartition(" :: ")[2] for line in project["classifiers"] if "Python :: 3." in line}
    assert promised <= set(matrix["python"])
    assert project["requires-python"] == f">={matrix['python'][0]}"
