"""The cost-effectiveness plane: cost and effect of every option against current practice, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcpec.economics.decision.net_benefit import without_noise_of_units
from simcpec.economics.decision.options import Options
from simcpec.model.world import Floats

#: quadrants in the order of `Cloud.shares`, by the signs of (effect, cost)
QUADRANTS = (
    "averts more, costs more", "averts more, costs less", "averts less, costs less", "averts less, costs more"
)  # fmt: skip
CHI_SQUARE_95 = 5.991464547107979  # 95 % quantile with two degrees of freedom


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """One option against current practice.

    points : (D, 2) difference of effect and of cost (USD a year) of each draw, without Monte Carlo noise where it is
        known.      mean : (2,).      ellipse : (2, 2) such that mean + ellipse @ (cos t, sin t) is the ellipse that
        holds 95 % of a normal law of the same covariance; zeros for one draw.
    shares : (4,) share of the draws in each of `QUADRANTS`; a draw on an axis is split among the quadrants it touches.
    """

    option: int
    points: Floats
    mean: Floats
    ellipse: Floats
    shares: Floats


def plane(of: Options) -> tuple[Cloud, ...]:
    """Return every other option against current practice; () without current practice."""
    if of.current is None:
        return ()
    return tuple(_cloud(of, s, of.current) for s in range(len(of.names)) if s != of.current)


def _cloud(of: Options, s: int, now: int) -> Cloud:
    raw = np.stack([of.effect[:, s] - of.effect[:, now], of.cost[:, s] - of.cost[:, now]], axis=1)
    noise = difference_noise(of, s, now)
    points = raw if noise is None else without_noise_of_units(raw, of.weights, noise)
    points = np.where(raw.any(axis=0), points, 0.0)  # what never differs lies on its axis, not beside it by rounding
    mean = of.weights @ points
    away = points - mean
    spread = (away * of.weights[:, None]).T @ away / max(1.0 - float((of.weights**2).sum()), 1e-300)
    values, vectors = np.linalg.eigh(spread if of.draws > 1 else np.zeros((2, 2)))
    ellipse = vectors * np.sqrt(CHI_SQUARE_95 * np.maximum(values, 0.0))
    return Cloud(option=s, points=points, mean=mean, ellipse=ellipse, shares=of.weights @ _quadrants(points))


def _quadrants(points: Floats) -> Floats:
    """(D, 4) how much of each draw lies in each quadrant; rows add up to 1."""
    right, up = (0.5 + 0.5 * np.sign(points[:, k]) for k in range(2))
    return np.stack([right * up, right * (1 - up), (1 - right) * (1 - up), (1 - right) * up], axis=1)


def difference_noise(of: Options, s: int, now: int) -> Floats | None:
    """(2, 2) Monte Carlo covariance of the differences of effect and of cost of one draw; None where means are exact.

    The mean over draws, as all noise of options.
    """
    if of.cost_noise is None or of.effect_noise is None or of.cross_noise is None:
        return None

    def apart(noise: Floats) -> float:
        return float(noise[s, s] + noise[now, now] - noise[s, now] - noise[now, s])

    crossed = apart(of.cross_noise)
    return np.array([[max(apart(of.effect_noise), 0.0), crossed], [crossed, max(apart(of.cost_noise), 0.0)]])
