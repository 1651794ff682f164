"""The page of a sweep: what it shows of points, of failures, and of what cannot be told."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from simcpec.analysis.paired_differences import Difference
from simcpec.analysis.responses import response
from simcpec.cli.commands.sweeps.folders import reading
from simcpec.experiments.sweep.summary import axis_of, marginals, places, spent, summary
from simcpec.reporting.picture import house_style
from simcpec.reporting.sweeps.findings import findings
from simcpec.reporting.sweeps.page import write_sweep_report
from simcpec.reporting.sweeps.spreads import FactorMap, _cells, _lacking_words, _line_words, _map
from simcpec.reporting.sweeps.tornado import _by_factor, swings
from tests.support.sweeps import LIVELY, swept, written

CURVE = LIVELY.replace("levels: [0 %, 1 %, 2 %]", "from: 0 %, to: 20 %, steps: 4").replace(
    '  - {key: world.threat.excitation.follow_ons, name: follow_ons, levels: ["0", "0.3"]}\n', ""
)
MAP = LIVELY.replace(
    'key: world.threat.excitation.follow_ons, name: follow_ons, levels: ["0", "0.3"]',
    "split: intelligence, levels: [5 %, 10 %, 20 %], absorbs: rest",
)


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study along one factor, with its page."""
    folder = tmp_path_factory.mktemp("curve")
    text = CURVE.replace("name: Small", 'name: "<b>Small</b>"') + "responses: [attacks]\n"
    swept(written(folder, text), folder / "out")
    with reading(folder / "out") as reader:
        write_sweep_report(reader, folder / "out")
    return folder / "out"


def test_every_figure_is_there_four_times(curve: Path) -> None:
    stems = {path.stem for path in (curve / "figures").iterdir()}
    assert {"s1-marginal-returns", "s2-curve-attacks"} <= stems
    for stem in stems:
        assert {path.suffix for path in (curve / "figures").glob(f"{stem}.*")} == {".svg", ".png", ".csv", ".json"}
        said = json.loads((curve / "figures" / f"{stem}.json").read_text(encoding="utf-8"))
        assert (curve / "figures" / said["data"]).read_text(encoding="utf-8").splitlines()[0] == ",".join(
            said["columns"]
        )


