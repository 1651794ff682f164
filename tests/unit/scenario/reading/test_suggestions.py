"""Names that were meant: by label, by another word, by spelling; for provinces, forces, cohorts, levers and keys."""

from __future__ import annotations

import pytest

from simcpec import catalogue
from simcpec.scenario import load, validate
from simcpec.scenario.reading.suggestions import OTHER_WORDS, suggest
from simcpec.scenario.schema.scenario_block import every_block, keys_of

LEVER = "policy.levers=[{lever: helicopters, from: 2026-01-01, %s}]"
MEANT = {  # --set, the name that is suggested
    "a province by its label": (LEVER % "provinces: [Sindh]", "SIN"),
    "a province by a label of two words": (LEVER % "provinces: [khyber-pakhtunkhwa]", "KP"),
    "a province by a misspelt label": (LEVER % "provinces: [Balochistn]", "BAL"),
    "a province by another name": (LEVER % "provinces: [KPK]", "KP"),
    "a province in a map": ("world.operations.teams={Punjab: 3}", "PUN"),
    "a province to drop": ("world.provinces.Islamabad=drop", "ICT"),
    "a province that is changed": ("world.provinces.Sindh.plots=3 /year", "SIN"),
    "a cohort by another name": ("policy.sop.revisions=[{date: 2026-01-01, cohorts: [cpec]}]", "corridor"),
    "a force by another name": ("world.forces.rangers=drop", "caf"),
    "a force that is changed": ("world.forces.frontier_corps.strength={BAL: 5}", "fc"),
    "a key by another word": (LEVER % "until: 2027-01-01", "to"),
    "a key of the run": ("run.runs=200", "replications"),
    "a lever by its beginning": ("policy.levers=[{lever: heli, from: 2026-01-01}]", "helicopters"),
    "a spelling": ("run.sead=1", "seed"),
}


@pytest.mark.parametrize("what", MEANT)
def test_the_name_that_was_meant(what: str) -> None:
    key_value, name = MEANT[what]
    hints = [fault.hint for fault in validate("base", [key_value])]
    assert f"Did you mean {name}?" in hints


@pytest.mark.parametrize("name", catalogue.levers())
def test_every_lever_is_found_by_its_label(name: str) -> None:
    label = catalogue.lever(name).label
    hints = [fault.hint for fault in validate("base", [f'policy.levers=[{{lever: "{label}", from: 2026-01-01}}]'])]
    assert f"Did you mean {name}?" in hints


def test_every_other_word_is_for_a_name_that_exists() -> None:
    world = load("base").scenario.world
    names = {key for _, block in every_block() for key in keys_of(block)} | {"extends"}
    names |= {*world.provinces, *world.cohorts, *world.forces}
    assert [word for word, meant in OTHER_WORDS.items() if not set(meant) <= names] == []


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    assert suggest("zzz", ["to", "from"]) == "" and suggest("until", ["lever"]) == ""
    assert suggest("until", ["from", "to"]) == "Did you mean to?"
    assert suggest("co", ["corridor"]) == "" and suggest("corr", ["corridor", "corrosion"]) != ""
    assert suggest("Old Town", ["A", "B"], labels={"old town": "B"}) == "Did you mean B?"
    assert suggest("Old Town", ["A"], labels={"old town": "B"}) == ""
