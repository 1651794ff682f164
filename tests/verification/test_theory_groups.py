"""Groups against closed forms: births by group, whose militants operations take, the stock with inflow from outside."""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

import numpy as np
import pytest

from simcpec.engines.compiled.simulate import Player
from simcpec.engines.compiled.simulate import state as at_the_end
from simcpec.errors import IdentityBroken
from simcpec.experiments.study import study
from simcpec.model import modes
from simcpec.model import outcome as names
from simcpec.model.rules.threat import allotted
from simcpec.model.world import World
from simcpec.reporting.tables.modes import attacks_by_group
from simcpec.verification.replay import COLUMNS, trace_text
from simcpec.verification.worlds.neutral_world import bare_world
from tests.support.forms import both

LIMIT = 4.0  # standard errors: a true mean is refused in one case of 16,000


def two_groups(**changes: Any) -> World:
    """Provinces AAA and BBB; the first group is at home in both, the second in BBB alone."""
    shapes = {
        "groups": ("first", "second"), "origins__group": [0, 0, 1], "origins__province": [0, 1, 1],
        "threat__rate": np.zeros((1, 3)), "threat__drift_persistence": np.zeros(3),
        "threat__drift_innovation": np.zeros(3), "threat__follow_factor": np.ones(2), "threat__given": [0] * 3,
        "cells__preference": np.zeros((2, 3)), "cells__leaving": np.zeros((2, 2, 2)),
        "cells__outside": np.full((1, 2, 2), -np.inf), "network__militants": [100] * 3,
        "network__inflow": np.zeros((1, 3)), "network__external": np.zeros((1, 3)), "network__capacity": [200.0] * 3,
        "network__unit": np.zeros(3),
    }  # fmt: skip
    return bare_world(**{**shapes, **changes})


def score(found: np.ndarray, mean: float) -> float:
    """Distance of the mean of these values from a truth, in standard errors."""
    return float(abs(found.mean() - mean) / (found.std(ddof=1) / sqrt(len(found))))


def counts(world: World, number: int = 600) -> np.ndarray:
    """(R, P, K) counters of provinces in each replication."""
    return np.array([one.province.sum(axis=0) for one in Player(world).play(seed=11, draw=0, first=0, number=number)])


@pytest.mark.parametrize("wrong", [1.0, 1.15])
def test_births_of_a_group_are_poisson_at_its_rate_in_the_province_that_it_attacks(wrong: float) -> None:
    rates = np.array([[0.02, 0.03, 0.05]])
    found = counts(two_groups(threat__rate=rates * wrong, threat__attempts=modes.POISSON))
    first = names.PROV_ATTACKS_GROUP
    told = {(0, 0): found[:, 0, first], (1, 0): found[:, 1, first], (1, 1): found[:, 1, first + 1]}
    scores = [score(told[key], rate * 365.0) for key, rate in zip(told, rates[0], strict=True)]
    assert (max(scores) < LIMIT) == (wrong == 1.0), scores
    assert found[:, 0, first + 1].sum() == 0.0
    if wrong == 1.0:
        both_groups = np.cov(told[1, 0], told[1, 1])
        assert abs(both_groups[0, 1]) < LIMIT * sqrt(both_groups[0, 0] * both_groups[1, 1] / len(found))
        assert told[1, 1].var(ddof=1) == pytest.approx(told[1, 1].mean(), rel=0.25)


@pytest.mark.parametrize("cost", [0.0, 1.5])
def test_plots_of_a_group_move_between_provinces_by_the_logit_of_its_own_cost(cost: float) -> None:
    """The second group is at home in BBB and goes to AAA at a cost: with share 1 / (1 + e^cost)."""
    leaving = np.array([np.full((2, 2), 50.0), [[0.0, cost], [cost, 0.0]]]) * (1.0 - np.eye(2))
    found = counts(two_groups(
        threat__rate=[[0.0, 0.05, 0.05]], threat__attempts=modes.POISSON, cells__displacement=modes.LOGIT,
        cells__leaving=leaving,
    ))  # fmt: skip
    away = found[:, 0, names.PROV_ATTACKS_GROUP + 1]
    assert score(away, 0.05 * 365.0 / (1.0 + exp(cost))) < LIMIT
    assert score(away, 0.05 * 365.0 / (1.0 + exp(cost + 0.3))) > LIMIT
    assert found[:, 0, names.PROV_ATTACKS_GROUP].sum() == 0.0


@pytest.mark.parametrize("outside", [0.0, 0.2])
def test_the_mean_stock_with_inflow_from_outside_is_that_of_immigration_and_death(outside: float) -> None:
    """E N(t) = N0 e^(-m t) + (from within + from outside) / m (1 - e^(-m t)), m = exits - recruits per head."""
    world = two_groups(
        network__model=modes.LINEAR, network__inflow=[[0.1, 0.1, 0.3]], network__external=[[outside, outside, 0.0]],
        network__unit=[1.0] * 3, network__exits=[[0.006, 0.006]], network__recruits=[[0.001, 0.001]],
    )  # fmt: skip
    found = counts(world, 400)
    ends = 200.0 + found[:, 1, names.PROV_RECRUITS] - found[:, 1, names.PROV_EXITS]
    left = exp(-0.005 * 365.0)
    truth = 200.0 * left + (0.4 + outside) / 0.005 * (1.0 - left)
    assert score(ends, truth) < LIMIT
    assert score(ends, 200.0 * left + (0.5 + outside) / 0.005 * (1.0 - left)) > LIMIT


