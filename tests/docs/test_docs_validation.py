"""The page of validation and the kept table of responses say what the code says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from simcpec import catalogue
from simcpec.experiments.design.uncertain_settings import settings_of
from simcpec.scenario import load
from simcpec.verification.kept_responses import differing_settings, kept_responses
from simcpec.verification.responses.check_list import checks
from simcpec.verification.responses.simulate import responses

Rows = Mapping[str, Mapping[str, str]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    """The kept responses by name."""
    return {row["response"]: row for row in kept_responses().rows}


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
    allowed = {"inside", "inside within noise", "sign", "sign within noise", "nothing published"}
    assert {row["verdict"] for row in rows.values()} <= allowed


def test_numbers_of_the_base_case_give_back_the_responses_that_they_decide(rows: Rows) -> None:
    """Entries name the responses; the kept ones must lie inside what is published, or have its sign."""
    named = {id: one.gives_back["response"] for id, one in catalogue.entries().items() if "response" in one.gives_back}
    assert {"protection.guard.gain", "protection.route.ceiling", "protection.hardening.ceiling"} <= set(named)
    verdicts = {(id, name): rows[name]["verdict"] for id, names in named.items() for name in names}
    assert [
        each for each, verdict in verdicts.items() if verdict not in ("inside", "inside within noise", "sign")
    ] == []
    ranged = {id for (id, name) in verdicts if rows[name]["published_low"] and rows[name]["published_high"]}
    assert {"protection.guard.gain", "protection.route.ceiling", "protection.hardening.ceiling"} <= ranged


def test_no_line_of_the_budget_is_the_best_buy_by_a_judged_number_alone(rows: Rows) -> None:
    """USD 25 m moves at most an eighth of breaches, and patrols for a seventh of a division do less than it does."""
    for name in ("intelligence", "surveillance", "hardening"):
        assert -12.5 < float(rows[f"{name} + USD 25 m"]["breaches_percent"]) < -1.0
    patrols, division = (float(rows[name]["breaches_percent"]) for name in ("joint_patrols", "ssd_expansion"))
    assert division < patrols < 0.0


def test_the_kept_table_is_that_of_this_model(rows: Rows) -> None:
    """80 pairs against the kept ones: within four standard errors of both; the control is another response's row."""
    (one,) = responses(only=("share x 2",), replications=80, notice=lambda text: None)
    kept, other = rows["share x 2"], rows["share x 5"]

    def distance(row: Mapping[str, str]) -> float:
        spread = math.hypot(one.changes["breaches"].half_width, float(row["breaches_half_width"])) / 1.96
        return abs(one.changes["breaches"].percent - float(row["breaches_percent"])) / spread

    assert distance(kept) < 4.0 < distance(other)


def test_the_kept_run_says_how_it_was_made() -> None:
    assert kept_responses().command.startswith("simcpec verify responses base --replications")


def test_the_kept_run_is_of_the_world_of_the_present_base_case() -> None:
    """Where this fails: `simcpec verify responses base --replications 600`, kept anew beside `kept_responses`."""
    assert differing_settings(settings_of(load("base"), ())) == ()
    other = settings_of(load("base", sets=["world.backlash.world=strong", "policy.surge.mode=off"]), ())
    assert differing_settings(other) == ("world.backlash.world",)


def test_the_page_says_what_each_kind_of_row_means(root: Path) -> None:
    page = (root / "docs" / "validation.md").read_text(encoding="utf-8")
    for word in (
        "Guards",
        "Share",
        "Lines of the budget",
        "Placement",
        "Air",
        "Displacement",
        "Provinces",
        "Lapses",
        "Backlash",
        "Divisions",
    ):
        assert f"**{word}.**" in page
