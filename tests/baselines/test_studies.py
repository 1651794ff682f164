"""The shipped studies still ask what they asked, and their points give what they gave."""

from __future__ import annotations

import json

import pytest

from simcpec.scenario.layering.shipped_files import shipped_studies
from tests.baselines import studies


@pytest.mark.parametrize("name", sorted(shipped_studies()))
def test_a_study_gives_its_pinned_figures(name: str) -> None:
    pinned = json.loads(studies.path_of(name).read_text(encoding="utf-8"))
    assert pinned.pop("reasons")
    assert studies.summary(name) == pinned, "refresh with a reason: see tests/baselines/library.py"


def test_nothing_else_is_pinned() -> None:
    found = {path.name.removesuffix(".expected.json") for path in (studies.SCENARIOS / "studies").glob("*.json")}
    assert found == set(shipped_studies())
