"""Both engines against known answers on threat, cells and protection.  Every truth comes with a control."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate, linalg, stats

from simcpec.model import modes
from simcpec.model import outcome as names
from simcpec.model.world import World
from simcpec.numerics.samplers import (
    LAW_DETERMINISTIC,
    LAW_EXPONENTIAL,
    LAW_GAMMA,
    LAW_LOGNORMAL,
    LAW_WEIBULL,
    scale_for_mean,
)
from simcpec.verification.worlds.neutral_world import bare_world, with_changes
from tests.support.statistics import CODES, agrees, cell, cohort, differs, prov, samples

pytestmark = pytest.mark.slow


def attempts(rate: float, days: float, **changes: Any) -> World:
    """Eight provinces in which attacks are carried out at the moment a plot is born."""
    return bare_world(codes=CODES, days=days, **{"threat__attempts": modes.POISSON, "threat__rate": rate, **changes})


# ---------------------------------------------------------------------------------------------- layers


def test_attacks_through_layers_with_a_common_cause_are_thinned_poisson_streams() -> None:
    stops, w, mean = (0.2, 0.5, 0.3), 0.15, 20.0
    world = attempts(0.5, 40, protection__constant=[list(stops)], protection__common_cause=w)
    columns = [names.CELL_ATTACKS, names.CELL_ROUTE, names.CELL_GUARD, names.CELL_HARDENING, names.CELL_BREACHES]
    found = samples(world, 750, lambda o: o.cell[0, :, 0, modes.SITE][:, columns]).reshape(-1, 5)
    passing = w + (1 - w) * 0.8 * 0.5 * 0.7
    shares = [1.0, (1 - w) * 0.2, (1 - w) * 0.8 * 0.5, (1 - w) * 0.8 * 0.5 * 0.3, passing]
    for column, share in enumerate(shares):
        agrees(found[:, column], mean * share, within=0.02)
        agrees((found[:, column] - mean * share) ** 2, mean * share, within=0.06)  # the variance of a Poisson law
    deviations = found[:, 1:] - mean * np.array(shares[1:])
    for i in range(4):  # parts of a split Poisson stream are independent
        for j in range(i):
            agrees(deviations[:, i] * deviations[:, j], 0.0, within=0.03, scale=mean * np.sqrt(shares[1 + i]))
    differs(found[:, 4], mean * 0.8 * 0.5 * 0.7)  # the common cause forgotten
    differs((found[:, 4] - mean * passing) ** 2, mean * passing * 0.85)


def test_the_probability_of_a_breach_is_added_up_without_noise() -> None:
    world = attempts(0.5, 40, protection__constant=[[0.2, 0.5, 0.3]], protection__common_cause=0.15)
    found = samples(world, 25, lambda o: np.stack([cell("expected_breaches", o), cell("attacks", o)]))
    assert found[:, 0] == pytest.approx(found[:, 1] * (0.15 + 0.85 * 0.28), rel=1e-12)


def test_insiders_multiply_the_passage_for_their_stationary_share_of_time() -> None:
    onset, detected, factor, passing = 0.05, 0.15, 1.8, 0.8 * 0.5
    world = attempts(
        0.5, 100, protection__constant=[[0.2, 0.5, 0.0]], protection__insider_on=1, protection__insider_onset=onset,
        protection__insider_found=detected, protection__insider_multiplier=factor, protection__insider_unit=0.15,
        protection__insider_steady=1,
    )  # fmt: skip
    found = samples(world, 188, lambda o: np.stack([cohort("leaking_days", o), cell("breaches", o)]))
    agrees(found[:, 0], 100 * 0.25, within=0.03)
    agrees(found[:, 1], 50 * passing * (1 + 0.25 * (factor - 1)), within=0.02)
    differs(found[:, 0], 100 * onset)
    differs(found[:, 1], 50 * passing)


def test_periodic_procedures_protect_by_the_mean_of_their_decay() -> None:
    floor, tau, every = 0.3, 20.0, 30.0
    world = attempts(
        1.0, 120, protection__constant=[[0.8, 0.0, 0.0]], protection__sop=modes.PERIODIC, protection__floor=floor,
        protection__decay=tau, protection__audit_host=1.0, calendar__audit_every_tick=30 * 86_400_000_000,
    )  # fmt: skip
    found = samples(world, 125, lambda o: cell("breaches", o))
    kept = floor + (1 - floor) * tau / every * (1 - np.exp(-every / tau))
    agrees(found, 120 * (1 - 0.8 * kept), within=0.01)
    differs(found, 120 * (1 - 0.8))
    differs(found, 120 * (1 - 0.8 * (floor + (1 - floor) * np.exp(-every / tau))))


def test_reactive_procedures_are_as_old_as_the_last_attack() -> None:
    floor, tau, rate, days = 0.3, 20.0, 0.1, 200.0
    world = attempts(
        rate, days, protection__constant=[[0.8, 0.0, 0.0]], protection__sop=modes.REACTIVE, protection__floor=floor,
        protection__decay=tau,
    )  # fmt: skip
    found = samples(world, 313, lambda o: cell("breaches", o))
    r = rate + 1 / tau  # E exp(-age(t) / tau), age(t) = min(exponential, t)
    fading = rate / r * days + (1 - rate / r) * (1 - np.exp(-r * days)) / r
    agrees(found, rate * (days - 0.8 * (floor * days + (1 - floor) * fading)), within=0.02)
    stale = tau * (1 - np.exp(-days / tau))  # the control: never refreshed
    differs(found, rate * (days - 0.8 * (floor * days + (1 - floor) * stale)))


# ---------------------------------------------------------------------------------------------- births


def test_negative_binomial_attempts_have_their_variance() -> None:
    found = samples(
        attempts(0.5, 40, threat__attempts=modes.NEGBIN, threat__mixture_size=2.0), 625, lambda o: cell("attacks", o)
    )
    agrees(found, 20.0, within=0.03)
    agrees((found - 20.0) ** 2, 20.0 + 400.0 / 2.0, within=0.1)
    differs((found - 20.0) ** 2, 20.0)


def test_clusters_make_a_compound_poisson_count() -> None:
    world = attempts(0.5, 40, threat__cluster=[0.85, 0.96, 1.0])
    found = samples(world, 375, lambda o: cell("plots", o))
    agrees(found, 20 * (0.85 + 0.22 + 0.12), within=0.01)
    agrees((found - 23.8) ** 2, 20 * (0.85 + 0.44 + 0.36), within=0.08)
    differs(found, 20.0)
    differs((found - 23.8) ** 2, 23.8)


@pytest.mark.parametrize("stationary", [1, 0])
def test_the_drift_keeps_the_mean_rate_and_spreads_it_as_an_ar1(stationary: int) -> None:
    phi, sigma, days, stages, rate = 0.8, 0.3, 20, 12, 0.25
    world = attempts(
        rate, days * stages, threat__drift_on=1, threat__drift_persistence=phi, threat__drift_innovation=sigma,
        threat__drift_stationary=stationary, calendar__stage_start_tick=np.arange(stages) * days * 86_400_000_000,
        calendar__stage_drifts=[0] + [1] * (stages - 1),
    )  # fmt: skip
    world = with_changes(world, threat__rate=np.full((stages, len(CODES)), rate))
    found = samples(world, 163, lambda o: prov("candidates", o))
    lag = np.abs(np.subtract.outer(np.arange(stages), np.arange(stages)))
    variance = sigma**2 / (1 - phi**2) * (1 - (0 if stationary else phi ** (2.0 * np.arange(stages))))
    covariance = phi**lag * np.minimum.outer(variance, variance)
    mean = rate * days * stages
    agrees(found, mean, within=0.03)
    agrees((found - mean) ** 2, mean + (rate * days) ** 2 * (np.exp(covariance) - 1).sum(), within=0.35)
    differs((found - mean) ** 2, mean)
    uncorrected = (np.exp(variance / 2) * rate * days).sum()
    differs(found, uncorrected)


@pytest.mark.parametrize("basis", [modes.BY_ATTACK, modes.BY_BREACH])
def test_follow_ons_make_a_branching_process_over_provinces(basis: int) -> None:
    """Mean intensity m of the linear system m' = (K - I) m / delay + base / delay, m(0) = base (Hawkes 1971)."""
    n, passing, delay, days, rate = np.array([0.6, 0.2]), 0.6, 3.0, 100.0, np.array([0.4, 0.2])
    spread = np.array([[0.3, 0.7], [0.9, 0.1]])
    world = bare_world(
        days=days, threat__rate=[rate.tolist()], threat__initial=modes.STEADY, threat__follow_ons=n,
        threat__follow_by=basis, threat__follow_law=(LAW_EXPONENTIAL, delay, 1.0), threat__follow_spread=spread,
        threat__preparation=(LAW_EXPONENTIAL, 10.0, 1.0), protection__constant=[[0.4, 0.0, 0.0]],
    )  # fmt: skip
    found = samples(world, 500, lambda o: cell("attacks", o))
    kernel = (n[:, None] * spread * (1.0 if basis == modes.BY_ATTACK else passing)).T

    def total(k: np.ndarray) -> np.ndarray:
        system = (k - np.eye(2)) / delay
        rest = np.linalg.solve(np.eye(2) - k, rate)
        return rest * days + np.linalg.solve(system, linalg.expm(system * days) - np.eye(2)) @ (rate - rest)

    for p in range(2):
        agrees(found[:, p], total(kernel)[p], within=0.03)
        differs(found[:, p], (rate * days)[p])
        differs(found[:, p], total(kernel.T)[p])


