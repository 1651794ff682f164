"""Queues in closed form against published numbers, against each other, and in their limits."""

from __future__ import annotations

from math import exp, factorial, inf, sqrt

import numpy as np
import pytest

from simcpec.verification.theory.checks.queues.escorts import by_themselves, lost_variance, waiting_law
from simcpec.verification.theory.closed_forms import queues as q


def test_erlangs_formulas_give_the_values_of_the_tables() -> None:
    assert q.erlang_b(10, 5.0) == pytest.approx(0.018385, abs=5e-7)
    assert q.erlang_b(2, 1.0) == pytest.approx(0.2) and q.erlang_c(2, 1.0) == pytest.approx(1 / 3)
    load, c = 3.7, 6
    direct = load**c / factorial(c) / sum(load**k / factorial(k) for k in range(c + 1))
    assert q.erlang_b(c, load) == pytest.approx(direct, rel=1e-12)


def test_fifty_agents_wait_as_garnett_mandelbaum_and_reiman_say() -> None:
    """48 calls a minute of a minute each: 20.8 s without, 3.7 s and 3.1 % lost with a patience of two minutes."""
    patient, impatient = q.m_m_c(50, 48.0, 1.0), q.erlang_a(50, 48.0, 1.0, 0.5)
    assert patient.wait * 60 == pytest.approx(20.8, abs=0.05)
    assert impatient.wait * 60 == pytest.approx(3.7, abs=0.05)
    assert impatient.lost == pytest.approx(0.031, abs=5e-4)


def test_erlang_a_lies_between_erlang_c_and_erlang_b() -> None:
    for servers, arrivals in ((1, 0.6), (3, 2.1), (9, 7.0)):
        assert q.erlang_a(servers, arrivals, 1.0, 1e6).lost == pytest.approx(q.erlang_b(servers, arrivals), rel=1e-4)
        patient, slow = q.m_m_c(servers, arrivals, 1.0), q.erlang_a(servers, arrivals, 1.0, 1e-6)
        assert slow.wait == pytest.approx(patient.wait, rel=1e-3) and slow.lost < 1e-4
        assert slow.waits == pytest.approx(q.erlang_c(servers, arrivals), rel=1e-3)
    equal = q.erlang_a(4, 3.0, 1.0, 1.0)  # as impatient as fast: the number present is that of M/M/inf
    poisson = [exp(-3.0) * 3.0**n / factorial(n) for n in range(60)]
    assert equal.queue == pytest.approx(sum((n - 4) * p for n, p in enumerate(poisson) if n > 4), rel=1e-9)


def test_any_patience_is_erlang_a_where_it_is_exponential() -> None:
    for servers, arrivals, patience in ((1, 0.7, 1.5), (4, 4.0, 0.5), (10, 12.0, 1.5)):
        chain = q.erlang_a(servers, arrivals, 1.0, 1.0 / patience)
        by_integrals = q.impatient(servers, arrivals, 1.0, lambda x, m=patience: m * (1 - exp(-x / m)), patience)
        for name in ("queue", "busy", "waits", "lost"):
            assert getattr(by_integrals, name) == pytest.approx(getattr(chain, name), rel=1e-8)


def test_fixed_patience_of_one_server_is_that_of_its_wait() -> None:
    """M/M/1+D: the virtual wait has density lambda p0 exp((lambda - mu) x) up to D, which the integrals must give."""
    arrivals, patience = 0.8, 2.0
    found = q.impatient(1, arrivals, 1.0, lambda x: min(x, patience), patience, knee=patience)
    below = (1 - exp((arrivals - 1) * patience)) / (1 - arrivals)
    beyond = exp((arrivals - 1) * patience)
    assert found.lost == pytest.approx(arrivals * beyond / (1 + arrivals * (below + beyond)), rel=1e-9)
    assert q.impatient(1, arrivals, 1.0, lambda x: min(x, 1e-9), 1e-9, knee=1e-9).lost == pytest.approx(
        q.erlang_b(1, arrivals), rel=1e-6
    )


def test_mean_of_a_patience_cut_at_a_time() -> None:
    within = q.within_lognormal(1.5, 0.8)
    x = np.random.default_rng(1).lognormal(np.log(1.5) - 0.32, 0.8, 400_000)
    for cut in (0.2, 1.0, 4.0):
        assert within(cut) == pytest.approx(np.minimum(x, cut).mean(), rel=5e-3)
    assert within(0.0) == 0.0 and within(1e6) == pytest.approx(1.5, rel=1e-9)


