"""Everything that economics says of a study, as numbers: what `simcpec economics` prints, and tables and figures show.

found = study_economics(study, Basis(effect="deaths"))
found.decision.curves.perfect        (V,) USD a year, at found.decision.curves.values
found.per_unit                       what an attack, a breach and a death averted costs
found.incidence                      who pays and who gains
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcpec.analysis.economics.study_options import Basis, Threshold, options_of, thresholds_of
from simcpec.analysis.responses import all_of
from simcpec.economics.cost_lines import COST_LINES, HARM_SIDE
from simcpec.economics.decision.cost_per_averted import CostPerAverted, cost_per_averted
from simcpec.economics.decision.incremental import Increment, PracticeComparison, against_current, incremental
from simcpec.economics.decision.loss_tails import LossCurve, loss_curve
from simcpec.economics.decision.net_benefit import Acceptability, acceptability, values_around
from simcpec.economics.decision.options import SAME, Options
from simcpec.economics.decision.plane import Cloud, plane
from simcpec.economics.discounting import discount_factors
from simcpec.economics.perspectives import SECURITY, SOCIETY, shares_of_parties
from simcpec.model.world import Floats
from simcpec.results.records import ScenarioResult, Study

UNITS = {"attacks": "attack", "breaches": "breach", "deaths": "death"}  # effect -> one of it
#: what costs are told by, and their lines; the last is what attacks bring about
GROUPS: dict[str, tuple[str, ...]] = {
    "security": SECURITY, "delay": ("escort_delay", "slow_down"), "compensation": ("compensation",), "harm": HARM_SIDE,
}  # fmt: skip
WHOLE_YEAR = 360.0  # days of periods that make a year together


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Everything that options say, whatever they come from; see the modules of `economics.decision`."""

    options: Options
    increments: tuple[Increment, ...]
    comparisons: tuple[PracticeComparison, ...]
    curves: Acceptability
    plane: tuple[Cloud, ...]


