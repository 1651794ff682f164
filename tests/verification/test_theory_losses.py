"""Thinning, common random numbers, losses, cost lines and output analysis against theory; and what must be caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simcpec.model.world import World
from simcpec.verification.theory.checks.attacks import modes, thinning
from simcpec.verification.theory.checks.consequences import losses, money
from simcpec.verification.theory.checks.statistics import common_random_numbers, output_analysis
from simcpec.verification.theory.families import FAMILIES, chosen, findings_of
from simcpec.verification.theory.finding import Finding
from simcpec.verification.theory.simulate import SimulatedCounts, TheorySimulator
from simcpec.verification.worlds.neutral_world import with_changes
from tests.mutation.injected_faults import tail_with_whole_atom

pytestmark = pytest.mark.slow
Part = Callable[[TheorySimulator], Any]


@pytest.mark.parametrize(
    ("family", "scale", "least"),
    [
        ("thinning", 0.2, 20), ("common-numbers", 0.3, 6), ("cost-lines", 0.5, 7), ("appraisal", 0.3, 15),
        ("output-analysis", 0.3, 4), ("losses", 0.2, 15), ("modes", 0.2, 15),
    ],
)  # fmt: skip
def test_a_family_is_unbiased(family: str, scale: float, least: int) -> None:
    found = [each for one in chosen([family]) for each in findings_of(one, TheorySimulator(scale=scale))]
    assert len(found) >= least and {each.family for each in found} == {family}
    assert [(each.name, each.z) for each in found if each.verdict == "biased"] == []
    assert len({each.name for each in found}) == len(found) and all(each.formula for each in found)


def caught(part: Part, scale: float, **changes: Any) -> list[str]:
    """Names of what a part of a family finds biased in a world that was changed behind its back."""

    def change(world: World) -> World:
        return with_changes(world, **{key: made(world) for key, made in changes.items()})  # type: ignore[no-any-return]

    found: list[Finding] = list(part(TheorySimulator(scale=scale, change=change)))
    return [each.name for each in found if each.verdict == "biased"]


OFF: list[tuple[Part, float, str, Callable[[World], Any], str]] = [
    (thinning.layered, 1.0, "threat__rate", lambda w: 1.03 * w.threat.rate, "breaches: mean"),
    (thinning.layered, 1.0, "protection__common_cause", lambda w: 0.0 * w.protection.common_cause, "breaches: mean"),
    (thinning.clustered, 1.0, "threat__cluster", lambda w: np.array([0.63, 0.9, 1.0]), "clusters: mean"),
    (thinning.mixed, 1.0, "threat__mixture_size", lambda w: 2.4, "mixed attempts: variance"),
    (money.findings, 2.0, "harm__spreads", lambda w: 0.0, "stoppage"),
    (money.findings, 1.0, "harm__memory", lambda w: 1.05 * w.harm.memory, "outlays_lost"),
    (output_analysis.findings, 0.5, "movements__trip", lambda w: (2, 0.93, 1.0), "mean delay of the first 25"),
    (losses.findings, 0.5, "harm__sigma", lambda w: 1.05 * w.harm.sigma, "hurdle: mean deaths"),
    (losses.findings, 0.5, "harm__cap", lambda w: 0.5 * w.harm.cap, "hurdle: variance of deaths"),
    (losses.findings, 0.5, "harm__injured_size", lambda w: 2.0, "hurdle: variance of injured"),
    (modes.thinned, 0.3, "protection__mode_weight", lambda w: np.ones((3, 3)), "light: breaches"),
    (modes.thinned, 0.3, "harm__mitigation", lambda w: 0.8 * w.harm.mitigation, "planted: deaths"),
    (modes.thinned, 0.3, "harm__present", lambda w: np.full((1, 3), np.inf), "heavy: injured"),
    (modes.planned, 0.5, "threat__mode_planning", lambda w: w.threat.mode_planning[:, ::-1], "plots at the start"),
]


@pytest.mark.parametrize(("part", "scale", "key", "made", "name"), OFF)
def test_a_world_that_is_a_little_off_is_caught(
    part: Part, scale: float, key: str, made: Callable[[World], Any], name: str
) -> None:
    assert name in caught(part, scale, **{key: made})


def test_a_tail_of_the_appraisal_that_does_not_split_its_atom_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "tail", tail_with_whole_atom(losses.tail))
    power = losses.severities()[-1]
    sums = losses.months(TheorySimulator(scale=2.0).play(power.scenario, replications=1000), "deaths")
    found = [each.name for each in losses.deaths(power, sums) if each.verdict == "biased"]
    assert found == ["power law: TVaR 95 % of deaths"]


def test_plays_that_do_not_share_their_draws_are_caught() -> None:
    """The control of common random numbers: the second play gets other replications."""

    class Apart(TheorySimulator):
        def play(self, name: str, *, replications: int, sets: Any = ()) -> SimulatedCounts:
            self.seed += 1
            return super().play(name, replications=replications, sets=sets)

    names = [each.name for each in common_random_numbers.findings(Apart(scale=0.2)) if each.verdict == "biased"]
    assert "months with fewer than 0 averted" in names and "breaches averted: variance / mean" in names


def test_a_play_is_kept_until_it_is_forgotten() -> None:
    stage = TheorySimulator(scale=0.01)
    first = stage.play("theory/thinning", replications=300)
    assert first is stage.play("theory/thinning", replications=300) and first.replications == 3
    assert first is not stage.play("theory/thinning", replications=300, sets=["run.seed=1"])
    stage.forget()
    again = stage.play("theory/thinning", replications=300)
    assert again is not first and again.cells.tobytes() == first.cells.tobytes()
    assert first.cell("attacks").shape == (3, 48, 2) and first.days.sum() == 1461.0


def test_the_readable_engine_gives_the_same_traces_and_counters() -> None:
    both = [TheorySimulator(scale=0.01, engine=engine, jobs=1) for engine in ("compiled", "reference")]
    a, b = (list(stage.traces("theory/first-delays", replications=200)) for stage in both)
    assert [one.tobytes() for one in a] == [one.tobytes() for one in b] and len(a) == 2
    c, d = (stage.play("theory/first-delays", replications=200) for stage in both)
    assert c.cohorts.tobytes() == d.cohorts.tobytes()


def test_every_family_has_its_findings() -> None:

    assert all(callable(family.load().findings) and family.says for family in FAMILIES)
