"""Parts that scenarios share are read, merged and checked once, and that changes nothing about any of them."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any, cast

import pytest

from simcpec import units
from simcpec.errors import ScenarioError
from simcpec.scenario import consistency, inactive_settings, load, shipped
from simcpec.scenario.layering import layers
from simcpec.scenario.reading import shared_parts, yaml_writer
from simcpec.scenario.reading.memo import Memo
from simcpec.scenario.reading.nodes import data_of
from simcpec.scenario.reading.yaml_reader import _table
from simcpec.scenario.schema import maps

NAMES = [name for name in shipped() if not name.startswith("theory/")]


def forget() -> None:
    """Leave nothing of what was worked out before."""
    for memo in (layers._BELOW, inactive_settings._DATED, maps._CHECKED):
        memo.held.clear()
    shared_parts._HELD.clear()
    _table.cache_clear()
    units.parse_quantity.cache_clear()


def files(folder: Path, count: int) -> list[str]:
    """Overlays of base that differ in a share, with the names of their files."""
    for k in range(count):
        text = f"extends: base\npolicy:\n  security_share: {{share: {1 + k / 1000} %}}\n"
        (folder / f"s{k:04d}.yaml").write_text(text, encoding="utf-8")
    return [str(folder / f"s{k:04d}.yaml") for k in range(count)]


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_is_the_same_alone_and_after_others(name: str) -> None:
    for other in NAMES[:4]:
        load(other)
    shared = load(name)
    forget()
    alone = load(name)
    assert (shared.text, shared.digest, shared.origins) == (alone.text, alone.digest, alone.origins)
    assert shared.scenario == alone.scenario and shared.tree == alone.tree
    assert shared.text == yaml_writer._serialized(alone.root)


def test_what_a_caller_does_to_a_tree_changes_no_other_scenario() -> None:
    first = load("share-1")
    tree = cast(dict[str, Any], first.tree)
    before = json.dumps(tree, default=str)
    tree["world"]["provinces"].clear()
    tree["policy"]["split"]["guards"] = "nothing"
    tree["world"]["cohorts"].append("more")
    for again in (first, load("share-1"), load("share-2", sets=["policy.security_share.share=1 %"])):
        assert "PUN" in again.tree["world"]["provinces"] and "more" not in again.tree["world"]["cohorts"]
    assert json.dumps(first.tree, default=str) == before


def test_what_base_says_is_checked_once_for_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second file over base costs a hundredth of the quantities of the first; the work grows with what it says."""
    split, seen = units._split, []
    monkeypatch.setattr(units, "_split", lambda text, kind: (seen.append(text), split(text, kind))[1])
    forget()
    first, *others = files(tmp_path, 30)
    load(first)
    assert len(seen) > 200
    seen.clear()
    for other in others:
        load(other)
    assert len(seen) <= 3 * len(others)


def test_what_base_says_is_looked_through_once_for_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days outside the run and keys that a switch leaves unread are looked for in what a file sets, and no further."""
    looked: list[Any] = []
    for module, name in ((inactive_settings, "_dated_here"), (consistency, "_misread_here")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda it, shape, real=real: (looked.append(it), real(it, shape))[1])
    forget()
    first, *others = files(tmp_path, 30)
    load(first)
    assert len(looked) > 100
    looked.clear()
    for other in others:
        load(other)
    assert len(looked) <= 8 * len(others)


def test_many_scenarios_need_little_memory(tmp_path: Path) -> None:
    """What is kept of a file that is no longer looked at is bounded: 60 files hold hardly more than 30."""
    names = files(tmp_path, 90)
    for name in names[:30]:
        load(name)
    tracemalloc.start()
    for name in names[30:60]:
        load(name)
    some = tracemalloc.get_traced_memory()[0]
    for name in names[60:]:
        load(name)
    more = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert more - some < 60_000 * 30  # bytes; a whole scenario takes about a million


def test_a_fault_is_found_each_time(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("extends: base\nworld: {trust: {start: 200 %}}\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(ScenarioError, match=r"world\.trust\.start is 200 %"):
            load(str(path))


def test_provinces_decide_what_a_shared_part_means() -> None:
    """One list of forces, two worlds: where a province is gone, the guards in it are gone as well."""
    sets = ["world.provinces.AJK=drop", "world.budget.works={replace: true, SIN: 100 %}"]
    for more, there in ((), True), (sets, False), ((), True):
        scenario = load("base", sets=more).scenario
        assert ("AJK" in scenario.world.forces["ssd"].strength) is there
        assert ("AJK" in scenario.world.operations.teams) is there


def test_a_memo_keeps_the_latest_and_knows_a_thing_by_itself() -> None:
    memo, one, twin = Memo(2), {"a": 1}, {"a": 1}
    assert memo.of(one, None, lambda: "one") == "one" and memo.of(one, None, lambda: "again") == "one"
    assert memo.of(twin, None, lambda: "twin") == "twin" and memo.of(one, "more", lambda: "other") == "other"
    assert len(memo.held) == 2 and memo.of(one, None, lambda: "again") == "again"
    root = load("base").root
    assert data_of(root) is data_of(root)
