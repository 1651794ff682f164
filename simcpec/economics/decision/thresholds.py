"""What a policy must achieve to be worth its cost, before any benefit is monetised."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from simcpec.economics.appraisal import tail
from simcpec.model.world import Floats

CONFIDENCES = (0.1, 0.5, 0.9)


def gordon_loeb_line(loss: float) -> float:
    """Return the most that is worth spending against one risk: expected loss / e.

    loss : expected loss without the spending, USD a year, >= 0.
    Holds for a risk-neutral owner of one asset, one kind of breach, and breach probabilities that fall log-convexly
    with spending, as in the two classes of the source; for others spending up to the whole loss may be worth it.
    Costs that fall on others are not in it.  Source: Gordon and Loeb (2002); Baryshnikov (2012) for log-convexity.
    """
    if not loss >= 0.0:
        raise ValueError(f"loss {loss}; allowed: >= 0")
    return loss / math.e


def critical_reduction(cost: float, loss: float) -> float | None:
    """Return the share of a yearly loss that a policy must avert to be worth its cost: cost / loss.

    cost : USD a year, >= 0.      loss : USD a year without the policy, >= 0.
    None where the loss is smaller than the cost, so that no reduction suffices.  Source: Mueller and Stewart (2011).
    """
    if not (cost >= 0.0 and loss >= 0.0):
        raise ValueError(f"cost {cost}, loss {loss}; allowed: >= 0")
    if cost == 0.0:
        return 0.0
    return cost / loss if cost <= loss else None


def break_even_rates(
    cost: float,
    *,
    loss: npt.ArrayLike,
    reduction: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    confidences: tuple[float, ...] = CONFIDENCES,
) -> tuple[float, ...]:
    """Return the attacks a year above which a policy is worth its cost with each confidence.

    cost : USD a year, >= 0.      loss : (D,) USD of one successful attack, by draw, > 0.
    reduction : (D,) share of otherwise successful attacks that the policy averts, by draw, in [0, 1].
    confidences : in (0, 1).      Returns attempts a year; inf where a larger share of the draws averts nothing.
    Raises ValueError outside these ranges.  Source: Stewart and Mueller (2013).
    """
    losses, shares = np.asarray(loss, np.float64), np.asarray(reduction, np.float64)
    if not (
        cost >= 0.0 and losses.shape == shares.shape and (losses > 0.0).all() and ((shares >= 0) & (shares <= 1)).all()
    ):
        raise ValueError("cost must be >= 0, losses above 0, reductions from 0 to 1, one of each for every draw")
    averted = losses * shares
    rates: Floats = np.divide(cost, averted, out=np.full_like(averted, np.inf), where=averted > 0.0)
    if cost == 0.0:
        rates = np.zeros_like(averted)
    finite = np.where(np.isfinite(rates), rates, np.finfo(np.float64).max)
    found = (tail(finite, level=level, weights=weights).var for level in confidences)
    return tuple(float("inf") if rate == np.finfo(np.float64).max else rate for rate in found)
