"""Births, stocks, choices, procedures, fates and spans: families pass, and a world that is a little off fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from simcpec.model.world import World
from simcpec.verification.theory.families import chosen
from simcpec.verification.theory.finding import Finding
from simcpec.verification.theory.simulate import TheorySimulator
from simcpec.verification.worlds.neutral_world import with_changes

pytestmark = pytest.mark.slow
FAMILIES = ("hawkes", "network", "displacement", "procedures", "preparation", "consequences")
Change = Callable[[World], World]


def scaled(key: str, factor: float) -> Change:
    """A world with one array, number or law times a factor."""
    head, name = key.split("__")

    def change(world: World) -> World:
        old = getattr(getattr(world, head), name)
        new = (old[0], old[1] * factor, old[2]) if isinstance(old, tuple) else old * factor
        return with_changes(world, **{key: new})

    return change


#: a world that is off -> words in the names of findings that must not believe it
WRONG = {
    "hawkes": [
        (scaled("threat__rate", 1.03), "mean count"),
        (scaled("threat__follow_ons", 1.05), "law of cascades"),
        (scaled("threat__follow_law", 1.5), "law of counts"),
        (scaled("threat__drift_innovation", 1.1), "variance under drift"),
    ],
    "network": [
        (scaled("network__recruits", 1.05), "law of the stock"),
        (scaled("network__per_death", 1.05), "mean backlash"),
        (scaled("network__backlash_delay", 1.1), "mean backlash"),
        (scaled("network__fire_rate", 1.3), "fire and water"),
    ],
    "displacement": [
        (scaled("cells__weight", 1.05), "attacks on roads"),
        (scaled("cells__leaving", 1.2), "shares of cells"),
        (scaled("cells__learning", 0.5), "learning 0.3"),
    ],
    "procedures": [
        (scaled("protection__decay", 1.15), "reactive"),
        (scaled("protection__audit_host", 0.5), "periodic"),
        (scaled("protection__insider_found", 0.95), "mean days of leaking"),
    ],
    "preparation": [
        (scaled("threat__preparation", 1.03), "months of attacks"),
        (scaled("threat__lapse", 1.1), "fates"),
        (scaled("detection__hazard", 1.1), "in proportion"),
        (scaled("network__trust_wrong", 1.5), "trust"),
    ],
    "consequences": [
        (scaled("capacity__hiring", 1.05), "hiring"),
        (scaled("capacity__leaving", 1.05), "leaving"),
        (scaled("protection__surge_days", 1.05), "surge"),
        (scaled("harm__stoppage", 1.1), "stoppage"),
        (scaled("harm__memory", 1.03), "remembered attack-days"),
    ],
}  # fmt: skip
CONTROLS = [(family, k) for family in FAMILIES for k in range(len(WRONG[family]))]


def found(family: str, stage: TheorySimulator) -> Iterator[Finding]:
    (known,) = chosen([family])
    yield from known.load().findings(stage)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_passes_at_the_quick_level(family: str) -> None:
    failed = [
        (one.name, one.verdict, round(one.z, 2)) for one in found(family, TheorySimulator()) if one.verdict != "pass"
    ]
    assert not failed


@pytest.mark.parametrize(("family", "number"), CONTROLS)
def test_a_world_that_is_a_little_off_is_biased(family: str, number: int) -> None:
    change, word = WRONG[family][number]
    findings = found(family, TheorySimulator(scale=0.6, change=change))
    assert any(word in one.name and one.verdict == "biased" for one in findings)  # the first one ends the search
