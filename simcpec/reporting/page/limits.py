"""What the model and this study cannot say; numbers come from the catalogue and the study."""

from __future__ import annotations

from collections.abc import Mapping

from simcpec.catalogue.entries import Entry
from simcpec.catalogue.records import NAMED
from simcpec.reporting.formatting import MISSING, between, called, significant
from simcpec.reporting.page.findings import FindingText
from simcpec.reporting.page.observed import ATTACKS, OPERATIONS, WINDOW, Observed, entries, observed, sentence
from simcpec.reporting.selection import drawn
from simcpec.results.records import Study

READINGS = ("budget.reading.once_over_life", "budget.reading.annual_outlay", "budget.reading.explicit")
RATE, CLUSTERED_RATE, WORTH = "attacks.all", "dispersion.rate.all", "dispersion.effective"
PLACES = ("attacks.count.kp", "attacks.count.balochistan", "attacks.count.sindh")


def limits(study: Study) -> tuple[FindingText, ...]:
    """Every limit that applies, most important first; what is said of counts belongs to the record of the study."""
    record = observed(study)
    named = record is not None and record.name in NAMED
    found = [
        FindingText(
            about="A model, not a measurement",
            text=(
                "Every number here follows from the mechanisms and settings of the model. Differences between "
                "scenarios are differences between simulations, not estimated effects of policies that were "
                "carried out."
            ),
        ),
        _calibration() if named else _record(record),
        FindingText(
            about="Wide ranges, much judgement",
            text=(
                "Few settings rest on counts; many have ranges of a factor of two or more, or are judgement. "
                + (
                    "Uncertainty intervals reflect those ranges, but not the form of the mechanisms."
                    if drawn(study)
                    else "This study holds each at one value: run it with parameter draws before a decision rests on "
                    "it."
                )
            ),
        ),
        FindingText(
            about="Aggregate by construction",
            text=(
                "The finest unit is a setting of a cohort in a province. Nothing here describes a site, a route, a "
                "date of travel or a person, and no result may be read that way."
            ),
        ),
        *([_window(), _base()] if named else []),
        _parts_of_units(study),
        FindingText(
            about="Rare, uneven harm",
            text=(
                "Deaths follow a law with a long tail: a few large attacks carry most of them, so that means of "
                "deaths and of stoppage need many more replications than counts of incidents."
            ),
        ),
    ]
    return tuple(one for one in found if one.text)


def _parts_of_units(study: Study) -> FindingText:
    """Return what is bought where units are fractional; nothing where all are whole."""
    who = [called(study, index) for index, result in enumerate(study.scenarios) if result.plan.fractional]
    text = (
        f"In {', '.join(who)} units are fractional: a part of a unit is hired in that share of the replications, and "
        "the budget is charged the expected cost in all of them. On average there are the units that the money buys; a "
        "single replication has up to one unit a line more or less than was paid for, which adds to the spread between "
        "replications."
    )
    return FindingText(about="Parts of a unit", text=text if who else "")


def _record(record: Observed | None) -> FindingText:
    """Return what a record of the user's says about itself; or that there is none."""
    if record is None:
        return FindingText(
            about="No record of counts",
            text=(
                "No counts of attacks belong to these provinces: rates of plots are what the scenario says, and "
                "nothing here has been held against what was observed."
            ),
        )
    parts = [f"Counts on record are of {record.source}"]
    parts += [part for part in (record.caveat, record.limits) if part]
    return FindingText(about="The record", text=" ".join(map(sentence, parts)))


def _calibration() -> FindingText:
    known = entries()
    text = (
        "Plot rates are set by the method of moments, so that the base case reproduces the counts on record in the "
        "mean; nothing is fitted beyond that, and counts of attacks identify only the product of attempts and "
        "passage, not its parts."
    )
    if all(name in known for name in (ATTACKS, WINDOW, *PLACES)):
        total, years = known[ATTACKS].number, known[WINDOW].number
        parts = " + ".join(significant(known[name].number) for name in PLACES)
        text += f" The record is {significant(total)} attacks = {parts} (KP, Balochistan, Sindh) "
        text += f"in {significant(years)} years."
        text += _weight(known)
    return FindingText(about="Calibrated by moments only", text=text)


def _weight(known: Mapping[str, Entry]) -> str:
    """Return what the counts on record are worth where attacks cluster and the threat drifts."""
    if not all(name in known for name in (RATE, CLUSTERED_RATE, WORTH)):
        return ""
    exact, wide = known[RATE].interval, known[CLUSTERED_RATE].interval
    if exact is None or wide is None:
        return ""
    worth = significant(known[WORTH].number, 2)
    return (
        f" Attacks cluster and the threat drifts, so that they say as much on the rate as {worth} independent ones: "
        f"{between(*wide)} a year at 95 %, by the model's own dispersion; a Poisson count would have {between(*exact)}."
    )


def _window() -> FindingText:
    known = entries()
    parts = []
    for name, what in ((ATTACKS, "attacks"), (WINDOW, "their window"), (OPERATIONS, "operations")):
        if name in known and known[name].caveat:
            parts.append(f"{what}: {known[name].caveat}")
    return FindingText(
        about="Reporting windows",
        text=sentence("Counts on record have gaps. Of " + "; of ".join(parts)) if parts else "",
    )


def _base() -> FindingText:
    """The readings of the one per cent rule, each with what it comes to."""
    known = entries()
    parts = []
    for name in READINGS:
        if name in known:
            one = known[name]
            value = significant(one.number) if not isinstance(one.value, str | tuple) else MISSING
            parts.append(f"{one.says}: USD {value} m a year")
    if not parts:
        return FindingText(about="", text="")
    return FindingText(
        about="One per cent of what?",
        text=(
            "The rule that one per cent of project cost goes to security names neither base nor period. Readings: "
            + "; ".join(parts)
            + ". Each scenario names its own base; results under another base are another scenario."
        ),
    )
