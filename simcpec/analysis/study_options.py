"""The options of a decision from a study: each scenario a policy, each parameter draw a state of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simcpec.analysis.responses import EXPECTED, Response, response
from simcpec.economics.decision.options import Options, options
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
