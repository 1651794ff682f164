"""Whether a scenario is worth its money: cost per attack and per death averted, and what it takes to pay for itself."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from simcpec.analysis.economics.study_options import Threshold, thresholds_of
from simcpec.analysis.paired_differences import Difference
from simcpec.analysis.responses import EXPECTED
from simcpec.economics.decision.thresholds import critical_reduction
from simcpec.errors import UserError
from simcpec.reporting.decision.effect import compared, event, extra_cost, level
from simcpec.reporting.formatting import between, significant, usd
from simcpec.results.records import Study
from simcpec.results.scenario_names import told_apart

HALF_A_CENT = 0.005  # USD a year, below which costs cancel but for the rounding of sums
ALL_COSTS = "With all costs counted but no price put on deaths and injuries"
#: what is averted, and what is compared for it: conditional means, as `simcpec economics` does
AVERTED = {"incidents": "incidents", "deaths": EXPECTED["deaths"]}


@dataclass(frozen=True, kw_only=True)
class Worth:
    """One scenario against the baseline.  Amounts in USD a year, means over parameter draws.

    cost : security budget, forces and levers, more than the baseline.      total : difference of the total cost, USD m.
    averted : incidents and deaths, as paired differences from the baseline (negative: averted).
    loss : damage, stoppage and outlays lost under the baseline.      harm : their difference, USD m.
    share : of its incidents that are averted.
    critical : share of the loss that must be averted to pay for the cost; None where all of it would not do.
    """

    cost: float
    total: Difference
    harm: Difference
    averted: dict[str, Difference]
    loss: float
    share: float
    critical: float | None

    def harm_averted(self) -> float | None:
        """Share of the loss that is averted; None where its difference cannot be told from zero."""
        if self.harm.verdict not in ("less", "more") or self.loss <= 0.0:
            return None
        return -1e6 * self.harm.mean / self.loss

    def per(self, name: str) -> float | None:
        """USD for each one averted, or given up where less is spent; None where nothing can be divided.

        Only where the difference can be told from zero and cost and effect go the same way: a negative ratio says
        nothing.
        """
        found = self.averted[name]
        if found.verdict not in ("less", "more") or abs(self.cost) < HALF_A_CENT or found.mean * self.cost >= 0.0:
            return None
        return -self.cost / found.mean

    def worth_of_a_death(self) -> float | None:
        """USD that a death averted must be worth to pay for the rest; None where that is no question."""
        found = self.averted["deaths"]
        if found.verdict != "less" or self.total.verdict != "more" or not self.total.mean > 0.0:
            return None
        return -1e6 * self.total.mean / found.mean


def worth(study: Study, index: int) -> Worth:
    """Return what one scenario costs and averts against the baseline."""
    cost, loss = extra_cost(study, index), 1e6 * level(study, "harm_cost")
    averted = {name: compared(study, index, response) for name, response in AVERTED.items()}
    before = level(study, "incidents")
    return Worth(
        cost=cost,
        total=compared(study, index, "total_cost"),
        harm=compared(study, index, "harm_cost"),
        averted=averted,
        loss=loss,
        share=-averted["incidents"].mean / before if before > 0.0 else 0.0,
        critical=critical_reduction(max(cost, 0.0), max(loss, 0.0)),
    )


def thresholds(study: Study) -> dict[int, Threshold]:
    """Scenario -> its thresholds, of those that cost more than the baseline; none where not every replication is kept.

    The rates over draws need the mean of each draw, which sums over draws do not tell.
    """
    names = told_apart([one.name for one in study.scenarios], [one.slug for one in study.scenarios])
    try:
        return {names.index(row.name): row for row in thresholds_of(study)}
    except UserError:
        return {}


def money_sentence(study: Study, index: int) -> str:
    """Whether a scenario is worth its money, in a sentence or two; deaths are never priced in silence."""
    found = worth(study, index)
    one, _ = event(study.scenarios[study.baseline or 0])
    if abs(found.cost) < HALF_A_CENT:
        return f"It costs as much as the baseline.{_in_all(found)}"
    if found.cost < 0.0:
        return f"It costs {usd(-found.cost)} less a year{_given_up(found, one)}.{_in_all(found)}"
    return f"It costs {usd(found.cost)} more a year{_bought(found, one)}. {_pays(found)}{_in_all(found)}"


def _bought(found: Worth, one: str) -> str:
    parts = [f"{usd(ratio)} per {what}" for name, what in (("incidents", one), ("deaths", "foreign death"))
             if (ratio := found.per(name)) is not None]  # fmt: skip
    if parts:
        return f": {' and '.join(parts)} averted"
    return f"; no cost per {one} averted is given, because no reduction is detectable"


def _given_up(found: Worth, one: str) -> str:
    ratio = found.per("incidents")
    return "" if ratio is None else f", {usd(ratio)} saved for each additional {one}"


def _pays(found: Worth) -> str:
    """What it takes to pay for itself by damage and stoppage, and what it does."""
    if found.loss <= 0.0:
        return "The baseline has no damage or stoppage to avert. "
    harm = found.harm_averted()
    today = f"damage and stoppage of the baseline ({usd(found.loss)} a year)"
    does = "it averts no detectable part of them" if harm is None else f"it averts {significant(100 * harm, 2)} %"
    if found.critical is None:
        return f"Even averting all {today} would not pay for it; {does}. "
    need = f"{significant(100 * found.critical, 2)} %"
    if harm is not None and harm >= found.critical:
        return f"It pays for itself by averting {today}: it must avert {need} of them and {does.removeprefix('it ')}. "
    return f"To pay for itself it would have to avert {need} of all {today}; {does}. "


def _in_all(found: Worth) -> str:
    """The difference of all costs, and what a death averted must be worth."""
    lead = "" if found.cost >= HALF_A_CENT else " "
    if found.total.verdict == "less":
        return f"{lead}{ALL_COSTS}, it costs {usd(-1e6 * found.total.mean)} less a year."
    if found.total.verdict == "identical":
        return f"{lead}{ALL_COSTS}, it costs the same."
    if found.total.verdict != "more":
        mean = f"mean {usd(1e6 * abs(found.total.mean))} {'more' if found.total.mean > 0.0 else 'less'} a year"
        inside = between(found.total.low, found.total.high) or between(*(found.total.monte_carlo or (None, None)))
        kind = "uncertainty" if found.total.low is not None else "Monte Carlo"
        spread = f", {kind} {inside} m" if inside else ""
        return f"{lead}{ALL_COSTS}, there is no detectable difference ({mean}{spread})."
    price = found.worth_of_a_death()
    needed = "" if price is None else f": it pays only if averting a foreign death is worth {usd(price)} or more"
    whole = usd(1e6 * found.total.mean)
    return f"{lead}{ALL_COSTS}, it costs {whole} more a year{needed}."


def rate_text(rate: float | None) -> str:
    """Attacks a year from which a scenario pays, or that no number does."""
    return "no number" if rate is None or not isfinite(rate) else significant(rate)
