"""Levers as plain text: one on a page with all that is known of it, and rows for lists and tables.

What a handle means is known to the scenario, a floor above: callers who want it told pass it as `meaning`.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcpec.catalogue.entries import GRADES
from simcpec.catalogue.levers import FAMILIES, Cost, Lever, Move

EVERYWHERE = "everywhere"
PER_WORDS: Mapping[str, str] = {
    "nation": "for the nation",
    "province": "in each province of the scope",
    "1000 persons present": "for each 1000 persons present in the scope",
    "unit moved": "for each unit that it brings",
    "unit in place": "for each unit that it puts in place",
}
NOTHING: Mapping[str, str] = {}


def format_lever(lever: Lever, meaning: Mapping[str, str] = NOTHING) -> str:
    """Plain text of one lever: what it moves and how much, why, what it costs, what speaks for and against it.

    meaning : words for handles by name, for example ``{"tips": "hazard that a tip finds a plot"}``.
    """
    rows = [lever.id, f"  {lever.label}: {lever.says}", ""]
    rows += [_row("family", FAMILIES[lever.family]), _row("documents", ", ".join(lever.documents))]
    rows += [_row("acts on", ", ".join(lever.acts_on) + " of docs/model.md"), _row("where", where(lever))]
    rows += [_row("effect", f"from {lever.lag_days:g} days after its first day")] if lever.lag_days else []
    rows += [_row("needs", f"world.agreements.{lever.needs}: on")] if lever.needs else []
    for move in lever.moves:
        rows += ["", *_move_rows(move, meaning)]
    rows += ["", *_cost_rows(lever.cost), ""]
    rows += [_row("for", lever.evidence_for), _row("against", lever.evidence_against)]
    rows += [_row("not known", lever.unknown), _row("change our mind", lever.change_our_mind)]
    rows += [_row("cites", ", ".join(cited(lever)))]
    rows += [_row("checked", lever.checked.told)] if lever.checked else []
    return "\n".join(rows) + "\n"


def lever_row(lever: Lever) -> dict[str, str]:
    """One line of `simcpec list levers`."""
    return {
        "lever": lever.id,
        "family": lever.family,
        "says": lever.says,
        "moves": ", ".join(dict.fromkeys(move.of for move in lever.moves)),
        "costs": cost_text(lever.cost),
        "payer": lever.cost.payer if lever.cost else "",
        "needs": lever.needs,
        "documents": ", ".join(lever.documents),
    }


def where(lever: Lever | Move) -> str:
    """Return where a lever or one of its moves acts unless the scenario says otherwise."""
    scopes = (lever.provinces, lever.cohorts, lever.settings)
    return "; ".join(", ".join(scope) for scope in scopes if scope) or EVERYWHERE


def move_text(move: Move) -> str:
    """Return what happens at full intensity, with the range of draws: ``x 1.06 [1, 1.25]``."""
    value = f"{move.value:.12g}"
    unit = "" if move.unit in ("1", "share") else f" {move.unit}"
    done = {
        "factor": f"x {value}",
        "add": f"+ {value}{unit}",
        "gap": f"closes {100 * move.value:.12g} % of what is missing to 1",
        "excess": f"what is above 1 x {value}",
    }[move.how]
    return done + (f" [{move.interval[0]:g}, {move.interval[1]:g}]" if move.interval else "")


def cost_text(cost: Cost | None) -> str:
    """``4 x 30,000 USD/year in each province of the scope``; for levers without one, who pays instead."""
    if cost is None:
        return "nothing of its own"
    time = "USD once" if cost.once else "USD/year"
    least = f", at least {cost.least} in each province" if cost.least else ""
    return f"{cost.units:g} x {cost.unit_cost:,.0f} {time} {PER_WORDS[cost.per]}{least}"


def cited(lever: Lever) -> tuple[str, ...]:
    """Keys of all sources of a lever, sorted: of its numbers, of the documents that name it, of its evidence."""
    numbers = [move.source.key for move in lever.moves] + ([lever.cost.source.key] if lever.cost else [])
    return tuple(sorted({*numbers, *lever.literature, *(f"seed-{number}" for number in lever.documents)}))


def _move_rows(move: Move, meaning: Mapping[str, str]) -> list[str]:
    name = move.of.partition(".")[0]
    target = f"{meaning[name]} ({move.of})" if name in meaning else move.of
    only = where(move)
    rows = [_row("moves", f"{move.name}: {target}" + ("" if only == EVERYWHERE else f", only {only}"))]
    rows += [_more("how much", move_text(move) + _kind(move))]
    rows += [_more("why", move.why), *_because(move)]
    return rows


def _cost_rows(cost: Cost | None) -> list[str]:
    if cost is None:
        return [_row("costs", "nothing of its own: what it moves is paid with the forces or the budget")]
    rows = [_row("costs", f"{cost_text(cost)}, paid by {cost.payer}"), _more("one is", cost.unit)]
    if cost.interval:
        low, high = cost.interval
        rows += [_more("range", f"{low:,.0f} to {high:,.0f} USD{_kind(cost)}")]
    return rows + _because(cost)


def _because(number: Move | Cost) -> list[str]:
    source = number.source
    rows = [_more("grade", f"{number.grade} - {GRADES[number.grade]}")]
    rows += [_more("source", f"{source.key}, {source.where}: {source.reason}")]
    rows += [_more("also", source.also)] if source.also else []
    return rows + ([_more("caveat", number.caveat)] if number.caveat else [])


def _kind(number: Move | Cost) -> str:
    return f" ({number.interval_kind}, {number.law})" if number.interval else ""


def _row(label: str, content: str) -> str:
    return f"  {label:<16} {content}"


def _more(label: str, content: str) -> str:
    return f"    {label:<14} {content}"
