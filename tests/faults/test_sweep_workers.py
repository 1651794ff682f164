"""Workers of a sweep that are killed or hang: what they were at is done again, and told as failed if that is no use."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from simcpec.cli.commands.sweeps.folders import again, failure_rows, reading
from simcpec.experiments.design.prepare import prepare
from simcpec.experiments.sweep.prepared import Preparer
from simcpec.experiments.sweep.studies.study_file import read_study
from simcpec.experiments.sweep.tasks import Task
from simcpec.model.world import digest
from simcpec.results.failure import HUNG
from tests.support.command import in_this_process
from tests.support.sweeps import SMALL, TINY, digests, swept, written

TEXT = TINY.replace("20 days", "5 days").replace("replications: 4", "replications: 2")


def first_task(tasks: list[Task]) -> list[Task]:
    """One task alone."""
    return tasks[:1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the study, simulated by threads."""
    folder = tmp_path_factory.mktemp("whole")
    swept(written(folder, TEXT), folder / "out")
    return folder


def test_what_a_killed_process_was_at_is_done_again(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEADLY", str(tmp_path / "was there"))
    outcome = swept((whole / "small.yaml").as_posix(), tmp_path / "out", engine="tests.support.failing:deadly")
    assert (tmp_path / "was there").exists() and not outcome.failed
    assert digests(tmp_path / "out") == digests(whole / "out")


def test_a_task_that_hangs_twice_is_told_as_failed(whole: Path, tmp_path: Path) -> None:
    ref, engine = (whole / "small.yaml").as_posix(), "tests.support.failing:slowly"
    outcome = swept(ref, tmp_path / "out", engine=engine, patience=1.0, order=first_task, workers=1)
    assert len(outcome.failed) == 1
    (failure,) = failures_in(tmp_path / "out")
    assert (failure["replication"], failure["kind"]) == (1, HUNG)  # simulating up to it simulates the whole chunk
    with reading(tmp_path / "out") as reader:
        ((key, body),) = reader.failures().items()
        (row,) = failure_rows(reader.study, {key: body})
        point = next(one for one in reader.study.points.in_order() if one.key == key)
        wanted = Preparer(reader.study).prepared(point).built.world
    program, *words = shlex.split(row["again"])
    assert program == "simcpec" and simulated(words) == [digest(wanted)]
    done = in_this_process(*words, "--dry-run", "--json", cwd=tmp_path)  # the command takes these words
    assert done.returncode == 0 and words[words.index("-r") + 1] == "2", done.stderr


def simulated(words: list[str]) -> list[str]:
    """Digests of the worlds that a printed ``run`` simulates, draw by draw."""
    after = [(words[k], words[k + 1]) for k in range(len(words) - 1)]
    said = {name: value for name, value in after if name.startswith("-")}
    sets = [value for name, value in after if name == "--set"]
    plan = prepare([words[1]], sets=sets, replications=1, draws=int(said["--draws"]), seed=int(said["--seed"]))
    return [digest(draw[0].world) for draw in plan.drawings]


def test_the_command_for_a_draw_simulates_this_draw(tmp_path: Path) -> None:
    drawn = (
        TEXT.replace("replications: 2", "replications: 2\nstates_of_the_world: {draws: 2}")
        .replace("factors: [", "policies: {factors: [")
        .replace("2 %]}]", "2 %]}]}\ncombine: full_factorial")
    )
    study = read_study(written(tmp_path, drawn))
    for point in (study.points[0], study.points[1], study.points[3]):
        _, *words = shlex.split(again(study, point.sets, point.draw, 1))
        wanted = digest(Preparer(study).prepared(point).built.world)
        assert point.draw and simulated(words)[point.draw - 1] == wanted


def failures_in(folder: Path) -> list[dict[str, object]]:
    """Every failure that a folder tells of."""
    with reading(folder) as reader:
        return [one for body in reader.failures().values() for one in body["failures"]]


def test_a_chunk_of_the_compiled_engine_that_hangs_is_ended(tmp_path: Path) -> None:
    long = SMALL.replace("90 days", "2 years").replace("replications: 12", "replications: 2000")
    outcome = swept(written(tmp_path, long), tmp_path / "out", patience=0.05, chunk=2000, order=first_task, workers=1)
    assert len(outcome.failed) == 1 and not digests(tmp_path / "out")
    (failure,) = failures_in(tmp_path / "out")
    assert (failure["replication"], failure["kind"]) == (1999, HUNG)
    assert "no answer within 0.05 s; --patience gives more time" in str(failure["message"])
