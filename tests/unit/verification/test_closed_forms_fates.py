"""Closed forms of choice, compliance, preparation and spans against each other, limits and published values."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from simcpec.verification.theory.closed_forms import choice, procedures
from simcpec.verification.theory.closed_forms import intervals as spans
from simcpec.verification.theory.closed_forms import preparation as fates


def test_a_logit_shares_out_everything_and_keeps_its_odds() -> None:
    utility = np.array([[[0.0, 1.0], [-np.inf, 0.5]], [[0.2, 0.1], [0.0, 0.0]]])
    cells, none = choice.logit(utility, [-np.inf, 0.3])
    assert cells.sum(axis=(1, 2)) + none == pytest.approx([1.0, 1.0]) and none[0] == 0.0 and cells[0, 1, 0] == 0.0
    assert cells[1, 0, 0] / cells[1, 1, 1] == pytest.approx(np.exp(0.2))
    assert none[1] / cells[1, 1, 0] == pytest.approx(np.exp(0.3))


def test_a_learned_belief_has_the_transform_of_its_outcomes() -> None:
    assert choice.learned_transform(2.0, 0.3, 1.0) == pytest.approx(1.0 + 0.3 * np.expm1(2.0))  # only the last counts
    assert choice.learned_transform(2.0, 0.3, 1e-3) == pytest.approx(np.exp(0.6), rel=1e-3)  # the mean alone counts
    h, learning, p = 1e-4, 0.3, 0.4
    up, down = (choice.learned_transform(x, p, learning) for x in (h, -h))
    assert (up - down) / (2 * h) == pytest.approx(p, rel=1e-6)
    variance = learning / (2 - learning) * p * (1 - p)
    assert (up - 2.0 + down) / h**2 - p**2 == pytest.approx(variance, rel=1e-4)


def test_slow_learners_come_to_the_logit_and_fast_ones_to_a_small_chain() -> None:
    base, stop, weight = np.array([0.5, 0.3, 0.2]), np.array([0.8, 0.4, 0.0]), 2.0
    cells, _ = choice.logit((np.log(base) - weight * stop)[None], [-np.inf])
    assert choice.adaptive(base, stop, weight, 1e-4) == pytest.approx(cells[0], rel=1e-3)
    outcomes = np.array(np.meshgrid(*[[0.0, 1.0]] * 3, indexing="ij")).reshape(3, -1).T
    chain = np.zeros((8, 8))
    picks, _ = choice.logit(np.log(base) - weight * outcomes, np.full(8, -np.inf))
    for now, seen in enumerate(outcomes):
        for cell in range(3):
            for value, chance in ((1.0, stop[cell]), (0.0, 1.0 - stop[cell])):
                after = seen.copy()
                after[cell] = value
                chain[now, np.flatnonzero((outcomes == after).all(axis=1))[0]] += picks[now, cell] * chance
    law = np.linalg.matrix_power(chain, 4000)[-1]
    assert choice.adaptive(base, stop, weight, 1.0) == pytest.approx(law @ picks, rel=1e-9)


# ------------------------------------------------------------------------------------------------ compliance, regimes


def test_compliance_is_the_integral_of_its_path() -> None:
    world = procedures.ComplianceDecay(
        fresh=0.9, floor=0.3, decay=20.0, start=0.7, refreshes=((10.0, 0.5), (25.0, 1.0)), reactions=0.0
    )

    def path(t: float) -> float:
        x = 0.4 * np.exp(-t / 20.0)
        if t >= 10.0:
            x = (0.4 * np.exp(-0.5) * 0.5 + 0.3) * np.exp(-(t - 10.0) / 20.0)
        return 0.3 + (x if t < 25.0 else 0.6 * np.exp(-(t - 25.0) / 20.0))

    edges = (0.0, 8.0, 30.0, 40.0)
    areas = [quad(path, a, b, points=[10.0, 25.0], limit=200)[0] for a, b in pairwise(edges)]
    assert procedures.compliance_areas(world, edges) == pytest.approx(areas, rel=1e-9)


def test_compliance_that_reacts_has_the_transform_of_the_age_of_a_renewal_process() -> None:
    rate, decay, days = 0.1, 20.0, 50.0
    world = procedures.ComplianceDecay(fresh=1.0, floor=0.0, decay=decay, start=0.0, reactions=rate)
    s = rate + 1.0 / decay  # E exp(-age / decay) where an event came before t: rate / s x (1 - exp(-s t))
    area = rate / s * (days - -np.expm1(-s * days) / s)
    assert procedures.compliance_areas(world, (0.0, days)) == pytest.approx([area], rel=1e-12)


def test_audits_keep_up_a_level() -> None:
    last = procedures.audited(0.9, 0.3, 40.0, 30.0, 0.6)
    before = procedures.compliance_after(procedures.ComplianceDecay(fresh=0.9, floor=0.3, decay=40.0, start=last), 30.0)
    assert before + 0.6 * (0.9 - before) == pytest.approx(last, rel=1e-12)
    assert procedures.audited(0.9, 0.3, 40.0, 30.0, 1.0) == pytest.approx(0.9)


def test_occupancy_is_sure_of_its_share_in_the_long_run_and_of_nothing_at_first() -> None:
    mean, variance = procedures.occupancy_moments(0.02, 0.05, 1e-3)
    assert mean == pytest.approx(1e-3 * 2 / 7) and variance == pytest.approx(1e-6 * 10 / 49, rel=1e-3)  # Bernoulli
    _, late = procedures.occupancy_moments(0.02, 0.05, 1e7)
    assert late / 1e7 == pytest.approx(2.0 * 0.02 * 0.05 / 0.07**3, rel=1e-4)


# ------------------------------------------------------------------------------------------------ preparation


LAWS = [("exponential", 1.0), ("gamma", 2.5), ("weibull", 1.8), ("lognormal", 1.2)]


@pytest.mark.parametrize(("word", "shape"), LAWS)
def test_laws_have_their_means_and_their_transforms(word: str, shape: float) -> None:
    law = fates.preparation(word, 120.0, shape)
    assert law.mean() == pytest.approx(120.0)
    by_density, _ = quad(lambda x: np.exp(-0.02 * x) * law.pdf(x), 0.0, np.inf, limit=500)
    assert fates.transform(law, 0.02) == pytest.approx(by_density, rel=1e-6)
    assert fates.transform(law, 0.0) == 1.0
    if word == "gamma":
        assert fates.transform(law, 0.02) == pytest.approx((1 + 0.02 * 48.0) ** -2.5, rel=1e-9)


def test_competing_ends_agree_as_a_chain_and_by_transforms() -> None:
    prepare, lapse, found, work = 60.0, 0.005, 0.015, 15.0
    end = fates.fates(prepare, lapse, found, work, 1.0, 1e5)
    assert end.sum() == pytest.approx(1.0) and end[:2] == pytest.approx([0.0, 0.0], abs=1e-12)
    law = fates.preparation("exponential", prepare)
    assert end[2] == pytest.approx(fates.carried_out(law, lapse, found, work), rel=1e-8)
    at_once = fates.fates(prepare, lapse, found, 1e-6, 1.0, 1e4)
    whole = 1.0 / prepare + lapse + found
    assert at_once[2:] == pytest.approx(np.array([1.0 / prepare, lapse, found]) / whole, rel=1e-4)


def test_detection_in_proportion_finds_what_the_exponential_race_does() -> None:
    share = fates.proportional_share(0.015, 60.0)
    assert share == pytest.approx(0.015 / (0.015 + 1.0 / 60.0))
    law = fates.preparation("weibull", 60.0, 1.8)  # the ratio of hazards is a constant: integrate the found density
    found, _ = quad(lambda t: 0.9 * law.pdf(t) * law.sf(t) ** 0.9, 0.0, 600.0)
    assert share == pytest.approx(found, rel=1e-8)


def test_trust_takes_tips_away() -> None:
    assert fates.undetected(0.02, 0.0, 0.03, 20.0, 60.0) == pytest.approx(np.exp(-1.2))
    by_mean = np.exp(-0.02 * (60.0 - 0.5 * 0.001 * 20.0 * (60.0 - 20.0 * -np.expm1(-3.0))))
    assert fates.undetected(0.02, 0.5, 0.001, 20.0, 60.0) == pytest.approx(by_mean, rel=1e-5)  # small losses: the mean
    assert fates.undetected(0.02, 0.5, 0.03, 20.0, 60.0, first=59.0) < fates.undetected(0.02, 0.5, 0.03, 20.0, 60.0)


# ------------------------------------------------------------------------------------------------ spans


def test_covered_days_are_those_of_a_busy_queue() -> None:
    rate, mean, days = 0.2, 5.0, 30.0
    exact, _ = quad(lambda t: -np.expm1(-rate * mean * -np.expm1(-t / mean)), 0.0, days)
    assert spans.covered_days(rate, lambda t: float(np.exp(-t / mean)), days) == pytest.approx(exact, rel=1e-8)
    thin = spans.covered_days(1e-6, lambda t: float(t < 7.0), 1000.0)
    assert thin == pytest.approx(1e-6 * 7.0 * 1000.0, rel=1e-2)  # nothing overlaps


def test_memory_is_campbells_shot_noise() -> None:
    mean, variance = spans.memory_moments(0.1, 30.0, 100.0)
    u = np.linspace(0.0, 100.0, 200_001)
    part = 30.0 * -np.expm1(-u / 30.0)
    assert mean == pytest.approx(0.1 * np.trapezoid(part, u), rel=1e-8)
    assert variance == pytest.approx(0.1 * np.trapezoid(part**2, u), rel=1e-8)


def test_units_come_after_two_phases() -> None:
    mean, variance = spans.served_moments(90.0, 365.0)
    lags = stats.gamma(2.0, scale=45.0)
    served = np.maximum(0.0, 365.0 - lags.ppf((np.arange(200_000) + 0.5) / 200_000))
    assert (mean, variance) == pytest.approx((served.mean(), served.var()), rel=1e-4)
    assert spans.served_moments(90.0, 1e5)[1] == pytest.approx(90.0**2 / 2, rel=1e-3)
    assert spans.left_days(60.0, 1e-6, 365.0, 1e5) == pytest.approx(60.0)


def test_erlangs_loss_formula_has_its_published_values() -> None:
    """Tables of Cooper (1981): B(1, 1) = 1/2, B(2, 1) = 1/5, B(10, 5) = 0.018385."""
    assert spans.erlang_b(1.0, 1) == pytest.approx(0.5) and spans.erlang_b(1.0, 2) == pytest.approx(0.2)
    assert spans.erlang_b(5.0, 10) == pytest.approx(0.018385, abs=1e-6)
