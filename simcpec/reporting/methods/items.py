"""One item of a reporting guideline, and how a study answers it; an item without an answer is a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simcpec.results.records import Study

Answer = Callable[[Study], str]
AUTHORS = "Not part of a stored study: the authors state it."  # where only they can know


@dataclass(frozen=True, kw_only=True)
class Item:
    """An item: `number` as the guideline counts, `section`, what it `asks`, and how a study answers."""

    number: str
    section: str
    asks: str
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An item with its answer in words."""

    number: str
    section: str
    asks: str
    answer: str


def answered(items: Iterable[Item], study: Study) -> tuple[Answered, ...]:
    """Return every item with its answer. Raises ValueError for one that is blank."""
    found = []
    for item in items:
        text = " ".join(item.answer(study).split())
        if not text:
            raise ValueError(f"item {item.number}, {item.asks}, has no answer")
        found.append(Answered(number=item.number, section=item.section, asks=item.asks, answer=text))
    return tuple(found)


def said(text: str) -> Answer:
    """An answer that is the same for every study."""
    return lambda _: text
