"""T17: the kept responses on a report, and in which world they were measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simcpec.catalogue.records import NAMED
from simcpec.experiments.design.uncertain_settings import settings_of
from simcpec.reporting.tables import responses as told
from simcpec.reporting.tables.responses import responses
from simcpec.results.records import ScenarioResult, Study
from simcpec.scenario import load
from simcpec.verification import kept_responses as keeping
from simcpec.verification.kept_responses import KeptResponses
from tests.support import studies

RECORD = "cpec-2021-2024"


def played(monkeypatch: pytest.MonkeyPatch, *sets: str, name: str = "Plain") -> ScenarioResult:
    """Return made-up counts under the settings of the base case with these changes."""
    provinces = frozenset(studies.CODES)
    monkeypatch.setattr("simcpec.reporting.page.observed.NAMED", {RECORD: replace(NAMED[RECORD], provinces=provinces)})
    return replace(studies.result(name=name), settings_table=settings_of(load("base", sets=list(sets)), ()))


def study(*results: ScenarioResult) -> Study:
    return studies.study(*results, baseline=0 if len(results) > 1 else None)


def test_every_kept_response_is_told_with_its_numbers_as_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    table = responses(study(played(monkeypatch)))
    assert table is not None
    rows = [dict(zip(table.fields, record, strict=True)) for record in table.records]
    assert [row["response"] for row in rows] == [row["response"] for row in keeping.kept_responses().rows]
    assert all(isinstance(row["breaches_percent"], float) for row in rows)
    assert len(table.panels[0].rows) == len(rows)


def test_a_study_of_the_base_world_is_told_so_and_a_policy_is_no_other_world(monkeypatch: pytest.MonkeyPatch) -> None:
    share = "policy.security_share.share=2 %"
    table = responses(study(played(monkeypatch), played(monkeypatch, share, name="Two per cent")))
    assert table is not None
    (note,) = table.notes
    assert note.startswith("All scenarios here play in the world of the shipped base case")


def test_another_world_is_named_with_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = ("world.backlash.world=strong", "world.displacement.outside_option=-1.5")
    table = responses(study(played(monkeypatch), played(monkeypatch, *changed, name="Harsh")))
    assert table is not None
    (note,) = table.notes
    assert "world of “Harsh”, which differs" in note
    assert "2 settings: world.displacement.outside_option, world.backlash.world." in note


def test_a_study_of_other_provinces_has_no_such_table(monkeypatch: pytest.MonkeyPatch) -> None:
    assert responses(study(played(monkeypatch, "world.record=none"))) is None


def test_a_fault_is_named_and_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = keeping.kept_responses()
    rows = ({**kept.rows[0], "verdict": "outside"}, *kept.rows[1:])
    monkeypatch.setattr(told, "kept_responses", lambda: replace(kept, rows=rows))
    table = responses(study(played(monkeypatch)))
    assert table is not None
    assert f"Outside what is published: {rows[0]['response']}." in table.caption
    assert table.panels[0].rows[0].cells[6].tone == "worse"
    assert isinstance(kept, KeptResponses) and "None is outside" in told._caption(kept.rows, kept.command)


@pytest.mark.parametrize(("threat", "told_so"), [(-25.0, True), (-5.0, False), (3.0, False)])
def test_a_report_says_where_placement_beats_size(threat: float, told_so: bool) -> None:
    changes = {"share x 2": -11.6, "placement by threat": threat, "placement by works": -1.0}
    sentence = told._placement([{"response": name, "breaches_percent": str(value)} for name, value in changes.items()])
    assert bool(sentence) == told_so
    assert not told_so or "by threat instead of by exposure, at one share, changes breaches by −25 %" in sentence
    assert told._placement([{"response": "share x 2", "breaches_percent": "-1"}]) == ""
