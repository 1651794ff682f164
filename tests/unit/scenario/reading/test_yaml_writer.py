"""What `resolve` prints, read and written by a plain YAML library, is still the same scenario."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from simcpec.errors import ScenarioError
from simcpec.scenario import differences, load
from simcpec.scenario.reading.nodes import MapNode, Place, Scalar
from simcpec.scenario.reading.yaml_reader import read_bytes
from simcpec.scenario.reading.yaml_writer import dump

PLACE = Place("x")


def rewritten(folder: Path, text: str, *, sort: bool) -> str:
    """The path of a file that a plain library wrote again."""
    path = folder / "again.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(text), sort_keys=sort), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("sort", [False, True])
@pytest.mark.parametrize(
    "name", ["base", "bare", "history-2021-2024", "own-guards", "theory/costs", "theory/fire-water"]
)
def test_a_plain_library_keeps_a_resolved_scenario(tmp_path: Path, name: str, sort: bool) -> None:
    resolved = load(name)
    again = load(rewritten(tmp_path, resolved.text, sort=sort))
    assert differences(resolved, again) == []
    assert again.name == resolved.name
    if not sort:
        assert again.scenario.provinces == resolved.scenario.provinces


#: texts, and what a reader of YAML 1.1 takes them for
ODD = [
    "NO",
    "on",
    "Off",
    "yes",
    "n",
    "y",
    "1:30",
    "12:30:45",
    "017",
    "0x1F",
    "1_000",
    "2024-1-5",
    "2024-01-05 10:00:00",
]
ODD += [
    "<<",
    "=",
    "~",
    "null",
    "true",
    "1e5",
    "1.0e+5",
    ".5",
    "0.1000000000000000055",
    ".inf",
    "- x",
    "a: b",
    "#x",
    "x #y",
]
ODD += ["0b11", "+12", "-0", "2024-01-05", "  padded ", "کراچی", "a\tb"]


@pytest.mark.parametrize("text", ODD)
def test_a_text_is_the_same_after_a_plain_library(tmp_path: Path, text: str) -> None:
    name = Scalar(text, False, PLACE)
    keys = ["name", text] if text[0].isalpha() else ["name"]  # the names of a scenario begin with a letter
    root = MapNode(dict.fromkeys(keys, name), dict.fromkeys(keys, PLACE), PLACE)
    written = yaml.safe_dump(yaml.safe_load(dump(root)), allow_unicode=True, sort_keys=False)
    again, faults = read_bytes(written.encode(), "x")
    assert faults == [] and list(again.entries) == list(root.entries)
    found = again.entries["name"]
    assert isinstance(found, Scalar) and found.data == text


@pytest.mark.parametrize("text", ["017", "1_0", "5e-7", "1.0e+2", "0.30", "0.1000000000000000055511151231257827"])
def test_a_number_has_the_same_value_after_a_plain_library(tmp_path: Path, text: str) -> None:
    try:
        resolved = load("base", sets=[f"world.backlash={{world: custom, per_death: {text}}}"])
    except ScenarioError:
        assert text == "1_0"  # which is no number here
        return
    again = load(rewritten(tmp_path, resolved.text, sort=True))
    assert again.scenario.world.backlash.per_death.exact == resolved.scenario.world.backlash.per_death.exact


def test_names_that_a_plain_library_takes_for_truth_values(tmp_path: Path) -> None:
    """A province NO and a cohort on, wherever they stand."""
    text = load("base").text.replace("GB", "NO").replace("scattered", "yes")
    (tmp_path / "no.yaml").write_text(text, encoding="utf-8")
    resolved = load(str(tmp_path / "no.yaml"))
    assert '"NO":' in resolved.text and '- "NO"' in resolved.text and "mode: off" in resolved.text
    again = load(rewritten(tmp_path, resolved.text, sort=True))
    assert differences(resolved, again) == []
    unquoted = text.replace('"NO"', "NO").replace('"yes"', "yes")
    with pytest.raises(ScenarioError, match="such a key stands in quotes"):
        load(rewritten(tmp_path, unquoted, sort=True))


def test_an_overlay_may_be_written_by_a_plain_library(tmp_path: Path) -> None:
    forces = "{spu: drop, ssd: {strength: {replace: true, SIN: 5}}}"
    text = f"extends: base\nworld: {{forces: {forces}, detection: {{mode: off}}}}\n"
    scenario = load(rewritten(tmp_path, text, sort=True)).scenario
    assert "spu" not in scenario.world.forces and scenario.world.detection.mode == "off"
    assert scenario.world.forces["ssd"].strength["PUN"].whole == 0
