"""What holds for every address and every uniform: uniqueness, ranges, direction, exact partners."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from simcpec.numerics.jit import signed, unsigned
from simcpec.numerics.samplers import (
    LAW_DETERMINISTIC,
    LAW_EXPONENTIAL,
    LAW_GAMMA,
    LAW_LOGNORMAL,
    LAW_WEIBULL,
    NEVER,
    duration,
    duration_at_survival,
    exponential,
    gumbel,
    negative_binomial,
    normal,
    poisson,
    scale_for_mean,
    ticks,
)
from simcpec.numerics.special_functions import exp, gamma_quantile, gamma_tails, log, normal_quantile
from simcpec.numerics.streams import (
    STREAMS,
    block,
    candidate_identity,
    key_word,
    mix,
    place_word,
    province_address,
    uniform,
)

LAWS = [LAW_DETERMINISTIC, LAW_EXPONENTIAL, LAW_GAMMA, LAW_WEIBULL, LAW_LOGNORMAL]
words = st.integers(-(2**63), 2**63 - 1)
uniforms = st.integers(0, 2**52 - 1).map(lambda m: (m + 0.5) * 2.0**-52)
codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=6)
shapes = st.floats(0.05, 50.0)
scales = st.floats(1e-3, 1e4)

addresses = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**40 - 1),
        "draw": st.integers(0, 2**24 - 1),
        "replication": st.integers(0, 2**63 - 1),
        "stage": st.integers(0, 2**20 - 1),
        "index": st.integers(0, 2**40 - 1),
        "member": st.integers(0, 2**4 - 1),
        "province": codes,
        "cohort": st.integers(0, 2**8 - 1),
        "lineage": st.integers(0, 1),
        "stream": st.sampled_from([stream.number for stream in STREAMS.values()]),
        "number": st.integers(0, 2**31),
    }
)


def fields(address: dict[str, Any]) -> tuple[int, ...]:
    """What `block` is called with."""
    return (
        key_word(address["seed"], address["draw"]),
        address["replication"],
        candidate_identity(address["stage"], address["index"], address["member"]),
        place_word(province_address(address["province"]), address["cohort"], address["lineage"]),
        address["stream"],
        address["number"],
    )


# ------------------------------------------------------------------------------------------------ addresses


@given(addresses, addresses)
def test_two_addresses_are_equal_only_if_all_their_parts_are(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (fields(one) == fields(other)) == (one == other)


@given(addresses, st.data())
def test_changing_one_part_changes_the_block(address: dict[str, Any], data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(sorted(address)))
    changed = address | {part: data.draw(addresses)[part]}
    assume(changed != address)
    assert fields(changed) != fields(address)
    assert block(*fields(changed)) != block(*fields(address))


@given(codes, codes)
@example("A", "AA")
@example("Z9", "9Z")
def test_province_addresses_are_a_bijection(one: str, other: str) -> None:
    assert (province_address(one) == province_address(other)) == (one == other)
    assert 0 < province_address(one) < 2**32


@given(addresses)
def test_a_block_is_a_pure_function_of_its_address(address: dict[str, Any]) -> None:
    first = block(*fields(address))
    block(*fields(address | {"number": address["number"] + 1}))
    assert block(*fields(address)) == first


@given(words, words, words, words)
def test_different_children_of_one_parent_never_share_an_identity(entity: int, place: int, k: int, m: int) -> None:
    assert (mix(entity, place, k) == mix(entity, place, m)) == (k == m)


@given(words)
def test_words_are_the_same_bits_signed_and_unsigned(word: int) -> None:
    assert signed(word) == word
    assert unsigned(word) == word % 2**64


# ------------------------------------------------------------------------------------------------ uniforms and samplers


@given(words)
@example(0)
@example(-1)
def test_a_uniform_is_inside_and_its_partner_is_exact(word: int) -> None:
    u = uniform(word)
    assert 0.0 < u < 1.0
    assert uniform(~word) == 1.0 - u
    assert (u * 2.0**53) % 2.0 == 1.0


@given(uniforms, uniforms)
def test_samplers_are_monotone_in_their_uniform(u: float, v: float) -> None:
    u, v = min(u, v), max(u, v)
    assert normal(u) <= normal(v)
    assert gumbel(u) <= gumbel(v)
    assert exponential(u) >= exponential(v) > 0.0


@given(st.floats(0.0, 600.0), st.floats(0.0, 600.0), uniforms, uniforms)
def test_poisson_increases_with_its_mean_and_its_uniform(mean: float, more: float, u: float, v: float) -> None:
    mean, more, u, v = min(mean, more), max(mean, more), min(u, v), max(u, v)
    assert 0 <= poisson(mean, u) <= poisson(mean, v) <= poisson(more, v)


@given(st.floats(0.0, 600.0), st.floats(0.05, 1e9), uniforms, uniforms)
def test_negative_binomial_increases_with_its_uniform(mean: float, size: float, u: float, v: float) -> None:
    assert 0 <= negative_binomial(mean, size, min(u, v)) <= negative_binomial(mean, size, max(u, v))


@pytest.mark.parametrize("law", LAWS)
@given(scale=scales, shape=shapes, u=uniforms, v=uniforms)
def test_durations_increase_with_their_uniform(law: np.int64, scale: float, shape: float, u: float, v: float) -> None:
    assert 0.0 <= duration(law, scale, shape, min(u, v)) <= duration(law, scale, shape, max(u, v))


@pytest.mark.parametrize("law", LAWS)
@given(scale=scales, shape=shapes, u=uniforms)
def test_survival_is_the_other_end_of_the_same_duration(law: np.int64, scale: float, shape: float, u: float) -> None:
    assert duration_at_survival(law, scale, shape, 1.0 - u) == duration(law, scale, shape, u)


@pytest.mark.parametrize("law", LAWS)
@given(mean=scales, shape=st.floats(0.3, 3.0), factor=st.floats(0.01, 100.0))
def test_the_scale_is_proportional_to_the_mean(law: np.int64, mean: float, shape: float, factor: float) -> None:
    scaled = scale_for_mean(law, mean * factor, shape)
    assert scaled == pytest.approx(scale_for_mean(law, mean, shape) * factor, rel=1e-12)


@given(st.floats(0.0) | st.just(math.nan), st.sampled_from([24.0, 86_400.0, 86_400_000_000.0]))
def test_ticks_are_between_one_and_never_and_within_half_a_tick(days: float, per_day: float) -> None:
    count = ticks(days, per_day)
    assert 1 <= count <= NEVER
    if 1.0 <= days * per_day < 2.0**52:
        assert abs(count - days * per_day) <= 0.5


# ------------------------------------------------------------------------------------------------ arithmetic


@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300))
def test_log_and_exp_are_monotone_and_inverse(x: float, y: float) -> None:
    assert (log(x) <= log(y)) or x > y
    assert exp(log(x)) == pytest.approx(x, rel=1e-13)


@given(uniforms)
def test_the_normal_quantile_is_odd(u: float) -> None:
    assert normal_quantile(1.0 - u) == -normal_quantile(u)


@given(st.floats(1e-300, 1.0 - 1e-16), st.floats(0.05, 1e4))
def test_the_gamma_quantile_is_inverse_in_the_smaller_tail(p: float, shape: float) -> None:
    x = gamma_quantile(p, shape)
    assume(x > 1e-300)
    lower, upper = gamma_tails(shape, x)
    assert math.isclose(lower, p, rel_tol=1e-11) if p <= 0.5 else math.isclose(upper, 1.0 - p, rel_tol=1e-11)
