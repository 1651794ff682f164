"""What experiments report of a replication: every response with its columns, declared without any numbers.

Reading this needs no numpy, so that a scenario file that names responses is checked at once.  `analysis.responses`
takes their values from results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simcpec.economics.cost_lines import COST_LINES, HARM_SIDE

Names = tuple[str, ...]
INCIDENTS = "incidents"  # stands for attacks or breaches, whichever a scenario counts


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a value is made of, for sums that are kept in the place of rows (see `aggregates`).

    above : columns that are summed.      below : columns whose sum divides it; () divides by time or by nothing.
    per : "year", "day" or "" where `below` is not empty.      factor : 100 for per cent.
    valued : of what only some scenarios value; no distribution of it is kept.
    conditional : a mean given what led to it, of which no distribution is kept.
    """

    above: Names
    below: Names = ()
    per: Literal["year", "day", ""] = ""
    factor: float = 1.0
    conditional: bool = False
    valued: bool = False


@dataclass(frozen=True, kw_only=True)
class ResponseDefinition:
    """One scalar of a replication: its name and how to read it.

    per : "year": values are per year; "mean": a share, a mean or a stock, which no time divides.
    better : "less", "more" or "": what an analyst hopes for.
    kind : "fixed": chance has no part in it; "events": it counts events a year, each of which stands for itself.
    """

    id: str
    label: str
    unit: str
    per: str
    better: str
    made_of: Measure
    kind: Literal["", "fixed", "events"] = ""


def yearly(*names: str, valued: bool = False) -> Measure:
    """Sum of columns per year."""
    return Measure(above=names, per="year", valued=valued)


def ratio(above: Names, below: Names) -> Measure:
    """Sum of columns over sum of columns."""
    return Measure(above=above, below=below)


def stock(name: str) -> Measure:
    """Integral over time as a mean stock."""
    return Measure(above=(name,), per="day")


def expected(name: str) -> Measure:
    """Probabilities of a breach, each times what it does on average, a year."""
    return Measure(above=(name,), per="year", conditional=True)


def _define(
    id: str,
    label: str,
    unit: str,
    per: str,
    better: str,
    made_of: Measure,
    kind: Literal["", "fixed", "events"] = "",
) -> ResponseDefinition:
    return ResponseDefinition(id=id, label=label, unit=unit, per=per, better=better, made_of=made_of, kind=kind)


_SOUGHT = ("escorted", "alone", "cancelled")  # movements that asked for an escort and are through with it
_LEADS = ("operations_plot", "operations_routine", "stale")  # leads that came to an end

DEFINITIONS: tuple[ResponseDefinition, ...] = (
    _define("incidents", "Incidents", "incidents", "year", "less", yearly(INCIDENTS), "events"),
    _define("attacks", "Attacks", "attacks", "year", "less", yearly("attacks"), "events"),
    _define("breaches", "Breaches", "breaches", "year", "less", yearly("breaches"), "events"),
    _define("reported_attacks", "Attacks on record", "attacks", "year", "less", yearly("reported_attacks"), "events"),
    _define("expected_breaches", "Breaches, expected", "breaches", "year", "less", yearly("expected_breaches")),
    _define("plots", "Plots", "plots", "year", "less", yearly("plots"), "events"),
    _define("foiled", "Plots foiled", "plots", "year", "more", yearly("foiled"), "events"),
    _define("deterred", "Plots deterred", "plots", "year", "more", yearly("deterred"), "events"),
    _define("lapsed", "Plots lapsed", "plots", "year", "", yearly("lapsed"), "events"),
    _define("deaths", "Foreign deaths", "persons", "year", "less", yearly("deaths")),
    _define("injured", "Foreign injured", "persons", "year", "less", yearly("injured")),
    _define("expected_deaths", "Foreign deaths, expected", "persons", "year", "less", expected("expected_deaths")),
    _define("expected_injured", "Foreign injured, expected", "persons", "year", "less", expected("expected_injured")),
    _define("guard_deaths", "Guards killed", "persons", "year", "less", yearly("guard_deaths")),
    _define("local_deaths", "Local deaths", "persons", "year", "less", yearly("local_deaths")),
    _define(
        "operations", "Operations", "operations", "year", "", yearly("operations_plot", "operations_routine"), "events"
    ),
    _define("stale_share", "Leads that went stale", "share", "mean", "less", ratio(("stale",), _LEADS)),
    _define("arrests", "Arrests", "persons", "year", "", yearly("arrests")),
    _define("militant_deaths", "Militants killed", "persons", "year", "", yearly("militant_deaths")),
    _define("militants", "Militants, mean stock", "persons", "mean", "less", stock("militant_days")),
    _define("team_use", "Operation teams in use", "share", "mean", "", ratio(("busy_team_days",), ("team_days",))),
    _define("escort_use", "Escort teams in use", "share", "mean", "", ratio(("busy_escort_days",), ("escort_days",))),
    _define("movements", "Movements", "movements", "year", "", yearly("movements"), "events"),
    _define("escorted_share", "Movements escorted, if asked", "share", "mean", "more", ratio(("escorted",), _SOUGHT)),
    _define("mean_wait", "Mean wait for an escort", "days", "mean", "less", ratio(("wait_days",), _SOUGHT)),
    _define("stoppage_days", "Work stopped", "province-days", "year", "less", yearly("stoppage_days")),
    _define("security_spending", "Security spending", "USD", "year", "", yearly("security_spending"), "fixed"),
    _define("force_cost", "Cost of forces", "USD", "year", "", yearly("host_forces"), "fixed"),
    _define("lever_cost", "Cost of levers", "USD", "year", "", yearly("levers"), "fixed"),
    _define("harm_cost", "Cost of harm", "USD", "year", "less", yearly(*HARM_SIDE)),
    _define("total_cost", "Total cost", "USD", "year", "less", yearly(*COST_LINES)),
)
