"""Typed keys: a misspelling passes neither the type checker nor the run; what is looked at is recorded."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simcpec.errors import ScenarioError
from simcpec.model import modes
from simcpec.scenario import leaves, load
from simcpec.scenario.building.build import TICKS_PER_DAY, build
from simcpec.scenario.building.context import build_context
from simcpec.scenario.building.levers.active_levers import BY_AMOUNT, CAPACITY, FORCE, REFRESH, YEARLY
from simcpec.scenario.building.levers.lever_targets import FORCED, TARGETS
from simcpec.scenario.building.scenario_reader import ScenarioReader, at, item
from simcpec.scenario.reading.nodes import path_of
from simcpec.scenario.resolved import Resolved
from simcpec.scenario.schema.keys import KEYS, dotted_at, key_of, path_at
from simcpec.scenario.schema.maps import Block
from simcpec.scenario.schema.policy_block import LeverBlock
from simcpec.scenario.schema.removed_keys import REMOVED
from simcpec.scenario.schema.scenario_block import Scenario, keys_of, step_into

TOP = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def base() -> Resolved:
    """The base case with one lever."""
    return load("base", sets=["policy.levers=[{lever: ibo_teams}]"])


@pytest.fixture
def reader(base: Resolved) -> ScenarioReader:
    """A reader that has read nothing but the names of its axes."""
    return ScenarioReader(base.scenario, root=base.root)


# ------------------------------------------------------------------------------------------------ misspellings

MISSPELT = (
    "reader.world.protection.compliance.decya",
    "reader.policy.operations.temas",
    "reader.world.provinces['SIN'].polts",
    "reader.policy.levers[0].sahre",
    "at(reader.policy.levers[0]).form",
    "KEYS.world.operations.taems",
    "KEYS.run.horizn",
    "key_of(LeverBlock).enabld",
)
SOUND = (
    "reader.world.protection.compliance.decay",
    "reader.world.operations.teams['SIN'].whole",
    "at(reader.policy.levers[0]).from_",
    "KEYS.world.operations.teams",
)


@pytest.mark.slow
def test_a_misspelt_key_does_not_pass_the_type_checker(tmp_path: Path) -> None:
    lines = [
        "from simcpec.scenario.building.scenario_reader import ScenarioReader, at",
        "from simcpec.scenario.schema.keys import KEYS, key_of",
        "from simcpec.scenario.schema.policy_block import LeverBlock",
        "def read(reader: ScenarioReader) -> None:",
        *(f"    {expression}" for expression in (*SOUND, *MISSPELT)),
    ]
    file = tmp_path / "misspelt.py"
    file.write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--no-pretty", str(file)]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=240, check=False)
    faults = re.findall(r"misspelt\.py:(\d+): error: .*\[attr-defined\]", done.stdout)
    first = 5 + len(SOUND)
    assert [int(line) for line in faults] == list(range(first, first + len(MISSPELT))), done.stdout + done.stderr
    assert done.stdout.count("error:") == len(MISSPELT)


@pytest.mark.parametrize("expression", MISSPELT)
def test_a_misspelt_key_does_not_run(reader: ScenarioReader, expression: str) -> None:
    names = {"reader": reader, "at": at, "KEYS": KEYS, "key_of": key_of, "LeverBlock": LeverBlock}
    with pytest.raises(AttributeError, match=f"has no key {expression.rsplit('.')[-1]}$"):
        eval(expression, names)


@pytest.mark.parametrize("expression", SOUND)
def test_a_key_of_the_schema_runs(reader: ScenarioReader, expression: str) -> None:
    assert eval(expression, {"reader": reader, "at": at, "KEYS": KEYS}) is not None


def test_no_builder_reads_a_key_by_its_name() -> None:
    files = sorted((TOP / "simcpec" / "scenario").glob("building/**/*.py"))
    for file in (path for path in files if path.name != "bounds.py"):  # its faults name the keys to raise
        named = re.findall(r"""f?["'](?:world|policy|run)\.[^"'\s]*["']""", file.read_text())
        assert not named, f"{file.name}: {named}"


def test_a_handle_that_is_misspelt_does_not_run(base: Resolved) -> None:
    (one,) = build_context(ScenarioReader(base.scenario), TICKS_PER_DAY).instruments
    assert one.of("capacity_operations") == one.moves
    with pytest.raises(KeyError, match="capacity_operation"):
        one.of("capacity_operation")


def test_every_handle_that_the_builders_name_is_one() -> None:
    named = {REFRESH, FORCE, *YEARLY, *BY_AMOUNT, *FORCED, *(CAPACITY + name for name in modes.INSTRUMENTS)}
    source = (TOP / "simcpec" / "scenario").glob("building/**/*.py")
    named |= {name for file in source for name in re.findall(r"""\.of\("([a-z_]+)"\)""", file.read_text())}
    named |= {name for file in source for name in re.findall(r"""move\.of == "([a-z_]+)\"""", file.read_text())}
    assert named <= set(TARGETS)


