"""Economics of whole studies: perspectives, discounting, partial rows, losses, and studies in which nothing happens."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from simcpec.analysis.economics.study_economics import GROUPS, study_economics, whole_years
from simcpec.analysis.economics.study_information import dispersion_of, evaluating, partial_of, watched, watching
from simcpec.analysis.economics.study_options import Basis, Sampled, options_of, thresholds_of
from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.discounting import discount_factors
from simcpec.economics.perspectives import PARTIES
from simcpec.errors import UserError
from simcpec.results.records import Parameters, Study
from tests.support import studies


def test_parties_add_up_to_society_and_compensation_is_gone() -> None:
    pair = studies.pair(draws=3, replications=20)
    costs = [result.costs.copy() for result in pair.scenarios]
    for each in costs:
        each[..., COST_LINES.index("compensation")] = 5.0
    costs[1][..., COST_LINES.index("compensation")] = 9.0
    scenarios = tuple(replace(result, costs=cost) for result, cost in zip(pair.scenarios, costs, strict=True))
    pair = replace(pair, scenarios=scenarios)
    found = study_economics(pair, Basis(effect="attacks", cost="total"))
    (row,) = found.incidence
    np.testing.assert_allclose(row.more.sum(axis=0), row.society, atol=1e-6)
    groups = list(GROUPS)
    paid = row.more[:, groups.index("compensation")]
    assert paid[PARTIES.index("host_state")] == pytest.approx(4.0 * 3 * 365.25 * 2 / 730) and paid.sum() == 0.0
    assert paid[PARTIES.index("foreign_state")] == -paid[PARTIES.index("host_state")]
    by_party = [options_of(pair, Basis(cost="total", perspective=party)).expected_cost for party in PARTIES]
    society = options_of(pair, Basis(cost="total")).expected_cost
    np.testing.assert_allclose(np.sum(by_party, axis=0), society)
    lines = [k for k, name in enumerate(COST_LINES) if name != "compensation"]
    plain = [result.costs[..., lines].sum((2, 3, 4)).mean() / result.axes.years for result in pair.scenarios]
    np.testing.assert_allclose(society, plain)


def test_a_party_weighs_its_own_cost_against_its_own_loss() -> None:
    """Damage and the budget are the sponsor's in these studies, forces the host's: the host has nothing to lose."""
    pair = studies.pair(draws=3, replications=30)
    (whole,) = thresholds_of(pair)
    (sponsor,) = thresholds_of(pair, Basis(perspective="sponsor"))
    assert (sponsor.cost, sponsor.loss) == (pytest.approx(whole.cost), pytest.approx(whole.loss))
    assert thresholds_of(pair, Basis(perspective="host_state")) == ()


def test_costs_and_effects_are_discounted_apart() -> None:
    pair = studies.pair(draws=2, replications=30)
    base, other = pair.scenarios
    found = options_of(pair, Basis(effect="attacks", discount_costs=0.05, discount_effects=0.2))
    days = np.array(base.axes.period_days)
    attacks = [result.cell[..., 4].sum((3, 4, 5)).mean(axis=1) for result in (base, other)]
    averted = (attacks[0] - attacks[1]) @ discount_factors(days, 0.2) / base.axes.years
    np.testing.assert_allclose(found.effect[:, 1], averted)
    spent = other.plan.spent.sum((1, 2)) / 100 @ discount_factors(days, 0.05) / base.axes.years
    np.testing.assert_allclose(found.cost[:, 1], spent)
    whole = study_economics(pair, Basis(effect="attacks", discount_costs=0.05))
    assert whole.undiscounted.cost[0, 1] > whole.decision.options.cost[0, 1]
    yearly = whole.spending[1]
    assert yearly.equivalent == pytest.approx(yearly.yearly) and yearly.present == pytest.approx(
        spent * base.axes.years
    )
    plain = study_economics(pair, Basis(effect="attacks"))
    assert plain.undiscounted is plain.decision.options


def test_noise_is_that_of_all_replications_where_few_are_kept() -> None:
    """Means of 50 replications of which 10 are kept: the covariance of the kept ones, over 50."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 10, 2))
    found = Sampled(means=rows.mean(axis=1), rows=rows, counts=np.full(400, 50))
    np.testing.assert_allclose(found.noise(found), np.eye(2) / 50, atol=3e-3)
    one = Sampled(means=rows[:, 0], rows=rows[:, :1], counts=np.ones(400, np.int64))
    assert one.noise(one) is None


