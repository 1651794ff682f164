"""Scenarios that draw random sets of levers, dates, scopes and structures."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta

from simcpec import catalogue
from simcpec.errors import ScenarioError
from simcpec.model import modes
from simcpec.scenario import load
from simcpec.scenario.building.build import BuiltScenario, build
from simcpec.scenario.resolved import Resolved

START, DAYS = date(2025, 1, 1), 40
PROVINCES, COHORTS, SETTINGS = ("PUN", "SIN", "KP", "BAL"), ("corridor", "scattered"), ("site", "movement", "residence")
#: a country of four provinces with much going on, few routine leads and few candidates that come to nothing, so that
#: the readable engine keeps up
SMALL = (
    f"run.horizon={DAYS} days", "run.warm_up=0 days",
    *(f"world.provinces.{code}.plots={rate} /year" for code, rate in zip(PROVINCES, (40, 90, 60, 80), strict=True)),
    *(f"world.provinces.{code}.plots=0 /year" for code in ("GB", "AJK", "ICT")),
    "world.preparation.mean=20 days",
    "world.operations.routine_leads={PUN: 300 /year, SIN: 200 /year, KP: 300 /year, BAL: 200 /year}",
    "world.movements.rate={corridor: 1 /year, scattered: 0.1 /year}",
    "world.agreements={foreign_guards: on, joint_force: on, counter_terrorism: on}",
    "world.budget.hiring_lag=10 days", "world.budget.leaving_lag=5 days",
)  # fmt: skip
#: each structure of the world with its forms; the first is the base case's
STRUCTURES = {
    "world.backlash.world": ("none", "moderate", "strong"),
    "world.displacement.mode": ("logit", "off", "adaptive"),
    "world.displacement.diffusion": ("0 %", "40 %"),
    "world.network": tuple(
        f"{{model: {model}, recruits: 0.05 /year}}" for model in ("linear", "off", "logistic", "fire_water")
    ),
    "world.threat.drift.mode": ("ar1", "off"),
    "world.threat.excitation": ("{by: attack}", "{by: breach, follow_ons: 0.05, provinces: {BAL: 0.2, KP: 0.3}}"),
    "world.threat.excitation.follow_ons": ("0.05", "0", "0.5"),
    "policy.sop.mode": ("both", "off", "periodic", "reactive"),
    "world.protection.insider.mode": ("two_state", "off"),
    "world.harm.foreign": (
        "{law: hurdle_lognormal, zero: 40 %, mu: 0.08, sigma: 1.52, cap: 400 persons}",
        "{law: none}", "{law: power, mu: 2.2, start: 1 persons, cap: 400 persons}",
    ),
    "world.counted_as": ("attack", "breach"),
    "world.detection.mode": ("leads", *(mode for mode in modes.DETECTION[1:] if mode != "leads"), "off"),
    "policy.escort.rule": ("quit", "off", "wait", "loss", "alone"),
    "policy.surge.mode": ("on", "off"),
    "policy.capacity": ("budget", "constant"),
    "policy.units": ("whole", "fractional"),
}  # fmt: skip


def drawn(number: int) -> tuple[list[str], list[str]]:
    """Structures and levers of one drawn scenario, as texts for ``--set`` and entries of the list."""
    rng = random.Random(f"levers {number}")
    sets = [f"{key}={rng.choice(forms)}" for key, forms in STRUCTURES.items() if rng.random() < 0.4]
    names = rng.sample(sorted(catalogue.levers()), rng.randint(1, 5))
    return sets, [_entry(rng, name) for name in names]


def levered(number: int) -> tuple[BuiltScenario, int]:
    """The drawn scenario, built, and how many of its levers are in it: those that this world has no use for are not."""
    sets, entries = drawn(number)
    built, kept = settled(sets, entries)
    return built, len(kept)


def settled(sets: list[str], entries: list[str]) -> tuple[BuiltScenario, list[str]]:
    """A scenario with those of the levers that its world has a use for, built, and their entries."""
    while True:
        try:
            return build(loaded(sets, entries)), entries
        except ScenarioError as error:
            refused = {int(found) for fault in error.faults for found in re.findall(r"levers\[(\d+)\]", fault.key)}
            if not refused:
                raise
            entries = [each for k, each in enumerate(entries) if k not in refused]


def _entry(rng: random.Random, name: str) -> str:
    """One lever with random dates, scope and intensity."""
    first = START + timedelta(days=rng.randint(-20, DAYS - 5))
    parts = {"lever": name, "from": first.isoformat(), "lag": f"{rng.choice((0, 3, 10))} days"}
    if rng.random() < 0.5:
        parts["to"] = (first + timedelta(days=rng.randint(4, DAYS))).isoformat()
    if rng.random() < 0.6:
        parts["share"] = f"{rng.choice((5, 25, 60, 100))} %"
    for key, declared in (("provinces", PROVINCES), ("cohorts", COHORTS), ("settings", SETTINGS)):
        if rng.random() < 0.25:
            parts[key] = f"[{', '.join(rng.sample(declared, rng.randint(1, len(declared))))}]"
    return "{" + ", ".join(f"{key}: {value}" for key, value in parts.items()) + "}"


def loaded(sets: list[str], levers: list[str]) -> Resolved:
    """The small country with these settings and levers."""
    return load("base", sets=[*SMALL, *sets, f"policy.levers=[{', '.join(levers)}]"])
