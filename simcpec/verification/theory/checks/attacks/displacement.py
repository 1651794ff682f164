"""Where plots turn: logit shares with and without an outside option, spill to neighbours, and attackers who learn."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from simcpec.model.outcome import CELL_ATTACKS
from simcpec.verification.theory.closed_forms import choice as forms
from simcpec.verification.theory.finding import Claim, Finding, distribution_finding, mean_finding
from simcpec.verification.theory.simulate import SimulatedCounts, TheorySimulator

Floats = npt.NDArray[np.float64]
_claim = partial(Claim, family="displacement")
RATES = np.array([1.0, 0.6, 0.4])  # plots a day and province of `logit`
DAYS = 100.0
PERSONS = np.array([1000.0, 600.0, 400.0])
GUARDS = np.array([400.0, 120.0, 60.0]) * 0.8 * 0.5  # effective and on duty
TIME, ATTRACTION, POSTING = np.array([0.5, 0.1, 0.4]), np.array([1.0, 4.0, 0.5]), np.array([0.6, 0.1, 0.3])
SEEN, OUTSIDE, LEAVING = 2.5, -1.0, 0.7
SPILL = 0.4
LEARN_TIME = np.array([0.5, 0.1, 0.4])  # of `adaptive`
LEARN_GUARDS, LEARN_POSTING = 400.0, np.array([0.8, 0.0, 0.2])
LEARN_RATE, LEARN_DAYS, LEARN_SEEN = 0.1, 2000.0, 3.0


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """All of them."""
    yield from _logit(stage, "with giving up", SEEN, OUTSIDE, 0.0)
    yield from _logit(stage, "without giving up", SEEN, -np.inf, 0.0)
    yield from _logit(stage, "blind to protection", 0.0, OUTSIDE, 0.0)
    yield from _logit(stage, "with spill", SEEN, OUTSIDE, SPILL)
    for learning in (0.3, 1.0):
        yield from _adaptive(stage, learning)


def protection() -> Floats:
    """(P, S) of `theory/logit`: 1 - (w + (1 - w) x share that the cordon and the guards let pass)."""
    guards = 0.9 * -np.expm1(-4.0 * np.outer(GUARDS, POSTING) / np.outer(PERSONS, TIME))
    return np.asarray(1.0 - (0.05 + 0.95 * 0.9 * (1.0 - guards)))


def shares(seen: float, outside: float, spill: float) -> tuple[Floats, float]:
    """(P, S) shares of all plots that attack a cell, and the share that gives up."""
    weights, guarded = np.outer(PERSONS, TIME * ATTRACTION), protection()
    believed = guarded + spill * (guarded.max(axis=1, keepdims=True) - guarded)
    away = LEAVING * (1.0 - np.eye(3))
    utility = np.log(weights) - seen * believed - away[:, :, None]
    cells, none = forms.logit(utility, outside + np.log(weights.sum(axis=1)))
    homes = RATES / RATES.sum()
    return np.tensordot(homes, cells, axes=1), float(homes @ none)


def _logit(stage: TheorySimulator, word: str, seen: float, outside: float, spill: float) -> Iterator[Finding]:
    scenario = "theory/logit"
    option = "none" if np.isinf(outside) else f"{outside:g}"
    sets = (
        f"world.displacement.lambda={seen:g}", f"world.displacement.outside_option={option}",
        f"world.displacement.diffusion={100 * spill:g} %",
    )  # fmt: skip
    played = stage.play(scenario, replications=1000, sets=sets)
    cells, none = shares(seen, outside, spill)
    attacks, deterred = _attacks(played), played.cell("deterred").sum(axis=(1, 2))
    counts = np.append(attacks.sum(axis=0).ravel(), deterred.sum())
    formula = "logit over nine cells and giving up, homes mixed by their rates (McFadden 1974)"
    say = partial(_claim, scenario=scenario, formula=formula)
    claim = say(name=f"shares of cells, {word}", unit="1")
    yield distribution_finding(counts, np.append(cells.ravel(), none), claim)
    total = RATES.sum() * DAYS
    claim = say(name=f"attacks on the most guarded cell, {word}", unit="attacks")
    yield mean_finding(attacks[:, 0, 0], total * cells[0, 0], claim, tolerance=0.03)
    if none > 0.0:
        claim = say(name=f"plots that give up, {word}", unit="plots")
        yield mean_finding(deterred, total * none, claim)


def _adaptive(stage: TheorySimulator, learning: float) -> Iterator[Finding]:
    scenario = "theory/adaptive"
    played = stage.play(scenario, replications=100, sets=(f"world.displacement.learning={learning:g}",))
    stop = 0.9 * -np.expm1(-2.0 * LEARN_GUARDS * LEARN_POSTING / (1000.0 * LEARN_TIME))
    share = forms.adaptive(LEARN_TIME, stop, LEARN_SEEN, learning)
    formula = "shares ~ base / E exp(lambda b), b a perpetuity of outcomes (Vervaat 1979; Yellott 1977; Feller 1971)"
    say = partial(_claim, scenario=scenario, formula=formula, unit="attacks")
    by_setting = played.cells[..., CELL_ATTACKS].sum(axis=(1, 3))  # (R, P, S)
    for s, name in ((0, "guarded sites"), (1, "roads without guards")):
        claim = say(name=f"attacks on {name}, learning {learning:g}")
        yield mean_finding(by_setting[..., s], LEARN_RATE * LEARN_DAYS * share[s], claim)


def _attacks(played: SimulatedCounts) -> Floats:
    """(R, P, S)."""
    return np.asarray(played.cells[..., CELL_ATTACKS].sum(axis=(1, 3)))
