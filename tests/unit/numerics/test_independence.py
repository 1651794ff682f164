"""Independence along every part of an address and between streams, at a stated error, with generators that fail.

Philox is tested by its authors as a sequence.  We do not read it as a sequence: a study reads block 0 at neighbouring
seeds, draws, replications, provinces, entities.  So the sequences tested here run along each part of an address.

All tests together raise a false alarm with probability `LEVEL`.  Pairs are counted on a grid of 16 x 16; a share of 5 %
of draws in common is caught with a power above 0.99, which a test holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simcpec.numerics.streams import (
    NO_COHORT,
    STREAMS,
    block,
    candidate_identity,
    key_word,
    mix,
    place_word,
    province_address,
    twin_block,
)

N = 24_000
SIDE = 16
LEVEL = 1e-3
TESTS = 200  # at most, of this file
CODES = ("PUN", "SIN", "KP", "BAL", "GB", "AJK", "ICT")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
HERE: dict[str, Any] = {
    "seed": 7, "draw": 0, "replication": 3, "stage": 0, "index": 0, "member": 0, "code": "SIN", "cohort": NO_COHORT,
    "lineage": 0, "stream": 4, "number": 0,
}  # fmt: skip


def uniform_at(**parts: Any) -> float:
    """The first uniform at an address."""
    a = {**HERE, **parts}
    entity = candidate_identity(a["stage"], a["index"], a["member"])
    place = place_word(province_address(a["code"]), a["cohort"], a["lineage"])
    return block(key_word(a["seed"], a["draw"]), a["replication"], entity, place, a["stream"], a["number"])[0]


def codes() -> list[str]:
    """So many province codes, neighbours first."""
    found = ("".join(code) for size in (1, 2, 3) for code in itertools.product(LETTERS, repeat=size))
    return list(itertools.islice(found, N))


#: sequences along one part of an address, all others held
ALONG: dict[str, Callable[[], np.ndarray]] = {
    "seed": lambda: np.array([uniform_at(seed=k) for k in range(N)]),
    "parameter draw": lambda: np.array([uniform_at(draw=k) for k in range(N)]),
    "replication": lambda: np.array([uniform_at(replication=k) for k in range(N)]),
    "far replications": lambda: np.array([uniform_at(replication=k << 40) for k in range(N)]),
    "stage": lambda: np.array([uniform_at(stage=k) for k in range(N)]),
    "index": lambda: np.array([uniform_at(index=k) for k in range(N)]),
    "province": lambda: np.array([uniform_at(code=code) for code in codes()]),
    "block number": lambda: np.array([uniform_at(number=k) for k in range(N)]),
    "uniforms of a block": lambda: np.array([block(7, 3, k, 5, 4, 0) for k in range(N // 4)]).ravel(),
    "descendants": lambda: np.array([block(7, 3, mix(11, 5, k), 5, 4, 0)[0] for k in range(N)]),
    "second twins": lambda: np.array([twin_block(7, 2 * k + 1, 1, 9, 5, 1, 0)[0] for k in range(N)]),
}


def entities(**parts: Any) -> np.ndarray:
    """The first uniforms of successive entities at a place, in a stream."""
    a = {**HERE, **parts}
    key, place = key_word(a["seed"], a["draw"]), place_word(province_address(a["code"]), a["cohort"], a["lineage"])
    return np.array([block(key, a["replication"], k, place, a["stream"], a["number"])[0] for k in range(N)])


#: what differs between two streams that must not know of each other
ACROSS: list[dict[str, Any]] = [
    *({"stream": stream.number} for stream in STREAMS.values() if stream.number != HERE["stream"]),
    *({"code": code} for code in CODES if code != HERE["code"]),
    *({"seed": HERE["seed"] ^ 1 << bit} for bit in (0, 1, 20, 39)),
    *({"draw": 1 << bit} for bit in (0, 12, 23)),
    *({"replication": HERE["replication"] ^ 1 << bit} for bit in (0, 5, 40)),
    *({"cohort": c} for c in (0, 1)),
    {"lineage": 1},
    *({"number": k} for k in (1, 4)),
]


# ------------------------------------------------------------------------------------------------ the tests


def alarm(counts: np.ndarray) -> float:
    """Two-sided probability of so uneven, or so even, counts of equally likely cells."""
    expected = counts.sum() / counts.size
    chi2 = float(((counts - expected) ** 2).sum() / expected)
    df = counts.size - 1
    return 2.0 * min(float(stats.chi2.sf(chi2, df)), float(stats.chi2.cdf(chi2, df)))


def cells(*columns: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Counts on a grid with so many cells along each column."""
    return np.histogramdd(np.column_stack(columns), bins=side, range=[(0.0, 1.0)] * len(columns))[0]