def test_operations_take_the_groups_of_a_province_in_proportion_to_their_stocks() -> None:
    """Stocks of 300 and 100 under equal hazards keep their ratio in the mean; all that is taken is taken in BBB."""
    world = two_groups(
        days=60.0, network__model=modes.LINEAR, network__militants=[50, 300, 100], network__unit=[1.0] * 3,
        operations__routine=[0.0, 2.0], operations__arrests=[[0.0, 1.0]], operations__teams=[20, 20],
    )  # fmt: skip
    ends = [at_the_end(world, seed=5, draw=0, replication=r) for r in range(60)]
    stock = np.array([end["stock"] for end in ends])
    np.testing.assert_array_equal(stock[:, 0], 50.0)
    np.testing.assert_array_equal(stock.sum(axis=1) - 50.0, [end["militants"][1] for end in ends])
    taken = 400.0 - stock[:, 1:].sum(axis=1)
    assert taken.mean() > 80.0
    assert score(300.0 - stock[:, 1] - 0.75 * taken, 0.0) < LIMIT
    assert score(300.0 - stock[:, 1] - 0.70 * taken, 0.0) > LIMIT


def test_things_are_allotted_in_proportion_to_the_last_one_and_never_more_than_there_are() -> None:
    share = both(allotted)
    middles = (np.arange(997) + 0.5) / 997
    for number, sizes in ((1, (3, 1)), (2, (1, 1, 5)), (7, (7, 0, 1)), (8, (7, 0, 1)), (40, (3, 90, 7))):
        before = np.cumsum([0, *sizes[:-1]])
        parts = np.array([[share(number, int(b), size, sum(sizes), u) for b, size in zip(before, sizes, strict=True)]
                          for u in middles])  # fmt: skip
        assert (parts.sum(axis=1) == number).all() and (parts <= sizes).all() and (parts >= 0).all()
        np.testing.assert_allclose(parts.mean(axis=0), number * np.array(sizes) / sum(sizes), atol=2e-3 * number)


def test_attacks_of_the_groups_that_do_not_add_up_end_the_replication() -> None:
    world = two_groups(threat__rate=[[0.1, 0.0, 0.1]], threat__attempts=modes.POISSON)
    (found,) = Player(world).play(seed=1, draw=0, first=0, number=1, trace=True)
    found.province[0, 1, names.PROV_ATTACKS_GROUP + 1] += 1.0
    with pytest.raises(IdentityBroken, match="attacks = sum over the groups"):
        names.check(found, world)


def test_the_report_has_a_table_of_attacks_by_group_where_there_are_groups() -> None:
    sets = ["run.horizon=1 years", "run.replications=4"]
    played = study(["two-groups", "base"], sets=sets, engine="compiled")
    table = attacks_by_group(played)
    assert table is not None and [cell.text for cell in table.panels[0].columns] == [
        "Province",
        "nationalist",
        "jihadist",
    ]
    assert len(table.panels) == 1 and len(table.panels[0].rows) == 8
    named = {(row[2], row[3]): row[4] for row in table.records}
    attacks = played.scenarios[0].cell[..., names.CELL_ATTACKS].sum(axis=(2, 4, 5)).mean(axis=(0, 1))
    for p, code in enumerate(played.scenarios[0].axes.provinces):
        whole = named[code, "nationalist"] + named[code, "jihadist"]
        assert whole * played.scenarios[0].axes.years == pytest.approx(attacks[p])
    assert attacks_by_group(study(["base"], sets=sets, engine="compiled")) is None


def test_the_trace_says_whose_plot_it_is() -> None:
    import csv
    from datetime import date

    world = two_groups(threat__rate=[[0.1, 0.0, 0.1]])
    (found,) = Player(world).play(seed=1, draw=0, first=0, number=1, trace=True)
    assert found.trace is not None
    rows = list(csv.DictReader(trace_text(world, date(2025, 1, 1), found.trace).splitlines()))
    assert list(rows[0]) == list(COLUMNS)
    attacks = [(row["province"], row["group"]) for row in rows if row["kind"] == "attack"]
    assert set(attacks) == {("AAA", "first"), ("BBB", "second")}
    for p, g, key in ((0, 0, ("AAA", "first")), (1, 1, ("BBB", "second"))):
        assert attacks.count(key) == found.province[:, p, names.PROV_ATTACKS_GROUP + g].sum()
    assert {row["group"] for row in rows if row["kind"] == "candidate"} == {""}