def texts() -> Iterator[tuple[str, str]]:
    """File and text of every string of the package, docstrings too; what is filled in stands as ``x``."""
    for file in sorted((TOP / "simcpec").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
                yield str(file.relative_to(TOP)), "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield str(file.relative_to(TOP)), node.value


def test_every_dotted_key_in_a_text_of_the_package_is_one_of_the_schema() -> None:
    found, wrong = 0, []
    for file, text in texts():
        for key in re.findall(r"(?<![\w./*])(?:world|policy|run)(?:\.[a-zA-Z_]+|\[x\])+(?![\w./(*])", text):
            found += 1
            if key != "run.json" and key not in REMOVED and not in_schema(key.partition(".x")[0]):
                wrong.append(f"{file} names {key}, which no scenario has")
    assert not wrong, "\n".join(wrong)
    assert found > 100
    assert not [key for key in REMOVED if in_schema(key)]


def test_what_the_checks_of_levers_read_is_a_key_of_a_lever() -> None:
    known, found = set(keys_of(LeverBlock)), set()
    for name in ("lever_entries.py", "inactive_settings.py"):
        text = (TOP / "simcpec" / "scenario" / name).read_text()
        found |= {key for key in re.findall(r"""(?:item|table)(?:\.get\(|\[)"([a-z_]+)\"""", text)}
    assert found <= known
    assert {"lever", "enabled", "moves", "from", "to", "share"} <= found


# ------------------------------------------------------------------------------------------------ keys


def test_every_key_of_the_schema_can_be_named_and_stands_where_its_name_says() -> None:
    seen = set()

    def walk(block: type[Block], key: Any) -> None:
        for name, (written, field) in zip(block.model_fields, keys_of(block).items(), strict=True):
            inner = getattr(key, name)
            assert path_at(inner) == (*path_at(key), written)
            seen.add(dotted_at(inner))
            shape = step_into(block, written)
            below = step_into(shape, "x")
            if isinstance(shape, type) and issubclass(shape, Block):
                walk(shape, inner)
            elif isinstance(below, type) and issubclass(below, Block):
                walk(below, inner[0 if "list" in str(field.annotation) else "x"])

    walk(Scenario, KEYS)
    assert {"world.displacement.lambda", "policy.levers[0].from", "world.provinces.x.plots"} <= seen
    assert len(seen) > 200


def test_only_a_key_is_a_key(reader: ScenarioReader) -> None:
    with pytest.raises(TypeError, match="is no key of a scenario"):
        reader.error(reader.world.threat.lapse, "is wrong")
    with pytest.raises(KeyError, match=r"world\.threat\.lapse is no map or list"):
        item(KEYS.world.threat.lapse, "SIN")  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ what is recorded


def test_what_is_looked_at_is_recorded_and_nothing_else(reader: ScenarioReader) -> None:
    reader.reads.keys.clear()
    world, lever = reader.world, reader.policy.levers[0]
    assert world.displacement.lambda_.value == 1.0
    assert reader.by_province(world.operations.teams)[1] > 0
    assert "ibo_teams" in lever.lever
    assert lever.from_ is None
    assert "SIN" in world.operations.arrests
    provinces = {f"world.operations.teams.{name}" for name in reader.provinces}
    assert reader.reads.all == {
        "world.displacement.lambda", "world.operations.teams", *provinces, "policy.levers", "policy.levers[0].lever",
        "policy.levers[0].from", "world.operations.arrests",
    }  # fmt: skip


def test_a_law_that_is_switched_off_reads_no_mean(base: Resolved) -> None:
    reader = ScenarioReader(load("base", sets=["world.operations.patience={law: never}"]).scenario)
    assert reader.law(reader.world.operations.patience)[1] == float("inf")
    assert "world.operations.patience.mean" not in reader.reads.all


def test_a_mechanism_that_is_off_reads_none_of_its_numbers() -> None:
    read = build(load("base", sets=["world.protection.insider.mode=off", "policy.surge.mode=off"])).keys_read
    assert not {f"world.protection.insider.{name}" for name in ("onset", "found", "ceiling")} & read
    assert "policy.surge.units" not in read
    assert "world.protection.insider.mode" in read


def test_every_setting_that_was_read_is_one_of_the_file(base: Resolved) -> None:
    read = build(base).keys_read
    known = {leaf.key for leaf in leaves(base)}
    for key in read - known:  # lists, maps, and keys that this file leaves out
        assert in_schema(key), key
    assert len(read & known) > 150


def in_schema(key: str) -> bool:
    """Whether the schema has a key."""
    found: Any = KEYS
    for step in path_of(key):
        if isinstance(step, int) or step_into(found._shape, step) is None:
            try:
                found = found[step]
            except KeyError:
                return False
        else:
            found = type(found)((*found._path, step), step_into(found._shape, step))
    return True


# ------------------------------------------------------------------------------------------------ faults


def test_a_fault_names_the_key_and_its_place(reader: ScenarioReader, base: Resolved) -> None:
    fault = reader.fault(at(reader.world.threat.drift).every, "is wrong")
    assert (fault.key, fault.where) == ("world.threat.drift.every", "scenarios/base.yaml")
    assert "every" in fault.shown
    fault = reader.fault(item(at(reader.policy.levers[0]).moves, "teams"), "is wrong")
    assert (fault.key, fault.where) == ("policy.levers[0].moves.teams", "--set")
    bare = ScenarioReader(base.scenario).fault(KEYS.world.provinces["SIN"].militants, "is wrong")
    assert (bare.key, bare.where) == ("world.provinces.SIN.militants", "scenario")


def test_what_is_required_and_not_there_is_told(reader: ScenarioReader) -> None:
    with pytest.raises(ScenarioError, match=r"policy\.levers\[0\]\.share is missing"):
        reader.required(at(reader.policy.levers[0]).share)
    assert reader.required(at(reader.policy.security_share).share).value == 0.01
