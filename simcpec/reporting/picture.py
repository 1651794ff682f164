"""A figure before and after it is drawn: `Sketch` and `Picture`, as SVG and PNG with the same bytes every time.

Drawings use `matplotlib.figure.Figure` alone: no window, no pyplot.  SVG keeps text as text in the fonts of the
reader's system, which shape Urdu; PNG has the font that comes with matplotlib, and shows the short name of a scenario
whose name that font cannot set.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from simcpec.numerics.import_settings import without_file, without_variables
from simcpec.reporting.figures.style import FAINT, INK, PAPER, SOFT, Naming, settable
from simcpec.reporting.svg import finished
from simcpec.results.records import ScenarioResult
from simcpec.stop_signals import safe_point

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 160  # of PNG
RC: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.parse_math": False,  # a name may hold any number of dollar signs
    "text.color": INK,
    "axes.edgecolor": "#9aa4b1",
    "axes.labelcolor": SOFT,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": "#9aa4b1",
    "ytick.color": "#9aa4b1",
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "simcpec",
    "svg.image_inline": True,
    "path.simplify": False,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A finished figure: `svg` for its file, `inline` for the page, `png`, and `fields`, `records` behind it."""

    id: str
    slug: str
    title: str
    caption: str
    alt: str
    svg: str
    inline: str
    png: bytes
    fields: tuple[str, ...]
    records: tuple[tuple[Any, ...], ...]

    @property
    def stem(self) -> str:
        """Name of its files without the suffix."""
        return f"{self.id.lower()}-{self.slug}"


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """What a figure says before it is drawn: words, data, and how to draw it with a given way of naming scenarios."""

    id: str
    slug: str
    title: str
    caption: str
    alt: str
    draw: Callable[[Naming], Figure]
    fields: tuple[str, ...]
    records: tuple[tuple[Any, ...], ...]


def rendered(sketch: Sketch, mark: str) -> Picture:
    """Draw a sketch for SVG with the names as they are, and for PNG with names its font can set.

    Laying a figure out is half of drawing it: SVG and PNG share a figure unless their names differ.

    mark : what the metadata of the image say it was made from, such as the digests of the scenarios.
    """
    named: list[ScenarioResult] = []

    def as_it_is(result: ScenarioResult) -> str:
        named.append(result)
        return result.name

    safe_point()
    with house_style():
        figure = sketch.draw(as_it_is)
        svg = _saved(figure, "svg", sketch, mark).decode("utf-8")
        safe_point()
        if any(settable(result) != result.name for result in named):
            figure = sketch.draw(settable)
        else:
            figure.set_layout_engine("none")  # it is laid out
        png = _saved(figure, "png", sketch, mark)
    stem = f"{sketch.id.lower()}-{sketch.slug}"
    return Picture(
        id=sketch.id,
        slug=sketch.slug,
        title=sketch.title,
        caption=sketch.caption,
        alt=sketch.alt,
        svg=finished(svg, stem, sketch.title, sketch.alt, page=False),
        inline=finished(svg, stem, sketch.title, sketch.alt, page=True),
        png=png,
        fields=sketch.fields,
        records=sketch.records,
    )


@contextmanager
def house_style() -> Iterator[None]:
    """The defaults of matplotlib with ours over them, whatever the reader's own configuration says.

    A backend is for windows, of which there are none, and a date for files that tell one: nonsense in either variable
    would end a study whose replications are already simulated.
    """
    _import_matplotlib()
    import matplotlib

    defaults: dict[Any, Any] = {
        key: value for key, value in matplotlib.rcParamsDefault.items() if not key.startswith("backend")
    }
    defaults.update(RC)
    with without_variables("SOURCE_DATE_EPOCH"), matplotlib.rc_context(defaults):
        yield


def _import_matplotlib() -> None:
    """Import it whatever its settings say, then let those that can be read hold for drawings of the caller's own."""
    if "matplotlib" in sys.modules:
        return
    with without_variables("MPLBACKEND"), without_file("matplotlibrc", but_in="mpl-data"):
        import matplotlib
    with suppress(Exception):
        settings = matplotlib.rc_params()
        # Setting a backend that is not chosen yet makes matplotlib choose one, for which it imports pyplot.
        matplotlib.rcParams.update({key: settings[key] for key in settings if key != "backend"})
    with suppress(KeyError, ValueError):
        matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]


def _saved(figure: Figure, kind: Literal["svg", "png"], sketch: Sketch, mark: str) -> bytes:
    """The bytes of a figure, without a date; no warning for letters that only the reader's fonts have."""
    out = io.BytesIO()
    if kind == "svg":
        metadata: dict[str, Any] = {"Date": None, "Creator": "simcpec", "Description": mark}
    else:
        metadata = {
            "Software": "simcpec",
            "Title": sketch.title.encode("ascii", "replace").decode(),
            "Description": mark,
        }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*missing from font.*", category=UserWarning)
        figure.savefig(out, format=kind, dpi=DPI if kind == "png" else 72, metadata=metadata)
    return out.getvalue()
