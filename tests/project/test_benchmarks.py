"""The benchmarks measure what they say: programs agree before they are timed, rounds take turns. No time is judged."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import files, limit, measure, memory, queues, run, scaling, speed, starts, sweeps, worlds
from simcpec.engines.compiled.simulate import Player, simulate
from simcpec.engines.reference import simulate as play_reference
from simcpec.model.outcome import CELL_ATTACKS, PROV_OPS_PLOT, PROV_STALE

TINY = run.Amount(
    rounds=1,
    queue_rounds=1,
    speed=2,
    years=0.1,
    starts=1,
    threads=4,
    summed=(1, 2),
    kept=(1,),
    customers=200,
    limit=2,
    points=4,
    shares=(4, 2),
    alike=(4, 2),
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[limit.Program]:
    """The C program; tests of it are skipped where there is no compiler."""
    compiler = limit.compiler()
    if compiler is None:
        pytest.skip("no C compiler")
    yield limit.Program(compiler, tmp_path_factory.mktemp("limit"))


# ---- measuring


def test_rounds_are_interleaved_and_nobody_pays_for_the_first_time() -> None:
    told: list[str] = []
    taken = measure.interleaved({"a": lambda: told.append("a"), "b": lambda: told.append("b")}, rounds=3)
    assert told == list("ab" * 4)
    assert {name: len(times) for name, times in taken.items()} == {"a": 3, "b": 3}


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    taken = {"slow": [2.0, 30.0, 8.0], "fast": [1.0, 10.0, 1.0]}
    assert measure.ratio(taken, "slow", "fast") == 3.0


def test_the_table_puts_ratios_first_and_says_no_more_about_the_machine_than_cores_and_versions() -> None:
    rows = [
        measure.Row(part="one", what="a : b", ratio=123.456, value=9876543.0, unit="events/s"),
        measure.Row(part="two", what="c", note="not installed"),
    ]
    where = {"cores": 2, "python": "3.11.0", "numba": "0.1"}
    lines = measure.as_text(rows, where).splitlines()
    assert lines[0] == "2 cores, Python 3.11.0, numba 0.1"
    assert lines[3].split() == ["123", "x", "a", ":", "b", "9,880,000", "events/s"]
    assert lines[-1].split() == ["c", "not", "installed"]
    assert json.loads(measure.as_json(rows, where))["rows"][0]["ratio"] == 123.456
    assert set(measure.machine()) == {"cores", "python", "numba"}


# ---- the programs that are compared


def test_the_c_program_counts_what_the_compiled_engine_counts(program: limit.Program) -> None:
    world = worlds.reduced(days=200.0)
    assert limit.differences(program, world, 3) == (0, 3 * 2 * limit.COUNTS + 1)
    found, events = program.play(world, first=0, number=3)
    assert events > 1000
    counted = dict(zip(limit.BY_PROVINCE, found.sum((0, 1))[len(limit.BY_CELL) :], strict=True))
    assert counted[PROV_STALE] > 0 and counted[PROV_OPS_PLOT] > 0, "the model has no queues: nothing is compared"


def test_the_c_program_counts_the_same_in_blocks(program: limit.Program, tmp_path: Path) -> None:
    world, name = worlds.reduced(days=200.0), limit.compiler()
    assert name is not None
    blocks, whole = limit.Program(name, tmp_path, "C in blocks"), program.play(world, first=5, number=2)
    played = blocks.play(world, first=5, number=2)
    assert np.array_equal(played[0], whole[0]) and played[1] == whole[1]


def test_a_c_program_of_another_model_is_noticed(program: limit.Program) -> None:
    world = worlds.reduced(days=200.0)
    other = replace(world, operations=replace(world.operations, teams=world.operations.teams - 1))
    played = Player(world).play(seed=limit.SEED, draw=0, first=0, number=1)
    assert np.array_equal(program.play(world, first=0, number=1)[0], limit.of_engine(played))
    assert not np.array_equal(program.play(other, first=0, number=1)[0], limit.of_engine(played))


def test_c_is_not_timed_where_it_counts_otherwise(
    program: limit.Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limit, "differences", lambda *_: (3, 10))
    rows = limit.rows(tmp_path, rounds=1, replications=1, days=30.0)
    assert [(row.ratio, row.value) for row in rows] == [(None, 3 * len(limit.WAYS))]


def test_without_a_compiler_the_table_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert [row.note for row in limit.rows(tmp_path, rounds=1, replications=1, days=30.0)] == ["no C compiler"]


def test_both_engines_play_the_reduced_world_alike() -> None:
    world = worlds.reduced(days=60.0)
    words: Any = {"seed": 1, "draw": 0, "replication": 4}
    assert np.array_equal(simulate(world, **words).province, play_reference(world, **words).province)


def test_all_programs_give_the_same_answer_to_the_queue() -> None:
    world = worlds.queue(400)
    people = queues.customers(world)
    answers = [queues.compiled(world)(), queues.by_clock(world, people)(), queues.by_simpy(world, people)()]
    assert answers[0][0] > 300 and answers[0][1] > 0.0
    assert all(queues.agree(answer, answers[0]) for answer in answers)


def test_an_answer_to_another_queue_is_not_taken_for_the_same() -> None:
    world = worlds.queue(400)
    people = queues.customers(world)
    slower = [(gap, service + service // 100) for gap, service in people]
    assert not queues.agree(queues.by_simpy(world, slower)(), queues.by_simpy(world, people)())


def test_a_simulator_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "OTHERS", {"no_such_simulator": queues.by_ciw})
    rows = queues.rows(customers_about=100, rounds=1)
    assert [row.note for row in rows if row.what == "no_such_simulator"] == ["not installed"]
    assert [row.what for row in rows if row.ratio is not None] == [
        "compiled engine : SimPy",
        "reference engine's clock : SimPy",
    ]


def test_a_program_with_another_answer_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "OTHERS", {"json": lambda world, people: lambda: (0, 0.0)})
    rows = {row.what: row for row in queues.rows(customers_about=100, rounds=1)}
    assert rows["json"].note == "answers something else: not timed" and "json : SimPy" not in rows


# ---- the parts


def test_memory_is_measured_while_the_same_is_played() -> None:
    kept, summed = (memory.play(250, rows=rows) for rows in (None, 20))
    assert kept == pytest.approx(summed, rel=1e-12) and 15.0 < kept < 21.0
    assert memory.peak() > 10.0


def test_outcomes_that_differ_in_one_count_are_not_the_same() -> None:
    one, other = (scaling.played(worlds.small(), replications=3, workers=workers) for workers in (1, 2))
    assert scaling.same(one, other)
    other[2].cell[0, 1, 0, 0, CELL_ATTACKS] += 1.0
    assert not scaling.same(one, other)


def test_a_replication_that_fails_is_not_timed_in_silence() -> None:
    world = worlds.reduced(days=30.0)
    beyond = replace(world, operations=replace(world.operations, tempo=world.operations.tempo * 1e6))
    with pytest.raises(RuntimeError, match="grows without bound"):
        scaling.played(beyond, replications=2, workers=1)


def test_events_are_those_that_were_handled() -> None:
    world = worlds.small(days=3650.0)
    player = Player(world)
    outcome = player.play(seed=speed.SEED, draw=0, first=0, number=1)[0]
    born, attacks = outcome.cell[..., 0].sum(), outcome.cell[..., CELL_ATTACKS].sum()
    assert speed.events_of(player, 1) == born + attacks > 0


def test_one_command_prints_the_table_and_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "QUICK", TINY)
    monkeypatch.setattr(worlds, "shipped", lambda name, real=worlds.shipped: real("bare"))
    run.main(["--quick", "--only", "speed", "limit", "queue", "threads", "--json", str(tmp_path / "table.json")])
    printed = capsys.readouterr().out
    rows = json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))["rows"]
    for part in (speed.PART, limit.PART, scaling.PART):
        assert part in printed and part in {row["part"] for row in rows}
    assert "outcomes equal" in printed
    assert all(row["ratio"] is None or row["ratio"] > 0.0 for row in rows)


def test_every_file_is_checked_in_each_way(tmp_path: Path) -> None:
    names = files.overlays(tmp_path, 3)
    assert len({(tmp_path / name).read_text(encoding="utf-8") for name in names}) == 3
    assert files.checked(tmp_path, names, "--quick") > 0.0
    (tmp_path / names[1]).write_text("extends: base\nworld: {trust: {start: 200 %}}\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        files.checked(tmp_path, names, "--quick")


@pytest.mark.slow
def test_a_process_of_its_own_gives_the_first_result_and_its_memory() -> None:
    answer, taken = measure.in_process(starts.FIRST_RESULT, "bare")
    outcome = simulate(worlds.shipped("bare"), seed=2024, draw=0, replication=0)
    assert float(answer) == outcome.province.sum() and taken > 0.0
    assert float(measure.in_process(memory.PLAY, "2", "1")[0]) > 10.0


# ---- sweeps


def test_a_sweep_run_in_every_way_is_compared_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "find_spec", lambda name: None)  # tests/faults runs one on Dask
    monkeypatch.setattr(sweeps, "killed", lambda ref, folder, points: None)  # and kills some
    assert [row.note for row in sweeps.alike(4, 2)] == ["the same bytes"] * 4
    right, calls = sweeps.digests, iter(range(100))
    monkeypatch.setattr(sweeps, "digests", lambda folder: {**right(folder), "odd": str(next(calls))})
    assert {row.note.split(" ")[0] for row in sweeps.alike(4, 2)} == {"OTHER"}
