"""CHEERS 2022: the twenty-eight items of Husereau et al. (2022) for economic evaluations, answered by a study."""

from __future__ import annotations

from simcpec.reporting.formatting import name_of, significant, years
from simcpec.reporting.methods import facts
from simcpec.reporting.methods.items import AUTHORS, Item, said
from simcpec.reporting.page.answer import answer, question
from simcpec.reporting.page.findings import findings
from simcpec.reporting.page.report import corridor
from simcpec.reporting.selection import drawn
from simcpec.results.records import Study

REFERENCE = (
    "Husereau, D., Drummond, M., Augustovski, F., et al. (2022). Consolidated Health Economic Evaluation Reporting "
    "Standards 2022 (CHEERS 2022) statement. Value in Health 25(1), 3-9."
)


def _title(study: Study) -> str:
    return f"A model-based economic evaluation of security scenarios: {facts.scenarios(study)}."


def _summary(study: Study) -> str:
    found = answer(study)
    return f"{found.effect} {found.money}"


def _population(study: Study) -> str:
    base = study.scenarios[study.baseline or 0]
    exposed = float(base.persons().mean())
    return f"{significant(exposed)} persons exposed a year in the baseline, by cohort: {', '.join(base.axes.cohorts)}."


def _comparators(study: Study) -> str:
    if study.baseline is None or len(study.scenarios) < 2:
        return f"Nothing is compared: a single scenario, {facts.scenarios(study)}."
    return f"Current practice is “{name_of(study, study.baseline)}”. {facts.changed(study)}"


def _horizon(study: Study) -> str:
    return f"{significant(years(study.scenarios[0]))} years, the run of the scenarios; nothing is counted after it."


def _valuation(study: Study) -> str:
    lives = sorted({life for result in study.scenarios if (life := result.prices.value_of_life) is not None})
    text = (
        "Deaths and injuries are counted in persons; cost-effectiveness is shown over a grid of values, none presented "
        "as true."
    )
    if not lives:
        return text
    told = " and ".join(f"USD {value:,.0f}" for value in lives)
    return f"{text} As a sensitivity alone, a foreign death is priced at {told}."


def _uncertainty(study: Study) -> str:
    more = (
        " Acceptability curves, expected loss and the value of perfect information rest on the draws (tables T7, T7b, "
        "figures F4 to F7)."
        if drawn(study)
        else " Parameter draws (--draws) would add what is not known of parameters."
    )
    return f"{facts.intervals(study)}.{more}"


def _effect_of_uncertainty(study: Study) -> str:
    found = [one.text for one in findings(study) if one.about in ("Chance", "Intervals")]
    return " ".join(found) or facts.intervals(study) + "."


ITEMS = (
    Item(number="1", section="Title", asks="Title", answer=_title),
    Item(number="2", section="Abstract", asks="Abstract", answer=_summary),
    Item(number="3", section="Introduction", asks="Background and objectives", answer=question),
    Item(number="4", section="Methods", asks="Analysis plan", answer=lambda study: (
        f"No plan is stored. What was run is the command: {study.command}")),
    Item(number="5", section="Methods", asks="Study population", answer=_population),
    Item(number="6", section="Methods", asks="Setting and location", answer=lambda study: (
        f"{corridor(study)}; cells: {facts.places(study)}.")),
    Item(number="7", section="Methods", asks="Comparators", answer=_comparators),
    Item(number="8", section="Methods", asks="Perspective", answer=said(
        "Whoever pays: security budget, forces and levers with their payers (tables T8b to T8d), and harm to projects. "
        "Perspectives of single payers: simcpec economics --perspective.")),
    Item(number="9", section="Methods", asks="Time horizon", answer=_horizon),
    Item(number="10", section="Methods", asks="Discount rate", answer=lambda study: (
        f"Money is in {facts.money(study)}.")),
    Item(number="11", section="Methods", asks="Selection of outcomes", answer=said(
        "Incidents, breaches, deaths and injuries of foreign personnel averted a year, days of stoppage, and cost.")),
    Item(number="12", section="Methods", asks="Measurement of outcomes", answer=said(
        "Counted in every simulated history; of breaches, deaths and injuries also the conditional mean from the "
        "probabilities at each attack.")),
    Item(number="13", section="Methods", asks="Valuation of outcomes", answer=_valuation),
    Item(number="14", section="Methods", asks="Measurement and valuation of resources and costs", answer=said(
        "Units that the budget buys at unit costs of the catalogue, exact to the cent; forces, levers, escorts' delay, "
        "slow-down, compensation, damage, stoppage and outlays lost by their own rules; table T2 has the prices.")),
    Item(number="15", section="Methods", asks="Currency, price date and conversion", answer=lambda study: (
        f"{facts.money(study)}; entries of the catalogue carry the conversion of their sources.")),
    Item(number="16", section="Methods", asks="Rationale and description of the model", answer=said(
        "A discrete-event simulation, because capacity, queues, displacement and adaptation interact; the STRESS-DES "
        "checklist describes it.")),
    Item(number="17", section="Methods", asks="Analytics and assumptions", answer=lambda study: (
        f"{facts.sampled(study)} {facts.limitations(study)}")),
    Item(number="18", section="Methods", asks="Heterogeneity", answer=said(
        "Results by province, cohort and setting (tables T6 and T8, figures F11, F25 and F26).")),
    Item(number="19", section="Methods", asks="Distributional effects", answer=said(
        "Who pays is shown by payer (tables T8b to T8d) and who is harmed by province; no weights are put on either.")),
    Item(number="20", section="Methods", asks="Uncertainty", answer=_uncertainty),
    Item(number="21", section="Methods", asks="Engagement with those affected", answer=said(AUTHORS)),
    Item(number="22", section="Results", asks="Study parameters", answer=lambda study: (
        f"{facts.parameters(study)}; all of them stand in table T2.")),
    Item(number="23", section="Results", asks="Summary of main results", answer=_summary),
    Item(number="24", section="Results", asks="Effect of uncertainty", answer=_effect_of_uncertainty),
    Item(number="25", section="Results", asks="Effect of engagement", answer=said(AUTHORS)),
    Item(number="26", section="Discussion", asks="Findings, limitations, generalisability", answer=lambda study: (
        f"{facts.results(study)} {facts.limitations(study)}")),
    Item(number="27", section="Other", asks="Source of funding", answer=said(AUTHORS)),
    Item(number="28", section="Other", asks="Conflicts of interest", answer=said(AUTHORS)),
)  # fmt: skip
