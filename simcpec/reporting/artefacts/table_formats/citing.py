"""Citations inside the cells of tables: ``[@key]``, as Pandoc has it, becomes what each format wants."""

from __future__ import annotations

import re

CITED = re.compile(r"\[@([a-z0-9][a-z0-9._-]*)\]")


def mark(key: str) -> str:
    """The citation of a source, as cells hold it."""
    return f"[@{key}]"


def in_words(text: str) -> str:
    """`text` for formats that have no bibliography: the key in brackets."""
    return CITED.sub(r"[\1]", text)
