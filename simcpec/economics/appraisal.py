"""Appraising a policy: how many attacks it has to prevent, how much protection pays, and the tail of a loss.

Formulas of amounts, nothing random.  `break_even` after Mueller and Stewart (2011), `best_investment` after Gordon and
Loeb (2002), tails after Acerbi and Tasche (2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simcpec.numerics.special_functions import exp, log

CLASSES = ("first", "second", "exponential")


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """What a policy must achieve to be worth its cost; inf where nothing suffices.

    attempts : a year, otherwise successful, at which cost = harm prevented.      prevented : of them, by the policy.
    """

    attempts: float
    prevented: float


def break_even(*, cost: float, loss: float, reduction: float) -> BreakEven:
    """Attacks a year at which a policy breaks even: cost / (loss x reduction).

    cost : USD a year, >= 0.      loss : USD of one successful attack, > 0.
    reduction : share of otherwise successful attacks that the policy prevents, in [0, 1].
    Raises ValueError outside these ranges.
    """
    if not (cost >= 0.0 and loss > 0.0 and 0.0 <= reduction <= 1.0):
        raise ValueError(f"cost {cost}, loss {loss}, reduction {reduction}; allowed: >= 0, above 0, from 0 to 1")
    if cost == 0.0:
        return BreakEven(attempts=0.0, prevented=0.0)
    attempts = cost / (loss * reduction) if reduction > 0.0 else float("inf")
    return BreakEven(attempts=attempts, prevented=cost / loss)


def break_even_loss(*, cost: float, attempts: float, reduction: float) -> float:
    """Loss per successful attack, USD, at which a policy breaks even; inf where it prevents nothing.

    attempts : otherwise successful ones a year, >= 0; cost and reduction as in `break_even`.
    """
    prevented = attempts * reduction
    if cost == 0.0:
        return 0.0
    return cost / prevented if prevented > 0.0 else float("inf")


# ------------------------------------------------------------------------------------------------ Gordon and Loeb


def breach_share(kind: str, investment: float, *, vulnerability: float, gain: float, shape: float = 1.0) -> float:
    """Probability that an attack succeeds after an investment z >= 0, with v without any.

        first        v / (gain z + 1) ** shape
        second       v ** (gain z + 1)
        exponential  v exp(-gain z)

    kind : of `CLASSES`.      vulnerability : v in (0, 1].      gain : per USD, > 0.      shape : > 0, of the first.
    """
    _check(kind, vulnerability, gain, shape)
    if kind == "first":
        return vulnerability * exp(-shape * log(gain * investment + 1.0))
    if kind == "second":
        return exp((gain * investment + 1.0) * log(vulnerability))
    return vulnerability * exp(-gain * investment)


def best_investment(kind: str, *, loss: float, vulnerability: float, gain: float, shape: float = 1.0) -> float:
    """The investment z >= 0, USD, that minimises loss x breach_share(z) + z; arguments as in `breach_share`.

    loss : USD lost by a breach times the probability of an attack, >= 0.  Never more than loss x vulnerability / e.
    """
    _check(kind, vulnerability, gain, shape)
    slope = loss * gain
    if kind == "first":
        best = exp(log(vulnerability * shape * slope) / (shape + 1.0)) - 1.0 if slope > 0.0 else 0.0
    elif kind == "second":
        decay = -log(vulnerability)
        best = log(slope * decay) / decay - 1.0 if slope * decay > 0.0 else 0.0
    else:
        best = log(vulnerability * slope) if slope > 0.0 else 0.0
    return max(0.0, best) / gain


def _check(kind: str, vulnerability: float, gain: float, shape: float) -> None:
    if kind not in CLASSES:
        raise ValueError(f"class is {kind!r}; allowed: {', '.join(CLASSES)}")
    if not (0.0 < vulnerability <= 1.0 and gain > 0.0 and shape > 0.0):
        raise ValueError(f"vulnerability {vulnerability}, gain {gain}, shape {shape}; allowed: (0, 1] and above 0")


# ------------------------------------------------------------------------------------------------ tails


@dataclass(frozen=True, kw_only=True)
class Tail:
    """Value at risk, the smallest loss not exceeded with probability `level`, and the mean of the worst rest."""

    level: float
    var: float
    tvar: float


def tail(losses: npt.ArrayLike, *, level: float, weights: npt.ArrayLike | None = None) -> Tail:
    """Value at risk and tail value at risk of equally likely losses, or of losses with these weights.

    The mean is that of the worst 1 - level of the probability exactly: where the value at risk has an atom (a count of
    deaths has), only the part of it that lies beyond `level` belongs to the tail (Acerbi and Tasche 2002).

    losses : (N,), N >= 1.      weights : (N,) >= 0, adding up to 1; None is 1 / N each.      level : in [0, 1).
    Raises ValueError outside these ranges.
    """
    x = np.asarray(losses, np.float64).ravel()
    w = np.full(x.size, 1.0 / max(1, x.size)) if weights is None else np.asarray(weights, np.float64).ravel()
    if not x.size or x.shape != w.shape or (w < 0.0).any() or not 0.0 <= level < 1.0:
        raise ValueError(f"{x.size} losses, {w.size} weights, level {level}; allowed: as many, and from 0 to below 1")
    order = np.argsort(x, kind="stable")
    x, gone = x[order], np.cumsum(w[order])
    # a cumulative sum that should be `level` may lie an ulp below it: it counts as reached
    at = min(int(np.searchsorted(gone, level * (1.0 - 1e-12))), x.size - 1)
    var = float(x[at])
    excess = float((np.maximum(x - var, 0.0) * w[order]).sum())
    return Tail(level=level, var=var, tvar=var + excess / (1.0 - level))
