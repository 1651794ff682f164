"""T7 what an averted attack and death cost, along the frontier and against the baseline; T12 what it takes to pay."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.analysis.uncertainty.ranking import verdict_text
from simcpec.economics.decision.incremental import Increment, Status, against_current, incremental
from simcpec.economics.decision.options import options
from simcpec.reporting.decision.effect import SECURITY, comparing, event
from simcpec.reporting.decision.worth import Worth, rate_text, thresholds, worth
from simcpec.reporting.formatting import MISSING, name_of, short_name, signed, significant
from simcpec.reporting.selection import drawn, estimates, others
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

ROOM = 60  # characters of a name
MILLION = 1e6


def cost_effectiveness(study: Study) -> Table | None:
    """T7: cost, incidents averted, status on the frontier, cost per incident and per death averted; None without any.

    Means over parameter draws; what draws say of the choice is asked of `simcpec economics`.
    """
    if not comparing(study):
        return None
    increments, trades = _increments(study)
    found = {index: worth(study, index) for index, _ in others(study)}
    one, many = event(study.scenarios[study.baseline or 0])
    return Table(
        id="T7",
        slug="cost-effectiveness",
        title="What is bought",
        caption=(
            f"Cheapest first. Cost: security budget, forces and levers in USD m a year, undiscounted, more than the "
            f"baseline. Averted: paired differences, means{' over parameter draws' if drawn(study) else ''}. Frontier: "
            f"cost of one more {one} averted against the next cheaper option that is not dominated; an option is "
            "dominated where another costs no more and averts no less, extendedly dominated where a mixture of two "
            "others does better. Against the baseline: cost of one averted, or money saved for each additional one; "
            "none is given where no difference is detectable or where cost and effect do not go the same way. "
            "A ratio has no interval here: simcpec economics gives the probability that each option is best at a value "
            f"of one {one}. Deaths are counted, not priced."
        ),
        panels=(
            Panel(
                columns=(
                    words("Scenario"), Cell(text="Cost", detail="USD m a year more"),
                    Cell(text=f"{many.capitalize()} averted", detail="a year"),
                    Cell(text="Deaths averted", detail="foreign, expected, a year"), words("Frontier"),
                    Cell(text="One more averted", detail=f"USD m per {one}"),
                    Cell(text="Against the baseline", detail=f"USD m per {one}"),
                    Cell(text="Against the baseline", detail="USD m per death"),
                ),
                rows=tuple(_row(study, each, found) for each in increments),
            ),
        ),
        fields=(
            "scenario", "name", "more_cost_usd", "incidents_averted", "deaths_averted", "status", "against",
            "usd_per_incident_on_frontier", "trade", "usd_per_incident", "usd_per_death",
        ),
        records=tuple(_record(study, each, found, trades) for each in increments),
        compact=True,
    )  # fmt: skip


def _increments(study: Study) -> tuple[tuple[Increment, ...], dict[int, str]]:
    """Incremental analysis of the means, and what each does against the baseline in words."""
    cost = np.sum([[MILLION * one.mean for one in estimates(study, name)] for name in SECURITY], axis=0)
    harm = np.array([one.mean for one in estimates(study, "incidents")])
    names = [f"{key_of(index)} {name_of(study, index)}" for index in range(len(study.scenarios))]
    now = study.baseline or 0
    of = options(names, cost, harm[now] - harm, current=names[now])
    return incremental(of), {each.option: each.trade.value for each in against_current(of)}


def _row(study: Study, each: Increment, found: dict[int, Worth]) -> Row:
    name = Cell(text=short_name(study, each.option, ROOM), kind="text", name=True)
    ratio = MISSING if each.ratio is None else significant(each.ratio / MILLION)
    status = words(each.status.value, "" if each.same_as is None else f"as {short_name(study, each.same_as, 30)}",
                   tone="" if each.status is Status.FRONTIER else "muted")  # fmt: skip
    of = found.get(each.option)
    if of is None:
        blank = [Cell(text=MISSING, tone="muted")] * 2
        zero = [Cell(text="baseline", tone="muted"), *blank]
        return Row(cells=(name, *zero, status, Cell(text=ratio), *blank), kind="total")
    per = [Cell(text=MISSING if (one := of.per(what)) is None else significant(one / MILLION)) for what in of.averted]
    averted = [
        Cell(text=signed(-d.mean, 2), detail="" if d.verdict in ("less", "more") else verdict_text(d))
        for d in of.averted.values()
    ]
    return Row(cells=(name, Cell(text=signed(of.cost / MILLION)), *averted, status, Cell(text=ratio), *per))


def _record(study: Study, each: Increment, found: dict[int, Worth], trades: dict[int, str]) -> tuple[Any, ...]:
    of, who = found.get(each.option), study.scenarios[each.option].name
    head = (key_of(each.option), who)
    tail = (each.status.value, "" if each.against is None else key_of(each.against), each.ratio)
    if of is None:
        return (*head, 0.0, 0.0, 0.0, *tail, "baseline", None, None)
    averted = [0.0 - d.mean for d in of.averted.values()]
    return (*head, of.cost, *averted, *tail, trades[each.option], of.per("incidents"), of.per("deaths"))


def break_even(study: Study) -> Table | None:
    """T12: what scenarios that cost more must avert to pay for themselves; None where none costs more."""
    if not comparing(study):
        return None
    found = {index: one for index, _ in others(study) if (one := worth(study, index)).cost > 0.0 and one.loss > 0.0}
    if not found:
        return None
    known = thresholds(study)
    rates = {index: known[index].rates or (None,) * 3 for index in found if index in known}
    _, many = event(study.scenarios[study.baseline or 0])
    return Table(
        id="T12",
        slug="break-even",
        title="What it takes to pay for itself",
        caption=(
            "Before any value is given to a life. Must avert: the critical reduction, cost over damage, stoppage and "
            "outlays lost under the baseline. Averts: the share of that harm, and of attacks, that a scenario averts. "
            "Pays from: attacks a year of the baseline above which damage and stoppage averted exceed the cost, with "
            "a confidence of 10, 50 and 90 % over parameter draws"
            + (" (one draw here, so that all three agree)" if not drawn(study) else "")
            + ". A death must be worth: what is left of the difference in all costs, over deaths averted; none where "
            "no difference in deaths is detectable or all costs are no higher. Sources: Mueller and Stewart 2011, "
            "Stewart and Mueller 2013."
        ),
        panels=(
            Panel(
                columns=(
                    words("Scenario"), Cell(text="Cost", detail="USD m a year more"),
                    Cell(text="Harm now", detail="USD m a year"), Cell(text="Must avert", detail="of that harm"),
                    Cell(text="Averts", detail="of that harm"), Cell(text="Averts", detail=f"of {many}"),
                    Cell(text="Pays from", detail="attacks a year, at 10, 50, 90 %"),
                    Cell(text="A death must be worth", detail="USD m"),
                ),
                rows=tuple(_even_row(study, index, each, rates.get(index)) for index, each in found.items()),
            ),
        ),
        fields=(
            "scenario", "name", "more_cost_usd", "harm_usd", "critical_reduction", "harm_averted_share",
            "averted_share", "rate_10",
            "rate_50", "rate_90", "usd_per_death_to_pay",
        ),
        records=tuple(
            (
                key_of(index), study.scenarios[index].name, each.cost, each.loss, each.critical, each.harm_averted(),
                each.share,
                *(_finite(rate) for rate in rates.get(index, (None,) * 3)), each.worth_of_a_death(),
            )
            for index, each in found.items()
        ),
        compact=True,
    )  # fmt: skip


def _finite(rate: float | None) -> float | None:
    return None if rate is None or not np.isfinite(rate) else rate


def _even_row(study: Study, index: int, of: Worth, rates: tuple[float | None, ...] | None) -> Row:
    must = "more than all" if of.critical is None else f"{significant(100 * of.critical)} %"
    unclear = of.averted["incidents"].verdict not in ("less", "more")
    price, harm = of.worth_of_a_death(), of.harm_averted()
    said = MISSING if rates is None else " / ".join(dict.fromkeys(map(rate_text, rates)))
    return Row(
        cells=(
            Cell(text=short_name(study, index, ROOM), kind="text", name=True),
            Cell(text=significant(of.cost / MILLION)),
            Cell(text=significant(of.loss / MILLION)),
            Cell(text=must),
            Cell(text=MISSING if harm is None else f"{significant(100 * harm, 2)} %"),
            Cell(
                text=f"{significant(100 * of.share, 2)} %",
                detail=verdict_text(of.averted["incidents"]) if unclear else "",
            ),
            Cell(text=said, detail="not every replication is kept" if rates is None else ""),
            Cell(text=MISSING if price is None else significant(price / MILLION)),
        )
    )