# ---------------------------------------------------------------------------------------------- preparation

PREPARATIONS = {
    "exponential": (LAW_EXPONENTIAL, 1.0), "lognormal": (LAW_LOGNORMAL, 1.3), "gamma": (LAW_GAMMA, 2.5),
    "weibull": (LAW_WEIBULL, 1.8), "deterministic": (LAW_DETERMINISTIC, 1.0),
}  # fmt: skip


def preparing(word: str, mean: float, **changes: Any) -> World:
    law, shape = PREPARATIONS[word]
    changes["threat__preparation"] = (law, scale_for_mean(law, mean, shape), shape)
    return bare_world(codes=CODES[:4], days=30, periods=3, threat__initial=modes.STEADY, **changes)


@pytest.mark.parametrize("word", PREPARATIONS)
def test_a_steady_start_makes_attacks_flat_from_day_0_for_every_law(word: str) -> None:
    world = preparing(word, 25.0, threat__rate=0.6)
    found = samples(
        world, 150, lambda o: np.stack([o.start_plots.sum((1, 2)), *(cell("attacks", o, k) for k in range(3))])
    )
    agrees(found[:, 0], 15.0, within=0.03)
    for window in range(3):
        agrees(found[:, 1 + window], 6.0, within=0.04)
    empty = samples(with_changes(world, threat__initial=modes.EMPTY), 50, lambda o: cell("attacks", o, 0))
    differs(empty, 6.0)


