"""With a numba that our way of compiling was not tested with: plain compiling, one line on stderr, the same bits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from simcpec.numerics.jit import JIT
from simcpec.numerics.tested_numba import TESTED, is_tested

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(not JIT, reason="NUMBA_DISABLE_JIT is set: nothing is compiled")

DIGEST = """
import hashlib
from simcpec.numerics import jit, streams
digest = hashlib.sha256()
key = streams.key_word(7, 1)
for n in range(50):
    for u in streams.block(key, n, streams.mix(n, 1, n), 3, int(streams.S_PLOT), n):
        digest.update(u.hex().encode())
print(digest.hexdigest(), jit.PIPELINE is not None, jit.cache_folder() is not None)
"""
#: what is done to numba before the package is imported -> what the line says
UNFIT = {
    "import numba; numba.__version__ = '0.99.0'": r"numba 0\.99\.0 is not of a tested minor \(0\.61, .*\)",
    "from numba.core import codegen; del codegen.JITCodeLibrary": r"numba \S+ is not built as expected .*",
    "from numba.core.compiler import CompileResult; del CompileResult._reduce": r"numba \S+ is not .*'_reduce'.*",
}


def draw(cache: Path, before: str = "", **environment: str) -> tuple[list[str], list[str]]:
    """Words on stdout and lines on stderr of a process that draws, after `before` was done to numba."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("NUMBA_", "PYTHONWARNINGS"))}
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\n{DIGEST}"],
        env=kept | {"SIMCPEC_CACHE": str(cache), "PYTHONDONTWRITEBYTECODE": "1"} | environment,
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split(), done.stderr.splitlines()


@pytest.fixture(scope="module")
def right_digest(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bits of plain Python."""
    return draw(tmp_path_factory.mktemp("plain"), NUMBA_DISABLE_JIT="1")[0][0]


@pytest.mark.parametrize("before", UNFIT)
def test_an_unfit_numba_costs_one_line_and_no_bit(tmp_path: Path, before: str, right_digest: str) -> None:
    words, lines = draw(tmp_path, before)
    assert words == [right_digest, "False", "False"]
    assert len(lines) == 1
    assert re.search(rf"SimcpecWarning: {UNFIT[before]}: code is compiled plainly, and anew in each process;", lines[0])
    assert list(tmp_path.iterdir()) == []


def test_this_numba_is_fit_and_costs_no_line(tmp_path: Path, right_digest: str) -> None:
    """The control: with nothing done to numba, the pipeline is used and compiled code is kept."""
    assert draw(tmp_path) == ([right_digest, "True", "True"], [])
    assert list(tmp_path.rglob("block-*.bin"))


def test_the_command_line_says_it_in_one_line_too(tmp_path: Path) -> None:
    before = "import numba, sys; numba.__version__ = '0.99.0'; sys.argv = ['simcpec', 'doctor']"
    script = f"{before}\nfrom simcpec.cli import main; main()"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=kept | {"SIMCPEC_CACHE": str(tmp_path)}, cwd=ROOT,
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert re.fullmatch(r"warning: numba 0\.99\.0 is not of a tested minor .*\n", done.stderr)
    assert "every process compiles anew" in done.stdout


def test_a_minor_counts_with_all_its_releases_and_no_other_minor_does() -> None:
    assert all(is_tested(f"{minor}.{release}") for minor in TESTED for release in ("0", "2", "0rc1"))
    assert not any(is_tested(version) for version in ("0.60.0", "0.99.1", "0.6", "1.61.0", "0.610.0"))


def test_the_table_begins_at_the_lower_bound_and_holds_the_numba_of_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (bound,) = [re.split(r"[>=,<]+", line)[1] for line in project["dependencies"] if line.startswith("numba")]
    locked = re.search(r"^numba==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert is_tested(bound) and ".".join(bound.split(".")[:2]) == TESTED[0]
    assert locked is not None and is_tested(locked[1])
