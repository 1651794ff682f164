"""More money never means more attacks where nothing reacts: share by share, replication by replication."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from simcpec.engines.compiled.simulate import Player
from simcpec.model import outcome as names
from simcpec.scenario import load
from simcpec.scenario.building.build import build

SHARES = ("share-0.5", "share-1", "share-2", "share-3")
REPLICATIONS = 150

#: displacement, adaptation and queue coupling off: plots stay, attackers and stock do not react, no lead waits
UNCOUPLED = (
    "world.displacement.mode=off",
    "world.displacement.outside_option=none",
    "world.displacement.lambda=0",
    "world.threat.excitation={follow_ons: 0, by: attack, delay: 3 days, same_province: 100 %, provinces: {}}",
    "world.network.model=off",
    "world.trust.wrong_operation=0 %",
    "world.operations.teams={PUN: 150, SIN: 150, KP: 150, BAL: 150, GB: 150, AJK: 150, ICT: 150}",
    "policy.sop.mode=periodic",
    "policy.surge.mode=off",
    "policy.escort.rule=off",
)


@cache
def by_setting(name: str, sets: tuple[str, ...]) -> np.ndarray:
    """All counters by replication, province and setting, over the whole run."""
    player = Player(build(load(name, sets=sets)).world)
    outcomes = player.play(seed=3, draw=0, first=0, number=REPLICATIONS)
    return np.array([outcome.cell.sum(axis=(0, 2)) for outcome in outcomes])


def played(name: str, sets: tuple[str, ...]) -> np.ndarray:
    """All counters by replication and province, over the whole run."""
    return np.asarray(by_setting(name, sets).sum(axis=2))


def counts(name: str, counter: int, sets: tuple[str, ...]) -> np.ndarray:
    """One counter by replication and province, over the whole run."""
    return played(name, sets)[..., counter]


@pytest.mark.parametrize("counter", [names.CELL_ATTACKS, names.CELL_BREACHES])
def test_more_money_never_means_more_attacks_where_nothing_reacts(counter: int) -> None:
    by_share = [counts(name, counter, UNCOUPLED) for name in SHARES]
    for less_money, more_money in pairwise(by_share):
        assert (more_money <= less_money).all()
    assert by_share[-1].sum() < by_share[0].sum()  # and somewhere it helps


def test_with_displacement_some_replication_has_more_attacks_for_more_money() -> None:
    """In some setting: what is better protected moves plots to what is not."""
    coupled = tuple(one for one in UNCOUPLED if not one.startswith("world.displacement"))
    low, high = (by_setting(name, coupled)[..., names.CELL_ATTACKS] for name in (SHARES[0], SHARES[-1]))
    assert (high > low).any()
