"""Who pays and who gains: every line of cost by the party that bears it.

| line | borne by |
|---|---|
| security_spending, host_forces, levers | whoever the scenario names as payer |
| escort_delay, slow_down, direct_damage, stoppage | the sponsor, whose works and staff they are |
| compensation | the host state; it goes to the foreign state's citizens, whose cost is that much less |
| outlays_lost | the host state, in which the outlays are not made |

What one party pays to another is no cost of society: costs of the parties add up to those of society.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from simcpec.economics.cost_lines import COST_LINES
from simcpec.model.plan import Plan
from simcpec.model.world import Floats

PARTIES = ("host_state", "sponsor", "foreign_state", "consumers")
SOCIETY = "society"
PERSPECTIVES = (*PARTIES, SOCIETY)
#: which party a payer of a scenario belongs to; bonds are public debt, tariffs are paid by consumers
PARTY_OF: dict[str, str] = {
    "federal": "host_state", "province": "host_state", "bonds": "host_state", "sponsor": "sponsor",
    "contractor": "sponsor", "foreign": "foreign_state", "consumers": "consumers",
}  # fmt: skip
#: lines that no plan pays: what share of each a party bears
BORNE: dict[str, dict[str, float]] = {
    "escort_delay": {"sponsor": 1.0}, "slow_down": {"sponsor": 1.0}, "direct_damage": {"sponsor": 1.0},
    "stoppage": {"sponsor": 1.0}, "compensation": {"host_state": 1.0, "foreign_state": -1.0},
    "outlays_lost": {"host_state": 1.0},
}  # fmt: skip
SECURITY = ("security_spending", "host_forces", "levers")  # lines of the plan


def shares_of_parties(plan: Plan, period_days: Sequence[float]) -> Floats:
    """Return (N, T, P, m) shares of every line that each of `PARTIES` bears, in the order of `COST_LINES`.

    period_days : (T,) lengths of the counted periods, the last of which ends with the run.
    Shares of lines of the plan are those of the point values, by budget year and province; they add up to 1, also where
    nothing is spent.
    """
    provinces = plan.given.shape[1]
    found = np.zeros((len(PARTIES), len(period_days), provinces, len(COST_LINES)))
    for line, shares in BORNE.items():
        for party, share in shares.items():
            found[PARTIES.index(party), ..., COST_LINES.index(line)] = share
    overlap = _overlap(plan, period_days)
    for line, amounts in _paid(plan).items():
        found[..., COST_LINES.index(line)] = _normalised(np.einsum("ty,nyp->ntp", overlap, amounts))
    return found


def weights_of(perspective: str, shares: Floats) -> Floats:
    """Return (T, P, m) weights of the cost lines from one of `PERSPECTIVES`. Raises ValueError for another word."""
    if perspective not in PERSPECTIVES:
        raise ValueError(f"no perspective {perspective!r}; allowed: {', '.join(PERSPECTIVES)}")
    return np.asarray(shares.sum(axis=0) if perspective == SOCIETY else shares[PARTIES.index(perspective)])


def _paid(plan: Plan) -> dict[str, Floats]:
    """(N, Y, P) cents of each line of the plan by party."""
    years, provinces = plan.given.shape[:2]
    found = {line: np.zeros((len(PARTIES), years, provinces)) for line in SECURITY}
    for k, payer in enumerate(plan.payers):
        found["security_spending"][_party(payer)] += plan.spent[..., k]
    for o, payer in enumerate(plan.other_payers):
        taken = plan.other_spent[o]
        found["security_spending"][_party(payer)] += taken.sum(axis=-1)
        for k, own in enumerate(plan.payers):
            found["security_spending"][_party(own)] -= taken[..., k]
    for f, payer in enumerate(plan.force_payers):
        found["host_forces"][_party(payer)] += plan.force_cost[:, f]
    for i, payer in enumerate(plan.lever_payers):
        found["levers"][_party(payer)] += plan.lever_cost[:, i]
    return found


def _party(payer: str) -> int:
    return PARTIES.index(PARTY_OF[payer])


def _normalised(amounts: Floats) -> Floats:
    """Amounts (N, T, P) as shares that add up to 1; where there are none, those of the whole run, or the host's."""
    whole = amounts.sum(axis=(1, 2), keepdims=True)
    fallback = whole / whole.sum() if whole.sum() > 0.0 else np.array([1.0, 0.0, 0.0, 0.0]).reshape(-1, 1, 1)
    sums = amounts.sum(axis=0, keepdims=True)
    return np.asarray(np.where(sums > 0.0, amounts / np.where(sums > 0.0, sums, 1.0), fallback))


def _overlap(plan: Plan, period_days: Sequence[float]) -> Floats:
    """(T, Y) share of each budget year that lies in each period; both end with the run, which a warm-up precedes."""
    years = np.array(
        [_days(label, float(part)) for label, part in zip(plan.year_labels, plan.year_fraction, strict=True)]
    )
    year_ends, ends = np.cumsum(years), np.cumsum(period_days)
    ends = ends + year_ends[-1] - ends[-1]
    starts, year_starts = ends - np.asarray(period_days), year_ends - years
    common = np.minimum(ends[:, None], year_ends) - np.maximum(starts[:, None], year_starts)
    return np.asarray(np.maximum(common, 0.0) / years)


def _days(label: str, fraction: float) -> float:
    """Days of a budget year within the run, from its label: ``2025``, or first and last day."""
    first, _, last = label.partition("/")
    if last:
        return float((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
    return (
        365.25 * fraction if not first.isdigit() else float((date(int(first) + 1, 1, 1) - date(int(first), 1, 1)).days)
    )
