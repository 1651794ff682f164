"""T8c who pays what, cents in the file; T8d what each lever costs."""

from __future__ import annotations

from simcpec.economics.costs import BUDGET, FORCES, LEVERS, accounts
from simcpec.model.modes import INSTRUMENTS
from simcpec.reporting.formatting import exact, millions
from simcpec.reporting.tables.budget import as_written, group_title, run_length
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of

KINDS = ("Security budget", "Forces", "Levers")
SOURCES = (BUDGET, FORCES, LEVERS)  # in the order of `KINDS`
Payers = tuple[tuple[str, tuple[int, int, int]], ...]


def payers(study: Study) -> Table:
    """T8c: what each payer spends on the security budget, the forces and the levers, in the whole run."""
    paid = [paid_by(result) for result in study.scenarios]
    shared: dict[Payers, list[int]] = {}
    for index, found in enumerate(paid):
        shared.setdefault(found, []).append(index)
    records = [
        (key_of(index), study.scenarios[index].name, payer, kind.lower(), exact(amount))
        for index, found in enumerate(paid)
        for payer, amounts in found
        for kind, amount in zip(KINDS, amounts, strict=True)
    ]
    return Table(
        id="T8c",
        slug="payers",
        title="Who pays",
        caption=(
            "USD m a year spent, mean over the run, rounded; the file has the whole run to the cent: of the security "
            "budget (what is given but not spent is left out), on the forces, and on levers with a cost of their own."
            + as_written(study)
        ),
        panels=tuple(
            _panel(found, group_title(study, members), run_length(study.scenarios[members[0]].plan))
            for found, members in shared.items()
        ),
        fields=("scenario", "name", "payer", "of", "usd"),
        records=tuple(records),
        compact=True,
    )


def paid_by(result: ScenarioResult) -> Payers:
    """(payer, cents of budget, forces and levers) of everybody who pays, sorted by payer."""
    sums: dict[str, list[int]] = {}
    for row in accounts(result.plan, provinces=result.axes.provinces, instruments=INSTRUMENTS):
        sums.setdefault(row.payer, [0, 0, 0])[SOURCES.index(row.source)] += row.spent
    return tuple((payer, (one[0], one[1], one[2])) for payer, one in sorted(sums.items()) if any(one))


def _panel(found: Payers, title: str, length: float) -> Panel:
    heads = (words("Payer"), *(Cell(text=kind) for kind in KINDS), Cell(text="All"))
    rows = [_row(payer, amounts, length) for payer, amounts in found]
    whole = [sum(amounts[k] for _, amounts in found) for k in range(len(KINDS))]
    rows.append(_row("All payers", (whole[0], whole[1], whole[2]), length, "total"))
    return Panel(columns=heads, rows=tuple(rows), title=title, title_is_name=True)


def _row(name: str, amounts: tuple[int, int, int], length: float, kind: str = "") -> Row:
    cells = (Cell(text=millions(x, length)) for x in (*amounts, sum(amounts)))
    return Row(cells=(words(name), *cells), kind=kind)


def levers(study: Study) -> Table | None:
    """T8d: every lever with a cost of its own, its payer and its cost in the whole run; None where there is none."""
    found = [
        (index, lever, payer, int(result.plan.lever_cost[:, i].sum()))
        for index, result in enumerate(study.scenarios)
        for i, (lever, payer) in enumerate(zip(result.plan.levers, result.plan.lever_payers, strict=True))
    ]
    if not found:
        return None
    panels = [
        Panel(
            columns=(words("Lever"), words("Payer"), Cell(text="USD m a year")),
            rows=tuple(
                Row(cells=(words(lever), words(payer), Cell(text=millions(cost, run_length(study.scenarios[at].plan)))))
                for at, lever, payer, cost in found
                if at == index
            ),
            title=group_title(study, [index]),
            title_is_name=True,
        )
        for index in dict.fromkeys(index for index, *_ in found)
    ]
    return Table(
        id="T8d",
        slug="levers",
        title="What levers cost",
        caption=(
            "USD m a year, mean over the run, rounded; the file has the whole run to the cent. "
            "Levers that move the budget or forces have no cost of their own: theirs stands in T8 and T8b."
            + as_written(study)
        ),
        panels=tuple(panels),
        fields=("scenario", "name", "lever", "payer", "usd"),
        records=tuple((key_of(i), study.scenarios[i].name, *who, exact(cost)) for i, *who, cost in found),
        compact=True,
    )
