"""The same result tables, to the last byte, whatever plays: workers, engine, length, surroundings, processor, Python.

Every cell of the matrix is a study of two scenarios in two parameter draws, and a set of numbers and draws. Cells that
need another processor setting compile once; those of another Python run as plain Python, which needs no compiler.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from simcpec.experiments.design.prepare import prepare
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.study import study
from simcpec.model.outcome import CELL_COUNTS, Outcome
from simcpec.numerics.jit import JIT
from tests.support import reproduce
from tests.support.reproduce import DRAWS, SCENARIOS, SEED, SETTINGS, digests

ROOT = Path(__file__).resolve().parents[2]
REPLICATIONS = 2
#: names of other Pythons; more of them in SIMCPEC_PYTHONS, as paths with the separator of PATH
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")
NEEDED = "import matplotlib, numba, numpy, pydantic, scipy, yaml"
PLAIN = {"NUMBA_DISABLE_JIT": "1"}
GENERIC = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_ENABLE_AVX": "0"}
SURROUNDINGS = {
    "hash seed 1, German, Karachi": {"PYTHONHASHSEED": "1", "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Karachi"},
    "hash seed 2, no locale, one thread": {"PYTHONHASHSEED": "2", "LC_ALL": "C", "TZ": "UTC", "OMP_NUM_THREADS": "1"},
}


@cache
def here() -> dict[str, str]:
    """The digests of this process, by one worker."""
    return {**reproduce.numbers(), **digests("compiled", 1, REPLICATIONS)}


def elsewhere(python: str, engine: str, replications: int = REPLICATIONS, **environment: str) -> dict[str, str]:
    """Those of another process; with no replications only numbers and draws."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "PYTHON", "LC_", "LANG"))
    }
    done = subprocess.run(
        [python, "-P", str(ROOT / "tests" / "support" / "reproduce.py"), engine, "1", str(replications)],
        env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_tables_are_there() -> None:
    assert {f"{SCENARIOS[0]}/cell", f"{SCENARIOS[1]}/costs", "numbers"} <= set(here())
    assert sum(name.endswith(".csv") for name in here()) >= 10
    found = study(SCENARIOS, sets=SETTINGS, seed=SEED, draws=DRAWS, replications=REPLICATIONS)
    assert (found.scenarios[0].cell[..., CELL_COUNTS.index("breaches")] > 0.0).sum() >= 3


@pytest.mark.parametrize(("engine", "jobs"), [("compiled", 2), ("compiled", 4), ("reference", 1)])
def test_workers_and_engines(engine: str, jobs: int) -> None:
    told = {name: value for name, value in here().items() if name != "numbers"}
    assert digests(engine, jobs, REPLICATIONS) == told


@pytest.mark.parametrize("chunk", [1, 3, 64])
def test_chunks(chunk: int) -> None:
    ready = prepare(SCENARIOS, sets=SETTINGS, seed=SEED, draws=DRAWS, replications=REPLICATIONS)
    plain = play_all(ready.worlds, ready.jobs, seed=SEED, workers=1)
    chunked = play_all(ready.worlds, ready.jobs, seed=SEED, workers=2, chunk=chunk)
    for one, other in zip(plain, chunked, strict=True):
        assert isinstance(one, Outcome) and isinstance(other, Outcome)
        assert one.cell.tobytes() == other.cell.tobytes() and one.province.tobytes() == other.province.tobytes()


def test_a_longer_study_begins_with_the_shorter_one() -> None:
    short, long = (study(SCENARIOS, sets=SETTINGS, seed=SEED, draws=DRAWS, replications=n) for n in (2, 5))
    for a, b in zip(short.scenarios, long.scenarios, strict=True):
        for name in ("cell", "cohort", "province", "costs"):
            assert np.ascontiguousarray(getattr(b, name)[:, :2]).tobytes() == getattr(a, name).tobytes()


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_hash_seed_locale_and_time_zone(name: str) -> None:
    assert elsewhere(sys.executable, "compiled", **SURROUNDINGS[name]) == here()


@pytest.mark.skipif(not JIT, reason="this process runs without the compiler itself")
@pytest.mark.slow
def test_without_the_compiler() -> None:
    assert elsewhere(sys.executable, "reference", **PLAIN) == here()


@pytest.mark.skipif(not JIT, reason="nothing is compiled here")
@pytest.mark.slow
def test_a_generic_processor_without_vector_instructions() -> None:
    """One compilation for a processor that has nothing but the base set: no AVX, no fused multiply and add."""
    assert elsewhere(sys.executable, "compiled", **GENERIC) == here()


def other_pythons() -> list[str]:
    """Every other Python by its path: those named in SIMCPEC_PYTHONS, and those on the search path."""
    named = os.environ.get("SIMCPEC_PYTHONS", "").split(os.pathsep)
    return [path for path in dict.fromkeys([*named, *(shutil.which(name) or "" for name in PYTHONS)]) if path]


@pytest.mark.slow
def test_every_other_python_that_has_what_is_needed() -> None:
    ready = [path for path in other_pythons() if version(path) not in (None, version(sys.executable))]
    if not ready:
        pytest.skip("no other Python has the packages: name some in SIMCPEC_PYTHONS")
    for path in ready:
        assert elsewhere(path, "reference", **PLAIN) == here(), path


def version(python: str) -> str | None:
    """Major and minor version of a Python; None where packages are missing."""
    code = f"{NEEDED}, sys; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", code], capture_output=True, encoding="utf-8", timeout=120, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def test_another_seed_or_setting_gives_other_tables() -> None:
    """The control: the digests see what they should."""
    whole = study(SCENARIOS, sets=SETTINGS, seed=SEED, draws=DRAWS, replications=REPLICATIONS)
    for other in (
        study(SCENARIOS, sets=SETTINGS, seed=SEED + 1, draws=DRAWS, replications=REPLICATIONS),
        study(SCENARIOS, sets=(*SETTINGS, "run.horizon=13 days"), seed=SEED, draws=DRAWS, replications=REPLICATIONS),
    ):
        assert other.scenarios[0].cell.tobytes() != whole.scenarios[0].cell.tobytes()
