"""A sweep as a decision: options, nested values and instruments, on made-up values of real study files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from simcpec.analysis.economics.study_information import partial_of
from simcpec.analysis.economics.study_options import Basis
from simcpec.analysis.responses import Response
from simcpec.economics.discounting import discount_factors
from simcpec.economics.perspectives import PARTIES
from simcpec.errors import UserError
from simcpec.experiments.sweep.decision.policy_costs import discounted_incidents, security_cost
from simcpec.experiments.sweep.decision.sweep_options import (
    combinations_of,
    curve_of,
    instruments_of,
    nested_of_sweep,
    options_of_sweep,
    overlap_of,
    with_drawn_parameters,
)
from simcpec.experiments.sweep.prepared import Preparer
from simcpec.experiments.sweep.results import SweepReader
from simcpec.experiments.sweep.studies.points import SweepPoint
from simcpec.model.world import Floats
from tests.support import sweeps

LEVERS = """\
name: Levers
base: base
factors:
  - {lever: helicopters, levels: [off, in_force]}
  - {lever: special_security_audit, levels: [off, in_force]}
design: grid
replications: 4
"""
WORLDS = """\
name: Worlds
base: bare
policies:
  factors: [{key: policy.security_share.share, name: share, levels: [1 %, 2 %]}]
states_of_the_world:
  factors: [{key: world.threat.excitation.follow_ons, name: follow-ons, levels: ["0", "0.1", "0.2"]}]
  draws: 4
