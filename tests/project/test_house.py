"""The house rules that a machine can hold: versions, front door, light starts, and nothing of one machine in a file."""

from __future__ import annotations

import ast
import json
import os
import pickle
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "pandas", "scipy", "matplotlib", "numba")
TAGS = ("[NEW]", "[CHANGE]", "[FIX]", "[RESULTS]")

# What belongs to one machine or to nobody else. Written so that no pattern finds itself.
FOREIGN = {
    "machine path": r"(?<![\w.~>-])(?:/(?:home|root|work|opt|Users)/\w|/tmp/\w*(?:venv|jobs)|[A-Za-z]:\\+Users\\)",
    "registry host": r"(?:pypi\.org|python[h]osted\.org|npmjs\.(?:org|com)|[d]eb\.debian\.org)",
    "secret": r"(?:-----BEGIN [A-Z ]*PRIVATE KEY|\bgh[pousr]_\w{20}|\bAKIA[0-9A-Z]{16}|://[^/\s:@]+:[^/\s:@]+@)",
}


def python(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """This Python in a process of its own, in `cwd`, with the package of this clone."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=300,
    )


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    """The project file."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tracked(root: Path) -> list[Path]:
    """Every file that git keeps."""
    if not (root / ".git").exists():
        pytest.skip("not a clone")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    return [root / name.decode() for name in names.split(b"\0") if name and (root / name.decode()).is_file()]


# ---- nothing of one machine


def foreign(text: str) -> list[str]:
    """Each kind of thing in `text` that has no place in a public file."""
    return [f"{kind}: {found.group()}" for kind, form in FOREIGN.items() for found in re.finditer(form, text)]


def test_no_machine_path_registry_host_or_secret_in_any_file(tracked: list[Path]) -> None:
    found = {str(path): foreign(path.read_text(encoding="utf-8", errors="replace")) for path in tracked}
    assert len(found) > 10
    assert {name: things for name, things in found.items() if things} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "see /ho" + "me/ali/simcpec",
        "cd /wo" + "rk/main",
        "--find-links=/op" + "t/wheels",
        "C:\\Us" + "ers\\ali",
        "https://py" + "pi.org/simple",
        "https://ali:geheim" + "@example.org/",
    ],
)
def test_a_planted_trace_of_a_machine_is_found(planted: str) -> None:
    assert len(foreign(planted)) == 1


def test_links_to_sources_are_no_traces() -> None:
    assert foreign("https://example.org/home/desk/opt/page, ./desk/a, a/home/b, ~/desk/x, $HOME/opt/y") == []


# ---- versions and what goes with a release


def test_changelog_and_citation_name_the_version(root: Path, project: dict[str, Any]) -> None:
    version = project["project"]["version"]
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert str(citation["version"]) == version
    assert re.findall(r"^## (\S+)", changelog, flags=re.MULTILINE)[0] == version


