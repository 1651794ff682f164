"""Layers: what a scenario extends, what --set changes, who said what; and what can be asked of the result."""

from __future__ import annotations

import io
import math
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from simcpec.errors import EnvironmentFault, Fault, ScenarioError, UserError
from simcpec.scenario import (
    differences,
    explain,
    leaves,
    load,
    placed,
    shipped,
    slug_of,
    uncertain,
    validate,
    with_values,
)
from simcpec.scenario.layering import layers
from simcpec.scenario.resolved import Resolved
from simcpec.scenario.schema.removed_keys import REMOVED


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


@pytest.fixture(scope="module")
def base() -> Resolved:
    return load("base")


# ------------------------------------------------------------------------------------------------ shipped


@pytest.mark.parametrize("name", ["bare", "base", "share-0.5", "share-1", "share-2", "share-3"])
def test_shipped_scenarios_are_sound(name: str) -> None:
    assert validate(name) == []
    assert load(name).slug == name == load(f"scenarios/{name}.yaml").slug


def test_an_overlay_has_a_name_and_a_description_of_its_own(tmp_path: Path) -> None:
    """What the base case stands for is not true of a file that changes it."""
    path = write(tmp_path, "two.yaml", "extends: base\npolicy: {security_share: {share: 2 %}}\n")
    plain = load(path)
    assert (plain.name, plain.scenario.describes) == ("two", "")
    said = load(write(tmp_path, "said.yaml", "extends: base\nname: Twice\ndescribes: Two percent.\n"))
    assert (said.name, said.scenario.describes) == ("Twice", "Two percent.")
    over = load(write(tmp_path, "over.yaml", "extends: said.yaml\n"), sets=["describes=By hand."])
    assert (over.name, over.scenario.describes) == ("over", "By hand.")


@pytest.mark.parametrize(("name", "share"), [("0.5", 0.005), ("1", 0.01), ("2", 0.02), ("3", 0.03)])
def test_a_share_is_an_overlay_of_at_most_six_lines_that_changes_the_share(
    base: Resolved, name: str, share: float
) -> None:
    text = shipped()[f"share-{name}"].read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 6
    changed = differences(base, load(f"share-{name}"))
    assert changed == ([] if name == "1" else [("policy.security_share.share", "1 %", f"{name} %")])
    assert load(f"share-{name}").scenario.policy.security_share.share.value == share


def test_every_line_of_the_bare_scenario_says_which_switch_it_is() -> None:
    lines = shipped()["bare"].read_text(encoding="utf-8").splitlines()
    for above, line in zip(["", *lines], lines, strict=False):
        assert not line.strip() or "#" in line or above.lstrip().startswith("#"), line


# ------------------------------------------------------------------------------------------------ merging


def test_maps_are_merged_and_lists_and_values_replaced(tmp_path: Path, base: Resolved) -> None:
    path = write(
        tmp_path,
        "x.yaml",
        "extends: base\nname: X\nworld:\n  threat: {clusters: [100 %]}\n  operations: {teams: {SIN: 9}}\n",
    )
    scenario = load(path).scenario
    assert [share.text for share in scenario.world.threat.clusters] == ["100 %"]
    assert scenario.world.operations.teams["SIN"].whole == 9
    assert scenario.world.operations.teams["PUN"] == base.scenario.world.operations.teams["PUN"]


def test_a_chain_of_files_in_one_folder(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "extends: base\nname: A\nrun: {seed: 1, replications: 7}\n")
    write(tmp_path, "b.yaml", "extends: a.yaml\nname: B\nrun: {seed: 2}\n")
    resolved = load(str(tmp_path / "b.yaml"), sets=["run.seed=0", "run.seed=3"])
    assert (resolved.name, resolved.scenario.run.seed, resolved.scenario.run.replications) == ("B", 3, 7)
    assert [setting.text for setting in resolved.origins["run.seed"]] == ["2024", "1", "2", "0", "3"]
    why = explain(resolved, "run.seed").splitlines()
    assert why[0] == "run.seed" and why[1].startswith("  2024    scenarios/base.yaml:")
    assert why[2].endswith("a.yaml:3:7") and why[3].endswith("b.yaml:3:7")
    assert why[-1] == "  3    --set run.seed=3  <- in force"
    assert sum("in force" in row for row in why) == 1


