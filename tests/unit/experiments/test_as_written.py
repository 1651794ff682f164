"""The level at the values as written: simulated beside the draws, kept, read back, and told by its name."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec.analysis.study_analysis import AnalysedStudy
from simcpec.cli.console import console, summary
from simcpec.cli.console.study_data import data
from simcpec.errors import Refused
from simcpec.experiments.cost_of_study import effort
from simcpec.experiments.design.prepare import StudyPlan, prepare
from simcpec.experiments.study import study
from simcpec.reporting.decision import glance
from simcpec.reporting.page import findings
from simcpec.results.records import Study
from simcpec.storage.as_written import LEAST, MOST, SHARE, TABLE, replications_as_written
from simcpec.storage.csv_tables import scenario_files, study_files
from simcpec.storage.study_folder import write
from simcpec.storage.study_reader import read
from tests.support.sealing import edit, seal
from tests.unit.experiments.test_study import ENGINE

REFS = ["base", "share-2"]
DRAWN: dict[str, Any] = {"engine": "quick_engine:play", "jobs": 1, "seed": 3, "draws": 4, "replications": 10}
SMALL: dict[str, Any] = {**DRAWN, "draws": 2, "replications": 8}
ONLY_POINTS = '''
def broken(world, *, seed, draw, replication, trace=False):
    """One replication of the values as written fails."""
    if draw == 0 and replication == 1:
        raise ArithmeticError("nobody knows")
    return play(world, seed=seed, draw=draw, replication=replication)

def nothing(world, *, seed, draw, replication, trace=False):
    """All of them fail."""
    if draw == 0:
        raise ArithmeticError("nobody knows")
    return play(world, seed=seed, draw=draw, replication=replication)
'''


@pytest.fixture(scope="module", autouse=True)
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The quick engine of the tests of `execute` on the search path."""
    folder = tmp_path_factory.mktemp("engine")
    (folder / "quick_engine.py").write_text(ENGINE + ONLY_POINTS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.delitem(sys.modules, "quick_engine", raising=False)
        yield


@pytest.fixture(scope="module")
def found(engine: None) -> AnalysedStudy:
    """Two scenarios, four draws of ten replications each, and eight at the values as written."""
    return study(REFS, **DRAWN)


def files_of(found: Study) -> dict[str, str]:
    inside = {f"{r.slug}/{name}": text for r in found.scenarios for name, text in scenario_files(r).items()}
    return {**inside, **study_files(found)}


def without_as_written(record: dict[str, Any]) -> None:
    del record["as_written"]


@pytest.mark.parametrize(
    ("of_draws", "twins", "count"),
    [(1, False, 2), (40, False, 8), (999, False, 199), (25_600, False, MOST), (2, True, 4), (45, True, 10)],
)
def test_they_are_a_part_of_those_of_the_draws(of_draws: int, twins: bool, count: int) -> None:
    assert replications_as_written(of_draws, twins=twins) == count
    assert count <= max(MOST, LEAST) and (of_draws < 20 or count <= SHARE * of_draws + 1)


def test_they_are_what_a_study_without_draws_plays(found: AnalysedStudy) -> None:
    alone = study(REFS, **{**DRAWN, "draws": 1, "replications": 8})
    for one, other in zip(found.scenarios, alone.scenarios, strict=True):
        assert one.as_written is not None and other.as_written is None
        for name in ("incidents", "expected_breaches", "total_cost"):
            here, there = one.estimate_as_written(name), other.estimate(name)
            assert here == there and here.n == 8
        assert one.estimate("incidents").mean != there.mean  # the control: the mean over draws is another number


def test_they_move_no_number_of_the_draws(found: AnalysedStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StudyPlan, "as_written", 0)
    without = study(REFS, **DRAWN)
    assert all(each.as_written is None for each in without.scenarios)
    here, there = files_of(found), files_of(without)
    assert {name for name in here if name not in there} == {f"{slug}/{TABLE}" for slug in ("base", "share-2")}
    assert {name: here[name] for name in there} == there


def test_workers_change_nothing_and_twins_are_pairs() -> None:
    one, two = (study(["base"], sets=["run.antithetic=on"], **{**SMALL, "jobs": jobs}) for jobs in (1, 2))
    assert files_of(two) == files_of(one)
    assert one.scenarios[0].as_written is not None
    assert one.scenarios[0].as_written.replications.tolist() == [0, 2]


def test_they_are_counted_in_the_work_and_told_as_it_is_done(found: AnalysedStudy) -> None:
    told: list[tuple[int, int]] = []
    study(REFS, progress=lambda done, total, left: told.append((done, total)), **DRAWN)
    assert {total for _, total in told} == {2 * (40 + 8)} and [done for done, _ in told][-1] == 96
    assert sorted({done for done, _ in told}) == list(range(97))
    ready, alone = (prepare(REFS, draws=draws, replications=10, engine="compiled") for draws in (4, 1))
    assert (ready.plays, alone.plays) == (96, 20)
    assert effort(ready, jobs=1).events == pytest.approx(4.8 * effort(alone, jobs=1).events)


def test_they_are_read_back_and_older_folders_have_none(found: AnalysedStudy, tmp_path: Path) -> None:
    again = read(write(found, tmp_path / "x"))
    for one, other in zip(again.scenarios, found.scenarios, strict=True):
        assert one.as_written is not None and other.as_written is not None
        assert one.as_written.responses == other.as_written.responses
        assert one.as_written.values.tobytes() == other.as_written.values.tobytes()
    for slug in ("base", "share-2"):
        (tmp_path / "x" / slug / TABLE).unlink()
        edit(tmp_path / "x" / slug / "result.json", without_as_written)
    older = read(seal(tmp_path / "x"))
    assert all(each.as_written is None for each in older.scenarios)
    assert "which --draws 1 plays" in " ".join(findings.findings(older)[0].details)
    assert "as written" not in summary.table(older)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"replication,incidents", b"replication,accidents"),
        (b"\n1,", b"\n0,"),
        (b"\n1,", b"\n1,1,"),
        (b"\n1,", b"\nx,"),
        (b"\n1,", b"\n1" + b"0" * 30 + b","),
        (b"\n7,", b"\n7,nan"),
    ],
)
def test_a_table_that_nobody_writes_is_refused(found: AnalysedStudy, tmp_path: Path, old: bytes, new: bytes) -> None:
    path = write(found, tmp_path / "x") / "base" / TABLE
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(Refused, match=TABLE):
        read(seal(tmp_path / "x"))


