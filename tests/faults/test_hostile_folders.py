"""A stored folder is data: whatever somebody writes into one and seals again, it is refused or read, never obeyed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simcpec.cli import main
from simcpec.errors import Refused
from simcpec.experiments.study import study
from simcpec.reporting.page.observed import observed
from simcpec.storage import output_folder, study_folder, study_reader
from simcpec.storage.csv_tables import scenario_files, study_files
from simcpec.verification.replay import replay
from tests.support.sealing import edit, seal

SLUG = "share-2"
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenarios, two draws with sums beside the rows, and fates: every kind of file there is."""
    found = study(
        ["share-1", SLUG], sets=("run.horizon=20 days", "run.warm_up=0 days"), draws=2, replications=3, rows=4, seed=0
    )
    return study_folder.write(found, tmp_path_factory.mktemp("stored") / "x")


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "x"))


def test_sealing_an_unchanged_folder_again_changes_nothing(folder: Path) -> None:
    """The control: what the tests below refuse is not refused for its seal."""
    assert study_reader.read(seal(folder)).scenarios[1].aggregates is not None


# ------------------------------------------------------------------------------------------------ names that are obeyed


def test_a_folder_names_no_module_to_import(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sys.modules.pop("this", None)
    seal(folder, lambda manifest: manifest.update(engine="this:zen"))
    words = ["replay", str(folder), "--scenario", SLUG, "--draw", "1", "--replication", "0"]
    assert main(words) == 4
    assert "this" not in sys.modules
    said = capsys.readouterr()
    assert "this:zen, which is none of simcpec (compiled, reference)" in said.err and said.out == ""
    assert main([*words, "--engine", "compiled"]) == 0  # the person's own command line names one


def test_a_person_may_name_an_engine_of_theirs(folder: Path) -> None:
    kept = study_reader.read(folder)
    found = replay(kept, folder, slug=SLUG, draw=1, replication=0, engine="simcpec.engines.compiled:simulate")
    assert found.compared > 0 and found.unequal == ()


@pytest.mark.parametrize("text", ["extends: base\n", "extends: other.yaml\n", "world: [\n", DEEP, "name: only\n"])
def test_a_stored_scenario_reads_no_other_file_and_is_refused_where_it_is_none(folder: Path, text: str) -> None:
    path = folder / SLUG / "scenario.yaml"
    path.write_text(text + (path.read_text(encoding="utf-8") if text.startswith("extends") else ""), encoding="utf-8")
    (folder / SLUG / "other.yaml").write_text("name: other\n", encoding="utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    seal(folder, lambda manifest: manifest["inputs"][SLUG].update(resolved=digest))
    with pytest.raises(Refused, match=r"scenario\.yaml is not what simcpec writes"):
        replay(study_reader.read(folder), folder, slug=SLUG, draw=1, replication=0, engine="reference")


@pytest.mark.parametrize("slug", ["../evil", "/tmp/evil", "a/b", "..", ".", "", "A", "a\nb", "share-2\x00"])
def test_the_name_of_a_scenario_is_no_path(folder: Path, slug: str) -> None:
    shutil.copytree(folder / SLUG, folder.parent / "evil")
    edit(folder.parent / "evil" / "result.json", lambda record: record.update(slug=slug))
    edit(folder / "study.json", lambda record: record.update(scenarios=["share-1", slug]))
    seal(folder, lambda manifest: manifest["inputs"].update({slug: manifest["inputs"].pop(SLUG)}))
    with pytest.raises(Refused, match="not what simcpec writes"):
        study_reader.read(folder)


def test_a_record_of_another_scenario_does_not_choose_where_files_go(folder: Path) -> None:
    edit(folder / SLUG / "result.json", lambda record: record.update(slug="../../evil"))
    with pytest.raises(Refused, match="slug"):
        study_reader.read(seal(folder))
    edit(folder / SLUG / "result.json", lambda record: record.update(slug="share-1"))
    with pytest.raises(Refused, match="is of another scenario"):
        study_reader.read(seal(folder))


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf ~", "simcpec run base; rm -rf ~", "simcpec run $(id)", "simcpec run `id`", "simcpec run base > x",
        "simcpec compare base 'a", "simcpec run base --out /tmp/x", "simcpec run base --force", "simcpec doctor",
        "simcpec run base -o x", "simcpec run base\nid", "simcpec compare base x --engine os:system", "simcpec", "",
    ],
)  # fmt: skip
def test_a_command_that_people_may_paste_runs_simcpec_and_nothing_else(folder: Path, command: str) -> None:
    with pytest.raises(Refused, match="command"):
        study_reader.read(seal(folder, lambda manifest: manifest.update(command=command)))
    failure = {"kind": "EngineError", "message": "", "exceeded": None}
    failed = {"draw": 1, "replication": 0, "failure": failure, "replay": command}
    edit(folder / SLUG / "result.json", lambda record: record["failed"].append(failed))
    with pytest.raises(Refused, match="command"):
        study_reader.read(seal(folder, lambda manifest: manifest["inputs"][SLUG].update(failed=1)))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no links and pipes")
