"""How figures look: colours, markers, labels, and what all of them draw alike.

Colours are those of Okabe and Ito, told apart by the colour-blind; every line has a marker and every surface a hatch
as well, so that a copy in grey loses nothing.
"""

from __future__ import annotations

import math
import unicodedata
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simcpec.model.world import Floats
from simcpec.reporting.figures.sizes import current
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import BESIDE, cut_apart, key_of, shortened, told_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, FAINT, PAPER = "#1c2430", "#5b6675", "#d9dee5", "#ffffff"
ACCENT = "#12406b"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#a2467f", "#b07a00", "#3a8fc4", "#7a3b00", "#4b4b9b", "#6b6b6b")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
HATCHES = ("", "////", "\\\\\\\\", "xxxx", "----", "||||", "++++", "//")
#: colours of the lines of the budget, under a white hatch; neighbours differ in grey as well. No scenario and no fate
#: has one of them, so that a colour means one thing on a page.
LINE_FILLS = ("#27415c", "#7fb2d9", "#e3c07a", "#4c9f8a", "#c98f6b", "#b9b3d6", "#8a95a5")
DARK = 0.45  # brightness of a surface below which words on it are white

LEGEND_LINE = 0.17  # inches of a line of a legend on the page

COLOURED = 8  # scenarios besides the baseline that colours and markers tell apart
FAR = 16  # rows from which the scale of an axis stands above them as well
LEAST_NAME = 8  # characters of a name in a label
LETTER = 0.62  # ems that a letter of a label may take on average
BOLD = 1.13  # how much wider bold letters are
NO_NOTES: Mapping[int, str] = MappingProxyType({})

Naming = Callable[[ScenarioResult], str]


def settable(result: ScenarioResult) -> str:
    """The name, or the slug where the font of PNG lacks a letter or would set it in the wrong direction."""
    known = font_letters()
    fine = all(
        ord(c) in known and unicodedata.bidirectional(c) not in ("R", "AL", "AN") for c in result.name if c != "\n"
    )
    return result.name if fine else result.slug


@cache
def font_letters() -> frozenset[int]:
    """Return the characters that the font of PNG has."""
    from matplotlib import font_manager, ft2font

    path = font_manager.findfont("DejaVu Sans", fallback_to_default=True)
    return frozenset(ft2font.FT2Font(path).get_charmap())


def canvas(height: float) -> Figure:
    """An empty figure of the common width; `height` in inches of the page; its parts are laid out without overlap."""
    from matplotlib.figure import Figure

    return Figure(figsize=(current().double, height * current().text), layout="constrained")


def panel_canvas(height: float, *, lines: int = 0, inches: float = 0.0) -> Figure:
    """An empty figure of a single panel: `height` over its width and `inches` of the page, and `lines` of a legend."""
    from matplotlib.figure import Figure

    style = current()
    tall = style.single * height + (LEGEND_LINE * lines + inches) * style.text
    return Figure(figsize=(style.single, tall), layout="constrained")


def labels(
    study: Study,
    indices: Sequence[int],
    naming: Naming,
    most: int,
    notes: Mapping[int, str] = NO_NOTES,
    *,
    bold: bool = False,
) -> list[str]:
    """Key, name and, in brackets, a note, in the room of `most` letters: "B · Two percent (baseline)".

    Names that are cut keep what tells them apart; wide letters leave room for fewer of them.
    """
    names = tuple(told_apart([naming(one) for one in study.scenarios], [one.slug for one in study.scenarios]))
    if study.baseline is not None and len(study.scenarios) > 1:
        notes = {study.baseline: "baseline", **notes}
    room = most * LETTER * (1.0 if not bold else 1.0 / BOLD)
    return [_label(names, index, notes.get(index, ""), most, room) for index in indices]


def _label(names: tuple[str, ...], index: int, note: str, most: int, ems: float) -> str:
    """One of `labels`, in `most` characters and `ems` of width."""
    tail = f" ({note})" if note else ""
    room = max(LEAST_NAME, most - len(tail) - 2)
    while True:
        text = f"{key_of(index)}{BESIDE}{_cut(names, room)[index]}{tail}"
        if room <= LEAST_NAME or width(text) <= ems:
            return text
        room -= 1


@lru_cache(maxsize=64)  # every label of a figure asks for the same cuts
def _cut(names: tuple[str, ...], most: int) -> list[str]:
    return cut_apart(names, most)


