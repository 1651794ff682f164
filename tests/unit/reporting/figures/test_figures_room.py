"""Figures of one to sixty scenarios: no warning, nothing cut off, no words over words, legends apart, room to read."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from simcpec.analysis.estimates import Estimate
from simcpec.reporting import picture
from simcpec.reporting.decision.effect import highlighted
from simcpec.reporting.figures import (
    budget_bars,
    dose_response,
    fan_chart,
    fates_bars,
    forest_plot,
    operations_funnel,
    province_panels,
    province_profile,
    style,
)
from simcpec.reporting.page import chapters
from simcpec.reporting.page.observed import Observed
from simcpec.reporting.tables.table import Table
from simcpec.results import scenario_names
from simcpec.results.records import Fate, Fates, Study
from tests.support import studies

Make = Callable[[Study], picture.Sketch | None]
FIGURES: dict[str, Make] = {
    "F1": fan_chart.fan_chart,
    "F1, of means": fan_chart.fan_of_parameters,
    "F2": forest_plot.forest_plot,
    "F11": province_panels.small_multiples,
    "F21": operations_funnel.funnel,
    "F22": budget_bars.budget_bars,
    "F23": fates_bars.fates_bars,
    "F24": dose_response.dose_response,
    "F25": province_profile.province_profile,
    "F26": province_profile.province_tiles,
}
ALONE = ("F1", "F25", "F26")  # figures of the baseline
COMPARING = ("F2", "F23", "F24")  # figures of nothing but differences
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
    tiled = [replace(one, axes=replace(one.axes, provinces=("SIN", "BAL", "AJK"))) for one in named]
    found = studies.study(*tiled, baseline=None if count == 1 else min(1, count - 1))
    return replace(found, fates=None if count == 1 else fates_of(found))


def fates_of(of: Study) -> Fates:
    """Fates of every kind, more of them the later a scenario stands."""
    cell, other, none = ("SIN", "corridor", "site"), ("BAL", "corridor", "site"), ("", "", "")

    def one(became: str, by: str, count: int) -> Fate:
        here, there = (none if became == kind else cell for kind in ("created", "averted"))
        there = other if became == "displaced" else there
        return Fate(what="attacks", became=became, by=by, origin=here, target=there, count=count)

    def every(k: int) -> tuple[Fate, ...]:
        reasons = [one("averted", by, k + 1) for by in ("foiled", "deterred", "lapsed", "never born")]
        moved = [one(became, "", k) for became in ("displaced", "delayed", "earlier")]
        return (one("unchanged", "", 100), *reasons, *moved, one("created", "foiled", k // 2))

    return Fates(plays=3, of_scenario=tuple(() if i == of.baseline else every(i) for i in range(len(of.scenarios))))


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
        assert (name in COMPARING and len(made.scenarios) == 1) or name == "F1, of means"
        return
    with picture.house_style():
        assert faults(sketch.draw(lambda result: result.name)) == []
    if name not in ("F25", "F26"):
        named = {record[0 if name in ("F1", "F1, of means", "F23") else 2] for record in sketch.records}
        assert len(named) >= len(made.scenarios) - 1


def test_figure_one_draws_the_baseline_and_says_so() -> None:
    many = study(60, 1)
    sketch = fan_chart.fan_chart(replace(many, baseline=30))
    assert fan_chart.reference(replace(many, baseline=30)) == 30 and fan_chart.reference(study(1, 1)) == 0
    assert "alone; F24 and F2 show how the others differ" in sketch.caption
    assert "alone; F24" not in fan_chart.fan_chart(study(1, 1)).caption
    assert {record[0] for record in sketch.records} == {scenario_names.key_of(index) for index in range(60)}


def test_colours_are_given_up_beyond_eight_others() -> None:
    few, many = study(9, 1), study(10, 1)
    assert len({style.colour(few, index) for index in range(9)}) == 9
    assert {style.colour(many, index) for index in range(10)} == {style.INK, style.ACCENT}
    assert style.marker(many, 1) != style.marker(many, 0) == style.marker(many, 9)
    assert len({style.colour(many, index, range(8)) for index in range(8)}) == 8


def test_a_fault_in_a_figure_is_found() -> None:
    with picture.house_style():
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
    with picture.house_style():
        figure = fan_chart.fan_chart(study(2, 1)).draw(lambda result: result.name)
        assert faults(figure) == []
        said = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
        assert {"pace on record", "90 attacks counted in 2 other years"} < set(said)


def test_no_two_parts_of_a_budget_look_alike() -> None:
    with picture.house_style():
        figure = budget_bars.budget_bars(study(2, 1)).draw(lambda result: result.name)
        assert faults(figure) == []
    keys = [key for axes in figure.get_axes() for key in axes.get_legend().get_patches()]
    assert len(keys) == 7 == len({(key.get_facecolor(), key.get_hatch()) for key in keys})


def test_a_colour_or_a_hatch_means_one_thing_on_a_page() -> None:
    scenarios = {*style.COLOURS, style.INK, style.ACCENT}
    lines, fates = set(style.LINE_FILLS), {fill for fill, _ in fates_bars.LOOKS.values()}
    assert not scenarios & lines and not scenarios & fates and not lines & fates
    assert not {hatch for _, hatch in fates_bars.LOOKS.values() if hatch} & set(style.HATCHES)


@pytest.mark.parametrize("parts", [fates_bars.AVERTED, fates_bars.MOVED])
def test_parts_of_a_fate_differ_in_grey(parts: tuple[str, ...]) -> None:
    grey = sorted(float(np.dot(to_rgb(fates_bars.LOOKS[part][0]), (0.299, 0.587, 0.114))) for part in parts)
    assert min(b - a for a, b in pairwise(grey)) > 0.15


def test_shares_of_fates_add_up_to_the_attacks_of_the_baseline() -> None:
    found = study(3, 1)
    for index in (0, 2):
        counts = fates_bars.counted(found, index)
        assert counts["baseline"] == sum(n for part, n in counts.items() if part not in ("created", "baseline"))
    assert fates_bars.counted(found, 2)[fates_bars.OTHERWISE] == 6 and fates_bars.counted(found, 2)["created"] == 1


def test_a_baseline_without_an_attack_has_bars_in_words() -> None:
    found = study(3, 1)
    nothing = replace(found, fates=Fates(plays=3, of_scenario=((), (), ())))
    sketch = fates_bars.fates_bars(nothing)
    assert sketch is not None
    with picture.house_style():
        figure = sketch.draw(lambda result: result.name)
        assert faults(figure) == []
    assert [text.get_text() for text in figure.get_axes()[1].texts] == ["no attack", "no attack"]


def test_no_tile_map_where_a_province_has_no_tile() -> None:
    found = studies.result()
    elsewhere = replace(found.axes, provinces=("SIN", "BAL", "XYZ"))
    assert province_profile.province_tiles(studies.study(replace(found, axes=elsewhere), baseline=None)) is None
    assert len(set(province_profile.TILES.values())) == len(province_profile.TILES) == 7


def test_scenarios_of_one_cost_stand_in_the_order_of_their_effect() -> None:
    made = [studies.result(name=f"{i}", factor=1 - (i % 3) / 4, replications=9) for i in range(4)]
    sketch = dose_response.dose_response(studies.study(*made))
    assert sketch is not None and "all cost the same" in sketch.caption and "money" not in sketch.title
    with picture.house_style():
        figure = sketch.draw(lambda result: result.name)
        assert faults(figure) == []
    markers = {line.get_xdata()[0]: line.get_ydata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 1}
    assert sorted(markers) == [1.0, 2.0, 3.0] and markers[1.0] <= markers[2.0] <= markers[3.0]


def test_the_legend_of_many_doses_names_no_other_figure_and_what_bears_a_letter() -> None:
    found = study(12, 1)
    named = highlighted(found)
    sketch = dose_response.dose_response(found)
    assert sketch is not None and named is not None and "F2 names all" in sketch.caption
    with picture.house_style():
        figure = sketch.draw(lambda result: result.name)
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    letters = {text.get_text() for text in figure.axes[0].texts}
    assert (
        letters == {scenario_names.key_of(named)}
        and said[1].startswith(scenario_names.key_of(named))
        and said[2:] == ["10 others"]
    )


@pytest.mark.parametrize("fills", [style.LINE_FILLS])
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
    with picture.house_style():
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
    with picture.house_style():
        figure = province_panels.small_multiples(both).draw(lambda result: result.name)
    said = {axes.get_title(loc="left"): [text.get_text() for text in axes.texts] for axes in figure.get_axes()}
    assert said["New"] == ["no such province in both", "not in the baseline"]
    assert said["Azad Jammu & Kashmir"] == ["no such province", "0 incidents played"]


def test_the_announced_line_is_no_colour_of_a_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    many = study(24, 1)
    assert style.SOFT not in {style.colour(many, index) for index in range(24)}
    stage = replace(operations_funnel._stages(many, None)[0], observed=7984.0, said="7,984")
    with picture.house_style():
        axes = style.canvas(4.0).subplots()
        operations_funnel._panel(axes, many, stage)
    assert [line.get_color() for line in axes.lines if line.get_linestyle() == "--"] == [style.SOFT]


def test_an_interval_of_operations_is_drawn_to_its_end() -> None:
    wide = operations_funnel.FunnelStep(
        "Operations", "a year", (Estimate(mean=10.0, half_width=90.0, low=None, high=None, n=2),), None, ""
    )
    with picture.house_style():
        axes = style.canvas(4.0).subplots()
        operations_funnel._panel(axes, study(1, 1), wide)
    assert axes.get_xlim()[1] > 100.0


def test_tables_of_sixty_scenarios_fit_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapters, "rendered", lambda sketch, mark: None)
    tables = [part for section in chapters.compose(study(60, 1)) for part in section.parts if isinstance(part, Table)]
    wide = {table.id: max(len(panel.columns) for panel in table.panels) for table in tables}
    assert len(wide) > 8 and max(wide.values()) <= 21, wide