combine: full_factorial
baseline: {policy.security_share.share: 0 %}
replications: 4
"""
Say = Callable[[SweepPoint, str], Floats | None]


def reader_of(folder: Path, text: str, say: Say) -> SweepReader:
    """What reads a sweep of this study, in which every point has these values."""
    study = sweeps.study_of(sweeps.written(folder, text))

    def values(point: SweepPoint, each: Response) -> Floats | None:
        return say(point, each.id)

    return cast(
        Any, SimpleNamespace(study=study, values=values, lacks=lambda point: int(say(point, "attacks") is None))
    )


def levers(point: SweepPoint, response: str) -> Floats | None:
    """Ten attacks; helicopters avert 4, audits 3, both 5; helicopters cost 8, audits 9."""
    text = " ".join(point.sets)
    on = ("helicopters" in text) + 2 * ("special_security_audit" in text)
    value = {"attacks": (10.0, 6.0, 7.0, 5.0)[on], "lever_cost": (0.0, 8e6, 9e6, 17e6)[on]}.get(response, 0.0)
    return np.full(4, value) + (np.arange(4.0) if response == "attacks" else 0.0)


def test_policies_are_options_and_levers_instruments(tmp_path: Path) -> None:
    reader = reader_of(tmp_path, LEVERS, levers)
    of = options_of_sweep(reader, Basis(effect="attacks"))
    assert of.names[0] == "baseline" and of.current == 0 and of.draws == 1
    assert sorted(of.expected_effect) == [0.0, 0.0, 3.0, 4.0, 5.0]
    # what all replications share is no noise of what is averted
    assert of.effect_noise is not None and not of.effect_noise.any()
    found = instruments_of(reader, of)
    assert found is not None and dict(found.averted) == {0: 0.0, 1: 4.0, 2: 3.0, 3: 5.0}
    curve = curve_of(found)
    assert [(step.ratio, step.averted, step.shared) for step in curve.steps] == [(2e6, 4.0, 3.0), (3e6, 3.0, 2.0)]
    assert curve.together == 5.0 and curve.alone == 7.0
    assert [step.half_width for step in curve.steps] == [0.0, 0.0]  # paired: every replication averts as much
    heading, rows = combinations_of(found, 2)
    assert len(heading) == 2 and set(rows) == {
        ("off", "off"),
        ("in_force", "off"),
        ("off", "in_force"),
        ("in_force",) * 2,
    }


def test_a_sweep_over_other_levers_of_the_same_name_is_refused(tmp_path: Path) -> None:
    reader = reader_of(tmp_path, LEVERS, levers)
    found = instruments_of(reader, options_of_sweep(reader, Basis(effect="attacks")))
    assert found is not None and curve_of(found, found).steps == curve_of(found).steps
    other = replace(found, averted={**found.averted, 1: 4.5})
    with pytest.raises(UserError, match=r"averts 4 by itself in one sweep and 4\.5 in the other"):
        curve_of(found, other)


def test_orders_that_were_simulated_tell_overlap_where_not_every_subset_was(tmp_path: Path) -> None:
    reader = reader_of(tmp_path, LEVERS, levers)
    found = instruments_of(reader, options_of_sweep(reader, Basis(effect="attacks")))
    assert found is not None
    three = replace(found, names=("a", "b", "c"), factors=("a", "b", "c"), averted={
        0: 0.0, 1: 4.0, 2: 3.0, 3: 5.0, 6: 4.0, 7: 6.0})  # fmt: skip
    shared = overlap_of(three)
    # orders a b c, b a c and b c a: a adds 4, 2, 2; b adds 1, 3, 3; c adds 1, 1, 1
    assert shared is not None and shared.orders == 3 and shared.contributions == pytest.approx([8 / 3, 7 / 3, 1.0])
    assert overlap_of(replace(three, averted={0: 0.0, 1: 4.0, 2: 3.0})) is None


def test_missing_points_and_other_words_are_refused(tmp_path: Path) -> None:
    def one_is_missing(point: SweepPoint, response: str) -> Floats | None:
        return None if point.number == 1 else np.zeros(4)

    with pytest.raises(UserError, match="1 of 5 points of this sweep have no result, and a missing point is no zero"):
        options_of_sweep(reader_of(tmp_path, LEVERS, one_is_missing))
    reader = reader_of(tmp_path, LEVERS, levers)
    with pytest.raises(UserError, match="no effect 'atacks'"):
        options_of_sweep(reader, Basis(effect="atacks"))
    with pytest.raises(UserError, match="no cost 'everything'"):
        options_of_sweep(reader, Basis(cost="everything"))


def test_payers_and_years_of_a_policy_follow_from_its_plan(tmp_path: Path) -> None:
    """Parties add up to society, society to the cents of the plan; equal years are worth the mean discount factor."""
    study = sweeps.study_of(sweeps.written(tmp_path, LEVERS))
    preparer, point = Preparer(study), study.points[len(study.points.policies) - 1]
    built = preparer.prepared(point).built
    plan, years = built.plan, sum(built.period_days) / 365.25
    cents = int(plan.spent.sum()) + int(plan.force_cost.sum()) + int(plan.lever_cost.sum())
    whole = security_cost(preparer, point, Basis())
    assert whole == pytest.approx(cents / 100.0 / years, rel=1e-12)
    by_party = {party: security_cost(preparer, point, Basis(perspective=party)) for party in PARTIES}
    assert (
        sum(by_party.values()) == pytest.approx(whole, rel=1e-12) and sum(each > 0.0 for each in by_party.values()) > 1
    )
    later = security_cost(preparer, point, Basis(discount_costs=0.05))
    factors = discount_factors(np.array(built.period_days), 0.05)
    assert factors.min() * whole < later < factors.max() * whole
    assert later == pytest.approx(factors.mean() * whole, rel=0.02)  # all but the levers are nearly even over the years


def test_a_sweep_has_perspectives_and_discounting_of_what_it_keeps(tmp_path: Path) -> None:
    reader = reader_of(tmp_path, LEVERS, levers)
    plain, host = (options_of_sweep(reader, Basis(perspective=party)) for party in ("society", "host_state"))
    assert host.expected_cost[0] > 0.0 and host.names == plain.names
    assert host.cost_noise is not None and not host.cost_noise.any()
    with pytest.raises(UserError, match="neither by payer nor by year; allowed: --cost security with a perspective"):
        options_of_sweep(reader, Basis(cost="total", discount_costs=0.05))
    with pytest.raises(UserError, match="a sweep does not keep deaths by year, so that they cannot be discounted"):
        options_of_sweep(reader, Basis(effect="deaths", discount_effects=0.015))
    data = SimpleNamespace(
        incidents=np.array([[[2, 1], [4, 0]], [[0, 0], [1, 1]]]),
        about={"period_days": [365.25, 365.25], "antithetic": False},
    )
    found = discounted_incidents(cast(Any, SimpleNamespace(data=lambda _: data)), reader.study.points[0], 0.5)
    assert found == pytest.approx([(3 * 1.5**-0.5 + 4 * 1.5**-1.5) / 2.0, (2 * 1.5**-1.5) / 2.0])


def worlds(point: SweepPoint, response: str) -> Floats | None:
    """The first policy averts its state's place in expectation, with the spread of draws around it, and costs 1 m."""
    state, draw = divmod(point.state, 4)
    on = point.policy == 0
    averted = state + (draw - 1.5)
    value = {"attacks": 10.0 - (averted if on else 0.0), "security_spending": 1e6 * on}.get(response, 0.0)
    return np.full(4, value)


