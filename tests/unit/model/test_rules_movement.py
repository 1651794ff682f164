"""What attackers see on the road, in both forms of every rule."""

from __future__ import annotations

import math

import pytest

from simcpec.model.rules import movement
from tests.support.forms import both


def test_remembered_traffic_decays_and_each_party_adds_the_inverse_of_the_memory() -> None:
    at, after = both(movement.traffic_at), both(movement.traffic_after)
    assert at(0.7, 1e6, math.inf) == at(0.7, 0.0, 30.0) == 0.7
    assert at(0.7, 30.0, 30.0) == pytest.approx(0.7 / math.e, rel=1e-15)
    assert after(0.7, 30.0) == pytest.approx(0.7 + 1.0 / 30.0, rel=1e-15)


def test_steady_traffic_is_remembered_as_it_is() -> None:
    remembered, gap, memory = 0.0, 0.25, 30.0
    for _ in range(4000):
        remembered = both(movement.traffic_after)(both(movement.traffic_at)(remembered, gap, memory), memory)
    just_after = remembered  # the mean over a gap is the rate itself
    mean = just_after * (1.0 - math.exp(-gap / memory)) * memory / gap
    assert mean == pytest.approx(1.0 / gap, rel=1e-9)


def test_the_road_attracts_in_proportion_to_its_traffic_and_an_empty_one_not_at_all() -> None:
    utility = both(movement.road_utility)
    assert utility(2.0, 0.0) == utility(-math.inf, 1.0) == -math.inf
    assert utility(2.0, 0.5) == pytest.approx(2.0 + math.log(0.5), rel=1e-15)


def test_a_party_comes_with_the_probability_of_a_poisson_stream() -> None:
    comes, chance = both(movement.party_comes), 1.0 - math.exp(-0.1 * 14.0)
    assert comes(0.1, 14.0, chance - 1e-9) and not comes(0.1, 14.0, chance + 1e-9)
    assert comes(0.1, math.inf, 1.0 - 1e-15)
    assert not comes(0.0, 14.0, 1e-300)
