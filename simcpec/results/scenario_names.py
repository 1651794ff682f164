"""What scenarios are called where room is short: a letter each, and names cut so that different ones stay different."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

ELLIPSIS = "…"  # stands for what is left out
EMPTY = "–"
BESIDE = " · "  # between the letter of a scenario and its name
ROUNDS = 4  # of telling apart what is still equal


def key_of(index: int) -> str:
    """The letter by which a scenario is called in tables and figures: A, B, ... Z, AA, ..."""
    head, tail = divmod(index, 26)
    return (key_of(head - 1) if head else "") + chr(ord("A") + tail)


def split_key(text: str) -> tuple[str, str]:
    """The letter of a scenario with what follows it up to the name, "" where there is none; and the rest."""
    key, beside, name = text.partition(BESIDE)
    return (key + beside, name) if beside and key.isalpha() and key.isupper() else ("", text)


def shortened(text: str, most: int) -> str:
    """`text` on one line with at most `most` characters, the last an ellipsis where something is left out."""
    line = " ".join(text.split()) or EMPTY
    return line if len(line) <= most else line[: most - 1].rstrip() + ELLIPSIS


def cut_apart(texts: Sequence[str], most: int) -> list[str]:
    """Each text on one line with at most `most` characters; where cuts would be equal, the part that differs is kept.

    Equal texts stay equal: what tells them apart has to stand beside them.
    """
    lines = [" ".join(text.split()) or EMPTY for text in texts]
    cut = {line: shortened(line, most) for line in lines}
    for _ in range(ROUNDS if most > 3 else 0):
        groups: dict[str, list[str]] = {}
        for line, short in cut.items():
            groups.setdefault(short, []).append(line)
        for alike in groups.values():
            if len(alike) > 1:
                shared = sum(1 for _ in takewhile(lambda letters: len(set(letters)) == 1, zip(*alike, strict=False)))
                cut |= {line: _from(line, shared, most) for line in alike if len(line) > most}
    return [cut[line] for line in lines]


def _from(line: str, shared: int, most: int) -> str:
    """The beginning of a line, an ellipsis, and what follows the first `shared` characters."""
    head = line[: max(1, most // 3)].rstrip()
    room = most - len(head) - len(ELLIPSIS)
    start = min(shared, max(len(head), len(line) - room))  # with as much before the difference as there is room for
    return head + ELLIPSIS + shortened(line[start:], room)


def told_apart(names: Sequence[str], slugs: Sequence[str]) -> list[str]:
    """Names of scenarios, with the name of the file behind those that two of them have."""
    lines = [" ".join(name.split()) or EMPTY for name in names]
    return [f"{line} ({slug})" if lines.count(line) > 1 else line for line, slug in zip(lines, slugs, strict=True)]
