"""A sweep as a decision: policies as options, states of the world as draws, levers as instruments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np

from simcpec.analysis.economics.study_options import EFFECTS, Basis, Sampled
from simcpec.analysis.responses import response
from simcpec.economics.decision.cost_per_averted import NORMAL_95, spread_of_means
from simcpec.economics.decision.options import Options, options
from simcpec.economics.instruments.cost_curve import CostCurve, cost_curve
from simcpec.economics.instruments.shapley import (
    Shapley,
    orders_of,
    orders_within,
    sampled_shapley,
    shapley,
    subsets_of,
)
from simcpec.economics.value_of_information.nested import NestedValue, nested_value
from simcpec.errors import UserError
from simcpec.experiments.sweep.decision.policy_costs import check_basis, discounted_incidents, needs_plan, security_cost
from simcpec.experiments.sweep.prepared import Preparer
from simcpec.experiments.sweep.results import SweepReader
from simcpec.experiments.sweep.studies.factors import IN_FORCE, OFF, number_and_unit
from simcpec.experiments.sweep.studies.points import BASELINE, SweepPoint
from simcpec.model.world import Floats

#: what counts as cost, and the responses that add up to it; a sweep keeps neither single lines nor payers
COSTS = {"security": ("security_spending", "force_cost", "lever_cost"), "total": ("total_cost",)}
FEWEST_ORDERS = 2
ORDERS = 10  # of adding levers, in the design of a sweep over combinations


def options_of_sweep(reader: SweepReader, basis: Basis | None = None) -> Options:
    """Return the policies of a sweep as options in its states of the world; the baseline is current practice.

    Raises UserError for words that are not allowed and what a sweep does not keep, a policy that not every state of the
    world has, and points without a result.
    """
    basis = basis or Basis()
    check_basis(basis)
    points = reader.study.points
    if points.pairs is not None and len(points.pairs) < len(points.policies) * points.worlds:
        raise UserError("not every policy was simulated in every state of the world; allowed: combine: full_factorial")
    policies = (BASELINE, *range(len(points.policies)))
    harm, spent = (_sampled(reader, policies, values) for values in (_harm(reader, basis), _costs(reader, basis)))
    averted = harm.against(0)
    names = _names([points.label(policy) for policy in policies])
    keys, parameters = _state_parameters(reader)
    found = options(names, spent.means, averted.means, current=names[0])
    return replace(
        found, cost_noise=spent.noise(spent), effect_noise=averted.noise(averted), cross_noise=spent.noise(averted),
        keys=keys, parameters=parameters,
    )  # fmt: skip


Values = Callable[[SweepPoint], Floats]  # (R,) of a point


def _harm(reader: SweepReader, basis: Basis) -> Values:
    """What may be averted at a point, a year."""
    if basis.discount_effects == 0.0:
        return lambda point: _values(reader, point, [EFFECTS[basis.effect]])

    def values(point: SweepPoint) -> Floats:
        found = discounted_incidents(reader, point, basis.discount_effects)
        if found is None:
            _missing(reader)
        return found

    return values


def _costs(reader: SweepReader, basis: Basis) -> Values:
    """What a point costs, a year."""
    if not needs_plan(basis):
        return lambda point: _values(reader, point, COSTS[basis.cost])
    preparer = Preparer(reader.study)

    def values(point: SweepPoint) -> Floats:
        kept = _values(reader, point, COSTS[basis.cost])
        return np.full(len(kept), security_cost(preparer, point, basis))

    return values


def _sampled(reader: SweepReader, policies: Sequence[int], values: Values) -> Sampled:
    """One quantity of every policy in every state of the world."""
    points = reader.study.points
    rows = [[values(_point(reader, policy, state)) for policy in policies]
            for state in range(points.worlds)]  # fmt: skip
    table = np.moveaxis(np.array(rows), 1, 2)  # (states, policies, replications) -> (states, replications, policies)
    counts = np.full(len(table), table.shape[1], np.int64)
    return Sampled(means=table.mean(axis=1), rows=table, counts=counts)


def _point(reader: SweepReader, policy: int, state: int) -> SweepPoint:
    points = reader.study.points
    if policy == BASELINE:
        return points[points.rows + state]
    if points.pairs is None:
        return points[policy * points.worlds + state]
    return points[points.pairs.index((policy, state))]


def _values(reader: SweepReader, point: SweepPoint, names: Sequence[str]) -> Floats:
    found = [reader.values(point, response(name)) for name in names]
    if any(each is None for each in found):
        _missing(reader)
    return np.asarray(sum((each for each in found if each is not None), np.zeros(())), dtype=np.float64)


def _missing(reader: SweepReader) -> NoReturn:
    """Raise UserError for points without a result."""
    lacking = sum(reader.lacks(each) > 0 for each in reader.study.points.in_order())
    raise UserError(
        f"{lacking:,} of {len(reader.study.points):,} points of this sweep have no result, and a missing point is "
        "no zero; allowed: a sweep that has all of them (`simcpec sweep run --resume` goes on)"
    )


def _names(labels: Sequence[str]) -> list[str]:
    """Labels, with a number behind those that stand twice."""
    return [
        label if labels.count(label) == 1 else f"{label} ({labels[: at + 1].count(label)})"
        for at, label in enumerate(labels)
    ]


def _state_parameters(reader: SweepReader) -> tuple[tuple[str, ...], Floats]:
    """Keys and values (D, K) of the factors of the states of the world that are numbers."""
    points = reader.study.points
    rows = [points.values(points[points.rows + state]) for state in range(points.worlds)]
    found: dict[str, list[float]] = {}
    for factor in points.state_factors:
        numbers = [number_and_unit(row[factor.name]) for row in rows]
        if all(numbers):
            found[factor.name] = [float(each[0]) for each in numbers if each is not None]
    return tuple(found), np.array(list(found.values())).T.reshape(points.worlds, len(found))


def with_drawn_parameters(reader: SweepReader, of: Options) -> Options:
    """Return options with the parameters that were drawn from the catalogue or an ensemble beside the factors.

    of : as `options_of_sweep` gives them.  What is uncertain is that of every policy in the first row of the factors;
    a key that a factor of the states varies is the factor's.  A sweep without parameter draws is returned as it is.
    """
    points = reader.study.points
    if not any(points.draws):
        return of
    policies = (BASELINE, *range(len(points.policies)))
    first = [_point(reader, policy, 0) for policy in policies]
    varied = {factor.target for factor in points.state_factors}
    drawn = Preparer(reader.study).drawn(first, points.draws)
    found = {key: drawn[key] for key in sorted(drawn) if key not in varied and key not in of.keys}
    columns = [np.tile(values, len(points.states)) for values in found.values()]  # draws move fastest
    return replace(of, keys=(*of.keys, *found), parameters=np.column_stack([of.parameters, *columns]))


def nested_of_sweep(reader: SweepReader, of: Options, values: Sequence[float]) -> tuple[NestedValue, ...]:
    """Return what knowing the factors of the states of the world is worth, by nested Monte Carlo; one a value.

    of : as `options_of_sweep` gives them.  The factors are the outer parameters, the parameter draws the inner ones;
    () where a sweep has not both, or fewer than two inner draws.  The check of a regression, with its bias shown.
    """
    points = reader.study.points
    outer, inner = len(points.states), len(points.draws)
    if outer < 2 or inner < 2 or not points.state_factors:
        return ()
    tables = (value * of.effect - of.cost for value in values)
    return tuple(nested_value(table.reshape(outer, inner, len(of.names))) for table in tables)


# ------------------------------------------------------------------------------------------------ instruments


@dataclass(frozen=True, kw_only=True)
class Instruments:
    """What a sweep over levers says of each and of some together, against the baseline, the mean over states.

    names, factors : (I,) of the levers, as people and as study files call them.
    alone : of each, (n, 2) USD and averted units a year by level, rising in cost.
    half_widths : (I,) of the 95 % Monte Carlo interval of what each averts at its last level; None: not known.
    averted : by subset (one bit a lever) units a year, of those subsets that were simulated; 0 is nothing.
    """

    names: tuple[str, ...]
    factors: tuple[str, ...]
    alone: tuple[Floats, ...]
    half_widths: Floats | None
    averted: Mapping[int, float]


def instruments_of(reader: SweepReader, of: Options) -> Instruments | None:
    """Return what a sweep says of single levers and of their combinations; None where it varies no lever.

    of : as `options_of_sweep` gives them.  A lever at another level than its highest is no part of a combination.
    """
    points = reader.study.points
    levers = [k for k, factor in enumerate(points.policy_factors) if factor.kind == "lever"]
    if not levers or len(levers) < len(points.policy_factors):
        return None
    cost, effect = of.expected_cost - of.expected_cost[0], of.expected_effect
    alone: list[list[tuple[float, float, float]]] = [[] for _ in levers]
    averted = {0: 0.0}
    for policy in range(len(points.policies)):
        texts = points.texts_of(policy)
        if not texts:
            return None
        on = [i for i, k in enumerate(levers) if texts[k] not in (None, OFF)]
        at = policy + 1
        if len(on) == 1:
            spread = spread_of_means(of, at, 0)
            error = 0.0 if spread is None else float(np.sqrt(max(spread[0, 0], 0.0)))
            alone[on[0]].append((float(cost[at]), float(effect[at]), error))
        if all(_is_highest(points.policy_factors[levers[i]].levels, texts[levers[i]]) for i in on):
            averted[sum(1 << i for i in on)] = float(effect[at])
    names = tuple(_lever_name(reader, k) for k in levers)
    rows = tuple(np.array(sorted(each)).reshape(-1, 3) for each in alone)
    half_widths = np.array([NORMAL_95 * each[-1, 2] if len(each) else np.nan for each in rows])
    factors = tuple(points.policy_factors[k].name for k in levers)
    return Instruments(
        names=names, factors=factors, alone=tuple(each[:, :2] for each in rows), averted=averted,
        half_widths=None if of.effect_noise is None else half_widths,
    )  # fmt: skip


def combinations_of(of: Instruments, orders: int = ORDERS) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return heading and rows of a design that tells how levers overlap, of those that avert something by themselves.

    orders : of adding them; every subset on the way is a row of `off` and `in_force`, for `design: file`.
    """
    kept = [i for i, rows in enumerate(of.alone) if len(rows) and rows[-1, 1] > 0.0]
    rows = [
        tuple(IN_FORCE if subset >> k & 1 else OFF for k in range(len(kept)))
        for subset in subsets_of(orders_of(len(kept), orders))
    ]
    return tuple(of.factors[i] for i in kept), rows


