"""How plots are found (4.4): intensities in every mode, and the clock on which candidates come."""

from __future__ import annotations

import math

from simcpec.model.modes import LEADS, SEARCH
from simcpec.numerics.jit import kernel
from simcpec.numerics.samplers import LAW_DETERMINISTIC, duration_at_survival, exponential
from simcpec.numerics.special_functions import exp


@kernel
def intelligence_factor(units: float, gain: float, reference: float) -> float:
    """What intelligence units do, against the day before the start:  (1 - exp(-gain units)) / reference.

    gain : per unit, >= 0; 0 makes the factor exactly 1.      reference : its numerator at that day's units, > 0.
    """
    if gain <= 0.0:
        return 1.0
    return (1.0 - exp(-gain * units)) / reference


@kernel
def draws_candidates(mode: int) -> bool:
    """Return whether plots meet detection candidates in this mode."""
    return mode == SEARCH or mode == LEADS


@kernel
def lead_intensity(hazard: float, factor: float, tips: float, trust: float) -> float:
    """Rate per plot and day at which intelligence and public tips find it.      trust : in [0, 1]."""
    return hazard * factor + tips * trust


@kernel
def search_intensity(rate: float, free_teams: int) -> float:
    """Rate per plot and day at which the free teams find it (Kaplan 2010)."""
    return rate * free_teams


@kernel
def find_step(rate: float, mean_days: float, proportional: bool, u: float) -> float:
    """Step of a plot's detection clock to its next candidate.

    Plain: days, at `rate` candidates a day.  Proportional: units of the cumulated hazard of the preparation, at
    `rate` x `mean_days` candidates a unit, so that rates count per mean preparation.  inf at rate 0.
    """
    if rate <= 0.0:
        return math.inf
    if proportional:
        return exponential(u) / (rate * mean_days)
    return exponential(u) / rate


@kernel
def find_age_days(clock: float, law: int, scale: float, shape: float, proportional: bool) -> float:
    """Age of the plot when its detection clock shows `clock`: itself, or the age of that cumulated hazard.

    A fixed preparation time has no hazard before its end for detection to be proportional to: inf.
    """
    if not proportional or clock == math.inf:
        return clock
    if law == LAW_DETERMINISTIC or scale <= 0.0:
        return math.inf
    return duration_at_survival(law, scale, shape, exp(-clock))
