"""The marginal cost curve of instruments: each as wide as what it averts and as high as a unit of it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.economics.decision.incremental import Trade, trade_of
from simcpec.economics.instruments.shapley import Shapley
from simcpec.model.world import Floats


@dataclass(frozen=True, kw_only=True)
class Step:
    """One instrument by itself, against none of them.

    cost : USD a year.      averted : units a year.
    half_width : of the 95 % Monte Carlo interval of the averted units; None where it is not known.
    trade : what it does; only what averts more has a place on the curve.
    ratio : USD a unit, above 0, of what averts more and costs more; None for what averts and saves, which comes first,
        and for what averts nothing.
    left, right : ends on the axis of averted units; None off the curve.
    shared : units a year by the Shapley average; None where combinations were not simulated.
    overlap : averted - shared: what others would avert too (below 0: it helps them).
    """

    name: str
    cost: float
    averted: float
    half_width: float | None
    trade: Trade
    ratio: float | None
    left: float | None
    right: float | None
    shared: float | None
    overlap: float | None


@dataclass(frozen=True, kw_only=True)
class CostCurve:
    """Instruments in the order of the curve, those off it at the end.

    alone : what all on the curve avert each by itself, added up.      together : what all instruments avert in force
    together; None where that was not simulated.
    """

    steps: tuple[Step, ...]
    alone: float
    together: float | None
    shapley: Shapley | None


def cost_curve(
    names: Sequence[str],
    cost: Floats,
    averted: Floats,
    shared: Shapley | None = None,
    sharing: Sequence[str] | None = None,
    half_widths: Floats | None = None,
) -> CostCurve:
    """Return the curve: what averts and saves first, the largest first; then by cost of a unit; ties by name.

    cost, averted : (I,) USD and units a year, each instrument by itself against none.
    half_widths : (I,) of the averted units.
    shared : Shapley contributions to the averted units.      sharing : of which instruments; None: of `names`.
    """
    parts = {} if shared is None else dict(zip(sharing or names, shared.contributions.tolist(), strict=True))
    trades = [trade_of(float(c), float(a)) for c, a in zip(cost, averted, strict=True)]
    on = [i for i, trade in enumerate(trades) if averted[i] > 0.0 and trade in (Trade.BUYS, Trade.DOMINATES)]
    order = sorted(on, key=lambda i: (_height(trades[i], float(cost[i]), float(averted[i])), names[i]))
    ends = np.concatenate([[0.0], np.cumsum([averted[i] for i in order])])
    places = {i: (float(ends[k]), float(ends[k + 1])) for k, i in enumerate(order)}
    steps = []
    for i in [*order, *(i for i in range(len(names)) if i not in places)]:
        part = parts.get(names[i])
        ratio = float(cost[i] / averted[i]) if trades[i] == Trade.BUYS and i in places else None
        left, right = places.get(i, (None, None))
        steps.append(
            Step(
                name=names[i], cost=float(cost[i]), averted=float(averted[i]),
                half_width=None if half_widths is None else float(half_widths[i]), trade=trades[i], ratio=ratio,
                left=left, right=right, shared=part, overlap=None if part is None else float(averted[i]) - part,
            )
        )  # fmt: skip
    return CostCurve(
        steps=tuple(steps), alone=float(ends[-1]), together=None if shared is None else shared.whole, shapley=shared
    )


def _height(trade: Trade, cost: float, averted: float) -> tuple[int, float]:
    """Where a step stands: what saves by how much it averts, the others by what a unit costs."""
    return (0, -averted) if trade == Trade.DOMINATES else (1, cost / averted)
