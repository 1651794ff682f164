"""The notebook of the documentation: every cell is run, and prints what is stored in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import simcpec
from tests.support import notebook


@pytest.fixture(scope="module")
def stored(root: Path) -> dict[str, Any]:
    """The notebook as it is stored."""
    found: dict[str, Any] = json.loads((root / "docs" / "notebook.ipynb").read_text(encoding="utf-8"))
    return found


def differing(cells: list[notebook.Cell]) -> list[str]:
    """Run cells in one namespace; return the names of those that print something else than is stored in them."""
    names: dict[str, Any] = {}
    return [cell["id"] for cell in cells if notebook.text(notebook.run(cell, names)) != notebook.text(cell["outputs"])]


def test_every_cell_of_the_notebook_prints_what_it_shows(stored: dict[str, Any]) -> None:
    cells = notebook.code_cells(stored)
    assert [cell["id"] for cell in cells if not cell["outputs"]] == []
    assert differing(cells) == []
    assert "image/png" in cells[-1]["outputs"][-1]["data"]


def test_a_cell_that_prints_something_else_is_found() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
    right = {"id": "right", "source": ["x = 1\n", "print(x)"], "outputs": [output]}
    wrong = {"id": "wrong", "source": ["print(x + 1)"], "outputs": [output]}
    assert differing([right, wrong]) == ["wrong"]


def test_the_notebook_uses_the_front_door_only_and_says_so(stored: dict[str, Any]) -> None:
    code = "\n".join("".join(cell["source"]) for cell in notebook.code_cells(stored))
    assert set(re.findall(r"\bsimcpec\.(\w+)", code)) <= set(simcpec.__all__)
    assert {"load", "study", "frame"} <= set(re.findall(r"\bsimcpec\.(\w+)", code))
    assert re.findall(r"^(?:from|import) (\S+)", code, flags=re.MULTILINE) == ["simcpec", "matplotlib.figure"]
    assert stored["nbformat"] == 4 and all(cell["id"] for cell in stored["cells"])
