"""The chapters of a report: which tables and figures stand where, and the sentence that each chapter stands behind."""

from __future__ import annotations

from collections.abc import Callable

from simcpec.reporting.calibration import history_chapter as history
from simcpec.reporting.decision.effect import comparing, event, quoted, tally
from simcpec.reporting.decision.glance import glance
from simcpec.reporting.decision.tables import break_even, cost_effectiveness
from simcpec.reporting.decision.worth import worth
from simcpec.reporting.figures import (
    budget_bars,
    dose_response,
    fan_chart,
    fates_bars,
    forest_plot,
    operations_funnel,
    province_panels,
    province_profile,
)
from simcpec.reporting.formatting import plural, significant, usd
from simcpec.reporting.page import findings
from simcpec.reporting.page.sections import Section
from simcpec.reporting.picture import Picture, Sketch, rendered
from simcpec.reporting.selection import estimates, others
from simcpec.reporting.tables import (  # fmt: skip
    budget,
    contrasts,
    disputed_worlds,
    fates,
    modes,
    outcomes,
    payers,
    precision,
    responses,
    settings,
    variance,
)
from simcpec.reporting.tables.outcomes import spelled
from simcpec.reporting.tables.table import Table
from simcpec.results.records import Study

Notice = Callable[[str], None]
Drawn = Callable[[Sketch | None], Picture | None]
Part = Table | Picture | None
#: id, title, what it says first, its claim, tables and figures, and tables that stand in files alone
Draft = tuple[str, str, str, str, tuple[Part, ...], tuple[Table, ...]]
FIRST = "answer"


def compose(study: Study, notice: Notice = lambda _: None) -> tuple[Section, ...]:
    """The first screen and the chapters behind it; what a single scenario has no use for is left out."""
    mark = f"seed {study.seed}; scenarios " + ", ".join(result.digest for result in study.scenarios)

    def drawn(sketch: Sketch | None) -> Picture | None:
        if sketch is None:
            return None
        notice(f"Drawing {sketch.id}, {sketch.title} ...")
        return rendered(sketch, mark)

    notice("Working out the tables of the report ...")
    fan, forest = drawn(fan_chart.fan_chart(study)), drawn(forest_plot.forest_plot(study))
    dose = drawn(dose_response.dose_response(study))
    first = dose or forest or fan
    answer: Draft = (FIRST, "The answer", "", "", (first, glance(study)), ())
    drafts = (answer, *_results(study, drawn, fan, forest), *_grounds(study, drawn))
    kept = (_without(first, draft) for draft in drafts)
    return tuple(
        Section(id=name, title=title, lead=lead, claim=claim, parts=parts, filed=filed)
        for name, title, lead, claim, parts, filed in kept
        if (comparing(study) or name not in ("differs", "differences", "worth")) and parts
    )


def _results(study: Study, drawn: Drawn, fan: Picture | None, forest: Picture | None) -> tuple[Draft, ...]:
    """What was found: chapters on money, outcomes, differences and provinces."""
    return (
        (
            "worth", "Is it worth the money?", "", worth_claim(study),
            (cost_effectiveness(study), break_even(study)), (),
        ),
        ("differs", "What differs", "", differs_claim(study), (outcomes.definition(study),), ()),
        (
            "outcomes", "Outcomes", "", level_claim(study),
            (outcomes.headline(study), modes.attack_modes(study), precision.precision(study), fan), (),
        ),
        (
            "differences", "Differences from the baseline", "", tally(study) if comparing(study) else "",
            (
                forest, contrasts.contrasts(study), drawn(fates_bars.fates_bars(study)), fates.fates(study),
                variance.variance_ratios(study),
            ), (),
        ),
        (
            "provinces", "Provinces", "", findings.money_by_province(study) or province_claim(study),
            (
                drawn(province_profile.province_profile(study)), drawn(province_profile.province_tiles(study)),
                drawn(province_panels.small_multiples(study)), contrasts.rate_ratios(study),
                modes.attacks_by_group(study),
            ), (),
        ),
    )  # fmt: skip


