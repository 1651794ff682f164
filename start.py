"""One command from a fresh clone to a report: `python3 start.py`; to pass the tests: `python3 start.py test`.

Needs Python 3.11 or newer with pip, and nothing else. The first start makes a virtual environment in `.venv` and
installs into it exactly what `requirements.lock` names, checked against its hashes; later starts use it as it is,
until the lock or the place of the clone changes.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (this very line is what tells the owner of an older Python)
    import shutil
    import subprocess

    _names = [f"python3.{minor}" for minor in range(20, 10, -1)]
    _newer = [name for name in _names if shutil.which(name) and subprocess.getstatusoutput(name + " -V")[0] == 0]
    sys.exit(
        f"simcpec needs Python 3.11 or newer; this is Python {sys.version_info[0]}.{sys.version_info[1]}.\n"
        + (f"Start it as:  {_newer[0]} start.py" if _newer else "Install a newer Python, then start this again.")
    )

import argparse
import hashlib
import importlib.util
import os
import subprocess
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
MARK = VENV / "made-by-start.txt"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
REPORT = Path("outputs") / "four-shares" / "report.html"
COMPARE = ["compare", "share-0.5", "share-1", "share-2", "share-3", "--baseline", "share-1"]
# Members of the calibrated ensemble and replications of each, where nothing else is asked for: a sixth of what a
# command without numbers takes, for a first start that installs and compiles too.
SIZE = ["--draws", "20", "--replications", "8"]
# What `test` checks before the tests, each as words for `python -m`; the hooks of .pre-commit-config.yaml run the same.
CHECKS = (
    ("ruff", "check", "--quiet", "."),
    ("ruff", "format", "--check", "--quiet", "."),
    ("mypy", "--no-error-summary"),
)
# What `coverage` measures, and how much of each must be reached (lines and branches, in per cent): by tests that run
# without the compiler, because compiled lines leave no trace, and by tests of what is never compiled.
COVERED, LEAST = ("model", "engines", "economics", "results", "analysis", "storage", "experiments"), 95
PLAIN_TESTS = ("model", "engines")  # folders of tests/unit
OTHER_TESTS = ("economics", "results", "analysis", "storage", "experiments", "reporting/tables/test_variance_table.py",
               "verification/test_replay.py")  # fmt: skip
# Settings of the caller's pip that send packages somewhere else than into the environment asked for.
STRAY = ("PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONPATH")


def main() -> int:
    """Parse the command line, set up, and do what was asked for; returns an exit code."""
    parser = argparse.ArgumentParser(
        prog="start.py", description="Set up simcpec in .venv, then run the four-share comparison or the tests."
    )
    tasks = {"run": run, "test": test, "coverage": coverage, "versions": versions, "setup": lambda extra: 0}
    parser.add_argument(
        "task",
        nargs="?",
        choices=tasks,
        default="run",
        help="run: compare four budgets and write a report (default); test: check the code; "
        "coverage: which lines the tests reach; versions: check with the lowest and newest allowed libraries; "
        "setup: only install",
    )
    task, extra = parser.parse_known_args()
    if extra and task.task == "setup":
        parser.error("setup takes nothing further: " + " ".join(extra))
    set_up()
    return tasks[task.task](extra)


def set_up() -> None:
    """Make `.venv` hold what the lock names; done in no time where it already does."""
    wanted = fingerprint()
    found = MARK.read_text(encoding="utf-8") if MARK.is_file() else None
    if found == wanted and PYTHON.exists():
        return
    if VENV.exists() and found is None:
        sys.exit(f"{VENV} exists and was not made by start.py. Rename or remove it, then start this again.")
    print(f"Setting up {VENV} (once; a minute or two) ...", file=sys.stderr, flush=True)
    has_pip = importlib.util.find_spec("ensurepip") is not None  # Debian keeps it in a package of its own
    venv.create(VENV, clear=True, symlinks=os.name != "nt", with_pip=False)
    MARK.write_text("unfinished\n", encoding="utf-8")
    if has_pip:
        call([str(PYTHON), "-m", "ensurepip", "--default-pip"], quiet=True)
    pip = [str(PYTHON), "-m", "pip"] if has_pip else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    # No byte code beforehand: Python makes it of the few modules that are imported, which takes a fraction of the time.
    pip += ["--disable-pip-version-check", "--no-input", "install", "--quiet", "--no-compile"]
    call([*pip, "--require-hashes", "--only-binary", ":all:", "--requirement", str(LOCK)])
    call([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    # Python before 3.13 reads the link to the clone in the encoding of the locale: a relative one is always ASCII.
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV)}))
    for link in packages.glob("*editable*simcpec.pth"):
        link.write_text(os.path.relpath(ROOT, packages) + "\n", encoding="ascii")
    MARK.write_text(wanted, encoding="utf-8")


def fingerprint() -> str:
    """What an environment was made from: the lock, the project file, the Python, the place."""
    digest = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return f"{digest}\n{sys.version}\n{sys.platform}\n{ROOT}\n"


def run(extra: list[str]) -> int:
    """The main job: what 0.5, 1, 2 and 3 % of the annual outlay for security would do."""
    code = call(
        [str(PYTHON), "-m", "simcpec", *COMPARE, "--out", str(REPORT.parent), "--force", *(extra or SIZE)], check=False
    )
    if code == 0 and (ROOT / REPORT).is_file():
        print(f"\nThe report: {ROOT / REPORT}")
    return code


def test(extra: list[str]) -> int:
    """Run `CHECKS`, then all tests on two workers; further words go to pytest, which then runs alone."""
    if extra:
        return call([str(PYTHON), "-m", "pytest", *extra], check=False)
    # Byte code once for all processes that tests start, and compiled rules once for both workers, beside the linters.
    call([str(PYTHON), "-m", "compileall", "-q", "simcpec"], check=False)
    warmup = [str(PYTHON), "-m", "simcpec", "warmup", "-q"]
    quiet = subprocess.DEVNULL
    warm = subprocess.Popen(warmup, cwd=ROOT, env=surroundings(), stdin=quiet, stdout=quiet, stderr=quiet)
    failed = []
    for words in CHECKS:
        name = " ".join(word for word in words if word.isalpha())  # ruff check, ruff format, mypy
        print(f"{name} ... ", end="", flush=True)
        code = call([str(PYTHON), "-m", *words], check=False)
        print("ok" if code == 0 else f"{name} found faults")
        failed += [name] if code else []
    warm.wait()  # where it fails, tests say why
    # Each worker takes a half in the order of the files, so that both seldom make the fixtures of one file.
    code = call([str(PYTHON), "-m", "pytest", "-n", "2", "--dist", "worksteal"], check=False)
    if failed:
        print("Failed: " + ", ".join(failed), file=sys.stderr)
    return code or bool(failed)


def coverage(extra: list[str]) -> int:
    """Lines and branches of `COVERED` that their tests reach; fails below `LEAST`.  Takes some minutes."""
    code, more = 0, []
    for names, settings in ((PLAIN_TESTS, {"NUMBA_DISABLE_JIT": "1"}), (OTHER_TESTS, {})):
        tests = [f"tests/unit/{name}" for name in names]
        words = ["-m", "pytest", "-q", "-m", "not slow and not browser", *tests]
        code = call([str(PYTHON), "-m", "coverage", "run", *more, *words], check=False, more=settings) or code
        more = ["--append"]
    for package in COVERED:
        print(f"\n{package}", flush=True)
        report = ["report", f"--include=simcpec/{package}/*", f"--fail-under={LEAST}", *extra]
        code = call([str(PYTHON), "-m", "coverage", *report], check=False) or code
    return code


def versions(extra: list[str]) -> int:
    """Results and tests with the `lowest` and the `newest` allowed libraries, or with one of them; takes minutes."""
    return call([str(PYTHON), str(ROOT / "tests" / "versions" / "check.py"), *extra], check=False)


def surroundings() -> dict[str, str]:
    """The settings of the caller, but for `STRAY`."""
    return {key: value for key, value in os.environ.items() if key not in STRAY}


def call(command: list[str], *, quiet: bool = False, check: bool = True, more: dict[str, str] | None = None) -> int:
    """Run a command in the clone, without a shell or standard input; its exit code, or our end where `check` fails.

    more : settings beside those of the caller.
    """
    settings = surroundings() | (more or {})
    sys.stdout.flush()
    output = subprocess.DEVNULL if quiet else None
    code = subprocess.run(command, cwd=ROOT, env=settings, stdin=subprocess.DEVNULL, stdout=output).returncode
    if code and check:
        sys.exit(f"\nThis step failed (exit code {code}); set-up stops here:\n  " + " ".join(command))
    return code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
