"""From birth to fate: laws of the preparation, a steady start, competing ends, and tips that trust carries."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from simcpec.model.events import KIND_ATTACK
from simcpec.verification.theory.closed_forms import preparation as forms
from simcpec.verification.theory.finding import (
    Claim,
    Finding,
    continuous_finding,
    distribution_finding,
    mean_finding,
    share_finding,
    variance_finding,
)
from simcpec.verification.theory.simulate import SimulatedCounts, TheorySimulator

_claim = partial(Claim, family="preparation")
LAWS = {"exponential": 1.0, "gamma": 2.5, "weibull": 1.8, "lognormal": 1.2}  # and their shapes
MEAN = 120.0  # days of `preparation`
STEADY_RATE, STEADY_MEAN, STEADY_DAYS, STEADY_LAPSE = 0.1, 60.0, 20.0, 0.02
FATE_MEAN, FATE_LAPSE, FATE_FOUND, FATE_WORK, FATE_SUCCESS, FATE_DAYS = 60.0, 0.005, 0.015, 15.0, 0.7, 60.0
TIPS, LOSSES, LOSS, RECOVERY, TRUST_DAYS, FIRST = 0.02, 0.5, 0.03, 20.0, 60.0, 0.5


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """All of them."""
    for law in LAWS:
        yield from _months(stage, law)
    yield from _moments(stage)
    for law in LAWS:
        yield from _steady(stage, law)
    yield from _fates(stage)
    yield from _carried_out(stage)
    yield from _held(stage)
    yield from _proportional(stage)
    yield from _trust(stage)


def _set(law: str, mean: float, shape: float) -> str:
    tail = "" if law in ("exponential", "deterministic") else f", shape: {shape:g}"
    return f"world.preparation={{law: {law}, mean: {mean:g} days{tail}}}"


def _months(stage: TheorySimulator, law: str) -> Iterator[Finding]:
    scenario = "theory/preparation"
    played = stage.play(scenario, replications=800, sets=(_set(law, MEAN, LAWS[law]),))
    attacks, still = played.cell("attacks").sum(axis=(0, 2)), played.cell("open_plots")[:, -1].sum()
    edges = np.concatenate([[0.0], np.cumsum(played.days)])
    probabilities = np.diff(forms.preparation(law, MEAN, LAWS[law]).cdf(edges))
    claim = _claim(
        name=f"months of attacks, {law}", unit="1", scenario=scenario,
        formula="differences of the distribution function at the ends of months (Johnson, Kotz and Balakrishnan 1994)",
    )  # fmt: skip
    yield distribution_finding(np.append(attacks, still), np.append(probabilities, 1 - probabilities.sum()), claim)


def _moments(stage: TheorySimulator) -> Iterator[Finding]:
    """Times to the attack themselves, from traces; eight years leave none open."""
    scenario, law, shape = "theory/preparation", "gamma", LAWS["gamma"]
    times = _times(stage, scenario, (_set(law, MEAN, shape), "run.horizon=8 years", "run.period=year"))
    say = partial(_claim, scenario=scenario)
    formula = "m and m^2 / k of a gamma law (Johnson, Kotz and Balakrishnan 1994)"
    yield mean_finding(times, MEAN, say(name="mean time to attack, gamma", formula=formula, unit="days"))
    claim = say(name="variance of the time to attack, gamma", formula=formula, unit="days^2")
    yield variance_finding(times, MEAN**2 / shape, claim, tolerance=0.04)
    formula = "the distribution function at each time is uniform (Rosenblatt 1952)"
    claim = say(name="law of the time to attack, gamma", formula=formula, unit="1")
    yield continuous_finding(forms.preparation(law, MEAN, shape).cdf(times), claim)


def _times(stage: TheorySimulator, scenario: str, sets: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Days at which plots became attacks, of all provinces and replications."""
    traces = stage.traces(scenario, replications=130, sets=sets)
    ticks = np.concatenate([trace["tick"][trace["kind"] == KIND_ATTACK] for trace in traces])
    return np.asarray(ticks / stage.build(scenario, sets).world.calendar.ticks_per_day)


