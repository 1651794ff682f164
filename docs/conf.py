"""How the documentation is built: `python -m sphinx -W -b html docs docs/_build/html`, in the set-up environment."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
# Compiled rules show themselves as the plain functions they were written as.
os.environ["NUMBA_DISABLE_JIT"] = "1"

project = "simcpec"
author = "The simcpec authors"
copyright = author
release = version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {
    "description": "Monte Carlo simulation of security investment along CPEC",
    "fixed_sidebar": True,
    "page_width": "1080px",
}
html_show_sphinx = False
html_copy_source = False
html_static_path: list[str] = []

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
# Code blocks of our own files may hold what their lexer does not know: an ellipsis, a column of units.
suppress_warnings = ["misc.highlighting_failure"]

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_use_type_comments = False  # there are none, and looking for them is a quarter of the time
# A name is documented where it is defined, not again wherever it is offered.
autodoc_default_options = {"members": True, "show-inheritance": True, "ignore-module-all": True}


def as_written(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Keep docstrings as they are written: the first sentence is prose, what follows keeps its columns."""
    text = "\n".join(lines).strip("\n")
    summary, _, rest = text.partition("\n\n")
    pieces = summary.replace("``", "`").split("`")
    prose = "".join(f"``{p}``" if i % 2 and p else re.sub(r"([\\*_|])", r"\\\1", p) for i, p in enumerate(pieces))
    body = [f"   {line}".rstrip() for line in rest.strip("\n").splitlines()]
    lines[:] = [*prose.splitlines(), "", *([".. code-block:: text", "", *body, ""] if body else [])]


def setup(app: object) -> None:
    """Called by Sphinx; `app` is its application."""
    app.connect("autodoc-process-docstring", as_written)  # type: ignore[attr-defined]