def test_a_steady_start_knows_of_plots_that_lapsed_before() -> None:
    world = preparing("gamma", 25.0, threat__rate=0.6, threat__lapse=0.03)
    found = samples(world, 200, lambda o: np.stack([cell("attacks", o, k) for k in range(3)]))
    carried = (1 + 0.03 * 10.0) ** -2.5  # E exp(-lapse x preparation)
    for window in range(3):
        agrees(found[:, window], 6.0 * carried, within=0.05)
    differs(found.sum(axis=1), 18.0 / (1 + 0.03 * 25.0))  # as if the preparation were exponential


@pytest.mark.parametrize("word", ["weibull", "lognormal", "gamma"])
def test_proportional_detection_finds_the_same_share_whatever_the_law(word: str) -> None:
    """Rate r per mean preparation m against the hazard of the preparation: r m / (1 + r m) are found."""
    rate = 0.04
    changes = {
        "threat__rate": 0.6, "detection__mode": modes.LEADS, "detection__hazard": rate, "detection__unit": rate,
        "operations__teams": 99, "operations__work": (LAW_DETERMINISTIC, 1e-6, 1.0),
    }  # fmt: skip
    world = preparing(word, 25.0, **changes, detection__proportional=1)
    found = samples(world, 150, lambda o: np.stack([*(cell("attacks", o, k) for k in range(3)), cell("foiled", o)]))
    for window in range(3):
        agrees(found[:, window], 6.0 / (1 + rate * 25.0), within=0.06)
    agrees(found[:, 3], 18.0 * rate * 25.0 / (1 + rate * 25.0), within=0.04)
    plain = samples(preparing(word, 25.0, **changes), 150, lambda o: cell("attacks", o))
    differs(plain, 18.0 / (1 + rate * 25.0))


