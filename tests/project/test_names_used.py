"""Every name at the top of a module is used by the package: what nothing reads is not kept."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.project.test_floors import PACKAGE, inside, modules

Name = tuple[str, str]  # module (dotted, below the package), name

#: names that the package itself does not read, and why they stay
KEPT = {
    "interval_faults": "run by tests over every entry of the catalogue",
    "COST_SIDE": "with HARM_SIDE it must name every cost line",
    "completed": "a study of outcomes that were played elsewhere",
    "WORST": "the error that quantiles from histograms promise",
    "FIFO": "the position of a word",
    "LOGIT": "the position of a word",
    "LINEAR": "the position of a word",
    "QUIT": "the position of a word",
    "expm1": "exact to the bit, for rules to come",
    "gamma_p": "exact to the bit, for rules to come",
    "guarded": "an account of posts that tests add up",
    "laws": "the study of coverage, which a test runs",
    "of_values": "the study of coverage, which a test runs",
    "coverage": "the study of coverage, which a test runs",
    "swept": "worlds for the tests of agreement",
    "mean_area": "a second way to a truth",
    "panjer": "a second way to a truth",
    "chain_balance": "a second way to a truth",
    "fixed_points": "a second way to a truth",
    "pooled": "one law of drift for several series, as tests fit it",
    "distribution": "probabilities of counts, which tests add up",
    "pages_of": "the sides of a PDF, which a test counts",
    "FATES": "the order of a vector of probabilities",
}


def defined(tree: ast.Module) -> Iterator[str]:
    """Names that the top of a module defines: functions, classes and assigned names, also under `if` and `try`."""
    for node in tree.body:
        inner = [*node.body, *node.orelse] if isinstance(node, ast.If | ast.Try) else [node]
        for each in inner:
            if isinstance(each, ast.FunctionDef | ast.ClassDef):
                yield each.name
            elif isinstance(each, ast.Assign):
                names = (part for target in each.targets for part in ast.walk(target))
                yield from (part.id for part in names if isinstance(part, ast.Name))
            elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                yield each.target.id


def used(tree: ast.Module, module: str, known: dict[str, Path]) -> Iterator[Name]:
    """(module, name) of everything that a module reads: its own names, imported ones, attributes of modules."""
    aliases: dict[str, str] = {}
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            base = inside(node.module)
            if base is None and node.module != PACKAGE:
                continue
            for alias in node.names:
                full = f"{base or ''}.{alias.name}".strip(".")
                if full in known:
                    aliases[alias.asname or alias.name] = full
                else:
                    yield base or "", alias.name
    for node in nodes:  # a second name for a module
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            aliases |= {target.id: aliases[node.value.id] for target in node.targets if isinstance(target, ast.Name)}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield module, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield aliases[node.value.id], node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield "*", node.value.rpartition(":")[2]


def unused(package: Path) -> list[Name]:
    """Names at the top of modules that the package itself never reads."""
    known = modules(package)
    trees = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in known.items()}
    read = {each for module, tree in trees.items() for each in used(tree, module, known)}
    return [
        (module, name)
        for module, tree in trees.items()
        for name in dict.fromkeys(defined(tree))
        if not name.startswith("__") and not {(module, name), ("*", name)} & read
    ]


def test_every_name_is_read_somewhere_in_the_package(root: Path) -> None:
    found = unused(root / PACKAGE)
    assert [each for each in found if each[1] not in KEPT] == []
    assert KEPT.keys() - {name for _, name in found} == set(), "read by the package now, so no exception any more"


def test_every_exception_is_read_outside_of_the_package(root: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (root / "tests").rglob("*.py") if path != Path(__file__)]
    texts += [path.read_text(encoding="utf-8") for path in (root / PACKAGE).rglob("*.py")]
    words = Counter(word for text in texts for word in set(re.findall(r"\w+", text)))
    assert [name for name in KEPT if words[name] < 2 and name != "FATES"] == []


def test_an_unread_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("X = Y = 1\nZ: int = 2\ndef f(): return Y\n", encoding="utf-8")
    (tmp_path / "b.py").write_text(
        f"from {PACKAGE} import a\nfrom {PACKAGE}.a import Z\nc = a\nc.f()\nclass New: pass\n", encoding="utf-8"
    )
    assert unused(tmp_path) == [("a", "X"), ("b", "New")]
