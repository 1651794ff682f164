"""The page of validation and the kept table of responses say what the code says."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest

from simcpec.scenario import load
from simcpec.verification.responses import checks, responses

Rows = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def rows(root: Path) -> Rows:
    """The kept responses by name."""
    with (root / "docs" / "responses" / "responses.csv").open(encoding="utf-8", newline="") as file:
        return {row["response"]: row for row in csv.DictReader(file)}


def test_the_kept_table_has_every_response_with_its_published_range(rows: Rows) -> None:
    base = checks(load("base"))
    assert list(rows) == [check.name for check in base]
    for check in base:
        row, expected = rows[check.name], check.expected
        assert row["says"] == check.says
        limits = [] if expected is None else [expected.low, expected.high]
        assert [float(row[key]) for key in ("published_low", "published_high") if row[key]] == [
            limit for limit in limits if math.isfinite(limit)
        ]


def test_no_kept_response_is_outside_what_is_published_or_exactly_nothing(rows: Rows) -> None:
    assert {row["verdict"] for row in rows.values()} <= {"inside", "inside within noise", "nothing published"}


def test_the_kept_table_is_that_of_this_model(rows: Rows) -> None:
    """80 pairs against the kept ones: within four standard errors of both; the control is another response's row."""
    (one,) = responses(only=("share x 2",), replications=80, notice=lambda text: None)
    kept, other = rows["share x 2"], rows["share x 5"]

    def distance(row: dict[str, str]) -> float:
        spread = math.hypot(one.changes["breaches"].half_width, float(row["breaches_half_width"])) / 1.96
        return abs(one.changes["breaches"].percent - float(row["breaches_percent"])) / spread

    assert distance(kept) < 4.0 < distance(other)


def test_the_kept_run_says_how_it_was_made(root: Path) -> None:
    manifest = json.loads((root / "docs" / "responses" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"].startswith("simcpec verify responses base --replications")


def test_the_page_says_what_each_kind_of_row_means(root: Path) -> None:
    page = (root / "docs" / "validation.md").read_text(encoding="utf-8")
    for word in ("Guards", "Share", "Lines of the budget", "Placement", "Air", "Lapses", "Backlash", "Divisions"):
        assert f"**{word}.**" in page
