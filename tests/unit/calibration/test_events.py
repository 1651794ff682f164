"""Lists of events: every layout, every oddity, and fits that find what was put in."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from simcpec.calibration.checks.out_of_sample import GRID
from simcpec.calibration.events.event_fits import (
    EventEstimate,
    daily,
    excited,
    follow_ons,
    monthly_of,
    sets_of,
    severity,
)
from simcpec.calibration.events.event_list import Event, EventList, read_events
from simcpec.calibration.events.own_events import OwnEvents, own_events
from simcpec.calibration.identifiability import quantile
from simcpec.calibration.models.drift_fit import pooled
from simcpec.calibration.targets.target_file import read_targets
from simcpec.errors import ScenarioError
from simcpec.scenario import load

LABELS = {"SIN": "Sindh", "BAL": "Balochistan", "KP": "Khyber Pakhtunkhwa"}


def read(text: str, encoding: str = "utf-8") -> EventList:
    return read_events(text.encode(encoding), "mine.csv", LABELS)


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("date,province,deaths\n2021-03-04,SIN,2\n", "plain"),
        ("Date;Province;Deaths\n4 March 2021;Sindh;2\n", "plain"),
        ("date,province,deaths\n31/01/2021,FATA,0\n04/03/2021,SIN,2\n", "plain"),
        ("id,date_start,date_end,prov,best\n1,2021-03-04,2021-03-04,SIN,2\n", "UCDP GED"),
        ("iyear,imonth,iday,provstate,nkill,nwound\n2021,3,4,Sindh,2,5\n", "GTD"),
        ("event_date,admin1,fatalities\n04 March 2021,Sindh,2\n", "ACLED"),
    ],
)
def test_layouts_and_dates_are_recognised(text: str, layout: str) -> None:
    found = read(text)
    assert found.layout == layout
    assert found.events[-1] == Event(date(2021, 3, 4), (2021, 3), "SIN", 2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_told(encoding: str) -> None:
    found = read("date,province,deaths,place\n2021-03-04,SIN,2,Café\n", encoding)
    assert len(found.events) == 1
    assert found.encoding == {"utf-16": "UTF-16", "cp1252": "Windows-1252"}.get(encoding, "UTF-8")


def test_what_is_left_out_is_counted() -> None:
    found = read(
        "id,date_start,date_end,prov,best\n"
        "#id,#date+start,#date+end,#adm1,#affected\n"
        "1,2021-03-04,2021-03-04,SIN,2\n"
        "1,2021-03-04,2021-03-04,SIN,2\n"
        "2,2021-03-04,2021-03-04,SIN,2\n"
        "3,2021-04-01,2021-04-30,BAL,40\n"
        "4,2021-05-01,2021-05-01,XX,1\n"
        "5,2021-05-01,2021-05-01,KP,\n"
    )
    assert len(found.events) == 3
    assert dict(found.told) == {
        "left out: rows of tags": 1,
        "left out: rows that stand twice, cell by cell": 1,
        "left out: summaries of several days": 1,
        "left out: a province that the scenario does not have": 1,
        "without a number of dead: not used for severity": 1,
        "kept, but alike in day, province and deaths: perhaps double": 1,
    }
    assert "1 left out: summaries of several days" in found.lines()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date,province\n2021-03-04,SIN\n", "deaths is a column that the list lacks to be read as plain"),
        ("date,province,deaths\n2021-03-04,SIN,-1\n", "line 2: deaths is -1"),
        ("date,province,deaths\n2021-02-30,SIN,1\n", "line 2: date is 2021-02-30"),
        ("date,province,deaths\n04/03/2021,SIN,1\n", "can be read in two ways"),
        ("date,province,deaths\n2021-03-04,SIN\n", "line 2: has 2 cells"),
        ("date,province,deaths\n2021-03-04,XX,1\n", "has no event of a province of the scenario"),
        ("iyear,imonth,iday,provstate,nkill\n2021,13,1,Sindh,1\n", "date is 2021-13-1"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(text)
    assert told in str(caught.value)


def test_a_month_without_a_day_counts_for_drift_alone() -> None:
    found = read("iyear,imonth,iday,provstate,nkill\n2021,3,0,Sindh,2\n2021,4,1,Sindh,0\n")
    assert found.events[0] == Event(None, (2021, 3), "SIN", 2)
    assert monthly_of(found.events).counts.tolist() == [[1, 1]]
    assert sum(int(each.sum()) for each in daily(found.events)) == 1


def deaths(count: int, zero: float, mu: float, sigma: float, seed: int) -> list[Event]:
    rng = np.random.default_rng(seed)
    sizes = 1 + np.floor(np.exp(mu + sigma * rng.standard_normal(count))).astype(int)
    none = rng.random(count) < zero
    day = date(2015, 1, 1)
    return [Event(day, (2015, 1), "SIN", 0 if nobody else int(n)) for n, nobody in zip(sizes, none, strict=True)]


def test_severity_is_found_again() -> None:
    zero, mu, sigma = severity(deaths(3_000, 0.4, -0.04, 1.5, 3))
    for found, truth in ((zero, 0.4), (mu, -0.04), (sigma, 1.5)):
        spread = (found.high - found.low) / 3.92
        assert abs(found.value - truth) < 3.5 * spread, found
        assert spread < 0.06
    assert severity(deaths(20, 0.4, 0.0, 1.5, 3)) == ()


def excited_days(branching: float, seed: int) -> list[Event]:
    """Six years whose background moves from quarter to quarter, with follow-ons after three days on average."""
    rng, events = np.random.default_rng(seed), []
    level = 0.3 * np.exp(0.6 * rng.standard_normal(24))
    queue = [day for day in range(2184) for _ in range(rng.poisson(level[day // 91]))]
    while queue:
        day = queue.pop()
        events.append(Event(date(2010, 1, 1) + timedelta(days=day), (2010, 1), "SIN", 1))
        later = [day + 1 + int(gap) for gap in rng.exponential(3.0, rng.poisson(branching))]
        queue += [each for each in later if each < 2184]
    return events


def test_follow_ons_are_found_and_drift_is_not_taken_for_them() -> None:
    some, none = follow_ons(excited_days(0.3, 4)), follow_ons(excited_days(0.0, 5))
    assert some is not None and none is not None
    assert some.low <= 0.3 <= some.high
    assert some.low > 0.1
    assert none.low == 0.0
    assert none.high < 0.2
    (counts,) = daily(excited_days(0.0, 5))
    still = counts[: len(counts) // 91 * 91]
    assert excited(still, 0.0, 3.0) > excited(still, 0.5, 3.0)


def test_ranges_of_a_list_are_what_a_scenario_may_say() -> None:
    estimates = severity(deaths(500, 0.4, -0.04, 1.5, 6))
    more = EventEstimate(key="world.threat.excitation.follow_ons", value=0.0, low=0.0, high=0.1, events=9)
    resolved = load("base", sets=sets_of([*estimates, more]))
    assert resolved.scenario.world.harm.foreign.zero.law == "triangular"


def test_no_event_of_a_list_is_kept(tmp_path: Path) -> None:
    rows = [f"{event.day},SIN,{event.deaths}" for event in deaths(120, 0.4, 0.0, 1.0, 7)]
    path = tmp_path / "mine.csv"
    path.write_text("date,province,deaths\n" + "\n".join(f"{row},{k}" for k, row in enumerate(rows)), encoding="utf-8")
    with pytest.raises(ScenarioError, match="has 4 cells"):
        own_events(path, "base", ())
    path.write_text("date,province,deaths\n" + "\n".join(dict.fromkeys(rows)) + "\n2016-01-01,KP,3\n", encoding="utf-8")
    found = own_events(path, "base", ())
    assert "2015" not in found.table
    assert found.monthly.counts.shape == (2, 13)
    assert found.lines[-1].startswith("too few events")


# ---- a whole list with a known truth

ZERO, MU, SIGMA = 0.4, 0.1, 1.3  # severity
PERSISTENCE, INNOVATION = 0.8, 0.4  # drift of the log level from quarter to quarter
SIZES = (0.85, 0.11, 0.04)  # chance that a day of attacks has one, two or three
RATE, QUARTERS = 0.06, 28  # days of attacks a day and province; seven years
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


def synthetic_list(path: Path, *, seed: int, drifts: bool = True, clusters: bool = True, sigma: float = SIGMA) -> None:
    """Write a list of some hundred events in the plain layout, with dates and names as people write them."""
    rng, rows = np.random.default_rng(seed), []
    for province in ("Sindh", "BAL", "FATA"):
        log_level = INNOVATION / np.sqrt(1.0 - PERSISTENCE**2) * rng.standard_normal()
        for quarter in range(QUARTERS):
            log_level = PERSISTENCE * log_level + INNOVATION * rng.standard_normal()
            first = date(2008 + quarter // 4, 3 * (quarter % 4) + 1, 1)
            for ahead in range(90):
                for _ in range(rng.poisson(RATE * np.exp(log_level if drifts else 0.0))):
                    for _ in range(1 + (rng.choice(3, p=SIZES) if clusters else 0)):
                        none = rng.random() < ZERO
                        dead = 0 if none else 1 + int(np.exp(MU + sigma * rng.standard_normal()))
                        day = first + timedelta(days=ahead)
                        rows.append(f"{day.day} {MONTHS[day.month - 1]} {day.year},{province},{dead},{len(rows)}")
    path.write_text("Date,Province,Deaths,Number\n" + "\n".join(rows) + "\n", encoding="utf-16")


def drift_quantiles(own: OwnEvents) -> tuple[tuple[float, float], tuple[float, float]]:
    """95 % of persistence and innovation from all provinces together, with flat priors."""
    logs = pooled([own.monthly.named(code) for code in own.monthly.provinces], GRID)
    chance = np.exp(logs - logs.max())
    ends = [
        tuple(quantile(values, weights, at) for at in (0.025, 0.975))
        for values, weights in ((GRID.persistence, chance.sum(axis=1)), (GRID.innovation, chance.sum(axis=0)))
    ]
    return ends[0], ends[1]  # type: ignore[return-value]


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> tuple[OwnEvents, OwnEvents]:
    """What is fitted to a list of the truth above, and to the control: no drift, no clusters, other deaths."""
    folder = tmp_path_factory.mktemp("lists")
    synthetic_list(folder / "true.csv", seed=12)
    synthetic_list(folder / "other.csv", seed=12, drifts=False, clusters=False, sigma=0.7)
    one, two = (own_events(folder / name, "base", ()) for name in ("true.csv", "other.csv"))
    return one, two


def test_a_list_of_some_hundred_events_gives_back_its_severity(synthetic: tuple[OwnEvents, OwnEvents]) -> None:
    """Within 3.5 standard errors; the control, with other deaths, lies outside of them for sigma and nothing else."""

    def distances(own: OwnEvents) -> dict[str, float]:
        found = {one.key.rpartition(".")[2]: one for one in own.estimates}
        truths = {"zero": ZERO, "mu": MU, "sigma": SIGMA}
        return {k: abs(found[k].value - v) / ((found[k].high - found[k].low) / 3.92) for k, v in truths.items()}

    assert 300 < int(synthetic[0].monthly.counts.sum()) < 1500
    assert all(distance < 3.5 for distance in distances(synthetic[0]).values()), distances(synthetic[0])
    assert distances(synthetic[1])["sigma"] > 3.5 > distances(synthetic[1])["zero"]


def test_a_list_of_some_hundred_events_gives_back_its_dispersion(synthetic: tuple[OwnEvents, OwnEvents]) -> None:
    """Variance over mean of days: E[n^2] / E[n] of the sizes of clusters, 1.39, and 1 in the control; +- 0.15."""
    sizes = np.arange(1, 4)
    truth = float(np.dot(SIZES, sizes**2) / np.dot(SIZES, sizes))
    assert synthetic[0].same_day == pytest.approx(truth, abs=0.15)
    assert synthetic[1].same_day == pytest.approx(1.0, abs=0.15)
    assert abs(synthetic[1].same_day - truth) > 0.15


def test_a_list_of_some_hundred_events_gives_back_its_drift(synthetic: tuple[OwnEvents, OwnEvents]) -> None:
    """The truth lies in 95 % of the posterior; in the control, which stands still, the innovation does not."""
    persistence, innovation = drift_quantiles(synthetic[0])
    assert persistence[0] <= PERSISTENCE <= persistence[1]
    assert innovation[0] <= INNOVATION <= innovation[1]
    assert drift_quantiles(synthetic[1])[1][1] < INNOVATION


def test_a_calibration_takes_its_ranges_and_months_from_the_list(synthetic: tuple[OwnEvents, OwnEvents]) -> None:
    own, shipped = synthetic[0], read_targets("history-2021-2024")
    targets = own.into(shipped)
    assert targets.digest != shipped.digest
    assert targets.monthly is own.monthly
    zero = load("base", sets=own.sets).scenario.world.harm.foreign.zero
    (fitted,) = [one for one in own.estimates if one.key.endswith(".zero")]
    assert (zero.low, zero.high) == pytest.approx((fitted.low, fitted.high), rel=1e-5)