def test_detection_with_a_fixed_probability_thins_the_attacks() -> None:
    world = preparing("gamma", 5.0, threat__rate=2.0, detection__mode=modes.BERNOULLI, detection__probability=0.35)
    found = samples(world, 76, lambda o: np.stack([cell("attacks", o), cell("foiled", o)]))
    agrees(found[:, 0], 60 * 0.65, within=0.03)
    agrees(found[:, 1], 60 * 0.35, within=0.03)
    differs(found[:, 0], 60.0)


# ---------------------------------------------------------------------------------------------- where plots turn


def test_plots_turn_to_cells_by_a_logit_with_an_outside_option() -> None:
    rng = np.random.default_rng(7)
    utility, units = rng.normal(0.0, 0.7, (1, 3, 1, 3)), rng.uniform(0.0, 60.0, (1, 3, 3, 1, 3))
    utility[0, 1, 0, 2] = -np.inf
    leaving, weight, outside = np.array([[0.0, 0.8, 0.3], [0.5, 0.0, 0.9], [0.4, 0.2, 0.0]]), 2.0, [0.5, -np.inf, 1.0]
    gain, rate = np.array([2.0, 3.0, 1.0]), np.array([6.0, 4.0, 5.0])
    world = bare_world(
        codes=("A", "B", "C"), days=60, threat__attempts=modes.POISSON, threat__rate=rate[None],
        cells__displacement=modes.LOGIT, cells__utility=utility, cells__leaving=[leaving], cells__weight=weight,
        cells__outside=[[outside]], protection__host_units=units, protection__gain=np.tile(gain, (1, 3, 1)),
        protection__ceiling=0.8, protection__constant=-1.0,
    )  # fmt: skip
    both = samples(world, 30, lambda o: o.cell[0, :, 0][..., [names.CELL_ATTACKS, names.CELL_DETERRED]])
    passing = (1 - 0.8 * (1 - np.exp(-gain[None, :, None] * units[0, :, :, 0] / 100.0))).prod(axis=1)

    def expected(seen: float, away: np.ndarray) -> tuple[np.ndarray, float]:
        scores = np.exp(utility[0, :, 0][None] - seen * (1 - passing)[None] - away[:, :, None])
        giving_up = np.exp(np.array(outside))
        whole = scores.sum(axis=(1, 2)) + giving_up
        flow = 60.0 * rate / whole
        return (flow[:, None, None] * scores).sum(axis=0), float((flow * giving_up).sum())

    attacks, deterred = expected(weight, leaving)
    for p in range(3):
        for s in range(3):
            if (p, s) != (1, 2):
                agrees(both[:, p, s, 0], attacks[p, s], within=0.08)
    assert both[:, 1, 2].sum() == 0.0
    agrees(both[..., 1].sum(axis=(1, 2)), deterred, within=0.04)
    for wrong in (expected(0.0, leaving), expected(weight, 0 * leaving)):
        worst = np.unravel_index(np.argmax(np.abs(np.log(wrong[0] + 1e-9) - np.log(attacks + 1e-9))), (3, 3))
        differs(both[:, worst[0], worst[1], 0], float(wrong[0][worst]))


