"""The stock of militants: immigration, birth and death; backlash and its threshold; logistic; two stable states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from simcpec.verification.theory.closed_forms import stock as forms
from simcpec.verification.theory.finding import (
    Claim,
    Finding,
    distribution_finding,
    mean_finding,
    variance_finding,
)
from simcpec.verification.theory.simulate import SimulatedCounts, TheorySimulator

_claim = partial(Claim, family="network")
FREE = forms.BacklashChain(start=20.0, inflow=0.2, birth=0.02, death=0.03)
FREE_DAYS, MOST = 60.0, 256
#: at the threshold: what operations remove is what recruits by itself and by backlash
PROVOKED = forms.BacklashChain(
    start=200.0, inflow=0.0, birth=0.010, death=0.005, operations=1.0, first=0.5, killed=1.0, arrested=1.0,
    per_death=0.8, per_arrest=0.2, delay=10.0,
)  # fmt: skip
PROVOKED_DAYS = 60.0
FURTHER = {"below": (0.4, 0.1), "at": (0.8, 0.2), "above": (1.6, 0.4)}  # recruits per death and per arrest
LOGISTIC_START, LOGISTIC_DAYS = 5, 40.0
FIRE_START, FIRE_DAYS, UPPER = 7, 25.0, 9  # UPPER: first stock above the unstable one


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """All of them."""
    yield from _free(stage)
    yield from _footprint(stage)
    for word in FURTHER:
        yield from _backlash(stage, word)
    yield from _logistic(stage)
    yield from _fire_water(stage)


def logistic_birth(n: int) -> float:
    """Recruits per day of `theory/logistic`: inflow + b n (1 - n / K), K = 20."""
    return 0.05 + 0.10 * n * max(0.0, 1.0 - n / 20.0)


def logistic_death(n: int) -> float:
    """Exits per day of `theory/logistic`."""
    return 0.02 * n


def fire_birth(n: int) -> float:
    """Recruits per day of `theory/fire-water`: inflow + (1 + 0.5 (1 - 0.5)) b n^2."""
    return 0.2 + 1.25 * 0.0096 * n**2


def fire_death(n: int) -> float:
    """Departures per day of `theory/fire-water`: exits, water of level 2, fire as the fifth power."""
    return (0.04 + 2.0 * 0.04) * n + 5e-7 * n**5


def _stock(played: SimulatedCounts) -> npt.NDArray[np.float64]:
    """Militants at the end: those of the start, and what came and went; operations must have taken none."""
    moved = (played.province("recruits") - played.province("exits")).sum(axis=1)
    return np.asarray(played.world.militants + moved)


def _law(stock: npt.NDArray[np.float64], law: npt.NDArray[np.float64], claim: Claim) -> Finding:
    return distribution_finding(np.bincount(stock.astype(int).ravel(), minlength=len(law)), law, claim)


def _free(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/birth-death"
    played = stage.play(scenario, replications=4000)
    stock, area = _stock(played), played.province("militant_days").sum(axis=1)
    truth = forms.backlash_moments(FREE, FREE_DAYS)
    say = partial(_claim, scenario=scenario, formula="linear equations of the moments (Kendall 1948)")
    yield mean_finding(stock, truth.mean, say(name="mean stock, birth and death", unit="persons"))
    yield variance_finding(stock, truth.variance, say(name="variance of the stock", unit="persons^2"))
    yield mean_finding(area, truth.area, say(name="mean person-days", unit="person-days"))
    yield variance_finding(area, truth.area_variance, say(name="variance of person-days", unit="person-days^2"))
    law = forms.birth_death_law(int(FREE.start), FREE.inflow, FREE.birth, FREE.death, FREE_DAYS, most=MOST)
    formula = "binomial-geometric ancestors and negative binomial immigrants, by roots of unity (Kendall 1948)"
    yield _law(stock, law, _claim(name="law of the stock", formula=formula, unit="1", scenario=scenario))


def _footprint(stage: TheorySimulator) -> Iterator[Finding]:
    """Half of the recruits per head are provoked by guards who are seen: the law is that of birth and death."""
    scenario = "theory/footprint"
    played = stage.play(scenario, replications=1500)
    formula = "birth and death at recruits + gain (footprint - threshold) per head (Kendall 1948)"
    say = partial(_claim, scenario=scenario, formula=formula)
    truth = forms.backlash_moments(FREE, FREE_DAYS).area
    area = played.province("militant_days").sum(axis=1)
    yield mean_finding(area, truth, say(name="mean person-days, footprint", unit="person-days"))
    law = forms.birth_death_law(int(FREE.start), FREE.inflow, FREE.birth, FREE.death, FREE_DAYS, most=MOST)
    yield _law(_stock(played), law, say(name="law of the stock, footprint", unit="1"))


def _backlash(stage: TheorySimulator, word: str) -> Iterator[Finding]:
    scenario, (per_death, per_arrest) = "theory/backlash", FURTHER[word]
    sets = (f"world.backlash.per_death={per_death}", f"world.backlash.per_arrest={per_arrest}")
    played = stage.play(scenario, replications=1500, sets=sets)
    taken = (played.province("arrests") + played.province("militant_deaths")).sum(axis=1)
    stock, back = _stock(played) - taken, played.province("backlash_recruits").sum(axis=1)
    truth = forms.backlash_moments(replace(PROVOKED, per_death=per_death, per_arrest=per_arrest), PROVOKED_DAYS)
    formula = "linear equations of stock and recruits on their way (van Kampen 2007; MacDonald 1978)"
    say = partial(_claim, scenario=scenario, formula=formula)
    yield mean_finding(stock, truth.mean, say(name=f"mean stock {word} the threshold", unit="persons"))
    yield mean_finding(back, truth.retaliations, say(name=f"mean backlash {word} the threshold", unit="persons"))
    claim = say(name=f"variance of the stock {word} the threshold", unit="persons^2")
    yield variance_finding(stock, truth.variance, claim, tolerance=0.03)


def _logistic(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/logistic"
    played = stage.play(scenario, replications=1500)
    law, area = forms.chain_law(forms.chain(logistic_birth, logistic_death, most=60), LOGISTIC_START, LOGISTIC_DAYS)
    formula = "matrix exponential of a finite chain (Verhulst 1838; Van Loan 1978)"
    say = partial(_claim, scenario=scenario, formula=formula)
    days = played.province("militant_days").sum(axis=1)
    yield mean_finding(days, area, say(name="mean person-days, logistic", unit="person-days"))
    yield _law(_stock(played), law, say(name="law of the stock, logistic", unit="1"))


def _fire_water(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/fire-water"
    played = stage.play(scenario, replications=900)
    generator = forms.chain(fire_birth, fire_death, most=80)
    law, area = forms.chain_law(generator, FIRE_START, FIRE_DAYS)
    formula = "matrix exponential of a finite chain with two modes (Caulkins et al. 2008; Schlogl 1972)"
    say = partial(_claim, scenario=scenario, formula=formula)
    stock, days = _stock(played), played.province("militant_days").sum(axis=1)
    yield mean_finding(days, area, say(name="mean person-days, fire and water", unit="person-days"))
    claim = say(name="share in the upper of two states", unit="1")
    yield mean_finding(stock >= UPPER, float(law[UPPER:].sum()), claim, tolerance=0.04)
    yield _law(stock, law, say(name="law of the stock, fire and water", unit="1"))
