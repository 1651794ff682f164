"""What a scenario file may say of levers: faults on their lines, levers that come to nothing, scopes, remarks."""

from __future__ import annotations

from pathlib import Path

import pytest

from simcpec import catalogue
from simcpec.catalogue.levers import NEUTRAL
from simcpec.model.world import digest, flatten
from simcpec.scenario import load, validate
from simcpec.scenario.building.build import TICKS_PER_DAY
from simcpec.scenario.building.context import build_context
from simcpec.scenario.building.levers import idle_levers
from simcpec.scenario.building.levers.active_levers import REFRESH
from simcpec.scenario.building.money import plan_of
from simcpec.scenario.building.scenario_reader import ScenarioReader
from tests.unit.scenario.test_levers import LEVERS, LIVELY, built, entry, needs, refused, with_lever


def test_an_unknown_lever_names_the_nearest() -> None:
    assert "Did you mean sop_revision?" in refused(entry("sop_revison"))
    assert "Did you mean drones_and_cameras?" in refused(entry("drone"))


def test_a_fault_stands_on_the_line_of_its_lever(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(f"extends: base\npolicy:\n  levers:\n    - {entry('sop_revision')}\n    - {entry('joint_force')}\n")
    [fault] = validate(str(path))
    assert fault.line == 5 and fault.key == "policy.levers[1].lever" and "no agreement" in fault.problem


def test_an_unknown_move_names_those_of_the_lever() -> None:
    assert "moves of sop_revision: refresh" in refused(entry("sop_revision", moves="{refrsh: 1}"))


def test_dates_that_run_backwards_and_levers_outside_the_run_are_refused() -> None:
    assert "not after from" in refused(entry("sop_revision", to="2025-06-01"))
    assert "begins when the run is over" in refused("{lever: sop_revision, from: 2031-01-01}")
    assert "is over before the run begins" in refused("{lever: sop_revision, from: 2023-01-01, to: 2024-01-01}")
    assert "is missing" in refused("{lever: sop_revision}")


def test_a_lever_outside_the_run_is_told_before_anything_is_built(tmp_path: Path) -> None:
    """As `simcpec validate` does, with the line; a lever that is not enabled may stand anywhere."""
    path = tmp_path / "late.yaml"
    entries = (", from: 2031-01-01", ", from: 2023-01-01, to: 2025-01-01", ", from: 2031-01-01, enabled: false")
    levers = [*(f"{{lever: sop_revision{one}}}" for one in entries), "{lever: helicopters, from: 2025-02-30}"]
    path.write_text("\n".join(["extends: base", "policy:", "  levers:", *(f"    - {one}" for one in levers)]))
    found = {(fault.line, fault.key): fault.problem for fault in validate(str(path))}
    assert found[4, "policy.levers[0].from"] == "begins when the run is over"
    assert found[5, "policy.levers[1].to"] == "is over before the run begins"
    assert len(found) == 3 and "no calendar" in found[7, "policy.levers[3].from"]
    warmed = validate(str(path), sets=["run.warm_up=800 days"])
    assert [fault.line for fault in warmed] == [4, 7]


def test_a_lever_that_is_over_before_it_acts_is_refused() -> None:
    assert "is over before its first effect" in refused(entry("community_engagement", to="2025-12-01"))


@pytest.mark.parametrize("lever", ["budget_increase", "corridor_bonds"])
def test_a_lever_on_the_budget_that_meets_no_budget_year_is_refused(lever: str) -> None:
    for dates in ("from: 2026-03-01", "from: 2025-03-01, to: 2025-12-31"):
        text = refused(f"{{lever: {lever}, {dates}}}")
        assert "no budget year begins" in text and "2025-01-01, 2026-01-01" in text


def test_guards_that_would_come_after_the_run_are_refused_with_their_lag() -> None:
    text = refused("{lever: spu_strength, from: 2026-06-01}")
    assert "policy.levers[0].from is too late" in text and "270 days after it begins" in text and "2027-01-01" in text


@pytest.mark.parametrize(
    ("lever", "moves", "allowed"),
    [
        ("army_handover", "{posts: 2}", "from 0 to 1"),
        ("army_handover", "{posts: -0.5}", "from 0 to 1"),
        ("sop_revision", "{refresh: 3}", "from 0 to 1"),
        ("budget_increase", "{budget: -1}", "at least 0"),
        ("corridor_bonds", "{part_paid: -0.3}", "from 0 to 1"),
        ("ibo_teams", "{teams: -10}", "at least 0"),
        ("joint_exercises", "{effect: -1}", "at least 0"),
        ("itinerary_secrecy", "{harder_to_plan: -1}", "at least 0"),
        ("ssd_expansion", "{soldiers: -30000}", "guards that are there"),
    ],
)
def test_a_move_beyond_what_there_can_be_is_refused(lever: str, moves: str, allowed: str) -> None:
    """No force has fewer than no guards, nobody hands over more posts than there are, no budget is below zero."""
    text = refused(entry(lever, moves=moves))
    assert "policy.levers[0].moves." in text and allowed in text


def test_a_force_can_be_made_smaller() -> None:
    less, base = with_lever("ssd_expansion", moves="{soldiers: -1000}"), built(())
    assert int(less.plan.force_cost.sum()) < int(base.plan.force_cost.sum())


def test_a_lever_that_nothing_reads_is_refused() -> None:
    text = refused(entry("sop_revision"), sets=("policy.sop.mode=off",))
    assert "changes nothing here" in text and "policy.levers[0].lever" in text


@pytest.mark.parametrize(
    ("lever", "sets"),
    [
        ("escort_teams", ("policy.escort.rule=off",)),
        ("ibo_teams", ("world.detection.mode=off", "world.operations.routine_leads={}")),
        ("intelligence_capacity", ("world.detection.mode=bernoulli", "world.operations.routine_leads={}")),
    ],
)
def test_units_that_nothing_reads_are_refused(lever: str, sets: tuple[str, ...]) -> None:
    zero = ", ".join(f"{code}: 0 /year" for code in ("PUN", "SIN", "KP", "BAL", "GB", "AJK", "ICT"))
    assert "changes nothing here" in refused(entry(lever), sets=tuple(one.replace("{}", f"{{{zero}}}") for one in sets))


@pytest.mark.parametrize(
    ("lever", "more", "sets"),
    [
        ("operation_tempo", {"provinces": "[GB]", "moves": "{mistakes: 1}"}, ()),
        ("helicopters", {}, ("world.movements.rate={corridor: 0 /year, scattered: 0 /year}",)),
    ],
)
def test_a_factor_on_nothing_is_refused(lever: str, more: dict[str, str], sets: tuple[str, ...]) -> None:
    """Routine leads that a province has not, and trips that nobody makes: the lever could only cost."""
    assert "changes nothing at these amounts" in refused(entry(lever, **more), sets=sets)
    assert validate("base", [f"policy.levers=[{entry(lever, **{**more, 'provinces': '[SIN]'})}]"]) == []


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_written_so_that_it_changes_nothing_is_refused(name: str) -> None:
    """No intensity, neutral moves, and amounts too small to change a number; none of them costs a build to find."""
    lever = catalogue.lever(name)
    neutral = ", ".join(f"{move.name}: {NEUTRAL[move.how]:g}" for move in lever.moves)
    sets = [*LIVELY, *needs(lever)]
    for key, text in (("share", "0 %"), ("moves", f"{{{neutral}}}")):
        (fault,) = validate("base", [*sets, f"policy.levers=[{entry(name, **{key: text})}]"])
        assert fault.key == f"policy.levers[0].{key}" and "would change nothing" in fault.problem
        assert validate("base", [*sets, f"policy.levers=[{entry(name, enabled='false', **{key: text})}]"]) == []


WITHOUT_REFRESH = [name for name, one in catalogue.levers().items() if all(move.of != REFRESH for move in one.moves)]


@pytest.mark.parametrize("name", WITHOUT_REFRESH)
def test_an_amount_that_no_number_can_show_is_refused(name: str) -> None:
    text = refused(entry(name, share="1e-25 %"), sets=needs(catalogue.lever(name)))
    assert "policy.levers[0]" in text
    assert "changes nothing at these amounts" in text or "less than half a unit" in text


def test_an_uncertain_amount_may_come_to_nothing() -> None:
    share = "{value: 0 %, low: 0 %, high: 50 %, law: uniform}"
    assert validate("base", [f"policy.levers=[{entry('sop_revision', share=share)}]"]) == []


def test_a_scope_that_no_move_can_follow_is_refused() -> None:
    assert "does not differ between settings" in refused(entry("sop_revision", settings="[site]"))


def test_what_a_scope_cannot_narrow_is_remarked_on() -> None:
    """Guards of a force protect both cohorts, whatever cohorts the lever names."""
    [remark] = with_lever("foreign_guards", cohorts="[corridor]", provinces="[SIN]").remarks
    assert remark.startswith("policy.levers[0] (foreign_guards): cohorts narrow own_circle; guards, trust_of_people")
    assert with_lever("foreign_guards", provinces="[SIN]").remarks == ()
    assert with_lever("bullet_proof_vehicles", cohorts="[corridor]").remarks == ()


def test_a_lever_written_down_but_not_enabled_changes_nothing() -> None:
    off = built((), entry("sop_revision", enabled="false"))
    assert digest(off.world) == digest(built(()).world)


def test_a_lever_in_a_province_leaves_the_others_alone() -> None:
    base, one = flatten(built(()).world), flatten(with_lever("sop_revision", provinces="[KP]").world)
    assert one["calendar.revision_reach"].shape[0] == base["calendar.revision_reach"].shape[0] + 1
    assert one["calendar.revision_reach"][-1].sum() == 2.0 and one["calendar.revision_reach"][-1, 2].sum() == 2.0


def test_the_resolved_scenario_says_every_number_itself() -> None:
    resolved = load("base", sets=[*LIVELY, f"policy.levers=[{entry('sop_revision')}]"])
    item = resolved.tree["policy"]["levers"][0]
    assert item["payer"] == "federal" and item["unit_cost"]["grade"] == "D" and item["moves"]["refresh"]["value"] == "1"


@pytest.mark.parametrize(("mode", "acts"), [("off", False), ("both", True)])
def test_a_refresh_is_an_effect_only_where_procedures_are_kept(mode: str, acts: bool) -> None:
    resolved = load("base", sets=[f"policy.sop.mode={mode}", f"policy.levers=[{entry('sop_revision')}]"])
    context = build_context(ScenarioReader(resolved.scenario), TICKS_PER_DAY)
    assert idle_levers._acts_elsewhere(context, plan_of(context), context.instruments[0]) is acts