def test_links_and_pipes_are_not_followed(folder: Path) -> None:
    target = folder.parent / "secret"
    shutil.move(folder / SLUG / "scenario.yaml", target)
    (folder / SLUG / "scenario.yaml").symlink_to(target)
    with pytest.raises(Refused, match=r"was changed since it was written: share-2/scenario\.yaml"):
        study_reader.read(seal(folder))
    (folder / SLUG / "scenario.yaml").unlink()
    os.mkfifo(folder / SLUG / "scenario.yaml")
    seal(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    edit(folder / "manifest.json", lambda m: m["outputs"].update({f"{SLUG}/scenario.yaml": ""}))
    with pytest.raises(Refused, match="was changed"):
        study_reader.read(folder)
    assert manifest["inputs"]


# ------------------------------------------------------------------------------------------------ what nobody writes

CONTENTS = {
    "deep": (DEEP, "nests too deeply"),
    "deep maps": ('{"a":' * 20 + "1" + "}" * 20, "nests too deeply"),
    "a key twice": ('{"slug": "a", "slug": "b"}', "has the key slug twice"),
    "nan": ('{"slug": NaN}', "not finite"),
    "infinity": ('{"slug": -Infinity}', "not finite"),
    "overflow": ('{"slug": 1e999}', "not finite"),
    "a square that overflows": ('{"slug": -1e200}', "not finite, or absurd"),
    "a huge number": ('{"slug": ' + "9" * 100_000 + "}", "no int64"),
    "beyond 64 bits": ('{"slug": 9223372036854775808}', "no int64"),
    "half a character": ('{"slug": "\\ud800"}', "half a character"),
    "a list": ("[]", "not what simcpec writes"),
    "nothing": ("", "is no JSON"),
    "no text": ("\udcff", "is no text in UTF-8"),
}


@pytest.mark.parametrize("file", ["study.json", f"{SLUG}/result.json", f"{SLUG}/aggregates.json"])
@pytest.mark.parametrize("name", CONTENTS)
def test_json_that_nobody_writes_is_refused_by_name(folder: Path, file: str, name: str) -> None:
    content, said = CONTENTS[name]
    (folder / file).write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(Refused) as told:
        study_reader.read(seal(folder))
    assert file in str(told.value) and (said in str(told.value) or file.endswith("aggregates.json"))
    assert len(str(told.value)) < 500


@pytest.mark.parametrize("name", CONTENTS)
def test_a_manifest_that_nobody_writes_is_refused_by_all_who_read_it(folder: Path, name: str) -> None:
    (folder / "manifest.json").write_text(CONTENTS[name][0], encoding="utf-8", errors="surrogateescape")
    for asked in (lambda: study_reader.read(folder), lambda: output_folder.probe(folder, force=True)):
        with pytest.raises(Refused):
            asked()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("fates.csv", b"scenario,what", b"scenario,when"),
        ("fates.csv", b"share-2,", b"share-9,"),
        ("fates.csv", b"attacks,", b"assaults,"),
        ("fates.csv", b"\n", b"\n" + b"x" * 200_000 + b"\n"),
        (f"{SLUG}/draws.csv", b"\n1,", b"\n1,1,"),
        (f"{SLUG}/draws.csv", b"\n1,", b"\n7,"),
        (f"{SLUG}/draws.csv", b"\n", b'\n"open'),
        (f"{SLUG}/draws.csv", b"\n", b"\n\xff"),
        (f"{SLUG}/cells.csv", b",0\n", b",nan\n"),
        (f"{SLUG}/cells.csv", b",0\n", b",-1\n"),
        (f"{SLUG}/cells.csv", b"draw,", b"x" * 200_000 + b","),
        (f"{SLUG}/costs.csv", b".", b"e999."),
        (f"{SLUG}/movements.csv", b"\n1,", b"\n1,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n1,"),
    ],
)
def test_a_table_that_nobody_writes_is_refused_by_name(folder: Path, file: str, old: bytes, new: bytes) -> None:
    content = (folder / file).read_bytes()
    assert old in content
    (folder / file).write_bytes(content.replace(old, new, 1))
    with pytest.raises(Refused, match=Path(file).name):
        study_reader.read(seal(folder))


