"""Digest of the model: of what its code and its data say, whatever comments, docstrings and layout go with them.

Python files count by their syntax trees, data files by their lines without comments. Parsing takes two seconds, so the
digest is kept in the cache of the user under the digest of the bytes that it was made from.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from simcpec.numerics.jit import cache_root
from simcpec.storage.atomic_replace import write_whole

#: what of the package decides a result; the rest may change between two runs of a study
DECIDES = (
    "numerics", "catalogue", "model", "engines", "economics", "scenario", "experiments/design",
    "experiments/execution/accumulate.py",
)  # fmt: skip
PACKAGE = Path(__file__).resolve().parents[3]
LENGTH = 16  # hex digits
_UNSAID = ("ctx", "type_comment", "kind")  # fields of a tree that repeat its shape, or say nothing


@cache
def model_digest() -> str:
    """Digest of everything of the package that decides a result."""
    raw = _digest_of_bytes(PACKAGE)
    with suppress(OSError, RuntimeError, ValueError):  # without a cache it is made anew
        kept = _kept(raw)
        found, seal = kept.read_text(encoding="ascii").split()
        if seal == _seal(raw, found):
            return found
    found = digest_of_tree(PACKAGE)
    with suppress(Exception):
        kept = _kept(raw)
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(kept, f"{found} {_seal(raw, found)}\n")
    return found


def digest_of_tree(package: Path) -> str:
    """Digest of what the deciding files of a package say."""
    seen = hashlib.sha256()
    for path in _deciding(package):
        text = path.read_bytes()
        said = form_of(text) if path.suffix == ".py" else _without_comments(text)
        seen.update(f"{path.relative_to(package).as_posix()}\0{len(said)}\0".encode() + said)
    return seen.hexdigest()[:LENGTH]


def form_of(source: bytes) -> bytes:
    """Syntax tree of a Python file as text, without docstrings, positions and empty fields.

    Fields that a version of Python adds are empty in code that does not use them, so that versions agree.
    """
    return "".join(_form(ast.parse(source))).encode("utf-8", "surrogatepass")


def _form(node: object) -> Iterator[str]:
    if isinstance(node, ast.AST):
        yield f"{type(node).__name__}("
        for name in node._fields:
            value = _body(node) if name == "body" else getattr(node, name, None)
            if name not in _UNSAID and value is not None and value != []:
                yield f"{name}="
                yield from _form(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for each in node:
            yield from _form(each)
            yield ","
        yield "]"
    else:
        yield repr(node)


def _body(node: ast.AST) -> object:
    """Statements of a node without its docstring."""
    body = getattr(node, "body", None)
    documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    if documented and isinstance(body, list) and body and _is_text(body[0]):
        return body[1:]
    return body


def _is_text(statement: object) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return False
    return isinstance(statement.value.value, str)


def _without_comments(text: bytes) -> bytes:
    """Lines of a data file that are neither empty nor comments."""
    lines = (line.rstrip() for line in text.splitlines())
    return b"\n".join(line for line in lines if line and not line.lstrip().startswith(b"#"))


def _deciding(package: Path) -> Iterator[Path]:
    for part in DECIDES:
        at = package / part
        yield from [at] if at.is_file() else sorted(p for p in at.rglob("*") if p.suffix in (".py", ".yaml", ".csv"))


def _digest_of_bytes(package: Path) -> str:
    seen = hashlib.sha256(Path(__file__).read_bytes())  # another way to make the digest makes another one
    for path in _deciding(package):
        text = path.read_bytes()
        seen.update(f"{path.relative_to(package).as_posix()}\0{len(text)}\0".encode() + text)
    return seen.hexdigest()


def _kept(raw: str) -> Path:
    return cache_root() / "simcpec" / f"model-{raw[:LENGTH]}"


def _seal(raw: str, found: str) -> str:
    return hashlib.sha256(f"{raw} {found}".encode()).hexdigest()
