"""Protection that comes and goes: procedures that decay and are refreshed, and insiders who leak for a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from simcpec.verification.theory.closed_forms import procedures as forms
from simcpec.verification.theory.finding import Claim, Finding, mean_finding, variance_finding
from simcpec.verification.theory.simulate import TheorySimulator

_claim = partial(Claim, family="procedures")
RATE = 0.1  # attacks a day and province of `attempts`
MONTHS = (0.0, 31.0, 59.0, 90.0)
STOP = 0.8  # of the guards at full compliance
FRESH, FLOOR, DECAY = 0.9, 0.3, 40.0
EVERY, REACHED, REVISED = 30.0, 0.6, 40.0  # audits, what they reach, and the day of the revision
MODES = ("periodic", "reactive", "both")
ONSET, FOUND, DAYS = 0.02, 0.05, 100.0
PASSING = 0.8 * 0.5
MULTIPLIERS = (1.8, 4.0)  # the second one would bring the passage above 1


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """All of them."""
    for mode in MODES:
        yield from _decay(stage, mode)
    for multiplier in MULTIPLIERS:
        yield from _insider(stage, multiplier)


def compliance(mode: str) -> forms.ComplianceDecay:
    """Return what `theory/procedures` stands for in one mode; audits are at multiples of a period within the run."""
    audits = [(EVERY * k, REACHED) for k in (1, 2)] if mode != "reactive" else []
    start = FLOOR
    if audits:  # held for ever, the last one half a period ago
        last = forms.audited(FRESH, FLOOR, DECAY, EVERY, REACHED)
        since = forms.ComplianceDecay(fresh=FRESH, floor=FLOOR, decay=DECAY, start=last)
        start = forms.compliance_after(since, EVERY / 2)
    refreshes = tuple(sorted([*audits, (REVISED, 1.0)]))
    reactions = RATE if mode != "periodic" else 0.0
    return forms.ComplianceDecay(
        fresh=FRESH, floor=FLOOR, decay=DECAY, start=start, refreshes=refreshes, reactions=reactions
    )


def _decay(stage: TheorySimulator, mode: str) -> Iterator[Finding]:
    scenario = "theory/procedures"
    played = stage.play(scenario, replications=3000, sets=(f"policy.sop.mode={mode}",))
    areas = forms.compliance_areas(compliance(mode), MONTHS)
    formula = "rate x integral of 1 - stop x mean compliance, x' = -x / decay + rate (F - x) (Cox 1962)"
    say = partial(_claim, scenario=scenario, formula=formula, unit="breaches")
    expected, breaches = played.cell("expected_breaches"), played.cell("breaches").sum(axis=1)
    for month in range(3):
        truth = RATE * (MONTHS[month + 1] - MONTHS[month] - STOP * areas[month])
        claim = say(name=f"expected breaches, month {month + 1}, {mode}")
        yield mean_finding(expected[:, month], truth, claim)
    truth = RATE * (MONTHS[-1] - STOP * areas.sum())
    yield mean_finding(breaches, truth, say(name=f"mean breaches, {mode}"))


def _insider(stage: TheorySimulator, multiplier: float) -> Iterator[Finding]:
    scenario = "theory/insider"
    sets = (f"world.protection.insider.multiplier={multiplier:g}",)
    played = stage.play(scenario, replications=3500, sets=sets)
    leaking, breaches = played.cohort("leaking_days").sum(axis=1), played.cell("breaches").sum(axis=1)
    mean, variance = forms.occupancy_moments(ONSET, FOUND, DAYS)
    say, more = partial(_claim, scenario=scenario), min(1.0, PASSING * multiplier) - PASSING
    word = f"{multiplier:g} times the passage"
    if multiplier == MULTIPLIERS[0]:
        formula = "onset / (onset + found) (two-state chain; Parzen 1962)"
        yield mean_finding(leaking, mean, say(name="mean days of leaking", formula=formula, unit="days"))
        formula = "2 q (1 - q) (s T - 1 + exp(-s T)) / s^2, s = onset + found (Parzen 1962)"
        claim = say(name="variance of days of leaking", formula=formula, unit="days^2")
        yield variance_finding(leaking, variance, claim)
    formula = "rate x (passing x T + what a leak adds x mean days of leaking), a mixture of passages"
    truth = RATE * (PASSING * DAYS + more * mean)
    yield mean_finding(breaches, truth, say(name=f"mean breaches, {word}", formula=formula, unit="breaches"))
    formula = "mean + (rate x what a leak adds)^2 x variance of days of leaking (Cox process; Cox 1955)"
    claim = say(name=f"variance of breaches, {word}", formula=formula, unit="breaches^2")
    yield variance_finding(breaches, truth + (RATE * more) ** 2 * variance, claim)
