"""The catalogue against the source data beside the clone: cells copied right, derived figures derived again."""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize, special, stats

from simcpec import catalogue
from simcpec.catalogue.checks import disagreement, half_unit
from simcpec.catalogue.entries import Entry
from tests.unit.catalogue import derived_figures as derived

pytestmark = pytest.mark.shared_data

Rows = tuple[Mapping[str, str], ...]
Floats = NDArray[np.float64]
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
ENTRIES = catalogue.entries()
CELLS = [id for id, entry in ENTRIES.items() if "cell" in entry.gives_back]
RECOMPUTED = [id for id, entry in ENTRIES.items() if "recomputed" in entry.gives_back]
LOWEST = {"1": 1, "2": 2, "3": 3, "4": 4, "5-6": 5, "7-9": 7, "10-14": 10, "15-24": 15, "25-49": 25, "50-99": 50}
LOWEST |= {"0": 0, "100+": 100}
FIVE = ("BAL", "KP", "KPT", "PUN", "SIN")
DAYS = 2557  # 2008-01-01 to 2014-12-31


@cache
def rows(file: str) -> Rows:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


# Cells and statements.


def cell(check: Mapping[str, Any]) -> float:
    """The one cell that a check names, times its factor."""
    hits = [row for row in rows(check["file"]) if all(row[k] == v for k, v in check["where"].items())]
    assert len(hits) == 1, f"{check['where']} names {len(hits)} rows of {check['file']}"
    return float(hits[0][check["column"]]) * check.get("times", 1)


@pytest.mark.parametrize("id", CELLS)
def test_every_copied_number_is_the_one_of_its_cell(id: str) -> None:
    entry = catalogue.entry(id)
    assert disagreement(entry, cell(entry.gives_back["cell"]), "cell") == []


def lost_locators(entry: Entry, text: str) -> list[str]:
    """Numbers of the locator of an entry that the file of facts does not have."""
    numbers = re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", entry.source.where)
    return [number for number in numbers if not re.search(rf"(?<!\d){number.replace(',', '')}(?!\d)", text)]


def facts() -> str:
    """The cells of the small files of facts as one text, without commas of thousands."""
    files = (
        "source_facts",
        "attack_trackers_annual",
        "chinese_attacks_official",
        "cpec_projects",
        "disruption_reports",
    )
    files += ("exposure_and_guards", "ibo_reports", "security_costs", "source_documents")
    cells = (cell for file in files for row in rows(f"{file}.csv") for cell in row.values())
    return " | ".join(cell.replace(",", "") for cell in cells)


def test_every_quoted_locator_leads_to_its_number() -> None:
    text = facts()
    quoted = [entry for entry in ENTRIES.values() if catalogue.source(entry.source.key).seen == "quoted"]
    assert len(quoted) > 150
    assert {entry.id: lost for entry in quoted if (lost := lost_locators(entry, text))} == {}
    elsewhere = replace(ENTRIES["attacks.fatal"], source=replace(ENTRIES["attacks.sindh"].source, where="31 attacks"))
    assert lost_locators(elsewhere, text) == ["31"]  # the control that must fail


def test_every_fact_of_the_source_documents_is_a_statement() -> None:
    facts = [
        (row["document"], row["says"], row["model_quantity"], row["ambiguity"]) for row in rows("source_facts.csv")
    ]
    assert [(s.document, s.says, s.quantity, s.ambiguity) for s in catalogue.statements()] == facts


def test_every_number_of_those_facts_is_in_an_entry() -> None:
    numbers = {"14": "attacks.count.all", "7,984": "ibo.seed.operations", "206": "ibo.seed.killed"}
    numbers |= {"1,312": "ibo.seed.arrested", "15,000": "forces.ssd.more_than", "$65": "budget.announced"}
    for words, id in numbers.items():
        assert any(words in s.says and id in s.entries for s in catalogue.statements()), words


@pytest.mark.parametrize(
    ("file", "columns", "left_out"),
    [
        ("ibo_reports.csv", ("operations", "killed", "arrested"), ()),
        ("chinese_attacks_official.csv", ("attacks", "chinese_killed", "chinese_injured", "pakistani_killed"), ()),
        ("exposure_and_guards.csv", ("foreign_nationals", "guards", "projects"), ()),
        ("attack_trackers_annual.csv", ("attacks", "killed", "injured"), ()),
        ("security_costs.csv", ("value",), ("exchange rate implied by the same report", "sponsor")),
        ("disruption_reports.csv", ("value",), ()),
    ],
)
def test_every_number_of_the_small_files_is_in_the_catalogue(
    file: str, columns: tuple[str, ...], left_out: tuple[str, ...]
) -> None:
    values = {float(entry.value) for entry in ENTRIES.values() if isinstance(entry.value, int | float)}
    for row in rows(file):
        for name in columns:
            if row[name]:
                number = float(row[name])
                assert values & {number, number * 100, number * 1_000_000}, (row, name)


