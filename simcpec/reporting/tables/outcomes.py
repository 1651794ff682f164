"""T1 what differs between the scenarios, and T4 the headline outcomes of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simcpec.analysis.estimates import Estimate, percent
from simcpec.analysis.exact_bounds import counted
from simcpec.analysis.paired_differences import Difference
from simcpec.reporting.formatting import (
    MISSING,
    NOT_ESTIMABLE,
    WITHIN_NOISE,
    between,
    doubt,
    headed,
    short_name,
    told,
    uncertainty,
    usd,
    with_unit,
)
from simcpec.reporting.page.observed import entries
from simcpec.reporting.selection import CONDITIONAL, drawn, estimates, explained, headlines, others, shown, with_best
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import Change, ScenarioResult, Setting, Study
from simcpec.results.scenario_names import key_of

ACROSS = 4  # scenarios side by side; more go into further panels


def blocks(count: int, across: int = ACROSS) -> Iterator[range]:
    """Scenarios in blocks of nearly equal size that fit side by side."""
    parts = -(-count // across)
    size = -(-count // parts)
    for start in range(0, count, size):
        yield range(start, min(start + size, count))


def heading(study: Study, index: int) -> Cell:
    """The head of a scenario's column."""
    tail = "baseline" if index == study.baseline and len(study.scenarios) > 1 else ""
    return Cell(text=short_name(study, index, 60), detail=tail, name=True)


# ------------------------------------------------------------------------------------------------------------- T1


def definition(study: Study) -> Table | None:
    """T1: settings in which each scenario differs from the baseline; None where there is nothing to compare with."""
    if study.baseline is None or len(study.scenarios) < 2:
        return None
    rows: list[Row] = []
    records: list[tuple[Any, ...]] = []
    for index, result in others(study):
        rows.append(group(headed(study, index), result.describes))
        known = {one.key: one for one in result.settings_table}
        for change in study.changes[index]:
            rows.append(_change_row(change, known.get(change.key)))
            records.append(_change_record(index, result, change, known.get(change.key)))
        if not study.changes[index]:
            rows.append(Row(cells=(words("No setting differs from the baseline."), *[words("")] * 4)))
    return Table(
        id="T1",
        slug="what-differs",
        title="What differs between the scenarios",
        caption=(
            f"Settings of each scenario that differ from the baseline, {short_name(study, study.baseline, 60)}; "
            "all others are equal. USD a year: security budget of a full year as the setting makes it, mean over the "
            "run"
            + ("; where it is uncertain, at the value as written." if drawn(study) else ".")
        ),
        panels=(
            Panel(
                columns=(
                    words("Setting"), words("Baseline"), words("Scenario"), Cell(text="Budget, USD a year"),
                    words("Source and grade"),
                ),
                rows=tuple(rows),
            ),
        ),
        fields=(
            "scenario", "name", "key", "old", "new", "usd_per_year_old", "usd_per_year_new", "source", "grade",
            "catalogue_id",
        ),
        records=tuple(records),
    )  # fmt: skip


def _change_row(change: Change, setting: Setting | None) -> Row:
    old, new = change.usd_per_year_old, change.usd_per_year_new
    money = Cell(text=f"{usd(old)} → {usd(new)}" if old is not None and new is not None else MISSING)
    return Row(
        cells=(
            Cell(text=meaning(setting) or change.key, detail=change.key if meaning(setting) else "", kind="text"),
            words(change.old),
            words(change.new),
            money,
            words(standing(setting)),
        )
    )


def _change_record(index: int, result: ScenarioResult, change: Change, setting: Setting | None) -> tuple[Any, ...]:
    tail = (setting.source, setting.grade, setting.catalogue_id) if setting else ("", "", "")
    return (
        key_of(index), result.name, change.key, change.old, change.new, change.usd_per_year_old,
        change.usd_per_year_new, *tail,
    )  # fmt: skip


def meaning(setting: Setting | None) -> str:
    """Return what the catalogue says the key is, or ""."""
    if setting is None or setting.catalogue_id not in entries():
        return ""
    says = entries()[setting.catalogue_id].says
    return says[:1].upper() + says[1:]


def standing(setting: Setting | None) -> str:
    """Source and grade in one line; judgement is called judgement."""
    from simcpec.catalogue.entries import GRADES

    if setting is None or not (setting.source or setting.grade):
        return "set in the scenario"
    grade = f"{setting.grade}: {GRADES[setting.grade]}" if setting.grade in GRADES else setting.grade
    return "; ".join(part for part in (grade, setting.source) if part)


# ------------------------------------------------------------------------------------------------------------- T4


