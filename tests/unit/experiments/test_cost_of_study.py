"""What a study will take is said beforehand: expected events against the engine's own, and the pace of the machine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from simcpec.cli.console import study_plan
from simcpec.cli.console.progress import Stopwatch
from simcpec.engines.compiled.simulate import Player
from simcpec.experiments import machine_speed
from simcpec.experiments.cost_of_study import LONG, effort, events_of, kept_numbers, learn
from simcpec.experiments.design.prepare import prepare
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from tests.support.command import simcpec


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file for the pace of its own."""
    found = tmp_path / "cache" / machine_speed.FILE
    found.parent.mkdir()
    monkeypatch.setattr(machine_speed, "_path", lambda: found)
    return found


@pytest.mark.parametrize("name", ["base", "share-2", "bare", "theory/erlang-b", "theory/backlash", "theory/thinning"])
def test_expected_events_are_those_of_the_engine_within_a_third(name: str) -> None:
    world = build(load(name, sets=["run.horizon=2 years"])).world
    player, seen = Player(world), 0
    for replication in range(8):
        player.play(seed=5, draw=0, first=replication, number=1)
        seen += int(player.state[0]["events"])
    assert 0.75 < events_of(world) / (seen / 8) < 1.33


def test_effort_grows_with_what_is_asked_for() -> None:
    small = prepare(["base"], replications=100, draws=1)
    large = replace(small, replications=10_000)
    one, other = (effort(ready, jobs=1) for ready in (small, large))
    assert other.events == pytest.approx(100.0 * one.events)
    assert other.seconds > 10.0 * one.seconds and one.seconds < LONG
    assert effort(replace(small, replications=10_000_000), jobs=1).seconds > LONG
    kept = prepare(["base"], replications=100, draws=1, rows=10)
    assert kept_numbers(small) == 10 * kept_numbers(kept)
    assert effort(kept, jobs=1).memory_bytes < one.memory_bytes


# ---- the pace of a machine


def measure(seconds: float) -> None:
    machine_speed.measured(
        engine="compiled", events=2e7, seconds=seconds, processors=2, numbers=0.0, writing_seconds=0.0
    )


def test_a_run_teaches_the_pace_and_the_next_one_counts_half() -> None:
    assert machine_speed.pace().events_per_second == {}
    measure(2.0)
    assert machine_speed.pace().events_per_second == {"compiled": pytest.approx(5e6)}
    measure(8.0)
    assert machine_speed.pace().events_per_second == {"compiled": pytest.approx(2.5e6)}  # the geometric mean
    measure(0.1)  # too short to be a measure
    assert machine_speed.pace().events_per_second == {"compiled": pytest.approx(2.5e6)}
    ready = prepare(["base"], replications=10, draws=1)
    assert effort(ready, jobs=1).measured and not effort(replace(ready, engine="reference"), jobs=1).measured


def test_a_slow_machine_is_told_to_take_longer() -> None:
    ready = prepare(["base"], replications=10_000, draws=1)
    before = effort(ready, jobs=1).seconds
    learn(ready, replications=100, seconds=1000.0, writing=0.0, jobs=1)
    assert effort(ready, jobs=1).seconds > 10.0 * before


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"version": 2, "events": {"compiled": 5e6}}', b'{"version": 1}',
        b'{"version": 1, "events": 7}', b"[" * 100_000,
        *(json.dumps({"version": 1, "events": {"compiled": value}}).encode()
          for value in (0, -1, "fast", None, True, 1e300, 1e-300, [])),
        b'{"version": 1, "events": {"compiled": NaN}}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_as_good_as_none(cache: Path, content: bytes) -> None:
    cache.write_bytes(content)
    assert machine_speed.pace().events_per_second == {}
    measure(2.0)
    assert machine_speed.pace().events_per_second == {"compiled": pytest.approx(5e6)}


def test_a_file_that_cannot_be_written_hinders_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(machine_speed, "_path", lambda: tmp_path / "file" / "pace.json")
    measure(2.0)
    assert machine_speed.pace().events_per_second == {}

    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(machine_speed, "_path", homeless)
    measure(2.0)
    assert machine_speed.pace().events_per_second == {}


def test_a_stopwatch_counts_simulation_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from simcpec.cli.console import progress

    now, told = [0.0], []
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    watch = Stopwatch(lambda *x: told.append(x))
    for at, done in ((30.0, 0), (31.0, 1), (33.0, 3), (50.0, 0), (51.0, 2)):  # compiled, three; something else, two
        now[0] = at
        watch(done, 9, None)
    assert (watch.seconds, watch.done, len(told)) == (4.0, 5, 5)


# ---- said


def test_a_dry_run_says_what_it_will_take(tmp_path: Path) -> None:
    done = simcpec("compare", "base", "share-2", "-r", "1000", "-n", "--max-time", "10 min", cwd=tmp_path)
    assert done.returncode == 0 and list(tmp_path.glob("outputs")) == []
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("expected"))
    assert "about 300 million events" in line and "of memory" in line and "on disk" in line
    assert "at most          10 min" in done.stdout
    said = json.loads(simcpec("run", "base", "-r", "7", "-n", "--json", cwd=tmp_path).stdout)["studies"][0]
    assert said["expected"]["events"] == pytest.approx(7 * 132_000, rel=0.01) and not said["expected"]["long"]
    assert said["max_time_seconds"] is None


def test_only_a_run_of_hours_is_warned_of() -> None:
    ready = prepare(["base"], replications=100, draws=1)
    assert study_plan.warning(study_plan.plan(ready, jobs=1), None) is None
    long = study_plan.plan(replace(ready, replications=10_000_000), jobs=1)
    told = study_plan.warning(long, None)
    assert told is not None and told.startswith("This will take about ") and "--max-time" in told
    assert long["expected"]["seconds"] > LONG and study_plan.warning(long, 60.0) is None


def test_a_precision_that_may_take_hours_is_warned_of_too() -> None:
    wanted = "run.precision=[{response: incidents, half_width: 0.1 %, at_most: 1000000}]"
    said = study_plan.plan(prepare(["base"], sets=[wanted], draws=50), jobs=1)
    assert said["expected"]["seconds"] < LONG < said["expected"]["seconds_at_most"]
    told = study_plan.warning(said, None)
    assert told is not None and told.startswith("This may take up to about ")
