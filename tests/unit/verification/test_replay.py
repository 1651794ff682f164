"""`replay`: any replication of a stored folder again, to the last bit, at the cost of one; and `warmup`."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec.cli import main
from simcpec.errors import EnvironmentFault, UserError
from simcpec.experiments.study import study
from simcpec.model import events
from simcpec.model.outcome import PROVINCE_COUNTS
from simcpec.numerics import jit
from simcpec.storage import study_folder, study_reader
from simcpec.storage.atomic_replace import write_whole
from simcpec.verification.replay import replay, trace_text
from simcpec.verification.worlds.neutral_world import bare_world
from simcpec.verification.worlds.one_world import moment

SETS = ("run.horizon=40 days",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenarios, three draws, two replications, with a warm-up."""
    place = tmp_path_factory.mktemp("stored") / "x"
    found = study(["share-1", "share-2"], sets=(*SETS, "run.warm_up=10 days"), draws=3, replications=2, seed=0)
    return study_folder.write(found, place)


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One scenario, point values."""
    return study_folder.write(
        study(["bare"], sets=("run.horizon=300 days",), replications=2), tmp_path_factory.mktemp("stored") / "bare"
    )


# ---- the same numbers


@pytest.mark.parametrize("slug", ["share-1", "share-2"])
@pytest.mark.parametrize("draw", [1, 3])
def test_a_stored_replication_comes_back_to_the_last_bit(folder: Path, slug: str, draw: int) -> None:
    found = replay(study_reader.read(folder), folder, slug=slug, draw=draw, replication=1)
    assert found.unequal == ()
    assert found.compared > 900


def test_the_other_engine_gives_the_stored_numbers_and_the_same_trace(folder: Path) -> None:
    kept = study_reader.read(folder)
    address: dict[str, Any] = {"slug": "share-2", "draw": 2, "replication": 0}
    a, b = (replay(kept, folder, **address, engine=name) for name in ("reference", "compiled"))
    assert a.unequal == b.unequal == ()
    assert a.outcome.trace is not None and b.outcome.trace is not None and len(a.outcome.trace) > 1000
    assert a.outcome.trace.tobytes() == b.outcome.trace.tobytes()


@pytest.mark.parametrize("table", ["cell", "cohort", "province", "costs"])
def test_a_single_number_that_is_not_the_stored_one_is_named(folder: Path, table: str) -> None:
    kept = study_reader.read(folder)
    values = getattr(kept.scenarios[1], table).copy()
    at = (2, 1, *(-1 for _ in range(values.ndim - 2)))
    values[at] = np.nextafter(values[at], np.inf)
    other = replace(kept, scenarios=(kept.scenarios[0], replace(kept.scenarios[1], **{table: values})))
    (found,) = replay(other, folder, slug="share-2", draw=3, replication=1).unequal
    assert found.name.startswith(f"{table}.")
    assert found.a == values[at] != found.b
    assert replay(other, folder, slug="share-2", draw=3, replication=0).unequal == ()


# ---- what is not stored


def test_a_replication_that_is_not_stored_is_that_of_a_longer_study(folder: Path) -> None:
    longer = study(["share-2"], sets=(*SETS, "run.warm_up=10 days"), draws=4, replications=4, seed=0)
    found = replay(study_reader.read(folder), folder, slug="share-2", draw=4, replication=3)
    assert found.compared == 0 and found.unequal == ()
    assert found.outcome.cell[1:].tobytes() == longer.scenarios[0].cell[3, 3].tobytes()


def test_replication_10000_costs_what_replication_0_costs(single: Path) -> None:
    kept = study_reader.read(single)

    def seconds(replication: int) -> float:
        began = time.perf_counter()
        replay(kept, single, replication=replication)
        return time.perf_counter() - began

    seconds(0)
    near, far = (min(seconds(k) for _ in range(5)) for k in (0, 10_000))
    assert far < 20.0 * near  # an engine that plays its way there would need thousands of times longer


# ---- what cannot be


def test_a_scenario_or_draw_must_be_named_where_there_are_several(folder: Path, single: Path) -> None:
    kept = study_reader.read(folder)
    with pytest.raises(UserError, match="no scenario was named; allowed: share-1, share-2"):
        replay(kept, folder, draw=1, replication=0)
    with pytest.raises(UserError, match="scenario share-3 is none of this study"):
        replay(kept, folder, slug="share-3", draw=1, replication=0)
    with pytest.raises(UserError, match="no parameter draw was named; allowed: one of 1 to 3, or 0"):
        replay(kept, folder, slug="share-1", replication=0)
    assert replay(study_reader.read(single), single, replication=1).compared > 100


# ---- the trace


def test_dates_count_from_the_first_day_that_counts() -> None:
    world = bare_world(days=20.0, periods=2)
    start = date(2025, 1, 1)
    assert moment(world, start, 1) == "2025-01-01T00:00:00.000001"
    later = replace(world, calendar=replace(world.calendar, warm_up_periods=1))
    assert moment(later, start, 0) == "2024-12-22T00:00:00.000000"
    assert moment(bare_world(ticks_per_day=24), start, 25) == "2025-01-02T01:00:00.000000"
    assert moment(world, date(9999, 12, 31), 2**60) == ""


def test_every_event_is_a_row(single: Path) -> None:
    found = replay(study_reader.read(single), single, replication=0)
    trace = found.outcome.trace
    assert trace is not None and len(trace) > 10
    rows = list(csv.DictReader(io.StringIO(trace_text(found.world, found.start, trace))))
    assert [int(row["tick"]) for row in rows] == trace["tick"].tolist()
    assert [events.KINDS.index(row["kind"]) for row in rows] == trace["kind"].tolist()
    assert [int(row["entity"]) for row in rows] == trace["entity"].tolist()
    assert [float(row["value"]) for row in rows] == trace["value"].tolist()
    for name, labels in (("province", found.world.provinces), ("cohort", found.world.cohorts)):
        assert [labels.index(row[name]) if row[name] else -1 for row in rows] == trace[name].tolist()
    assert {row["time"][:4] for row in rows} == {"2025"}


def test_a_trace_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    write_whole(path, "one\n")
    assert path.read_bytes() == b"one\n"
    monkeypatch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(EnvironmentFault, match=r"t\.csv cannot be written: No space left"):
        write_whole(path, "two\n")
    assert path.read_bytes() == b"one\n"
    assert [each.name for each in tmp_path.iterdir()] == ["t.csv"]
    with pytest.raises(EnvironmentFault, match="No such file"):
        write_whole(tmp_path / "none" / "t.csv", "")
    nowhere = tmp_path / "nowhere"
    nowhere.symlink_to(os.devnull)
    write_whole(nowhere, "three\n")  # a device keeps its name
    assert nowhere.is_symlink() and not Path(os.devnull).is_file()


# ---- the commands


def test_the_command(single: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.csv"
    assert main(["replay", str(single), "--replication", "1", "--trace", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("bare, draw 0, replication 1: all ")
    assert lines[0].endswith(" numbers equal those stored, to the last bit")
    assert main(["replay", str(single), "--replication", "1", "--trace", "-"]) == 0
    assert capsys.readouterr().out == path.read_text(encoding="utf-8")
    assert main(["replay", str(single), "--replication", "99"]) == 0
    assert "nothing of it is stored to compare with" in capsys.readouterr().out
    assert main(["replay", str(single), "--replication", "0", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["stored"], told["unequal"], told["scenario"]) == (True, [], "bare")


def test_the_command_refuses_where_a_number_differs(
    single: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = study_reader.read(single)
    changed = replace(kept.scenarios[0], province=kept.scenarios[0].province + 1.0)
    place = study_folder.write(
        replace(kept, scenarios=(changed,), software={**kept.software, "numpy": "0.1"}), tmp_path / "x"
    )
    assert main(["replay", str(place), "--replication", "0"]) == 4
    shown = capsys.readouterr()
    assert "numbers differ from those stored" in shown.out
    assert "province.candidates[period 0, " in shown.err and f"and {2 * len(PROVINCE_COUNTS) - 10} more" in shown.err
    assert "The study was simulated with numpy 0.1 (here " in shown.err
    assert main(["replay", str(place), "--replication", "0", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["unequal"][0]["name"].startswith("province.candidates")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--replication", "0", "--engine", "fast"], 2, "engine is 'fast'; allowed: compiled, reference"),
        (["--replication", "0", "--trace", "-", "--json"], 2, "name a file for the trace"),
        (["--replication", "-1"], 2, "greater than or equal to 0; it is -1"),
        ([], 2, "--replication"),
    ],
)
def test_bad_words(single: Path, words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(single), *words]) == code
    assert told in capsys.readouterr().err


def test_a_folder_that_is_none_or_was_changed_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path), "--replication", "0"]) == 4
    assert "is not the output of a study" in capsys.readouterr().err


def test_warmup_says_where_the_engine_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["warmup"]) == 0
    capsys.readouterr()
    assert main(["warmup", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    folder = jit.cache_folder()
    assert told["cache"] == (None if folder is None else str(folder))
    assert told["compiled"] == (folder is None)
    assert told["seconds"] >= 0.0