def test_one_server_waits_as_pollaczek_and_khinchine_say() -> None:
    exponential = q.gamma_service(1.0, 1.0)
    assert q.m_g_1(0.6, exponential).wait == pytest.approx(q.m_m_c(1, 0.6, 1.0).wait, rel=1e-12)
    assert q.m_g_1(0.6, q.gamma_service(1.0, inf)).wait == pytest.approx(0.75, rel=1e-12)
    assert q.m_g_1(0.6, q.lognormal_service(1.0, sqrt(np.log(2)))).wait == pytest.approx(1.5, rel=1e-12)  # cv 1
    law = waiting_law(1, 0.6)  # of M/M/1
    n = np.arange(len(law))
    variance = law @ n**2 - (law @ n) ** 2
    assert q.m_g_1_queue_variance(0.6, exponential) == pytest.approx(variance, rel=1e-9)


def test_fixed_service_is_that_of_one_server_and_near_the_approximation_of_cosmetatos() -> None:
    assert q.m_d_c(1, 0.7, 1.0).wait == pytest.approx(q.m_g_1(0.7, q.gamma_service(1.0, inf)).wait, rel=1e-9)
    for c, load in ((2, 0.7), (5, 0.8), (8, 0.8)):
        factor = 0.5 * (1 + (1 - load) * (c - 1) * (sqrt(4 + 5 * c) - 2) / (16 * c * load))
        rough = factor * q.m_m_c(c, c * load, 1.0).wait
        assert q.m_d_c(c, c * load, 1.0).wait == pytest.approx(rough, rel=0.02)


def test_a_class_that_goes_first_waits_as_cobham_says() -> None:
    """For a small hazard the share that is lost is hazard x mean wait, C / (c mu - lambda_1)."""
    servers, first, both = 3, 0.6, 2.4
    lost = 1 - q.begun_alive(servers, first, both, 1.0, 1e-7)
    assert lost / 1e-7 == pytest.approx(q.erlang_c(servers, both) / (servers - first), rel=1e-5)
    assert 1 - q.begun_alive(servers, both, both, 1.0, 1e-7) == pytest.approx(
        1e-7 * q.m_m_c(servers, both, 1.0).wait, rel=1e-5
    )


def test_the_offered_wait_and_the_birth_death_chain_tell_the_same_of_erlang_a() -> None:
    from scipy.integrate import quad

    for servers, arrivals in ((1, 0.7), (4, 4.0), (10, 12.0)):
        chain = q.erlang_a(servers, arrivals, 1.0, 1 / 1.5)
        at_once, longer = q.virtual_wait(servers, arrivals, 1.0, 1 / 1.5, 0.0)
        assert at_once == pytest.approx(1 - chain.waits, rel=1e-9) and longer == pytest.approx(chain.waits, rel=1e-9)
        mean, _ = quad(lambda t, c=servers, a=arrivals: q.virtual_wait(c, a, 1.0, 1 / 1.5, t)[1], 0.0, 30.0)
        assert mean == pytest.approx(chain.wait, rel=1e-8)


def test_finite_sources_whose_impatient_go_alone() -> None:
    patient = q.finite_source(10, 4, 0.5, 1.0, waiting=True)
    assert by_themselves(10, 4, 0.5, 0.0) == pytest.approx((patient.arrivals, 0.0, patient.queue), abs=1e-9)
    set_out, alone, waiting = by_themselves(6, 2, 0.5, 1e9)  # nobody waits: everyone is on the road for a day
    assert set_out == pytest.approx(6 * 0.5 / 1.5, rel=1e-6) and waiting == pytest.approx(0.0, abs=1e-6)
    assert 0.0 < alone < set_out


def test_finite_sources_go_over_into_endless_ones() -> None:
    many, servers, load = 100_000, 4, 3.0
    lost = q.finite_source(many, servers, load / many, 1.0, waiting=False)
    assert lost.lost == pytest.approx(q.erlang_b(servers, load), rel=1e-3)
    assert q.finite_source(4, 4, 0.5, 1.0, waiting=True).queue == 0.0
    assert q.finite_source(3, 1, 0.5, 1.0, waiting=False).lost == pytest.approx(0.5)  # Engset with 2 others: a/(1+2a)


def test_two_machines_and_one_repairer() -> None:
    """Weights 1, 2a, 2a^2: Palm's machine interference by hand."""
    a = 0.5
    found, below = q.finite_source(2, 1, a, 1.0, waiting=True), 1 + 2 * a + 2 * a * a
    assert found.queue == pytest.approx(2 * a * a / below)
    assert found.arrivals == pytest.approx((2 * a + a * 2 * a) / below) and found.lost == pytest.approx(0.0, abs=1e-12)
    impatient = q.finite_source(2, 1, a, 1.0, waiting=True, impatience=1e9)
    assert impatient.lost == pytest.approx(q.finite_source(2, 1, a, 1.0, waiting=False).lost, rel=1e-6)


def test_what_a_loss_system_loses_varies_more_than_a_poisson_number() -> None:
    assert lost_variance(1, 1e-3, 31.0) == pytest.approx(1e-3 * 31.0 * 1e-3, rel=0.05)  # so rare that it is Poisson
    mean = q.erlang_b(4, 3.0) * 3.0 * 31.0
    assert lost_variance(4, 3.0) > 1.5 * mean
