"""From an interval to a distribution: what each `law` of an entry means, in closed form and without numpy.

    none        the constant value
    uniform     ends = the interval
    triangular  ends = the interval, mode = the value
    lognormal   2.5 % and 97.5 % points = the interval (so its median is sqrt(low high), not always the value)
    beta        mean = the value, standard deviation = a quarter of the interval's width, on [0, 1]
    gamma       counts: shape n + 1/2, rate = years (Jeffreys), whose 95 % range is close to the exact Poisson interval;
                without a count: mean = the value, standard deviation = a quarter of the interval's width

A quarter of the width stands for 1/(2 x 1.96) of it. The parameters are named as scipy and numpy name them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

LAWS = ("none", "uniform", "triangular", "lognormal", "beta", "gamma")
Z_975 = 1.959963984540054  # 97.5 % point of the standard normal


@dataclass(frozen=True, slots=True)
class Distribution:
    """A law by name with its parameters; `parameters` is empty for ``none`` but for `value`."""

    law: str
    parameters: Mapping[str, float]


def distribution_of(
    law: str, value: Any, interval: tuple[float, float] | None, gives_back: Mapping[str, Any]
) -> Distribution:
    """Law and parameters from value and interval; raises ValueError if the interval cannot carry the law."""
    if law == "none":
        constant = {"value": float(value)} if isinstance(value, int | float) else {}
        return Distribution("none", MappingProxyType(constant))
    if interval is None or not isinstance(value, int | float):
        raise ValueError(f"law {law} asks for one number and an interval")
    low, high = interval
    if not low < high:
        raise ValueError(f"law {law} asks for an interval of some width, not [{low}, {high}]")
    return Distribution(law, MappingProxyType(_PARAMETERS[law](float(value), low, high, gives_back)))


def _uniform(value: float, low: float, high: float, gives_back: Mapping[str, Any]) -> dict[str, float]:
    return {"low": low, "high": high}


def _triangular(value: float, low: float, high: float, gives_back: Mapping[str, Any]) -> dict[str, float]:
    return {"low": low, "mode": value, "high": high}


def _lognormal(value: float, low: float, high: float, gives_back: Mapping[str, Any]) -> dict[str, float]:
    if low <= 0:
        raise ValueError(f"law lognormal asks for an interval above 0, not from {low}")
    return {"mu": 0.5 * (math.log(low) + math.log(high)), "sigma": math.log(high / low) / (2 * Z_975)}


def _beta(value: float, low: float, high: float, gives_back: Mapping[str, Any]) -> dict[str, float]:
    variance = ((high - low) / (2 * Z_975)) ** 2
    room = value * (1 - value) / variance - 1
    if not (low >= 0 and high <= 1 and room > 0):
        raise ValueError(f"law beta asks for an interval inside [0, 1] and not too wide, not [{low}, {high}]")
    return {"a": value * room, "b": (1 - value) * room}


def _gamma(value: float, low: float, high: float, gives_back: Mapping[str, Any]) -> dict[str, float]:
    if "count" in gives_back and "years" in gives_back:
        return {"shape": gives_back["count"] + 0.5, "rate": float(gives_back["years"])}
    if value <= 0 or low < 0:
        raise ValueError(f"law gamma asks for a value above 0 and an interval from 0, not {value} in [{low}, {high}]")
    deviation = (high - low) / (2 * Z_975)
    return {"shape": (value / deviation) ** 2, "rate": value / deviation**2}


_PARAMETERS = {
    "uniform": _uniform,
    "triangular": _triangular,
    "lognormal": _lognormal,
    "beta": _beta,
    "gamma": _gamma,
}
