"""One table or figure of a paper: what it shows, what it needs, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from simcpec.errors import UserError
from simcpec.reporting.artefacts.subject import Need, Subject
from simcpec.reporting.picture import Sketch
from simcpec.reporting.tables.table import Table
from simcpec.results.records import Study

Made = Table | Sketch
Make = Callable[[Subject], Iterable[Made | None]]
TABLE, FIGURE = "table", "figure"
EFFECTS = ("incidents", "deaths")  # what decisions are drawn for, a figure or panel of each


def from_study(make: Callable[[Study], Made | None]) -> Make:
    """Return how one table or figure is made from the study of a folder."""
    return lambda of: [make(of.one_study)]


def for_each_effect(make: Callable[[Study, str], Made | None]) -> Make:
    """Return how a table or figure of each effect is made from the study of a folder."""
    return lambda of: [make(of.one_study, effect) for effect in EFFECTS]


def nothing(of: Subject) -> str:
    """Return no remark."""
    return ""


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A table or a figure.

    defined : what its numbers are, in a sentence.      needs : what a folder must have, in the order of importance.
    make : one or several tables or figures of a folder that has it all; () where there is nothing to show after all.
    remark : what is left out of them and why, in a sentence; "" where nothing is.
    """

    id: str
    title: str
    defined: str
    needs: tuple[Need, ...]
    make: Make
    remark: Need = nothing

    @property
    def kind(self) -> str:
        """`TABLE` or `FIGURE`, by the id."""
        return TABLE if self.id.startswith("T") else FIGURE

    def missing(self, of: Subject) -> str:
        """Return what the folder lacks for it, "" where nothing."""
        return next((words for need in self.needs if (words := need(of))), "")

    def made(self, of: Subject) -> tuple[Made, ...]:
        """Return what it is made into, under its id. Raises UserError naming what is missing."""
        if lacks := self.missing(of):
            raise UserError(f"{self.id} cannot be made from {of.folder.as_posix()}: it needs {lacks}")
        return tuple(replace(one, id=self.id) for one in self.make(of) if one is not None)
