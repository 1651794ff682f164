"""STRESS-DES: the twenty items of Monks et al. (2019) for discrete-event simulation, answered by a study."""

from __future__ import annotations

from simcpec.reporting.methods import facts
from simcpec.reporting.methods.items import Item, said
from simcpec.reporting.page.answer import question
from simcpec.results.records import Study

REFERENCE = (
    "Monks, T., Currie, C. S. M., Onggo, B. S., Robinson, S., Kunc, M., Taylor, S. J. E. (2019). Strengthening the "
    "reporting of empirical simulation studies: introducing the STRESS guidelines. Journal of Simulation 13(1), 55-67."
)
OBJECTIVES, LOGIC, DATA = "Objectives", "Logic", "Data"
EXPERIMENTS, IMPLEMENTATION, ACCESS = "Experimentation", "Implementation", "Code access"


def _aims(study: Study) -> str:
    return f"{question(study)} Scenarios: {facts.scenarios(study)}."


def _components(study: Study) -> str:
    return (
        "Entities: plots, attacks, leads, operations, movements, each followed from birth to outcome. Activities: "
        "preparation of a plot, work of an operation, trips, stoppages, loans of guards. Resources: operation teams "
        "and "
        "escort teams by province, a national reserve of guards; guards, surveillance, hardening and intelligence are "
        "levels, not queues. Queues: leads by priority then order of arrival, movements in order of arrival, both with "
        f"patience and without a limit. Entry and exit: plots enter by candidates and as follow-ons and leave as "
        f"foiled, deterred, lapsed, stopped or breached. Cells: {facts.places(study)}."
    )


def _initial(study: Study) -> str:
    return (
        "Plots in preparation at the start come from the stationary state; capacity is inherited from the budget of "
        "the "
        f"day before; queues start empty. Warm-up: {facts.warm_up(study)}."
    )


def _estimation(study: Study) -> str:
    return f"{facts.sampled(study)} Intervals: {facts.intervals(study)}."


ITEMS = (
    Item(number="1.1", section=OBJECTIVES, asks="Purpose of the model", answer=said(
        "To say what a different security budget, or a different split of it, would change in attacks on foreign "
        "project "
        "personnel along the China-Pakistan Economic Corridor, their harm, delay and cost, and how sure that is: "
        "policy "
        "analysis, not operations and not prediction of single events.")),
    Item(number="1.2", section=OBJECTIVES, asks="Model outputs", answer=said(
        "Attacks, breaches, deaths, injuries, foiled plots, days of stoppage, waiting, and lines of cost and harm, by "
        "province, cohort, setting and period; tables T4 to T8 give them with their definitions.")),
    Item(number="1.3", section=OBJECTIVES, asks="Aims of the experiments", answer=_aims),
    Item(number="2.1", section=LOGIC, asks="Diagram of the base model", answer=said(
        "The figure of the model page of the documentation: what happens to a plot, and what money can change.")),
    Item(number="2.2", section=LOGIC, asks="Logic of the base model", answer=said(
        "Plots are born, turn to a cell, prepare, and are found or not; attacks meet layers of protection (route, "
        "guards, "
        "hardening); harm follows; operations arrest militants and may cause backlash; money buys capacity with a "
        "lag.")),
    Item(number="2.3", section=LOGIC, asks="Logic of the scenarios", answer=facts.changed),
    Item(number="2.4", section=LOGIC, asks="Algorithms", answer=said(
        "Thinning of numbered candidates, choice by race, inversion of addressed uniforms, priority queues with "
        "patience, "
        "events on an integer clock with a declared order of ties.")),
    Item(number="2.5", section=LOGIC, asks="Components: entities, activities, resources, queues, entry and exit",
         answer=_components),
    Item(number="3.1", section=DATA, asks="Data sources", answer=said(
        "Every number has an entry of a catalogue with source, locator, reason and grade; table T2 lists them with a "
        "bibliography.")),
    Item(number="3.2", section=DATA, asks="Pre-processing", answer=said(
        "Rates from counts and windows, provincial yields from provincial counts; each entry carries its arithmetic, "
        "which tests repeat.")),
    Item(number="3.3", section=DATA, asks="Input parameters",
         answer=lambda study: f"{facts.parameters(study)}; table T2 has each with value, unit, range, law and source."),
    Item(number="3.4", section=DATA, asks="Assumptions", answer=facts.limitations),
    Item(number="4.1", section=EXPERIMENTS, asks="Initialisation", answer=_initial),
    Item(number="4.2", section=EXPERIMENTS, asks="Run length", answer=facts.run_length),
    Item(number="4.3", section=EXPERIMENTS, asks="Estimation approach", answer=_estimation),
    Item(number="5.1", section=IMPLEMENTATION, asks="Software and programming language", answer=lambda study: (
        f"simcpec {study.software.get('simcpec', '')} with {facts.versions(study)}; engine {study.engine}. A second "
        "engine over the same rules (SimPy, or the compiled one) leaves the same trace.")),
    Item(number="5.2", section=IMPLEMENTATION, asks="Random sampling", answer=lambda study: (
        "Philox4x64-10 by address, one stream a decision, variates by inversion or thinning; seed "
        f"{study.seed}, common to all scenarios.")),
    Item(number="5.3", section=IMPLEMENTATION, asks="Model execution", answer=lambda study: (
        f"Event by event. The study is repeated to the last bit by: {study.command}")),
    Item(number="5.4", section=IMPLEMENTATION, asks="System specification", answer=said(
        "Any machine with Python 3.11 or newer; results do not depend on the number of processors.")),
    Item(number="6.1", section=ACCESS, asks="Sharing of the model", answer=said(
        "Source, scenarios, catalogue and tests in one repository, MIT licence; the stored folder carries inputs, "
        "digests "
        "and versions (table T14).")),
)  # fmt: skip
