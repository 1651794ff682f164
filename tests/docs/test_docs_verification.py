"""The page of verification and the kept table of theory say what the code says."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from simcpec.cli.commands.verify import WHAT
from simcpec.verification.theory.families import FAMILIES
from simcpec.verification.theory.finding import LEVEL, LIMIT, MOST, TOLERANCE
from tests.mutation.mutants import MUTANTS


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    """The page of verification."""
    return (root / "docs" / "verification.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rows(root: Path) -> list[dict[str, str]]:
    """The kept findings."""
    with (root / "docs" / "theory" / "v1-theory.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_checks_families_and_mutants_stand_on_the_page(page: str) -> None:
    assert [what for what in WHAT if f"`simcpec verify {what}`" not in page] == []
    assert [family.name for family in FAMILIES if f"`{family.name}`" not in page] == []
    assert [mutant.name for mutant in MUTANTS if f"`{mutant.name}`" not in page] == []


def test_the_level_in_words_is_that_of_the_code(page: str, root: Path) -> None:
    assert f"beyond {LIMIT:.2f} standard errors" in page and f"among {MOST} findings" in page
    assert f"probability of {LEVEL:g}" in page
    assert f"{LIMIT:.2f} standard errors" in (root / "docs" / "relations.md").read_text(encoding="utf-8")


def test_kept_findings_are_many_whole_and_pass(rows: list[dict[str, str]], root: Path) -> None:
    assert 60 <= len(rows) <= MOST
    assert [row["name"] for row in rows if row["verdict"] != "pass"] == []
    assert {row["family"] for row in rows} == {family.name for family in FAMILIES}
    assert all(float(row["power"]) > 0.87 and row["formula"] for row in rows)
    assert all(float(row["tolerance"]) <= TOLERANCE for row in rows)
    names = {f"theory/{path.stem}" for path in root.glob("scenarios/theory/*.yaml")}
    assert {row["scenario"] for row in rows} - {""} <= names


def test_the_kept_run_says_when_and_with_what(root: Path) -> None:
    run = json.loads((root / "docs" / "theory" / "run.json").read_text(encoding="utf-8"))
    assert run["level"] in ("quick", "full") and run["day"] > "2025" and {"numpy", "numba"} <= set(run["software"])
    assert set(run["families"]) == {family.name for family in FAMILIES}
