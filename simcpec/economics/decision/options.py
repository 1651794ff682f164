"""The options of a decision: cost and effect of each policy in each state of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simcpec.model.world import Floats

#: relative difference below which two costs or effects count as equal: far above rounding, far below any meaning
SAME = 1e-12


@dataclass(frozen=True, kw_only=True)
class Options:
    """S policies in D states of the world, on conditional means: never on single replications.

    names : (S,).      cost : (D, S), of any sign.      effect : (D, S), more is better (attacks or deaths averted).
    weights : (D,) >= 0, adding up to 1.      current : index of current practice, or None.
    cost_noise, effect_noise, cross_noise : (S, S) Monte Carlo covariance of the conditional means of costs, of effects,
        and of costs (row) with effects (column), the mean over states of the world; None where means are exact.
    keys, parameters : names (K,) and values (D, K) of what differs between the states of the world; K may be 0.
    """

    names: tuple[str, ...]
    cost: Floats
    effect: Floats
    weights: Floats
    current: int | None = None
    cost_noise: Floats | None = None
    effect_noise: Floats | None = None
    cross_noise: Floats | None = None
    keys: tuple[str, ...] = ()
    parameters: Floats = field(default_factory=lambda: np.zeros((1, 0)))

    @property
    def draws(self) -> int:
        """Number of states of the world."""
        return len(self.cost)

    @property
    def expected_cost(self) -> Floats:
        """(S,) mean over states of the world."""
        return np.asarray(self.weights @ self.cost)

    @property
    def expected_effect(self) -> Floats:
        """(S,) mean over states of the world."""
        return np.asarray(self.weights @ self.effect)

    def net_benefit_noise(self, value: float) -> Floats | None:
        """(S, S) Monte Carlo covariance of net benefits at one value; None where means are exact."""
        if self.cost_noise is None or self.effect_noise is None or self.cross_noise is None:
            return None
        crossed = self.cross_noise + self.cross_noise.T
        return np.asarray(value**2 * self.effect_noise - value * crossed + self.cost_noise)


def options(
    names: Sequence[str],
    cost: Floats,
    effect: Floats,
    *,
    weights: Floats | None = None,
    current: str | None = None,
) -> Options:
    """Return the options of a decision; equal weights where none are given.

    cost, effect : (D, S), or (S,) for one state of the world.
    Raises ValueError for shapes that do not match, names that stand twice, values that are not finite, weights that
    are negative or add up to nothing, and a `current` that is no name.
    """
    costs, effects = (np.atleast_2d(np.asarray(part, dtype=np.float64)) for part in (cost, effect))
    count = len(names)
    if costs.shape != effects.shape or costs.shape[1] != count or not count or not len(costs):
        raise ValueError(
            f"costs {costs.shape} and effects {effects.shape} of {count} options; allowed: (draws, options)"
        )
    if len(set(names)) != count:
        raise ValueError(f"an option stands twice among {', '.join(names)}")
    if not (np.isfinite(costs).all() and np.isfinite(effects).all()):
        raise ValueError("a cost or an effect is no finite number")
    shares = np.full(len(costs), 1.0) if weights is None else np.asarray(weights, dtype=np.float64)
    if shares.shape != (len(costs),) or not np.isfinite(shares).all() or (shares < 0.0).any() or not shares.sum() > 0.0:
        raise ValueError(f"weights {shares.shape} of {len(costs)} draws; allowed: one each, none negative, not all 0")
    if current is not None and current not in names:
        raise ValueError(f"current practice {current!r} is no option; allowed: {', '.join(names)}")
    return Options(
        names=tuple(names),
        cost=costs,
        effect=effects,
        weights=shares / shares.sum(),
        current=None if current is None else list(names).index(current),
    )
