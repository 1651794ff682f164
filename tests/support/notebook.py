"""Runs a notebook with plain Python: `python -m tests.support.notebook docs/notebook.ipynb` writes its outputs anew.

Cells are run in order in one namespace. A cell may print, and may end in an expression: a figure becomes a picture,
a value that shows itself becomes its HTML, another one its `repr`.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

Cell = dict[str, Any]


def code_cells(notebook: dict[str, Any]) -> list[Cell]:
    """Return the cells of code, in order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run(cell: Cell, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the outputs of a cell of code that is run in the namespace `names`, as a notebook stores them."""
    tree = ast.parse("".join(cell["source"]), filename=cell["id"])
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with redirect_stdout(printed):
        exec(compile(tree, cell["id"], "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)
    outputs = [{"name": "stdout", "output_type": "stream", "text": printed.getvalue().splitlines(keepends=True)}]
    return [*(outputs if printed.getvalue() else []), *([] if value is None else [result(value)])]


def result(value: Any) -> dict[str, Any]:
    """Return the output for the value of a cell."""
    html = value._repr_html_() if hasattr(value, "_repr_html_") else ""
    shown = type(value).__name__ if html else repr(value)  # a record of many numbers has no short `repr`
    data: dict[str, Any] = {"text/plain": [shown], **({"text/html": [html]} if html else {})}
    if hasattr(value, "savefig"):
        picture = io.BytesIO()
        value.savefig(picture, format="png", dpi=80, metadata={"Software": None})
        data["image/png"] = base64.b64encode(picture.getvalue()).decode("ascii") + "\n"
    return {"data": data, "execution_count": None, "metadata": {}, "output_type": "execute_result"}


def text(outputs: list[dict[str, Any]]) -> str:
    """Return what outputs say in words: what was printed, and values that are no pictures."""
    said = []
    for output in outputs:
        lines = output["text"] if output["output_type"] == "stream" else output["data"]["text/plain"]
        said.append("".join(lines) if "image/png" not in output.get("data", {}) else "a picture")
    return "".join(said)


def write_outputs(path: Path) -> None:
    """Run a notebook and store its outputs in it."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for number, cell in enumerate(code_cells(notebook), start=1):
        cell["outputs"], cell["execution_count"] = run(cell, names), number
        for output in cell["outputs"]:
            output |= {"execution_count": number} if "execution_count" in output else {}
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_outputs(Path(sys.argv[1]))
