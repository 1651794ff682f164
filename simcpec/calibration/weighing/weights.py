"""Weights of draws: history matching first, then importance weights of counts, harm and patterns.

A draw is ruled out where a pattern, or the number killed, lies more than `CUTOFF` deviations from its target, with the
discrepancy of the target in the deviation. Those that remain weigh by the likelihood of the counts, summed over births,
the compound likelihood of the persons killed and injured, and the weighted densities of the patterns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simcpec.calibration.draws.plan import INNOVATION, PERSISTENCE, CalibrationPlan
from simcpec.calibration.draws.simulated import Simulator, changed_breaches
from simcpec.calibration.draws.summaries import DrawSummary
from simcpec.calibration.models.birth_posterior import births_given
from simcpec.calibration.models.compound_harm import HIGHEST, HarmCounts, HarmLaw, log_likelihood
from simcpec.calibration.models.mixed_poisson import Dispersion, level_variance
from simcpec.calibration.weighing.patterns import (
    GUARDS_FACTOR,
    DrawView,
    elasticities,
    implausibility,
    log_density,
    statistic,
    values_of,
)
from simcpec.model.world import Floats, Harm

CUTOFF = 3.0  # deviations from a target beyond which a draw is ruled out
NEGLIGIBLE = 1e-3  # of all weight: draws that carry no more together are not simulated with other guards
HARM_KEYS = {  # uncertain settings that the law of a breach takes as they are, by its field
    "world.harm.foreign.zero": "zero", "world.harm.foreign.mu": "mu", "world.harm.foreign.sigma": "sigma",
    "world.harm.foreign.cap": "cap", "world.harm.injured_base": "injured_base",
    "world.harm.injured_per_death": "injured_per_death", "world.harm.dispersion": "injured_size",
    "world.harm.local_deaths_base": "local_base", "world.harm.local_deaths_per_death": "local_per_death",
    "world.harm.guard_deaths_when_stopped": "guards_when_stopped",
}  # fmt: skip
BIRTHS = 7  # address of the random numbers of births


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """All draws with their weights. D draws, K vectors of births for each, P provinces, N patterns.

    births : (D, K, P) a year.      expected : (D, K, P) counts over the window.
    log_weights : (D, K), -inf where a draw is ruled out.      birth_logs : (D, K) of births given their draw.
    response : (D, P, P) counts in q per birth a year in p.      clusters, level : (P,), (D,) dispersion.
    shown : (D, N) statistics of patterns.      implausible : (D, N + 1) distances, the last of persons killed.
    parts : log likelihoods of counts, harm and each pattern, (D, N + 2).
    """

    plan: CalibrationPlan
    summaries: tuple[DrawSummary, ...]
    laws: tuple[HarmLaw, ...]
    births: Floats
    expected: Floats
    log_weights: Floats
    birth_logs: Floats
    response: Floats
    clusters: Floats
    level: Floats
    shown: Floats
    implausible: Floats
    parts: Floats

    @property
    def weights(self) -> Floats:
        """(D, K) that add up to 1."""
        found = np.exp(self.log_weights - self.log_weights.max())
        return np.asarray(found / found.sum())

    @property
    def effective(self) -> float:
        """Effective number of draws."""
        by_draw = self.weights.sum(axis=1)
        return float(1.0 / (by_draw**2).sum())

    @property
    def remaining(self) -> float:
        """Share of draws that history matching leaves."""
        return float(np.isfinite(self.log_weights).any(axis=1).mean())


def weighed(how: Simulator, summaries: list[DrawSummary], shape: Floats) -> Weighed:
    """Weights of all draws; draws that matter are simulated with more guards for the elasticity."""
    return _with_elasticities(how, scored(how.plan, range(how.plan.draws), summaries, shape))


def scored(plan: CalibrationPlan, numbers: Sequence[int], summaries: Sequence[DrawSummary], shape: Floats) -> Weighed:
    """Weights of some draws by all but the elasticity.

    numbers : which draws of the plan they are.      summaries : of their simulation, in the same order.
    """
    response = responses(plan, summaries, shape)
    level = np.array([_level(plan, d) for d in numbers])
    clusters = clusters_of(summaries, level)
    counts = np.array(plan.targets.attacks_of(plan.provinces))
    births, expected, given = _births(plan, numbers, response, clusters, level, counts)
    laws = tuple(harm_law(plan, d, summary, counts) for d, summary in zip(numbers, summaries, strict=True))
    first = _first_weights(plan, numbers, summaries, laws, expected, given, clusters, level)
    return Weighed(
        plan=plan, summaries=tuple(summaries), laws=laws, births=births, expected=expected, birth_logs=given,
        response=response, clusters=clusters, level=level, **first,
    )  # fmt: skip


def responses(plan: CalibrationPlan, summaries: Sequence[DrawSummary], shape: Floats) -> Floats:
    """(D, P, P) counts in q per birth a year in p: the shape of all draws, scaled province by province in each.

    The scale of a province is such that the simulated births give the simulated counts. A province in which a draw
    counted nothing gets a tenth of what the draws count there on average, for its mean is not known to be 0.
    """
    counted = np.array([summary.counted for summary in summaries])
    own = np.linalg.solve(shape.T, counted.T).T / plan.births
    least = 0.1 * np.maximum(own.mean(axis=0), 1e-6)
    return np.asarray(np.maximum(own, least)[:, :, None] * shape[None])


def clusters_of(summaries: Sequence[DrawSummary], level: Floats) -> Floats:
    """(P,) variance over mean at a fixed level, from all draws together: what drift leaves of the variance."""
    counted = np.array([summary.counted for summary in summaries])
    variance = np.array([summary.variance for summary in summaries])
    rest = (variance - level[:, None] * counted**2).sum(axis=0)
    return np.asarray(np.maximum(1.0, rest / np.maximum(counted.sum(axis=0), 1e-12)))


def _level(plan: CalibrationPlan, draw: int) -> float:
    """Relative variance of the mean level of the threat over the window."""
    drift = plan.resolved.scenario.world.threat.drift
    if drift.mode == "off":
        return 0.0
    row = dict(zip(plan.keys, plan.values[draw].tolist(), strict=True))
    persistence = row.get(PERSISTENCE, drift.persistence.value)
    return level_variance(persistence, row.get(INNOVATION, drift.innovation.value), plan.quarters)


def _births(
    plan: CalibrationPlan, numbers: Sequence[int], response: Floats, clusters: Floats, level: Floats,
    counts: np.ndarray,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Births, expected counts, and log weights of both, for each draw."""
    found = []
    for k, d in enumerate(numbers):
        uniforms = np.random.default_rng([plan.seed, BIRTHS, d]).random((plan.tries, len(plan.provinces)))
        dispersions = [Dispersion(c, float(level[k])) for c in clusters.tolist()]
        found.append(births_given(counts, response[k], plan.priors, dispersions, uniforms))
    births, expected, given = (
        [getattr(each, name) for each in found] for name in ("births", "expected", "log_weights")
    )
    return np.array(births), np.array(expected), np.array(given)


