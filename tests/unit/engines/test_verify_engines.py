"""`verify engines`: equal engines are called equal, and a rule that is changed in one of them is caught and located."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simcpec.cli import main
from simcpec.engines import engine
from simcpec.engines.compiled.simulate import state as compiled_state
from simcpec.engines.reference import attacks, calendar, network, operations, plots
from simcpec.engines.reference import view as reference_view
from simcpec.engines.view import until
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.outcome import TRACE
from simcpec.model.rules import harm
from simcpec.model.rules import operations as operation_rules
from simcpec.model.state import STATE_FIELDS, State
from simcpec.numerics.jit import JIT
from simcpec.verification import engines
from simcpec.verification.engines import first_difference
from simcpec.verification.worlds.generated_worlds import made, swept
from simcpec.verification.worlds.neutral_world import bare_world
from tests.support.failing import unbounded

ROOT = Path(__file__).resolve().parents[3]
SHORT = ("--set", "run.horizon=60 days")
ADDRESS = {"seed": 3, "draw": 0, "replication": 5}


def plant(monkeypatch: pytest.MonkeyPatch, chapter: ModuleType, name: str, rules: ModuleType, **changed: Any) -> None:
    """Change rules in one chapter of the reference engine only."""
    monkeypatch.setattr(chapter, name, SimpleNamespace(**{**vars(rules), **changed}))


def compared(turn: int = 2) -> engines.Comparison:
    case = made({**swept(turn), "days": 120}, turn, 0, 0)
    return engines.compare(case.world, **ADDRESS)


def differs(turn: int = 2) -> engines.EngineDifference:
    found = compared(turn).difference
    assert found is not None
    return found


# ---- equal engines


@pytest.mark.parametrize("turn", range(6))
def test_equal_engines_are_called_equal(turn: int) -> None:
    found = compared(turn)
    assert found.difference is None
    assert found.events > 100


def test_every_attribute_of_the_state_is_declared_and_recorded() -> None:
    attributes = set(vars(State(bare_world())))
    assert attributes - set(STATE_FIELDS) == set()
    assert set(STATE_FIELDS) - attributes == {"teams", "escorts", "escorts_busy", "queue", "waiting", "trips", "open"}


@pytest.mark.parametrize("turn", range(6))
def test_states_agree_at_any_tick_and_a_short_history_is_the_beginning_of_the_long_one(turn: int) -> None:
    case = made({**swept(turn), "days": 60}, turn, 1, 2)
    whole = engine("reference")(case.world, **case.address, trace=True).trace
    assert whole is not None
    for tick in (1, int(whole["tick"][len(whole) // 2]), int(whole["tick"][-1]) + 1):
        short = until(case.world, tick)
        trace = engine("reference")(short, **case.address, trace=True).trace
        assert trace is not None and trace.tobytes() == whole[whole["tick"] < tick].tobytes()
        a, b = reference_view.state(short, **case.address), compiled_state(short, **case.address)
        assert set(a) == set(b) > set(STATE_FIELDS)
        assert [name for name in a if a[name].shape != b[name].shape or a[name].tobytes() != b[name].tobytes()] == []


def test_the_same_error_in_both_is_agreement() -> None:
    found = engines.compare(unbounded(), seed=0, draw=0, replication=0)
    assert found.difference is None
    assert "grows without bound" in found.error


# ---- planted faults


def test_a_changed_rule_is_located_at_its_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    case = made({**swept(2), "days": 120}, 2, 0, 0)
    sound = engine("compiled")(case.world, **ADDRESS, trace=True).trace
    assert sound is not None
    first = sound[np.flatnonzero(sound["kind"] == events.KIND_BREACH)[0]]
    monkeypatch.setattr(attacks, "deaths", lambda *a, then=attacks.deaths: then(*a) + 1)
    found = differs()
    assert found.what == "event"
    assert (found.tick, events.KINDS[found.reference["kind"]]) == (int(first["tick"]), "breach")
    assert found.reference["value"] > found.compiled["value"] == first["value"]
    assert found.state == ()
    assert found.began == found.tick
    assert any(one.name.startswith("cell.deaths[") and one.a > one.b for one in found.after)
    assert 0 < len(found.before) <= engines.BEFORE
    assert (found.before["tick"] <= found.tick).all()


def test_a_change_that_no_event_tells_is_located_by_the_states(monkeypatch: pytest.MonkeyPatch) -> None:
    case = made({**swept(2), "days": 120}, 2, 0, 0)
    sound = engine("compiled")(case.world, **ADDRESS, trace=True).trace
    assert sound is not None
    first = int(sound["tick"][np.flatnonzero(sound["kind"] == events.KIND_BREACH)[0]])
    plant(monkeypatch, attacks, "harm", harm, injured=lambda *a: harm.injured(*a) + 1)
    found = differs()
    assert found.what == "counters"
    assert found.tick == case.world.calendar.horizon_tick
    assert found.began == first
    assert found.agreed is not None and found.agreed < first
    # Whether anybody was hurt also decides which probability a record of counts has of the attack.
    changed = {one.name.partition("[")[0] for one in found.counts}
    assert {"cell.injured"} <= changed <= {"cell.injured", "mode.injured", "province.reported_attacks"}
    assert all(one.a > one.b for one in found.counts if "injured" in one.name)


def test_where_it_begins_is_told_apart_from_where_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust that falls too far is a wrong state at once, and another event only with the next tip that is missed."""
    changed = {"trust_after": lambda now, loss: 0.8 * operation_rules.trust_after(now, loss)}
    plant(monkeypatch, network, "trust_rules", operation_rules, **changed)
    world = bare_world(
        threat__rate=0.3, detection__mode=modes.LEADS, detection__tips=0.05, detection__unit=0.05,
        operations__routine=0.1, operations__goes_wrong=0.2, network__trust_wrong=0.1, network__trust_recovery=200.0,
    )  # fmt: skip
    found = engines.compare(world, **ADDRESS).difference
    assert found is not None and found.what == "event"
    assert found.agreed is not None and found.began is not None
    assert found.agreed < found.began < found.tick
    assert {one.name.partition("[")[0] for one in found.state} == {"trust"}