def test_explain_takes_maps_and_names_the_nearest_key(base: Resolved) -> None:
    assert explain(base, "policy.security_share").count("in force") == 2
    assert "world.threat.clusters" in explain(base, "world.threat.clusters[0]")
    with pytest.raises(UserError, match=r"Did you mean world\.detection\.hazard"):
        explain(base, "world.detection.hasard")


def test_a_circle_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "extends: b.yaml\nname: A\n")
    write(tmp_path, "b.yaml", "extends: a.yaml\nname: B\n")
    with pytest.raises(ScenarioError, match=r"circle: .*a\.yaml -> .*b\.yaml -> .*a\.yaml"):
        load(str(tmp_path / "a.yaml"))
    write(tmp_path, "c.yaml", "extends: c.yaml\n")
    with pytest.raises(ScenarioError, match="circle"):
        load(str(tmp_path / "c.yaml"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../outside.yaml", "leads out of the folder"),
        ("/etc/hosts.yaml", "leads out of the folder"),
        ("link.yaml", "leads out of the folder"),
        ("nothing.yaml", "does not exist"),
        ("sub.yaml", "is a folder"),
        ("bsae", "Did you mean base?"),
        ("own", "The name of a file ends in .yaml."),
        ("[a, b]", "is no name"),
        ("", "is no name"),
    ],
)
def test_what_cannot_be_extended(tmp_path: Path, name: str, words: str) -> None:
    inner = tmp_path / "inner"
    (inner / "sub.yaml").mkdir(parents=True)
    write(tmp_path, "outside.yaml", "name: outside\n")
    write(inner, "own.yaml", "name: own\n")
    os.symlink(tmp_path / "outside.yaml", inner / "link.yaml")
    with pytest.raises(ScenarioError) as caught:
        load(write(inner, "x.yaml", f"extends: {name}\nname: X\n"))
    assert words in str(caught.value)
    assert caught.value.faults[0].key == "extends" and caught.value.faults[0].line == 1


def test_a_later_switch_leaves_nothing_behind(base: Resolved) -> None:
    resolved = load("base", sets=["world.preparation={law: exponential, mean: 9 days}"])
    assert resolved.dropped == ("world.preparation.shape",)
    assert resolved.scenario.world.preparation.shape is None
    assert "shape" not in resolved.tree["world"]["preparation"]
    assert "(dropped with law: lognormal)    --set" in explain(resolved, "world.preparation.shape")
    (note,) = resolved.notes
    assert "world.preparation.law is exponential, no longer lognormal, whose own shape: 0.6 went with it" in note


def test_what_stands_beside_its_switch_and_is_read_by_nothing_is_a_fault() -> None:
    faults = validate("base", ["world.preparation={law: exponential, mean: 3 days, shape: 2}"])
    assert [fault.key for fault in faults] == ["world.preparation.shape"]
    assert "because law is exponential" in str(faults[0])


@pytest.mark.parametrize(
    "text", ["run.seed", "=3", "run..seed=3", ".=1", "a." * 100 + "b=1", "extends=bare", "run.seed=[1", "run={<<: 1}"]
)
def test_a_set_that_is_none(text: str) -> None:
    faults = validate("base", [text])
    assert faults and all(fault.where == "--set" for fault in faults)


def test_standard_input_is_a_file_without_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def stdin(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode()), closed=False))

    stdin("extends: base\nname: From a pipe\nrun: {seed: 5}\n")
    resolved = load("-")
    assert (resolved.slug, resolved.ref, resolved.scenario.run.seed) == ("stdin", "-", 5)
    stdin("extends: other.yaml\n")
    with pytest.raises(ScenarioError, match=r"<stdin>, line 1, column 10: extends is other\.yaml, no"):
        load("-")


def test_a_file_that_may_not_be_read_is_a_fault_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "x.yaml", "extends: base\n")

    def closed(self: Path, *words: Any) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(layers.File, "open", closed)
    with pytest.raises(EnvironmentFault, match="permission denied"):
        load(path)