def test_changelog_lines_carry_a_tag(root: Path) -> None:
    lines = re.findall(r"^- (.*)", (root / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert lines
    assert [line for line in lines if not line.startswith(TAGS)] == []


def test_citation_holds_what_the_format_asks_for(root: Path, project: dict[str, Any]) -> None:
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert citation["license"] == project["project"]["license"]
    assert all("name" in author or "family-names" in author for author in citation["authors"])


# ---- the lock


def pins(lock: str) -> dict[str, tuple[str, int]]:
    """Package -> its one version and how many hashes it has."""
    blocks = re.split(r"\n(?=\S)", lock.strip())
    found = {}
    for block in blocks:
        match = re.match(r"([\w.-]+)==([^\s;]+)", block)
        assert match, f"not a pin: {block.splitlines()[0]}"
        found[match.group(1)] = (match.group(2), block.count("--hash=sha256:"))
    return found


def test_lock_answers_every_requirement_with_hashes_and_no_address(root: Path, project: dict[str, Any]) -> None:
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    held = pins(lock)
    extras = project["project"]["optional-dependencies"].values()
    wanted = [Requirement(text) for text in [*project["project"]["dependencies"], *(r for e in extras for r in e)]]
    assert [str(r) for r in wanted if r.name not in held or not r.specifier.contains(held[r.name][0])] == []
    assert [name for name, (_, hashes) in held.items() if hashes == 0] == []
    assert not re.search(r"://|^-|@ |/", lock, flags=re.MULTILINE)


def imported(path: Path) -> set[str]:
    """Top names of every import of a file, those inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_whatever_the_package_imports_is_a_requirement_of_its_own(root: Path, project: dict[str, Any]) -> None:
    called = {"yaml": "pyyaml", "pydantic_core": "pydantic"}  # comes with it, in the version that it asks for
    called |= {"sklearn": "scikit-learn", "docx": "python-docx", "dask": "distributed"}
    extras = project["project"]["optional-dependencies"]  # imported where they are asked for, refused where missing
    optional = {Requirement(line).name for name in ("cluster", "data", "paper", "pdf", "uq") for line in extras[name]}
    names = set().union(*(imported(path) for path in (root / "simcpec").rglob("*.py")))
    needed = {called.get(name, name) for name in names - set(sys.stdlib_module_names) - {"simcpec"}}
    assert needed - optional == {Requirement(line).name for line in project["project"]["dependencies"]}


def test_start_script_and_project_ask_for_the_same_python(root: Path, project: dict[str, Any]) -> None:
    asked = re.search(r"sys\.version_info < \((\d+), (\d+)\)", (root / "start.py").read_text(encoding="utf-8"))
    assert asked
    assert project["project"]["requires-python"] == f">={asked.group(1)}.{asked.group(2)}"


def test_ci_runs_the_test_command_of_the_readme(root: Path) -> None:
    first_screen = "\n".join((root / "README.md").read_text(encoding="utf-8").splitlines()[:40])
    commands = re.findall(r"^ *(python3 start\.py[^#\n]*?)(?: {2,}.*)?$", first_screen, flags=re.MULTILINE)
    script = (root / ".ci" / "run").read_text(encoding="utf-8")
    assert {command.strip() for command in commands} >= {"python3 start.py", "python3 start.py test"}
    assert re.search(r"^python3 start\.py test\b", script, flags=re.MULTILINE)
    assert os.access(root / ".ci" / "run", os.X_OK) or os.name == "nt"


@pytest.mark.slow
def test_the_wheel_carries_scenarios_data_and_templates(root: Path, tracked: list[Path], tmp_path: Path) -> None:
    built = python("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path), cwd=root)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    kept = {path.relative_to(root).as_posix() for path in tracked}
    wanted = {name for name in kept if name.startswith("simcpec/")}
    wanted |= {f"simcpec/_{name}" for name in kept if name.startswith("scenarios/")}
    assert wanted - inside == set()
    assert not [name for name in inside if name.startswith(("tests/", "scenarios/", "docs/"))]


# ---- what is measured of the tests


def unmeasured(root: Path, covered: Iterable[str], selected: set[str]) -> list[str]:
    """Folders of unit tests of the packages whose coverage is measured that are not `selected` for it."""
    there = {path.name for path in (root / "tests" / "unit").iterdir() if path.is_dir()}
    return sorted(set(covered) & there - selected)


def test_coverage_is_measured_with_every_test_that_is_about_a_measured_module(root: Path) -> None:
    start = runpy.run_path(str(root / "start.py"))
    covered, selected = start["COVERED"], {*start["PLAIN_TESTS"], *start["OTHER_TESTS"]}
    assert [name for name in selected if not (root / "tests" / "unit" / name).exists()] == []
    assert unmeasured(root, covered, selected) == []
    assert unmeasured(root, covered, selected - {"storage"}) == ["storage"]


def test_files_that_begin_a_run_of_all_tests_are_there(root: Path) -> None:
    longest = runpy.run_path(str(root / "tests" / "conftest.py"))["LONGEST"]
    assert len(longest) > 5 and [name for name in longest if not (root / "tests" / name).is_file()] == []


# ---- folders


def crowded(package: Path, most: int = 13) -> dict[str, int]:
    """Return the folders below a folder with more than `most` modules, `__init__` included, and how many they hold."""
    counts = Counter(path.parent.relative_to(package).as_posix() for path in package.rglob("*.py"))
    return {folder: count for folder, count in counts.items() if count > most}


def test_no_folder_of_the_package_or_of_its_tests_is_crowded(root: Path) -> None:
    assert crowded(root / "simcpec") == {}
    assert crowded(root / "tests") == {}


def test_a_crowded_folder_is_found(tmp_path: Path) -> None:
    for folder, count in (("full", 13), ("full/crowded", 14)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            (tmp_path / folder / f"part_{number}.py").touch()
    assert crowded(tmp_path) == {"full/crowded": 14}


# ---- the front door


def test_front_door_is_small_sorted_and_complete() -> None:
    import simcpec

    names = list(simcpec.__all__)
    public = {n for n, thing in vars(simcpec).items() if not n.startswith("_") and not isinstance(thing, ModuleType)}
    assert names == sorted(set(names))
    assert 1 <= len(names) <= 20
    assert [name for name in names if not hasattr(simcpec, name)] == []
    assert public - {"annotations", "TYPE_CHECKING"} <= set(names)


SURROUNDINGS = """
import json, locale, os, pkgutil, random, signal, sys, warnings
import jinja2, matplotlib.pyplot, numba, numpy, pydantic, scipy.stats, simpy, typer, yaml

def state():
    return {
        "numpy errors": numpy.geterr(), "numpy print": repr(numpy.get_printoptions()),
        "warnings": repr(warnings.filters), "figures": repr(sorted(dict(matplotlib.rcParams).items(), key=str)),
        "locale": locale.setlocale(locale.LC_ALL), "environment": dict(os.environ), "files": os.listdir(),
        "signals": [repr(signal.getsignal(s)) for s in sorted(signal.valid_signals())],
        "random": repr(random.getstate()), "numpy random": repr(numpy.random.get_state()),
        "recursion": sys.getrecursionlimit(), "path": list(sys.path), "hook": repr(sys.excepthook),
    }

before = state()
import simcpec
found = [m.name for m in pkgutil.walk_packages(simcpec.__path__, "simcpec.", onerror=None)]
for name in found:
    __import__(name)
PLANTED
after = state()
print(json.dumps({"modules": found, "changed": [key for key in before if before[key] != after[key]]}))
"""


def changed_by_import(tmp_path: Path, planted: str = "") -> dict[str, list[str]]:
    """Import every module of the package in a fresh process: which ones, and what of the process they changed."""
    done = python("-c", SURROUNDINGS.replace("PLANTED", planted), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


@pytest.mark.slow
def test_import_changes_nothing_of_the_process(tmp_path: Path) -> None:
    told = changed_by_import(tmp_path)
    assert "simcpec.errors" in told["modules"]
    assert told["changed"] == []


@pytest.mark.slow
def test_a_planted_change_of_the_process_is_found(tmp_path: Path) -> None:
    planted = "numpy.seterr(all='ignore'); matplotlib.rcParams['font.size'] = 3; warnings.simplefilter('ignore')"
    assert changed_by_import(tmp_path, planted)["changed"] == ["numpy errors", "warnings", "figures"]


# ---- light starts

PROBE = """
import runpy, sys
sys.argv = ["simcpec", *sys.argv[1:]]
code = 0
try:
    PLAY
except SystemExit as end:
    code = end.code or 0
print("\\nPROBE", code, *sorted(set(HEAVY) & set(sys.modules)))
"""


def heavy_after(play: str, *words: str, cwd: Path) -> tuple[str, list[str]]:
    """Exit code of what was played in a fresh process, and which heavy libraries it had imported by its end."""
    done = python("-c", PROBE.replace("PLAY", play).replace("HEAVY", repr(HEAVY)), *words, cwd=cwd)
    last = done.stdout.splitlines()[-1].split() if done.stdout else []
    assert last[:1] == ["PROBE"], done.stderr
    return last[1], last[2:]


LIGHT = (
    ["--help"],
    ["--version"],
    ["validate", "--quick", "share-1"],
    ["validate", "--help"],
    ["list", "handles"],
    ["list", "levers"],
    ["show", "helicopters"],
)


@pytest.mark.parametrize("words", LIGHT)
def test_light_commands_import_nothing_heavy(tmp_path: Path, words: list[str]) -> None:
    assert heavy_after("runpy.run_module('simcpec', run_name='__main__')", *words, cwd=tmp_path) == ("0", [])


def test_the_probe_sees_a_heavy_import(tmp_path: Path) -> None:
    assert heavy_after("import numpy; sys.exit(3)", cwd=tmp_path) == ("3", ["numpy"])


# ---- tests that repeat

GLOBAL = {"random", "np.random", "numpy.random"}
DRAWS = {"random", "randint", "uniform", "normal", "choice", "shuffle", "rand", "randn", "poisson", "exponential"}
NEED_A_SEED = {"default_rng", "Philox", "PCG64", "RandomState", "Random", "SeedSequence"}


def unseeded(source: str) -> list[str]:
    """Calls that draw, or make a generator, without a written seed."""
    found = []
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        owner, _, last = name.rpartition(".")
        none = call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value is None
        bare = none or not (call.args or call.keywords)
        if (last in NEED_A_SEED and bare) or (owner in GLOBAL and last in DRAWS):
            found.append(f"line {call.lineno}: {name}")
    return found


def test_no_test_draws_without_a_written_seed(root: Path) -> None:
    files = sorted((root / "tests").rglob("*.py"))
    found = {path.name: unseeded(path.read_text(encoding="utf-8")) for path in files}
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "source", ["np.random.default_rng()", "default_rng(None)", "random.random()", "np.random.normal(0, 1)", "Random()"]
)
def test_an_unseeded_draw_is_found(source: str) -> None:
    assert len(unseeded(source)) == 1
    assert unseeded("np.random.default_rng(0); rng.normal(0, 1); Random(0); np.random.Philox(key=0)") == []


# ---- the documentation


@pytest.mark.slow
def test_documentation_builds_without_a_warning(root: Path, tmp_path: Path) -> None:
    """Everything is read and every link resolved; no page is written, which would say nothing more.

    Types in signatures are left out: no warning can come of them, and resolving them is a quarter of the time.
    """
    source, pages = tmp_path / "source", tmp_path / "pages"
    shutil.copytree(root / "docs", source, ignore=shutil.ignore_patterns("_build", "generated"))
    done = python(
        "-m",
        "sphinx",
        "-W",
        "-q",
        "-b",
        "dummy",
        "-D",
        "autodoc_typehints=none",
        "-c",
        str(root / "docs"),
        str(source),
        str(pages),
        cwd=root,
    )
    assert done.returncode == 0, done.stderr
    errors = pickle.loads((pages / ".doctrees" / "generated" / "simcpec.errors.doctree").read_bytes())
    assert "exit code" in errors.astext()