def test_states_of_the_world_are_draws_with_parameters_and_nested(tmp_path: Path) -> None:
    """Averted 0, 1 or 2 in expectation at a value of 1 m and a cost of 1 m: knowing the factor is worth 1/3 m."""
    reader = reader_of(tmp_path, WORLDS, worlds)
    of = options_of_sweep(reader, Basis(effect="attacks"))
    assert of.draws == 12 and of.keys == ("follow-ons",)
    assert of.parameters[:, 0].tolist() == [0.0] * 4 + [0.1] * 4 + [0.2] * 4
    (found,) = nested_of_sweep(reader, of, [1e6])
    assert found.inner == (4, 2, 1) and found.worth[0] == pytest.approx(1e6 / 3)
    assert found.worth[2] > found.worth[1] >= found.worth[0]
    assert instruments_of(reader, of) is None
    assert nested_of_sweep(reader_of(tmp_path, LEVERS, levers), of, [1.0]) == ()


def test_each_parameter_that_a_sweep_draws_has_a_value_of_information(tmp_path: Path) -> None:
    """What one drawn key averts is its deviation z from the mean, free of cost: knowing it is worth E[max(z, 0)]."""
    lines = WORLDS.replace("base: bare", "base: base").replace("draws: 4", "draws: 40").splitlines(keepends=True)
    study_text = "".join(line for line in lines if "follow-ons" not in line)
    study = sweeps.study_of(sweeps.written(tmp_path, study_text))
    preparer, key = Preparer(study), "world.preparation.mean"
    points = [study.points[number] for number in (0, 40 + 39)]  # policies and draws that differ
    truth = [preparer.prepared(point).values for point in points]
    drawn = preparer.drawn(points[:1], study.points.draws)[key]
    z = (drawn - drawn.mean()) / drawn.std()

    def say(point: SweepPoint, response: str) -> Floats | None:
        averted = z[point.state] if point.policy == 0 else 0.0
        return np.full(4, 10.0 - averted if response == "attacks" else 0.0)

    reader = reader_of(tmp_path, study_text, say)
    of = with_drawn_parameters(reader, options_of_sweep(reader, Basis(effect="attacks")))
    assert set(of.keys) >= set(truth[0]) and of.parameters.shape == (40, len(of.keys))
    for row, values in zip((0, 39), truth, strict=True):  # what the points were simulated with, to the last bit
        said = dict(zip(of.keys, of.parameters[row].tolist(), strict=True))
        assert {each: said[each] for each in values} == dict(values)
    other = next(each for each in of.keys if each.startswith("world.threat."))
    known, idle = partial_of(of, [1.0], [key, other])
    assert known.name == key and known.worth[0] == pytest.approx(np.maximum(z, 0.0).mean(), rel=0.02)
    assert known.told_apart(0) and idle.worth[0] < 0.6 * known.worth[0]  # the control says nothing of what is averted
