"""Check simcpec with the lowest or the newest allowed numba, numpy, pandas, pydantic and typer.

    python3 start.py versions lowest
    python3 start.py versions newest

Makes a small environment in the user's cache, keyed by what it was asked for (the newest anew each week), lists the
five versions in it, compares the digests of numbers, draws and the tables of a study with those of this Python, by
both engines, and runs `TESTS` there. Exit code 1 where anything differs or fails.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import venv
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BOUNDS = ("lowest", "newest")
LIBRARIES = ("numba", "numpy", "pandas", "pydantic", "typer")
TOOLS = ("pytest>=9,<10", "hypothesis>=6.115,<7")
#: what feels the five: both engines event by event, draws and samplers, tables, the schema, the command line
TESTS = (
    "tests/agreement/test_engines_agree.py::test_both_engines_agree_on_every_shipped_scenario",
    "tests/unit/numerics/test_streams.py",
    "tests/unit/numerics/test_samplers.py", "tests/unit/storage/test_data_frames.py",
    "tests/unit/scenario/schema/test_schema.py", "tests/unit/cli/test_cli_validate.py",
)  # fmt: skip
REPLICATIONS = "2"
KEPT_SECONDS = 30 * 86_400.0


def main(words: list[str]) -> int:
    """Check the environments named; both where none is."""
    if unknown := [word for word in words if word not in BOUNDS]:
        print(f"{unknown[0]!r} is no bound; allowed: {' or '.join(BOUNDS)}", file=sys.stderr)
        return 2
    return max([check(bound) for bound in words or BOUNDS])


def check(bound: str) -> int:
    """Make one environment and hold it against this Python; returns an exit code."""
    began = time.monotonic()
    python = environment(bound)
    print(f"{bound}: " + ", ".join(versions(python)), f"(ready after {time.monotonic() - began:.0f} s)", flush=True)
    here, compiled, reference = (
        digests(sys.executable, "compiled"),
        digests(python, "compiled"),
        digests(python, "reference"),
    )
    wrong = differences(here, compiled) + differences(compiled, reference)
    for name in wrong:
        print(f"{bound}: {name} is not the same", file=sys.stderr)
    words = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *TESTS]
    failed = subprocess.run(words, cwd=ROOT, env=surroundings(), stdin=subprocess.DEVNULL, check=False).returncode
    print(f"{bound}: {'failed' if wrong or failed else 'ok'} in {time.monotonic() - began:.0f} s", flush=True)
    return int(bool(wrong or failed))


def requirements() -> list[str]:
    """What the package needs, as pyproject.toml says it, and the tools of the tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *TOOLS]


def environment(bound: str) -> str:
    """The Python of an environment with this bound of the five; made where it is not in the cache."""
    wanted = requirements()
    constraints = HERE / f"{bound}.txt"
    week = date.today().isocalendar()[:2] if bound == "newest" else ""
    key = hashlib.sha256(repr((sys.version, wanted, constraints.read_text(encoding="utf-8"), week)).encode())
    folder = cache() / f"{bound}-{key.hexdigest()[:16]}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    mark = folder / "complete.txt"
    if not mark.is_file():
        forget_old()
        venv.create(folder, clear=True, symlinks=os.name != "nt", with_pip=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
        pip += ["--only-binary", ":all:", "--constraint", str(constraints), *wanted]
        subprocess.run(pip, check=True, env=surroundings(), stdin=subprocess.DEVNULL)
        mark.write_text("complete\n", encoding="utf-8")
    return str(python)


def forget_old() -> None:
    """Remove environments that were made a month ago or earlier; another clone may be using a newer one."""
    for mark in cache().glob("*/complete.txt"):
        if time.time() - mark.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(mark.parent, ignore_errors=True)


def cache() -> Path:
    """The folder of the environments, beside the compiled code of simcpec."""
    sys.path.insert(0, str(ROOT))
    from simcpec.numerics.jit import cache_root

    return cache_root() / "simcpec-versions"


def versions(python: str) -> list[str]:
    """Name and version of each of the five in an environment."""
    script = f"from importlib.metadata import version\nfor name in {LIBRARIES}: print(name, version(name))"
    return output([python, "-c", script]).splitlines()


def digests(python: str, engine: str) -> dict[str, str]:
    """Digests of a study by this engine, and of numbers and draws, by a Python."""
    script = ROOT / "tests" / "support" / "reproduce.py"
    return dict(json.loads(output([python, "-P", str(script), engine, "1", REPLICATIONS])))


def differences(ours: dict[str, str], theirs: dict[str, str]) -> list[str]:
    """Names of the tables that differ or that one of the two lacks."""
    return sorted(name for name in ours | theirs if ours.get(name) != theirs.get(name))


def output(words: list[str]) -> str:
    """What a command prints; its errors go where ours go. Raises CalledProcessError where it fails."""
    done = subprocess.run(
        words, cwd=ROOT, env=surroundings(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8",
        check=True,
    )  # fmt: skip
    return done.stdout


def surroundings() -> dict[str, str]:
    """Our settings, with this clone for the package, without those of another compiler or other packages."""
    stray = re.compile(r"NUMBA_|PYTHON|PIP_(PREFIX|ROOT|TARGET|USER)$")
    kept = {name: value for name, value in os.environ.items() if not stray.match(name)}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
