"""When fewer or more is claimed: planted draws and worlds that agree, or do not, each with its reason in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simcpec.analysis.paired_differences import Difference, paired
from simcpec.analysis.uncertainty.ranking import claimed, sign_in, verdict_text
from simcpec.results.records import WorldContrast

DRAWS, EACH = 100, 40


def planted(fewer: int) -> Difference:
    """A comparison in which this number of 100 draws has fewer, by the same amount as the others have more."""
    effect = np.where(np.arange(DRAWS) < fewer, -1.0, 1.0)
    noise = np.random.default_rng(7).normal(0.0, 0.05, (DRAWS, EACH))
    return paired(effect[:, None] + noise, np.zeros((DRAWS, EACH)))


def world(name: str, mean: float, half_width: float | None = 0.1) -> WorldContrast:
    return WorldContrast(
        world=name, baseline="base", draws=20, replications=10, differences={"incidents": (mean, half_width)}
    )


ALIKE = (world("moderate", -0.4), world("strong", -0.2))


def test_draws_and_worlds_that_agree_are_a_ranking() -> None:
    found = claimed(planted(95), ALIKE, "incidents")
    assert (found.verdict, found.tie, verdict_text(found)) == ("less", "", "less")
    assert found.agreed == pytest.approx(0.95)
    assert claimed(planted(5), [world("strong", 0.3)], "incidents").verdict == "more"


def test_fewer_draws_than_nine_in_ten_are_a_tie_although_the_mean_is_clear() -> None:
    found = claimed(planted(85), ALIKE, "incidents")
    assert found.half_width is not None and found.mean < -5.0 * found.half_width
    assert found.verdict == "not distinguishable" and verdict_text(found) == "a tie"
    assert found.tie == "85 % of the draws have the sign of the mean, and 90 % are needed"
    assert planted(90).verdict == "less" and planted(89).verdict == "not distinguishable"


def test_one_world_of_the_other_sign_is_a_tie() -> None:
    found = claimed(planted(95), (ALIKE[0], world("strong", 0.3)), "incidents")
    assert (found.verdict, found.tie) == ("not distinguishable", "under strong backlash it is more")
    both = claimed(planted(95), (world("none", 0.3), world("strong", 0.3)), "incidents")
    assert both.tie == "without backlash it is more; under strong backlash it is more"


@pytest.mark.parametrize("unknown", [world("strong", -0.05), world("strong", -0.2, None)])
def test_a_world_whose_sign_is_lost_in_noise_is_a_tie(unknown: WorldContrast) -> None:
    assert sign_in(unknown, "incidents") == ""
    found = claimed(planted(95), (ALIKE[0], unknown), "incidents")
    assert found.tie == "under strong backlash no sign can be told"


def test_a_response_that_a_world_does_not_know_is_not_claimed() -> None:
    assert claimed(planted(95), ALIKE, "deaths").verdict == "not distinguishable"


def test_without_draws_or_other_worlds_the_sign_is_that_of_chance_alone() -> None:
    one = paired(np.full((1, 40), -1.0) + np.random.default_rng(1).normal(0, 0.1, (1, 40)), np.zeros((1, 40)))
    assert claimed(one, (), "incidents") == one and (one.verdict, one.tie) == ("less", "")
    noise = np.random.default_rng(2).normal(0.0, 1.0, (1, 40))
    assert paired(noise, np.zeros((1, 40))).tie == "", "a tie is said of draws"


def test_what_claims_nothing_stays_as_it_is() -> None:
    same = paired(np.ones((4, 5)), np.ones((4, 5)))
    assert claimed(same, ALIKE, "incidents") == same
    lost = replace(planted(50), tie="the Monte Carlo interval holds 0")
    assert claimed(lost, ALIKE, "incidents") == lost
