"""The headline responses in the worlds between which sources disagree: the kept table, its page and its command."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from simcpec import catalogue
from simcpec.catalogue.records import NAMED
from simcpec.experiments.design.uncertain_settings import settings_of
from simcpec.reporting.tables.disputed_worlds import disputed_worlds as table_of
from simcpec.scenario import load
from simcpec.verification.kept_responses import kept_worlds
from simcpec.verification.responses.simulate import of_checks
from simcpec.verification.responses.worlds import disputed_worlds, headline_checks
from tests.support import studies
from tests.support.command import in_this_process


@pytest.fixture(scope="module")
def rows() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """The kept rows by world and response."""
    return {(row["world"], row["response"]): row for row in kept_worlds().rows}


def test_the_kept_table_has_every_headline_response_in_every_world(
    rows: Mapping[tuple[str, str], Mapping[str, str]],
) -> None:
    base = load("base")
    wanted = [(world, check) for world in disputed_worlds(base) for check in headline_checks(base)]
    assert list(rows) == [(world.name, check.name) for world, check in wanted]
    for world, check in wanted:
        row = rows[world.name, check.name]
        assert (row["world_says"], row["response_says"], row["entry"]) == (world.says, check.says, world.entry)
        assert not world.entry or catalogue.entry(world.entry)
    assert kept_worlds().command.startswith("simcpec verify worlds base --replications")


def test_the_kept_row_of_the_base_case_is_that_of_this_model(
    rows: Mapping[tuple[str, str], Mapping[str, str]],
) -> None:
    """60 pairs against the kept ones, within four standard errors of both; the control is the world of police."""
    (check,) = (one for one in headline_checks(load("base")) if one.name == "guards: more on duty")
    run = {"replications": 60, "seed": 2024, "jobs": None, "notice": lambda text: None}
    (one,) = of_checks([check], "base", sets=(), **run)  # type: ignore[arg-type]

    def distance(row: Mapping[str, str]) -> float:
        spread = math.hypot(one.changes["breaches"].half_width, float(row["breaches_half_width"])) / 1.96
        return abs(one.changes["breaches"].percent - float(row["breaches_percent"])) / spread

    assert distance(rows["as written", check.name]) < 4.0 < distance(rows["guards as police", check.name])


def test_the_world_of_police_gives_back_their_elasticity_and_the_idle_one_nothing(
    rows: Mapping[tuple[str, str], Mapping[str, str]],
) -> None:
    name, published = "guards: more on duty", catalogue.entry("responses.guards").interval
    assert published is not None
    police = float(rows["guards as police", name]["breaches_percent"])
    assert published[0] <= math.log(1.0 + police / 100.0) / math.log(1.25) <= published[1]
    assert float(rows["static guards idle", name]["breaches_percent"]) == 0.0
    assert float(rows["static guards idle", "share x 2"]["breaches_percent"]) < 0.0


def test_a_division_helps_less_the_stronger_the_backlash(rows: Mapping[tuple[str, str], Mapping[str, str]]) -> None:
    incidents = [
        float(rows[world, "ssd_expansion"]["incidents_percent"])
        for world in ("as written", "backlash moderate", "backlash strong")
    ]
    assert incidents == sorted(incidents) and incidents[0] < 0.0 < incidents[2]


def test_a_report_of_the_corridor_has_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    provinces = frozenset(studies.CODES)
    named = {"cpec-2021-2024": replace(NAMED["cpec-2021-2024"], provinces=provinces)}
    monkeypatch.setattr("simcpec.reporting.page.observed.NAMED", named)
    played = replace(studies.result(name="Plain"), settings_table=settings_of(load("base"), ()))
    table = table_of(studies.study(played, baseline=None))
    assert table is not None and table.id == "T20" and len(table.records) == len(kept_worlds().rows)
    worlds = [row for row in table.panels[0].rows if row.kind == "group"]
    assert len(worlds) == len(disputed_worlds(load("base")))
    other = replace(played, settings_table=settings_of(load("base", sets=["world.record=none"]), ()))
    assert table_of(studies.study(other, baseline=None)) is None


def test_what_the_command_does_not_read_is_refused(tmp_path: Path) -> None:
    done = in_this_process("verify", "worlds", "--only", "share x 2", cwd=tmp_path)
    assert done.returncode == 2 and "verify worlds does not read --only" in done.stderr
    two = in_this_process("verify", "worlds", "base", "bare", cwd=tmp_path)
    assert two.returncode == 2 and "looks at one scenario, not 2" in two.stderr
