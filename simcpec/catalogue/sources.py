"""Sources and statements: who said it, how we saw it, and what the source documents say in words.

A source is one record of a bibliography. A statement is one sentence of a source document with the quantity of the
model it bears on, what is ambiguous in it, and the entries that carry its numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from simcpec.catalogue.entries import one_of, refuse_unknown, require, strings, text

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "article": "paper in a journal",
        "book": "book",
        "conference": "paper in proceedings or a talk",
        "preprint": "manuscript without a journal",
        "press": "newspaper, agency or magazine",
        "official": "statement or order of a public body",
        "data": "data set",
        "report": "report of an institute",
        "own": "our own judgement or derivation",
    }
)
SEEN: Mapping[str, str] = MappingProxyType(
    {
        "document": "the whole text was read",
        "data": "the figures were computed from the data set itself",
        "quoted": "the figure as quoted in the file of facts kept with the data",
        "abstract": "abstract or excerpt only",
        "memory": "from memory, unverified",
        "own": "written here",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A bibliographic record.

    key : lower case, unique.        kind : one of `KINDS`.        seen : how we know it, one of `SEEN`.
    author : names joined by " and ", or the body that speaks.     year : text, because some are "undated".
    container : journal, newspaper or publisher.                   note : anything a referee should know.
    """

    key: str
    kind: str
    seen: str
    title: str
    author: str = ""
    year: str = ""
    date: str = ""
    container: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    eprint: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What a source document says that a model can use.

    document : number of the document ("000" to "004", or two of them).   says : its words, shortened.
    quantity : what it bears on.      ambiguity : what is not said, or "".
    entries : ids of the entries that carry its numbers, possibly none.   model : section of the model description.
    """

    document: str
    says: str
    quantity: str
    ambiguity: str = ""
    entries: tuple[str, ...] = ()
    model: str = ""


def source_from(record: Mapping[str, Any]) -> Source:
    """Build one source from its YAML mapping; raises `Malformed`."""
    refuse_unknown(record, tuple(Source.__dataclass_fields__))
    require(record, ("key", "kind", "seen", "title"))
    source = Source(**{name: text(record, name) for name in record})
    one_of("kind", source.kind, KINDS)
    one_of("seen", source.seen, SEEN)
    return source


def statement_from(record: Mapping[str, Any]) -> Statement:
    """Build one statement from its YAML mapping; raises `Malformed`."""
    refuse_unknown(record, tuple(Statement.__dataclass_fields__))
    require(record, ("document", "says", "quantity", "model"))
    texts = {name: text(record, name) for name in record if name != "entries"}
    return Statement(**texts, entries=strings(record, "entries"))
