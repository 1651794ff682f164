"""T8 budget allocation: province by line, cents in the file; the forces beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from simcpec.model.modes import INSTRUMENTS
from simcpec.model.plan import Plan
from simcpec.reporting.formatting import exact, headed, millions, plural, short_name, usd
from simcpec.reporting.selection import drawn
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of

LINES = {
    "guards": "Guards", "operations": "Operations", "intelligence": "Intelligence", "surveillance": "Surveillance",
    "escorts": "Escorts", "hardening": "Hardening", "procedures": "Procedures",
}  # fmt: skip


def allocation(study: Study) -> Table:
    """T8: the security budget of the whole run, a panel a scenario; scenarios with the same money share one."""
    shared = sharing(study)
    panels = [_panel(study, first, members) for first, members in shared.items()]
    return Table(
        id="T8",
        slug="budget-allocation",
        title="Budget allocation",
        caption=(
            "USD m a year, mean over the run, by province and line, rounded; the file has every year to the cent. "
            "Budget = given to lines + not "
            "allocated (cents that no share could be given exactly); given = spent + unspent (what buys no whole "
            "unit). Payers stand under the lines; where others take over a part, T8c says who pays what."
            + _fractional(study)
            + as_written(study)
        ),
        panels=tuple(panels),
        fields=(
            "scenario",
            "name",
            "year",
            "province",
            "line",
            "payer",
            "given_usd",
            "spent_usd",
            "unspent_usd",
            "units",
        ),
        records=tuple(record for index, result in enumerate(study.scenarios) for record in _records(index, result)),
        notes=tuple(_year_note(study, first, members) for first, members in shared.items()),
        compact=True,
    )


def _fractional(study: Study) -> str:
    """Return what a caption says where parts of units are bought."""
    who = [index for index, result in enumerate(study.scenarios) if result.plan.fractional]
    if not who:
        return ""
    names = ", ".join(short_name(study, index, 30) for index in who)
    return (
        f" Units are fractional in {names}: spent is the expected cost of whole units and of a part of one, "
        "which is hired in that share of the replications; unspent are lines that do not exceed their fixed cost, and "
        "cents."
    )


def as_written(study: Study) -> str:
    """Return what a caption says of amounts to the cent where parameters were drawn: the plan is that of no draw."""
    return " At the values as written; T4 has the means over the parameter draws." if drawn(study) else ""


def sharing(study: Study) -> dict[int, list[int]]:
    """First scenario -> all scenarios whose security budget is the same in every line, province and year."""
    found: dict[int, list[int]] = {}
    for index, result in enumerate(study.scenarios):
        first = next((one for one in found if _same(study.scenarios[one], result)), index)
        found.setdefault(first, []).append(index)
    return found


def _same(one: ScenarioResult, other: ScenarioResult) -> bool:
    left, right = one.plan, other.plan
    amounts = ("total", "given", "spent", "unallocated", "other_given", "other_spent")
    return (
        one.axes.provinces == other.axes.provinces
        and left.other_payers == right.other_payers
        and all(np.array_equal(getattr(left, name), getattr(right, name)) for name in amounts)
    )


def group_title(study: Study, members: list[int]) -> str:
    """Names of the scenarios that share a panel."""
    if len(members) == 1:
        return headed(study, members[0])
    names = [short_name(study, index, 30) for index in members]
    return "The same in " + ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _panel(study: Study, first: int, members: list[int]) -> Panel:
    result = study.scenarios[first]
    plan = result.plan
    given, spent = plan.given.sum(0), plan.spent.sum(0)  # (P, K)
    columns = [words("Province")]
    columns += [
        Cell(text=LINES.get(line, line), detail=payer) for line, payer in zip(INSTRUMENTS, plan.payers, strict=True)
    ]
    columns.append(Cell(text="All lines"))
    length = run_length(plan)
    rows = [_money(name, given[p], length) for p, name in enumerate(result.axes.province_labels)]
    rows.append(_money("Given", given.sum(0), length, "total"))
    rows.append(_money("of it spent", spent.sum(0), length))
    rows.append(_money("of it unspent", given.sum(0) - spent.sum(0), length))
    blank = [words("")] * len(INSTRUMENTS)
    rows.append(Row(cells=(words("Not allocated"), *blank, Cell(text=millions(plan.unallocated.sum(), length)))))
    rows.append(Row(cells=(words("Budget"), *blank, Cell(text=millions(plan.total.sum(), length))), kind="total"))
    return Panel(columns=tuple(columns), rows=tuple(rows), title=group_title(study, members), title_is_name=True)


def run_length(plan: Plan) -> float:
    """Years that the amounts of a plan are spread over."""
    return float(plan.year_fraction.sum())


def _money(name: str, amounts: Any, length: float, kind: str = "") -> Row:
    """One row of cents and their sum, in USD m a year."""
    cells = (Cell(text=millions(x, length)) for x in (*amounts, amounts.sum()))
    return Row(cells=(words(name), *cells), kind=kind)


def _year_note(study: Study, first: int, members: list[int]) -> str:
    plan = study.scenarios[first].plan
    parts = ", ".join(f"{label} {usd(total / 100)}" for label, total in zip(plan.year_labels, plan.total, strict=True))
    return f"{group_title(study, members)}, budget by year: {parts}."


def _bought(plan: Plan, y: int, p: int, k: int) -> int | Decimal:
    """Units bought with a line: a whole number, or to the 10,000th of a unit where parts are bought."""
    whole = int(plan.units[y, p, k])
    return whole + Decimal(f"{plan.parts[y, p, k]:.4f}") if plan.fractional else whole


def _records(index: int, result: ScenarioResult) -> list[tuple[Any, ...]]:
    plan = result.plan
    rows: list[tuple[Any, ...]] = []
    head = (key_of(index), result.name)
    for y, year in enumerate(plan.year_labels):
        for p, code in enumerate(result.axes.provinces):
            for k, line in enumerate(INSTRUMENTS):
                given, spent = int(plan.given[y, p, k]), int(plan.spent[y, p, k])
                money = (exact(given), exact(spent), exact(given - spent), _bought(plan, y, p, k))
                rows.append((*head, year, code, line, plan.payers[k], *money))
        rows.append(
            (
                *head,
                year,
                "ALL",
                "unallocated",
                "",
                exact(plan.unallocated[y]),
                Decimal(0),
                exact(plan.unallocated[y]),
                None,
            )
        )
    return rows


# ------------------------------------------------------------------------------------------------ host state's forces


def host_forces(study: Study) -> Table | None:
    """Return what forces cost outside the security budget, whoever pays them; None where no scenario has any."""
    if not any(result.plan.forces for result in study.scenarios):
        return None
    found: dict[int, list[int]] = {}
    for index, result in enumerate(study.scenarios):
        first = next((one for one in found if _same_forces(study.scenarios[one].plan, result.plan)), index)
        found.setdefault(first, []).append(index)
    records = [
        (key_of(i), r.name, year, code, force, payer, exact(r.plan.force_cost[y, f, p]))
        for i, r in enumerate(study.scenarios)
        for y, year in enumerate(r.plan.year_labels)
        for f, (force, payer) in enumerate(_forces(r.plan))
        for p, code in enumerate(r.axes.provinces)
    ]
    return Table(
        id="T8b",
        slug="host-forces",
        title="Forces outside the budget",
        caption=(
            "USD m a year, mean over the run, rounded; the file has cents. Paid outside the security budget of T8 by "
            "whoever stands under the force; part of the total cost. Forces with nobody posted stand in the "
            "file alone." + as_written(study)
        ),
        panels=tuple(_forces_panel(study, first, members) for first, members in found.items()),
        fields=("scenario", "name", "year", "province", "force", "payer", "usd"),
        records=tuple(records),
        compact=True,
    )


def _forces(plan: Plan) -> list[tuple[str, str]]:
    """Name and payer of every force."""
    return list(zip(plan.forces, plan.force_payers, strict=True))


def _same_forces(one: Plan, other: Plan) -> bool:
    return one.forces == other.forces and np.array_equal(one.force_cost, other.force_cost)


def _forces_panel(study: Study, first: int, members: list[int]) -> Panel:
    result = study.scenarios[first]
    cost = result.plan.force_cost.sum(0)  # (F, P)
    posted = cost.any(axis=1)
    cost = cost[posted]
    forces = [pair for pair, is_there in zip(_forces(result.plan), posted, strict=True) if is_there]
    heads = [words("Province"), *(Cell(text=force, detail=payer) for force, payer in forces), Cell(text="All forces")]
    length = run_length(result.plan)
    rows = [_money(name, cost[:, p], length) for p, name in enumerate(result.axes.province_labels)]
    rows.append(_money("All provinces", cost.sum(1), length, "total"))
    title = (
        f"The same in all {plural(len(members), 'scenario')}"
        if len(members) == len(study.scenarios) > 1
        else group_title(study, members)
    )
    return Panel(columns=tuple(heads), rows=tuple(rows), title=title, title_is_name=True)