def _steady(stage: TheorySimulator, law: str) -> Iterator[Finding]:
    scenario = "theory/steady"
    sets = (_set(law, STEADY_MEAN, LAWS[law]), f"world.threat.lapse={STEADY_LAPSE:g} /day")
    played = stage.play(scenario, replications=2200, sets=sets)
    carried = forms.transform(forms.preparation(law, STEADY_MEAN, LAWS[law]), STEADY_LAPSE)
    say = partial(_claim, scenario=scenario)
    formula = "rate x E exp(-lapse X), flat from day 0 (stationary M/G/inf; Cox and Isham 1980)"
    claim = say(name=f"attacks from a steady start, {law}", formula=formula, unit="attacks")
    yield mean_finding(played.cell("attacks").sum(axis=1), STEADY_RATE * STEADY_DAYS * carried, claim)
    formula = "rate x (1 - E exp(-lapse X)) / lapse, the mean stay (Little 1961)"
    claim = say(name=f"plots at a steady start, {law}", formula=formula, unit="plots")
    yield mean_finding(played.start_plots.sum(axis=(2, 3)), STEADY_RATE * (1 - carried) / STEADY_LAPSE, claim)


def _fates(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/fates"
    played = stage.play(scenario, replications=1300)
    ends = [played.cell(name).sum() for name in ("attacks", "lapsed", "foiled")]
    still = played.cell("open_plots")[:, -1].sum()
    law = forms.fates(FATE_MEAN, FATE_LAPSE, FATE_FOUND, FATE_WORK, FATE_SUCCESS, FATE_DAYS)
    formula = "matrix exponential of a chain of five states (competing risks; Cox and Miller 1965)"
    claim = _claim(name="fates of plots after 60 days", formula=formula, unit="1", scenario=scenario)
    yield distribution_finding([*ends, still], [*law[2:], law[:2].sum()], claim)


LONG = ("run.horizon=8 years", "run.period=year", "world.operations.success=100 %")


def _carried_out(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/fates"
    for law in ("gamma", "lognormal"):
        played = stage.play(scenario, replications=500, sets=(*LONG, _set(law, FATE_MEAN, LAWS[law])))
        truth = forms.carried_out(forms.preparation(law, FATE_MEAN, LAWS[law]), FATE_LAPSE, FATE_FOUND, FATE_WORK)
        formula = "Laplace transforms of the preparation at the competing hazards (Cox and Oakes 1984)"
        claim = _claim(name=f"share carried out, {law}", formula=formula, unit="1", scenario=scenario)
        yield share_finding(int(played.cell("attacks").sum()), _given(played), truth, claim)


WATCHED = ("run.horizon=8 years", "run.period=year", "world.detection.found=held")
FEW = ("world.operations.teams={SIN: 3 teams, BAL: 3 teams}",)  # so that leads wait, which must not matter


def _held(stage: TheorySimulator) -> Iterator[Finding]:
    """Plots that stand still while they are known: neither work nor waiting for a team takes part in the shares."""
    scenario = "theory/fates"
    for law, sets in (("gamma", ()), ("lognormal", FEW)):
        played = stage.play(scenario, replications=500, sets=(*WATCHED, *sets, _set(law, FATE_MEAN, LAWS[law])))
        truth = forms.held_shares(forms.preparation(law, FATE_MEAN, LAWS[law]), FATE_LAPSE, FATE_FOUND, FATE_SUCCESS)
        formula = "E exp(-(lapse + found x success) X), the rest in their proportion (thinning; Cox and Oakes 1984)"
        claim = _claim(name=f"fates of held plots, {law}", formula=formula, unit="1", scenario=scenario)
        ends = [played.cell(name).sum() for name in ("attacks", "lapsed", "foiled")]
        yield distribution_finding(ends, truth, claim)


def _proportional(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/fates"
    truth = forms.proportional_share(FATE_FOUND, FATE_MEAN)
    for law in ("weibull", "lognormal"):
        sets = (*LONG, _set(law, FATE_MEAN, LAWS[law]), "world.detection.proportional=on", "world.threat.lapse=0 /year")
        played = stage.play(scenario, replications=500, sets=sets)
        formula = "a / (1 + a), a = rate x mean preparation, whatever the law (Cox and Oakes 1984)"
        claim = _claim(name=f"share found in proportion, {law}", formula=formula, unit="1", scenario=scenario)
        yield share_finding(int(played.province("found").sum()), _given(played), truth, claim)


def _trust(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/trust"
    played = stage.play(scenario, replications=2500)
    hidden = forms.undetected(TIPS, LOSSES, LOSS, RECOVERY, TRUST_DAYS, first=FIRST)
    formula = "1 - exp(-tips T) E exp(tips x area of a shot noise) (Laplace functional; Kingman 1993)"
    claim = _claim(name="share found by tips that trust carries", formula=formula, unit="1", scenario=scenario)
    yield share_finding(int(played.province("found").sum()), _given(played), 1.0 - hidden, claim)


def _given(played: SimulatedCounts) -> int:
    """Plots at the start, all of them."""
    return int(played.start_plots.sum())