def _is_highest(levels: tuple[str, ...] | None, text: str | None) -> bool:
    return levels is not None and text == levels[-1]


def _lever_name(reader: SweepReader, factor: int) -> str:
    """What people call a lever: its label in the catalogue."""
    from simcpec import catalogue

    return catalogue.levers()[reader.study.points.policy_factors[factor].target].label


def curve_of(of: Instruments, combined: Instruments | None = None) -> CostCurve:
    """Return the marginal cost curve of levers at their highest level, with overlap where combinations tell it.

    combined : a sweep over combinations of some of them; None: the same one.
    Raises UserError where a lever averts another amount by itself in the combined sweep: then they are not the same
    levers.
    """
    if combined is not None:
        _check_agreement(of, combined)
    known = [i for i, rows in enumerate(of.alone) if len(rows)]
    last = np.array([of.alone[i][-1] for i in known]).reshape(-1, 2)
    other = of if combined is None else combined
    half = None if of.half_widths is None else of.half_widths[known]
    names = [of.names[i] for i in known]
    return cost_curve(names, last[:, 0], last[:, 1], overlap_of(other), other.names, half_widths=half)


def _check_agreement(of: Instruments, combined: Instruments) -> None:
    for i, name in enumerate(combined.names):
        here, there = _alone(of, name), combined.averted.get(1 << i)
        if here is not None and there is not None and not np.isclose(here, there, rtol=1e-9, atol=1e-12):
            raise UserError(
                f"{name} averts {here:.3g} by itself in one sweep and {there:.3g} in the other; allowed: sweeps with "
                "the same base scenario, settings, entries of levers, seed and replications"
            )


def _alone(of: Instruments, name: str) -> float | None:
    """What a lever averts by itself at its highest level; None where that was not simulated."""
    rows = of.alone[of.names.index(name)] if name in of.names else np.zeros((0, 2))
    return float(rows[-1, 1]) if len(rows) else None


def overlap_of(of: Instruments) -> Shapley | None:
    """Return Shapley contributions: exact where every subset was simulated, else over the orders that were; or None."""
    count = len(of.names)
    if count < 2:
        return None
    if count <= 12 and len(of.averted) == 1 << count:
        return shapley(count, lambda subset: of.averted[subset])
    planned = orders_of(count, ORDERS)
    whole = of.averted.keys() >= set(subsets_of(planned))
    orders = planned if whole else orders_within(count, of.averted.keys())
    return sampled_shapley(orders, lambda subset: of.averted[subset]) if len(orders) >= FEWEST_ORDERS else None
