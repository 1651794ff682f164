"""The stock of militants (4.6): intensities of recruits, exits and backlash, played as candidates in strips.

Linear birth-death with inflow; logistic recruitment; the fire-water form of Caulkins et al. (2008): water
(intelligence) removes without provoking, fire removes and, above a threshold, provokes recruitment.
"""

from __future__ import annotations

from enum import auto

from simcpec.model.codes import Code
from simcpec.model.modes import FIRE_WATER, LOGISTIC
from simcpec.numerics.jit import kernel
from simcpec.numerics.samplers import poisson
from simcpec.numerics.special_functions import exp, power


class Transition(Code):
    """What a candidate transition of the stock is."""

    NOTHING = auto()
    RECRUIT = auto()
    EXIT = auto()
    RETALIATE = auto()


NOTHING = Transition.NOTHING.value
RECRUIT = Transition.RECRUIT.value
EXIT = Transition.EXIT.value
RETALIATE = Transition.RETALIATE.value
ARRIVALS, DEPARTURES = range(2)  # flows of the network
FLOWS = 2


@kernel
def per_head_recruits(recruits: float, gain: float, footprint: float, reference: float) -> float:
    """Recruits per head and day with those whom the military footprint provokes; never negative.

    footprint, reference : guards on duty per person, now and where `recruits` holds.  Continuous: a smaller footprint
    than that of the reference brings fewer.
    """
    return max(0.0, recruits + gain * (footprint - reference))


@kernel
def willing(trust: float, loss: float, footprint: float, reference: float) -> float:
    """Trust that carries tips under a military footprint:  trust exp(-loss (footprint - reference)), at most 1."""
    if loss <= 0.0:
        return trust
    return min(1.0, trust * exp(-loss * (footprint - reference)))


@kernel
def recruit_intensity(model: int, militants: int, inflow: float, per_head: float, capacity: float) -> float:
    """Recruits per day of the linear and logistic models; never negative.

    linear: inflow + per_head N          logistic: inflow + per_head N (1 - N / capacity)
    """
    if model == LOGISTIC:
        return inflow + per_head * militants * max(0.0, 1.0 - militants / capacity)
    return inflow + per_head * militants


@kernel
def fire_recruit_intensity(
    militants: int, inflow: float, per_head: float, exponent: float, response: float, fire: float, threshold: float
) -> float:
    """Recruits per day of the fire-water model:  inflow + (1 + response max(0, fire - threshold)) per_head N^a."""
    return inflow + (1.0 + response * max(0.0, fire - threshold)) * per_head * power(militants, exponent)


@kernel
def fire_exit_intensity(
    militants: int, per_head: float, water: float, water_power: float, fire: float, fire_power: float
) -> float:
    """Departures per day of the fire-water model:  per_head N + water N^water_power + fire N^fire_power.

    water, fire : level x rate, per day at N = 1.  Nobody leaves an empty network.
    """
    if militants <= 0:
        return 0.0
    return per_head * militants + water * power(militants, water_power) + fire * power(militants, fire_power)


@kernel
def transition(flow: int, recruits: float, exits: float, retaliation: float, level: float) -> int:
    """What a candidate at this level (per day) of a flow is: RECRUIT, RETALIATE, EXIT or NOTHING.

    flow : ARRIVALS or DEPARTURES.  Each has candidates of its own, so that more recruitment never turns an exit into
    nothing and two scenarios keep their common transitions.
    """
    if flow == DEPARTURES:
        return EXIT if level < exits else NOTHING
    if level < recruits:
        return RECRUIT
    if level < recruits + retaliation:
        return RETALIATE
    return NOTHING


@kernel
def retaliation_intensity(pending: int, delay_days: float) -> float:
    """Recruits per day out of `pending` provoked ones, each with its own exponential delay."""
    return pending / delay_days


@kernel
def provoked(count: int, per_event: float, u: float) -> int:
    """Recruits that `count` deaths or arrests will bring in the end: Poisson(count x per_event)."""
    if count <= 0 or per_event <= 0.0:
        return 0
    return poisson(count * per_event, u)


@kernel
def removed(militants: int, wanted: int, model: int) -> int:
    """How many of the `wanted` an operation really takes out of the stock.

    Never more than there are; none in the fire-water model, whose own terms are the operations.
    """
    if model == FIRE_WATER:
        return 0
    return min(militants, wanted)