# Derived figures: one function a name; a number, or the two ends of the interval in which the entry's judgement lies.


def deaths_histogram() -> dict[int, int]:
    """Incidents by the lowest number of deaths of their bin."""
    found: dict[int, int] = defaultdict(int)
    for row in rows("gtd_severity_histogram_2008_2014.csv"):
        found[LOWEST[row["bin"]]] += int(row["incidents"])
    return dict(sorted(found.items()))


def tail_share(least: int) -> float:
    """Share of incidents with at least `least` deaths."""
    found = deaths_histogram()
    return sum(n for deaths, n in found.items() if deaths >= least) / sum(found.values())


def monthly_sum(column: str, province: str = "") -> int:
    table = rows("gtd_counts_province_month_2008_2014.csv")
    return sum(int(row[column]) for row in table if province in ("", row["prov"]))


@cache
def log_normal_of_deaths() -> tuple[float, float]:
    """Maximum likelihood of 1 + floor(exp(mu + sigma z)) on the bins of one death and more."""
    found = deaths_histogram()
    lowest = np.array([deaths for deaths in found if deaths > 0], dtype=float)
    incidents = np.array([n for deaths, n in found.items() if deaths > 0], dtype=float)

    def minus_log_likelihood(theta: Floats) -> float:
        inner = stats.norm.cdf((np.log(lowest[1:] - 1) - theta[0]) / np.exp(theta[1]))
        return -float(incidents @ np.log(np.diff(np.concatenate([[0.0], inner, [1.0]]))))

    fit = optimize.minimize(minus_log_likelihood, [0.0, 0.4], method="Nelder-Mead", options={"xatol": 1e-7})
    return float(fit.x[0]), math.exp(fit.x[1])


def tail_exponent(least: int = 10) -> float:
    """Discrete power law on one-day events with at least `least` deaths."""
    table = [row for row in rows("ucdp_ged_pakistan_2001_2015.csv") if row["date_start"] == row["date_end"]]
    deaths = np.array([float(row["best"]) for row in table if float(row["best"]) >= least])
    fit = optimize.minimize_scalar(
        lambda a: a * np.log(deaths).sum() + len(deaths) * np.log(special.zeta(a, least)),
        bounds=(1.5, 5),
        method="bounded",
    )
    return float(fit.x)


