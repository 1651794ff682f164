"""Levers that leave the world and the money as they were, found by building both without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simcpec.errors import ScenarioError
from simcpec.model.plan import Plan
from simcpec.scenario.building.context import BuildContext
from simcpec.scenario.building.forces import effective_guards, force_costs, seen_guards
from simcpec.scenario.building.levers.active_levers import CAPACITY, REFRESH, YEARLY, ActiveLever
from simcpec.scenario.building.levers.lever_targets import FORCED
from simcpec.scenario.building.money import plan_of
from simcpec.scenario.building.scenario_reader import at

MONEY = ("total", "given", "spent", "units", "other_given", "other_spent")  # parts of units show in what is spent
CENT = 1  # amounts are floored: the smallest change of what is exact may take one away


def refuse_without_effect(context: BuildContext, plan: Plan, idle: Sequence[ActiveLever]) -> None:
    """Raise `ScenarioError` for the levers that change nothing at the amounts that are written.

    idle : levers whose moves changed no array of the world; what they do to forces and money is judged here.
    """
    faults = []
    for one in idle:
        if not _acts_elsewhere(context, plan, one):
            what = ", ".join(dict.fromkeys(move.handle.says for move in one.moves))
            problem = f"is {one.name}, which changes nothing at these amounts: it moves {what}"
            allowed = "enabled: false, or amounts that change something"
            faults.append(context.reader.fault(at(one.entry).lever, problem, allowed=allowed))
    if faults:
        raise ScenarioError(faults)


def _acts_elsewhere(context: BuildContext, plan: Plan, one: ActiveLever) -> bool:
    """Whether a lever grants units, refreshes procedures, or changes forces or money."""
    wanted = [move for move in one.moves if not move.idle]
    if any(move.whole for move in wanted if move.of.startswith(CAPACITY)):
        return True
    if context.policy.sop.mode != "off" and any(move.of == REFRESH for move in wanted):
        return True
    others = tuple(other for other in context.instruments if other is not one)
    without = replace(context, instruments=others)
    if any(move.of in FORCED for move in wanted) and _guards(context) != _guards(without):
        return True
    if any(move.of in FORCED for move in wanted) and _differ(force_costs(context), force_costs(without)):
        return True
    if not any(move.of in YEARLY for move in wanted):
        return False
    other = plan_of(without)
    return any(_differ(getattr(plan, name), getattr(other, name)) for name in MONEY)


def _guards(context: BuildContext) -> list[list[list[float]]]:
    """What forces do and what is seen of them, on every date at which something changes."""
    ticks = [int(tick) for tick in context.epochs.starts]
    return [[list(map(float, of(context, tick))) for of in (effective_guards, seen_guards)] for tick in ticks]


def _differ(cents: Any, others: Any) -> bool:
    """Whether two tables of cents differ by more than what flooring explains; one without rows is all zeros."""
    one, two = np.asarray(cents), np.asarray(others)
    return bool((np.abs(one - two if one.size and two.size else one if one.size else two) > CENT).any())
