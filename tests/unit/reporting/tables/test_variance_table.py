"""T16: ratios against a hand calculation, conditional means beside realised counts, and T5's sharper rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simcpec.analysis.paired_differences import paired
from simcpec.analysis.responses import response
from simcpec.experiments.study import study
from simcpec.model.outcome import CELL_COUNTS
from simcpec.reporting.tables.contrasts import contrasts
from simcpec.reporting.tables.variance import RESPONSES, compared, variance_ratios
from simcpec.results.records import Study


@pytest.fixture(scope="module")
def played() -> Study:
    return study(["base", "share-2"], sets=["run.horizon=1 year"], replications=60, draws=1, jobs=1)


def test_the_yardstick_is_realised_counts_of_independent_runs(played: Study) -> None:
    base, result = played.scenarios
    a, b = (response("breaches").of(each)[0] for each in (result, base))
    c, d = (response("expected_breaches").of(each)[0] for each in (result, base))
    apart = a.var(ddof=1) + b.var(ddof=1)
    found = compared(result, base, "breaches")
    assert found.pairing.ratio == pytest.approx(apart / (a - b).var(ddof=1))
    assert found.averaging is not None and found.both is not None and found.expected is not None
    assert found.averaging.ratio == pytest.approx(apart / (c.var(ddof=1) + d.var(ddof=1)))
    assert found.both.ratio == pytest.approx(apart / (c - d).var(ddof=1))
    assert found.pairing.ratio == pytest.approx(found.realised.variance_ratio)
    assert found.both.ratio > found.pairing.ratio > 1.0


def test_every_response_has_a_line_and_a_record(played: Study) -> None:
    table = variance_ratios(played)
    assert table is not None and (table.id, table.file) == ("T16", "t16-variance-ratios.csv")
    assert [row.cells[0].text for row in table.panels[0].rows][1:3] == ["Attacks", "Breaches"]
    assert [record[2] for record in table.records] == list(RESPONSES)
    assert all(len(record) == len(table.fields) for record in table.records)
    deaths = dict(zip(table.fields, table.records[RESPONSES.index("deaths")], strict=True))
    assert deaths["expected_half_width"] < deaths["realised_half_width"]
    assert deaths["paired_low"] < deaths["paired_ratio"] < deaths["paired_high"]


def test_scenarios_that_never_differ_say_so_and_single_ones_have_no_table(played: Study) -> None:
    base = played.scenarios[0]
    same = replace(played, scenarios=(base, replace(base, slug="again")))
    table = variance_ratios(same)
    assert table is not None and table.panels[0].rows[1].cells[3].text == "identical"
    assert variance_ratios(replace(played, scenarios=(base,), baseline=None)) is None


def test_differences_show_conditional_means_where_they_are_sharper(played: Study) -> None:
    table = contrasts(played)
    assert table is not None
    names = [record[2] for record in table.records]
    assert names.index("expected_breaches") == names.index("breaches") - 1  # what is known better stands first
    base, result = played.scenarios
    rng = np.random.default_rng(1)
    noisy = result.cell.copy()  # a conditional mean that is known worse than the count itself is not shown
    noisy[..., CELL_COUNTS.index("expected_breaches")] += 50.0 * rng.normal(size=noisy.shape[:-1])
    # Many replications differ in the count, so that no handful of them carries its mean.
    noisy[..., CELL_COUNTS.index("breaches")] += rng.poisson(1.0, size=noisy.shape[:-1])
    other = contrasts(replace(played, scenarios=(base, replace(result, cell=noisy))))
    assert other is not None and "expected_breaches" not in [record[2] for record in other.records]


NARROW = ("run.horizon=2 years", "world.harm.foreign.sigma=0.5")  # no tail that swamps what a breach is worth


@pytest.mark.parametrize(
    ("sets", "found"), [(("run.horizon=1 year",), {"breaches"}), (NARROW, {"breaches", "deaths", "injured"})]
)
def test_conditional_means_have_the_mean_of_what_was_realised(sets: tuple[str, ...], found: set[str]) -> None:
    """A mean-zero control; a mean of one breach that is too high by a quarter is found, for all but heavy tails."""
    played = study(["base"], sets=sets, replications=600, draws=1, jobs=1).scenarios[0]
    for name in ("breaches", "deaths", "injured"):
        realised, expected = response(name).of(played), response(f"expected_{name}").of(played)
        right, wrong = paired(expected, realised), paired(1.25 * expected, realised)
        assert right.half_width is not None and wrong.half_width is not None
        assert abs(right.mean) < 2.0 * right.half_width  # four standard errors
        assert name not in found or abs(wrong.mean) > 2.0 * wrong.half_width
        assert expected.std() < realised.std()
