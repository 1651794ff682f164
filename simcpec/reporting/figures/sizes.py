"""For what a figure is drawn: the page, a column of a journal, or a slide; width, size of type, and resolution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FigureStyle:
    """Inches and type of one use.

    single, double : width of a figure of one panel, and of one with panels side by side.
    text : size of all type and lines over that on the page.      dpi : of PNG.
    """

    name: str
    single: float
    double: float
    text: float
    dpi: int

    @property
    def narrow(self) -> bool:
        """Whether a figure of one panel has no room for a legend beside it."""
        return self.single / self.text < 6.0


SCREEN = FigureStyle(name="screen", single=6.6, double=9.4, text=1.0, dpi=160)
#: columns of 88 and 180 mm, type of 7 points and more on paper
JOURNAL = FigureStyle(name="journal", single=3.46, double=7.09, text=0.82, dpi=600)
#: beside a title on a slide of 13.3 x 7.5 inches
SLIDE = FigureStyle(name="slide", single=9.0, double=12.6, text=1.5, dpi=150)
STYLES = {style.name: style for style in (SCREEN, JOURNAL, SLIDE)}

_CURRENT: ContextVar[FigureStyle] = ContextVar("style", default=SCREEN)


def current() -> FigureStyle:
    """The style in which figures are drawn now."""
    return _CURRENT.get()


@contextmanager
def drawn_for(style: FigureStyle) -> Iterator[None]:
    """Draw figures in this style."""
    token = _CURRENT.set(style)
    try:
        yield
    finally:
        _CURRENT.reset(token)