def quarterly(province: str) -> Floats:
    """Incidents in the 28 quarters."""
    found = np.zeros(28)
    for row in rows("gtd_counts_province_month_2008_2014.csv"):
        if row["prov"] == province:
            year, month = map(int, row["month"].split("-"))
            found[(year - 2008) * 4 + (month - 1) // 3] += int(row["incidents"])
    return found


@cache
def drift() -> tuple[float, float]:
    """Mean persistence and innovation of five provinces; the Poisson part of the variance is taken off."""
    persistence, innovation = [], []
    for province in FIVE:
        count = quarterly(province) + 0.5
        level = np.log(count) - np.log(count).mean()
        variance = float((level**2).mean() - (1 / count).mean())
        phi = float((level[1:] * level[:-1]).sum()) / len(level) / variance
        persistence.append(phi)
        innovation.append(math.sqrt(variance * (1 - phi**2)))
    return float(np.mean(persistence)), float(np.mean(innovation))


def daily_probabilities(rate: Floats, double: float, triple: float, most: int = 8) -> Floats:
    """P(k incidents on a day), k = 0..most, at batch rates `rate` (n): shape (n, most + 1); Panjer's recursion."""
    batch = (0.0, 1 - double - triple, double, triple)
    found = np.zeros((len(rate), most + 1))
    found[:, 0] = np.exp(-rate)
    for k in range(1, most + 1):
        found[:, k] = rate / k * sum(j * batch[j] * found[:, k - j] for j in range(1, min(3, k) + 1))
    return found


@cache
def batches(monthly: bool) -> tuple[float, float, float]:
    """Shares of births with one, two, three plots, five provinces; one rate each, or the rate of each month."""
    observed = {province: days_with(province) for province in FIVE}
    rates = {province: rates_of(province, monthly) for province in FIVE}

    def minus_log_likelihood(theta: Floats) -> float:
        double, triple = theta
        if double < 0 or triple < 0 or double + triple > 1:
            return 1e9
        per_batch = 1 + double + 2 * triple
        found = 0.0
        for province in FIVE:
            rate, weight = rates[province]
            found -= observed[province] @ np.log(weight @ daily_probabilities(rate / per_batch, double, triple))
        return float(found)

    double, triple = optimize.minimize(minus_log_likelihood, [0.1, 0.05], method="Nelder-Mead").x
    return 1 - double - triple, double, triple


def days_with(province: str) -> Floats:
    """Days with k = 0..8 incidents; the few days with more are left out."""
    found = np.zeros(9)
    for row in rows("gtd_incidents_per_day_2008_2014.csv"):
        if row["prov"] == province and int(row["k"]) <= 8:
            found[int(row["k"])] = int(row["days"])
    found[0] = DAYS - found.sum()
    return found


def rates_of(province: str, monthly: bool) -> tuple[Floats, Floats]:
    """Incidents a day by month and the share of days of each month; or one rate with all the days."""
    count, days = np.zeros(84), np.zeros(84)
    for at in range(84):
        first = date(2008 + at // 12, at % 12 + 1, 1)
        days[at] = (date(2008 + (at + 1) // 12, (at + 1) % 12 + 1, 1) - first).days
    for row in rows("gtd_counts_province_month_2008_2014.csv"):
        if row["prov"] == province:
            year, month = map(int, row["month"].split("-"))
            count[(year - 2008) * 12 + month - 1] = int(row["incidents"])
    if monthly:
        return np.maximum(count / days, 1e-6), days / days.sum()
    return np.array([count.sum() / days.sum()]), np.ones(1)


def batch_bounds(which: int) -> tuple[float, float]:
    """The two biased estimates of one share, in order."""
    low, high = sorted((batches(False)[which], batches(True)[which]))
    return low, high


def listed(province: str) -> float:
    """Per cent of the printed costs of projects that are not merely planned; two provinces share equally."""
    share = total = 0.0
    for row in rows("cpec_projects.csv"):
        if row["status"] != "planned" and row["cost_usd_m"]:
            total += float(row["cost_usd_m"])
            where = row["province"].split("/")
            share += float(row["cost_usd_m"]) / len(where) * (province in where)
    return 100 * share / total


def listed_completed() -> float:
    table = [row for row in rows("cpec_projects.csv") if row["status"] == "complete" and row["cost_usd_m"]]
    return sum(float(row["cost_usd_m"]) for row in table)


def location_of_deaths() -> float:
    """Location of the log-normal whose mean given any death is that of the attacks on record."""
    wanted, sigma, cap = (ENTRIES[id].number for id in ("attacks.killed_per_fatal", "harm.sigma", "harm.cap"))
    least = np.log(np.arange(1.0, cap))  # P(N >= n + 1) given any = P(log-normal >= n)

    def excess(mu: float) -> float:
        return 1.0 + float(stats.norm.sf(least, mu, sigma).sum()) - wanted

    return float(optimize.brentq(excess, -5.0, 5.0))


BIRTHS = 1.65 / 1.19  # second moment over mean of the batches .85, .11, .04
AREAS = {"balochistan": ("BAL",), "kp": ("KP", "KPT"), "punjab": ("PUN",), "sindh": ("SIN",)}
EVERYWHERE = (*FIVE, "ICT", "GB", "AJK")
COUNTS = {"all": (8, 4, 2), "balochistan": (4,), "kp": (2,), "sindh": (8,)}
MODEL = {"all": 2.47, "balochistan": 2.19, "kp": 2.12, "sindh": 2.5}  # dispersion.simulated
Figure = float | tuple[float, ...]


def four_years(counts: tuple[int, ...]) -> tuple[float, float, float]:
    """Dispersion at the drift of the base case, and at the two corners of its range that the entries name."""
    drifts = ((0.8, 0.35), (0.5, 0.2), (0.95, 0.2))
    centre, low, high = (derived.four_year_dispersion(counts, *one, BIRTHS) for one in drifts)
    return centre, low, high


def of_drift(province: str, which: str) -> tuple[float, float, float]:
    return derived.drift_by_province(province)[which]


FIGURES: Mapping[str, Callable[[], Figure]] = {
    **{f"drift_{one}_{code}": partial(of_drift, code, one) for code in FIVE for one in ("persistence", "innovation")},
    **{f"dispersion_four_years_{name}": partial(four_years, counts) for name, counts in COUNTS.items()},
    **{
        f"dispersion_rate_{name}": partial(derived.rate_under_dispersion, sum(counts), 3.94, MODEL[name])
        for name, counts in COUNTS.items()
    },
    **{f"dispersion_yearly_{name}": partial(derived.relative_variance, codes) for name, codes in AREAS.items()},
    **{f"suicide_share_{name}": partial(derived.suicide_share, codes) for name, codes in AREAS.items()},
    "suicide_share_all": lambda: derived.suicide_share(EVERYWHERE),
    "suicide_share_ict": lambda: derived.suicide_share(("ICT",)),
    **{f"deaths_{mode}": partial(lambda one: derived.deaths_by_mode()[one], mode) for mode in ("suicide", "other")},
    "severity_mean_business": lambda: derived.deaths_per_incident("Business"),
    "severity_mean_transport": lambda: derived.deaths_per_incident("Transportation"),
    "severity_mean_utilities": lambda: derived.deaths_per_incident("Utilities"),
    "severity_zero": lambda: 1 - tail_share(1),
    **{f"severity_tail_{least}": partial(tail_share, least) for least in (10, 15, 25, 50)},
    "severity_mean": lambda: monthly_sum("deaths") / monthly_sum("with_death"),
    "severity_mu": lambda: log_normal_of_deaths()[0],
    "severity_sigma": lambda: log_normal_of_deaths()[1],
    "location_of_deaths": location_of_deaths,
    "tail_exponent": tail_exponent,
    "drift_persistence": lambda: drift()[0],
    "drift_innovation": lambda: drift()[1],
    **{f"clusters_{name}": partial(batch_bounds, at) for at, name in enumerate(("single", "double", "triple"))},
    **{f"level_{code}": partial(monthly_sum, "incidents", code) for code in (*FIVE, "GB", "AJK", "ICT")},
    **{f"listed_{code}": partial(listed, code) for code in ("SIN", "KP", "PUN", "BAL")},
    "listed_completed": listed_completed,
}


def derived_faults(entry: Entry) -> list[str]:
    """Sentences where the entry is not what its function computes: value, ends of the interval, or all three."""
    found = FIGURES[entry.gives_back["recomputed"]]()
    if not isinstance(found, tuple):
        return disagreement(entry, found, "recomputed")
    assert entry.interval is not None
    pairs = zip(entry.interval, found[-2:], strict=True)
    ends = [f"{entry.id}: {w}, not {x}" for w, x in pairs if abs(w - x) > end_unit(w) * (1 + 1e-9)]
    return ends + (disagreement(entry, found[0], "recomputed") if len(found) == 3 else [])


def end_unit(end: float) -> float:
    """What an end may differ by: half of its last digit; at least 1 %, for simulations with other random bits."""
    return max(half_unit(end), 0.01 * abs(end))


@pytest.mark.parametrize("id", RECOMPUTED)
def test_every_derived_figure_is_derived_again(id: str) -> None:
    assert derived_faults(catalogue.entry(id)) == []


def test_every_figure_is_used() -> None:
    assert {ENTRIES[id].gives_back["recomputed"] for id in RECOMPUTED} == set(FIGURES)


def test_a_wrong_copy_and_a_wrong_figure_are_caught() -> None:
    """The control that must fail."""
    entry = catalogue.entry("attacks.count.all")
    assert disagreement(entry, 15.0, "cell") == ["attacks.count.all says 14 attacks, cell gives 15 (allowed: 0.5)"]
    assert disagreement(catalogue.entry("severity.zero"), 1 - tail_share(2), "recomputed") != []
    for id, change in (("drift.persistence.kp", {"value": 0.7}), ("modes.suicide.deaths", {"interval": (12.0, 20.2)})):
        assert derived_faults(catalogue.entry(id)) == []
        assert len(derived_faults(replace(catalogue.entry(id), **change))) == 1


def test_what_the_figures_rest_on_is_what_the_entries_say() -> None:
    single, double, triple = (ENTRIES[f"clusters.{name}"].number for name in ("single", "double", "triple"))
    assert pytest.approx((single + 4 * double + 9 * triple) / ENTRIES["clusters.mean"].number) == BIRTHS
    assert {name: ENTRIES[f"dispersion.simulated.{name}"].number for name in MODEL} == MODEL
    drift_of_base = [ENTRIES[f"drift.base.{name}"].number for name in ("persistence", "innovation")]
    assert drift_of_base == [0.8, 0.35]


def test_the_sections_of_the_histogram_are_those_of_the_entries() -> None:
    for kind in ("security", "economic", "civilian", "other"):
        table = [row for row in rows("gtd_severity_histogram_2008_2014.csv") if row["targ_class"] == kind]
        check = catalogue.entry(f"severity.zero.{kind}").gives_back
        assert check["of"] == sum(int(row["incidents"]) for row in table)
        assert check["count"] == sum(int(row["incidents"]) for row in table if row["bin"] == "0")
