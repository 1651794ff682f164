"""The expected value of partial perfect information: what knowing one parameter, or a group of them, is worth.

EVPPI(phi) = E[max_s E[NB_s | phi]] - max_s E[NB_s].  The inner expectation is a regression of the conditional means of
the draws on phi (Strong, Oakley, Brennan 2014): Monte Carlo noise is noise of the regression and averages out, so that
nothing has to be shrunk.  What is left is the fit's own error, which looks like information.  Two numbers stand beside
every value to show it: what a parameter that says nothing would seem to be worth, by permuting the draws, and what the
choice would gain on draws that the regression has not seen, which is too small rather than too large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.economics.decision.net_benefit import acceptability
from simcpec.economics.decision.options import Options
from simcpec.economics.value_of_information.regression import conditional_expectation, design_of
from simcpec.model.world import Floats

PERMUTATIONS = 19  # the largest of them is exceeded by chance once in twenty
FOLDS = 5
FEWEST = 30  # draws: a regression on fewer says nothing


@dataclass(frozen=True, kw_only=True)
class PartialInformation:
    """One parameter or group over V values of a unit of effect; all in USD a year.

    name : of the parameter or group.      keys : its parameters.      values : (V,) USD a unit of effect.
    worth : (V,) expected value of knowing it, from 0 to that of perfect information.
    standard_error : (V,) of sampling draws.
    idle : (V,) the largest worth of `PERMUTATIONS` permutations: what says nothing seems worth as much.
    unseen : (V,) what choosing by it gains on draws that the regression has not seen; may be below 0.
    """

    name: str
    keys: tuple[str, ...]
    values: Floats
    worth: Floats
    standard_error: Floats
    idle: Floats
    unseen: Floats

    def told_apart(self, at: int) -> bool:
        """Whether the worth at one value exceeds what a parameter that says nothing seems to be worth."""
        return bool(self.worth[at] > self.idle[at])


def partial_information(
    of: Options, values: Sequence[float], groups: Mapping[str, Sequence[str]], *, seed: int = 0
) -> tuple[PartialInformation, ...]:
    """Return the worth of knowing each group of parameters, in the order of `groups`.

    values : USD a unit of effect.      groups : name -> keys of `of.keys`.      seed : of permutations and folds.
    Raises ValueError for an unknown key, and for fewer than `FEWEST` draws.
    """
    if of.draws < FEWEST:
        raise ValueError(f"{of.draws} draws; allowed: at least {FEWEST}")
    unknown = [key for keys in groups.values() for key in keys if key not in of.keys]
    if unknown:
        raise ValueError(f"no parameter {unknown[0]!r} among those that were drawn")
    grid = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng([seed, of.draws])
    orders = [generator.permutation(of.draws) for _ in range(PERMUTATIONS)]
    folds = generator.permutation(of.draws) % FOLDS
    return tuple(_of_group(of, grid, name, tuple(keys), orders, folds) for name, keys in groups.items())


def _of_group(
    of: Options, grid: Floats, name: str, keys: tuple[str, ...], orders: Sequence[np.ndarray], folds: np.ndarray
) -> PartialInformation:
    known = design_of(of.parameters[:, [of.keys.index(key) for key in keys]])
    columns = _columns(of)
    fitted = conditional_expectation(known, columns, of.weights)
    shuffled = np.concatenate([columns[order] for order in orders], axis=1)
    idle = np.split(conditional_expectation(known, shuffled, of.weights), len(orders), axis=1)
    unseen = np.empty_like(columns)
    for fold in range(FOLDS):
        out = folds == fold
        unseen[out] = conditional_expectation(known, columns, of.weights, fit_to=~out)[out]
    found = [_worth(of, fitted, value) for value in grid]
    return PartialInformation(
        name=name, keys=keys, values=grid, standard_error=np.array([error for _, error in found]),
        # no part is worth more than the whole, whose noise is taken out where it is known
        worth=np.minimum([worth for worth, _ in found], acceptability(of, grid.tolist()).perfect),
        idle=np.array([max(_worth(of, each, value)[0] for each in idle) for value in grid]),
        unseen=np.array([_gain(of, columns, unseen, value) for value in grid]),
    )  # fmt: skip


def _columns(of: Options) -> Floats:
    """(D, 2 S) costs and effects of every option, less those of the first: a regression of differences is quieter."""
    return np.concatenate([of.cost - of.cost[:, :1], of.effect - of.effect[:, :1]], axis=1)


def _benefit(columns: Floats, value: float) -> Floats:
    count = columns.shape[1] // 2
    return np.asarray(value * columns[:, count:] - columns[:, :count])


def _worth(of: Options, fitted: Floats, value: float) -> tuple[float, float]:
    """The worth at one value, and the standard error that sampling the draws leaves."""
    benefit = _benefit(fitted, value)
    chosen = int(np.argmax(of.weights @ benefit))
    gain = benefit.max(axis=1) - benefit[:, chosen]
    worth = float(of.weights @ gain)
    return max(worth, 0.0), float(np.sqrt(of.weights**2 @ (gain - worth) ** 2))


def _gain(of: Options, columns: Floats, predicted: Floats, value: float) -> float:
    """Mean of what a choice by predictions gains over the best single choice, in what the draws say themselves."""
    seen, guess = _benefit(columns, value), _benefit(predicted, value)
    chosen = seen[np.arange(len(seen)), guess.argmax(axis=1)]
    return float(of.weights @ chosen - (of.weights @ seen).max())
