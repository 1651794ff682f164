"""The folder of a study: whole or absent, the same bytes every time, and read back to the last bit."""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec.analysis.study_analysis import analysed
from simcpec.errors import EnvironmentFault, Refused
from simcpec.model.outcome import CELL_COUNTS
from simcpec.results.failure import Failure
from simcpec.results.records import Change, FailedReplication, Parameters, Setting, Study
from simcpec.storage import atomic_replace
from simcpec.storage import output_folder as folders
from simcpec.storage.csv_tables import COUNT_TABLES
from simcpec.storage.output_folder import probe
from simcpec.storage.study_folder import EXCEL, PLAIN, csv_of, write
from simcpec.storage.study_reader import read


@pytest.fixture
def study(make_result) -> Study:
    setting = Setting(
        key="policy.security_share.share", value="2", unit="%", changed=True, source="=HYPERLINK(1)", grade="D",
        catalogue_id="",
    )  # fmt: skip
    failure = Failure("EngineError", 'too many, "so"\nmany')
    failed = FailedReplication(draw=2, replication=9, failure=failure, replay="simcpec replay")
    base = make_result(
        seed=1, draws=2, replications=3, slug="base", name="پاکستان <b>$x$</b>", draw_numbers=(1, 2),
        parameters=Parameters(keys=("a", "b"), units=("", "per day"), values=np.array([[0.1, 1 / 3], [1e-9, 2.0]])),
    )  # fmt: skip
    other = make_result(
        seed=2, draws=2, replications=3, slug="two", settings_table=(setting,), failed=(failed,), draw_numbers=(1, 2),
        exposures=np.array([[1e3, 1 / 3], [2e3, 7.0]]), parameters=Parameters(values=np.zeros((2, 0))),
    )  # fmt: skip
    change = Change(key=setting.key, old="1 %", new="2 %", usd_per_year_old=25.2e6, usd_per_year_new=50.4e6)
    return Study(
        scenarios=(base, other), baseline=0, changes=((), (change,)), seed=0, engine="reference",
        command="simcpec compare base two", software={"simcpec": "0.1.0"}, draws=2, replications=4,
    )  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def same(a: Any, b: Any) -> bool:
    """Equal to the last bit, arrays and records included."""
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def test_what_is_written_is_read_back_to_the_last_bit(study: Study, tmp_path: Path) -> None:
    assert write(study, tmp_path / "out") == tmp_path / "out"
    found = read(tmp_path / "out")
    assert found.manifest["digest"]
    assert same(replace(found, manifest=study.manifest), analysed(study))
    cell = study.scenarios[0].cell.copy()
    cell[-1, -1, -1, -1, -1, -1, CELL_COUNTS.index("expected_breaches")] += 1e-17
    nearly = replace(study, scenarios=(replace(study.scenarios[0], cell=cell), study.scenarios[1]))
    moved = np.nextafter(study.scenarios[0].costs, np.inf)
    assert same(nearly, study) == np.array_equal(cell, study.scenarios[0].cell)
    assert not same(replace(study.scenarios[0], costs=moved), study.scenarios[0])  # the control: one bit is seen


