"""Studies that show themselves in a notebook: as a table, as data frames, as tables and figures of a paper.

found = simcpec.study(["share-1", "share-2"], draws=20, replications=50)
found                                the headline table
found.to_dataframe("differences")    any table of `simcpec.frame`
found.table("T5")                    a table of a paper; shows itself, and has `to_dataframe`
found.figure("F4")                   a figure of a paper, to be changed with matplotlib
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

from simcpec.analysis.study_analysis import AnalysedStudy
from simcpec.errors import UserError
from simcpec.experiments.study import study as simulated
from simcpec.storage.study_reader import read as stored

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simcpec.reporting.artefacts.artefact import Made
    from simcpec.reporting.tables.table import Table

P = ParamSpec("P")
HERE = Path()  # of a study that lies in memory


@dataclass(frozen=True, kw_only=True)
class NotebookStudy(AnalysedStudy):
    """A study with its tables and figures; see the module."""

    def to_dataframe(self, table: str = "replications") -> Any:
        """Return a table of `simcpec.frame` as a pandas data frame."""
        from simcpec.storage.data_frames import frame

        return frame(self, table)

    def table(self, id: str) -> Table:
        """Return a table of a paper by its id, as `simcpec list artefacts` names it.

        Raises UserError for an unknown id, and for a table that this study does not allow, with what is missing.
        """
        from simcpec.reporting.artefacts.artefact import TABLE
        from simcpec.reporting.tables.table import Table

        (found, *_) = self._made(id, TABLE)
        assert isinstance(found, Table)
        return found

    def figure(self, id: str, *, which: str = "", style: str = "screen") -> Figure:
        """Return a figure of a paper by its id, as a matplotlib object that the caller may change.

        which : part of the name of its file, such as "deaths", where there are several; the first without it.
        style : of `simcpec figure --style`.      Raises UserError as `table`, and for another word.
        """
        from simcpec.errors import no_such
        from simcpec.reporting.artefacts.artefact import FIGURE
        from simcpec.reporting.artefacts.figure_files import figure_of
        from simcpec.reporting.figures.sizes import STYLES
        from simcpec.reporting.picture import Sketch

        if style not in STYLES:
            raise no_such(f"no style is called {style!r}", style, STYLES)
        drawn = [one for one in self._made(id, FIGURE) if isinstance(one, Sketch)]
        named = [one for one in drawn if which in one.slug]
        if not named:
            raise no_such(f"no {id} is called {which!r}", which, [one.slug for one in drawn])
        return figure_of(named[0], STYLES[style])

    def _made(self, id: str, kind: str) -> tuple[Made, ...]:
        from simcpec.reporting.artefacts.registry import chosen
        from simcpec.reporting.artefacts.subject import Subject

        of = Subject(folder=HERE, study=self)
        (one,) = chosen([id], kind, of)
        found = one.made(of)
        if not found:
            raise UserError(f"{one.id} has nothing to show in this study: {one.title} is empty")
        return found

    def _repr_html_(self) -> str:
        """The headline table, as notebooks show it."""
        compared = self.baseline is not None and len(self.scenarios) > 1
        return self.table("T0" if compared else "T4")._repr_html_()


def _shown(make: Callable[P, AnalysedStudy]) -> Callable[P, NotebookStudy]:
    """The function, with a study that shows itself as its result."""

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> NotebookStudy:
        found = make(*args, **kwargs)
        return NotebookStudy(**{name: getattr(found, name) for name in found.__dataclass_fields__})

    return made


study = _shown(simulated)
read = _shown(stored)
