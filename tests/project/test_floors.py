"""The floors of the house: imports go down only, wherever in a file they stand."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = "simcpec"
FRONT_DOOR = ""  # simcpec/__init__.py, named by its path below the package

# Floor of each part, as the data flow: a scenario becomes a world, an engine simulates it, results become estimates.
# The lowest floors have an order of their own: what needs nothing, then numba, then the decorator and what uses it.
FLOORS: Mapping[str, float] = {
    "errors": 0.0,
    "signal_notes": 0.0,
    "stop_signals": 0.05,
    "units": 0.1,
    "numerics": 1,
    "catalogue": 1,
    "model": 2,
    "economics": 3,
    "results": 3.1,
    "scenario": 4,
    "engines": 4,
    "analysis": 5,
    "storage": 6,
    "experiments": 7,
    "calibration": 8,
    "verification": 8,
    "reporting": 9,
    "explorer": 9,
    "cli": 10,
    "__main__": 11,
    FRONT_DOOR: 11,
}

# Who alone may import a library, as paths below the package; everyone else must not.
ONLY_IN: Mapping[str, tuple[str, ...]] = {
    "matplotlib": ("reporting",),
    "weasyprint": ("reporting.page.pdf",),
    "typer": ("cli",),
    "simpy": ("engines.reference",),
    "numba": ("numerics.numba_import", "numerics.numba_pipeline"),
    "pandas": ("storage.data_frames",),
    "sklearn": ("economics.value_of_information.regression",),
    "dask": ("experiments.execution",),
    "distributed": ("experiments.execution",),
}

# What a part must not know, beside what the table above keeps for others.
NOT_IN: Mapping[str, tuple[str, ...]] = {
    "model": ("simpy", "pandas", "matplotlib", "yaml"),
    "engines": ("yaml",),
}

# Parts that stand beside each other by design and must not meet, although their floors would allow it.
APART: Mapping[str, tuple[str, ...]] = {
    "engines": ("catalogue", "economics", "results"),
    "model": ("catalogue",),
}


@dataclass(frozen=True)
class Import:
    """One import: in `module` (dotted, below the package; "" is the front door) at `line`, of `target` (dotted)."""

    module: str
    line: int
    target: str

    @property
    def part(self) -> str:
        return self.module.split(".")[0]

    def __str__(self) -> str:
        return f"{PACKAGE}.{self.module}, line {self.line}: imports {self.target}"


def modules(package: Path) -> dict[str, Path]:
    """Dotted name below the package -> file, for every Python file in it."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        words = path.relative_to(package).with_suffix("").parts
        found[".".join(words[:-1] if words[-1] == "__init__" else words)] = path
    return found


def imports(package: Path) -> list[Import]:
    """Every import of the package: at the top, in functions, under TYPE_CHECKING, absolute, relative, by name."""
    known = modules(package)
    found = []
    for module, path in known.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
            is_package = path.name == "__init__.py"
            found += [Import(module, line, target) for line, target in targets(node, module, is_package, known)]
    return found


def targets(node: ast.AST, module: str, is_package: bool, known: Mapping[str, Path]) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of what one syntax node imports; `from a import b` is `a.b` where that is a module."""
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            here = [PACKAGE, *filter(None, module.split("."))]
            stem = here[: len(here) - node.level + is_package]
            base = ".".join([*stem, *filter(None, [base])])
        for alias in node.names:
            full = f"{base}.{alias.name}"
            yield node.lineno, full if inside(full) in known else base
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("import_module", "__import__") and isinstance(node.args[0].value, str):
            yield node.lineno, node.args[0].value


def inside(target: str) -> str | None:
    """The dotted name below the package; None where `target` is somebody else's."""
    top, _, rest = target.partition(".")
    return rest if top == PACKAGE else None


def within(module: str, places: Iterable[str]) -> bool:
    """Whether `module` is one of `places` or below one."""
    return any(module == place or module.startswith(place + ".") for place in places)


def faults(package: Path) -> list[str]:
    """Every broken rule of the floors table, one sentence each."""
    found = [f"{PACKAGE}.{m} stands on no floor" for m in modules(package) if m.split(".")[0] not in FLOORS]
    for one in imports(package):
        if one.part in FLOORS:
            rule = broken_inside(one) if inside(one.target) is not None else broken_outside(one)
            found += [f"{one}, {rule}"] if rule else []
    return list(dict.fromkeys(found))  # one statement may import several names from one module


def broken_inside(one: Import) -> str:
    """The rule that an import of our own package breaks, or ""."""
    target = inside(one.target) or ""
    part = target.split(".")[0]
    if part == FRONT_DOOR:
        return "but nobody inside uses the front door"
    if part not in FLOORS:
        return "which stands on no floor"
    if part == one.part:
        return ""
    if FLOORS[part] >= FLOORS[one.part]:
        return "but imports go down only, never sideways or up"
    if part in APART.get(one.part, ()):
        return f"but {one.part} takes nothing from {part}"
    return ""


