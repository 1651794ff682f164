"""BibTeX records of sources, escaped so that LaTeX prints what was written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from simcpec.catalogue.sources import Source

BIBTEX_TYPES = {"article": "article", "book": "book", "conference": "inproceedings", "report": "techreport"}
CONTAINERS = {"article": "journal", "book": "publisher", "conference": "booktitle", "report": "institution"}
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    '"': "''",
    "–": "--",
    "—": "---",
    "’": "'",
    "“": "``",
    "”": "''",
    "ø": r"{\o}",
    "Ø": r"{\O}",
    "ß": r"{\ss}",
    "ı": r"{\i}",
    **{letter: "\\" + letter for letter in "&%$#_"},
}
ACCENTS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u030a": "r", "\u0327": "c"}


def escape(words: str) -> str:
    """`words` for LaTeX: special characters escaped, accents as commands; other letters stay (UTF-8)."""
    return "".join(_letter(letter) for letter in words)


def _letter(letter: str) -> str:
    if letter in SPECIAL:
        return SPECIAL[letter]
    parts = unicodedata.normalize("NFD", letter)
    if len(parts) == 2 and parts[1] in ACCENTS:
        return f"{{\\{ACCENTS[parts[1]]}{{{parts[0]}}}}}"
    return letter


def bibtex_record(source: Source) -> str:
    """One BibTeX record; the title in double braces, because styles would lower its capitals."""
    kind = BIBTEX_TYPES.get(source.kind, "misc")
    fields = {
        "author": _people(source.author),
        "title": f"{{{escape(source.title)}}}",
        CONTAINERS.get(source.kind, "howpublished"): escape(source.container),
        "year": source.year if source.year.isdigit() else "",
        "volume": source.volume,
        "number": source.number,
        "pages": source.pages.replace("-", "--"),
        "eprint": escape(source.eprint),
        "note": escape(_note(source)),
    }
    rows = [f"  {name} = {{{content}}}" for name, content in fields.items() if content]
    return f"@{kind}{{{source.key},\n" + ",\n".join(rows) + "\n}"


def _people(author: str) -> str:
    """Authors escaped one by one; a body of several words is braced so that it is not taken for a person."""
    return " and ".join(name if "," in name else f"{{{name}}}" for name in map(escape, author.split(" and ")) if name)


def _note(source: Source) -> str:
    """Date, undated years and remarks in one sentence."""
    undated = "" if source.year.isdigit() else source.year
    return "; ".join(part for part in (source.date or undated, source.note) if part)


def bibtex(sources: Iterable[Source]) -> str:
    """Records of `sources`, each key once, sorted by key, ending with a newline ("" for none)."""
    unique = {source.key: source for source in sources}
    return "\n".join(bibtex_record(unique[key]) + "\n" for key in sorted(unique))
