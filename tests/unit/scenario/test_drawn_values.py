"""Parameter draws the quick way and the slow way: equal scenarios and worlds to the last bit, and equal refusals."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from math import isinf

import pytest

from simcpec.errors import ScenarioError
from simcpec.experiments.design.parameter_draws import Factor, sampled
from simcpec.experiments.design.uncertain_settings import factors_of
from simcpec.scenario import Resolved, drawn_values, load, with_values
from simcpec.scenario.building import build as building
from simcpec.scenario.drawn_values import from_text
from tests.support.built import digest_of

SCENARIOS = ("base", "technology-package", "attack-modes")  # none, levers, groups and modes
EVERY = 1 if os.environ.get("SIMCPEC_SOAK") == "1" else 8  # key that is drawn alone
TICKS = building.TICKS_PER_DAY


@cache
def uncertain(name: str) -> tuple[Resolved, tuple[Factor, ...]]:
    """A scenario and what is uncertain in it."""
    resolved = load(name)
    return resolved, tuple(factors_of(resolved, building.build(resolved).keys_read))


def drawn(name: str, number: int) -> dict[str, float]:
    """The values of a draw."""
    _, factors = uncertain(name)
    values = sampled(factors, seed=3, numbers=[number])[0].tolist()
    return dict(zip((factor.key for factor in factors), values, strict=True))


def slowly(resolved: Resolved, values: Mapping[str, float]) -> str:
    """The world of a draw read from its text and built as that of a file."""
    return digest_of(building._built(resolved, from_text(resolved, values), TICKS, as_written=False))


def quickly(resolved: Resolved, values: Mapping[str, float]) -> str:
    """The world of a draw, without the slow way as a way out."""
    template = drawn_values._template(resolved, tuple(values))
    assert template is not None
    scenario, common = template.scenario(values), building._Unmoved.of(resolved, values, TICKS)
    assert scenario is not None and common is not None
    return digest_of(common.world(resolved, scenario))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_draw_is_the_same_the_quick_way_for_every_drawn_key(name: str) -> None:
    resolved, factors = uncertain(name)
    values = drawn(name, 1)
    assert len(values) == len(factors) > 200
    assert with_values(resolved, values) == from_text(resolved, values) != resolved.scenario
    assert digest_of(building.build(resolved, values=values)) == quickly(resolved, values) == slowly(resolved, values)


def test_keys_that_are_drawn_alone_change_all_that_reads_them() -> None:
    resolved, factors = uncertain("base")
    values, as_written = drawn("base", 2), digest_of(building.build(resolved))
    found = {key: quickly(resolved, {key: values[key]}) for key in [factor.key for factor in factors][::EVERY]}
    assert found == {key: slowly(resolved, {key: values[key]}) for key in found}
    assert sum(digest != as_written for digest in found.values()) > 0.8 * len(found)


def test_a_part_that_is_kept_although_it_moves_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were parts kept that look at a drawn key, the comparisons above would show it."""
    resolved, _ = uncertain("base")
    values = drawn("base", 1)
    monkeypatch.setattr(building, "unmoved_parts", lambda parts, drawn: dict(parts))
    assert quickly(resolved, values) != slowly(resolved, values)


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_drawn_number_is_taken_from_beyond_its_bounds(name: str) -> None:
    resolved, factors = uncertain(name)
    template = drawn_values._template(resolved, tuple(factor.key for factor in factors))
    assert template is not None
    for number, factor in zip(template.numbers, factors, strict=True):
        for end, outwards in ((number.low, -1.0), (number.high, 1.0)):
            step = outwards * (1.0 if number.whole else 1e-9 * max(1.0, abs(end)))
            assert number.quantity(end + step) is None, factor.key
            assert isinf(end) or number.quantity(end - step) is not None, factor.key
    assert all(number.quantity(float("nan")) is None for number in template.numbers)


@pytest.mark.parametrize(
    "values",
    [
        {"world.trust.start": 1.2},
        {"world.forces.foreign.strength.SIN": 50.0},  # for which there is no agreement
        {"world.settings.site.time": 0.9},  # shares of time that add up to more than 100 %
        {"world.budget.works.SIN": 0.9},  # shares in one map
        {"world.provinces.SIN.plots": 0.1, "world.harm.foreign.sigma": -1.0},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_a_draw_may_not_be_is_told_as_the_slow_way_tells_it(values: dict[str, float]) -> None:
    resolved = load("base", sets=["world.forces.foreign.strength={SIN: 0 guards}"])
    with pytest.raises(ScenarioError) as slow:
        from_text(resolved, values)
    with pytest.raises(ScenarioError) as quick:
        with_values(resolved, values)
    assert quick.value.faults == slow.value.faults and all(fault.where == "drawn value" for fault in slow.value.faults)


def test_a_world_that_cannot_be_built_is_told_with_its_place() -> None:
    resolved, _ = uncertain("base")
    militants = {"world.provinces.BAL.militants": 900000.0}
    with pytest.raises(ScenarioError, match=r"scenarios/base.yaml.*BAL\.militants is 900000, too many"):
        building.build(resolved, values=militants)
