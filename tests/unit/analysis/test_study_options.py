"""A study as options: paired means by draw, and the noise of these means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simcpec.analysis.economics.study_options import Basis, options_of, thresholds_of
from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.decision.net_benefit import acceptability
from simcpec.errors import UserError
from tests.support import studies


def test_effects_are_averted_against_the_baseline_and_costs_are_spending() -> None:
    pair = studies.pair(draws=3, replications=40)
    found = options_of(pair, Basis(effect="attacks"))
    attacks = [result.cell[..., 4].sum((2, 3, 4, 5)) / result.axes.years for result in pair.scenarios]
    np.testing.assert_allclose(found.effect[:, 1], (attacks[0] - attacks[1]).mean(axis=1))
    assert found.effect[:, 0].tolist() == [0.0, 0.0, 0.0] and found.current == 0
    spent = [result.plan.spent.sum() / 100 / result.axes.years for result in pair.scenarios]
    np.testing.assert_allclose(found.cost, np.broadcast_to(spent, (3, 2)))
    averted = attacks[0] - attacks[1]
    assert found.effect_noise is not None and found.cost_noise is not None
    assert found.effect_noise[1, 1] == pytest.approx(np.mean(averted.var(axis=1, ddof=1) / 40))
    assert found.effect_noise[0].tolist() == [0.0, 0.0] and np.abs(found.cost_noise).max() < 1e-6


def test_noise_alone_is_worth_nothing() -> None:
    """One world in every draw: what draws differ in is Monte Carlo noise, so that nothing is left to learn."""
    pair = studies.pair(draws=400, replications=10)
    found = options_of(pair, Basis(effect="attacks"))
    at = float((found.cost[0, 1] - found.cost[0, 0]) / found.effect[:, 1].mean())  # where both are equally good
    raw = acceptability(replace(found, cost_noise=None), [at]).perfect[0]
    assert raw > 0.0
    assert acceptability(found, [at]).perfect[0] < 0.5 * raw


def test_thresholds_are_those_of_the_means_of_draws() -> None:
    pair = studies.pair(draws=5, replications=40)
    (found,) = thresholds_of(pair)
    base, other = pair.scenarios
    more = (other.plan.spent.sum() - base.plan.spent.sum()) / 100 / base.axes.years
    harm = base.costs[..., COST_LINES.index("direct_damage")].sum((2, 3)).mean(axis=1) / base.axes.years
    attacks, after = (one.cell[..., 4].sum((2, 3, 4, 5)).mean(axis=1) / one.axes.years for one in (base, other))
    assert (found.name, found.cost) == (other.name, pytest.approx(more))
    assert found.loss == pytest.approx(harm.mean())
    assert found.critical == (pytest.approx(more / harm.mean()) if more <= harm.mean() else None)
    assert found.averted == pytest.approx(1 - after.mean() / attacks.mean())
    needed = sorted(more / (harm / attacks) / np.clip(1 - after / attacks, 0, 1))
    assert found.rates == pytest.approx((needed[0], needed[2], needed[4]))


def test_no_attack_gives_no_rate_and_no_saving_has_a_threshold() -> None:
    first, second = studies.pair(replications=4).scenarios
    spent = np.arange(len(COST_LINES)) == COST_LINES.index("security_spending")
    quiet = [replace(one, cell=np.zeros_like(one.cell), costs=one.costs * spent) for one in (first, second)]
    (found,) = thresholds_of(studies.study(*quiet, baseline=0))
    assert (found.rates, found.averted, found.loss, found.critical) == ((), 0.0, 0.0, None)
    assert thresholds_of(studies.study(second, first, baseline=0)) == ()


def test_what_cannot_be_compared_is_refused() -> None:
    pair = studies.pair(replications=4)
    with pytest.raises(UserError, match="no effect 'atacks'; allowed: incidents, attacks"):
        options_of(pair, Basis(effect="atacks"))
    with pytest.raises(UserError, match="no cost 'all'; allowed: security, total"):
        options_of(pair, Basis(cost="all"))
