"""Figures of one to sixty scenarios: no warning, nothing cut off, no words over words, legends apart, room to read."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from simcpec.analysis.estimates import Estimate
from simcpec.reporting.figures import budget_bars, fan_chart, forest_plot, operations_funnel, province_panels, style
from simcpec.reporting.page import report
from simcpec.reporting.page.observed import Observed
from simcpec.reporting.tables.table import Table
from simcpec.results import scenario_names
from simcpec.results.records import Study
from tests.support import studies

Make = Callable[[Study], style.Sketch | None]
FIGURES: dict[str, Make] = {
    "F1": fan_chart.fan_chart,
    "F2": forest_plot.forest_plot,
    "F11": province_panels.small_multiples,
    "F21": operations_funnel.funnel,
    "F22": budget_bars.budget_bars,
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


def cut(axes: Any) -> list[str]:
    """Lines that leave the limits of an axes and are cut there."""
    found = []
    (left, right), (bottom, top) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
    for line in axes.lines:
        across, down = line.get_transform().contains_branch_seperately(axes.transData)
        x, y = (np.asarray(part, dtype=float) for part in line.get_data())
        beyond = across and (x.min() < left - 1e-9 or x.max() > right + 1e-9)
        beyond |= down and (y.min() < bottom - 1e-9 or y.max() > top + 1e-9)
        if beyond and line.get_clip_on():
            found.append(f"a line of {axes.get_title(loc='left')!r} is cut")
    return found


def faults(figure: Any) -> list[str]:
    """What is wrong in a figure: warnings, words beyond the canvas or over words, lines cut, legends over axes."""
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
    found += [f"{text!r} begins or ends with a blank" for text, _ in texts if text != text.strip()]
    for k, (text, box) in enumerate(texts):
        for other, beside in texts[:k]:
            across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            if across > room and down > room:
                found.append(f"{text!r} lies over {other!r}")
    legends = [axes.get_legend().get_window_extent() for axes in figure.get_axes() if axes.get_legend() is not None]
    for axes in figure.get_axes():
        found += cut(axes)
        box = axes.get_window_extent()
        inside = box.padded(-room)
        found += [f"a legend lies over {axes.get_title(loc='left')!r}" for one in legends if one.overlaps(inside)]
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
    sketch = fan_chart.fan_chart(many)
    assert "Of 60 scenarios the baseline, B, and the first 7 others are drawn" in sketch.caption
    assert fan_chart.chosen(many) == list(range(8))
    assert fan_chart.chosen(replace(many, baseline=30)) == [*range(7), 30]
    assert "are drawn" not in fan_chart.fan_chart(study(8, 1)).caption
    assert {record[0] for record in sketch.records} == {scenario_names.key_of(index) for index in range(60)}


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
        axes.text(0.1, 0.1, " a blank first")
        axes.plot([0.0, 9.0], [0.0, 0.0], label="one line")
        axes.set_xlim(0.0, 1.0)
        axes.legend(loc="center")
        found = " ".join(faults(figure))
    for fault in ("lies over", "leaves the canvas", "an axes of", "begins or ends", "is cut", "a legend lies over"):
        assert fault in found


def test_the_pace_on_record_stays_within_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Observed(name="own", title="a record", attacks=90.0, years=2.0, funnel=None)
    monkeypatch.setattr(fan_chart, "observed", lambda study: seen)
    with style.house_style():
        figure = fan_chart.fan_chart(study(2, 1)).draw(lambda result: result.name)
        assert faults(figure) == []
        assert any(text.get_text().startswith("dotted: pace on record, 90") for text in figure.subfigs[0].axes[0].texts)


def test_no_two_parts_of_a_budget_look_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    provinces = [(f"Province {k}", [1.0, 2.0]) for k in range(24)]
    monkeypatch.setattr(budget_bars, "by_province", lambda study: provinces)
    with style.house_style():
        figure = budget_bars.budget_bars(study(2, 1)).draw(lambda result: result.name)
        assert faults(figure) == []
    keys = [key for axes in figure.get_axes() for key in axes.get_legend().get_patches()]
    assert len(keys) == 7 + 24 == len({(key.get_facecolor(), key.get_hatch()) for key in keys})
    upper, lower = ({key.get_facecolor() for key in axes.get_legend().get_patches()} for axes in figure.get_axes())
    assert not upper & lower  # a colour of a line never stands for a province


@pytest.mark.parametrize("fills", [style.LINE_FILLS, style.PROVINCE_FILLS])
def test_surfaces_that_share_a_hatch_differ_in_grey(fills: tuple[str, ...]) -> None:
    grey = [float(np.dot(to_rgb(fill), (0.299, 0.587, 0.114))) for fill in fills]
    assert max(grey) < 0.85  # a white hatch is seen on it
    surfaces = [style.surface(place, fills) for place in range(2 * len(fills))]
    assert len(set(surfaces)) == len(surfaces)
    for k, (fill, hatch) in enumerate(surfaces):
        for other, same in surfaces[:k]:
            assert hatch != same or abs(grey[fills.index(fill)] - grey[fills.index(other)]) > 0.08


def test_every_column_of_provinces_has_numbers_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    both = study(2, 1)
    known = [*((f"P{k}", f"Province {k}") for k in range(12)), ("", "All provinces")]
    rows = province_panels.by_place(both)[""]
    monkeypatch.setattr(province_panels, "places", lambda study: known)
    monkeypatch.setattr(province_panels, "by_place", lambda study: {code: rows for code, _ in known})
    with style.house_style():
        figure = province_panels.small_multiples(both).draw(lambda result: result.name)
        assert faults(figure) == []
    grid = [axes for axes in figure.get_axes() if axes.axison]
    assert len(grid) == 13
    numbered = [axes for axes in grid if axes.xaxis.get_tick_params()["labelbottom"]]
    assert {axes.get_subplotspec().colspan.start for axes in numbered} == {0, 1, 2, 3}


def test_a_province_that_the_baseline_lacks_has_no_count_of_it() -> None:
    first, second = studies.result(), studies.result()
    elsewhere = replace(second.axes, provinces=("SIN", "BAL", "NEW"), province_labels=("Sindh", "Balochistan", "New"))
    both = studies.study(first, replace(second, axes=elsewhere))
    with style.house_style():
        figure = province_panels.small_multiples(both).draw(lambda result: result.name)
    said = {axes.get_title(loc="left"): [text.get_text() for text in axes.texts] for axes in figure.get_axes()}
    assert said["New"] == ["no such province", "not in A"]
    assert said["Azad Jammu & Kashmir"] == ["no such province", "0 incidents played"]


def test_the_announced_line_is_no_colour_of_a_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    many = study(24, 1)
    assert style.SOFT not in {style.colour(many, index) for index in range(24)}
    stage = replace(operations_funnel._stages(many, None)[0], observed=7984.0, said="7,984")
    with style.house_style():
        axes = style.canvas(4.0).subplots()
        operations_funnel._panel(axes, many, stage)
    assert [line.get_color() for line in axes.lines if line.get_linestyle() == "--"] == [style.SOFT]


def test_an_interval_of_operations_is_drawn_to_its_end() -> None:
    wide = operations_funnel.FunnelStep(
        "Operations", "a year", (Estimate(mean=10.0, half_width=90.0, low=None, high=None, n=2),), None, ""
    )
    with style.house_style():
        axes = style.canvas(4.0).subplots()
        operations_funnel._panel(axes, study(1, 1), wide)
    assert axes.get_xlim()[1] > 100.0


def test_tables_of_sixty_scenarios_fit_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "rendered", lambda sketch, mark: None)
    tables = [part for section in report.compose(study(60, 1)) for part in section.parts if isinstance(part, Table)]
    wide = {table.id: max(len(panel.columns) for panel in table.panels) for table in tables}
    assert len(wide) > 8 and max(wide.values()) <= 21, wide
