"""Figures of one to sixty scenarios: no warning, nothing cut off, no words over words, axes with room to read."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from simcpec.experiments.store import Study
from simcpec.reporting import (
    figures_budget,
    figures_fan,
    figures_forest,
    figures_funnel,
    figures_provinces,
    page,
    style,
    words,
)
from simcpec.reporting.table import Table
from tests.support import studies

Make = Callable[[Study], style.Sketch | None]
FIGURES: dict[str, Make] = {
    "F1": figures_fan.fan_chart,
    "F2": figures_forest.forest_plot,
    "F11": figures_provinces.small_multiples,
    "F21": figures_funnel.funnel,
    "F22": figures_budget.budget_bars,
}
SIZES = ((1, 2), (2, 1), (9, 2), (24, 1), (60, 1))  # scenarios, parameter draws
NAMES = ("A short one", "W" * 60, studies.URDU, "Names that begin with the same forty letters as others, {}", "Twice")
DOTS = 60  # per inch, for drawing quickly
LEAST = (0.9, 0.45)  # inches of an axes, wide and high
ROOM = 1.5  # points by which words may touch


def study(count: int, draws: int) -> Study:
    """So many scenarios, with names that are long, wide, equal, or written from right to left."""
    made = [
        studies.result(share=0.01 + 0.001 * i, factor=max(0.1, 1 - i / 40), draws=draws, replications=3)
        for i in range(count)
    ]
    named = [replace(one, name=NAMES[i % len(NAMES)].format(i)) for i, one in enumerate(made)]
    return studies.study(*named, baseline=None if count == 1 else min(1, count - 1))


@contextmanager
def words_drawn() -> Iterator[list[tuple[str, Any]]]:
    """Every text that is really drawn, with its extent in dots."""
    from matplotlib.text import Text

    found: list[tuple[str, Any]] = []
    draw = Text.draw

    def noted(self: Text, renderer: Any, *rest: Any, **others: Any) -> None:
        if self.get_visible() and self.get_text().strip():
            found.append((self.get_text(), self.get_window_extent(renderer)))
        draw(self, renderer, *rest, **others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", noted)
        yield found


def faults(figure: Any) -> list[str]:
    """What is wrong in a figure: warnings, words beyond the canvas or over words, axes too small."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(DOTS)
    canvas = FigureCanvasAgg(figure)
    with warnings.catch_warnings(record=True) as told, words_drawn() as texts:
        warnings.simplefilter("always")
        figure.draw_without_rendering()
    found = [str(one.message) for one in told if "missing from font" not in str(one.message)]
    wide, high = canvas.get_width_height()
    room = ROOM * DOTS / 72
    for text, box in texts:
        if box.x0 < -room or box.y0 < -room or box.x1 > wide + room or box.y1 > high + room:
            found.append(f"{text!r} leaves the canvas")
    for k, (text, box) in enumerate(texts):
        for other, beside in texts[:k]:
            across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            if across > room and down > room:
                found.append(f"{text!r} lies over {other!r}")
    for axes in figure.get_axes():
        box = axes.get_window_extent()
        if axes.axison and (box.width < LEAST[0] * DOTS or box.height < LEAST[1] * DOTS):
            found.append(f"an axes of {box.width / DOTS:.2f} x {box.height / DOTS:.2f} inches")
    return found


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]} scenarios, {size[1]} draws")
def made(request: pytest.FixtureRequest) -> Study:
    """A study of one of the sizes."""
    return study(*request.param)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_room_for_every_scenario(made: Study, name: str) -> None:
    sketch = FIGURES[name](made)
    if sketch is None:
        assert name == "F2" and len(made.scenarios) == 1
        return
    with style.house_style():
        assert faults(sketch.draw(lambda result: result.name)) == []
        assert len({record[2] if name != "F1" else record[0] for record in sketch.records}) >= len(made.scenarios) - 1


def test_figure_one_says_which_scenarios_it_draws() -> None:
    many = study(60, 1)
    sketch = figures_fan.fan_chart(many)
    assert "Of 60 scenarios the baseline, B, and the first 7 others are drawn" in sketch.caption
    assert figures_fan.chosen(many) == list(range(8))
    assert figures_fan.chosen(replace(many, baseline=30)) == [*range(7), 30]
    assert "are drawn" not in figures_fan.fan_chart(study(8, 1)).caption
    assert {record[0] for record in sketch.records} == {words.key_of(index) for index in range(60)}


def test_colours_are_given_up_beyond_eight_others() -> None:
    few, many = study(9, 1), study(10, 1)
    assert len({style.colour(few, index) for index in range(9)}) == 9
    assert {style.colour(many, index) for index in range(10)} == {style.INK, style.ACCENT}
    assert style.marker(many, 1) != style.marker(many, 0) == style.marker(many, 9)
    assert len({style.colour(many, index, range(8)) for index in range(8)}) == 8


def test_a_fault_in_a_figure_is_found() -> None:
    with style.house_style():
        figure = style.canvas(1.0)
        axes = figure.subplots(1, 8)[0]
        axes.text(0.5, 0.5, "one text")
        axes.text(0.5, 0.5, "another text")
        axes.text(-90.0, 0.5, "far away")
        found = " ".join(faults(figure))
    assert "lies over" in found and "leaves the canvas" in found and "an axes of" in found


def test_tables_of_sixty_scenarios_fit_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "rendered", lambda sketch, mark: None)
    tables = [part for section in page.compose(study(60, 1)) for part in section.parts if isinstance(part, Table)]
    wide = {table.id: max(len(panel.columns) for panel in table.panels) for table in tables}
    assert len(wide) > 8 and max(wide.values()) <= 21, wide
