"""The responses that are checked: which change of a scenario, against which published range."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from simcpec.errors import UserError
from simcpec.model import modes
from simcpec.scenario import Resolved
from simcpec.units import decimal_text
from simcpec.verification.responses.response_check import Expected, ResponseCheck

PLACEMENTS = ("threat", "works", "equal")  # rules between provinces: no source gives one
ADDED = 25  # USD million a year on one line of the budget


def falls(entry: str = "") -> Expected:
    """Return what is expected where only the sign is known: no more than before."""
    return Expected(low=-math.inf, high=0.0, entry=entry)


def rises(entry: str = "") -> Expected:
    """Return what is expected where only the sign is known: no less than before."""
    return Expected(low=0.0, high=math.inf, entry=entry)


def checks(base: Resolved) -> tuple[ResponseCheck, ...]:
    """All responses that are looked at, of a scenario.

    Raises UserError for a scenario whose budget is no share of an amount.
    """
    return (
        *_protection(base), *_without(), *_money(base), *_road(base), *_displacement(base), *_backlash(), *_levers()
    )  # fmt: skip


def _protection(base: Resolved) -> Iterator[ResponseCheck]:
    published = Expected(low=-0.7, high=-0.1, entry="responses.guards")
    for word, factor in (("more", 1.25), ("fewer", 0.8)):
        yield ResponseCheck(
            name=f"guards: {word} on duty",
            says=f"guards of all forces and hired ones on duty x {factor:g}: elasticity of breaches",
            sets=_on_duty(base, factor),
            factor=factor,
            expected=published,
        )


LAYERS = {
    "route": ("cordons, cameras and patrols", Expected(low=3.0, high=30.0, entry="responses.cameras")),
    "hardening": ("walls and armour", Expected(low=0.0, high=30.0, entry="responses.hardening")),
}
"""Layers without which the base case is simulated: what stands in them, and by how much breaches should rise."""


def _without() -> Iterator[ResponseCheck]:
    for name, (says, expected) in LAYERS.items():
        yield ResponseCheck(
            name=f"no {name} layer",
            says=f"{says} taken away everywhere",
            sets=(f"world.protection.layers.{name}.stop_probability=0 %",),
            expected=expected,
        )


def _on_duty(base: Resolved, factor: float) -> tuple[str, ...]:
    world = base.scenario.world
    parts = {f"world.forces.{name}.on_duty": force.on_duty for name, force in world.forces.items()}
    parts["world.hired.on_duty"] = world.hired.on_duty
    return tuple(f"{key}={decimal_text(part.exact * Fraction(factor) * 100)} %" for key, part in parts.items())


def _money(base: Resolved) -> Iterator[ResponseCheck]:
    policy, budget = base.scenario.policy, base.scenario.world.budget
    if policy.security_share.share is None:
        raise UserError(f"{base.ref} gives its security budget as explicit amounts; allowed: a share of an amount")
    share, outlay = policy.security_share.share.exact, budget.annual_outlay.exact / 10**6
    for factor in (0, 2, 5):
        yield ResponseCheck(
            name=f"share x {factor}",
            says=f"{factor} times the security share, split as before",
            sets=(f"policy.security_share.share={decimal_text(share * factor * 100)} %",),
            factor=float(factor) if factor else 0.0,
            millions=float(share * (factor - 1) * outlay),
            expected=falls() if factor > 1 else rises(),
        )
    five = f"policy.security_share.share={decimal_text(share * 5 * 100)} %"
    yield ResponseCheck(
        name="share x 5, absorbed",
        says="5 times the share where lines hire at the usual price up to 30 % a year, against 5 times without that",
        sets=(five, "world.budget.absorption.growth=30 %"), against=(five,), expected=rises(),
    )  # fmt: skip
    for name in modes.INSTRUMENTS:
        yield ResponseCheck(
            name=f"{name} + USD {ADDED} m",
            says=f"USD {ADDED} m a year more on {name}, the other lines as they were",
            sets=_more(base, name, share * outlay, outlay),
            millions=float(ADDED),
            expected=falls(),
        )
    for rule in PLACEMENTS:
        yield ResponseCheck(
            name=f"placement by {rule}",
            says=f"the budget by {rule}, not by exposure, at the same share",
            sets=(f"policy.provinces={{rule: {rule}}}",),
            against=("policy.provinces={rule: exposure}",),
        )


def _more(base: Resolved, instrument: str, money: Fraction, outlay: Fraction) -> tuple[str, ...]:
    """Settings that give one instrument more and all others what they had; it takes what rounding leaves."""
    split, whole = base.scenario.policy.split.by_instrument(), money + ADDED
    parts = {
        name: Fraction(round(part.exact * money / whole * 10**12), 10**12)
        for name, part in split.items()
        if name != instrument
    }
    parts[instrument] = 1 - sum(parts.values(), Fraction(0))
    return (
        f"policy.security_share.share={decimal_text(Fraction(round(whole / outlay * 10**14), 10**14) * 100)} %",
        *(f"policy.split.{name}={decimal_text(part * 100)} %" for name, part in parts.items()),
    )


def _everywhere(base: Resolved, lever: str, moves: str) -> tuple[str, ...]:
    """A lever in all provinces and for all cohorts, with moves of its own."""
    provinces, cohorts = ", ".join(base.scenario.provinces), ", ".join(base.scenario.world.cohorts)
    scope = f"provinces: [{provinces}], cohorts: [{cohorts}]"
    return (f"policy.levers=[{{lever: {lever}, {scope}, moves: {{{moves}}}}}]",)


def _road(base: Resolved) -> Iterator[ResponseCheck]:
    by_air = _everywhere(base, "helicopters", "by_air: 0.9")
    yield ResponseCheck(
        name="by air: on the road",
        says="90 % of movements by air: attacks on movements",
        sets=by_air, of="incidents", setting=modes.MOVEMENT,
        expected=Expected(low=-100.0, high=-50.0, entry="responses.escorts.attacks"),
    )  # fmt: skip
    yield ResponseCheck(
        name="by air: elsewhere",
        says="90 % of movements by air: all attacks, those that moved to other settings included",
        sets=by_air, of="incidents",
        expected=Expected(low=-50.0, high=0.0, entry="evidence.displacement_share"),
    )  # fmt: skip
    yield ResponseCheck(
        name="no lapses on the road",
        says="every movement asks for an escort: attacks on movements that breach",
        sets=("world.movements.unescorted={corridor: 0 %, scattered: 0 %}",), setting=modes.MOVEMENT,
        expected=falls("responses.escorts.hijacked"),
    )  # fmt: skip
    after, before = ESCORTED
    yield ResponseCheck(
        name=f"escorts: {before} to {after} %",
        says=f"{after} instead of {before} % of movements ask for an escort: attacks on movements that breach",
        sets=_escorted(base, after), against=_escorted(base, before), setting=modes.MOVEMENT,
        expected=Expected(low=-82.8, high=0.0, entry="responses.escorts.hijackings"),
    )  # fmt: skip


ESCORTED = (70, 15)  # per cent of ships off Somalia with armed guards, 2012 and late 2009


def _escorted(base: Resolved, percent: int) -> tuple[str, ...]:
    """Settings in which so many per cent of movements ask for an escort, and nobody who asks goes alone at once."""

    def of_all(part: int) -> str:
        return "{" + ", ".join(f"{name}: {part} %" for name in base.scenario.world.cohorts) + "}"

    return (f"world.movements.unescorted={of_all(100 - percent)}", f"world.movements.impatient={of_all(0)}")


def _displacement(base: Resolved) -> Iterator[ResponseCheck]:
    """What moves elsewhere where one kind of target, or one province, is made harder: less than what is gained."""
    less = Expected(low=-100.0, high=100.0, entry="responses.displacement_net")
    yield ResponseCheck(
        name="displaced: off the road",
        says="90 % of movements by air: rise of attacks on works and residences per fall of those on the road",
        sets=_everywhere(base, "helicopters", "by_air: 0.9"),
        of="incidents", setting=modes.MOVEMENT, displaced=True, expected=less,
    )  # fmt: skip
    yield ResponseCheck(
        name="displaced: residences",
        says="residences with more walls and twice the guards: rise of attacks elsewhere per fall of those on them",
        sets=_everywhere(base, "residence_protection", "walls: 60, guards: 2"),
        of="incidents", setting=modes.RESIDENCE, displaced=True, expected=less,
    )  # fmt: skip
    if PACKAGED in base.scenario.provinces:
        package = ", ".join(f"{{lever: {lever}, provinces: [{PACKAGED}]}}" for lever in PACKAGE)
        yield ResponseCheck(
            name=f"displaced: {PACKAGED}",
            says=f"the security plans of {PACKAGED}: rise of attacks in other provinces per fall of those in it",
            sets=(f"policy.levers=[{package}]",), of="incidents", province=PACKAGED, displaced=True, expected=less,
        )  # fmt: skip


PACKAGE = (
    "strict_adherence_drive", "increased_patrolling", "regional_security_plan", "residence_protection",
    "travel_route_protection",
)  # fmt: skip
"""Instruments of the police of Khyber Pakhtunkhwa (`scenarios/kp-security-plans.yaml`)."""
PACKAGED = "KP"


def _backlash() -> Iterator[ResponseCheck]:
    worlds = ("none", "moderate", "strong")
    for before, after in pairwise(worlds):
        yield ResponseCheck(
            name=f"backlash: {after}",
            says=f"the world of {after} backlash against that of {before}, at unchanged policy",
            sets=(f"world.backlash.world={after}",),
            against=(f"world.backlash.world={before}",),
            of="incidents",
            expected=rises("responses.backlash.operations_pakistan"),
        )


LEVERS = {
    "ssd_expansion": "one more special security division",
    "helicopters": "one helicopter in three provinces",
    "escort_teams": "more escort teams",
    "joint_patrols": "joint patrols of routes",
    "bullet_proof_vehicles": "bullet-proof vehicles",
    "intelligence_capacity": "more intelligence units",
    "community_engagement": "community engagement",
}
"""Instruments of the sources whose effect is looked at, with what each is."""


AGREED = {"joint_patrols": ("world.agreements.joint_force=on",)}
"""What an instrument needs to be agreed on, in both worlds that are compared."""


def _levers() -> Iterator[ResponseCheck]:
    for name, says in LEVERS.items():
        agreed, lever = AGREED.get(name, ()), f"policy.levers=[{{lever: {name}}}]"
        yield ResponseCheck(name=name, says=says, sets=(*agreed, lever), against=agreed, expected=falls())