def test_only_what_all_replications_tell_is_said_of_a_part() -> None:
    """Security costs and undiscounted effects rest on all; damage by party and discounted effects are refused."""
    pair = studies.pair(draws=2, replications=6)
    partial = tuple(replace(each, aggregates=_sums(each)) for each in pair.scenarios)
    study = replace(pair, scenarios=partial)
    found = study_economics(study, Basis(effect="attacks"))
    assert found.incidence == () and found.partial and len(found.thresholds) == 1
    assert study_economics(study, Basis(effect="attacks", perspective="sponsor")).thresholds == ()
    np.testing.assert_allclose(found.decision.options.effect, options_of(pair, Basis(effect="attacks")).effect)
    with pytest.raises(UserError, match="--rows all"):
        options_of(study, Basis(cost="total"))
    with pytest.raises(UserError, match="--rows all"):
        options_of(study, Basis(discount_effects=0.1))


def _sums(result: object) -> object:
    """Aggregates of a result that pretend to rest on twice as many replications as are kept."""
    from simcpec.analysis.aggregates import AGAINST, DISTRIBUTIONS, OWN
    from simcpec.analysis.responses import PARTS, _counts, total
    from simcpec.results.records import Aggregates, ScenarioResult

    assert isinstance(result, ScenarioResult) and DISTRIBUTIONS
    sums = []
    for names in PARTS:
        try:
            sums.append(total(_counts(result, names)).mean(axis=1))
        except ValueError:
            sums.append(np.zeros(result.draws))
    places = 1 + len(result.axes.provinces)
    means = np.repeat(np.stack(sums, axis=-1)[:, None], places, axis=1)
    return Aggregates(
        counts=np.full(result.draws, 2 * result.rows), means=means, products=np.zeros((result.draws, places, len(OWN))),
        common=(), apart=np.zeros((result.draws, 0, len(PARTS))), against=np.zeros((result.draws, 0, len(AGAINST))),
        differs=np.zeros((result.draws, 0, len(PARTS)), np.bool_), pace=np.zeros(len(result.axes.periods)),
        histogram_keys=np.zeros(0, np.int64), histogram_counts=np.zeros(0, np.int64), fingerprint="",
    )  # fmt: skip


def test_losses_are_of_whole_years() -> None:
    assert whole_years((365.0, 366.0)) == [(0, 1), (1, 2)]
    assert whole_years((30.4375,) * 14) == [(0, 12)] and whole_years((90.0,)) == []
    pair = studies.pair(draws=2, replications=100)
    found = study_economics(pair)
    (curve, _) = found.losses
    assert curve is not None and (curve.years, curve.replications) == (400, 200)
    damage = pair.scenarios[0].costs[..., COST_LINES.index("direct_damage")].sum(-1)
    assert curve.mean == pytest.approx(damage.mean()) and curve.zero == pytest.approx((damage == 0).mean())
    assert curve.tails[0].var == np.quantile(damage, 0.9, method="inverted_cdf")


# ---------------------------------------------------------------------------------------------- nothing happens


def _quiet() -> Study:
    first, second = studies.pair(draws=40, replications=4).scenarios
    spent = np.arange(len(COST_LINES)) == COST_LINES.index("security_spending")
    quiet = [replace(one, cell=np.zeros_like(one.cell), costs=one.costs * spent) for one in (first, second)]
    return studies.study(*quiet, baseline=0)


def test_a_study_in_which_nothing_happens_has_words_and_no_nan() -> None:
    from simcpec.cli.commands.economics.appraise import Appraisal
    from simcpec.cli.commands.economics.tables import content
    from simcpec.cli.commands.economics.telling import told

    found = study_economics(_quiet(), Basis(effect="deaths", discount_costs=0.03))
    whole = Appraisal(kind="study", decision=found.decision, scale=1e6, money="USD m", effect="deaths", study=found,
                      per_unit=found.per_unit)  # fmt: skip
    text = told(whole)
    assert not re.search(r"\b(nan|inf|None)\b", text) and "dominated" in text and "no number" in text
    assert "averts no more and costs no less" in text
    json.dumps(content(whole, None), allow_nan=False)


