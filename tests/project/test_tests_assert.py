"""Every test can fail: it asserts something, or calls a helper that does."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

Function = ast.FunctionDef | ast.AsyncFunctionDef
Address = tuple[str, str]  # module (dotted), name of a function in it

#: calls that fail a test by themselves, whoever defines them
FAILING = ("pytest.raises", "pytest.warns", "pytest.deprecated_call", "pytest.fail")
#: beginnings of the names of functions of other packages that raise where something is wrong
CHECKING = ("check", "assert_")


@dataclass
class Module:
    """One file of tests: its functions by name, and what its imported names stand for."""

    functions: dict[str, Function] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)  # name -> dotted name


def read(name: str, source: str) -> Module:
    """Return the functions, methods included, and imports of a module."""
    module = Module()
    for node in ast.walk(ast.parse(source, filename=name)):
        if isinstance(node, Function):
            module.functions.setdefault(node.name, node)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            module.imported |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return module


def asserts(function: Function) -> bool:
    """Whether a function asserts by itself something that is no constant, or calls what fails."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Raise) and node.exc is not None and "AssertionError" in ast.unparse(node.exc):
            return True
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name in FAILING or name.rpartition(".")[2].startswith(CHECKING):
            return True
    return False


def called(function: Function, at: str, module: Module) -> Iterator[Address]:
    """Yield the addresses of what a function of the module `at` calls or passes on."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name | ast.Attribute):
            first, _, rest = ast.unparse(node).partition(".")
            if not rest and first in module.functions:
                yield at, first
            elif first in module.imported:
                owner, _, name = ".".join(filter(None, [module.imported[first], rest])).rpartition(".")
                yield owner, name


def silent(sources: Mapping[str, str]) -> list[str]:
    """Return `module: test` for every test in these modules (dotted name -> source) that cannot fail."""
    modules = {name: read(name, source) for name, source in sources.items()}
    functions = {(at, name): one for at, module in modules.items() for name, one in module.functions.items()}
    calls = {address: set(called(one, address[0], modules[address[0]])) for address, one in functions.items()}
    able = {address for address, one in functions.items() if asserts(one)}
    while more := {address for address in functions if address not in able and calls[address] & able}:
        able |= more
    return [f"{at}: {name}" for at, name in functions if name.startswith("test_") and (at, name) not in able]


def test_every_test_asserts_or_calls_a_helper_that_does(root: Path) -> None:
    paths = sorted((root / "tests").rglob("*.py"))
    names = {path: ".".join(path.relative_to(root).with_suffix("").parts) for path in paths}
    sources = {names[path]: path.read_text(encoding="utf-8") for path in paths}
    assert sum(source.count("\ndef test_") for source in sources.values()) > 1000
    assert silent(sources) == []


HELPERS = (
    "def same(a, b):\n    assert a == b\ndef near(a, b):\n    same(round(a), round(b))\ndef show(a):\n    print(a)\n"
)


@pytest.mark.parametrize(
    "body",
    [
        "print(1)", "assert True", "assert 'text'", "show(1)", "result = run()", "near",
        "try:\n        f()\n    except ValueError: pass",
    ],
)  # fmt: skip
def test_a_test_that_cannot_fail_is_found(body: str) -> None:
    test = f"from tests.helpers import show\ndef test_it():\n    {body}\n"
    assert silent({"tests.helpers": HELPERS, "tests.test_it": test}) == ["tests.test_it: test_it"]


@pytest.mark.parametrize(
    "body",
    [
        "assert f() == 1", "near(1, 1.1)", "helpers.near(1, 1)", "run(check_of(near))", "np.testing.assert_equal(1, 1)",
        "outcome.check(world)", "with pytest.raises(ValueError):\n        f()", "raise AssertionError('no')",
    ],
)  # fmt: skip
def test_a_test_that_can_fail_is_not(body: str) -> None:
    test = f"from tests import helpers\nfrom tests.helpers import near\ndef test_it():\n    {body}\n"
    assert silent({"tests.helpers": HELPERS, "tests.test_it": test}) == []
