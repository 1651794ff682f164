"""Lists of events: every layout, every oddity, and fits that find what was put in."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

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
from simcpec.calibration.events.own_events import own_events
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