def headline(study: Study) -> Table:
    """T4: every headline outcome of every scenario, with both intervals."""
    found = {name: estimates(study, name) for name in with_best(study, headlines(study))}
    return Table(
        id="T4",
        slug="headline-outcomes",
        title="Headline outcomes",
        caption=(
            f"Means {_over(study)}, a year unless a row says otherwise. ± is the 95 % Monte Carlo half-width: how "
            "well this number of replications knows the mean"
            + (
                ". [low, high] is the uncertainty interval: 5-95 % over parameter draws of the conditional mean, "
                "corrected for Monte Carlo noise; more replications do not shrink it. Within noise: the draws "
                "differ by no more than that noise, and only more replications can tell by how much."
                if drawn(study)
                else ". Parameters are held at one value each, so that there is no uncertainty interval here."
            )
            + f" {explained(study)} {CONDITIONAL}"
            + f" Money in USD m of {_price_years(study)}, undiscounted{_unless(study)}; deaths and injuries are "
              f"persons and carry no price{_priced(study)}. "
            "Total cost: security spending, forces, levers, escorts' delay, slow-down, compensation, and harm (damage, "
            "stoppage, outlays lost), whoever pays."
        ),
        panels=tuple(_headline_panel(study, found, block) for block in blocks(len(study.scenarios))),
        fields=(
            "scenario", "name", "response", "unit", "mean", "mc_half_width", "mc_low", "mc_high",
            "uncertainty_low", "uncertainty_high",
            "n", "note",
        ),
        records=tuple(
            (key_of(i), result.name, name, shown(name).unit, *_numbers(found[name][i]))
            for i, result in enumerate(study.scenarios)
            for name in found
        ),
    )  # fmt: skip


def _over(study: Study) -> str:
    from simcpec.reporting.formatting import plural

    draws, replications = study.scenarios[0].draws, study.scenarios[0].replications
    if draws == 1:
        return f"over {plural(replications, 'replication')}"
    return f"over {plural(draws, 'parameter draw')} of {plural(replications, 'replication')} each"


def _price_years(study: Study) -> str:
    found = sorted({result.prices.price_year for result in study.scenarios})
    return " and ".join(str(year) for year in found) + " prices"


def _unless(study: Study) -> str:
    """Return what a caption says of rates of discount, where there are any."""
    rates = sorted({result.prices.discount_rate for result in study.scenarios if result.discounted})
    if not rates:
        return ""
    told = " and ".join(f"{100 * rate:g} %" for rate in rates)
    return (
        f" unless a row says present value (at {told} a year, each period from its middle to the first counted day, "
        "divided by the years of the run)"
    )


def _priced(study: Study) -> str:
    """Return what a caption says of values of life, where there are any."""
    lives = sorted({life for result in study.scenarios if (life := result.prices.value_of_life) is not None})
    if not lives:
        return ""
    told = " and ".join(f"USD {life:,.0f}" for life in lives)
    return f", but in the rows called sensitivity, where a foreign death is priced at {told} (injuries are not priced)"


def _numbers(e: Estimate) -> tuple[Any, ...]:
    return (e.mean if e.estimable else None, e.half_width, *e.ends, e.low, e.high, e.n, e.note)


def _headline_panel(study: Study, found: dict[str, list[Estimate]], block: range) -> Panel:
    rows = []
    for name, each in found.items():
        one = shown(name)
        cells = [Cell(text=one.label, detail=one.unit, kind="text"), *(estimate_cell(each[i]) for i in block)]
        rows.append(Row(cells=tuple(cells), kind="total" if name == "total_cost" else ""))
    return Panel(columns=(words("Outcome"), *(heading(study, i) for i in block)), rows=tuple(rows))


def estimate_cell(e: Estimate) -> Cell:
    """Mean, half-width and uncertainty interval in three lines; why not, where there is none."""
    if not e.estimable:
        return Cell(text=NOT_ESTIMABLE, detail=e.note, tone="muted")
    mean, width = told(e)
    detail = "; ".join(part for part in (width or "one replication", doubt(e)) if part)
    return Cell(text=mean, detail=detail, more=uncertainty(e))


def spelled(e: Estimate, unit: str) -> str:
    """An estimate in a sentence: "3.55 incidents a year (Monte Carlo 3.1 to 4.0; uncertainty 2.2 to 5.1)"."""
    if not e.estimable:
        return f"{NOT_ESTIMABLE} ({e.note})"
    return f"{with_unit(told(e)[0], unit)}{both(e)}"


def monte_carlo(found: Estimate) -> str:
    """The Monte Carlo interval alone in brackets, by its name, with a space before it."""
    return f" ({_monte_carlo(found) or 'one replication: no interval'}{_distrust(found)})"


def both(found: Estimate | Difference) -> str:
    """Both intervals in brackets, each by its name, with a space before them."""
    parts = [_monte_carlo(found)] if _monte_carlo(found) else []
    if found.hidden:
        parts.append(f"uncertainty {WITHIN_NOISE}")
    if found.low is not None:
        collapsed = bool(found.half_width) and found.low == found.high
        parts.append(f"uncertainty {WITHIN_NOISE if collapsed else between(found.low, found.high)}")
    parts += [_distrust(found).removeprefix("; ")] if doubt(found) else []
    return f" ({'; '.join(parts)})" if parts else " (one replication: no interval)"


def _distrust(found: Estimate | Difference) -> str:
    """That a handful of replications carries the mean, behind a semicolon; or ""."""
    return f"; {doubt(found)}, so that the Monte Carlo interval is unreliable" if doubt(found) else ""


def _monte_carlo(found: Estimate | Difference) -> str:
    """The Monte Carlo interval by its name, or what stands in its place; "" with one replication."""
    ends = found.monte_carlo
    if found.differs is not None:
        exact = "" if ends is None else f"Monte Carlo {told(found)[1]}, exact; "
        rest = f"another one differs with a probability below {percent(found.differs)}"
        return f"{exact}the same in all {counted(found.n, twins=found.twins)}, {rest}"
    if ends is None:
        return ""
    return "exact, chance has no part in it" if found.half_width == 0.0 else f"Monte Carlo {between(*ends)}"
