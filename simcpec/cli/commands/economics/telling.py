"""What `economics` prints: each table under a sentence, in the units of people, with words for what is no number."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from simcpec.analysis.economics.study_economics import GROUPS
from simcpec.cli.commands.economics import tables
from simcpec.cli.commands.economics.appraise import Appraisal
from simcpec.cli.console.console import columns
from simcpec.economics.decision.cost_per_averted import SetKind
from simcpec.economics.decision.loss_tails import LEVELS
from simcpec.economics.decision.thresholds import gordon_loeb_line
from simcpec.economics.instruments.shapley import Shapley
from simcpec.economics.perspectives import SOCIETY
from simcpec.reporting.formatting import significant

MOST_KNOWN = 12  # parameters that are printed; files have all


def told(found: Appraisal) -> str:
    """Return the text of the command."""
    parts = [_head(found), *_frontier(found), *_current(found), *_units(found), *_payers(found), *_annualised(found)]
    parts += [*_values(found), *_partial(found), *_nested(found), *_sample(found), *_thresholds(found), *_losses(found)]
    parts += [*_instruments(found), *_layout(found)]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def _number(amount: float | None) -> str:
    return "" if amount is None else significant(amount)


def _money(found: Appraisal, amount: float | None) -> str:
    return "" if amount is None else significant(amount / found.scale)


def _per_cent(share: float) -> str:
    return f"{significant(100 * share)} %"


def apart(amounts: Sequence[float]) -> list[str]:
    """Amounts with three significant digits, or as many more as tell unequal ones apart."""
    for digits in range(3, 10):
        texts = [significant(amount, digits) for amount in amounts]
        if len(set(texts)) == len(set(amounts)):
            break
    return texts


# ------------------------------------------------------------------------------------------------ what is compared


def _head(found: Appraisal) -> str:
    of, draws = found.options, found.options.draws
    states = {"sweep": "states of the world"}.get(found.kind, "draws of the parameters")
    text = f"{len(of.names)} options, {draws:,} {states if draws > 1 else 'state of the world'}"
    if found.scale > 1:
        text += f"; cost in {found.money} a year, {_weighed(found)}, effect in {found.effect} averted a year"
    if draws == 1:
        text += (
            ". Without parameter draws nothing is uncertain here: shares of draws are 0 or 1 and perfect information "
            "is worth nothing"
        )
    elif found.decision.curves.corrected:
        text += "; Monte Carlo noise is taken out of the curves"
    elif found.kind != "table":
        text += "; Monte Carlo noise is unknown with one replication of a draw, and counts as uncertainty"
    return text


def _weighed(found: Appraisal) -> str:
    """How the future is weighed, and whose cost it is."""
    of = found.basis
    if not of.discounts:
        text = "undiscounted"
    else:
        rates = (
            f"{significant(100 * of.discount_costs)} % (costs) and {significant(100 * of.discount_effects)} % (effects)"
        )
        text = f"discounted at {rates} a year"
    if of.perspective == SOCIETY:
        return text
    return f"{text}, as far as borne by the {of.perspective.replace('_', ' ')}"


def _frontier(found: Appraisal) -> list[str]:
    rows = tables.incremental_rows(found)
    costs, effects = apart([row[1] / found.scale for row in rows]), apart([row[2] for row in rows])
    shown = [
        [row[0], cost, effect, row[3], row[4], _money(found, row[7])]
        for row, cost, effect in zip(rows, costs, effects, strict=True)
    ]
    heading = ["option", found.money, "averted" if found.scale > 1 else "effect", "status", "against", _per(found)]
    numbers = [1, 2, 5]
    if found.undiscounted is not None:
        heading += [f"undiscounted {found.money}", "averted"]
        shown = [
            [*line, _money(found, row[8]), _number(row[9])] for line, row in zip(shown, rows, strict=True)
        ]  # fmt: skip
        numbers += [6, 7]
    return ["Along the frontier, cheapest first:", columns(shown, heading=heading, numbers=numbers)]


def _per(found: Appraisal) -> str:
    return f"{found.money} per unit"


def _current(found: Appraisal) -> list[str]:
    if not found.decision.comparisons or found.options.current is None:
        return []
    rows = [
        [row[0], _money(found, row[1]), _number(row[2]), row[3], _money(found, row[4])]
        for row in tables.current_rows(found)
    ]
    heading = ["option", found.money, "effect", "what it does", _per(found)]
    return [
        f"Against current practice, {found.options.names[found.options.current]}:",
        columns(rows, heading=heading, numbers=[1, 2, 4]),
    ]


def _units(found: Appraisal) -> list[str]:
    """Cost of an attack, a breach and a death averted, by option."""
    if not found.per_unit:
        return []
    rows = []
    for row in found.per_unit:
        known = row.monte_carlo
        if known is None or row.ratio is None:
            shown, limits = row.trade.value, ""
        else:
            shown = _money(found, row.ratio) + (" saved" if row.cost < 0.0 else "")
            bounded = known.kind is SetKind.BOUNDED
            limits = f"{_money(found, known.low)} to {_money(found, known.high)}" if bounded else known.kind.value
        rows.append([found.options.names[row.option], row.unit, _number(row.effect), shown, limits])
    heading = ["option", "unit", "averted", f"{found.money} per unit averted", "95 % Monte Carlo (Fieller)"]
    return [
        "What a unit averted costs; limits tell how well simulation knows the ratio, not how sure the world is:",
        columns(rows, heading=heading, numbers=[2]),
    ]


def _payers(found: Appraisal) -> list[str]:
    rows = tables.payer_rows(found)
    if found.study is None:
        return []
    if not rows:
        partial = "only some replications are kept one by one, so that damage cannot be told by party"
        return [f"Who pays and who gains is left out: {partial}."] if len(found.options.names) > 1 else []
    shown = [[row[0], row[1].replace("_", " "), *(_money(found, amount) for amount in row[2:])] for row in rows]
    heading = ["option", "party", *GROUPS, "all"]
    return [
        f"Who pays more (above 0) and who gains (below 0), {found.money} a year, undiscounted; what one pays another "
        "is no cost of society:",
        columns(shown, heading=heading, numbers=list(range(2, 3 + len(GROUPS)))),
    ]


def _annualised(found: Appraisal) -> list[str]:
    if found.study is None or not found.study.basis.discounts:
        return []
    rows = [
        [
            found.options.names[row.option],
            *(_money(found, amount) for amount in (row.yearly, row.present, row.equivalent)),
        ]
        for row in found.study.spending
    ]
    heading = ["option", "a year, undiscounted", "present value", "equivalent a year"]
    rate, years = significant(100 * found.study.basis.discount_costs), significant(found.study.years)
    return [
        f"Cost in {found.money}: of a year undiscounted, of the run of {years} years at {rate} %, and the even amount "
        "a year with that present value:",
        columns(rows, heading=heading, numbers=[1, 2, 3]),
    ]


# ------------------------------------------------------------------------------------------------ what is uncertain


def _values(found: Appraisal) -> list[str]:
    rows = [
        [_money(found, row[0]), row[1], _number(row[2]), _money(found, row[3])] for row in tables.perfect_rows(found)
    ]
    heading = [found.money, "best option", "share of draws", "perfect information"]
    return ["By the value of a unit of effect:", columns(rows, heading=heading, numbers=[0, 2, 3])]


def _partial(found: Appraisal) -> list[str]:
    """What single parameters are worth at the value at which they are worth most."""
    if not found.partial:
        return []
    rows = []
    for each in found.partial[:MOST_KNOWN]:
        v = int(each.worth.argmax())
        worth, error, idle = (
            _money(found, float(each_of[v])) for each_of in (each.worth, each.standard_error, each.idle)
        )
        known = (worth, error) if each.told_apart(v) else ("~0", "")
        rows.append([each.name, _money(found, float(each.values[v])), *known, idle])
    more = len(found.partial) - len(rows)
    heading = ["known", "at a value of", "worth", "standard error", "what says nothing"]
    unit = "" if found.scale == 1.0 else f", {found.money} a year"
    lines = [
        f"Worth of knowing a parameter or a group exactly{unit}, where it is worth most; ~0: no more than what says "
        "nothing seems to be worth:",
        columns(rows, heading=heading, numbers=[1, 2, 3, 4]),
    ]
    return [*lines, *([f"and {more} more, which the file has (--out)"] if more else [])]


def _nested(found: Appraisal) -> list[str]:
    """The states of the world of a sweep by nested Monte Carlo: the bias falls with the number of inner draws."""
    rows = [
        [_money(found, value), *(_money(found, float(worth)) for worth in (row.worth[1], row.worth[0])),
         _money(found, row.corrected), _money(found, row.standard_error)]
        for value, row in zip(found.nested_at, found.nested, strict=True)
    ]  # fmt: skip
    if not rows:
        return []
    half, whole = found.nested[0].inner[1], found.nested[0].inner[0]
    heading = ["at a value of", f"{half} inner draws", f"{whole} inner draws", "without bias", "standard error"]
    return [
        f"Worth of knowing the factors of the states of the world, {found.money} a year, by nested Monte Carlo, which "
        "is biased upwards:",
        columns(rows, heading=heading, numbers=[0, 1, 2, 3, 4]),
    ]


def _sample(found: Appraisal) -> list[str]:
    if not found.sample:
        return []
    rows = [
        [row.name, _money(found, row.value), _money(found, row.worth), _money(found, row.partial),
         _money(found, row.waiting), "longer than the run" if row.net is None else _money(found, row.net)]
        for row in found.sample
    ]  # fmt: skip
    heading = ["study", "at a value of", "worth a year", "of the rates", "lost a year", "net over the run"]
    return [
        f"Worth of data before choosing, {found.money}: a year of what follows; of knowing the rates of attacks "
        "exactly; what is lost in each year of the study; and all of it over the run:",
        columns(rows, heading=heading, numbers=[1, 2, 3, 4, 5]),
    ]


def _thresholds(found: Appraisal) -> list[str]:
    """What must be averted, before any value is given to a life or an attack."""
    rows = tables.threshold_rows(found)
    if found.study is None or not rows:
        party = found.study is not None and found.study.partial and found.study.basis.perspective != SOCIETY
        return ["What must be averted is left out: the replications that are kept do not tell a party's loss."] * party
    shown = [
        [
            row[0], _money(found, row[1]), _money(found, row[2]),
            "more than all" if row[3] is None else _per_cent(row[3]), _per_cent(row[4]),
            *("no number" if rate is None else _number(rate) for rate in row[5:]),
        ]
        for row in rows
    ]  # fmt: skip
    heading = ["option", f"{found.money} more", "harm now", "must avert", "averts", "at 10 %", "at 50 %", "at 90 %"]
    line = _money(found, gordon_loeb_line(found.study.thresholds[0].loss))
    return [
        "To be worth its cost by damage and stoppage alone (persons not priced): what share of today's harm it must\n"
        "avert, what share of attacks it averts, and from how many attacks a year on it pays, at a confidence of:",
        columns(shown, heading=heading, numbers=list(range(1, 8))),
        f"For reference, the line of Gordon and Loeb (2002): 1/e of the harm now, {line} {found.money} a year, is the "
        "most that is worth\nspending on one risk under their conditions (see docs/economics.md).",
    ]


def _losses(found: Appraisal) -> list[str]:
    if found.study is None:
        return []
    rows = tables.loss_rows(found)
    if not rows:
        return ["The run has no whole year, so that losses of single years are left out."]
    shown = [
        [row[0], _money(found, row[2]), _per_cent(row[3]),
         *("too few years" if amount is None else _money(found, amount) for amount in row[4:])]
        for row in rows
    ]  # fmt: skip
    kept = " of the replications that are kept" if found.study.partial else ""
    heads = [f"{word} {round(100 * level)} %" for level in LEVELS for word in ("at risk", "beyond")]
    return [
        f"Harm of single years as it may come, {found.money}, over {rows[0][1]:,} simulated years{kept}: mean, years "
        "without any, value at risk and the mean beyond it:",
        columns(shown, heading=["option", "mean", "without", *heads], numbers=list(range(1, 3 + len(heads)))),
    ]


# ------------------------------------------------------------------------------------------------ instruments


def _instruments(found: Appraisal) -> list[str]:
    if found.curve is None:
        return []
    rows = [
        [step.name, _money(found, step.cost), _number(step.averted), _number(step.half_width or None),
         step.trade.value if step.ratio is None else _money(found, step.ratio), _number(step.shared),
         _number(step.overlap)]
        for step in found.curve.steps
    ]  # fmt: skip
    heading = ["instrument", found.money, "averts alone", "±", f"{found.money} per unit", "Shapley average", "overlap"]
    lines = [
        f"Instruments by what a unit averted costs ({found.effect} a year), each by itself against the baseline,\n"
        "± 95 % Monte Carlo:",
        columns(rows, heading=heading, numbers=[1, 2, 3, 5, 6]).rstrip("\n"),
    ]
    of = found.curve
    if of.together is None or of.shapley is None:
        lines.append(
            f"Added up they avert {_number(of.alone)}; together they avert less where they overlap, which only a sweep "
            "over combinations tells (--overlap SWEEP)."
        )
    else:
        combined = [step.averted for step in of.steps if step.shared is not None]
        who = "they" if len(combined) == len(of.steps) else f"the {len(combined)} that were combined"
        lines.append(
            f"Added up {who} avert {_number(sum(combined))}, together {_number(of.together)}; Shapley averages over "
            f"{_orders(of.shapley)} add up to the latter."
        )
    return lines


def _orders(of: Shapley) -> str:
    """Over how many orders contributions are averaged, and how well that is known."""
    if of.orders is None:
        return "every order"
    error = float(of.standard_error.max())
    known = f"standard error at most {_number(error)}" if isfinite(error) else "too few for a standard error"
    return f"{of.orders} orders ({known})"


def _layout(found: Appraisal) -> list[str]:
    if found.layout is None:
        return []
    of = found.layout.allocation
    rows = [
        [name, _money(found, spent), _number(averted)]
        for name, spent, averted in tables.layout_rows(found)
        if spent > 0.0
    ]
    left = f"; {_money(found, of.left)} are left that none of them can use" if of.left > 0.0 else ""
    last = "" if of.price == 0.0 else f"; the last million averts {_number(of.price * found.scale)}"
    return [
        f"A budget of {_money(found, found.layout.budget)} {found.money} a year laid out so that the last dollar "
        f"averts equally much everywhere, overlap left out{last}{left}:",
        columns(rows, heading=["instrument", found.money, "averts"], numbers=[1, 2]) if rows else "nothing is bought",
    ]