def test_the_same_study_gives_the_same_bytes(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(study, tmp_path / "a")
    monkeypatch.setenv("TZ", "Asia/Karachi")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    time.tzset()
    write(study, tmp_path / "deeper" / "b")
    monkeypatch.undo()
    time.tzset()
    assert contents(tmp_path / "a") == contents(tmp_path / "deeper" / "b")
    write(replace(study, seed=1), tmp_path / "c")
    assert contents(tmp_path / "a") != contents(tmp_path / "c")


def test_the_order_of_arguments_changes_no_file_of_a_scenario(study: Study, tmp_path: Path) -> None:
    turned = replace(study, scenarios=study.scenarios[::-1], baseline=1, changes=study.changes[::-1])
    write(study, tmp_path / "a")
    write(turned, tmp_path / "b")
    for slug in ("base", "two"):
        assert contents(tmp_path / "a" / slug) == contents(tmp_path / "b" / slug)
    assert (tmp_path / "a" / "differences.csv").read_bytes() == (tmp_path / "b" / "differences.csv").read_bytes()
    assert [result.slug for result in read(tmp_path / "b").scenarios] == ["two", "base"]


def test_wall_time_is_told_but_not_digested(study: Study, tmp_path: Path) -> None:
    write(study, tmp_path / "a", timing={"seconds": 12.5, "jobs": 2})
    write(study, tmp_path / "b", timing={"seconds": 99.0, "jobs": 1})
    a, b = (json.loads((tmp_path / name / "manifest.json").read_text(encoding="utf-8")) for name in "ab")
    assert a["timing"] == {"seconds": 12.5, "jobs": 2} and b["timing"]["jobs"] == 1
    assert a["digest"] == b["digest"] and a["outputs"] == b["outputs"]
    assert str(tmp_path) not in json.dumps(a)


def test_every_file_is_named_with_its_digest_and_the_report_too(study: Study, tmp_path: Path) -> None:
    seen: list[Study] = []

    def render(given: Study, hidden: Path) -> None:
        seen.append(given)
        (hidden / "figures").mkdir()
        (hidden / "figures" / "fan.svg").write_bytes(b"<svg/>")

    write(study, tmp_path / "out", render=render)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    files = set(contents(tmp_path / "out"))
    assert set(manifest["outputs"]) == files - {"manifest.json"}
    assert {"figures/fan.svg", "base/cells.csv", "two/scenario.yaml", "summary.csv", "differences.csv"} <= files
    assert seen[0].manifest["inputs"]["base"]["path"] == "made.yaml"


def test_tables_marked_for_spreadsheets_read_back_and_keep_their_digests(study: Study, tmp_path: Path) -> None:
    plain, marked = (contents(write(study, tmp_path / csv, csv=csv)) for csv in (PLAIN, EXCEL))
    tables = {path for path in plain if path.endswith(".csv")}
    assert {"summary.csv", "two/cells.csv", "two/draws.csv", "two/settings.csv"} <= tables
    assert {path for path in marked if marked[path] != plain[path]} == {*tables, "manifest.json"}
    assert all(marked[path] == b"\xef\xbb\xbf" + plain[path] for path in tables)
    again = read(tmp_path / EXCEL)
    assert csv_of(again) == EXCEL and csv_of(read(tmp_path / PLAIN)) == PLAIN
    assert contents(write(again, tmp_path / "back")) == plain


@pytest.mark.parametrize("path", ["two/cells.csv", "summary.csv", "manifest.json", "study.json"])
def test_a_changed_file_is_told(study: Study, tmp_path: Path, path: str) -> None:
    write(study, tmp_path / "out")
    file = tmp_path / "out" / path
    file.write_bytes(file.read_bytes().replace(b"0", b"1", 1))
    with pytest.raises(Refused, match=f"was changed since it was written: {path}"):
        read(tmp_path / "out")


def test_what_is_no_study_is_refused(study: Study, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"it has no manifest\.json of ours"):
        read(tmp_path)
    write(study, tmp_path / "out")
    manifest = tmp_path / "out" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"schema": 1', '"schema": 7'), encoding="utf-8")
    with pytest.raises(Refused, match="schema 7, here 1"):
        read(tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"kind": "simcpec st', "that is whole: manifest.json is cut short or damaged"),
        ("[1]", ": manifest.json is of something else"),
    ],
)
def test_a_manifest_that_is_there_but_cannot_be_used_is_told_apart_from_none(
    study: Study, tmp_path: Path, text: str, said: str
) -> None:
    write(study, tmp_path / "out")
    (tmp_path / "out" / "manifest.json").write_text(text, encoding="utf-8")
    for asked in (lambda: read(tmp_path / "out"), lambda: probe(tmp_path / "out", force=True)):
        with pytest.raises(Refused) as told:
            asked()
        assert said in str(told.value) and "no manifest" not in str(told.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_file_that_became_a_pipe_is_a_change_and_not_waited_for(study: Study, tmp_path: Path) -> None:
    write(study, tmp_path / "out")
    (tmp_path / "out" / "summary.csv").unlink()
    os.mkfifo(tmp_path / "out" / "summary.csv")
    with pytest.raises(Refused, match=r"was changed since it was written: summary\.csv"):
        read(tmp_path / "out")


# ------------------------------------------------------------------------------------------------ replacing


def test_our_own_output_is_replaced_whole(study: Study, tmp_path: Path) -> None:
    write(study, tmp_path / "out")
    write(replace(study, seed=5, scenarios=study.scenarios[:1], changes=((),)), tmp_path / "out")
    assert read(tmp_path / "out").seed == 5
    assert not (tmp_path / "out" / "two").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]  # nothing hidden is left beside it


