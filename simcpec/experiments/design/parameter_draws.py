"""Parameter draws: what is uncertain is drawn by address, so that adding a parameter or a draw moves no other.

Draw 0 is the point values, nothing sampled. A study of D > 1 draws takes the draws 1 ... D. The uniform of a factor in
a draw hangs on the seed, the draw's number and the factor's name alone, so that all scenarios that leave a key alone
get the same value, and those that give it another range move along with it.

Laws mean what `catalogue.laws` says. A law that reaches beyond what its key allows is truncated there, by inversion
between the two bounds, never clipped (clipping piles probability up at the bound); a law of which less than half is
allowed is refused. Whole numbers are drawn on the line and rounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from simcpec.catalogue import Distribution
from simcpec.errors import UserError
from simcpec.model.world import Floats
from simcpec.numerics.streams import S_PARAMETER, block, key_word, name_identity

LEAST_ALLOWED = 0.5  # of a law's probability inside the bounds

Parameters: TypeAlias = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One uncertain key: its law, and what the key allows.

    key : dotted.      name : what its draws hang on; keys with one name always move together.
    distribution : law and parameters, in the unit of the law.      scale : canonical units in one of those.
    least, greatest : bounds of the key in canonical units, infinite where there are none.      whole : it is a count.
    """

    key: str
    name: str
    unit: str
    distribution: Distribution
    scale: float = 1.0
    least: float = -math.inf
    greatest: float = math.inf
    whole: bool = False


def draw_numbers(draws: int) -> tuple[int, ...]:
    """Addresses of a study's draws: (0,) for one, the point values; 1 ... D for more. Raises UserError below 1."""
    if draws < 1:
        raise UserError(f"draws is {draws}; allowed: a whole number from 1")
    return (0,) if draws == 1 else tuple(range(1, draws + 1))


def sampled(factors: Sequence[Factor], *, seed: int, numbers: Sequence[int]) -> Floats:
    """Values (D, K) of K factors in the draws `numbers`, canonical units. Raises UserError for a law out of bounds."""
    uniforms = np.array([[uniform_of(factor.name, seed=seed, number=d) for factor in factors] for d in numbers])
    values = np.zeros((len(numbers), len(factors)))
    for column, factor in enumerate(factors):
        values[:, column] = inverted(factor, uniforms[:, column])
    return values


def uniform_of(name: str, *, seed: int, number: int) -> float:
    """The uniform of a factor's name in one draw; draws start at 1, for draw 0 is the point values."""
    if number < 1:
        raise UserError(f"parameter draw {number} is not sampled; allowed: from 1")
    return float(block(key_word(seed, number), 0, name_identity(name), 0, int(S_PARAMETER), 0)[0])


def inverted(factor: Factor, uniforms: Floats) -> Floats:
    """Quantiles of a factor's law, truncated to what its key allows, in canonical units; increases with the uniform."""
    law, parameters = factor.distribution.law, factor.distribution.parameters
    if law not in _LAWS:
        raise UserError(f"{factor.key} has the law {law}; allowed: {', '.join(_LAWS)}")
    below, quantile = _LAWS[law]
    ends = sorted((factor.least / factor.scale, factor.greatest / factor.scale))
    low, high = (float(below(np.array([end]), parameters)[0]) for end in ends)
    if not high - low >= LEAST_ALLOWED:
        raise UserError(
            f"{factor.key}: {100 * (1 - high + low):.0f} % of its law ({law}) lie outside of what it allows,"
            f" {factor.least:g} to {factor.greatest:g} ({factor.unit or 'no unit'}); give it a narrower interval"
        )
    values = factor.scale * quantile(low + uniforms * (high - low), parameters)
    return np.rint(values) if factor.whole else values


# ------------------------------------------------------------------------------------------------ laws

_Function: TypeAlias = Callable[[Floats, Parameters], Floats]


def _uniform_below(x: Floats, of: Parameters) -> Floats:
    return np.clip((x - of["low"]) / (of["high"] - of["low"]), 0.0, 1.0)


def _uniform_quantile(u: Floats, of: Parameters) -> Floats:
    return of["low"] + u * (of["high"] - of["low"])


def _triangular_below(x: Floats, of: Parameters) -> Floats:
    low, mode, high = of["low"], of["mode"], of["high"]
    at = np.clip(x, low, high)
    left = (at - low) ** 2 / ((high - low) * (mode - low)) if mode > low else np.zeros_like(at)
    right = 1.0 - (high - at) ** 2 / ((high - low) * (high - mode)) if high > mode else np.ones_like(at)
    return np.where(at < mode, left, right)


def _triangular_quantile(u: Floats, of: Parameters) -> Floats:
    low, mode, high = of["low"], of["mode"], of["high"]
    left = low + np.sqrt(u * (high - low) * (mode - low))
    right = high - np.sqrt((1.0 - u) * (high - low) * (high - mode))
    return np.where(u < (mode - low) / (high - low), left, right)


def _normal_below(x: Floats, of: Parameters) -> Floats:
    from scipy.special import ndtr

    return np.asarray(ndtr((x - of["mean"]) / of["sd"]))


def _normal_quantile(u: Floats, of: Parameters) -> Floats:
    from scipy.special import ndtri

    return np.asarray(of["mean"] + of["sd"] * ndtri(u))


def _lognormal_below(x: Floats, of: Parameters) -> Floats:
    with np.errstate(divide="ignore"):
        logs = np.log(np.maximum(x, 0.0))
    return _normal_below(logs, {"mean": of["mu"], "sd": of["sigma"]})


def _lognormal_quantile(u: Floats, of: Parameters) -> Floats:
    return np.exp(_normal_quantile(u, {"mean": of["mu"], "sd": of["sigma"]}))


def _beta_below(x: Floats, of: Parameters) -> Floats:
    from scipy.special import betainc

    return np.asarray(betainc(of["a"], of["b"], np.clip(x, 0.0, 1.0)))


def _beta_quantile(u: Floats, of: Parameters) -> Floats:
    from scipy.special import betaincinv

    return np.asarray(betaincinv(of["a"], of["b"], u))


def _gamma_below(x: Floats, of: Parameters) -> Floats:
    from scipy.special import gammainc

    return np.asarray(gammainc(of["shape"], np.maximum(x, 0.0) * of["rate"]))


def _gamma_quantile(u: Floats, of: Parameters) -> Floats:
    from scipy.special import gammaincinv

    return np.asarray(gammaincinv(of["shape"], u) / of["rate"])


_LAWS: Mapping[str, tuple[_Function, _Function]] = {
    "uniform": (_uniform_below, _uniform_quantile),
    "triangular": (_triangular_below, _triangular_quantile),
    "normal": (_normal_below, _normal_quantile),
    "lognormal": (_lognormal_below, _lognormal_quantile),
    "beta": (_beta_below, _beta_quantile),
    "gamma": (_gamma_below, _gamma_quantile),
}
