"""Robustness of policies over states of the world: satisficing, regret, and the choice by minimax regret.

Every number is of the mean of a policy in a state, never of single replications; less is better. Regret is in the unit
of the objective: what a policy has more than the best policy of the same state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.errors import UserError, no_such
from simcpec.model.world import Floats

HIGH = 0.9  # quantile of regret
SAME = 1e-9  # relative difference below which two regrets are one


@dataclass(frozen=True, kw_only=True)
class PolicyOutcomes:
    """policies (S,), states (W,), and for each objective the mean (W, S) a year; less is better.

    baseline : index of the baseline policy.      noise : by objective, the Monte Carlo half-width of the difference of
        two policies in one state, the mean over states; None where it is not known.
    """

    policies: tuple[str, ...]
    states: tuple[str, ...]
    baseline: int
    values: Mapping[str, Floats]
    noise: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Regret:
    """Of one objective: (S,) mean, 90 % quantile and largest regret, the state of the largest, and who is chosen."""

    mean: Floats
    high: Floats
    largest: Floats
    worst_state: tuple[int, ...]
    chosen: tuple[int, ...]  # several where they tie
    close: tuple[int, ...]  # others that chance alone may keep from being chosen


def regret(of: PolicyOutcomes, objective: str) -> Regret:
    """Return the regret of every policy. A single state of the world gives its regret for all three numbers."""
    values = of.values[objective]
    lost = values - values.min(axis=1, keepdims=True)
    largest = lost.max(axis=0)
    least = float(largest.min())
    room = SAME * max(float(np.abs(values).max()), 1e-300)
    chosen = tuple(np.flatnonzero(largest <= least + room).tolist())
    noise = of.noise[objective] or 0.0
    close = tuple(k for k in np.flatnonzero(largest <= least + noise).tolist() if k not in chosen)
    return Regret(
        mean=lost.mean(axis=0), high=np.quantile(lost, HIGH, axis=0, method="inverted_cdf"), largest=largest,
        worst_state=tuple(lost.argmax(axis=0).tolist()), chosen=chosen, close=close,
    )  # fmt: skip


def satisficing(of: PolicyOutcomes, limits: Mapping[str, float]) -> tuple[dict[str, Floats], Floats]:
    """Return the share of states (S,) in which a policy keeps each limit, and all of them together."""
    kept = {name: of.values[name] <= limit for name, limit in limits.items()}
    shares = {name: each.mean(axis=0) for name, each in kept.items()}
    together = np.logical_and.reduce(list(kept.values())) if kept else np.ones((len(of.states), len(of.policies)), bool)
    return shares, together.mean(axis=0)


def limits_of(of: PolicyOutcomes, asked: Mapping[str, float]) -> dict[str, float]:
    """Return the limits that were asked for, or else the mean of the baseline over states for every objective.

    Raises UserError for a limit of something else.
    """
    for name in asked:
        if name not in of.values:
            raise no_such(f"--limit has {name!r}, no objective here", name, of.values)
        if not np.isfinite(asked[name]):
            raise UserError(f"--limit {name} is {asked[name]:g}; allowed: a number")
    if asked:
        return dict(asked)
    return {name: float(values[:, of.baseline].mean()) for name, values in of.values.items()}


def in_words(names: Sequence[str], chosen: Sequence[int]) -> str:
    """One name, or all that tie: "A", "A and B (a tie)"."""
    said = [names[k] for k in chosen]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]} (a tie)"
