"""Every response of a study, and every difference from the baseline, as plain data for machines (`--json`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simcpec.analysis.estimates import Estimate
    from simcpec.analysis.paired_differences import Difference, RateRatio
    from simcpec.analysis.responses import Response
    from simcpec.results.records import ScenarioResult, Study


def data(study: Study) -> dict[str, Any]:
    """Every response of every scenario, and every difference from the baseline, with all their intervals."""
    baseline = None if study.baseline is None else study.scenarios[study.baseline].slug
    return {
        "seed": study.seed,
        "engine": study.engine,
        "draws": study.draws,
        "replications": study.replications,
        "baseline": baseline,
        "precision": None if study.precision is None else asdict(study.precision),
        "time_limit": None if study.time_limit is None else asdict(study.time_limit),
        "scenarios": [_scenario(study, index, result) for index, result in enumerate(study.scenarios)],
    }


def _scenario(study: Study, index: int, result: ScenarioResult) -> dict[str, Any]:
    from simcpec.analysis.responses import responses_of
    from simcpec.economics.unspent_money import unspent_lines
    from simcpec.reporting.tables.payers import KINDS, paid_by

    asked = responses_of(*study.scenarios)
    found: dict[str, Any] = {
        "slug": result.slug,
        "name": result.name,
        "path": result.path,
        "digest": result.digest,
        "remarks": list(result.remarks),
        "unspent_usd": {line.instrument: line.unspent / 100 for line in unspent_lines(result.plan)},  # above 5 % of it
        "payers": {  # USD over the whole run, at the values as written
            payer: {kind.lower(): cents / 100 for kind, cents in zip(KINDS, amounts, strict=True)}
            for payer, amounts in paid_by(result)
        },
        "responses": {r.id: _response(result, r) for r in asked},
        "failed": [
            {"draw": f.draw, "replication": f.replication, "error": f.error, **asdict(f.failure), "replay": f.replay}
            for f in result.failed
        ],
    }
    if study.baseline is not None and index != study.baseline:
        found["changes"] = [{"key": c.key, "old": c.old, "new": c.new} for c in study.changes[index]]
        found["fates"] = {what: fates(study, index, what) for what in ("attacks", "breaches")}
        found["differences"] = {r.id: _difference_data(difference(study, index, r.id)) for r in asked}
        found["differences"]["incidents"]["relative"] = _relative_data(incident_change(study, index))
    return found


def fates(study: Study, index: int, what: str) -> dict[str, Any]:
    """Sums of one kind of event against the baseline, which add up; nothing where no plots were followed."""
    if study.fates is None or index == study.baseline:
        return {}
    became = dict.fromkeys(("unchanged", "earlier", "delayed", "displaced", "averted", "created"), 0)
    reasons: dict[str, dict[str, int]] = {"averted": {}, "created": {}}
    for fate in study.fates.of_scenario[index]:
        if fate.what == what:
            became[fate.became] += fate.count
            if fate.by:
                reasons[fate.became][fate.by] = reasons[fate.became].get(fate.by, 0) + fate.count
    return {
        "plays": study.fates.plays,
        "baseline": sum(became.values()) - became["created"],
        "scenario": sum(became.values()) - became["averted"],
        "became": became,
        "averted_by": reasons["averted"],
        "created_from": reasons["created"],
    }


def difference(study: Study, index: int, response_id: str) -> Difference:
    """A response of a scenario minus that of the baseline, paired."""
    from simcpec.analysis.responses import response
    from simcpec.analysis.scenario_analysis import analysis_of

    assert study.baseline is not None
    base = analysis_of(study.scenarios[study.baseline])
    return analysis_of(study.scenarios[index]).compare(base, response(response_id))


def incident_change(study: Study, index: int) -> RateRatio:
    """Incidents of a scenario over those of the baseline."""
    from simcpec.analysis.scenario_analysis import analysis_of

    assert study.baseline is not None
    base = analysis_of(study.scenarios[study.baseline])
    return analysis_of(study.scenarios[index]).incident_ratio(base, seed=study.seed)


def _estimate(found: Estimate, unit: str, per: str) -> dict[str, Any]:
    return {
        "unit": unit,
        "per": per,
        "estimable": found.estimable,
        "mean": found.mean if found.estimable else None,
        "half_width": found.half_width,
        "monte_carlo": None if found.monte_carlo is None else list(found.monte_carlo),
        "uncertainty": _pair(found.low, found.high),
        "differs_below": found.differs,
        "carried_by": found.carried_by,
        "n": found.n,
        "note": found.note,
    }


def _response(result: ScenarioResult, one: Response) -> dict[str, Any]:
    """One response of a scenario: the mean over draws, and that at the values as written where it was simulated."""
    from simcpec.analysis.scenario_analysis import analysis_of

    of = analysis_of(result)
    found, written = _estimate(of.estimate(one), one.unit, one.per), of.estimate_as_written(one)
    keys = ("mean", "half_width", "monte_carlo", "differs_below", "carried_by", "n", "note")
    if written is not None:
        said = _estimate(written, one.unit, one.per)
        found["as_written"] = {key: said[key] for key in keys}
    return found


def _difference_data(found: Difference) -> dict[str, Any]:
    return {
        "mean": None if found.verdict == "not estimable" else found.mean,
        "half_width": found.half_width,
        "uncertainty": _pair(found.low, found.high),
        "differs_below": found.differs,
        "carried_by": found.carried_by,
        "verdict": found.verdict,
        "tie": found.tie,
        "p_less": found.p_less,
        "variance_ratio": found.variance_ratio,
        "correlation": found.correlation,
        "note": found.note,
    }


def _relative_data(found: RateRatio) -> dict[str, Any]:
    """The change as a share of the baseline, with its 95 % Monte Carlo interval."""
    mean, low, high = (None if x is None else x - 1.0 for x in (found.ratio, found.low, found.high))
    return {"mean": mean if found.estimable else None, "interval": _pair(low, high), "note": found.note}


def _pair(low: float | None, high: float | None) -> list[float] | None:
    """Both ends of an interval, or nothing."""
    return None if low is None or high is None else [low, high]