@pytest.mark.parametrize("shape", [[0, 1 << 62], [0] * 70, [1 << 40, 0, 1 << 40]])
def test_an_array_that_cannot_be_is_refused(folder: Path, shape: list[int]) -> None:
    empty = {"type": "int64", "shape": shape, "values": []}
    edit(folder / SLUG / "result.json", lambda record: record["plan"].update(lever_cost=empty))
    with pytest.raises(Refused, match=r"result\.json has"):
        study_reader.read(seal(folder))


@pytest.mark.parametrize("value", ["many", "nan", "1e999", ""])
def test_a_record_of_ones_own_that_holds_no_number_is_refused(folder: Path, value: str) -> None:
    def change(record: dict[str, Any]) -> None:
        empty = dict.fromkeys(("unit", "source", "grade", "catalogue_id"), "") | {"changed": False}
        codes = ", ".join(record["axes"]["provinces"])
        kept = [one for one in record["settings"] if not one["key"].startswith("world.record")]
        own = {"world.record.provinces": f"[{codes}]", "world.record.attacks": value}
        record["settings"] = kept + [{**empty, "key": key, "value": text} for key, text in own.items()]

    for slug in ("share-1", SLUG):
        edit(folder / slug / "result.json", change)
    with pytest.raises(Refused, match=r"result\.json is not what simcpec writes: world\.record\.attacks"):
        observed(study_reader.read(seal(folder)))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(folder: Path) -> None:
    with (folder / "manifest.json").open("r+b") as file:
        file.truncate((1 << 26) + 1)  # a hole; no byte of it is on the disk
    with pytest.raises(Refused, match=r"manifest\.json is .* larger than 64 MiB"):
        study_reader.read(folder)


# ------------------------------------------------------------------------------------------------ anything at all

VALUES = (None, True, -1, 0, 10**9, 1e308, -0.5, "", "x", "../x", "\x1b[2J", [], {}, [[]], {"a": 1}, [None, "x", 3])


def places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and item, at most a few of each list."""
    listed = list(enumerate(content))[:3] if isinstance(content, list) else []
    for key, value in content.items() if isinstance(content, dict) else listed:
        yield (*path, key)
        yield from places(value, (*path, key))


def mutated(content: Any, chance: random.Random) -> Callable[[Any], None]:
    """Put something else at, or take away, one place of a content."""
    *path, last = chance.choice(list(places(content)))
    value, away = chance.choice(VALUES), chance.random() < 0.2

    def change(content: Any) -> None:
        for step in path:
            content = content[step]
        if away:
            del content[last]
        else:
            content[last] = value

    return change


@pytest.mark.parametrize("file", ["manifest.json", "study.json", f"{SLUG}/result.json", f"{SLUG}/aggregates.json"])
def test_any_value_in_any_place_is_read_or_refused(original: Path, folder: Path, file: str) -> None:
    """A few changes here; `SIMCPEC_HOSTILE_CHANGES` asks for more, `SIMCPEC_HOSTILE_SEED` for others."""
    chance = random.Random(f"{os.environ.get('SIMCPEC_HOSTILE_SEED', '')} {file}")
    whole = json.loads((original / file).read_text(encoding="utf-8"))
    refused = 0
    for _ in range(int(os.environ.get("SIMCPEC_HOSTILE_CHANGES", "8"))):
        change = mutated(whole, chance)
        if file == "manifest.json":
            seal(folder, change)
        else:
            edit(folder / file, change)
            seal(folder)
        try:
            found = study_reader.read(folder)
            study_files(found)
            [scenario_files(result) for result in found.scenarios]
        except Refused:
            refused += 1
        shutil.copy(original / file, folder / file)
        shutil.copy(original / "manifest.json", folder / "manifest.json")
    assert refused > 0
