"""The templates of pages: user text is escaped, an unknown name is an error, and all of them share macros and style."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simcpec.reporting.tables.table import Table

if TYPE_CHECKING:
    from jinja2 import Template

HERE = Path(__file__).parent


def template(name: str) -> Template:
    """A template of this folder."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(HERE, encoding="utf-8"),
        autoescape=select_autoescape(enabled_extensions=("html", "j2"), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.tests["table"] = lambda part: isinstance(part, Table)
    return environment.get_template(name)


def stylesheet() -> str:
    """The style that every page carries in itself."""
    return (HERE / "report.css").read_text(encoding="utf-8")
