"""Cost lines of a scenario in which each has a known mean, month by month, and their present values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from simcpec.economics.discounting import present_value
from simcpec.model.world import Floats
from simcpec.verification.theory.checks.consequences.appraisal import yearly as by_month
from simcpec.verification.theory.closed_forms import losses as forms
from simcpec.verification.theory.finding import Claim, Finding, exact_finding, mean_finding
from simcpec.verification.theory.simulate import TheorySimulator

SCENARIO = "theory/costs"
RATE, PROVINCES, SPREADS = 0.05, 2, 0.1  # attacks a day and province, and to the other province
STANDS, SPREAD_OF_LOG = 30.0, 0.8  # days that works stand still: log-normal mean and deviation of the log
MEMORY, ELASTICITY = 90.0, 0.02
OUTLAY, CAPITAL, SHARE, CARRYING = 1e9, 8e9, 0.25, 0.06  # USD a year, USD, share of works stopped, a year
DAMAGE, COMPENSATION, SPENDING, DISCOUNT = 2e6, 2.5e5, 2e7, 0.05
YEAR = 365.25


def claim(name: str, formula: str) -> Claim:
    """A claim of this family."""
    return Claim(family="cost-lines", name=name, formula=formula, unit="USD", scenario=SCENARIO)


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """Every line of harm over the four years, undiscounted, and all of it and the spending as present values."""
    played = stage.play(SCENARIO, replications=500)
    truths = expected(played.days)
    formulas = {
        "direct_damage": "attacks x damage",
        "compensation": "attacks x E deaths x compensation; hurdle log-normal",
        "stoppage": "an M/G/infinity queue is busy 1 - exp(-rate x int sf) of the time (Takacs 1962)",
        "outlays_lost": "shot noise: mean rate x tau (1 - exp(-t / tau)) (Campbell 1909)",
    }
    harm = np.zeros((played.replications, len(played.days)))
    for line, formula in formulas.items():
        found = by_month(played, line)
        harm += found
        yield mean_finding(found.sum(axis=1), float(truths[line].sum()), claim(line, formula))
    factors = (1.0 + DISCOUNT) ** -((np.cumsum(played.days) - played.days / 2.0) / YEAR)
    values = present_value(harm, days=played.days, rate=DISCOUNT, axis=1).discounted
    truth = float(sum((month * factors).sum() for month in truths.values()))
    yield mean_finding(values, truth, claim("present value of harm", "sum of mean of a month / (1 + r)^middle of it"))
    spending = by_month(played, "security_spending")
    about = claim("spending of four years", "2 % of 1 bn a year")
    yield exact_finding(float(spending.sum(axis=1)[0]), 4 * SPENDING, about, relative=1e-9)
    formula = "each year's amount paid evenly from its first to its last day: x (v^s - v^t) / ((t - s) ln(1 + r))"
    yield exact_finding(
        float(present_value(spending[0], days=played.days, rate=DISCOUNT, axis=0).discounted),
        paid_evenly(played.days.reshape(-1, 12).sum(axis=1)), claim("present value of spending", formula),
        relative=1e-6,
    )  # fmt: skip


def paid_evenly(years: Floats) -> float:
    """USD: present value of the spending of years of so many days, each paid continuously at a steady pace."""
    ends = np.cumsum(years) / YEAR
    starts = ends - years / YEAR
    discounted = ((1.0 + DISCOUNT) ** -starts - (1.0 + DISCOUNT) ** -ends) / ((ends - starts) * np.log1p(DISCOUNT))
    return SPENDING * float(discounted.sum())


def expected(days: Floats) -> dict[str, Floats]:
    """(T,) mean USD of each line of harm of the nation, by month; the scenario starts without any attack."""
    ends = np.cumsum(days)
    attacks = PROVINCES * RATE * days
    sizes = forms.hurdle(forms.lognormal_sizes(0.5, 0.9, 25, shift=1), 0.4)
    remembered = _increments(lambda t: RATE * MEMORY * (t - MEMORY * (1.0 - np.exp(-t / MEMORY))), ends)
    per_attack = ELASTICITY * YEAR / MEMORY  # share of outlay per remembered attack
    return {
        "direct_damage": attacks * DAMAGE,
        "compensation": attacks * forms.moment(sizes, 1) * COMPENSATION,
        "stoppage": PROVINCES * stopped_days(ends) * SHARE * CAPITAL / PROVINCES * CARRYING / YEAR,
        "outlays_lost": PROVINCES * remembered * per_attack * OUTLAY / PROVINCES / YEAR,
    }


def stopped_days(ends: Floats) -> Floats:
    """(T,) mean days of each period in which the works of one province stand still."""
    from scipy import integrate, stats

    law = stats.lognorm(SPREAD_OF_LOG, scale=STANDS * np.exp(-(SPREAD_OF_LOG**2) / 2.0))
    t = np.linspace(0.0, float(ends[-1]), 40 * round(ends[-1]) + 1)
    covered = integrate.cumulative_simpson(law.sf(t), x=t, initial=0.0)
    busy = 1.0 - np.exp(-RATE * (1.0 + (PROVINCES - 1) * SPREADS) * covered)
    area = integrate.cumulative_simpson(busy, x=t, initial=0.0)
    return _increments(lambda end: np.interp(end, t, area), ends)


def _increments(area: Callable[[Floats], Floats], ends: Floats) -> Floats:
    """Return what a cumulated amount gains in each period."""
    return np.asarray(np.diff(area(ends), prepend=0.0))
