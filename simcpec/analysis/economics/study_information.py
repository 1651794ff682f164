"""What knowing more is worth in a study: a parameter, a group of them, or counts of attacks that are still to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcpec.analysis.economics.study_options import Basis, Sampled, column_of, costs_and_effects
from simcpec.analysis.responses import cells_by_period
from simcpec.economics.decision.net_benefit import without_noise_of_units
from simcpec.economics.decision.options import Options
from simcpec.economics.value_of_information.partial import FEWEST, PartialInformation, partial_information
from simcpec.economics.value_of_information.regression import conditional_expectation, design_of
from simcpec.economics.value_of_information.sample import (
    SampleInformation,
    conjugate_value,
    counts_likelihood,
    outcomes,
    value_of_outcomes,
)
from simcpec.errors import UserError, no_such
from simcpec.model.world import Floats
from simcpec.results.records import ScenarioResult, Study

EACH = "each"  # every parameter by itself


def partial_of(of: Options, values: Sequence[float], asked: Sequence[str]) -> tuple[PartialInformation, ...]:
    """Return what knowing parameters is worth, the most valuable first.

    asked : `EACH`, or the beginning of dotted keys: all parameters below it are one group.
    Raises UserError for few draws and for what no drawn key begins with.
    """
    if of.draws < FEWEST:
        raise UserError(f"{of.draws} draws of the parameters tell nothing of single ones; allowed: at least {FEWEST}")
    if not of.keys:
        raise UserError("no parameter was drawn, so that none can be known better; allowed: a study with --draws")
    groups = {key: (key,) for key in of.keys} if list(asked) == [EACH] else {name: _below(of, name) for name in asked}
    parameters = partial_information(of, values, groups)
    return tuple(sorted(parameters, key=lambda each: (-float(each.worth.max()), each.name)))


def _below(of: Options, name: str) -> tuple[str, ...]:
    keys = tuple(key for key in of.keys if key == name or key.startswith(f"{name}."))
    if not keys:
        raise no_such(f"no drawn parameter is called {name!r} or stands below it", name, (EACH, *of.keys))
    return keys


# ------------------------------------------------------------------------------------------------ counts to come


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What counts of attacks can tell, without Monte Carlo noise.

    cost, effect, rate : (D, S), the last in attacks a year under each option.      dispersion : (S,) variance / mean of
    counts of the run, at least 1.      years : of the run.
    """

    names: tuple[str, ...]
    current: int
    cost: Floats
    effect: Floats
    rate: Floats
    dispersion: Floats
    years: float

    @property
    def weights(self) -> Floats:
        """(D,) of the draws."""
        return np.full(len(self.rate), 1.0 / len(self.rate))


def watched(study: Study, basis: Basis, names: Sequence[str]) -> Watched:
    """Return costs, effects and rates of attacks of every scenario, their noise taken out together.

    Noise that a rate shares with an effect would count as something that attacks tell of it.
    Raises UserError for few draws.
    """
    draws = study.scenarios[0].draws
    if draws < FEWEST:
        raise UserError(f"{draws} draws of the parameters leave little to learn from data; allowed: at least {FEWEST}")
    spent, averted = costs_and_effects(study, basis)
    attacks = Sampled.of([column_of(result, "attacks") for result in study.scenarios])
    together = replace(
        spent,
        means=np.concatenate([each.means for each in (spent, averted, attacks)], axis=-1),
        rows=np.concatenate([each.rows for each in (spent, averted, attacks)], axis=-1),
    )
    noise, means = together.noise(together), together.means
    if noise is not None:
        means = without_noise_of_units(means, np.full(draws, 1.0 / draws), noise)
    cost, effect, rate = np.split(means, 3, axis=1)
    return Watched(
        names=tuple(names), current=study.baseline or 0, cost=cost, effect=effect, rate=np.maximum(rate, 0.0),
        dispersion=np.array([dispersion_of(result) for result in study.scenarios]),
        years=study.scenarios[0].axes.years,
    )  # fmt: skip


