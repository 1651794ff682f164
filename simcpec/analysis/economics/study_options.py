"""The options of a decision from a study: each scenario a policy, each parameter draw a state of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcpec.analysis.aggregates import summed
from simcpec.analysis.responses import EXPECTED, all_of, cells_by_period, response, twinned
from simcpec.analysis.scenario_analysis import AggregateAnalysis
from simcpec.economics.cost_lines import COST_LINES, HARM_SIDE
from simcpec.economics.decision.options import Options, options
from simcpec.economics.decision.thresholds import break_even_rates, critical_reduction
from simcpec.economics.discounting import discount_factors
from simcpec.economics.perspectives import PERSPECTIVES, SECURITY, SOCIETY, shares_of_parties, weights_of
from simcpec.errors import UserError, no_such
from simcpec.model.world import Floats, Ints
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.response_definitions import Names
from simcpec.results.scenario_names import told_apart

#: what may be averted, and what is counted for it: the conditional mean where there is one
EFFECTS = {"incidents": "incidents", "attacks": "attacks", **EXPECTED}
#: what may count as cost, in USD a year, and its lines
COSTS = {"security": SECURITY, "total": COST_LINES}


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What counts as effect and as cost, for whom, and how the future is weighed.

    effect, cost : of `EFFECTS` and `COSTS`.      perspective : of `PERSPECTIVES`.
    discount_costs, discount_effects : rates a year, >= 0; amounts of a period count from its middle to the first
        counted day.
    """

    effect: str = "incidents"
    cost: str = "security"
    perspective: str = SOCIETY
    discount_costs: float = 0.0
    discount_effects: float = 0.0

    def check(self) -> None:
        """Raise UserError for words and rates that are not allowed."""
        words = (("effect", EFFECTS), ("cost", COSTS), ("perspective", PERSPECTIVES))
        for what, known in words:
            word = getattr(self, what)
            if word not in known:
                raise no_such(f"no {what} {word!r}", word, known)
        for what, rate in (("costs", self.discount_costs), ("effects", self.discount_effects)):
            if not 0.0 <= rate < 1.0:
                raise UserError(f"the discount rate of {what} is {rate:g}; allowed: from 0 to below 1 (0.05 is 5 %)")

    @property
    def undiscounted(self) -> Basis:
        """The same without discounting."""
        return replace(self, discount_costs=0.0, discount_effects=0.0)

    @property
    def discounts(self) -> bool:
        """Whether any rate is above 0."""
        return self.discount_costs > 0.0 or self.discount_effects > 0.0