def test_scenarios_tell_of_the_same_replications(found: AnalysedStudy, tmp_path: Path) -> None:
    path = write(found, tmp_path / "x") / "base" / TABLE
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(Refused, match="other draws or replications"):
        read(seal(tmp_path / "x"))


def test_both_levels_stand_side_by_side(found: AnalysedStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    level = findings.findings(found)[0]
    assert "on average over the draws, and " in level.text and "at the values as written" in level.text
    assert level.text.count("(Monte Carlo ") == 2 and "played in 8 replications of their own" in level.details[-1]
    shown = glance.glance(found)
    assert shown is not None and "8 replications of its own" in shown.caption
    assert "as written " in shown.panels[0].rows[0].cells[2].more and "±" in shown.panels[0].rows[0].cells[2].more
    monkeypatch.setattr(console, "room", lambda: 200)
    wide = summary.table(found)
    assert "as written" in wide.splitlines()[0] and "of 8 replications of its own" in wide
    monkeypatch.setattr(console, "room", lambda: 80)
    narrow = summary.table(found)
    assert "as written" in narrow and max(map(len, narrow.splitlines()[:3])) <= 80, "in blocks that fit"
    assert "of 8 replications of its own" in " ".join(narrow.split())
    told = json.loads(json.dumps(data(found)))["scenarios"][1]["responses"]["incidents"]
    assert told["as_written"]["n"] == 8 and told["as_written"]["half_width"] > 0.0 and told["n"] == 40


def test_what_fails_at_the_values_as_written_is_named(found: AnalysedStudy) -> None:
    broken = study(REFS, **{**DRAWN, "engine": "quick_engine:broken"})
    for one, other in zip(broken.scenarios, found.scenarios, strict=True):
        assert [(each.draw, each.replication) for each in one.failed] == [(0, 1)]
        assert one.failed[0].replay.endswith("--replication 1 --scenario " + one.slug + " --draw 0")
        assert one.as_written is not None and one.as_written.replications.tolist() == [0, 2, 3, 4, 5, 6, 7]
        assert np.array_equal(one.cell, other.cell)


def test_where_all_of_it_fails_nothing_is_told_of_it() -> None:
    none = study(["base"], **{**SMALL, "engine": "quick_engine:nothing"})
    assert all(each.as_written is None and each.draws == 2 for each in none.scenarios)
    assert all([one.replication for one in each.failed] == list(range(3)) for each in none.scenarios)
    assert "at the values as written" not in findings.findings(none)[0].text


def test_a_mean_that_is_not_kept_has_words(found: AnalysedStudy) -> None:
    first = found.scenarios[0]
    assert first.as_written is not None
    few = replace(first.as_written, responses=("plots",), values=first.as_written.values[:, :1])
    less = replace(found, scenarios=(replace(first, as_written=few), *found.scenarios[1:]))
    assert "at the values as written" not in findings.findings(less)[0].text
    assert less.scenarios[0].estimate_as_written("incidents") is None
