"""Protection in layers (4.7): stop probabilities, compliance with procedures, common cause, insiders."""

from __future__ import annotations

import math

from simcpec.model.modes import BOTH, BY_ATTACK, REACTIVE
from simcpec.numerics.jit import kernel
from simcpec.numerics.special_functions import exp

ONSET, FINDING = range(2)  # turns of the regime of insiders
TURNS = 2


@kernel
def stop_probability(
    effective_units: float, exposure: float, gain: float, ceiling: float, compliance: float, constant: float
) -> float:
    """Probability that one layer stops an attack.

        p = ceiling (1 - exp(-gain effective_units / exposure)) compliance                        (4.7)

    effective_units : units x effectiveness x share on duty, >= 0.      exposure : persons protected, >= 0 (0 gives 0).
    gain : persons per unit, >= 0; 0 switches the layer off.      ceiling, compliance : in [0, 1].
    constant : takes the place of ceiling (1 - exp(...)) unless it is negative.      Returns a probability.

    Source: form and gains by judgement, catalogue `protection.guard.gain`.  The elasticity of breaches that follows is
    measured by `simcpec verify responses`, not assumed.
    """
    if constant >= 0.0:
        return constant * compliance
    if exposure <= 0.0:
        return 0.0
    return ceiling * (1.0 - exp(-gain * effective_units / exposure)) * compliance


@kernel
def weighted_stop(stop: float, weight: float) -> float:
    """Probability that a layer stops an attack of a mode: weight >= 0 times its stop probability, at most 1."""
    return min(1.0, weight * stop)


@kernel
def compliance_at(last: float, floor: float, age_days: float, decay: float) -> float:
    """Compliance `age_days` after a refresh that left it at `last`:  floor + (last - floor) exp(-age / decay)."""
    if decay == math.inf:
        return last
    return floor + (last - floor) * exp(-age_days / decay)


@kernel
def compliance_after(now: float, fresh: float, coverage: float) -> float:
    """Compliance after a refresh that reaches a share `coverage` of the cell; 1 restores it whole, never lowers it."""
    return now + coverage * max(0.0, fresh - now)


@kernel
def reacts(sop: int, by: int, stopped: bool) -> bool:
    """Whether procedures are refreshed after this attack.      sop : modes.SOP.      by : modes.BASIS."""
    if sop not in (REACTIVE, BOTH):
        return False
    return by == BY_ATTACK or not stopped


@kernel
def audit_coverage(host: float, rounds: float, gain: float) -> float:
    """Share of a province that one audit reaches:  1 - (1 - host) exp(-gain rounds), diminishing in bought rounds."""
    return 1.0 - (1.0 - host) * exp(-gain * rounds)


@kernel
def pass_probability(route: float, guard: float, hardening: float, common_cause: float) -> float:
    """Probability of passing all layers:  w + (1 - w) prod(1 - p)."""
    return common_cause + (1.0 - common_cause) * ((1.0 - route) * (1.0 - guard) * (1.0 - hardening))


@kernel
def insider_pass(passing: float, multiplier: float, leaking: bool) -> float:
    """Pass probability while an insider leaks: multiplied, not above 1."""
    if not leaking:
        return passing
    return min(1.0, passing * multiplier)


@kernel
def rescue_probability(passing: float, leaking_pass: float) -> float:
    """Probability that an attack that a layer would have stopped passes after all, so that the whole is `leaking_pass`.

    A rescue takes the same share from every layer; without a leak it is exactly 0.
    """
    if passing >= 1.0:
        return 0.0
    return (leaking_pass - passing) / (1.0 - passing)


@kernel
def insider_switches(turn: int, leaking: bool, onset: float, found: float, level: float) -> bool:
    """Whether a candidate at this level (per day) changes the regime.      turn : ONSET or FINDING, what it can be."""
    if turn == FINDING:
        return leaking and level < found
    return not leaking and level < onset


@kernel
def leaking_share(onset: float, found: float) -> float:
    """Stationary share of time in the leaking regime: onset / (onset + found); 0 where nothing begins."""
    if onset <= 0.0:
        return 0.0
    return onset / (onset + found)