# ------------------------------------------------------------------------------------------------ asking


def test_the_resolved_text_loads_back_to_an_equal_scenario(tmp_path: Path) -> None:
    sets = [
        "name=کراچی <b>$x$</b> & 100 %",
        "world.preparation={law: weibull, mean: 90 days, shape: 2}",
        "world.lapse=1",
        "world.threat.lapse={value: 0.2 /year, low: 0.1 /year, high: 0.4 /year, law: lognormal, source: here}",
        "world.provinces.PUN.label='null'",
    ]
    resolved = load("base", sets=[*sets[:2], *sets[3:]])
    again = load(write(tmp_path, "again.yaml", resolved.text))
    assert again.scenario == resolved.scenario
    assert (again.text, again.digest, again.tree) == (resolved.text, resolved.digest, resolved.tree)
    assert again.name == "کراچی <b>$x$</b> & 100 %" and again.scenario.world.provinces["PUN"].label == "null"
    assert str(tmp_path) not in again.ref


def test_a_renamed_copy_differs_in_nothing(tmp_path: Path, base: Resolved) -> None:
    copy = load(write(tmp_path, "copy.yaml", base.text.replace("Base case, end of 2024", "Another name")))
    assert copy.name == "Another name"
    assert differences(base, copy) == []


def test_differences_go_by_value_not_by_words(base: Resolved) -> None:
    same = load("base", sets=["world.detection.hazard=0.90 /year", "policy.split.guards=52.0%"])
    assert differences(base, same) == []
    other = load(
        "base", sets=["world.detection.hazard={value: 0.9 /year, low: 0.5 /year, high: 2 /year, law: uniform}"]
    )
    assert [row[0] for row in differences(base, other)] == ["world.detection.hazard"]
    added = load("base", sets=["world.provinces.NEW={personnel: {}, plots: 0 /year, militants: 0}"])
    assert ("world.provinces.NEW.plots", "", "0 /year") in differences(base, added)
    assert ("world.provinces.NEW.plots", "0 /year", "") in differences(added, base)


def test_leaves_are_every_setting_with_unit_and_place(base: Resolved) -> None:
    found = {leaf.key: leaf for leaf in leaves(base)}
    assert len(found) > 300
    hazard = found["world.detection.hazard"]
    assert (hazard.text, hazard.unit, hazard.place.where) == ("0.9 /year", "/year", "scenarios/base.yaml")
    assert hazard.quantity == base.scenario.world.detection.hazard
    assert found["policy.sop.revisions[0].date"].text == "2024-06-01"
    assert found["world.threat.clusters"].text == "[85 %, 11 %, 4 %]"
    assert found["world.displacement.lambda"].quantity is not None
    assert found["policy.levers"].text == "[]"


def test_only_what_has_a_law_and_a_width_is_uncertain(base: Resolved) -> None:
    assert uncertain(base) == {}
    sets = [
        "world.threat.lapse={value: 0.2 /year, low: 0.1 /year, high: 0.4 /year, law: lognormal}",
        "world.trust.start={value: 60 %, low: 50 %, high: 70 %, reason: to be swept}",
        "world.protection.common_cause={value: 5 %, low: 5 %, high: 5 %, law: uniform}",
        "world.provinces.SIN.militants={value: 900, low: 300, high: 2500, law: lognormal, grade: D}",
    ]
    assert set(uncertain(load("base", sets=sets))) == {"world.threat.lapse", "world.provinces.SIN.militants"}


def test_drawn_values_take_the_place_of_written_ones_to_the_last_bit(base: Resolved) -> None:
    values = {
        "world.detection.hazard": math.pi / 1000,
        "world.protection.common_cause": 1 / 3,
        "world.budget.annual_outlay": 1e9 / 7,
        "world.stoppage.length.mean": math.e * 10,
        "world.displacement.outside_option": -1 / 7,
        "world.provinces.SIN.militants": 812.6,
        "world.displacement.lambda": 1e-9,
    }
    world = with_values(base, values).world
    assert world.detection.hazard.value == math.pi / 1000
    assert world.protection.common_cause.value == 1 / 3
    assert world.budget.annual_outlay.value == 1e9 / 7
    assert world.stoppage.length.mean.value == math.e * 10
    assert world.displacement.outside_option.value == -1 / 7
    assert world.provinces["SIN"].militants.whole == 813
    assert world.displacement.lambda_.value == 1e-9
    assert world.trust == base.scenario.world.trust
    assert with_values(base, {}) == base.scenario