def test_a_wrong_beginning_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    world = bare_world(threat__rate=0.3, network__trust_start=0.9)
    assert engines.compare(world, **ADDRESS).difference is None
    monkeypatch.setattr(calendar, "first_regimes", lambda stage: stage.counts.at(0, names.PROV_FOUND))
    found = engines.compare(world, **ADDRESS).difference
    assert found is not None and found.what == "counters"
    assert (found.agreed, found.began) == (None, None)
    assert [one.name for one in found.state] == ["province.found[period 0, AAA]"]


def test_an_engine_that_stops_is_told_apart_from_one_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    world = bare_world(
        threat__rate=0.2, detection__mode=2, detection__hazard=0.5, detection__unit=0.5, operations__teams=1
    )
    assert engines.compare(world, **ADDRESS).difference is None
    monkeypatch.setattr(plots, "most_intensity", lambda stage, p: 1e6)
    found = engines.compare(world, **ADDRESS).difference
    assert found is not None and found.what == "error"
    assert "reached 2e+06 times that of the start" in found.reference
    assert found.compiled == "played to the end"


@pytest.mark.parametrize("field", TRACE.names)
def test_a_difference_in_any_field_of_a_row_is_seen(field: str) -> None:
    rows = np.zeros(5, TRACE)
    other = rows.copy()
    assert first_difference(rows, other) is None
    other[field][3] = 1
    assert first_difference(rows, other) == 3
    assert first_difference(rows, rows[:4]) == 4
    other[field][3] = -0.0 if field == "value" else 1
    assert first_difference(rows, other) == 3


# ---- the command


def test_the_command_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "engines", "bare", "share-1", *SHORT]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line] == ["scenario", "bare", "share-1"]
    assert all(line.endswith("the same") for line in lines[1:3])


def test_a_sampled_draw_is_verified_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "engines", "bare", *SHORT, "--draw", "4", "-r", "2", "--seed", "0", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["scenarios"]
    assert (row["seed"], row["draw"], row["replications"], row["verdict"]) == (0, 4, 2, "the same")


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, operations, "rules", operation_rules, mark=lambda m, s, u: operation_rules.mark(m, s, u) + 1)


def test_the_command_refuses_and_shows_the_event(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken(monkeypatch)
    assert main(["verify", "engines", "base", "--set", "run.horizon=10 days"]) == 4
    shown = capsys.readouterr()
    assert "error: the engines differ on base" in shown.err
    assert "event " in shown.out and ", arrest at tick " in shown.out
    assert [line.split()[0] for line in shown.out.splitlines() if line.startswith(("reference", "compiled"))] == [
        "reference",
        "compiled",
    ]
    assert "state just before tick" in shown.out and "the same in both engines" in shown.out
    assert "province.arrests[period 0, " in shown.out
    assert "  2025-01-" in shown.out


def test_the_refusal_as_one_document(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    broken(monkeypatch)
    assert main(["verify", "engines", "base", "--set", "run.horizon=10 days", "--json"]) == 4
    (row,) = json.loads(capsys.readouterr().out)["scenarios"]
    found = row["difference"]
    assert row["verdict"] == "different"
    assert found["reference"]["kind"] == "arrest" and found["reference"]["tick"] == found["tick"]
    assert found["state_before"] == [] and found["state_after"] and found["counters"]


def test_what_cannot_be_verified_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "theroy"]) == 2
    assert "allowed: engines" in capsys.readouterr().err


# ---- without the compiler

PLAIN = """
import sys
sys.path.insert(0, ROOT)
from simcpec.numerics.jit import JIT
from tests.unit.engines.test_verify_engines import TURNS, digest
print("compiled" if JIT else "plain", *(digest("compiled", turn) for turn in TURNS))
"""
TURNS = range(4)


def digest(name: str, turn: int) -> str:
    """SHA-256 of everything that one replication of a tiny world leaves."""
    import hashlib

    case = made({**swept(turn), "days": 40}, turn, turn, 7 * turn)
    outcome = engine(name)(case.world, **case.address, trace=True)
    assert outcome.trace is not None and len(outcome.trace) > 50
    tables = (outcome.cell, outcome.cohort, outcome.mode, outcome.province, outcome.start_plots, outcome.trace)
    return hashlib.sha256(b"".join(table.tobytes() for table in tables)).hexdigest()


@pytest.mark.skipif(not JIT, reason="this process runs without the compiler itself")
def test_the_compiled_engine_as_plain_python_leaves_the_same_bytes() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PLAIN.replace("ROOT", repr(str(ROOT)))],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    mode, *digests = done.stdout.split()
    assert mode == "plain"
    assert digests == [digest("reference", turn) for turn in TURNS] == [digest("compiled", turn) for turn in TURNS]
