"""The check with the lowest and newest allowed libraries: what it asks for, and that it sees a difference."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version


@pytest.fixture
def check(root: Path) -> dict[str, Any]:
    return runpy.run_path(str(root / "tests" / "versions" / "check.py"))


@pytest.fixture
def needed(root: Path) -> dict[str, Requirement]:
    """What pyproject.toml asks for, by name."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {found.name: found for found in map(Requirement, project["dependencies"])}


def pins(root: Path, bound: str) -> dict[str, str]:
    text = (root / "tests" / "versions" / f"{bound}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w-]+)==(\S+)$", text, re.MULTILINE))


def test_the_lowest_versions_are_the_lower_bounds(
    root: Path, check: dict[str, Any], needed: dict[str, Requirement]
) -> None:
    lowest = pins(root, "lowest")
    assert sorted(lowest) == sorted(check["LIBRARIES"])
    for name, version in lowest.items():
        (bound,) = [one.version for one in needed[name].specifier if one.operator == ">="]
        assert Version(version) == Version(bound)


def test_the_newest_versions_are_those_that_pip_finds_within_the_bounds(root: Path, check: dict[str, Any]) -> None:
    assert pins(root, "newest") == {}
    asked = {Requirement(line).name for line in check["requirements"]()}
    assert asked >= {*check["LIBRARIES"], "scipy", "simpy", "pytest", "hypothesis"}


def test_the_tests_that_run_there_exist(root: Path, check: dict[str, Any]) -> None:
    assert [name for name in check["TESTS"] if not (root / name.split("::")[0]).is_file()] == []


def test_a_table_that_differs_or_is_missing_is_named(check: dict[str, Any]) -> None:
    ours = {"costs": "a", "cell": "b"}
    assert check["differences"](ours, dict(ours)) == []
    assert check["differences"](ours, {"costs": "a", "cell": "c", "plots": "d"}) == ["cell", "plots"]


def test_a_word_that_is_no_bound_is_refused(check: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert check["main"](["oldest"]) == 2
    assert capsys.readouterr().err == "'oldest' is no bound; allowed: lowest or newest\n"


@pytest.mark.parametrize("fault", ["differs", "fails", ""])
def test_a_difference_or_a_failed_test_makes_the_check_fail(
    check: dict[str, Any], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The control is the last case, in which nothing is wrong."""
    inside = check["check"].__globals__
    monkeypatch.setitem(inside, "environment", lambda bound: "python-of-" + bound)
    monkeypatch.setitem(inside, "versions", lambda python: ["numba 0.61.0"])
    monkeypatch.setitem(
        inside, "digests", lambda python, engine: {"cell": engine if fault == "differs" else "the one digest"}
    )

    class Done:
        returncode = int(fault == "fails")

    monkeypatch.setattr(inside["subprocess"], "run", lambda *words, **settings: Done())
    assert check["check"]("lowest") == int(bool(fault))


def test_the_public_workflow_checks_both_bounds(root: Path, check: dict[str, Any]) -> None:
    workflow = (root / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    assert "python start.py versions ${{ matrix.bound }}" in workflow
    assert f"bound: [{', '.join(check['BOUNDS'])}]" in workflow
