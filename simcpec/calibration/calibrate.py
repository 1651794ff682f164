"""A whole calibration: simulate, weigh, resample, and say how well it fits and what it cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simcpec.calibration.checks import gaps, mechanisms
from simcpec.calibration.checks.gaps import Gaps, simulated_gaps
from simcpec.calibration.checks.mechanisms import Ablated
from simcpec.calibration.checks.out_of_sample import TRAINED, Forecasts, forecasts
from simcpec.calibration.checks.rival_worlds import CANDIDATES, RivalWorld, rival_worlds
from simcpec.calibration.checks.simulation_based import Family, RankCheck, Recovery, rank_check, recoveries
from simcpec.calibration.draws.plan import FEWEST_INCIDENTS, YEAR, CalibrationPlan
from simcpec.calibration.draws.simulated import Simulator, draws_of, response_replications, response_shape
from simcpec.calibration.fit import (
    CHECKED,
    FitRow,
    FreshCheck,
    Predictions,
    fit_rows,
    fresh_checks,
    predictions,
    split_half,
)
from simcpec.calibration.identifiability import Identified, evaluation_power, identified, quantile, value_of_years
from simcpec.calibration.models.drift_fit import quarters_of
from simcpec.calibration.weighing.resample import ensemble_of, log_rates, members_of
from simcpec.calibration.weighing.weights import Weighed, weighed
from simcpec.model.world import Floats, Ints
from simcpec.storage.ensemble_folder import Ensemble

WANTED = 200.0  # effective number of draws


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What a calibration found. rate : national counts a year, 2.5, 50 and 97.5 %.

    power : chance that 4 + 4 years find a halving, and of a false alarm, with Poisson counts and as dispersed as here.
    """

    weighed: Weighed
    members: Ints
    ensemble: Ensemble
    settings: tuple[Identified, ...]
    predicted: Predictions
    fit: tuple[FitRow, ...]
    fresh: tuple[FreshCheck, ...]
    gaps: tuple[Gaps, ...]  # of the members that are simulated anew, replication by replication
    rate: tuple[float, float, float]
    poisson: tuple[float, float]  # exact interval of a Poisson count
    halves: float
    power: Mapping[str, float]
    years: tuple[tuple[int, float], ...]
    ablation: tuple[tuple[str, float, float, float], ...]
    ranks: RankCheck
    planted: RankCheck  # the control: must fail
    recovery: tuple[Recovery, ...]
    forecasts: tuple[Forecasts, ...]
    rivals: tuple[RivalWorld, ...]
    mechanisms: tuple[Ablated, ...]  # the scenario as written first

    @property
    def converged(self) -> bool:
        """Whether there are enough effective draws and both halves of the design agree."""
        return self.weighed.effective >= WANTED and self.halves <= 4.0 / float(np.sqrt(self.weighed.effective))

    @property
    def wider(self) -> float:
        """Width of the interval of the rate over that of a Poisson count."""
        return (self.rate[2] - self.rate[0]) / (self.poisson[1] - self.poisson[0])


def calibrated(how: Simulator, where: str) -> Calibration:
    """Calibrate. where : what the ensemble is called. Raises EngineError, UserError, Refused."""
    _announce(how)
    shape = response_shape(how)
    of = weighed(how, draws_of(how), shape)
    members = members_of(of)
    predicted, fresh = predictions(of, members), fresh_checks(how, of, members)
    windows = simulated_gaps(how, of, members[:CHECKED])
    rates = np.exp(log_rates(of))
    low, median, high = (quantile(rates.ravel(), of.weights.ravel(), at) for at in (0.025, 0.5, 0.975))
    return Calibration(
        weighed=of, members=members, ensemble=ensemble_of(of, members, where), settings=identified(of),
        predicted=predicted, fit=fit_rows(of, predicted, windows), fresh=fresh, gaps=windows,
        rate=(low, median, high), poisson=poisson_interval(of), halves=split_half(of, log_rates(of)),
        power=power_of(of), years=value_of_years(of), ablation=ablation(of),
        ranks=rank_check(family_of(of), seed=of.plan.seed),
        planted=rank_check(family_of(of), seed=of.plan.seed, planted=True),
        recovery=recoveries(family_of(of), mean_births(of), seed=of.plan.seed), forecasts=_forecasts(of.plan),
        rivals=rival_worlds(how, of), mechanisms=mechanisms.ablated(how, of, members, shape),
    )  # fmt: skip