def serial_alarms(u: np.ndarray) -> dict[str, float]:
    """Evenness of values, of successive pairs and of successive triples, none of which overlap; and of every other."""
    even = u[: len(u) // 6 * 6]
    return {
        "values": alarm(cells(even, side=SIDE * SIDE)),
        "pairs": alarm(cells(even[::2], even[1::2])),
        "pairs of every other": alarm(cells(even[::4][: len(even[2::4])], even[2::4])),
        "triples": alarm(cells(even[::3], even[1::3], even[2::3], side=12)),
    }


def pair_alarms(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    """Evenness of the pairs of two streams, and of pairs in which one is a step behind."""
    return {
        "same turn": alarm(cells(ours, theirs)),
        "a step behind": alarm(cells(ours[1:], theirs[:-1])),
        "a step ahead": alarm(cells(ours[:-1], theirs[1:])),
    }


def caught(alarms: dict[str, float]) -> list[str]:
    """Which of them are no chance at the level of the whole file."""
    return [name for name, probability in alarms.items() if probability < LEVEL / TESTS]


@pytest.fixture(scope="module")
def ours() -> np.ndarray:
    return entities()


def test_there_are_no_more_tests_than_the_level_is_stated_for() -> None:
    assert 4 * len(ALONG) + 3 * len(ACROSS) + 1 <= TESTS


@pytest.mark.parametrize("part", ALONG)
def test_draws_along_one_part_of_an_address_are_independent(part: str) -> None:
    u = ALONG[part]()
    assert len(u) == N
    assert caught(serial_alarms(u)) == []


@pytest.mark.parametrize("other", ACROSS, ids=str)
def test_two_streams_are_independent(other: dict[str, Any], ours: np.ndarray) -> None:
    assert caught(pair_alarms(ours, entities(**other))) == []


def test_a_second_twin_is_the_mirror_of_the_first_and_the_next_pair_knows_nothing_of_it(ours: np.ndarray) -> None:
    first, second, third = (np.array([twin_block(7, r, 1, k, 5, 1, 0)[0] for k in range(N)]) for r in (2, 3, 4))
    assert (second == 1.0 - first).all()
    assert caught({"next pair": alarm(cells(second, third))}) == []


# ------------------------------------------------------------------------------------------------ what must fail


def linear(multiplier: int, modulus: int) -> np.ndarray:
    """A sequence of a multiplicative congruential generator."""
    x, found = 12_345, []
    for _ in range(N):
        x = multiplier * x % modulus
        found.append(x / modulus)
    return np.array(found)


def test_randu_fails_by_its_triples_and_a_short_cycle_by_its_evenness() -> None:
    """RANDU: all triples on fifteen planes.  A modulus of 65,537 visits values too evenly."""
    assert "triples" in caught(serial_alarms(linear(65_539, 2**31)))
    assert "values" in caught(serial_alarms((np.arange(N) % 4096 + 0.5) / 4096))
    assert "pairs" in caught(serial_alarms(linear(3, 2**31 - 1)))


def test_a_shared_draw_between_two_streams_fails(ours: np.ndarray) -> None:
    assert "same turn" in caught(pair_alarms(ours, ours))
    assert "same turn" in caught(pair_alarms(ours, 1.0 - ours))
    mixed = np.where(np.arange(N) % 20 == 0, ours, entities(seed=99))  # a draw in twenty
    assert "same turn" in caught(pair_alarms(ours, mixed))


def test_a_shared_sequential_stream_fails(ours: np.ndarray) -> None:
    """Two processes that take turns at one stream, read one step apart."""
    assert caught(pair_alarms(ours, np.roll(ours, 1))) == ["a step ahead"]
    assert caught(pair_alarms(ours, np.roll(ours, -1))) == ["a step behind"]


def test_addresses_that_are_added_instead_of_packed_fail() -> None:
    """Replication and entity in one sum: the next replication reads the draws of the next entity."""

    def added(replication: int) -> np.ndarray:
        return np.array([block(7, 0, replication + k, 5, 4, 0)[0] for k in range(N)])

    assert caught(pair_alarms(added(3), added(4))) == ["a step behind"]


def test_one_draw_in_twenty_in_common_is_caught_with_a_power_above_099() -> None:
    share, n = 0.05, SIDE * SIDE
    p = np.full((SIDE, SIDE), (1.0 - share) / n) + np.eye(SIDE) * share / SIDE
    noncentrality = N * float((((p - 1.0 / n) ** 2) * n).sum())
    critical = stats.chi2.isf(LEVEL / TESTS / 2.0, n - 1)
    assert stats.ncx2.sf(critical, n - 1, noncentrality) > 0.99
