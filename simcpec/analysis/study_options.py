"""The options of a decision from a study: each scenario a policy, each parameter draw a state of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcpec.analysis.responses import EXPECTED, Response, response
from simcpec.economics.decision.options import Options, options
from simcpec.economics.decision.thresholds import break_even_rates, critical_reduction
from simcpec.errors import UserError, no_such
from simcpec.model.world import Floats
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import told_apart

#: what may be averted, and what is counted for it: the conditional mean where there is one
EFFECTS = {"incidents": "incidents", "attacks": "attacks", **EXPECTED}
#: what may count as cost, in USD a year, and the responses that add up to it
COSTS = {
    "security": ("security_spending", "force_cost", "lever_cost"),
    "total": ("total_cost",),
}


def options_of(study: Study, *, effect: str = "incidents", cost: str = "security") -> Options:
    """Return the scenarios of a study as options; the baseline is current practice, or else the first scenario.

    effect : of `EFFECTS`; what is averted a year against current practice in the same state of the world.
    cost : of `COSTS`; USD a year, undiscounted.
    Raises UserError for other words, and where not every replication is kept one by one.
    """
    if effect not in EFFECTS:
        raise no_such(f"no effect {effect!r}", effect, EFFECTS)
    if cost not in COSTS:
        raise no_such(f"no cost {cost!r}", cost, COSTS)
    results, current = study.scenarios, study.baseline or 0
    if len({result.draw_numbers for result in results}) > 1:
        raise UserError("the scenarios of this study have different parameter draws: their costs cannot be compared")
    harm = _values(results, [response(EFFECTS[effect])])
    spent = _values(results, [response(name) for name in COSTS[cost]])
    averted = harm[..., current : current + 1] - harm
    names = told_apart([result.name for result in results], [result.slug for result in results])
    found = options(names, spent.mean(axis=1), averted.mean(axis=1), current=names[current])
    return replace(
        found,
        cost_noise=_noise(spent, spent),
        effect_noise=_noise(averted, averted),
        cross_noise=_noise(spent, averted),
    )


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What a scenario must avert to be worth what it costs more than current practice.

    cost : USD a year more.      loss : USD a year under current practice, the mean over draws.
    averted : share of the attacks of current practice that the scenario averts, the mean over draws.
    critical : share of the loss that must be averted, or None where even all of it would not do.
    rates : attacks a year of current practice above which it is worth its cost, at `thresholds.CONFIDENCES` over draws.
    """

    name: str
    cost: float
    loss: float
    averted: float
    critical: float | None
    rates: tuple[float, ...]


def thresholds_of(study: Study, *, cost: str = "security") -> tuple[Threshold, ...]:
    """Return the thresholds of every scenario that costs more than current practice, in the order of the study.

    The loss is the cost of harm (damage, stoppage, outlays lost); deaths and injuries are not priced in it.  Draws
    without an attack, or without a loss, say nothing on a rate and are left out of `rates`.
    Raises UserError as `options_of`.
    """
    found = options_of(study, effect="attacks", cost=cost)
    now = found.current or 0
    base = study.scenarios[now]
    harm, attacks = (response(name).of(base).mean(axis=1) for name in ("harm_cost", "attacks"))
    known = (harm > 0.0) & (attacks > 0.0)
    rows = []
    for s, name in enumerate(found.names):
        more = float(found.expected_cost[s] - found.expected_cost[now])
        if s == now or more <= 0.0:
            continue
        share = np.divide(found.effect[:, s], attacks, out=np.zeros_like(attacks), where=attacks > 0.0)
        loss = np.divide(harm, attacks, out=np.ones_like(harm), where=known)
        reduction = np.clip(share, 0.0, 1.0)
        rows.append(
            Threshold(
                name=name,
                cost=more,
                loss=float(harm.mean()),
                averted=float(found.effect[:, s].mean() / attacks.mean()) if attacks.mean() > 0.0 else 0.0,
                critical=critical_reduction(more, float(harm.mean())),
                rates=break_even_rates(more, loss=loss[known], reduction=reduction[known]) if known.any() else (),
            )
        )
    return tuple(rows)


def _values(results: Sequence[ScenarioResult], of: Sequence[Response]) -> Floats:
    """(D, R, S) sums of responses of every replication, or of every pair of antithetic twins."""
    columns = [sum((each.of(result) for each in of), np.zeros(())) for result in results]
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=-1)


def _noise(a: Floats, b: Floats) -> Floats:
    """(S, S) Monte Carlo covariance of the means over replications, the mean over draws; 0 for one replication each.

    a, b : (D, R, S) paired values.
    """
    draws, count, _ = a.shape
    if count < 2:
        return np.zeros((a.shape[2], b.shape[2]))
    away_a, away_b = (values - values.mean(axis=1, keepdims=True) for values in (a, b))
    products = np.einsum("drs,drt->st", away_a, away_b)
    return np.asarray(products / (draws * (count - 1) * count))