# ---------------------------------------------------------------------------------------------- harm


def test_work_stands_still_on_the_union_of_stoppages_here_and_spread_from_elsewhere() -> None:
    rate, days, q, law = 0.02, 150.0, 0.1, stats.lognorm(0.8, scale=10.0)
    world = attempts(rate, days, harm__stoppage=(LAW_LOGNORMAL, 10.0, 0.8), harm__spreads=q)
    found = samples(world, 500, lambda o: prov("stoppage_days", o).mean())

    def stopped(arrivals: float) -> float:
        t = np.linspace(0.0, days, 4001)
        covered = integrate.cumulative_simpson(law.sf(t), x=t, initial=0.0)  # busy probability of an M/G/inf queue
        return float(integrate.simpson(1 - np.exp(-arrivals * covered), x=t))

    agrees(found, stopped(rate * (1 + (len(CODES) - 1) * q)), within=0.04)
    differs(found, stopped(rate))
    differs(found, rate * (1 + 9 * q) * days * law.mean())  # overlaps counted twice


def test_the_memory_of_attacks_is_shot_noise() -> None:
    found = samples(attempts(0.2, 100, harm__memory=30.0), 188, lambda o: prov("memory_days", o))
    agrees(found, 0.2 * 30.0 * (100 - 30.0 * (1 - np.exp(-100 / 30.0))), within=0.02)
    differs(found, 0.2 * 30.0 * 100)


def test_deaths_injuries_and_other_victims_have_their_means() -> None:
    world = attempts(
        1.0, 100, harm__severity=modes.HURDLE, harm__zero=0.4, harm__mu=0.5, harm__sigma=0.9, harm__cap=25.0,
        harm__injured_base=0.5, harm__injured_per_death=1.3, harm__injured_size=0.8, harm__local_base=0.3,
        harm__local_per_death=0.4, harm__guard_share=0.6, harm__guards_when_stopped=0.7,
        protection__constant=[[0.5, 0.0, 0.0]],
    )  # fmt: skip
    who = ("deaths", "injured", "local_deaths", "guard_deaths")
    found = samples(world, 75, lambda o: np.stack([cell(name, o) for name in who]))
    n = np.arange(1, 25)
    dead = 0.6 * (1 + stats.lognorm(0.9, scale=np.exp(0.5)).sf(n).sum())  # sum of P(1 + floor(X) > n), capped at 25
    truths = (50 * dead, 50 * (0.5 + 1.3 * dead), 50 * 0.4 * (0.3 + 0.4 * dead), 50 * (0.6 * (0.3 + 0.4 * dead) + 0.7))
    for column, truth in enumerate(truths):
        agrees(found[:, column], truth, within=0.04)
    differs(found[:, 0], 50 * 0.6 * np.exp(0.5 + 0.405))  # a hurdle without its 1 + floor
    differs(found[:, 3], truths[3] - 50 * 0.7)


def test_a_table_of_deaths_gives_its_mean() -> None:
    table = [[0.0, 0.5], [1.0, 0.7], [3.0, 0.9], [9.0, 1.0]]
    world = attempts(1.0, 100, harm__severity=modes.EMPIRICAL, harm__table=table, harm__cap=30.0)
    found = samples(world, 25, lambda o: cell("deaths", o))
    agrees(found, 100 * (0.2 + 0.6 + 0.9), within=0.03)
    differs(found, 100 * (0.2 + 0.6))