def test_the_page_escapes_names_and_asks_for_nothing(curve: Path) -> None:
    page = (curve / "report.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;Small&lt;/b&gt;" in page and "<b>Small</b>" not in page
    assert "http://" not in page.replace("http://www.w3.org", "") and "<script" not in page


def test_the_marginal_return_is_the_paired_difference_of_the_neighbours(curve: Path) -> None:
    with reading(curve) as reader:
        found = summary(reader)
        factor = axis_of(found)
        assert factor is not None
        along = places(found, factor)
        assert [place.text for place in along] == ["0 %", "5 %", "10 %", "15 %", "20 %"]
        (one, *others) = marginals(found, "attacks", along)
        low, high = (next(p.point for p in found.points if p.point.policy == along[k].result.policy) for k in (0, 2))
        ours = [reader.values(point, response("attacks")) for point in (low, high)]
        money = [spent(found, point.policy) for point in (low, high)]
    assert one.text == "5 %" and len(others) == 2
    assert ours[0] is not None and ours[1] is not None and money[0] is not None and money[1] is not None
    assert one.mean == pytest.approx(np.mean(ours[0] - ours[1]) / (money[1] - money[0]) * 1e6)
    apart = np.std(ours[0] - ours[1], ddof=1) / np.sqrt(len(ours[0])) * 2.2009852 / (money[1] - money[0]) * 1e6
    assert one.half_width == pytest.approx(apart)


def test_what_cannot_be_told_is_said_so(curve: Path) -> None:
    with reading(curve) as reader:
        found = summary(reader)
        said = dict(findings(found, {}))
    unclear = sum(one.contrasts["attacks"].verdict == "not distinguishable" for one in found.others)
    assert ("not distinguishable from the baseline" in said["Attacks"]) == bool(unclear)
    assert "independent runs would have needed" in said["What pairing saved"]


def test_two_factors_make_a_map_and_a_missing_point_takes_it_away(tmp_path: Path) -> None:
    text = MAP.replace("replications: 12", "replications: 3") + "responses: [attacks]\n"
    swept(written(tmp_path, text), tmp_path / "out")
    with reading(tmp_path / "out") as reader:
        write_sweep_report(reader, tmp_path / "out")
        assert list((tmp_path / "out" / "figures").glob("*-map-attacks.svg"))
        lost = next(iter(reader.found.chunks))
        del reader.found.chunks[lost]
        page = write_sweep_report(reader, tmp_path / "out").read_text(encoding="utf-8")
    assert "Points without a result" in page and "no number stands in their place" in page


def contrast(mean: float) -> Difference:
    """A contrast that is sure."""
    return Difference(
        mean=mean,
        half_width=0.1,
        low=None,
        high=None,
        variance_ratio=None,
        correlation=None,
        verdict="more",
        p_less=None,
    )


def test_a_map_has_a_line_of_break_even_and_crosses_what_is_infeasible() -> None:
    cells = {(r, c): contrast(mean) for (r, c), mean in
             zip(product("ab", "xyz"), (-2.0, -1.0, 1.0, -1.0, 1.0), strict=False)}  # fmt: skip
    of = FactorMap(rows=("a", "b"), columns=("x", "y", "z"), found=cells, even=None, infeasible=frozenset({("b", "z")}))
    whole = replace(of, even=of.means)
    assert np.isnan(of.means[1, 2]) and of.means[0].tolist() == [-2.0, -1.0, 1.0]
    assert _cells(of, "b", "z") == (None, None, "infeasible") and _cells(of, "a", "x")[0] == -2.0
    assert "no line of break-even" in _line_words(of, "attacks") and "Thick line" in _line_words(whole, "attacks")
    assert "less everywhere" in _line_words(replace(of, even=-np.abs(of.means)), "attacks")
    assert "1 of 1 cells without a result are infeasible" in _lacking_words(of, 1)
    lines = []
    for one in (of, whole):
        with house_style():
            axes = _map(one, "rows", "columns", "attacks").axes[0]
        assert sum(patch.get_hatch() == "xxxx" for patch in axes.patches) == 1
        lines.append(len([each for each in axes.collections if len(each.get_paths())]))
    assert lines == [1, 2]  # no change; and break-even


def test_the_tornado_has_the_widest_factor_first_and_each_by_itself() -> None:
    factors = [SimpleNamespace(name=name) for name in ("narrow", "wide", "one level")]
    found = [
        (("1", None, None), contrast(-1.0)),
        (("2", None, None), contrast(1.0)),
        ((None, "1", None), contrast(-5.0)),
        ((None, "2", None), contrast(-2.0)),
        ((None, None, "on"), contrast(3.0)),
        (("9", "9", None), contrast(99.0)),  # two factors at a time say nothing of either
        ((None, None, None), contrast(98.0)),
    ]
    rows = _by_factor(factors, found)  # type: ignore[arg-type]
    assert [(row.factor, row.low_level, row.high_level, row.width) for row in rows] == [
        ("wide", "1", "2", 5.0),
        ("one level", "on", "on", 3.0),
        ("narrow", "1", "2", 2.0),
    ]


def test_factors_one_at_a_time_are_drawn_as_a_tornado(tmp_path: Path) -> None:
    text = LIVELY.replace("factors:", "design: one_at_a_time\nfactors:").replace("replications: 12", "replications: 3")
    text = text.replace("300 days", "60 days").replace(
        'key: world.threat.excitation.follow_ons, name: follow_ons, levels: ["0", "0.3"]',
        "split: intelligence, levels: [5 %, 20 %], absorbs: rest",
    )
    swept(written(tmp_path, text + "responses: [total_cost, security_spending, operations]\n"), tmp_path / "out")
    with reading(tmp_path / "out") as reader:
        write_sweep_report(reader, tmp_path / "out")
        _, rows = swings(summary(reader), "operations")
    (figure,) = (tmp_path / "out" / "figures").glob("*-tornado-operations.csv")
    lines = figure.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("factor,low_level,low,") and len(lines) == 3 == 1 + len(rows)
