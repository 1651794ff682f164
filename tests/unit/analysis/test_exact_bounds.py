"""Exact bounds where nothing differed, and who carries a mean: known truths, and controls that must fail."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from simcpec.analysis.aggregates import Summed
from simcpec.analysis.estimates import Estimate, estimate, text
from simcpec.analysis.exact_bounds import Nature, carrying, count_limits, differs_below, handful
from simcpec.analysis.paired_differences import NO_SPREAD, paired, ratio_of_sums
from simcpec.analysis.responses import response
from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.cli.console import summary
from simcpec.reporting import selection
from simcpec.reporting.decision import glance
from simcpec.reporting.formatting import between, doubt, told
from simcpec.reporting.page import findings
from simcpec.reporting.selection import best
from simcpec.reporting.tables import contrasts, outcomes
from simcpec.reporting.tables.table import Table
from tests.support import studies


@pytest.mark.parametrize("n", [1, 2, 10, 400])
def test_the_rule_of_three_is_exact(n: int) -> None:
    """At the bound none of n differs with probability 5 %; three over n, the rough form, is larger."""
    assert (1.0 - differs_below(n)) ** n == pytest.approx(0.05)
    assert differs_below(n) < 3.0 / n


@pytest.mark.parametrize("count", [0, 1, 4, 14])
def test_limits_of_a_count_are_those_of_garwood(count: int) -> None:
    n, event = 10, 1 / 4.0
    low, high = count_limits(count * event / n, event, n)
    if count == 0:
        assert low == 0.0 and math.exp(-high * n / event) == pytest.approx(0.05)
        return
    assert stats.poisson.sf(count - 1, low * n / event) == pytest.approx(0.025)
    assert stats.poisson.cdf(count, high * n / event) == pytest.approx(0.025)


def test_limits_of_a_count_cover_where_a_half_width_of_zero_never_does() -> None:
    """Over all runs of four Poisson counts that are all equal, as they would be printed."""
    runs = np.random.default_rng(3).poisson(0.2, (40_000, 4)).astype(float)
    equal = runs[(runs == runs[:, :1]).all(axis=1)]
    found = [estimate(values[None], nature=Nature(event=1.0)) for values in equal[:2000]]
    assert all(one.half_width is None and one.limits is not None for one in found)
    assert np.mean([one.limits[0] <= 0.2 <= one.limits[1] for one in found if one.limits]) > 0.95
    assert not any(one.mean == 0.2 for one in found)  # the control: [mean, mean]


def test_nothing_seen_is_no_certainty_in_any_words() -> None:
    none = estimate(np.zeros((1, 10)), nature=Nature(event=0.25))
    assert (text(none), told(none)) == ("0 (below 0.075)", ("0", "below 0.075"))
    some = estimate(np.full((1, 2), 8.12), nature=Nature(event=4.06))
    assert text(some) == "8.12 (2.2 to 21)" and told(some) == ("8.12", "2.2 to 21")
    deaths = estimate(np.zeros((2, 5)))
    assert (deaths.half_width, deaths.low, deaths.high) == (None, None, None)
    assert text(deaths) == "0 (the same in all 10)" and "below 26 %" in deaths.note
    one_each = estimate(np.zeros((8, 1)))
    assert (one_each.low, one_each.high) == (None, None) and one_each.differs == pytest.approx(differs_below(8))
    apart = paired(np.zeros((1, 10)), np.zeros((1, 10)))
    assert apart.verdict == "identical" and apart.differs == pytest.approx(1.0 - 0.05**0.1)


def test_draws_that_differ_where_no_replication_does_are_bounded_within_draws() -> None:
    found = estimate(np.repeat([[0.0], [1.0], [3.0]], 4, axis=1))
    assert found.half_width is None and found.low is not None and found.low < found.high
    assert found.differs == pytest.approx(differs_below(9)) and "each draw" in found.note


def test_equal_pairs_of_counts_have_the_limits_of_independent_ones() -> None:
    found = ratio_of_sums(np.full((1, 3), 1.0), np.full((1, 3), 2.0), scale=1.0, seed=1)
    assert found.ratio == 0.5 and found.note == NO_SPREAD and found.delta_low is None
    low, high = stats.beta.ppf([0.025, 0.975], [3, 4], [7, 6])
    assert (found.low, found.high) == pytest.approx((low / (1 - low), high / (1 - high)))


def test_a_short_interval_is_not_printed_as_a_point() -> None:
    assert between(365.012, 365.031) == "365.012 to 365.031"
    assert between(365.0, 365.0) == "365 to 365"


@pytest.fixture(scope="module")
def quiet() -> studies.Study:
    """Two worlds in which nothing happens, which are not the same one."""
    base = studies.result(factor=0.0, replications=10)
    dearer = studies.result(name="Other", share=0.02, factor=0.0, replications=10, digest="1" * 64)
    return studies.study(base, dearer)


def printed(table: Table | None) -> str:
    assert table is not None
    cells = [cell for panel in table.panels for row in panel.rows for cell in row.cells]
    return " | ".join(" ".join((cell.text, cell.detail, cell.more)) for cell in cells)


def test_no_table_and_no_sentence_says_plus_minus_nothing(quiet: studies.Study) -> None:
    tables = (glance.glance(quiet), outcomes.headline(quiet), contrasts.contrasts(quiet))
    said = " ".join(" ".join((claim.text, *claim.details)) for claim in findings.findings(quiet))
    for shown in (summary.table(quiet), said, *map(printed, tables)):
        assert "± 0 " not in shown + " " and "[0, 0]" not in shown and "0 to 0" not in shown and "exactly" not in shown
    assert "is identical" not in said and "identical in all 10 replications; another replication differs" in said
    assert "has the same attacks as the baseline in all 10 replications (another replication differs with a" in said
    assert "All 10 histories simulated for “Plain” have 0 incidents" in said
    assert "0 same in all 10 identical" in printed(tables[0]) and "0 below 0.15 baseline" in printed(tables[0])


def test_the_same_worlds_are_identical_as_a_fact(quiet: studies.Study) -> None:
    base = quiet.scenarios[0]
    copy = studies.study(base, replace(base, name="Copy"))
    found = findings.findings(copy)[2].text
    assert found == "“Copy” is identical to “Plain”: every paired difference is exactly 0."
    dearer = replace(base, prices=replace(base.prices, direct_damage=9.0))
    apart = analysis_of(dearer).compare(analysis_of(base), response("harm_cost"))
    assert apart.verdict == "identical" and apart.differs is not None  # harm would cost something else


# ------------------------------------------------------------------------------------------------ who carries a mean


def test_the_effective_number_is_that_of_equal_values() -> None:
    assert carrying(np.ones((2, 5))) == pytest.approx(10.0)
    assert carrying(np.array([[0.0, 0.0, -3.0, 0.0]])) == pytest.approx(1.0)
    assert carrying(np.array([[1.0, -1.0] + [0.0] * 8])) == pytest.approx(2.0)
    assert carrying(np.zeros((1, 5))) is None and not handful(None, 100)
    assert handful(19.0, 100) and not handful(21.0, 100) and not handful(9.0, 10)


def test_a_mean_that_a_handful_carries_says_so_everywhere() -> None:
    base = studies.result(replications=200)
    cell = base.cell.copy()
    cell[0, :3, 0, 0, 0, 0, studies.CELL_COUNTS.index("breaches")] += 60.0
    cell[0, :3, 0, 0, 0, 0, studies.CELL_COUNTS.index("expected_breaches")] += 60.0
    other = studies.study(base, replace(base, name="Other", digest="1" * 64, cell=cell))
    d = analysis_of(other.scenarios[1]).compare(analysis_of(base), response("breaches"))
    assert d.carried_by == pytest.approx(3.0) and "carried by about 3 of 200 replications" in d.note
    assert "its interval is not to be trusted" in d.note
    shown = summary.table(other)
    said = " ".join(" ".join((claim.text, *claim.details)) for claim in findings.findings(other))
    for where in (shown, said, printed(contrasts.contrasts(other))):
        assert "carried by about 3 of 200 replications" in where
    assert "not distinguishable, few replications" in printed(glance.glance(other))
    incidents = analysis_of(other.scenarios[0]).estimate(response("incidents"))
    assert incidents.carried_by is None  # the control: many replications carry these


def test_the_console_names_doubted_intervals_once_for_an_outcome() -> None:
    base = studies.result(replications=200)
    cells = [base.cell.copy() for _ in range(58)]
    for k, cell in enumerate(cells):
        cell[0, : 3 + k % 4, 0, 0, 0, 0, studies.CELL_COUNTS.index("breaches")] += 60.0
        cell[0, : 3 + k % 4, 0, 0, 0, 0, studies.CELL_COUNTS.index("expected_breaches")] += 60.0
    others = [replace(base, name=f"Other {k}", digest=f"{k:064}", cell=cell) for k, cell in enumerate(cells)]
    shown = summary.table(studies.study(base, replace(base, name="Same"), *others))
    doubts = [line for line in shown.splitlines() if "not to be trusted" in line]
    assert "difference of C to BH: carried by about 3 to 6 of 200 replications; their intervals are" in doubts[0]
    assert len(doubts) <= len(summary.OUTCOMES)


def test_pairs_of_twins_are_called_pairs() -> None:
    few = estimate(np.array([[40.0] * 3 + [0.0] * 97 + [0.0] * 100]), nature=Nature(twins=True))
    assert "carried by about 3 of 200 pairs of antithetic twins" in few.note
    assert doubt(few) == "carried by about 3 of 200 pairs of antithetic twins"
    assert estimate(np.zeros((1, 4)), nature=Nature(twins=True)).note.startswith("the same in all 4 pairs of twins:")


def test_sums_tell_of_a_difference_that_no_kept_replication_has() -> None:
    """A hundred thousand pairs of which three differ by 5: the sizes of kept ones add up to 0."""
    n, moved = 100_000, 3
    mean = 5.0 * moved / n
    variance = (moved * 25.0 - n * mean**2) / (n - 1)
    of = Summed(means=np.array([mean]), variances=np.array([variance]), counts=np.array([n]))
    assert of.carrying(0.0) == pytest.approx(moved)
    none_on_average = Summed(means=np.array([0.0]), variances=np.array([1.0]), counts=np.array([400]))
    assert none_on_average.carrying(399.0) == pytest.approx(399.0)  # differences of either sign: from the kept ones


def test_a_rate_has_exact_limits_where_all_counts_are_equal() -> None:
    base = studies.result(factor=0.0, replications=5)
    cell = base.cell.copy()
    cell[0, :, 0, 0, 0, 0, studies.CELL_COUNTS.index("attacks")] = 2.0
    cell[0, :, 0, 0, 0, 0, studies.CELL_COUNTS.index("breaches")] = 2.0
    found = analysis_of(replace(base, cell=cell)).rate()
    low, high = stats.chi2.ppf([0.025, 0.975], [20, 22]) / 2
    assert found.limits == pytest.approx((found.mean * low / 10, found.mean * high / 10))


def test_a_single_replication_has_the_exact_limits_of_a_count() -> None:
    none, some = (estimate(np.array([[x]]), nature=Nature(event=0.25)) for x in (0.0, 0.5))
    assert text(none) == "0 (below 0.75)" and some.limits == pytest.approx((0.242209 / 4, 7.224688 / 4), rel=1e-5)
    assert estimate(np.array([[0.5]])).limits is None  # the control: no count


@pytest.mark.parametrize(
    ("indices", "said"), [([1], "B"), ([1, 2], "B, C"), ([1, 3, 4, 5, 27], "B, D to F, AB"), ([], "")]
)
def test_letters_in_a_row_are_named_by_their_ends(indices: list[int], said: str) -> None:
    assert summary._runs(indices) == said


# ------------------------------------------------------------------------------------------------ what is known best


def test_the_conditional_mean_stands_where_it_is_known_better_and_only_there() -> None:
    pair = studies.pair(replications=60)
    assert best(pair, "breaches") == "expected_breaches" and best(pair, "incidents") == "incidents"
    a, b = (analysis_of(each) for each in pair.scenarios)
    widths = [b.compare(a, response(name)).half_width for name in ("breaches", "expected_breaches")]
    assert widths[0] is not None and widths[1] is not None and widths[1] < widths[0]
    assert "Breaches, expected" in [cell.text for cell in glance.glance(pair).panels[0].columns]
    assert "breaches, expected" in summary.table(pair)
    noisy = [each.cell.copy() for each in pair.scenarios]
    for cell in noisy:
        noise = np.random.default_rng(int(cell.sum())).random(cell.shape[:-1])
        cell[..., studies.CELL_COUNTS.index("expected_breaches")] *= 40.0 * noise
    worse = replace(pair, scenarios=tuple(replace(r, cell=c) for r, c in zip(pair.scenarios, noisy, strict=True)))
    assert best(worse, "breaches") == "breaches" and "breaches, expected" not in summary.table(worse)


def test_a_short_half_width_that_a_handful_carries_is_not_known_better() -> None:
    base = studies.result(factor=0.0, replications=100)
    cell, at = base.cell.copy(), studies.CELL_COUNTS.index
    cell[0, 0, 0, 0, 0, 0, at("breaches")] = 1.0  # a single breach: short, and not to be trusted
    cell[0, :, 0, 0, 0, 0, at("expected_breaches")] = 0.5 + np.random.default_rng(2).random(100)
    other = studies.study(base, replace(base, name="Other", digest="1" * 64, cell=cell))
    a, b = (analysis_of(each) for each in other.scenarios)
    few, many = (b.compare(a, response(name)) for name in ("breaches", "expected_breaches"))
    assert few.half_width is not None and many.half_width is not None and few.half_width < many.half_width
    assert few.carried_by is not None and many.carried_by is None
    assert best(other, "breaches") == "expected_breaches"


@pytest.mark.parametrize(
    ("doubted", "widths", "first"),
    [
        ((True, False), (0.01, 5.0), "expected_breaches"),  # however wide
        ((False, True), (5.0, 0.01), "breaches"),
        ((True, True), (0.01, 5.0), "breaches"),  # the width decides where both are doubted, and where neither is
        ((False, False), (0.01, 5.0), "breaches"),
        ((False, False), (5.0, 0.01), "expected_breaches"),
        ((True, True), (5.0, 0.01), "expected_breaches"),
        ((False, False), (None, 5.0), "expected_breaches"),
    ],
)
def test_an_interval_that_holds_goes_before_a_short_one(
    monkeypatch: pytest.MonkeyPatch, doubted: tuple[bool, bool], widths: tuple[float | None, float], first: str
) -> None:
    found = {
        name: Estimate(mean=1.0, half_width=width, low=None, high=None, n=400, carried_by=4.0 if doubt else None)
        for name, doubt, width in zip(("breaches", "expected_breaches"), doubted, widths, strict=True)
    }
    monkeypatch.setattr(selection, "estimates", lambda study, name: [found[name]])
    study = studies.study(studies.result(), baseline=None)
    assert best(study, "breaches") == first
    assert set(selection.with_best(study, ["breaches"])) == {"breaches", first}


def test_both_intervals_the_share_of_draws_and_the_level_have_words() -> None:
    pair = studies.pair(draws=6, replications=12)
    said = " ".join(" ".join((claim.text, *claim.details)) for claim in findings.findings(pair))
    assert "Chance alone" not in said and "by chance and by the ranges of the parameters together" in said
    assert "chance makes about" in said and "They are not those of the values as written" in said
    at_a_glance = printed(glance.glance(pair))
    assert "less in 100 % of draws" in at_a_glance and "[" in at_a_glance and "±" in at_a_glance
    heading = summary.table(pair).splitlines()[0]
    assert heading.count("5-95 % of draws") == 2 and "sign holds" in heading
    assert "Chance alone" in " ".join(claim.text for claim in findings.findings(studies.pair(replications=12)))


def test_a_world_without_a_difference_is_not_called_identical() -> None:
    base = studies.result(factor=0.0, replications=10)
    found = findings.findings(studies.study(base, replace(base, name="Other", digest="1" * 64)))[2].text
    assert found.startswith("“Other” has the numbers of “Plain” in all 10 replications; another replication differs")
