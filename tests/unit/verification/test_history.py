"""The record of 2021 to 2024 met in the mean: attacks by province, killed and injured per attack.

Truth: the official count, 8, 4 and 2 attacks in 3.94 years, 20 killed and 34 injured in these 14.  Error: the standard
error over replications of `history-2021-2024`; nothing here says how well 14 attacks know a rate.  Parameters are
rounded to two digits, which moves a mean by up to `ROUNDED`.  At the default number of replications a rate of attacks
that is off by a half, and a mean of killed or injured that is off by a tenth, are seen; SIMCPEC_HISTORY=4000 sees a
tenth and a thirtieth.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from simcpec import catalogue
from simcpec.model.expected_severity import unmitigated
from simcpec.model.world import Floats, World
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from tests.verification.validity import Plays, plays

REPLICATIONS = int(os.environ.get("SIMCPEC_HISTORY", "240"))
LIMIT = 3.5  # standard errors: five claims, all true, fail with probability 0.002
ROUNDED = 0.015
RECORD = {"SIN": "sindh", "BAL": "balochistan", "KP": "kp"}


@cache
def history() -> tuple[World, Plays]:
    world = build(load("history-2021-2024")).world
    return world, plays(world, REPLICATIONS)


def by_province(name: str) -> Floats:
    """(R, P) what a counter of cells has in the window of the record, pro rata of the days played."""
    world, found = history()
    days = world.calendar.horizon_tick / world.calendar.ticks_per_day
    window = catalogue.entry("attacks.window").number * 365.25
    return np.asarray(found.cell(name).sum(axis=(1, 3, 4)) * window / days)


def away(values: Floats, truth: float) -> float:
    """Standard errors by which a mean misses the truth, what rounding can do left out."""
    error = float(values.std(ddof=1)) / len(values) ** 0.5
    return max(0.0, abs(float(values.mean()) - truth) - ROUNDED * abs(truth)) / error


def per_attack(harm: Floats, truth: float) -> float:
    """The same for a ratio of means to the mean of attacks, by the residuals harm - truth x attacks."""
    attacks = by_province("attacks").sum(axis=1)
    rounding = ROUNDED * truth * float(attacks.mean())
    residuals = harm - truth * attacks
    error = float(residuals.std(ddof=1)) / len(residuals) ** 0.5
    return max(0.0, abs(float(residuals.mean())) - rounding) / error


@pytest.mark.parametrize("code", RECORD)
def test_the_attacks_of_a_province_are_those_of_the_record_in_the_mean(code: str) -> None:
    world, _ = history()
    count = catalogue.entry(f"attacks.count.{RECORD[code]}").number
    attacks = by_province("attacks")[:, world.provinces.index(code)]
    assert away(attacks, count) < LIMIT
    assert away(attacks, 2.0 * count) > LIMIT and away(attacks, 0.5 * count) > LIMIT  # the control that must fail


@pytest.mark.parametrize(("counter", "entry"), [("expected_deaths", "killed"), ("expected_injured", "injured")])
def test_an_attack_kills_and_injures_as_many_as_on_record_in_the_mean(counter: str, entry: str) -> None:
    truth = catalogue.entry(f"attacks.foreign_{entry}").number / catalogue.entry("attacks.count.all").number
    assert per_attack(by_province(counter).sum(axis=1), truth) < LIMIT


def test_the_severity_of_incidents_of_all_kinds_misses_the_record() -> None:
    """The control that must fail: what all incidents of 2008 to 2014 give is a tenth too low in killed and injured."""
    world, _ = history()
    breaches = by_province("expected_breaches").sum(axis=1)
    measured = replace(world.harm, mu=catalogue.entry("severity.mu").number, injured_base=0.9)
    dead, injured = unmitigated(measured)[0, 0, 0]
    assert per_attack(breaches * dead, 20 / 14) > LIMIT and per_attack(breaches * injured, 34 / 14) > LIMIT