@dataclass(frozen=True, kw_only=True)
class Incidence:
    """What one option changes for every party against current practice, the mean over draws.

    more : (N, G) USD a year, parties x `GROUPS`, undiscounted; above 0 where a party pays more, below 0 where it gains.
    society : (G,) the same for all together, so that what one pays another is gone.
    """

    option: int
    more: Floats
    society: Floats


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What one option costs, the mean over draws: USD.

    yearly : undiscounted, a year.      present : present value of the whole run.
    equivalent : the even amount a year with that present value.      rate : a year.
    """

    option: int
    yearly: float
    present: float
    equivalent: float
    rate: float


@dataclass(frozen=True, kw_only=True)
class StudyEconomics:
    """Everything that economics says of a study.

    decision : on `basis`.      undiscounted : the same options without discounting, in the same order.
    per_unit : by option, for attacks, breaches and deaths.
    thresholds : () also for a single party where only some replications are kept, which do not tell its loss.
    incidence : of every option but current practice; () where only some replications are kept.
    partial : whether only some replications are kept one by one.
    losses : of every option, None where the run has no whole year.
    """

    basis: Basis
    years: float
    decision: Decision
    undiscounted: Options
    per_unit: tuple[CostPerAverted, ...]
    thresholds: tuple[Threshold, ...]
    spending: tuple[Spending, ...]
    incidence: tuple[Incidence, ...]
    losses: tuple[LossCurve | None, ...]
    partial: bool = False


def decision_of(of: Options, values: Sequence[float] | None = None) -> Decision:
    """Return everything that options say at some values of a unit of effect; None: a grid around their ratios."""
    increments, comparisons = incremental(of), against_current(of)
    asked = [*(row.ratio for row in increments), *(row.ratio for row in comparisons)]
    ratios = [ratio for ratio in asked if ratio is not None]
    return Decision(
        options=of, increments=increments, comparisons=comparisons,
        curves=acceptability(of, values_around(ratios) if values is None else values), plane=plane(of),
    )  # fmt: skip


def study_economics(study: Study, basis: Basis | None = None, values: Sequence[float] | None = None) -> StudyEconomics:
    """Return everything that economics says of a study. Raises UserError as `options_of`."""
    basis = basis or Basis()
    options = options_of(study, basis)
    plain = options_of(study, basis.undiscounted) if basis.discounts else options
    partial = any(result.partial for result in study.scenarios)
    return StudyEconomics(
        basis=basis,
        years=study.scenarios[0].axes.years,
        decision=decision_of(options, values),
        undiscounted=plain,
        per_unit=tuple(
            row
            for effect, unit in UNITS.items()
            for row in cost_per_averted(options_of(study, replace(basis, effect=effect)), unit)
        ),
        thresholds=() if partial and basis.perspective != SOCIETY else thresholds_of(study, basis),
        spending=_spending(study, basis, plain),
        incidence=() if partial else _incidence(study),
        losses=tuple(losses_of(result) for result in study.scenarios),
        partial=partial,
    )


# ------------------------------------------------------------------------------------------ money by whom and when


def _spending(study: Study, basis: Basis, plain: Options) -> tuple[Spending, ...]:
    """Costs of every option undiscounted, as a present value, and as an even amount a year."""
    axes = study.scenarios[0].axes
    days = np.array(axes.period_days)
    factors = discount_factors(days, basis.discount_costs)
    present = options_of(study, replace(basis, discount_effects=0.0)).expected_cost * axes.years
    annuity = float(days @ factors) / 365.25
    return tuple(
        Spending(
            option=s, yearly=float(plain.expected_cost[s]), present=float(present[s]),
            equivalent=float(present[s] / annuity), rate=basis.discount_costs,
        )
        for s in range(len(plain.names))
    )  # fmt: skip


def _incidence(study: Study) -> tuple[Incidence, ...]:
    """Who pays and who gains in every scenario but current practice."""
    now = study.baseline or 0
    tables = [_by_party(result) for result in study.scenarios]
    more = [_without_rounding(table - tables[now], tables[now]) for table in tables]
    return tuple(
        Incidence(option=s, more=each, society=each.sum(axis=0)) for s, each in enumerate(more) if s != now
    )  # fmt: skip


def _without_rounding(apart: Floats, amounts: Floats) -> Floats:
    """Differences, 0 where they are nothing but rounding of the amounts."""
    return np.where(np.abs(apart) > SAME * float(np.abs(amounts).max(initial=0.0)), apart, 0.0)


def _by_party(result: ScenarioResult) -> Floats:
    """(N, G) USD a year of each party by group of lines, the mean over replications and draws."""
    means = all_of(result).costs.mean(axis=(0, 1))
    borne = np.einsum("tpm,ntpm->nm", means, shares_of_parties(result.plan, result.axes.period_days))
    groups = [[COST_LINES.index(line) for line in lines] for lines in GROUPS.values()]
    return np.stack([borne[:, columns].sum(axis=1) for columns in groups], axis=1) / result.axes.years


# ------------------------------------------------------------------------------------------ losses of single years


def losses_of(result: ScenarioResult) -> LossCurve | None:
    """Return the curve of yearly harm (damage, stoppage, outlays lost) of the replications that are kept one by one.

    A part of the replications is a fair sample of all.  None where the run has no whole year; a broken last year is
    left out.
    """
    years = whole_years(result.axes.period_days)
    if not years:
        return None
    harm = result.costs[..., [COST_LINES.index(line) for line in HARM_SIDE]].sum(axis=(-1, -2))
    table = np.stack([harm[..., first:end].sum(axis=-1) for first, end in years], axis=-1)
    return loss_curve(table.reshape(-1, len(years)))


def whole_years(period_days: Sequence[float]) -> list[tuple[int, int]]:
    """Return first and last + 1 of the periods of each whole year."""
    found, first, days = [], 0, 0.0
    for at, length in enumerate(period_days):
        days += length
        if days >= WHOLE_YEAR:
            found.append((first, at + 1))
            first, days = at + 1, 0.0
    return found
