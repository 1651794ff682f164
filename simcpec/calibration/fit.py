"""How well the ensemble gives back what it was fitted to: predictive intervals, tail probabilities, fresh checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.calibration.checks.gaps import Gaps
from simcpec.calibration.checks.gaps import values as values_of_gaps
from simcpec.calibration.draws.plan import CalibrationPlan
from simcpec.calibration.draws.simulated import FRESH, Simulator, simulated_counts
from simcpec.calibration.models.compound_harm import drawn as harm_drawn
from simcpec.calibration.models.mixed_poisson import Dispersion
from simcpec.calibration.models.mixed_poisson import drawn as counts_drawn
from simcpec.calibration.weighing.patterns import LAW
from simcpec.calibration.weighing.resample import values_of_member
from simcpec.calibration.weighing.weights import Weighed, harm_counts
from simcpec.catalogue.checks import poisson_interval
from simcpec.model.world import Floats, Ints

PREDICTIONS = 2_000  # at least, over all members
PREDICTIVE = 17  # address of random numbers
CHECKED = 16  # members that are simulated anew
COUNTS, HARM = 90.0, 95.0  # per cent of an interval


@dataclass(frozen=True, kw_only=True)
class FitRow:
    """One target: what was observed and what the ensemble predicts. before : median of the prior, nan for counts.

    mean : of what is predicted.      exact_low, exact_high : exact 95 % Poisson interval of a count, else nan.
    tail : chance of something at least as far out, two-sided; nan for a soft target, which is no draw of anything.
    """

    target: str
    kind: str  # count | harm | pattern | gap
    observed: float
    before: float
    low: float
    median: float
    high: float
    per_cent: float
    tail: float
    inside: bool
    mean: float
    exact_low: float = float("nan")
    exact_high: float = float("nan")


@dataclass(frozen=True, kw_only=True)
class FreshCheck:
    """A member simulated anew with its own births, at addresses that no weight has seen."""

    member: int
    expected: float  # counts of the nation, from the response
    simulated: float
    error: float  # standard error of the simulation


@dataclass(frozen=True)
class Predictions:
    """counts : (n, P) of a window.      harm : (n, 3) killed, injured, local killed in the attacks of it."""

    counts: Ints
    harm: Ints


def predictions(of: Weighed, members: Ints) -> Predictions:
    """What windows like the observed one would have, over all members alike."""
    random = np.random.default_rng([of.plan.seed, PREDICTIVE])
    each = -(-PREDICTIONS // len(members))
    discrepancy = of.plan.targets.block.harm.discrepancy
    counts, harm = [], []
    for draw, attempt in members.tolist():
        means = of.expected[draw, attempt]
        laws = [Dispersion(c, float(of.level[draw])) for c in of.clusters.tolist()]
        for _ in range(each):
            row = [int(counts_drawn(np.array(m), law, random)) for m, law in zip(means, laws, strict=True)]
            counts.append(row)
            off = 0.0 if discrepancy is None else discrepancy.value
            harm.append(harm_drawn(of.laws[draw], sum(row), off, random))
    return Predictions(np.array(counts), np.array(harm))


def fit_rows(of: Weighed, predicted: Predictions, gaps: Sequence[Gaps]) -> tuple[FitRow, ...]:
    """Counts by province and of the nation, persons, gaps between attacks, and patterns."""
    plan, totals = of.plan, harm_counts(of.plan)
    observed = plan.targets.attacks_of(plan.provinces)
    rows = [
        _predicted(f"attacks {code}", "count", observed[p], predicted.counts[:, p], COUNTS)
        for p, code in enumerate(plan.provinces)
    ]
    rows.append(_predicted("attacks, all", "count", sum(observed), predicted.counts.sum(axis=1), COUNTS))
    persons = (totals.killed, totals.injured, totals.local_killed)
    for n, name in enumerate(("foreigners killed", "foreigners injured", "locals killed")):
        rows.append(_predicted(name, "harm", persons[n], predicted.harm[:, n], HARM))
    return (*rows, *_gaps(plan, gaps), *_patterns(of))


def _gaps(plan: CalibrationPlan, gaps: Sequence[Gaps]) -> Iterator[FitRow]:
    """Statistics of gaps, over all windows that have them."""
    for target in plan.targets.block.gaps:
        name = f"gaps of {target.between.replace('_', ' ')}"
        stated = {
            "number": float(target.number), "mean": target.mean.value, "variation": target.variation.value,
            "longest": target.longest.value,
        }  # fmt: skip
        for what, observed in stated.items():
            found = values_of_gaps(gaps, target.between, what)
            if len(found):
                unit = ", days" if what in ("mean", "longest") else ""
                yield _predicted(f"{name}: {what}{unit}", "gap", observed, found, COUNTS)


def _predicted(name: str, kind: str, observed: float, values: Ints | Floats, per_cent: float) -> FitRow:
    low, median, high = predictive_interval(values, per_cent)
    exact = poisson_interval(int(observed)) if kind == "count" else (float("nan"), float("nan"))
    return FitRow(
        target=name, kind=kind, observed=float(observed), before=float("nan"), low=low, median=median, high=high,
        per_cent=per_cent, tail=tail(values, observed), inside=low <= observed <= high, mean=float(np.mean(values)),
        exact_low=exact[0], exact_high=exact[1],
    )  # fmt: skip


def predictive_interval(values: Ints | Floats, per_cent: float) -> tuple[float, float, float]:
    """Lower end, median and upper end of what so many per cent of simulated values lie in; each is one of them."""
    outside = (100.0 - per_cent) / 200.0
    low, median, high = np.quantile(values, (outside, 0.5, 1.0 - outside), method="inverted_cdf")
    return float(low), float(median), float(high)


def tail(values: Ints | Floats, observed: float) -> float:
    """Twice the smaller share of values on one side of what was observed, half of the equal ones counted, at most 1."""
    equal = 0.5 * float(np.mean(values == observed))
    return min(1.0, 2.0 * min(float(np.mean(values < observed)), float(np.mean(values > observed))) + 2.0 * equal)


def _patterns(of: Weighed) -> Sequence[FitRow]:
    """Patterns before and after; a law, of which one draw is known, has no row."""
    from simcpec.calibration.identifiability import quantile

    weights, rows = of.weights.sum(axis=1), []
    for n, target in enumerate(of.plan.targets.patterns):
        known = np.isfinite(of.shown[:, n]) & (weights > 0.0)
        if target.what == LAW or not known.any():
            continue
        values, w = of.shown[known, n], weights[known]
        low, median, high = (quantile(values, w, at) for at in (0.025, 0.5, 0.975))
        usual = of.shown[np.isfinite(of.shown[:, n]), n]
        name = f"{target.what} {target.province}" if target.province else target.what
        rows.append(
            FitRow(
                target=name, kind="pattern", observed=target.value.value, before=float(np.median(usual)), low=low,
                median=median, high=high, per_cent=HARM, tail=float("nan"),
                inside=low <= target.high.value and high >= target.low.value, mean=float(w @ values / w.sum()),
            )
        )  # fmt: skip
    return rows


def fresh_checks(how: Simulator, of: Weighed, members: Ints) -> tuple[FreshCheck, ...]:
    """Members simulated anew: whether counts are as linear in births as the weights take them to be."""
    chosen = members[:CHECKED]
    values = [values_of_member(of, draw, attempt) for draw, attempt in chosen.tolist()]
    found = simulated_counts(how, values, [FRESH + k for k in range(len(chosen))])
    return tuple(
        FreshCheck(
            member=k + 1, expected=float(of.expected[draw, attempt].sum()), simulated=float(sum(one.counted)),
            error=float(np.sqrt(one.total_variance / (of.plan.replications - one.failed))),
        )
        for k, ((draw, attempt), one) in enumerate(zip(chosen.tolist(), found, strict=True))
    )  # fmt: skip


def fresh_ratio(checks: Sequence[FreshCheck]) -> tuple[float, float]:
    """Simulated over expected counts of all checks together, and its standard error."""
    expected = sum(each.expected for each in checks)
    error = float(np.sqrt(sum(each.error**2 for each in checks)))
    return sum(each.simulated for each in checks) / expected, error / expected


def split_half(of: Weighed, values: Floats) -> float:
    """Distance of the means of a quantity (D, K) over both halves of the design, in its standard deviations.

    A calibration that has converged has halves that agree: the distance is about 2 / sqrt(effective number).
    """
    weights = of.weights
    mean = float((weights * values).sum())
    spread = float(np.sqrt((weights * (values - mean) ** 2).sum()))
    halves = [
        float((weights[k::2] * values[k::2]).sum() / max(weights[k::2].sum(), 1e-300)) for k in (0, 1)
    ]  # fmt: skip
    return abs(halves[0] - halves[1]) / max(spread, 1e-300)