def test_an_output_with_something_added_is_replaced_by_force_only(study: Study, tmp_path: Path) -> None:
    write(study, tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Refused, match=r"changed since it was written \(notes.txt\).*--force"):
        write(study, tmp_path / "out")
    assert (tmp_path / "out" / "notes.txt").read_text(encoding="utf-8") == "mine"
    write(study, tmp_path / "out", force=True)
    assert not (tmp_path / "out" / "notes.txt").exists()


def test_a_folder_that_is_not_ours_is_never_touched(study: Study, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "manifest.json").write_text('{"kind": "something else"}', encoding="utf-8")
    before = contents(tmp_path)
    for force in (False, True):
        with pytest.raises(Refused, match="is not a simcpec study"):
            write(study, tmp_path / "theirs", force=force)
        with pytest.raises(Refused, match="is not a simcpec study"):
            probe(tmp_path / "theirs", force=force)
    (tmp_path / "file").write_text("text", encoding="utf-8")
    with pytest.raises(Refused, match="is a file"):
        write(study, tmp_path / "file", force=True)
    assert contents(tmp_path) == {**before, "file": b"text"}


def test_an_empty_folder_may_be_used(study: Study, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(study, tmp_path / "out")
    assert read(tmp_path / "out").seed == 0


@pytest.mark.parametrize("fault", [RuntimeError("no"), KeyboardInterrupt(), SystemExit(143)])
def test_a_broken_off_write_leaves_what_was_there(study: Study, tmp_path: Path, fault: BaseException) -> None:
    write(study, tmp_path / "out")
    before = contents(tmp_path)

    def render(given: Study, hidden: Path) -> None:
        raise fault

    with pytest.raises(type(fault)):
        write(replace(study, seed=9), tmp_path / "out", render=render)
    with pytest.raises(type(fault)):
        write(study, tmp_path / "new", render=render)
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt(), SystemExit(143)])
@pytest.mark.parametrize("at", ["before", "after"])
def test_where_names_cannot_be_exchanged_the_old_output_comes_back(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException, at: str
) -> None:
    write(study, tmp_path / "out")
    before = contents(tmp_path)
    real = os.rename

    def rename(source: Any, target: Any) -> None:
        if at == "after" and str(target).endswith(".old"):  # the worst moment: nothing has the name
            real(source, target)
            raise fault
        if str(source).endswith(".part"):
            raise fault
        real(source, target)

    monkeypatch.setattr(atomic_replace, "_exchanged", lambda one, other: False)
    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises((EnvironmentFault, KeyboardInterrupt, SystemExit)):
        write(replace(study, seed=9), tmp_path / "out")
    monkeypatch.undo()
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert read(tmp_path / "out").seed == 0


def test_where_names_cannot_be_exchanged_an_output_is_replaced_all_the_same(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic_replace, "_exchanged", lambda one, other: False)
    test_our_own_output_is_replaced_whole(study, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="names are exchanged on Linux alone")
