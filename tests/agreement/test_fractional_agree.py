"""Both engines leave the same trace where parts of units are hired; another draw in one of them is found."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from simcpec.engines.reference.simulation import Simulation
from simcpec.engines.view import until
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.verification.worlds.generated_worlds import Case, drawn
from tests.agreement.test_engines_agree import difference, played
from tests.support.strategies import cases

BOTH = ("reference", "compiled")


@given(cases(units="fractional", budget=("one_year", "two_years")))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_both_engines_leave_the_same_trace_with_parts_of_units(case: Case) -> None:
    assert (case.world.capacity.target_part > 0.0).any()
    assert difference(*(played(name, case.world, case.address) for name in BOTH)) == ""


@pytest.mark.parametrize("share", ["0.5 %", "1 %"])
def test_both_engines_agree_on_the_base_case_with_fractional_units(share: str) -> None:
    world = build(load("base", sets=["policy.units=fractional", f"policy.security_share.share={share}"])).world
    world = until(world, 120 * world.calendar.ticks_per_day)
    for replication in range(3):
        address = {"seed": 0, "draw": 0, "replication": replication}
        assert difference(*(played(name, world, address) for name in BOTH)) == ""


def test_an_engine_that_hires_by_another_uniform_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Simulation.hired

    def mirrored(stage: Simulation, p: int, units: list[int], parts: list[float]) -> list[int]:
        """Hire the part where the uniform lies above its complement."""
        complements = [1.0 - part if part > 0.0 else 0.0 for part in parts]
        others = zip(units, right(stage, p, units, complements), parts, strict=True)
        return [2 * whole + 1 - other if part > 0.0 else whole for whole, other, part in others]

    monkeypatch.setattr(Simulation, "hired", mirrored)
    found = [drawn(n, units="fractional", budget="two_years", provinces=2) for n in range(8)]
    parted = [difference(*(played(name, case.world, case.address) for name in BOTH)) != "" for case in found]
    assert sum(parted) >= 4