def broken_outside(one: Import) -> str:
    """The rule that an import of a library breaks, or ""."""
    library = one.target.split(".")[0]
    if library in NOT_IN.get(one.part, ()):
        return f"which {one.part} must not know"
    places = ONLY_IN.get(library)
    if places is not None and not within(one.module, places):
        return f"which only {', '.join(places)} may"
    return ""


def circle(package: Path) -> list[str]:
    """Modules that import each other in a circle, in order, or []; a package counts as its `__init__`."""
    known = modules(package)
    graph: dict[str, set[str]] = {name: set() for name in known}
    for one in imports(package):
        target = inside(one.target)
        if target is not None and target in known and target != one.module:
            graph[one.module].add(target)
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        found = next(filter(None, (visit(other, [*path, name]) for other in sorted(graph[name]))), [])
        done.add(name)
        return found

    return next(filter(None, (visit(name, []) for name in sorted(graph))), [])


def test_imports_go_down_only(root: Path) -> None:
    assert imports(root / PACKAGE), "no import was read: the check looks at the wrong folder"
    assert faults(root / PACKAGE) == []


def test_no_import_circle(root: Path) -> None:
    assert circle(root / PACKAGE) == []


def planted(folder: Path, files: Mapping[str, str]) -> Path:
    """A package in `folder` that holds `files`."""
    for name, text in files.items():
        path = folder / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / PACKAGE


SOUND = {
    "__init__.py": "from simcpec.storage.study_folder import load",
    "errors.py": "",
    "numerics/numba_import.py": "import numba",
    "numerics/jit.py": "from simcpec.numerics.numba_import import numba\nfrom simcpec import errors",
    "model/world.py": "import numpy\nfrom simcpec.numerics.jit import kernel\nfrom .state import State",
    "model/state.py": "from simcpec.errors import SimcpecError",
    "engines/reference/clock.py": "import simpy",
    "storage/data_frames.py": "import pandas",
    "storage/study_folder.py": "",
    "reporting/page/report.py": "import matplotlib.pyplot\nfrom simcpec.storage import study_folder",
    "cli/__init__.py": "import typer\ndef main():\n    from simcpec.reporting.page.report import render",
}


def test_a_sound_house_is_not_faulted(tmp_path: Path) -> None:
    package = planted(tmp_path, SOUND)
    assert faults(package) == []
    assert circle(package) == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("model/bad.py", "def f():\n    from simcpec.cli import main", "down only"),
        ("model/bad.py", "def f():\n    from ..cli import main", "down only"),
        ("model/bad.py", "if TYPE_CHECKING:\n    import simcpec.storage.study_folder", "down only"),
        ("model/bad.py", "from simcpec.catalogue import entries", "model takes nothing from catalogue"),
        ("units.py", "from simcpec.numerics.jit import kernel", "down only"),
        ("errors.py", "from simcpec.numerics.special_functions import log", "down only"),
        ("scenario/bad.py", "from simcpec import engines", "down only"),
        ("scenario/bad.py", "import importlib\nimportlib.import_module('simcpec.cli')", "down only"),
        ("experiments/bad.py", "import simcpec", "front door"),
        ("experiments/bad.py", "from simcpec import compare", "front door"),
        ("experiments/bad.py", "from .. import compare", "front door"),
        ("storage/bad.py", "from simcpec.experiments import study", "down only"),
        ("analysis/bad.py", "from simcpec.storage.study_folder import load", "down only"),
        ("engines/contract.py", "from simcpec.catalogue import entries", "engines takes nothing from catalogue"),
        ("engines/contract.py", "import yaml", "must not know"),
        ("experiments/bad.py", "import numba", "which only numerics.numba_import, numerics.numba_pipeline may"),
        ("model/bad.py", "import pandas as pd", "must not know"),
        ("model/bad.py", "def f():\n    import yaml", "must not know"),
        ("model/rules/bad.py", "import simpy", "must not know"),
        ("storage/bad.py", "import pandas", "which only storage.data_frames may"),
        ("experiments/bad.py", "from matplotlib import pyplot", "which only reporting may"),
        ("scenario/bad.py", "import typer", "which only cli may"),
        ("engines/compiled/bad.py", "import simpy", "which only engines.reference may"),
        ("storage/study_folder.py", "import dask", "which only experiments.execution may"),
        ("attic/old.py", "", "stands on no floor"),
    ],
)
def test_a_planted_import_is_reported(tmp_path: Path, name: str, text: str, told: str) -> None:
    files = {"cli/__init__.py": "", "engines/__init__.py": "", "experiments/study.py": "", **SOUND, name: text}
    reported = faults(planted(tmp_path, files))
    assert len(reported) == 1, reported
    assert told in reported[0]


def test_a_planted_circle_is_reported(tmp_path: Path) -> None:
    files = {"model/a.py": "from simcpec.model.b import f", "model/b.py": "def f():\n    from . import a"}
    package = planted(tmp_path, files)
    assert circle(package) == ["model.a", "model.b", "model.a"]