def test_an_output_is_never_without_its_name(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(source: Any, target: Any) -> None:
        raise AssertionError("a rename away from the name")

    write(study, tmp_path / "out")
    monkeypatch.setattr(os, "rename", never)
    write(replace(study, seed=9), tmp_path / "out")
    assert read(tmp_path / "out").seed == 9
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(sys.platform == "win32", reason="no locks of folders")
def test_what_killed_writers_left_is_removed_and_what_others_write_is_not(study: Study, tmp_path: Path) -> None:
    import fcntl

    long_ago = time.time() - 3600.0
    for name in (".simcpec-dead.part", ".simcpec-held.part", ".simcpec-young.part", ".simcpec-dead.old", "mine.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "study.json").write_text("{", encoding="utf-8")
        if name != ".simcpec-young.part":
            os.utime(tmp_path / name, (long_ago, long_ago))
    held = os.open(tmp_path / ".simcpec-held.part", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        write(study, tmp_path / "out")
    finally:
        os.close(held)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"out", ".simcpec-held.part", ".simcpec-young.part", ".simcpec-dead.old", "mine.part"}


@pytest.mark.parametrize("place", ["/proc/nowhere/out", "a-file/out", "n" * 300, "nul\0byte"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_played(tmp_path: Path, place: str) -> None:
    (tmp_path / "a-file").write_text("", encoding="utf-8")
    before = contents(tmp_path)
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        probe(tmp_path / place)
    assert contents(tmp_path) == before


def test_a_probe_leaves_nothing_behind(tmp_path: Path) -> None:
    probe(tmp_path / "deep" / "deeper" / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_written_folder_can_be_read_by_others_as_the_mask_says(study: Study, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(study, tmp_path / "out")
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750


def test_the_manifest_comes_last(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    real = folders.write_text

    def noted(path: Path, text: str) -> None:
        written.append(path.name)
        real(path, text)

    monkeypatch.setattr(folders, "write_text", noted)
    monkeypatch.setattr("simcpec.storage.study_folder.write_text", noted)
    write(study, tmp_path / "out")
    assert written[-1] == "manifest.json" and written.count("manifest.json") == 1 and len(written) > 10


# ------------------------------------------------------------------------------------------------ tables


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_are_tidy_and_addressed(study: Study, tmp_path: Path) -> None:
    write(study, tmp_path / "out")
    result = study.scenarios[0]
    table = rows(tmp_path / "out" / "base" / "cells.csv")
    assert len(table) == result.cell[..., 0].size
    last = table[-1]
    assert [last[name] for name in ("draw", "replication", "period", "province", "cohort", "setting")] == [
        "2", "2", "2026", "BAL", "scattered", "residence",
    ]  # fmt: skip
    assert float(last["attacks"]) == result.cell[-1, -1, -1, -1, -1, -1, CELL_COUNTS.index("attacks")]
    assert "." not in last["attacks"] and "." in last["expected_breaches"]
    for file, *_ in COUNT_TABLES:
        raw = (tmp_path / "out" / "base" / file).read_bytes()
        assert b"\r" not in raw and b"nan" not in raw and b"inf" not in raw and b"np." not in raw


def test_accounts_are_exact_to_the_cent(study: Study, tmp_path: Path) -> None:
    write(study, tmp_path / "out")
    table = [row for row in rows(tmp_path / "out" / "base" / "accounts.csv") if row["part_of_budget"] == "yes"]
    cents = [int(row["given_usd"].replace(".", "")) for row in table if row["year"] == "2025"]
    assert sum(cents) == int(study.scenarios[0].plan.total[0])
    assert table[0]["given_usd"] == "100.03" and table[0]["unspent_usd"] == "0.01"


def test_no_nan_and_no_number_type_of_a_library_in_any_file(study: Study, tmp_path: Path) -> None:
    write(study, tmp_path / "out")
    for path, raw in contents(tmp_path / "out").items():
        assert b"NaN" not in raw and b"np.float" not in raw and b"Infinity" not in raw, path
    for row in rows(tmp_path / "out" / "differences.csv"):
        assert row["verdict"] in ("less", "more", "not distinguishable", "identical", "not estimable")
        assert row["scenario"] == "two" and row["baseline"] == "base"


def test_cells_that_a_spreadsheet_would_run_are_guarded(study: Study, tmp_path: Path) -> None:
    write(study, tmp_path / "out")
    assert rows(tmp_path / "out" / "two" / "settings.csv")[0]["source"] == "'=HYPERLINK(1)"
    assert read(tmp_path / "out").scenarios[1].settings_table[0].source == "=HYPERLINK(1)"
