"""A fault that several layers make is told at the layer that made it, with where the other keys come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from simcpec.errors import Fault, ScenarioError
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.scenario.layering.blame import BUILT
from simcpec.scenario.schema.scenario_block import leaf_at
from tests.support.command import simcpec


def first_fault(folder: Path, *texts: str, sets: tuple[str, ...] = ()) -> Fault:
    """The first fault of files over one another and over the base case, of reading or of building."""
    for k, text in enumerate(texts):
        head = f"extends: layer{k - 1}.yaml\n" if k else "extends: base\n"
        (folder / f"layer{k}.yaml").write_text(head + text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        build(load(str(folder / f"layer{len(texts) - 1}.yaml"), sets=sets))
    return caught.value.faults[0]


PROPORTIONAL = "world: {detection: {proportional: on}}\n"
FIXED = "world: {preparation: {law: deterministic, mean: 3 days}}\n"
LATE = "policy: {levers: [{lever: escort_teams, from: 2026-01-01}]}\n"
CODES = ("PUN", "SIN", "KP", "BAL", "GB", "AJK", "ICT")
NO_PLOTS = f"world: {{provinces: {{{', '.join(f'{code}: {{plots: 0 /year}}' for code in CODES)}}}}}\n"
AGREED = "policy: {levers: [{lever: joint_force}]}\nworld: {agreements: {joint_force: on}}\n"


@pytest.mark.parametrize(
    ("texts", "by", "key"),
    [
        (["run: {start: 2198-01-01}\n"], "run.start", "run.horizon"),
        (
            ["world: {provinces: {SIN: {militants: 200000 persons}}}\nrun: {period: month}\n", "run: {period: year}\n"],
            "run.period",
            "world.provinces.SIN.militants",
        ),
        ([PROPORTIONAL, FIXED], "world.preparation.law", "world.detection.proportional"),
        ([FIXED, PROPORTIONAL], "", "world.detection.proportional"),
        ([LATE, "run: {horizon: 6 months}\n"], "run.horizon", "policy.levers[0].from"),
        ([LATE, "policy: {escort: {rule: off}}\n"], "policy.escort.rule", "policy.levers[0].lever"),
        (
            [AGREED, "world: {agreements: {joint_force: off}}\n"],
            "world.agreements.joint_force",
            "policy.levers[0].lever",
        ),
        (["world: {forces: {ssu: {eligible: [SIN]}}}\n"], "world.forces.ssu.eligible", "world.forces.ssu.strength.KP"),
        (["world: {threat: {attempts: negbin}}\n"], "world.threat.attempts", "world.threat.mixture"),
        (
            ["world: {provinces: {PUN: drop}, budget: {works: {SIN: 47 %}}}\n"],
            "world.provinces.PUN",
            "world.forces.spu.eligible[0]",
        ),
        (["world: {cohorts: [corridor]}\n"], "world.cohorts", "policy.sop.revisions[0].cohorts[0]"),
        (["policy: {provinces: {rule: threat}}\n", NO_PLOTS], "", "policy.provinces"),
    ],
)
def test_the_latest_layer_is_blamed(tmp_path: Path, texts: list[str], by: str, key: str) -> None:
    """`by` is the key of the last file; "" where the fault stands at that file's own key."""
    fault = first_fault(tmp_path, *texts)
    assert (fault.by.key if fault.by else "", fault.key) == (by, key)
    assert fault.where.endswith(f"layer{len(texts) - 1}.yaml") and fault.line > 0
    if by:
        assert f"{by} is " in str(fault) and f"with which {key} " in str(fault)
        assert (
            any(part.key == key.partition("[")[0] or key.startswith(part.key) for part in fault.parts)
            or not fault.parts
        )


def test_a_fault_of_one_file_stands_where_its_key_does() -> None:
    with pytest.raises(ScenarioError) as caught:
        load("base", sets=["world.trust.start=200 %"])
    assert (caught.value.faults[0].by, caught.value.faults[0].parts) == (None, ())


def test_the_command_line_is_a_layer(tmp_path: Path) -> None:
    fault = first_fault(tmp_path, "name: x\n", sets=("world.forces.ssu.eligible=[SIN]",))
    assert fault.where == "--set" and fault.by is not None and fault.by.key == "world.forces.ssu.eligible"


def test_merged_shares_are_shown_part_by_part(tmp_path: Path) -> None:
    below = "policy: {provinces: {rule: explicit, shares: {PUN: 100 %}}}\n"
    fault = first_fault(tmp_path, below, "policy: {provinces: {shares: {SIN: 100 %}}}\n")
    text = str(fault)
    assert "layer1.yaml, line 2, column 31: policy.provinces.shares adds up to 200 %" in text
    assert "policy.provinces.shares.PUN: 100 %    " in text and "layer0.yaml:2:47" in text
    assert "policy.provinces.shares.SIN: 100 %    " in text and "layer1.yaml:2:31" in text


@pytest.mark.parametrize(
    ("overlay", "shown"),
    [
        ("policy: {split: {guards: 60 %}}\n", 7),
        ("world: {settings: {site: {time: 70 %}}}\n", 3),
        ("world: {protection: {posting: {corridor: {site: 50 %}}}}\n", 6),
        ("world: {budget: {works: {SIN: 50 %}}}\n", 7),
        ("world: {budget: {inherited: {split: {guards: 60 %}}}}\n", 7),
    ],
)
def test_every_sum_shows_its_parts(tmp_path: Path, overlay: str, shown: int) -> None:
    fault = first_fault(tmp_path, overlay)
    assert fault.where.endswith("layer0.yaml")
    assert len(fault.parts) == shown
    assert {part.where.rpartition("/")[2] for part in fault.parts} == {"layer0.yaml", "base.yaml"}


def test_what_faults_of_a_built_world_depend_on_are_keys_of_the_schema() -> None:
    base = load("base")
    for keys in BUILT.values():
        for key in keys:
            assert leaf_at(tuple(key.split("."))) or any(name.startswith(key) for name in base.origins), key


def test_a_comparison_says_which_scenario_cannot_be_built(tmp_path: Path) -> None:
    (tmp_path / "four.yaml").write_text("extends: base\nworld: {forces: {ssu: {eligible: [SIN]}}}\n")
    (tmp_path / "five.yaml").write_text("extends: four.yaml\nname: Five\n")
    done = simcpec("compare", "base", "four.yaml", "five.yaml", "--quick", "--dry-run", cwd=tmp_path)
    assert done.returncode == 2
    assert "four.yaml, line 2, column 24: world.forces.ssu.eligible is [" in done.stderr
    assert "five.yaml" in done.stderr
