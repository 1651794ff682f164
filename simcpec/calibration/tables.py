"""The tables of a calibration, as rows of numbers and texts: one CSV file each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from simcpec.calibration.calibrate import WANTED, Calibration
from simcpec.calibration.checks.mechanisms import PARTS, Ablated
from simcpec.calibration.draws.plan import YEAR
from simcpec.calibration.fit import fresh_ratio
from simcpec.calibration.identifiability import ridge
from simcpec.storage.csv_text import csv_text

Rows = Sequence[Sequence[Any]]
FIT = (
    "target", "kind", "observed", "before", "low", "median", "high", "per_cent", "tail", "inside", "mean", "exact_low",
    "exact_high",
)  # fmt: skip
GAPS = ("between", "member", "number", "mean", "variation", "longest")
SETTINGS = (
    "key", "driver", "before_low", "before_median", "before_high", "after_low", "after_median", "after_high",
    "contraction", "overlap", "moved",
)  # fmt: skip
DRAWS = ("draw", "weight", "ruled_out", "log_births", "log_passage", "log_counts", "log_harm")
FRESH = ("member", "expected", "simulated", "standard_error")
ABLATION = ("without", "effective_draws", "rate_per_year", "breach_share")
MECHANISMS = (
    "mechanism", "change", "draws", "log_score", "log_score_error", *PARTS, "ruled_out", "variance_over_mean",
    "rate_per_year", "attacks_averted_per_cent", "attacks_half_width", "breaches_averted_per_cent",
    "breaches_half_width", "against_written", "against_half_width", "verdict", "acts", "sets",
)  # fmt: skip
YEARS = ("further_years", "contraction_of_log_rate")
SUMMARY = ("what", "value")
CHECKS = ("check", "years", "statistic", "coverage_90", "as_it_should")
FORECASTS = ("province", "method", "quarters", "crps", "coverage_90", "beaten_by")
RIVALS = ("draw", "log_likelihood", "guards_avert_per_cent", "detection_averts_per_cent")
DRIFT = ("persistence", "innovation", "before", "log_likelihood", "after")


def tables(of: Calibration) -> dict[str, str]:
    """Every table by the name of its file."""
    found: Mapping[str, tuple[Sequence[str], Rows]] = {
        "fit.csv": (FIT, [[_cell(getattr(row, name)) for name in FIT] for row in of.fit]),
        "settings.csv": (SETTINGS, _settings(of)),
        "draws.csv": (DRAWS, _draws(of)),
        "fresh.csv": (FRESH, [[c.member, c.expected, c.simulated, c.error] for c in of.fresh]),
        "gaps.csv": (GAPS, [[_cell(getattr(each, name)) for name in GAPS] for each in of.gaps]),
        "ablation.csv": (ABLATION, of.ablation),
        "mechanisms.csv": (MECHANISMS, [_mechanism(each) for each in of.mechanisms]),
        "years.csv": (YEARS, of.years),
        "checks.csv": (CHECKS, _checks(of)),
        "out-of-sample.csv": (FORECASTS, _forecasts(of)),
        "rivals.csv": (RIVALS, [[w.draw, w.log_likelihood, w.guards, w.detection] for w in of.rivals]),
        "drift.csv": (DRIFT, _drift(of)),
        "predicted.csv": (_predicted_heading(of), _predicted(of)),
        "summary.csv": (SUMMARY, [[name, _cell(value)] for name, value in summary(of).items()]),
    }
    return {name: csv_text(heading, rows) for name, (heading, rows) in found.items()}


def summary(of: Calibration) -> dict[str, Any]:
    """The headline numbers."""
    weighed, plan = of.weighed, of.weighed.plan
    ratio, error = fresh_ratio(of.fresh)
    return {
        "draws": plan.draws, "replications": plan.replications, "members": len(of.members),
        "effective_draws": weighed.effective, "effective_wanted": WANTED, "remaining_share": weighed.remaining,
        "halves_apart": of.halves, "converged": of.converged,
        "rate_low": of.rate[0], "rate_median": of.rate[1], "rate_high": of.rate[2],
        "poisson_low": of.poisson[0], "poisson_high": of.poisson[1], "wider_than_poisson": of.wider,
        "fresh_ratio": ratio, "fresh_ratio_error": error, "ridge_correlation": ridge(weighed)[2],
        **of.power,
        **{f"clusters_{code}": float(c) for code, c in zip(plan.provinces, weighed.clusters, strict=True)},
    }  # fmt: skip


def _cell(value: Any) -> Any:
    """A number that is none is an empty cell."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _settings(of: Calibration) -> Rows:
    return [
        [each.key, each.driver, *each.before, *each.after, each.contraction, each.overlap, each.moved]
        for each in of.settings
    ]