def _announce(how: Simulator) -> None:
    """Plan the replications of all stages, with the most of those that are not known yet."""
    plan, work = how.plan, how.work
    guarded = any(each.what == "elasticity_of_guards" for each in plan.targets.patterns)
    stages = {
        "draws": plan.draws, "guards": plan.draws if guarded else 0, "fresh": min(CHECKED, plan.members),
        gaps.STAGE: min(CHECKED, plan.members),
        "rival-guards": CANDIDATES, "rival-detection": CANDIDATES,
    }  # fmt: skip
    for stage, draws in stages.items():
        work.plan(stage, draws * plan.replications)
    work.plan("response", response_replications(plan))
    switched = mechanisms.mechanisms(plan)
    most = mechanisms.planned_replications(plan, switched, mechanisms.most_draws(plan))
    work.plan(mechanisms.STAGE, most)
    work.begin()


def family_of(of: Weighed) -> Family:
    """The fitted family at the weighted means of its parameters, of the provinces that had attacks."""
    by_draw, plan = of.weights.sum(axis=1), of.plan
    counted = np.array(plan.targets.attacks_of(plan.provinces))
    hit = np.flatnonzero(counted) if counted.any() else np.arange(len(counted))
    response = np.tensordot(by_draw, of.response, axes=1)[np.ix_(hit, hit)]
    drift = plan.drift_posterior
    return Family(
        priors=[plan.priors[p] for p in hit], response=response, clusters=of.clusters[hit],
        persistence=float(drift.sum(axis=1) @ plan.drift_grid.persistence),
        innovation=float(drift.sum(axis=0) @ plan.drift_grid.innovation) if of.level.any() else 0.0,
        years=plan.targets.days / YEAR,
    )  # fmt: skip


def mean_births(of: Weighed) -> Floats:
    """Weighted mean births a year of the provinces that had attacks."""
    counted = np.array(of.plan.targets.attacks_of(of.plan.provinces))
    hit = np.flatnonzero(counted) if counted.any() else np.arange(len(counted))
    return np.asarray(np.einsum("dk,dkp->p", of.weights, of.births)[hit])


def _forecasts(plan: CalibrationPlan) -> tuple[Forecasts, ...]:
    """Forecasts of every province with enough incidents, where there are enough quarters."""
    table = plan.targets.monthly
    enough = [code for code in table.provinces if table.named(code).sum() >= FEWEST_INCIDENTS]
    if len(quarters_of(table.counts[0])) <= TRAINED:
        return ()
    return tuple(each for code in enough for each in forecasts(code, table.named(code), seed=plan.seed))


def poisson_interval(of: Weighed) -> tuple[float, float]:
    """Exact 95 % interval of the national count a year, as if it were Poisson."""
    from scipy.stats import gamma

    count = sum(of.plan.targets.attacks_of(of.plan.provinces))
    years = of.plan.targets.days / YEAR
    low = float(gamma.ppf(0.025, count)) if count else 0.0
    return low / years, float(gamma.ppf(0.975, count + 1)) / years


def power_of(of: Weighed) -> dict[str, float]:
    """Chances that 4 + 4 years find a halving at the observed rate."""
    rate = sum(of.plan.targets.attacks_of(of.plan.provinces)) * YEAR / of.plan.targets.days
    over = over_mean_of(of)
    return {
        "halving_if_poisson": evaluation_power(rate, 4.0, 0.5),
        "false_alarm_if_poisson": evaluation_power(rate, 4.0, 1.0),
        "halving_as_dispersed": evaluation_power(rate, 4.0, 0.5, over_mean=over),
        "false_alarm_as_dispersed": evaluation_power(rate, 4.0, 1.0, over_mean=over),
        "variance_over_mean": over,
    }


def over_mean_of(of: Weighed) -> float:
    """Variance over mean of the national count, at the weighted means."""
    mean = np.einsum("dk,dkp->p", of.weights, of.expected)
    level = float(of.weights.sum(axis=1) @ of.level)
    variance = of.clusters * mean + level * mean**2
    return float(variance.sum() / max(mean.sum(), 1e-12))


def ablation(of: Weighed) -> tuple[tuple[str, float, float, float], ...]:
    """What each target does: effective draws, national rate and passage without it, and with all of them first."""
    names = ["nothing", "counts", "harm", *(each.what for each in of.plan.targets.patterns)]
    found = []
    for n, name in enumerate(names):
        logs = of.log_weights.copy()
        if n == 1:
            logs = logs - of.parts[:, :1]  # the draw's own evidence goes; births keep their posterior
        elif n > 1:
            logs = logs - of.parts[:, n - 1 : n]
        found.append((name, *_summary(of, logs)))
    return tuple(found)


def _summary(of: Weighed, logs: Floats) -> tuple[float, float, float]:
    weights = np.exp(logs - logs.max())
    weights = weights / weights.sum()
    by_draw = weights.sum(axis=1)
    rate = float(np.exp((weights * log_rates(of)).sum()))
    breach = float(by_draw @ np.array([law.breach for law in of.laws]))
    return float(1.0 / (by_draw**2).sum()), rate, breach
