"""Without the compiler the reference engine leaves the same bytes: every rule, draw and tick, over swept switches."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simcpec.engines.reference import simulate
from simcpec.numerics.jit import JIT
from simcpec.verification.worlds.generated_worlds import made, swept

ROOT = Path(__file__).resolve().parents[2]
TURNS = range(6)

PLAIN = """
import sys
sys.path.insert(0, ROOT)
from simcpec.numerics.jit import JIT
from tests.agreement.test_reference_pure_python import TURNS, digest
print("compiled" if JIT else "plain", *(digest(turn) for turn in TURNS))
"""


def digest(turn: int) -> str:
    """SHA-256 of all that one replication of a swept world leaves, its trace included."""
    case = made({**swept(turn), "days": 40}, turn, turn, 7 * turn)
    outcome = simulate(case.world, **case.address, trace=True)
    assert outcome.trace is not None and len(outcome.trace) > 50
    tables = (outcome.cell, outcome.cohort, outcome.mode, outcome.province, outcome.start_plots, outcome.trace)
    return hashlib.sha256(b"".join(table.tobytes() for table in tables)).hexdigest()


@pytest.mark.skipif(not JIT, reason="this process runs without the compiler itself")
@pytest.mark.slow
def test_without_the_compiler_every_byte_is_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN.replace("ROOT", repr(str(ROOT)))],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    mode, *digests = done.stdout.split()
    assert mode == "plain"
    assert digests == [digest(turn) for turn in TURNS]


def test_the_digest_sees_another_world() -> None:
    assert len({digest(turn) for turn in TURNS}) == len(TURNS)