def test_a_drawn_value_in_a_list(base: Resolved) -> None:
    resolved = load("base", sets=["world.threat.steps=[{date: 2021-08-15, factor: 1.5}]"])
    assert with_values(resolved, {"world.threat.steps[0].factor": 2.5}).world.threat.steps[0].factor.value == 2.5


def test_a_drawn_value_outside_its_bounds_is_refused_by_name_and_not_clipped(base: Resolved) -> None:
    with pytest.raises(ScenarioError, match=r"drawn value: world\.trust\.start is 120 %"):
        with_values(base, {"world.trust.start": 1.2})
    with pytest.raises(UserError, match=r"world\.detection\.mode is no number"):
        with_values(base, {"world.detection.mode": 1.0})
    with pytest.raises(UserError, match="not a finite number"):
        with_values(base, {"world.trust.start": math.nan})


def test_a_fault_with_a_key_only_can_be_placed(base: Resolved) -> None:
    fault = placed(base, Fault(where="scenario", key="world.operations.success", problem="is 3"))
    assert fault.where == "scenarios/base.yaml" and fault.line > 0 and "success" in fault.shown
    assert placed(base, Fault(where="scenario", problem="is odd")).where == "base"


# ------------------------------------------------------------------------------------------------ folder names


@pytest.mark.parametrize(
    ("ref", "slug"),
    [
        ("base", "base"),
        ("scenarios/share-0.5.yaml", "share-0.5"),
        ("./scenarios/share-1.yaml", "share-1"),
        ("mine.yaml", "mine"),
        ("-", "stdin"),
    ],
)
def test_plain_references_give_their_name(ref: str, slug: str, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.chdir(root)
    assert slug_of(ref) == slug


def test_other_references_give_safe_and_different_names() -> None:
    refs = ["کراچی.yaml", "لاہور.yaml", "a b.yaml", "a-b.yaml", "x/mine.yaml", "y/mine.yaml", "Mine.yaml", "mine.yml"]
    refs += ["$(rm).yaml", "<b>.yaml", "...yaml", ".yaml", "base.yaml", "stdin.yaml", "con\0.yaml", "x" * 300 + ".yaml"]
    slugs = [slug_of(ref) for ref in refs]
    assert len(set(slugs)) == len(slugs)
    for slug in slugs:
        assert (
            slug.isascii() and slug and len(slug) < 80 and set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-._")
        )
        assert slug[0] not in "-."
    assert not {"base", "stdin", "mine"} & set(slugs)


# ---------------------------------------------------------------------------------------------- keys of old files


@pytest.mark.parametrize("key", REMOVED)
def test_a_key_that_was_removed_is_named_with_its_line_and_what_to_do(key: str, tmp_path: Path) -> None:
    *above, last = key.split(".")
    lines = [f"{'  ' * depth}{name}:" for depth, name in enumerate(above)] + [f"{'  ' * len(above)}{last}: 3"]
    file = tmp_path / "old.yaml"
    file.write_text("\n".join(["extends: base", *lines, ""]), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(str(file))
    (fault,) = caught.value.faults
    assert (fault.key, fault.line, fault.where.endswith("old.yaml")) == (key, 1 + len(lines), True)
    assert (
        str(fault)
        .splitlines()[0]
        .endswith(f"{key} was removed: candidates come in strips of intensity now and need no ceiling; delete it.")
    )
    with pytest.raises(ScenarioError, match=f"--set: {key} was removed"):
        load("base", sets=[f"{key}=3"])


def test_another_unknown_key_is_still_told_as_one() -> None:
    with pytest.raises(ScenarioError, match=r"world\.threat\.stock_celing is no key that anything reads"):
        load("base", sets=["world.threat.stock_celing=3"])
