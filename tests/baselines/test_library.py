"""The library gives the figures pinned beside its files; whoever moves them says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simcpec.scenario import load, shipped
from tests.baselines import library


@pytest.mark.parametrize("name", library.NAMES)
def test_a_scenario_gives_its_pinned_figures(name: str) -> None:
    stored = json.loads(library.path_of(name).read_text(encoding="utf-8"))
    assert stored["reasons"]
    found = library.summary(name)
    assert {key: stored[key] for key in found} == found, "refresh with a reason: see tests/baselines/library.py"


@pytest.mark.parametrize("name", [name for name in library.NAMES if name != "base"])
def test_a_scenario_asks_one_question_and_names_its_sources(name: str) -> None:
    assert load(name).scenario.describes.count("?") == 1
    comments = [line for line in shipped()[name].read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert any("Source" in line for line in comments)


def test_every_file_of_figures_has_its_scenario() -> None:
    found = {path.name.removesuffix(".expected.json") for path in library.SCENARIOS.glob("*.expected.json")}
    assert found == set(library.NAMES)


def test_refreshing_tells_what_moved_and_keeps_the_reasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "SCENARIOS", tmp_path)
    monkeypatch.setattr(library, "NAMES", ("army-handover",))
    assert library.refresh("first") == ["army-handover"]
    assert library.refresh("again") == []
    path = library.path_of("army-handover")
    stored = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(stored | {"seed": 1}), encoding="utf-8")
    assert library.refresh("the seed") == ["army-handover"]
    assert json.loads(path.read_text(encoding="utf-8"))["reasons"] == ["first", "the seed"]
