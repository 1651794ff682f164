"""Every table and figure of a paper by its id, and which of them a stored folder allows."""

from __future__ import annotations

from collections.abc import Sequence

from simcpec.errors import UserError, no_such
from simcpec.reporting.artefacts.all_figures import FIGURES
from simcpec.reporting.artefacts.all_tables import TABLES
from simcpec.reporting.artefacts.artefact import FIGURE, TABLE, Artefact
from simcpec.reporting.artefacts.calibration_figures import CALIBRATION_FIGURES
from simcpec.reporting.artefacts.subject import Subject

#: tables first, each kind in the order of the numbers
ARTEFACTS: tuple[Artefact, ...] = (*TABLES, *FIGURES, *CALIBRATION_FIGURES)


def chosen(ids: Sequence[str], kind: str, of: Subject) -> list[Artefact]:
    """Return the artefacts of a kind by their ids, capitals or not; ``all`` is every one that the folder allows.

    Raises UserError for an id that is none, naming the nearest one, and for one of the other kind.
    """
    known = {one.id: one for one in ARTEFACTS if one.kind == kind}
    spelt = {one.id.casefold(): one.id for one in ARTEFACTS}
    others = {one.id for one in ARTEFACTS if one.kind != kind}
    found: list[Artefact] = []
    for word in ids:
        name = spelt.get(word.casefold(), f"{word[:1].upper()}{word[1:].lower()}")
        if word.casefold() == "all":
            found += [one for one in known.values() if not one.missing(of)]
        elif name in known:
            found.append(known[name])
        elif name in others:
            other = FIGURE if kind == TABLE else TABLE
            raise UserError(f"{name} is a {other}; `simcpec {other}` makes it")
        else:
            raise no_such(f"no {kind} is called {word!r}", name, known)
    return list(dict.fromkeys(found))


def availability(of: Subject | None) -> list[dict[str, str]]:
    """Return every artefact as a row of words: whether this folder allows it, and if not what is missing."""
    rows = []
    for one in ARTEFACTS:
        row = {"id": one.id, "kind": one.kind, "title": one.title, "defined": one.defined}
        if of is not None:
            lacks = one.missing(of)
            row = {"id": one.id, "kind": one.kind, "title": one.title, "here": f"needs {lacks}" if lacks else "yes"}
        rows.append(row)
    return rows