@cache
def width(text: str) -> float:
    """Width of a text in the font of PNG, in ems."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*missing from font.*", category=UserWarning)
        size = FontProperties(family="DejaVu Sans", size=100.0)
        return float(text_to_path.get_text_width_height_descent(text, size, ismath=False)[0]) / 100.0


def row_height(rows: int) -> float:
    """Inches of one row of a figure: less where there are many rows, and enough for a label."""
    return 0.3 if rows <= 12 else 0.21


def many(study: Study) -> bool:
    """Return whether there are more scenarios than colours tell apart; labels alone do so then."""
    return len(study.scenarios) - (study.baseline is not None) > COLOURED


def colour(study: Study, index: int, among: Sequence[int] | None = None) -> str:
    """Ink for the baseline or a single scenario, else a colour of its own; one for all others where they are many.

    among : scenarios that are drawn, where those are not all; their colours are told apart.
    """
    if index == study.baseline or len(study.scenarios) == 1:
        return INK
    if among is None and many(study):
        return ACCENT
    others = [one for one in among or range(len(study.scenarios)) if one != study.baseline]
    return COLOURS[others.index(index) % len(COLOURS)]


def marker(study: Study, index: int, among: Sequence[int] | None = None) -> str:
    """The marker of a scenario: its own, or where they are many one for the baseline and one for all others."""
    if among is None and many(study):
        return MARKERS[0] if index == study.baseline else MARKERS[1]
    return MARKERS[(among.index(index) if among else index) % len(MARKERS)]


def lead_the_eye(axes: Axes, rows: int) -> None:
    """Faint lines from the label of a row to its marks, where there are many rows."""
    if rows > 12:
        for y in range(0, rows):
            axes.axhline(y, color=FAINT, linewidth=0.5, zorder=0)


def surface(place: int, fills: Sequence[str]) -> tuple[str, str]:
    """Fill and hatch of one of several surfaces; no pair comes twice among the first eight times `fills`."""
    turn, at = divmod(place, len(fills))
    return fills[at], HATCHES[(at + turn) % len(HATCHES)]


def ink_on(fill: str) -> str:
    """The colour of words on a surface."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(fill)
    return PAPER if 0.299 * red + 0.587 * green + 0.114 * blue < DARK else INK


def mark_row(
    axes: Axes,
    y: float,
    mean: float,
    *,
    monte_carlo: tuple[float, float] | None,
    uncertainty: tuple[float | None, float | None],
    hue: str,
    shape: str,
    hollow: bool = False,
    size: float = 6.5,
    least: float = -math.inf,
) -> None:
    """A row of a figure: thick Monte Carlo interval, thin uncertainty interval with ends that stand out, marker.

    A white rim keeps the marker apart from a thick line of its own colour, on paper and in grey.

    least : what no value can fall below; a Monte Carlo interval is drawn from there.
    """
    low, high = uncertainty
    if monte_carlo is not None:
        ends = [max(least, end) for end in monte_carlo]
        axes.plot(ends, [y, y], color=hue, linewidth=4.0, zorder=2, solid_capstyle="butt")
    if low is not None and high is not None:
        axes.plot([low, high], [y, y], color=hue, linewidth=1.0, zorder=3, marker="|", markersize=8, clip_on=False)
    face, rim, rim_width = (PAPER, hue, 1.0) if hollow else (hue, PAPER, 0.6)
    axes.plot(
        mean, y, marker=shape, markersize=size, color=hue, markerfacecolor=face, markeredgecolor=rim,
        markeredgewidth=rim_width, zorder=4, linestyle="none", clip_on=False,
    )  # fmt: skip


def note_beside(axes: Axes, x: float, y: float, text: str, *, size: float, color: str = SOFT) -> None:
    """Words a little right of a point; readers of SVG drop blanks at the beginning of a text."""
    axes.annotate(text, (x, y), xytext=(3, 0), textcoords="offset points", fontsize=size, color=color, va="center")


def dashes(index: int) -> Any:
    """The line of a scenario."""
    return DASHES[index % len(DASHES)]


def tint(hue: str, share: float) -> tuple[float, float, float]:
    """`hue` mixed with white: share 1 is the hue, 0 is white; solid, so that print and screen agree."""
    from matplotlib.colors import to_rgb

    red, green, blue = (1.0 - share * (1.0 - part) for part in to_rgb(hue))
    return red, green, blue


def periods_axis(axes: Axes, ends: Floats, names: Sequence[str], most: int = 8) -> None:
    """Ticks at the ends of periods, their names between; no more than `most` names."""
    import numpy as np

    edges = np.concatenate([[0.0], np.asarray(ends, dtype=float)])
    middles = (edges[:-1] + edges[1:]) / 2
    step = max(1, -(-len(names) // most))
    axes.set_xlim(0.0, edges[-1])
    axes.set_xticks(edges[::step] if step > 1 else edges, labels=[])
    axes.set_xticks(middles[::step], labels=[shortened(name, 10) for name in names[::step]], minor=True)
    axes.tick_params(axis="x", which="minor", length=0)
