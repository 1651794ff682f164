"""A figure as a file of its own: SVG, PDF or PNG, in the size and type of the page, a journal column or a slide."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

from simcpec.reporting.figures.curves import SIZED
from simcpec.reporting.figures.sizes import SCREEN, FigureStyle, drawn_for
from simcpec.reporting.figures.style import settable
from simcpec.reporting.picture import Sketch, house_style
from simcpec.reporting.svg import finished
from simcpec.results.records import ScenarioResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "pdf", "png")
VECTOR: dict[Any, Any] = {"pdf.fonttype": 42}  # whole fonts, which journals take and readers can search


def figure_of(sketch: Sketch, style: FigureStyle = SCREEN) -> Figure:
    """Return the figure as a matplotlib object that the caller may change; drawn anew at every call."""
    with house_style(), drawn_for(style):
        return sized(sketch.draw(settable), style)


def figure_file(sketch: Sketch, kind: str, style: FigureStyle, mark: str) -> bytes:
    """Return the bytes of a figure; text stays text, and its description goes with the file.

    kind : of `FORMATS`.      mark : what the metadata say the figure was made from.
    """

    def naming(result: ScenarioResult) -> str:
        return result.name if kind == "svg" else settable(result)

    import matplotlib

    with house_style(), drawn_for(style), matplotlib.rc_context(VECTOR):
        figure = sized(sketch.draw(naming), style)
        out = io.BytesIO()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*missing from font.*", category=UserWarning)
            figure.savefig(
                out, format=kind, dpi=72 if kind == "svg" else style.dpi, metadata=_metadata(sketch, kind, mark)
            )
    if kind != "svg":
        return out.getvalue()
    stem = f"{sketch.id.lower()}-{sketch.slug}"
    return finished(out.getvalue().decode("utf-8"), stem, sketch.title, sketch.alt, page=False).encode("utf-8")


def _metadata(sketch: Sketch, kind: str, mark: str) -> dict[str, Any]:
    """Title, description and origin without a date, as each format calls them."""
    title, alt = (text.encode("ascii", "replace").decode() for text in (sketch.title, sketch.alt))
    if kind == "svg":
        return {"Date": None, "Creator": "simcpec", "Description": mark}
    if kind == "pdf":
        return {"Title": title, "Subject": alt, "Keywords": mark, "Creator": "simcpec", "CreationDate": None}
    return {"Software": "simcpec", "Title": title, "Description": f"{alt} ({mark})"}


def sized(figure: Figure, style: FigureStyle) -> Figure:
    """Bring all type and lines of a figure to the size of a style; returns the figure."""
    from matplotlib.legend import Legend
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    if style.text == 1.0:
        return figure
    axes = figure.findobj(lambda each: hasattr(each, "get_xaxis"))
    done = {id(label) for each in axes for axis in _axes(each) for label in _tick_labels(axis)}
    for legend in figure.findobj(Legend):
        if isinstance(legend, Legend) and legend.get_gid() == SIZED:
            done |= {id(text) for text in legend.get_texts()}
    for text in figure.findobj(Text):
        if isinstance(text, Text) and id(text) not in done:
            text.set_fontsize(float(text.get_fontsize()) * style.text)
    for each in axes:
        for axis in _axes(each):
            for which in ("major", "minor"):
                size: Any = axis.get_tick_params(which=which).get("labelsize", 8.5)
                axis.set_tick_params(which=which, labelsize=float(size) * style.text)
    for line in figure.findobj(Line2D):
        if isinstance(line, Line2D):
            line.set_linewidth(line.get_linewidth() * style.text)
            line.set_markersize(line.get_markersize() * style.text)
    return figure


def _axes(of: Any) -> tuple[Any, Any]:
    return of.xaxis, of.yaxis


def _tick_labels(axis: Any) -> list[Any]:
    return [
        label for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()) for label in (tick.label1, tick.label2)
    ]
