"""Sentences on a study that both checklists and the paragraphs of a paper use."""

from __future__ import annotations

from collections import Counter

from simcpec.catalogue.entries import GRADES
from simcpec.reporting.artefacts.paper_tables.methods_tables import rule
from simcpec.reporting.formatting import name_of, plural, significant, years
from simcpec.reporting.page.findings import findings
from simcpec.reporting.page.limits import limits
from simcpec.reporting.selection import drawn
from simcpec.results.records import Study


def scenarios(study: Study) -> str:
    """Names of the scenarios, the baseline marked."""
    names = [
        f"“{name_of(study, index)}”" + (" (baseline)" if index == study.baseline and len(study.scenarios) > 1 else "")
        for index in range(len(study.scenarios))
    ]
    return ", ".join(names)


def changed(study: Study) -> str:
    """What each scenario changes against the baseline."""
    if study.baseline is None or len(study.scenarios) < 2:
        return "A single scenario; nothing is compared."
    parts = []
    for index, changes in enumerate(study.changes):
        if index != study.baseline:
            told = "; ".join(f"{one.key} from {one.old} to {one.new}" for one in changes) or "nothing"
            parts.append(f"“{name_of(study, index)}” changes {told}.")
    return " ".join(parts)


def places(study: Study) -> str:
    """Provinces, cohorts and settings of the first scenario."""
    axes = study.scenarios[0].axes
    return (
        f"provinces {', '.join(axes.province_labels)}; cohorts {', '.join(axes.cohorts)}; settings "
        f"{', '.join(axes.settings)}"
    )


def run_length(study: Study) -> str:
    """Counted time, and how it ends."""
    first = study.scenarios[0]
    return (
        f"Terminating: {significant(years(first))} years from {first.axes.periods[0]} to {first.axes.periods[-1]}, "
        f"reported in {plural(len(first.axes.periods), 'period')}."
    )


def warm_up(study: Study) -> str:
    """The warm-up as it is set."""
    found = [one for one in study.scenarios[0].settings_table if one.key == "run.warm_up"]
    return f"{found[0].value} {found[0].unit}".strip() if found else "none"


def sampled(study: Study) -> str:
    """Draws, replications and the rule that ended them."""
    first = study.scenarios[0]
    return (
        f"{plural(first.draws, 'parameter draw')} x {plural(first.replications, 'replication')} of every scenario"
        f"{', in antithetic pairs' if first.antithetic else ''}; rule: {rule(study)}."
    )


def intervals(study: Study) -> str:
    """Both kinds of interval, or why there is one."""
    text = (
        "95 % Monte Carlo half-widths from the spread between replications, of differences from the paired spread on "
        "common random numbers; "
    )
    if drawn(study):
        return text + (
            "apart from them 5-95 % uncertainty intervals over parameter draws of the conditional mean, corrected for "
            "residual Monte Carlo noise"
        )
    return text + "every parameter stands at one value, so that there is no uncertainty interval over parameters"


def parameters(study: Study) -> str:
    """Number of settings, and how well they are founded."""
    index = study.baseline or 0
    result = study.scenarios[index]
    grades = Counter(one.grade for one in result.settings_table if one.grade)
    told = ", ".join(f"{count} of grade {grade} ({GRADES[grade]})" for grade, count in sorted(grades.items()))
    moved = len(result.parameters.keys)
    return (
        f"{plural(len(result.settings_table), 'setting')} of “{name_of(study, index)}”"
        + (f", {told}" if told else "")
        + (f"; {plural(moved, 'parameter')} drawn from the laws of their ranges" if moved else "; none is drawn")
    )


def results(study: Study, most: int = 4) -> str:
    """The first findings, as the report words them."""
    return " ".join(one.text for one in findings(study)[:most])


def limitations(study: Study, most: int = 4) -> str:
    """The first limits, as the report words them."""
    return " ".join(one.text for one in limits(study)[:most])


def versions(study: Study) -> str:
    """Software with its versions."""
    return ", ".join(f"{name} {version}" for name, version in sorted(study.software.items()) if name != "simcpec")


def money(study: Study) -> str:
    """Currency, price year and discounting."""
    years_ = sorted({result.prices.price_year for result in study.scenarios})
    rates = sorted({result.prices.discount_rate for result in study.scenarios})
    told = " and ".join(str(year) for year in years_)
    rate = (
        "undiscounted"
        if rates == [0.0]
        else f"discounted at {' and '.join(f'{100 * each:g} %' for each in rates)} a year where a table says "
        f"present value"
    )
    return f"US dollars of {told}, {rate}"