def _draws(of: Calibration) -> Rows:
    births, passage, _ = ridge(of.weighed)
    by_draw, parts = of.weighed.weights.sum(axis=1), of.weighed.parts
    return [
        [d + 1, float(by_draw[d]), bool(by_draw[d] == 0.0), float(births[d]) if by_draw[d] else None,
         float(passage[d]) if by_draw[d] else None, float(parts[d, 0]), float(parts[d, 1])]
        for d in range(len(by_draw))
    ]  # fmt: skip


def _mechanism(one: Ablated) -> Sequence[Any]:
    """A row of a mechanism; a log score that is minus infinity is an empty cell, and `ruled_out` is 1."""
    mechanism = one.mechanism
    change = "" if not mechanism.sets else "in" if mechanism.adds else "out"
    cells = (
        one.draws, one.score if one.ruled_out < 1.0 else None, one.error, *one.parts.values(), one.ruled_out,
        one.over_mean, one.rate, *one.attacks, *one.breaches, *one.against,
    )  # fmt: skip
    said = (one.verdict, mechanism.acts, "; ".join(mechanism.sets))
    return [mechanism.name, change, *(_cell(value) for value in cells), *said]


def _checks(of: Calibration) -> Rows:
    """Simulation-based calibration with its control, and recovery; statistic: p of ranks, or error of the log."""
    years = of.weighed.plan.targets.days / YEAR
    rows: list[list[Any]] = [
        ["ranks of truths are even", years, of.ranks.p, of.ranks.coverage, of.ranks.passes],
        ["ranks with a planted error are not", years, of.planted.p, of.planted.coverage, not of.planted.passes],
    ]
    rows += [
        [f"births found again in {each.years:g} years", each.years, each.error, each.coverage, None]
        for each in of.recovery
    ]
    return rows


def _forecasts(of: Calibration) -> Rows:
    """Scores of all methods by province; `beaten_by` names the methods with a lower score."""
    rows = []
    for one in of.forecasts:
        better = [
            each.method for each in of.forecasts if each.province == one.province and each.score < one.score
        ]  # fmt: skip
        rows.append(
            [one.province, one.method, len(one.observed), one.score, one.coverage, ", ".join(better) or None]
        )  # fmt: skip
    return rows


def _drift(of: Calibration) -> Rows:
    from simcpec.calibration.draws.plan import drift_prior

    plan = of.weighed.plan
    before, after = drift_prior(plan.factors, plan.drift_grid), plan.drift_posterior
    return [
        [float(p), float(q), float(before[f, g]), float(plan.drift[f, g]), float(after[f, g])]
        for f, p in enumerate(plan.drift_grid.persistence)
        for g, q in enumerate(plan.drift_grid.innovation)
    ]


def _predicted_heading(of: Calibration) -> Sequence[str]:
    return (*(f"attacks_{code}" for code in of.weighed.plan.provinces), "killed", "injured", "local_killed")


def _predicted(of: Calibration) -> Rows:
    return [
        [*counts, *harm]
        for counts, harm in zip(of.predicted.counts.tolist(), of.predicted.harm.tolist(), strict=True)
    ]  # fmt: skip