def harm_law(plan: CalibrationPlan, draw: int, summary: DrawSummary, counts: np.ndarray) -> HarmLaw:
    """What a counted attack does in a draw, with the provinces of the counts; of counted breaches each is one."""
    attacks, breaches = np.array(summary.attacks), np.array(summary.breaches)
    weights = counts if counts.sum() else attacks
    share = np.divide(breaches, attacks, out=np.zeros_like(breaches), where=attacks > 0.0)
    if plan.targets.attacks[0].counts == "breaches":
        share = np.ones_like(share)
    harm = harm_of(plan, draw)
    law = HarmLaw(
        harm=harm, breach=float(np.clip((share @ weights) / weights.sum(), 0.0, 1.0)), cells=np.array(summary.cells)
    )
    chance = law.killed(HIGHEST, 0.0)
    mean = float(chance @ np.arange(HIGHEST + 1) / chance.sum()) * breaches.sum()
    at_risk = min(1.0, summary.expected_deaths / mean) if mean > 0.0 and harm.mitigation.any() else 1.0
    return replace(law, at_risk=max(at_risk, 1e-6))


def harm_of(plan: CalibrationPlan, draw: int) -> Harm:
    """The consequences of a breach in a draw, without building its world; who is present is as in the scenario."""
    row = dict(zip(plan.keys, plan.values[draw].tolist(), strict=True))
    drawn: dict[str, Any] = {name: row[key] for key, name in HARM_KEYS.items() if key in row}
    return replace(plan.point.world.harm, **drawn)


def _first_weights(
    plan: CalibrationPlan, numbers: Sequence[int], summaries: Sequence[DrawSummary], laws: tuple[HarmLaw, ...],
    expected: Floats, given: Floats, clusters: Floats, level: Floats,
) -> dict[str, Floats]:  # fmt: skip
    """Statistics, distances and log weights, all but those of the elasticity."""
    targets, total = plan.targets, sum(plan.targets.attacks_of(plan.provinces))
    shown = np.zeros((len(numbers), len(targets.patterns)))
    implausible = np.zeros((len(numbers), len(targets.patterns) + 1))
    parts = np.zeros((len(numbers), len(targets.patterns) + 2))
    for d, summary in enumerate(summaries):
        mean = _mean_counts(expected[d], given[d])
        view = view_of(plan, numbers[d], summary, laws[d], _over_mean(plan, mean, clusters, float(level[d])))
        shown[d] = [statistic(target, view) for target in targets.patterns]
        implausible[d, :-1] = [implausibility(t, v) for t, v in zip(targets.patterns, shown[d].tolist(), strict=True)]
        implausible[d, -1] = _killed_distance(plan, laws[d], total)
        parts[d, 0] = np.logaddexp.reduce(given[d]) - np.log(len(given[d]))
        parts[d, 1] = log_likelihood(laws[d], harm_counts(plan), _discrepancy(plan))
        parts[d, 2:] = [log_density(t, v) for t, v in zip(targets.patterns, shown[d].tolist(), strict=True)]
    return {
        "shown": shown,
        "implausible": implausible,
        "parts": parts,
        "log_weights": _log_weights(parts, implausible, given),
    }


