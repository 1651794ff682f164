"""Replications in rounds: what is stopped at which look, on contrasts whose truth is known, and whatever ends a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec.analysis.group_sequential import confidence_at, looks_of
from simcpec.cli.commands.sweeps.folders import reading
from simcpec.errors import ScenarioError
from simcpec.experiments.sweep import rounds
from simcpec.experiments.sweep.rounds import _Watch, run_rounds
from simcpec.experiments.sweep.run import HowToSweep, in_folder
from simcpec.experiments.sweep.studies.study_file import SweepStudy, read_study
from simcpec.results.records import PrecisionTarget
from tests.support.command import in_this_process
from tests.support.sweeps import TINY, digests, written

GOAL = PrecisionTarget(response="attacks", relative=0.0, floor=0.1, at_most=3000)
TEXT = TINY.replace("replications: 4", "precision: [{response: attacks, half_width: 0 %, floor: 2, at_most: 100}]")


class Drawn:
    """A reader of one point and its baseline, whose contrast is drawn from a normal law."""

    def __init__(self, study: SweepStudy, mean: float, deviation: float, seed: int, *, same: bool = False) -> None:
        self.study, self._same = study, same
        self._values = np.random.default_rng(seed).normal(mean, deviation, 3000)
        self.count = 0

    def lacks(self, point: Any) -> int:
        return 0

    def id_of(self, point: Any) -> str:
        return "base" if self._same or point.policy < 0 else "other"

    def data(self, point: Any) -> Any:
        zeros = np.zeros(self.count)
        return zeros if point.policy < 0 else self._values[: self.count]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepStudy:
    """A study of one point beside its baseline, whose data are the values themselves."""
    monkeypatch.setattr(rounds, "values_of", lambda data, each: data)
    found = read_study(written(tmp_path, TEXT.replace("[0 %, 2 %]", "[2 %, 3 %]")))
    return replace(found, precision=(GOAL,), points=replace(found.points, pairs=((0, 0),)))


def ended(study: SweepStudy, **law: Any) -> tuple[int, rounds.ContrastReached]:
    """Replications at which a study stops whose contrast follows a law, and what became of it."""
    watch, reader = _Watch(study), Drawn(study, **law)
    for look in watch.looks:
        reader.count = look
        if watch.done(reader, look):  # type: ignore[arg-type]
            break
    (found,) = watch.reached
    return look, found


def test_it_stops_at_the_first_look_at_which_the_half_width_is_reached(study: SweepStudy) -> None:
    looks = looks_of(study.first_look, GOAL.at_most)
    point = 2.0 if confidence_at(looks) > 0.9545 else 1.0  # normal points are beyond 2: several looks need more
    deviation = 0.1 * np.sqrt(looks[1]) / (point * 1.35)  # enough at the second look, not at the first
    look, found = ended(study, mean=3.0, deviation=float(deviation), seed=4)
    assert look == looks[1] and found.met and found.confidence == confidence_at(looks) > 0.95
    assert found.half_width is not None and found.half_width <= GOAL.floor
    far, given_up = ended(study, mean=3.0, deviation=50.0, seed=4)
    assert far == GOAL.at_most and not given_up.met


def test_what_never_varied_is_only_enough_where_it_is_the_baseline_again(study: SweepStudy) -> None:
    look, found = ended(study, mean=0.0, deviation=0.0, seed=4)
    assert look == GOAL.at_most and not found.met
    look, found = ended(study, mean=0.0, deviation=0.0, seed=4, same=True)
    assert look == looks_of(study.first_look, GOAL.at_most)[0] and found.met


def covered(study: SweepStudy, runs: int, shift: float) -> int:
    """In how many of so many studies the interval at the stop holds the true contrast, moved by `shift` errors."""
    found = [ended(study, mean=3.0, deviation=1.2, seed=1000 + k) for k in range(runs)]
    return sum(abs(one.mean - 3.0 - shift) <= (one.half_width or 0.0) for _, one in found)


def test_intervals_hold_whenever_they_are_stopped(study: SweepStudy) -> None:
    runs = 300
    error = np.sqrt(runs * 0.95 * 0.05)
    assert covered(study, runs, 0.0) >= 0.95 * runs - 3 * error
    assert covered(study, runs, 0.1) < 0.95 * runs - 3 * error  # the control: off by a half-width


def test_a_run_in_rounds_is_resumed_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = replace(read_study(written(tmp_path, TEXT)), precision=(replace(GOAL, at_most=40),), first_look=8)
    monkeypatch.setattr(rounds, "all_looks", lambda first, goals: (8, 16, 40))
    monkeypatch.setattr(rounds, "looks_of", lambda first, at_most: (8, 16, 40))

    def swept(folder: Path, how: HowToSweep) -> rounds.Rounds:
        with in_folder(folder, "a test") as here:
            return run_rounds(study, here, how, {})

    whole = swept(tmp_path / "whole", HowToSweep(workers=1))
    assert whole.study.replications == 40 and sorted(one.met for one in whole.reached) == [False, True]
    with pytest.raises(KeyboardInterrupt):
        swept(tmp_path / "out", HowToSweep(workers=1, chunk=4, progress=_interrupted_in_the_second_round()))
    again = swept(tmp_path / "out", HowToSweep(workers=2, chunk=7, resume=True))
    assert again.reached == whole.reached and 0 < again.outcome.simulated < whole.outcome.simulated
    assert digests(tmp_path / "out", study=whole.study) == digests(tmp_path / "whole", study=whole.study)


def _interrupted_in_the_second_round() -> Any:
    """Progress that ends a run when some of its second round is there."""
    seen: list[int] = []

    def tell(now: int, total: int, left: float | None) -> None:
        seen.append(now)
        if seen.count(0) == 2 and 0 < now < total:
            raise KeyboardInterrupt

    return tell


def test_the_command_tells_what_was_reached_and_keeps_it(tmp_path: Path) -> None:
    ref = written(tmp_path, TEXT)
    plan = in_this_process("sweep", "plan", ref, cwd=tmp_path)
    assert "the contrast of attacks is known to 2 at every point, or 100 replications are there" in plan.stdout
    done = in_this_process("sweep", "run", ref, "-o", "out", "--no-report", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "precision: the contrast of attacks is as asked for at 1 of 2 points" in done.stdout
    assert "  given up: share 2 %: half-width 0 at 100 replications, 2 wanted\n" in done.stdout  # it never varied
    with reading(tmp_path / "out") as reader:
        assert reader.study.replications == 100
        assert not any(map(reader.lacks, reader.study.points.in_order()))
    again = in_this_process("sweep", "run", ref, "-o", "out", "--no-report", "--resume", "--json", cwd=tmp_path)
    assert '"simulated": 0' in again.stdout and '"met": true' in again.stdout
    more = in_this_process("sweep", "extend", "out", "--replications", "900", cwd=tmp_path)
    assert more.returncode == 2 and "at_most" in more.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("at_most: 100", "at_most: 50", "precision[0].at_most is 50"),
        ("response: attacks", "response: attack", "precision[0].response"),
        ("floor: 2, ", "flor: 2, ", "precision[0].flor is no key that anything reads"),
        ("precision: ", "set: {run.antithetic: on}\nprecision: ", "even"),
        ("precision: ", "taken: 400\nxprecision: ", "precision"),
    ],
)
def test_a_precision_that_is_none_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = TEXT.replace(old, new)
    if "antithetic" in text:
        text = text.replace("set: {run.horizon: 20 days}\n", "").replace("at_most: 100", "at_most: 101")
    with pytest.raises(ScenarioError, match=r"tiny.yaml, line \d") as told:
        read_study(written(tmp_path, text, name="tiny.yaml"))
    assert said in str(told.value)
