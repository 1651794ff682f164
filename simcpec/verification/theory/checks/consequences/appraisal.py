"""Gordon and Loeb's best investment, the break-even of Mueller and Stewart, tails with an atom, present values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import e, exp, log

import numpy as np

from simcpec.economics.appraisal import best_investment, break_even, break_even_loss, tail
from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.costs import costs
from simcpec.economics.discounting import present_value
from simcpec.model.world import Floats
from simcpec.verification.theory.finding import Claim, Finding, exact_finding, mean_finding, share_finding
from simcpec.verification.theory.simulate import SimulatedCounts, TheorySimulator

FAMILY, BREAK_EVEN = "appraisal", "theory/break-even"
COST, LOSS, REDUCTION = 75e9, 1e8, 0.45  # USD a year, USD an attack, share (Mueller and Stewart 2011)
VULNERABILITY, GAIN, SHAPE, AT_STAKE = 0.65, 1e-5, 1.5, 4e5  # Gordon and Loeb's (2002) worked size


def claim(name: str, formula: str, unit: str = "USD", scenario: str = "") -> Claim:
    """A claim of this family."""
    return Claim(family=FAMILY, name=name, formula=formula, unit=unit, scenario=scenario)


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """Identities first, then the break-even as two plays give it back."""
    yield from investments()
    yield from tails()
    yield from values()
    yield from break_evens(stage)


# ------------------------------------------------------------------------------------------------ Gordon and Loeb


def investments() -> Iterator[Finding]:
    """The best investment of each class against a minimum that is searched for, and its bound."""
    for kind in ("first", "second", "exponential"):
        found = best_investment(kind, loss=AT_STAKE, vulnerability=VULNERABILITY, gain=GAIN, shape=SHAPE)
        about = claim(f"best investment, class {kind}", "argmin of L S(z, v) + z, by search (Gordon, Loeb 2002)")
        yield exact_finding(found, _searched(kind), about, relative=1e-6)
    gains = np.exp(np.linspace(log(1e-7), log(1e-3), 200_001))
    most = max(
        best_investment("first", loss=AT_STAKE, vulnerability=VULNERABILITY, gain=float(gain), shape=SHAPE)
        for gain in gains[::20]
    )
    bound = (SHAPE / (SHAPE + 1.0)) ** (SHAPE + 1.0) * VULNERABILITY * AT_STAKE
    about = claim("largest best investment, class first", "(b / (b + 1))^(b + 1) v L < v L / e (Gordon, Loeb 2002)")
    yield exact_finding(most, bound, about, relative=1e-6)
    exposed = VULNERABILITY * AT_STAKE
    most = best_investment("exponential", loss=AT_STAKE, vulnerability=VULNERABILITY, gain=e / exposed)
    about = claim("best investment, class exponential, v L gain = e", "v L / e: the bound itself (Gordon, Loeb 2002)")
    yield exact_finding(most, exposed / e, about)
    none = best_investment("first", loss=AT_STAKE, vulnerability=VULNERABILITY, gain=1e-7, shape=SHAPE)
    about = claim("best investment where v L gain shape < 1", "0: nothing pays (Gordon, Loeb 2002)")
    yield exact_finding(none, 0.0, about)


def _searched(kind: str) -> float:
    """The minimum of a total cost whose breach share is written down here, not taken from the package."""
    from scipy import optimize

    shares: dict[str, Callable[[float], float]] = {
        "first": lambda z: VULNERABILITY / (GAIN * z + 1.0) ** SHAPE,
        "second": lambda z: VULNERABILITY ** (GAIN * z + 1.0),
        "exponential": lambda z: VULNERABILITY * exp(-GAIN * z),
    }

    def slope(z: float) -> float:
        """By differences of one dollar to both sides: its root is finer than a minimum can be searched for."""
        return AT_STAKE * (shares[kind](z + 1.0) - shares[kind](z - 1.0)) / 2.0 + 1.0

    return float(optimize.brentq(slope, 1.0, VULNERABILITY * AT_STAKE, xtol=1e-9))


# ------------------------------------------------------------------------------------------------ tails and values


def tails() -> Iterator[Finding]:
    """Laws whose value at risk is an atom that the level splits, by hand."""
    losses, weights = [0.0, 10.0, 100.0], [0.90, 0.08, 0.02]
    found = tail(losses, level=0.95, weights=weights)
    split = "the atom at VaR split (Acerbi, Tasche 2002)"
    about = claim("VaR 95 % of 0, 10, 100 with .90, .08, .02", "smallest x with F(x) >= .95")
    yield exact_finding(found.var, 10.0, about)
    truth = (0.02 * 100.0 + 0.03 * 10.0) / 0.05
    yield exact_finding(found.tvar, truth, claim("TVaR 95 % of the same", f"(.02 x 100 + .03 x 10) / .05: {split}"))
    yield exact_finding(
        tail(np.arange(1.0, 101.0), level=0.975).tvar, (98.0 * 0.5 + 99.0 + 100.0) / 2.5,
        claim("TVaR 97.5 % of 1 .. 100", f"(98 / 2 + 99 + 100) / 2.5: {split}"),
    )  # fmt: skip


def values() -> Iterator[Finding]:
    """Present values of a constant flow and of a single amount."""
    rate, years = 0.05, 30
    days = np.full(12 * years, 365.25 / 12.0)
    found = present_value(np.full(12 * years, 1.0 / 12.0), days=days, rate=rate, axis=0)
    yield exact_finding(
        float(found.discounted), (1.0 - 1.05**-years) / log(1.05),
        claim("present value of 1 a year for 30 years at 5 %", "(1 - (1 + r)^-T) / ln(1 + r), paid continuously"),
        relative=1e-6,
    )  # fmt: skip
    one = present_value(np.eye(1, 4, 3)[0], days=np.full(4, 365.25), rate=rate, axis=0)
    about = claim("present value of 1 in the fourth year at 5 %", "(1 + r)^-3.5: mid-year")
    yield exact_finding(float(one.discounted), 1.05**-3.5, about)


# ------------------------------------------------------------------------------------------------ break-even


def break_evens(stage: TheorySimulator) -> Iterator[Finding]:
    """1,667 attacks a year, by formula and as the difference of two plays."""
    attempts = COST / (LOSS * REDUCTION)
    source = "cost / (loss x reduction) = 75 bn / (100 m x 45 %) = 1,667 (Mueller, Stewart 2011)"
    found = break_even(cost=COST, loss=LOSS, reduction=REDUCTION)
    yield exact_finding(round(found.attempts), 1667.0, claim("break-even, whole attacks", source, "attacks/year"))
    yield exact_finding(found.prevented, 750.0, claim("break-even, prevented", "cost / loss", "attacks/year"))
    loss = break_even_loss(cost=COST, attempts=attempts, reduction=REDUCTION)
    yield exact_finding(loss, LOSS, claim("break-even loss at so many attacks", "cost / (attacks x reduction)"))
    sets = ("world.protection.layers.guard.stop_probability=0 %",)
    guarded = stage.play(BREAK_EVEN, replications=720)
    unguarded = stage.play(BREAK_EVEN, replications=720, sets=sets)
    spent = yearly(guarded, "security_spending")
    about = claim("spending of a year", "75 % of 100 bn", scenario=BREAK_EVEN)
    yield exact_finding(float(spent[0, 1]), COST, about)
    averted = yearly(unguarded, "direct_damage") - yearly(guarded, "direct_damage")
    about = claim("damage averted a year at 1,667 attacks", "what the policy costs", scenario=BREAK_EVEN)
    yield mean_finding(averted / guarded.days * 365.25, COST, about)
    yield from pays(averted[:, guarded.days == 365.0])


def pays(averted: Floats) -> Iterator[Finding]:
    """How often a year averts as much as it costs."""
    from scipy import stats

    truth = float(stats.poisson(REDUCTION * COST / (LOSS * REDUCTION) * 365.0 / 365.25).sf(COST / LOSS - 0.5))
    formula = "P(N >= 750), N Poisson: averted attacks of a year of 365 days"
    about = claim("share of years in which the policy pays", formula, "1", BREAK_EVEN)
    yield share_finding(int((averted >= COST).sum()), averted.size, truth, about, tolerance=0.05)


def yearly(played: SimulatedCounts, line: str) -> Floats:
    """(R, T) USD of one line, all provinces."""
    found = costs(
        cell=played.cells, cohort=played.cohorts, province=played.provinces, calendar=played.world.calendar,
        plan=played.built.plan, prices=played.built.prices,
    )  # fmt: skip
    return np.asarray(found[..., COST_LINES.index(line)].sum(axis=-1))
