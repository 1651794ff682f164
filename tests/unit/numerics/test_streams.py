"""Addresses, Philox against numpy and its authors, independence, and the same bits without the compiler."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from simcpec.errors import UserError
from simcpec.numerics import streams
from simcpec.numerics.streams import (
    NO_COHORT,
    S_PLOT,
    STREAMS,
    block,
    candidate_identity,
    check_seed,
    key_word,
    mix,
    name_identity,
    philox,
    place_word,
    province_address,
    uniform,
)

ROOT = Path(streams.__file__).parents[2]
WORD = 2**64


# ------------------------------------------------------------------------------------------------ Philox


def numpy_block(address: tuple[int, ...]) -> list[int]:
    """The block of `numpy.random.Philox` at (key0, key1, entity, place, stream, number); it counts up, then draws."""
    key0, key1, *counter = (field % WORD for field in address)
    position = sum(field << 64 * place for place, field in enumerate(counter))
    bits = np.random.Philox(key=key0 | key1 << 64, counter=(position - 1) % 2**256)
    return [int(word) for word in bits.random_raw(4)]


def test_blocks_are_those_of_numpy_philox() -> None:
    rng = np.random.default_rng(20)
    addresses = [tuple(int(x) for x in rng.integers(-(2**63), 2**63 - 1, 6)) for _ in range(200)]
    addresses += [(0, 0, 0, 0, 0, 0), (-1, -1, -1, -1, -1, -1), (1, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 1)]
    for address in addresses:
        raw = numpy_block(address)
        key0, key1, entity, place, stream, number = address
        assert list(philox(entity, place, stream, number, key0, key1)) == raw
        assert list(block(*address)) == [((word >> 12) + 0.5) * 2.0**-52 for word in raw]


def test_the_known_answer_of_the_authors_for_philox4x64_10() -> None:
    """Random123, kat_vectors: counter and key zero, and all ones."""
    assert philox(0, 0, 0, 0, 0, 0) == (
        0x16554D9ECA36314C,
        0xDB20FE9D672D0FDC,
        0xD7E772CEE186176B,
        0x7E68B68AEC7BA23B,
    )
    assert philox(-1, -1, -1, -1, -1, -1) == (
        0x87B092C3013FE90B,
        0x438C3C67BE8D0224,
        0x9CC7D7C69CD777B6,
        0xA09CAEBF594F0BA0,
    )


def test_a_uniform_is_never_zero_or_one_and_its_partner_is_exact() -> None:
    assert uniform(0) == 2.0**-53
    assert uniform(-1) == 1.0 - 2.0**-53
    for word in np.random.default_rng(21).integers(-(2**63), 2**63 - 1, 1000).tolist():
        assert uniform(~word) == 1.0 - uniform(word)


def test_numpy_integers_python_integers_and_words_of_any_size_share_one_compilation() -> None:
    fields = (key_word(2**40 - 1, 2**24 - 1), 3, mix(1, 2, 3), place_word(7, 255, 1), S_PLOT, 0)
    plain = block(*(int(field) for field in fields))
    assert block(*(np.int64(field) for field in fields)) == plain == block(*fields)
    if streams_are_compiled():
        assert len(block.signatures) == 1  # type: ignore[attr-defined]


def streams_are_compiled() -> bool:
    return hasattr(block, "signatures")


# ------------------------------------------------------------------------------------------------ addresses


def test_seed_zero_repeats_and_differs_from_one() -> None:
    draws = [block(key_word(seed, 0), 0, 5, 7, 4, 0) for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize("seed", [-1, 2**40, 1.0, 0.5, True, False, "1", None])
def test_a_bad_seed_is_refused_with_what_is_allowed(seed: object) -> None:
    with pytest.raises(UserError, match=r"seed is .*; allowed: a whole number from 0 to 1099511627775"):
        check_seed(seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("draw", [-1, 2**24, 0.0, True])
def test_a_bad_parameter_draw_is_refused(draw: object) -> None:
    with pytest.raises(UserError, match=r"parameter draw is .*; allowed: a whole number from 0 to 16777215"):
        key_word(1, draw)  # type: ignore[arg-type]


def test_key_words_hold_seed_and_draw_side_by_side() -> None:
    assert [check_seed(seed) for seed in (0, np.int64(3), 2**40 - 1)] == [0, 3, 2**40 - 1]
    pairs = itertools.product((0, 1, 2, 2**39, 2**40 - 1), (0, 1, 2**23, 2**24 - 1))
    for seed, draw in pairs:
        assert divmod(key_word(seed, draw) % WORD, 2**24) == (seed, draw)


def test_province_addresses_are_distinct_for_all_codes_of_up_to_three_letters() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    codes = ["".join(code) for size in (1, 2, 3) for code in itertools.product(letters, repeat=size)]
    addresses = {province_address(code) for code in codes}
    assert len(addresses) == len(codes)
    assert 0 not in addresses  # the place of what belongs to no province
    assert province_address("999999") == 37**6 - 1 < 2**32


@pytest.mark.parametrize("code", ["", "kp", "TOOLONG", "K-P", "K P", "پ", "É"])
def test_a_bad_province_code_is_refused(code: str) -> None:
    with pytest.raises(UserError, match=r"province code is .*; allowed: 1 to 6 of the letters A-Z and digits 0-9"):
        province_address(code)


def test_place_words_and_candidates_are_packed_side_by_side() -> None:
    place = place_word(province_address("999999"), NO_COHORT, 1)
    assert (place >> 40, place >> 32 & 255, place & (2**32 - 1)) == (1, NO_COHORT, 37**6 - 1)
    candidate = candidate_identity(2**20 - 1, 2**40 - 2, 3) % WORD
    assert (candidate >> 44, candidate >> 4 & (2**40 - 1), candidate & 15) == (2**20 - 1, 2**40 - 2, 3)


def test_name_identities_are_those_of_sha256() -> None:
    assert name_identity("") % WORD == int.from_bytes(bytes.fromhex("e3b0c44298fc1c14"), "little")
    assert name_identity("threat.rate.SIN") != name_identity("threat.rate.BAL")


def test_descendants_are_distinct_across_parents_places_and_numbers() -> None:
    family = {mix(parent, place, k) for parent in range(60) for place in range(20) for k in range(50)}
    assert len(family) == 60 * 20 * 50
    grandchildren = {mix(mix(1, 2, k), 2, m) for k in range(100) for m in range(100)}
    assert len(grandchildren | family) == 10_000 + 60_000


def test_a_descendant_is_three_rounds_of_splitmix64() -> None:
    def finalise(z: int) -> int:
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % WORD
        z = (z ^ z >> 27) * 0x94D049BB133111EB % WORD
        return z ^ z >> 31

    for parent, place, k in ((0, 0, 0), (1, 2, 3), (-5, 2**40, 7)):
        z = 0
        for field in (parent, place, k):
            z = finalise(((z ^ field % WORD) + 0x9E3779B97F4A7C15) % WORD)
        assert mix(parent, place, k) % WORD == z


def test_streams_have_one_number_each_and_say_what_they_decide() -> None:
    numbers = [stream.number for stream in STREAMS.values()]
    assert sorted([*numbers, *streams.RETIRED]) == list(range(1, len(STREAMS) + len(streams.RETIRED) + 1))
    assert all(stream.decides for stream in STREAMS.values())
    constants = {name[2:]: int(value) for name, value in vars(streams).items() if name.startswith("S_")}
    assert constants == {name: stream.number for name, stream in STREAMS.items()}


@pytest.mark.parametrize(("number", "name"), [(1, "SOMETHING"), (999, "CANDIDATE"), (14, "NEW")])
def test_a_second_use_of_a_stream_is_refused(number: int, name: str) -> None:
    with pytest.raises(ValueError, match=f"stream {name} = {number}: name or number is taken"):
        streams._stream(number, name, "nothing", ("no uniform",))


# ------------------------------------------------------------------------------------------------ independence

LIMIT = 0.03


def first_uniforms(*, seed: int = 1, replication: int = 0, province: str = "SIN", stream: int = 4) -> np.ndarray:
    key, place = key_word(seed, 0), place_word(province_address(province), 0, 0)
    return np.array([block(key, replication, entity, place, stream, 0) for entity in range(10_000)])


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return abs(float(np.corrcoef(a, b)[0, 1]))


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 0},
        {"seed": 2},
        {"replication": 1},
        {"replication": 2**40},
        {"province": "BAL"},
        {"province": "SIO"},
        *({"stream": stream.number} for stream in STREAMS.values() if stream.number != 4),
    ],
    ids=str,
)
def test_neighbouring_streams_are_uncorrelated(other: dict[str, int]) -> None:
    ours, theirs = first_uniforms(), first_uniforms(**other)
    assert correlation(ours[:, 0], theirs[:, 0]) < LIMIT
    assert correlation(ours[1:, 0], theirs[:-1, 0]) < LIMIT


def test_the_four_uniforms_of_a_block_are_uncorrelated_and_uniform() -> None:
    draws = first_uniforms()
    for i, j in itertools.combinations(range(4), 2):
        assert correlation(draws[:, i], draws[:, j]) < LIMIT
    for i in range(4):
        assert correlation(draws[1:, i], draws[:-1, i]) < LIMIT
        assert stats.kstest(draws[:, i], "uniform").pvalue > 0.001


def test_a_shared_stream_is_caught_by_the_correlation_test() -> None:
    """The control that must fail: two processes with the same address, and one with a shared part."""
    ours = first_uniforms()[:, 0]
    assert correlation(ours, first_uniforms()[:, 0]) > LIMIT
    assert correlation(ours, 0.9 * first_uniforms(seed=2)[:, 0] + 0.1 * ours) > LIMIT


# ------------------------------------------------------------------------------------------------ the same bits

ALL_DRAWS = """
import hashlib, struct
from simcpec.numerics import samplers as r, streams as s
digest = hashlib.sha256()
key = s.key_word(2**40 - 1, 5)
for n in range(400):
    entity = s.mix(n, 1, n) if n % 2 else s.candidate_identity(n, n * n, n % 16)
    place = s.place_word(s.province_address("BAL"), n % 3, n % 2)
    u, v, w, x = s.block(key, n, entity, place, int(s.S_PLOT), n % 5)
    laws = [r.duration(law, 1.0 + x, 0.3 + 3.0 * w, u) for law in range(6)]
    mean = r.scale_for_mean(r.LAW_WEIBULL, 3.0, 0.5 + v)
    counts = [r.poisson(30.0 * v, u), r.negative_binomial(9.0 * v, 0.2 + x, u), r.poisson(900.0, w)]
    counts += [r.ticks(day, 86_400_000_000.0) for day in laws]
    reals = [u, v, w, x, r.exponential(u), r.normal(u), r.lognormal(v, w, u), r.gumbel(u), mean, *laws]
    words = [entity, place, *counts]
    digest.update(struct.pack(f"<{len(words)}q{len(reals)}d", *words, *reals))
print(digest.hexdigest())
"""


def digest_of(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALL_DRAWS],
        env={key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_compiled_code_and_plain_python_draw_the_same_bytes() -> None:
    assert digest_of() == digest_of(NUMBA_DISABLE_JIT="1") != ""