def _log_weights(parts: Floats, implausible: Floats, given: Floats) -> Floats:
    rest = parts[:, 1:].sum(axis=1)
    return np.where(excluded(implausible)[:, None], -np.inf, given + rest[:, None])


def excluded(implausible: Floats) -> np.ndarray:
    """(D,) whether history matching rules a draw out."""
    return np.asarray(np.nan_to_num(implausible, nan=0.0).max(axis=1) > CUTOFF)


def mean_counts(of: Weighed) -> Floats:
    """(D, P) mean counts of each draw, over its births given the counts."""
    return np.array([_mean_counts(row, logs) for row, logs in zip(of.expected, of.birth_logs, strict=True)])


def variance_over_mean(of: Weighed) -> Floats:
    """(D,) variance over mean of the count of the nation in each draw, at the mean of its counts."""
    means = mean_counts(of)
    variance = of.clusters * means + of.level[:, None] * means**2
    return np.asarray(variance.sum(axis=1) / np.maximum(means.sum(axis=1), 1e-12))


def _with_elasticities(how: Simulator, base: Weighed) -> Weighed:
    """Simulate the draws that carry weight with more guards, and weigh the elasticity; the others are ruled out."""
    at = [n for n, each in enumerate(base.plan.targets.patterns) if each.what == "elasticity_of_guards"]
    if not at or not np.isfinite(base.log_weights).any():
        return base
    by_draw = base.weights.sum(axis=1)
    order = np.argsort(-by_draw, kind="stable")
    kept = np.sort(order[: int(np.searchsorted(np.cumsum(by_draw[order]), 1.0 - NEGLIGIBLE)) + 1])
    after = changed_breaches(how, kept.tolist(), GUARDS_FACTOR)
    before = np.array([sum(base.summaries[d].breaches) for d in kept])
    shown, implausible, parts = base.shown.copy(), base.implausible.copy(), base.parts.copy()
    for n in at:
        target = base.plan.targets.patterns[n]
        shown[kept, n] = elasticities(before, after)
        implausible[kept, n] = [implausibility(target, value) for value in shown[kept, n].tolist()]
        parts[kept, n + 2] = [log_density(target, value) for value in shown[kept, n].tolist()]
    log_weights = np.full_like(base.log_weights, -np.inf)
    log_weights[kept] = _log_weights(parts, implausible, base.birth_logs)[kept]
    return replace(base, shown=shown, implausible=implausible, parts=parts, log_weights=log_weights)


def view_of(
    plan: CalibrationPlan, draw: int, summary: DrawSummary, law: HarmLaw, over_mean: dict[str, float]
) -> DrawView:
    """A draw as patterns see it."""
    return DrawView(
        plan=plan, summary=summary, values=values_of(plan, draw), breach=law.breach,
        zero=float(law.killed(0, 0.0)[0]), variance_over_mean=over_mean, elasticity=float("nan"),
    )  # fmt: skip


def _mean_counts(expected: Floats, given: Floats) -> Floats:
    weights = np.exp(given - given.max())
    return np.asarray(weights @ expected / weights.sum())


def _over_mean(plan: CalibrationPlan, mean: Floats, clusters: Floats, level: float) -> dict[str, float]:
    """Variance over mean of counts, of each province and of the nation ("")."""
    own = clusters + level * mean
    by_code = dict(zip(plan.provinces, own.tolist(), strict=True))
    return by_code | {"": float(own @ mean / max(mean.sum(), 1e-12))}


def harm_counts(plan: CalibrationPlan) -> HarmCounts:
    """The totals of the targets."""
    harm = plan.targets.block.harm
    return HarmCounts(
        attacks=sum(plan.targets.attacks_of(plan.provinces)), killed=harm.foreign_killed,
        injured=harm.foreign_injured, local_killed=harm.local_killed,
    )  # fmt: skip


def _discrepancy(plan: CalibrationPlan) -> float:
    found = plan.targets.block.harm.discrepancy
    return 0.0 if found is None else found.value


def _killed_distance(plan: CalibrationPlan, law: HarmLaw, attacks: int) -> float:
    """Distance of the persons killed from their mean, in deviations of the total and of the discrepancy."""
    chance = law.killed(HIGHEST, 0.0)
    chance = chance / chance.sum()
    numbers = np.arange(HIGHEST + 1.0)
    mean, square = float(chance @ numbers), float(chance @ numbers**2)
    expected = attacks * law.breach * mean
    variance = attacks * (law.breach * square - (law.breach * mean) ** 2) + (expected * _discrepancy(plan)) ** 2
    return abs(plan.targets.block.harm.foreign_killed - expected) / max(float(np.sqrt(variance)), 1e-12)