def options_of(study: Study, basis: Basis | None = None) -> Options:
    """Return the scenarios of a study as options; the baseline is current practice, or else the first scenario.

    The effect is what is averted against current practice in the same state of the world; costs and effects are a year:
    present values of the run over its years where they are discounted.
    Raises UserError for a basis that is not allowed, and for what only replications can tell that were not all kept.
    """
    basis = basis or Basis()
    results, current = study.scenarios, study.baseline or 0
    spent, averted = costs_and_effects(study, basis)
    names = told_apart([result.name for result in results], [result.slug for result in results])
    keys, parameters = _parameters(results)
    found = options(names, spent.means, averted.means, current=names[current])
    return replace(
        found, cost_noise=spent.noise(spent), effect_noise=averted.noise(averted), cross_noise=spent.noise(averted),
        keys=keys, parameters=parameters,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------ means and their noise


@dataclass(frozen=True, kw_only=True)
class Column:
    """One quantity of one scenario. means : (D,) over all replications.      rows : (D, R) of those that are kept."""

    means: Floats
    rows: Floats
    counts: Ints  # (D,) independent values behind the means


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """One quantity of every scenario: means (D, S), kept rows (D, R, S), and counts (D,) behind the means."""

    means: Floats
    rows: Floats
    counts: Ints

    @classmethod
    def of(cls, columns: Sequence[Column]) -> Sampled:
        """Put the columns of scenarios side by side."""
        means, rows = (np.stack([getattr(column, name) for column in columns], axis=-1) for name in ("means", "rows"))
        return cls(means=means, rows=rows, counts=columns[0].counts)

    def against(self, current: int) -> Sampled:
        """What the other scenarios have less than one of them, replication by replication."""
        return replace(
            self, means=self.means[:, [current]] - self.means, rows=self.rows[..., [current]] - self.rows
        )  # fmt: skip

    def noise(self, other: Sampled) -> Floats | None:
        """(S, S') Monte Carlo covariance of means, the mean over draws; None where one replication is kept of a draw.

        Covariances are those of the rows that are kept; all replications stand behind the means.
        """
        if self.rows.shape[1] < 2:
            return None
        a, b = (each.rows - each.rows.mean(axis=1, keepdims=True) for each in (self, other))
        products = np.einsum("drs,drt->dst", a, b) / (self.rows.shape[1] - 1)
        return np.asarray((products / self.counts[:, None, None]).mean(axis=0))


def costs_and_effects(study: Study, basis: Basis) -> tuple[Sampled, Sampled]:
    """Return what scenarios cost and what they avert. Raises UserError as `options_of`."""
    basis.check()
    if len({result.draw_numbers for result in study.scenarios}) > 1:
        raise UserError("the scenarios of this study have different parameter draws: their costs cannot be compared")
    harm = Sampled.of([harm_of(result, basis.effect, basis.discount_effects) for result in study.scenarios])
    return Sampled.of([cost_of(result, basis) for result in study.scenarios]), harm.against(study.baseline or 0)


def column_of(result: ScenarioResult, name: str) -> Column:
    """A count of cells or a cost of one scenario, by the id of its response; a year."""
    each = response(name)
    rows = twinned(result, _yearly_sums(result, each.made_of.above))
    if result.aggregates is not None:
        found = summed(AggregateAnalysis(result, result.aggregates), each.made_of)
        if found is not None:
            return Column(means=found.means, rows=rows, counts=found.counts)
    return Column(means=rows.mean(axis=1), rows=rows, counts=result.counts)


def _yearly_sums(result: ScenarioResult, names: Names) -> Floats:
    """(D, R) counts of cells or lines of cost of the kept replications, a year.

    As `analysis.responses` gives them but for the last digits: sums of a large study are not rounded one by one.
    """
    if set(names) <= set(COST_LINES):
        sums = result.costs[..., [COST_LINES.index(name) for name in names]].sum(axis=(2, 3, 4))
    else:
        sums = np.sum([cells_by_period(result, name).sum(axis=(2, 3)) for name in names], axis=0)
    return np.asarray(sums / result.axes.years)


def harm_of(result: ScenarioResult, effect: str, rate: float = 0.0) -> Column:
    """What may be averted, a year; discounted only where every replication is kept one by one."""
    if rate == 0.0:
        return column_of(result, EFFECTS[effect])
    counts = cells_by_period(all_of(result), EFFECTS[effect])
    factors = discount_factors(np.array(result.axes.period_days), rate)
    return _kept(result, np.einsum("drtp,t->dr", counts, factors) / result.axes.years)


def cost_of(result: ScenarioResult, basis: Basis) -> Column:
    """What counts as cost, or the harm alone, USD a year.

    Chance has no part in the security budget, forces and levers, so that rows that are kept tell all; of the other
    lines every replication has to be kept.
    """
    lines = HARM_SIDE if basis.cost == "harm" else COSTS[basis.cost]
    weights = party_weights(result, basis.perspective) * np.isin(COST_LINES, lines)
    moved = weights[..., [k for k, line in enumerate(COST_LINES) if line not in SECURITY]].any()
    kept = all_of(result) if moved else result
    factors = discount_factors(np.array(result.axes.period_days), basis.discount_costs)
    return _kept(result, np.einsum("drtpm,tpm,t->dr", kept.costs, weights, factors) / result.axes.years)


def party_weights(result: ScenarioResult, perspective: str) -> Floats:
    """(T, P, m) weights of the cost lines from a perspective."""
    return weights_of(perspective, shares_of_parties(result.plan, result.axes.period_days))


def _kept(result: ScenarioResult, values: Floats) -> Column:
    rows = twinned(result, np.asarray(values, dtype=np.float64))
    return Column(means=rows.mean(axis=1), rows=rows, counts=result.counts)


def _parameters(results: Sequence[ScenarioResult]) -> tuple[tuple[str, ...], Floats]:
    """Keys and values (D, K) of all parameters that any scenario draws, each once."""
    found: dict[str, Floats] = {}
    for result in results:
        for k, key in enumerate(result.parameters.keys):
            found.setdefault(key, result.parameters.values[:, k])
    if not found:
        return (), np.zeros((results[0].draws, 0))
    return tuple(found), np.stack(list(found.values()), axis=1)


# ------------------------------------------------------------------------------------------------ thresholds


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What a scenario must avert to be worth what it costs more than current practice.

    cost : USD a year more.      loss : USD a year under current practice, the mean over draws.
    averted : share of the attacks of current practice that the scenario averts, the mean over draws.
    critical : share of the loss that must be averted, or None where even all of it would not do.
    rates : attacks a year of current practice above which it is worth its cost, at `thresholds.CONFIDENCES` over draws.
    """

    name: str
    cost: float
    loss: float
    averted: float
    critical: float | None
    rates: tuple[float, ...]


def thresholds_of(study: Study, basis: Basis | None = None) -> tuple[Threshold, ...]:
    """Return the thresholds of every scenario that costs more than current practice, in the order of the study.

    The loss is the cost of harm (damage, stoppage, outlays lost); deaths and injuries are not priced in it.  Draws
    without an attack, or without a loss, say nothing on a rate and are left out of `rates`.  Nothing is discounted.
    The cost is that of security alone: what harm a scenario averts is on the other side.  Both are those of the
    perspective.  Raises UserError as `options_of`, and for a party's loss where not every replication is kept.
    """
    plain = replace(basis or Basis(), effect="attacks", cost="security").undiscounted
    found = options_of(study, plain)
    now = found.current or 0
    base = study.scenarios[now]
    whole = plain.perspective == SOCIETY
    harm = (column_of(base, "harm_cost") if whole else cost_of(base, replace(plain, cost="harm"))).means
    attacks = column_of(base, "attacks").means
    known = (harm > 0.0) & (attacks > 0.0)
    rows = []
    for s, name in enumerate(found.names):
        more = float(found.expected_cost[s] - found.expected_cost[now])
        if s == now or more <= 0.0:
            continue
        share = np.divide(found.effect[:, s], attacks, out=np.zeros_like(attacks), where=attacks > 0.0)
        loss = np.divide(harm, attacks, out=np.ones_like(harm), where=known)
        reduction = np.clip(share, 0.0, 1.0)
        rows.append(
            Threshold(
                name=name,
                cost=more,
                loss=float(harm.mean()),
                averted=float(found.effect[:, s].mean() / attacks.mean()) if attacks.mean() > 0.0 else 0.0,
                critical=critical_reduction(more, float(harm.mean())),
                rates=break_even_rates(more, loss=loss[known], reduction=reduction[known]) if known.any() else (),
            )
        )
    return tuple(rows)
