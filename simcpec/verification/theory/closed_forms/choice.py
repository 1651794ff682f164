"""Known shares of a choice: the logit with an outside option, and the fixed point of a logit that learns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def logit(utility: npt.ArrayLike, outside: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shares of the alternatives and of none of them: exp(u) / (exp(u0) + sum exp(u)) (McFadden 1974).

    utility : (H, ...) of the choosers of H homes; -inf is never chosen.      outside : (H,) -inf: nobody gives up.
    Returns (H, ...) and (H,).
    """
    u, none = np.asarray(utility, float), np.asarray(outside, float)
    weights, odds = np.exp(u), np.exp(none)
    whole = weights.reshape(len(u), -1).sum(axis=1) + odds
    return weights / whole.reshape(-1, *(1,) * (u.ndim - 1)), odds / whole


def learned_transform(weight: float, stop: float, learning: float) -> float:
    """E exp(weight b) of a belief b that every attack moves by `learning` towards 1 (stopped, `stop`) or 0.

    b = learning x sum over k of (1 - learning)^k B_k with independent B_k of mean `stop`: a product of two-point
    transforms (a perpetuity, Vervaat 1979).  learning in (0, 1].
    """
    value, part = 1.0, learning
    while part > 1e-18:
        value *= 1.0 + stop * np.expm1(weight * part)
        part *= 1.0 - learning
    return float(value)


def adaptive(base: npt.ArrayLike, stop: npt.ArrayLike, weight: float, learning: float) -> Floats:
    """Long-run shares of attacks on cells whose believed protection is learned from the attacks on each.

    A logit over base x exp(-weight b) is a race of independent clocks, in whose time each cell's belief changes by its
    own attacks only; cell i is then attacked at rate base_i / E exp(weight b_i), a renewal rate, and shares are
    proportional to it (race of exponentials: Yellott 1977; elementary renewal theorem: Feller 1971, XI).
    """
    rates = [
        weight_of / learned_transform(weight, p, learning)
        for weight_of, p in zip(np.asarray(base, float), np.asarray(stop, float), strict=True)
    ]
    return np.asarray(np.array(rates) / np.sum(rates))
