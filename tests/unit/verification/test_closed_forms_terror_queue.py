"""The terror queue: where it is trivial, where it conserves plots, and how fast it comes near its fluid limit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from simcpec.verification.theory.checks.queues.terror_queue import QUEUE, SCALE, queue
from simcpec.verification.theory.closed_forms.chains import count_moments, law_at, mean_area, steady
from simcpec.verification.theory.closed_forms.terror_queue import TerrorQueue, fluid, is_attack, is_foiled, steady_means


def test_without_teams_all_plots_become_attacks() -> None:
    none = steady_means(queue(0), most=40)
    assert none.attacks == pytest.approx(0.4) and none.foiled == 0.0
    law = steady(queue(0).chain(most=40))
    assert law == pytest.approx(stats.poisson(8.0).pmf(np.arange(41)), abs=1e-12)


def test_plots_end_as_attacks_or_foiled() -> None:
    for teams in (1, 3, 5):
        found = steady_means(queue(teams))
        assert found.attacks + found.foiled == pytest.approx(0.4, rel=1e-9)
        assert found.plots == pytest.approx(found.attacks * 20.0)


def test_instant_work_leaves_all_teams_free() -> None:
    quick = replace(queue(3), work=1e7, success=1.0, false_leads=0.0)
    assert steady_means(quick).attacks == pytest.approx(0.4 / (1 + 20 * 0.03 * 3), rel=1e-5)


def test_more_teams_mean_fewer_attacks_each_less_than_the_one_before() -> None:
    attacks = [steady_means(queue(teams)).attacks for teams in range(6)]
    gains = -np.diff(attacks)
    assert (gains > 0).all() and (np.diff(gains) < 0).all()


def test_one_plot_and_one_team_by_hand() -> None:
    """At most one plot: hidden, in work, or matured in work; the balance of four states."""
    single = TerrorQueue(births=0.3, maturing=0.1, search=0.5, work=0.25, success=1.0, false_leads=0.0, teams=1)
    chain = single.chain(hidden=0, most=1)
    attacks, foiled, _ = single.rates(chain)
    law = steady(chain)
    assert law @ attacks + law @ foiled == pytest.approx(0.3 * law[chain.values[:, 0] == 0].sum(), rel=1e-9)


def test_counts_are_the_integrals_of_their_rates() -> None:
    chain = queue(2).chain(most=40)
    attacks, foiled, _ = queue(2).rates(chain)
    assert count_moments(chain, is_attack, 40.0)[0] == pytest.approx(mean_area(chain, attacks, 40.0), rel=1e-9)
    assert count_moments(chain, is_foiled, 40.0)[0] == pytest.approx(mean_area(chain, foiled, 40.0), rel=1e-9)


def test_attacks_without_teams_are_poisson() -> None:
    mean, variance = count_moments(queue(0).chain(most=40), is_attack, 40.0)
    assert mean == pytest.approx(0.4 * (40.0 - 20.0 * (1 - np.exp(-2.0))), rel=1e-9) and variance == pytest.approx(mean)


def test_the_corrected_fluid_limit_is_of_second_order() -> None:
    def away(scale: int, *, corrected: bool) -> float:
        one = replace(QUEUE, births=0.4 * scale, search=0.03 / scale, teams=2 * scale)
        chain = one.chain(most=9 * scale + 20)
        exact = law_at(chain, 40.0) @ chain.values
        return float(abs(fluid(one, 40.0, corrected=corrected)[1] - exact)[0] / scale)

    near, nearer = away(3, corrected=True), away(6, corrected=True)
    assert near / nearer == pytest.approx(4.0, rel=0.1)
    assert away(3, corrected=False) / away(6, corrected=False) == pytest.approx(2.0, rel=0.1)
    assert near * (3 / SCALE) ** 2 < 1e-4  # of five plots: what is left at the scale of the scenario