def dispersion_of(result: ScenarioResult) -> float:
    """Return variance / mean of the attacks of a run given the parameters, at least 1, from the kept replications."""
    counts = cells_by_period(result, "attacks").sum(axis=(2, 3))
    mean = float(counts.mean())
    if counts.shape[1] < 2 or mean <= 0.0:
        return 1.0
    return max(1.0, float(counts.var(axis=1, ddof=1).mean()) / mean)


def watching(of: Watched, values: Sequence[float], years: Sequence[float]) -> tuple[SampleInformation, ...]:
    """Return what it is worth to keep current practice and count attacks for some years before choosing."""
    now = of.current
    columns = _given(of, [now])
    return tuple(
        row
        for n in years
        for row in _checked(of, n, _rows(of, f"wait and watch {_years(n)}", n, values, columns, now,
                                         outcomes(columns, of.weights, _counts(of, now, n))))
    )  # fmt: skip


def _checked(of: Watched, years: float, rows: Sequence[SampleInformation]) -> list[SampleInformation]:
    """Rows with the closed form beside them: a Gamma law with the moments of the rates, straight lines of benefit."""
    rate = of.rate[:, of.current]
    mean, variance = float(rate.mean()), float(rate.var())
    if not (mean > 0.0 and variance > (1e-3 * mean) ** 2):
        return list(rows)  # all draws have one rate: there is no law of it
    away = (rate - mean) / (variance * len(rate))
    cost_slope, effect_slope = away @ of.cost, away @ of.effect
    cost_start, effect_start = of.cost.mean(axis=0) - mean * cost_slope, of.effect.mean(axis=0) - mean * effect_slope
    return [
        replace(row, conjugate=conjugate_value(
            shape=mean**2 / variance, rate=mean / variance, years=years,
            slopes=row.value * effect_slope - cost_slope, intercepts=row.value * effect_start - cost_start,
            dispersion=float(of.dispersion[of.current]),
        ))
        for row in rows
    ]  # fmt: skip


def evaluating(of: Watched, values: Sequence[float], years: Sequence[float]) -> tuple[SampleInformation, ...]:
    """Return what evaluations are worth: an option in force for some years, counting attacks before and after.

    Before: as many years under current practice, which are past by then.  Afterwards every option can be chosen.
    """
    evaluations: list[SampleInformation] = []
    for s, name in enumerate(of.names):
        if s == of.current:
            continue
        columns = _given(of, [of.current, s])
        for n in years:
            seen = outcomes(columns, of.weights, _counts(of, of.current, n), _counts(of, s, n))
            evaluations += _rows(of, f"{name}: {_years(n)} before and after", n, values, columns, s, seen)
    return tuple(evaluations)


def _years(years: float) -> str:
    return f"{years:g} year{'' if years == 1.0 else 's'}"


def _given(of: Watched, options: Sequence[int]) -> Floats:
    """(D, 2 S) costs and effects expected given the rates of attacks under some options."""
    return conditional_expectation(
        design_of(of.rate[:, options]), np.concatenate([of.cost, of.effect], axis=1), of.weights
    )


def _counts(of: Watched, option: int, years: float) -> Floats:
    return counts_likelihood(of.rate[:, option], years=years, dispersion=float(of.dispersion[option]))


def _rows(
    of: Watched, name: str, years: float, values: Sequence[float], columns: Floats, meanwhile: int, seen: Floats
) -> list[SampleInformation]:
    """One row a value; `meanwhile` is the option in force while data are collected."""
    count = len(of.names)
    evaluations = []
    for value in values:
        benefit = value * columns[:, count:] - columns[:, :count]
        joint = value * seen[:, count:-1] - seen[:, :count]
        worth = value_of_outcomes(joint, seen[:, -1])
        expected = of.weights @ benefit
        partial = value_of_outcomes(benefit * of.weights[:, None], of.weights)
        waiting = float(expected.max() - expected[meanwhile])
        net = (of.years - years) * worth - years * waiting if years < of.years else None
        evaluations.append(
            SampleInformation(
                name=name, years=years, value=value, worth=worth, partial=max(partial, worth), waiting=waiting, net=net
            )
        )
    return evaluations
