"""Figures of a paper: what their data say, and that they are read in grey, by the colour-blind, and by machines."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imread

from simcpec.analysis.economics.study_options import Basis, options_of
from simcpec.analysis.plot_fates import TrackedPlot
from simcpec.economics.decision.plane import QUADRANTS, Cloud, plane
from simcpec.model.outcome import CELL_COUNTS, MODE_COUNTS
from simcpec.reporting.artefacts.figure_files import figure_file, figure_of
from simcpec.reporting.artefacts.registry import ARTEFACTS
from simcpec.reporting.artefacts.subject import Subject
from simcpec.reporting.figures import style
from simcpec.reporting.figures.curves import first_equal
from simcpec.reporting.figures.decision.frontier import ParetoPoint, non_dominated
from simcpec.reporting.figures.decision.partial_values import partial_values
from simcpec.reporting.figures.decision.plane import cost_effectiveness_plane, standing_out
from simcpec.reporting.figures.decision.value_curves import (
    acceptability_curves,
    expected_loss,
    perfect_information,
    segments,
)
from simcpec.reporting.figures.risk.combinations import Combinations, combinations_of
from simcpec.reporting.figures.risk.convergence import convergence_curves
from simcpec.reporting.figures.risk.exceedance import exceedance, measured, yearly
from simcpec.reporting.figures.risk.largest_event import largest_events
from simcpec.reporting.figures.risk.storyboard import LOOKS, shots
from simcpec.reporting.figures.risk.waterfall import shares_of, waterfall
from simcpec.reporting.figures.sizes import JOURNAL, SCREEN, SLIDE
from simcpec.reporting.picture import Sketch
from simcpec.results.records import Change, Parameters, Study
from tests.support import studies

#: what protanopes and deuteranopes see (Machado, Oliveira, Fernandes 2009, severity 1), on linear RGB
BLIND = {
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
}  # fmt: skip


#: figures that are drawn for papers alone; those of the report page are tested there
DRAWN = ("F4", "F5", "F6", "F7", "F8", "F10", "F15", "F18")


def subject(of: Study) -> Subject:
    return Subject(folder=Path("outputs/made"), study=of)


def sketches(of: Study) -> Iterator[Sketch]:
    """Every figure that a study of no engine allows."""
    for one in ARTEFACTS:
        if one.id in DRAWN and not one.missing(subject(of)):
            for made in one.made(subject(of)):
                assert isinstance(made, Sketch)
                yield made


@pytest.fixture(scope="module")
def four() -> Study:
    made = [
        studies.result(name=f"Budget {k}", factor=1 - k / 6, share=0.01 * (1 + k), replications=12, draws=12)
        for k in range(4)
    ]
    return studies.study(*made)


def rows_of(sketch: Sketch | None) -> list[dict[str, object]]:
    assert sketch is not None
    return [dict(zip(sketch.fields, record, strict=True)) for record in sketch.records]


# ------------------------------------------------------------------------------------------------ what they say


def test_acceptability_adds_up_and_the_frontier_is_that_of_the_best(four: Study) -> None:
    totals: dict[object, float] = {}
    for row in rows_of(acceptability_curves(four, "incidents")):
        totals[row["value_usd"]] = totals.get(row["value_usd"], 0.0) + float(row["p_best"])  # type: ignore[arg-type]
        assert not row["is_best"] or row["p_best"] == row["frontier"]
    assert len(totals) == 81 and all(total == pytest.approx(1.0, abs=1e-12) for total in totals.values())
    of = options_of(four, Basis(effect="incidents"))
    cheapest = np.argmin(of.cost, axis=1)
    at_zero = [row["p_best"] for row in rows_of(acceptability_curves(four, "incidents")) if row["value_usd"] == 0.0]
    assert at_zero == [pytest.approx(float((cheapest == s).mean())) for s in range(4)]


def test_perfect_information_is_the_lowest_expected_loss(four: Study) -> None:
    lowest: dict[object, float] = {}
    for row in rows_of(expected_loss(four, "incidents")):
        value = float(row["expected_loss_usd"])  # type: ignore[arg-type]
        lowest[row["value_usd"]] = min(value, lowest.get(row["value_usd"], np.inf))
    known = rows_of(perfect_information(four, "incidents"))
    assert [row["evpi_usd_per_year"] for row in known] == pytest.approx(list(lowest.values()), abs=1e-6)
    assert min(lowest.values()) >= 0.0 and max(lowest.values()) > 0.0


def test_partial_information_names_what_is_not_told_apart() -> None:
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(3)
    drawn = Parameters(keys=("world.a", "world.b"), units=("", ""), values=rng.normal(size=(32, 2)))
    made = [
        studies.result(name=f"{k}", factor=1 - k / 3, share=0.01 * (1 + k), replications=6, draws=32, parameters=drawn)
        for k in range(2)
    ]
    sketch = partial_values(studies.study(*made), "incidents")
    rows = rows_of(sketch)
    assert {row["parameter"] for row in rows} == {"world.a", "world.b"}
    for row in rows:
        assert row["evppi_usd_per_year"] >= 0.0  # type: ignore[operator]
        assert row["told_apart"] == (row["evppi_usd_per_year"] > row["idle_usd"])  # type: ignore[operator]
    assert sketch is not None and len(figure_of(sketch).axes[0].get_yticklabels()) == 2


def test_segments_cover_the_grid() -> None:
    assert segments([0, 0, 2, 2, 2, 1]) == [(0, 1, 0), (2, 4, 2), (5, 5, 1)]


def test_the_plane_names_its_quadrants_and_has_a_point_a_draw(four: Study) -> None:
    sketch = cost_effectiveness_plane(four, "incidents")
    assert sketch is not None and len(sketch.records) == 3 * 12
    said = [text.get_text() for text in figure_of(sketch).axes[0].texts]
    assert set(QUADRANTS) <= set(said) and {"B", "C", "D"} <= set(said)
    assert re.search("averts more, costs more in 100 % of draws", sketch.alt)


def test_what_averts_nothing_has_no_curves_instead_of_a_fault() -> None:
    quiet = studies.result(factor=0.0, draws=6)
    same = studies.study(quiet, replace(quiet, name="Copy"))
    assert acceptability_curves(same, "deaths") is None and cost_effectiveness_plane(same, "deaths") is None
    found = exceedance(same)
    assert found is not None and "100 %" in found.caption
    assert "nothing in any year" in [text.get_text() for axes in figure_of(found).axes for text in axes.texts]


def test_dominated_options_are_hollow() -> None:
    def point(cost: float, mean: float) -> ParetoPoint:
        return ParetoPoint(key="A", name="a", cost=cost, mean=mean, half_width=None, now=False)

    assert non_dominated([point(1, 5), point(2, 4), point(2, 5), point(3, 4), point(1, 5)]) == [
        True,
        True,
        False,
        False,
        True,
    ]


def test_of_many_options_those_that_stand_apart_have_names() -> None:
    def cloud(k: int) -> Cloud:
        return replace(plane(options_of(pair, Basis(effect="incidents")))[0], option=k, mean=np.array([k, 1e6 * k]))

    pair = studies.study(*(studies.result(name=f"{k}", factor=1 - k / 6, draws=2) for k in range(2)))
    assert standing_out([cloud(k) for k in range(1, 4)]) == [1, 2, 3]
    far = standing_out([cloud(k) for k in range(1, 41)])
    assert len(far) <= 8 and 40 in far and all(b - a > 4 for a, b in itertools.pairwise(far))


def test_exceedance_is_the_share_of_years_above(four: Study) -> None:
    rows = [row for row in rows_of(exceedance(four)) if row["scenario"] == "A" and row["unit"] == "USD m"]
    loss, _ = yearly(four.scenarios[0])
    for row in rows[:: max(1, len(rows) // 5)]:
        assert row["share_above"] == pytest.approx(float((loss > row["amount"]).mean()))
        assert row["mc_low"] <= row["share_above"] <= row["mc_high"]  # type: ignore[operator]
    assert rows[0]["share_of_zero_years"] == pytest.approx(float((loss == 0.0).mean()))


def test_the_largest_event_is_exact_where_breaches_stand_alone_and_bounded_where_not() -> None:
    result = studies.result(draws=1, replications=2, days=(365.0, 365.0))
    cell, mode = np.zeros_like(result.cell), np.zeros_like(result.mode)

    def breach(r: int, t: int, p: int, c: int, dead: float) -> None:
        for name, amount in (("breaches", 1.0), ("deaths", dead)):
            cell[0, r, t, p, c, 0, CELL_COUNTS.index(name)] += amount
            mode[0, r, t, p, 0, MODE_COUNTS.index(name)] += amount

    breach(0, 0, 0, 0, 3.0)  # two cells of one province, told apart by the cells
    breach(0, 0, 0, 1, 5.0)
    breach(0, 1, 0, 0, 4.0)  # one cell: 4 + 3 = 7 deaths in two breaches
    breach(0, 1, 0, 0, 3.0)
    least, most = largest_events(replace(result, cell=cell, mode=mode), [[0], [1]])
    assert least.tolist() == [[5.0, 4.0], [0.0, 0.0]] and most.tolist() == [[5.0, 7.0], [0.0, 0.0]]
    assert largest_events(replace(result, cell=cell, mode=mode), [[0, 1]])[1].tolist() == [[7.0], [0.0]]


def test_occurrence_never_exceeds_the_deaths_of_the_year(four: Study) -> None:
    _, deaths, worst = measured(four)
    for s in range(4):
        assert deaths.curves[s].zero == worst.curves[s].zero
        assert worst.least[s].mean <= worst.curves[s].mean <= deaths.curves[s].mean
        low, high = worst.band(s)
        share = worst.line(s)[1]
        assert (low <= share).all() and (share <= high).all()
    sketch = exceedance(four)
    assert sketch is not None and "where two breaches fall together" in sketch.caption


def test_pairing_narrows_and_more_replications_narrow(four: Study) -> None:
    rows = [row for row in rows_of(convergence_curves(four)) if row["scenario"] == "B"]
    paired, apart = ([float(row[name]) for row in rows] for name in ("paired_half_width", "independent_half_width"))  # type: ignore[arg-type]
    assert all(a < b for a, b in zip(paired, apart, strict=True))
    assert paired[-1] < paired[0]


def test_shapley_averages_close_exactly_and_split_what_overlaps() -> None:
    rng = np.random.default_rng(5)
    values = {frozenset(s): rng.normal(size=(2, 3)) for n in range(4) for s in itertools.combinations(range(3), n)}
    parts = shares_of(values, 3)
    assert np.allclose(sum(parts), values[frozenset(range(3))] - values[frozenset()], atol=1e-12, rtol=0.0)
    # two measures that each avert all: half each
    both = {frozenset[int](): np.array(4.0), frozenset((0,)): np.array(0.0), frozenset((1,)): np.array(0.0),
            frozenset((0, 1)): np.array(0.0)}  # fmt: skip
    assert [float(part) for part in shares_of(both, 2)] == [-2.0, -2.0]


def change(key: str, new: str = "on") -> Change:
    return Change(key=key, old="off", new=new)


def test_a_waterfall_goes_from_exposure_over_threat_and_measures_to_the_residual() -> None:
    keys = ("policy.a", "world.provinces.SIN.plots", "world.provinces.SIN.personnel.corridor")
    subsets = [[k for k in range(3) if n >> k & 1] for n in range(8)]
    made = [studies.result(name=f"{n}", factor=1 - n / 16, draws=2, replications=8) for n in range(8)]
    of = replace(studies.study(*made), changes=tuple(tuple(change(keys[k]) for k in each) for each in subsets))
    found = combinations_of(of)
    assert isinstance(found, Combinations)
    assert [step.kind for step in found.steps] == ["exposure", "threat", "measure"]
    assert found.scenarios[frozenset((0, 1))] == 6 and found.scenarios[frozenset((2,))] == 1
    sketch = waterfall(of, "incidents")
    rows = rows_of(sketch)
    means = [float(row["mean"]) for row in rows]  # type: ignore[arg-type]
    assert rows[0]["step"] == "risk baseline" and rows[-1]["step"] == "residual risk"
    assert sum(means[:-1]) == pytest.approx(means[-1], abs=1e-12)
    assert sketch is not None and "Changes of exposure and threat stand first" in sketch.caption


def test_a_waterfall_says_which_combinations_are_missing() -> None:
    made = [studies.result(name=f"{k}", draws=1, replications=4) for k in range(4)]
    of, a, b, c = studies.study(*made), change("policy.a"), change("policy.b"), change("policy.c")
    assert isinstance(combinations_of(replace(of, changes=((), (a,), (b,), (a, b)))), Combinations)
    lacks = combinations_of(replace(of, changes=((), (a,), (b,), (c,))))
    assert isinstance(lacks, str) and "8 combinations of 3 changes, and 4 of them are missing: (a: on; b: on)" in lacks
    twice = combinations_of(replace(of, changes=((), (a,), (change("policy.a", "half"),), (b,))))
    assert twice == "changes with one new value each, and policy.a has 2"
    seven = tuple(change(f"policy.{name}") for name in "abcdefg")
    many = combinations_of(replace(of, changes=((), *((one,) for one in seven[:2]), seven[2:3])))
    assert isinstance(many, str)
    wide = studies.study(*(studies.result(name=f"{k}", replications=1) for k in range(8)))
    assert "7 changes, which would be 128 scenarios" in str(
        combinations_of(replace(wide, changes=((), *((one,) for one in seven))))
    )


def test_a_storyboard_marks_what_became_of_each_attack() -> None:
    def plot(day: float, province: str, end: str = "attack") -> TrackedPlot:
        return TrackedPlot(end, day, (province, "corridor", "site"))

    base = {(1, 0): plot(10, "SIN"), (2, 0): plot(20, "SIN"), (3, 0): plot(30, "SIN"), (4, 0): plot(40, "SIN")}
    other = {
        (1, 0): plot(10, "SIN"), (2, 0): plot(20, "BAL"), (3, 0): plot(31, "SIN"), (4, 0): plot(40, "SIN", "foiled"),
        (5, 0): plot(50, "KP"),
    }  # fmt: skip
    found = shots(base, other, start=0.0)
    assert [shot.became for shot in found if shot.side == 0] == ["unchanged", "displaced", "moved in time", "averted"]
    assert [shot.became for shot in found if shot.side == 1] == ["unchanged", "displaced", "moved in time", "created"]
    assert next(shot.elsewhere for shot in found if shot.became == "displaced") == "BAL"


def test_equal_curves_are_named_as_equal(four: Study) -> None:
    line = (np.arange(3.0), np.ones(3))
    assert first_equal([line, (np.arange(3.0), np.zeros(3)), line]) == [0, 1, 0]
    base = studies.result(draws=6, replications=10)
    copied = studies.study(base, studies.result(name="Other", factor=0.4, share=0.02, draws=6, replications=10),
                           replace(base, name="Copy"))  # fmt: skip
    sketch = expected_loss(copied, "incidents")
    assert sketch is not None
    said = [text.get_text() for legend in figure_of(sketch).legends for text in legend.get_texts()]
    assert any("Copy" in text and "identical to A" in text for text in said) and len(said) == 3


# ------------------------------------------------------------------------------------------------ how they look


def test_every_figure_has_words_for_who_cannot_see_it_and_no_odd_number(four: Study) -> None:
    found = list(sketches(four))
    assert {sketch.id for sketch in found} == {*DRAWN} - {"F18"}
    for sketch in found:
        assert len(sketch.alt) > 40 and sketch.caption.endswith(".")
        text = f"{sketch.alt} {sketch.caption}"
        assert not re.search(r"\b(nan|inf|None)\b", text)
        # no more than three significant digits but for counts
        assert [n for n in re.findall(r"\d+\.\d+", text) if len(n.replace(".", "").lstrip("0")) > 3] == []


@pytest.mark.parametrize("kind", [SCREEN, JOURNAL, SLIDE], ids=lambda each: each.name)
def test_sizes_and_type_are_those_of_the_style(four: Study, kind: object) -> None:
    assert kind in (SCREEN, JOURNAL, SLIDE)
    sketch = expected_loss(four, "incidents")
    assert sketch is not None
    figure: Figure = figure_of(sketch, kind)  # type: ignore[arg-type]
    assert figure.get_size_inches()[0] == kind.single  # type: ignore[attr-defined]
    figure.draw_without_rendering()
    axes = figure.axes[0]
    texts = [axes.xaxis.label, *axes.get_xticklabels(), *(t for legend in figure.legends for t in legend.get_texts())]
    sizes = {round(float(text.get_fontsize()), 3) for text in texts}
    assert min(sizes) >= 6.5 and max(sizes) <= 9.5 * kind.text  # type: ignore[attr-defined]
    width, height = figure.get_size_inches() * figure.dpi
    box = figure.get_tightbbox().extents * figure.dpi
    assert box[0] >= -1 and box[1] >= -1 and box[2] <= width + 1 and box[3] <= height + 1  # nothing is cut off


def test_files_hold_text_as_text_and_say_what_they_show(four: Study) -> None:
    sketch = perfect_information(four, "incidents")
    assert sketch is not None
    svg = figure_file(sketch, "svg", JOURNAL, "seed 0").decode("utf-8")
    assert (
        "<text" in svg
        and "value of one incident averted" in svg
        and sketch.alt.replace("&", "&amp;") in svg
        and "seed 0" in svg
    )
    pdf = figure_file(sketch, "pdf", JOURNAL, "seed 0")
    assert pdf == figure_file(sketch, "pdf", JOURNAL, "seed 0")
    assert b"/Subject" in pdf and b"CreationDate" not in pdf and b"/Type3" not in pdf
    png = figure_file(sketch, "png", replace(JOURNAL, dpi=100), "seed 0")
    assert imread(io.BytesIO(png)).shape[1] == round(100 * JOURNAL.single)
    assert b"seed 0" in png


def linear(colour: str) -> np.ndarray:
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lightness(rgb: np.ndarray) -> float:
    """L* of linear RGB, from 0 to 100."""
    y = float(np.clip(rgb, 0.0, 1.0) @ [0.2126, 0.7152, 0.0722])
    return 116.0 * y ** (1 / 3) - 16.0 if y > 0.008856 else 903.3 * y


def looks(study: Study) -> list[tuple[str, object, str]]:
    """Colour, dashes and marker of each scenario's curve."""
    of = list(range(len(study.scenarios)))
    return [(style.colour(study, s, of), style.dashes(s), style.marker(study, s, of)) for s in of]


def test_curves_are_told_apart_in_grey_and_by_the_colour_blind() -> None:
    """Wherever two curves look alike to somebody, dashes or markers differ; and every curve stands out from paper."""
    eight = studies.study(*(studies.result(name=f"{k}", replications=2) for k in range(8)))
    found = looks(eight)
    simulated = {"grey": np.tile([0.2126, 0.7152, 0.0722], (3, 1)), **BLIND}
    alike = 0
    for name, matrix in simulated.items():
        seen = [matrix @ linear(colour) for colour, _, _ in found]
        assert max(lightness(each) for each in seen) < 72.0, f"too pale on paper: {name}"
        for a, b in itertools.combinations(range(8), 2):
            near = np.linalg.norm(np.clip(seen[a], 0, 1) ** (1 / 2.4) - np.clip(seen[b], 0, 1) ** (1 / 2.4)) < 0.12
            alike += near
            assert not near or found[a][1:] != found[b][1:], f"{found[a]} and {found[b]} to {name}"
            assert found[a][2] != found[b][2]
    assert alike > 0  # without markers some would not be told apart: the test can fail
    marks = [(shape, filled) for shape, _, filled in LOOKS.values()]
    assert len(set(marks)) == len(marks)
