"""Soft targets: what a draw shows of each pattern, how far that is from the target, and what it weighs.

Shares are compared as log odds, elasticities as they are, all else by logarithms. The interval of a target is read as
95 % of a normal law there; a discrepancy adds to its deviation. The weight multiplies the log density.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcpec.calibration.draws.plan import YEAR, CalibrationPlan
from simcpec.calibration.draws.summaries import DrawSummary
from simcpec.calibration.targets.target_schema import PLAIN, SHARES, SoftTarget
from simcpec.catalogue.laws import Z_975
from simcpec.model.world import Floats

GUARDS_FACTOR = 1.25  # of guards on duty, for their elasticity
LAW = "stoppage_days"  # the one pattern that is a single draw of a law


@dataclass(frozen=True, kw_only=True)
class DrawView:
    """A draw as patterns see it. values : by key, drawn or as written.      mean : (P,) expected counts at its births.

    zero : chance that a breach kills nobody.      breach : chance that an attack is one.
    variance_over_mean : of the count of the nation.      elasticity : of breaches to guards; nan where not simulated.
    """

    plan: CalibrationPlan
    summary: DrawSummary
    values: Mapping[str, float]
    breach: float
    zero: float
    variance_over_mean: Mapping[str, float]
    elasticity: float


def statistic(target: SoftTarget, view: DrawView) -> float:
    """What a draw shows of a pattern, in the unit of the target; nan where it shows nothing."""
    return _STATISTICS[target.what](target, view)


def scaled(what: str, value: float) -> float:
    """A value on the scale on which it is compared."""
    if what in PLAIN:
        return value
    low = max(value, 1e-12)
    return float(np.log(low / max(1.0 - low, 1e-12))) if what in SHARES else float(np.log(low))


def deviation(target: SoftTarget) -> float:
    """Standard deviation on that scale, of target and discrepancy together."""
    ends = scaled(target.what, target.high.value) - scaled(target.what, target.low.value)
    more = 0.0 if target.discrepancy is None else target.discrepancy.value
    return float(np.hypot(ends / (2.0 * Z_975), more))


def implausibility(target: SoftTarget, value: float) -> float:
    """Distance from the target in deviations; nan for no value, and for a law, which can give any day."""
    if target.what == LAW:
        return float("nan")
    return abs(scaled(target.what, value) - scaled(target.what, target.value.value)) / deviation(target)


def log_density(target: SoftTarget, value: float) -> float:
    """Weighted log density, without its constant; of a law the value is the density itself."""
    weight = target.weight.value
    if np.isnan(value):
        return 0.0
    if target.what == LAW:
        return weight * float(np.log(max(value, 1e-300)))
    return -0.5 * weight * implausibility(target, value) ** 2


# ------------------------------------------------------------------------------------------------ statistics


def _share_foiled(target: SoftTarget, view: DrawView) -> float:
    attacks = sum(view.summary.attacks)
    return view.summary.foiled / max(view.summary.foiled + attacks, 1e-12)


def _share_by_tips(target: SoftTarget, view: DrawView) -> float:
    tips = view.values.get("world.detection.tips", 0.0) * view.values.get("world.trust.start", 1.0)
    return tips / max(tips + view.values.get("world.detection.hazard", 0.0), 1e-12)


def _zero_deaths(target: SoftTarget, view: DrawView) -> float:
    return 1.0 - view.breach * (1.0 - view.zero)


def _dispersion(target: SoftTarget, view: DrawView) -> float:
    return view.variance_over_mean[target.province or ""]


def _operations(target: SoftTarget, view: DrawView) -> float:
    return _of(target, view, view.summary.operations) * YEAR / view.plan.targets.days


def _arrests(target: SoftTarget, view: DrawView) -> float:
    return _of(target, view, view.summary.arrests) / max(_of(target, view, view.summary.operations), 1e-12)


def _militant_deaths(target: SoftTarget, view: DrawView) -> float:
    return _of(target, view, view.summary.militant_deaths) / max(_of(target, view, view.summary.operations), 1e-12)


def _of(target: SoftTarget, view: DrawView, values: list[float]) -> float:
    """The sum over the nation, or one province's."""
    return sum(values) if target.province is None else values[view.plan.provinces.index(target.province)]


def _guards(target: SoftTarget, view: DrawView) -> float:
    """Guards whom provinces pay per foreign national."""
    world = view.plan.resolved.scenario.world
    forces = [name for name, force in world.forces.items() if force.payer == "province"]
    guards = sum(view.values.get(f"world.forces.{name}.strength.{target.province}", 0.0) for name in forces)
    persons = [view.values.get(f"world.provinces.{target.province}.personnel.{c}", 0.0) for c in world.cohorts]
    return guards / max(sum(persons), 1e-12)


def _stoppage(target: SoftTarget, view: DrawView) -> float:
    """Density of the law of a stoppage at the target, per log day."""
    from scipy import stats

    length = view.plan.resolved.scenario.world.stoppage.length
    mean = view.values.get("world.stoppage.length.mean", 0.0)
    shape = view.values.get("world.stoppage.length.shape", 1.0)
    laws: dict[str, Callable[[], Any]] = {
        "exponential": lambda: stats.expon(scale=mean),
        "lognormal": lambda: stats.lognorm(shape, scale=mean * np.exp(-0.5 * shape**2)),
        "gamma": lambda: stats.gamma(shape, scale=mean / shape),
    }
    if length.law not in laws or mean <= 0.0:
        return float("nan")
    return float(target.value.value * laws[length.law]().pdf(target.value.value))


def _elasticity(target: SoftTarget, view: DrawView) -> float:
    return view.elasticity


_STATISTICS: Mapping[str, Callable[[SoftTarget, DrawView], float]] = {
    "share_foiled": _share_foiled,
    "share_found_by_tips": _share_by_tips,
    "zero_death_share": _zero_deaths,
    "dispersion": _dispersion,
    "operations_per_year": _operations,
    "arrests_per_operation": _arrests,
    "deaths_per_operation": _militant_deaths,
    "guards_per_person": _guards,
    "stoppage_days": _stoppage,
    "elasticity_of_guards": _elasticity,
}


def values_of(plan: CalibrationPlan, draw: int) -> dict[str, float]:
    """Every number of the scenario by key, as drawn or as written."""
    return {**plan.written} | dict(zip(plan.keys, plan.values[draw].tolist(), strict=True))


def elasticities(before: Floats, after: Floats) -> Floats:
    """Elasticities of breaches to guards; nan where one of both is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(after / before) / np.log(GUARDS_FACTOR)
    return np.where(np.isfinite(found), found, np.nan)
