"""Parts of worlds that scenarios share are built once, and that changes no bit of any world."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from simcpec.scenario import load, load_whole
from simcpec.scenario.building.build import build
from simcpec.scenario.reading import shared_parts
from tests.support.built import OVER, cases, forget, printed
from tests.support.command import surroundings


@pytest.fixture(scope="module")
def alone() -> dict[str, str]:
    """What a new process builds that shares nothing between scenarios."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.built"],
        env=surroundings(),
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_shipped_world_is_the_same_alone_and_after_many_others(alone: dict[str, str]) -> None:
    after = {str(case): printed(*case) for case in reversed(list(cases()))}
    assert {case for case in alone if alone[case] != after[case]} == set()
    assert len(set(after.values())) > 0.9 * len(after)


def test_threads_that_build_at_once_build_the_same(alone: dict[str, str]) -> None:
    forget()
    mixed = [("base", more) for more in OVER]
    found: list[dict[str, str]] = []
    jobs = [
        threading.Thread(target=lambda own=mixed[k:] + mixed[:k]: found.append({str(c): printed(*c) for c in own}))
        for k in (0, 2, 4)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert len(found) == 3 and all(one == {str(case): alone[str(case)] for case in mixed} for one in found)


def test_a_read_that_is_not_noted_is_found(alone: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were a block left out of what decides about a part, the comparison above would show it."""
    right = shared_parts._roots
    monkeypatch.setattr(shared_parts, "_roots", lambda keys: tuple(set(right(keys)) - {"world.detection"}))
    forget()
    hazard = "world.detection.hazard=0.3 /year"
    assert printed("base") == alone[str(("base", ""))]
    assert printed("base", hazard) != alone[str(("base", hazard))]
    monkeypatch.undo()
    forget()
    assert printed("base", hazard) == alone[str(("base", hazard))]


def test_files_that_differ_in_what_they_spend_build_nothing_else_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, real = [], shared_parts._built
    monkeypatch.setattr(shared_parts, "_built", lambda *of: (built.append(of), real(*of))[1])
    forget()
    for k in range(12):
        (tmp_path / f"{k}.yaml").write_text(
            f"extends: base\npolicy: {{security_share: {{share: {1 + k / 1000} %}}}}\n", encoding="utf-8"
        )
        build(load(str(tmp_path / f"{k}.yaml")))
        if k == 0:
            assert len(built) > 40
            built.clear()
    assert built == []


def test_what_is_kept_is_bounded() -> None:
    for k in range(3 * shared_parts.MOST):
        build(load("base", sets=[f"world.threat.lapse={1 + k} /year"]))
    assert max(map(len, shared_parts._HELD.values())) == shared_parts.MOST


def test_parts_are_the_same_by_identity_or_as_words_and_numbers() -> None:
    array = np.zeros(2)
    assert shared_parts.same((array, "a", 1), (array, "a", 1)) and shared_parts.same({"a": [1]}, {"a": [1]})
    assert not shared_parts.same((array,), (array.copy(),)) and not shared_parts.same(1, True)
    assert not shared_parts.same({"a": 1, "b": 2}, {"b": 2, "a": 1}) and not shared_parts.same([1], [1, 1])
    world = load("base").scenario.world
    assert shared_parts.same(world, world) and not shared_parts.same(world, world.model_copy())


def test_scenarios_over_one_file_share_what_their_settings_leave() -> None:
    one, other = (load("base", sets=[f"policy.security_share.share={share} %"]).scenario for share in (2, 3))
    assert one.world.forces is other.world.forces and one.world.provinces is other.world.provinces
    assert one.policy.security_share is not other.policy.security_share
    text = load("base").text
    whole = [load_whole(text, "kept", sets=[f"world.trust.start={start} %"]).scenario for start in (40, 50)]
    assert whole[0].world.network is whole[1].world.network and whole[0].world.trust is not whole[1].world.trust
    assert whole[0].policy is whole[1].policy