def _grounds(study: Study, drawn: Drawn) -> tuple[Draft, ...]:
    """What it rests on: chapters on operations, the budget, the literature and sources."""
    return (
        (
            "operations", "Operations", "", "Arrests and militants killed per operation, beside the announced counts.",
            (drawn(operations_funnel.funnel(study)),), (),
        ),
        (
            "money", "Where the money goes",
            "The security budget comes first; forces and levers are listed apart, each with its payer.",
            spending_claim(study),
            (
                drawn(budget_bars.budget_bars(study)), budget.allocation(study),
                budget.host_forces(study), payers.payers(study), payers.levers(study),
            ), (),
        ),
        (
            "responses", "Does the model respond as the literature says?", "", responses.verdict(),
            (
                responses.responses(study), disputed_worlds.disputed_worlds(study),
                disputed_worlds.open_readings(study),
            ), (),
        ),
        (history.NAME, history.TITLE, history.LEAD, history.claim(study), (history.history_fit(study),), ()),
        (
            "sources", "Sources and grades", "", findings.grades_sentence(study),
            (settings.grades(study), settings.changed(study), settings.bibliography(study)),
            (settings.everything(study),),
        ),
    )  # fmt: skip


def _without(
    first: Picture | None, draft: Draft
) -> tuple[str, str, str, str, tuple[Table | Picture, ...], tuple[Table, ...]]:
    """A chapter without the picture of the first screen and without what is not there."""
    name, title, lead, claim, parts, filed = draft
    kept = tuple(part for part in parts if part is not None and (name == FIRST or part is not first))
    return name, title, lead, claim, kept, filed


# ------------------------------------------------------------------------------------------------ claims


def worth_claim(study: Study) -> str:
    """How many options are dominated, and between what costs an averted incident lies."""
    if not comparing(study):
        return ""
    one, _ = event(study.scenarios[study.baseline or 0])
    found = [worth(study, index) for index, _ in others(study)]
    ratios = sorted(ratio for each in found if each.cost > 0.0 and (ratio := each.per("incidents")) is not None)
    deaths = sorted(ratio for each in found if each.cost > 0.0 and (ratio := each.per("deaths")) is not None)
    parts = [f"{_range(ratios)} per {one} averted"] if ratios else []
    parts += [f"{_range(deaths)} per foreign death averted"] if deaths else []
    if not parts:
        return (
            f"No cost per {one} or per death averted is given: no scenario that costs more averts a detectable number."
        )
    return f"{' and '.join(parts)}, where a scenario costs more than the baseline and averts a detectable number."


def _range(amounts: list[float]) -> str:
    low, high = usd(amounts[0]), usd(amounts[-1])
    return low if low == high else f"{low} to {high}"


def differs_claim(study: Study) -> str:
    """In how many settings the scenarios differ."""
    if not comparing(study):
        return ""
    keys = {change.key for changes in study.changes for change in changes}
    if not keys:
        return "No setting differs from the baseline."
    some = ", ".join(sorted(keys)[:3]) + (f" and {len(keys) - 3:,} more" if len(keys) > 3 else "")
    return f"Scenarios differ from {quoted(study, study.baseline or 0)} in {plural(len(keys), 'setting')}: {some}."


def level_claim(study: Study) -> str:
    """How much happens in the baseline, or in the first scenario."""
    at = 0 if study.baseline is None else study.baseline
    _, many = event(study.scenarios[at])
    return (
        f"Under {quoted(study, at)} the model expects {spelled(estimates(study, 'incidents')[at], f'{many} a year')}."
    )


def province_claim(study: Study) -> str:
    """The province with most incidents."""
    found = province_profile.profiles(study)
    played = sum(one.played for one in found)
    if not played:
        return "No incident in any province, in any replication."
    most = max(found, key=lambda one: one.played)
    return f"{most.name} has {significant(100 * most.played / played, 2)} % of the incidents of the baseline."


def spending_claim(study: Study) -> str:
    """What the baseline is given for security and what of it is spent."""
    at = 0 if study.baseline is None else study.baseline
    plan = study.scenarios[at].plan
    length = max(float(plan.year_fraction.sum()), 1e-9)
    given, spent = (float(amount.sum()) / 100 / length for amount in (plan.given, plan.spent))
    return f"{quoted(study, at)} gives {usd(given)} a year to its lines, of which {usd(spent)} buy whole units."