def test_free_options_and_one_option() -> None:
    first, second = studies.pair(draws=3, replications=4).scenarios
    free = [replace(one, costs=one.costs * 0.0) for one in (first, second)]
    found = study_economics(studies.study(*free, baseline=0), Basis(effect="attacks"))
    assert found.thresholds == () and all(row.ratio is None for row in found.per_unit)
    alone = study_economics(studies.study(first, baseline=None), Basis(effect="attacks"))
    assert alone.per_unit == () and alone.incidence == () and len(alone.decision.increments) == 1


# ---------------------------------------------------------------------------------------------- information


def _learnable(draws: int = 60) -> Study:
    """The rate of attacks is what draws differ in, and the second option averts three tenths of them."""
    rng = np.random.default_rng(3)
    level = rng.gamma(4.0, 0.5, draws)
    pair = studies.pair(draws=draws, replications=16)
    cells = [np.zeros_like(each.cell) for each in pair.scenarios]
    points = rng.poisson(4.0 * level[:, None, None], (draws, 16, 2))
    cells[0][:, :, :, 0, 0, 0, 4] = points
    cells[1][:, :, :, 0, 0, 0, 4] = rng.binomial(points, 0.7)
    drawn = Parameters(keys=("world.level", "world.idle"), units=("", ""),
                       values=np.stack([level, rng.random(draws)], axis=1))  # fmt: skip
    made = tuple(replace(each, cell=cell, parameters=drawn) for each, cell in zip(pair.scenarios, cells, strict=True))
    return replace(pair, scenarios=made)


def test_counting_attacks_is_worth_most_where_the_choice_is_open() -> None:
    pytest.importorskip("sklearn", reason="the extra uq is not installed")
    study, basis = _learnable(), Basis(effect="attacks")
    of = options_of(study, basis)
    even = float((of.cost[0, 1] - of.cost[0, 0]) / of.effect[:, 1].mean())
    seen = watched(study, basis, of.names)
    values = [0.0, even, 20.0 * even]
    one, three = (watching(seen, values, [years]) for years in (0.5, 1.5))
    assert one[0].worth == 0.0 and one[2].worth < 0.05 * one[1].worth
    assert 0.0 < one[1].worth < three[1].worth < three[1].partial
    # at 20 times the value the other option is better: watching loses what it would avert
    assert one[2].waiting == pytest.approx(float(20.0 * even * of.effect[:, 1].mean() - of.cost[0, 1] + of.cost[0, 0]))
    years = study.scenarios[0].axes.years
    # a straight line of a gamma law is what this study is made of: the closed form is near
    assert one[1].conjugate == pytest.approx(one[1].worth, rel=0.35)
    assert one[1].net == pytest.approx((years - 0.5) * one[1].worth - 0.5 * one[1].waiting)
    assert watching(seen, values, [10.0])[0].net is None
    trial = evaluating(seen, [even], [1.5])
    assert [row.name for row in trial] == [f"{of.names[1]}: 1.5 years before and after"]
    assert three[1].worth * 0.9 < trial[0].worth <= trial[0].partial


def test_the_parameter_that_matters_is_found() -> None:
    pytest.importorskip("sklearn", reason="the extra uq is not installed")
    of = options_of(_learnable(), Basis(effect="attacks"))
    even = float((of.cost[0, 1] - of.cost[0, 0]) / of.effect[:, 1].mean())
    level, idle = partial_of(of, [even], ["each"])
    assert (level.name, idle.name) == ("world.level", "world.idle")
    assert level.told_apart(0) and not idle.told_apart(0)
    (both,) = partial_of(of, [even], ["world"])
    assert both.keys == ("world.level", "world.idle")
    with pytest.raises(UserError, match="no drawn parameter is called 'policy'"):
        partial_of(of, [even], ["policy"])
    with pytest.raises(UserError, match="at least 30"):
        partial_of(options_of(studies.pair(draws=3), Basis()), [1.0], ["each"])


def test_dispersion_is_that_of_counts_given_the_parameters() -> None:
    """Poisson counts have 1, whatever their means do; counts that come in threes have 3."""
    study = _learnable(200)
    first = study.scenarios[0]
    assert dispersion_of(first) == pytest.approx(1.0, abs=0.06)
    assert dispersion_of(replace(first, cell=3.0 * first.cell)) == pytest.approx(3.0, rel=0.06)
    assert dispersion_of(replace(first, cell=0.0 * first.cell)) == 1.0
