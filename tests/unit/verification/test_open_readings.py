"""The headline under readings that the sources leave open: the kept table, its page and its command."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from simcpec import catalogue
from simcpec.catalogue.records import NAMED
from simcpec.experiments.design.uncertain_settings import settings_of
from simcpec.reporting.tables.disputed_worlds import open_readings
from simcpec.scenario import differences, load
from simcpec.scenario.building.build import build
from simcpec.verification.kept_responses import kept_readings
from simcpec.verification.responses.readings import AS_WRITTEN, readings, under_readings
from tests.support import studies
from tests.support.command import in_this_process


@pytest.fixture(scope="module")
def rows() -> Mapping[str, Mapping[str, str]]:
    """The kept rows by reading."""
    return {row["reading"]: row for row in kept_readings().rows}


def pair(row: Mapping[str, str], mean: str, half: str) -> tuple[float, float]:
    return float(row[mean]), float(row[half])


def test_the_kept_table_has_every_reading_of_the_base_case(rows: Mapping[str, Mapping[str, str]]) -> None:
    wanted = readings(load("base"))
    assert list(rows) == [reading.name for reading in wanted]
    for reading in wanted:
        row = rows[reading.name]
        assert (row["question"], row["says"], row["entry"]) == (reading.question, reading.says, reading.entry)
        assert not reading.entry or catalogue.entry(reading.entry)
    assert kept_readings().command.startswith("simcpec verify readings base --replications")


def test_every_reading_is_another_world_or_another_count() -> None:
    base = load("base")
    for reading in readings(base)[1:]:
        changed = load("base", sets=list(reading.sets))
        assert differences(base, changed) if reading.sets else reading.times != 1.0, reading.name
        build(changed)
        assert 0.5 < reading.times < 2.0


def test_each_world_gives_back_the_count_as_its_reading_has_it(rows: Mapping[str, Mapping[str, str]]) -> None:
    """Within two half-widths of the count of the base case, times the years that the reading divides by."""
    usual, _ = pair(rows[AS_WRITTEN.name], "incidents_a_year", "incidents_half_width")
    for reading in readings(load("base"))[1:]:
        if reading.counts == "reported":  # the record is short of harmless ones, so there are more of them
            assert float(rows[reading.name]["incidents_a_year"]) > 1.1 * usual
            continue
        found, half = pair(rows[reading.name], "incidents_a_year", "incidents_half_width")
        assert abs(found - reading.times * usual) < 2.0 * half, reading.name


def test_a_reading_with_less_money_averts_less(rows: Mapping[str, Mapping[str, str]]) -> None:
    less, half = pair(rows["capital cost, once"], "against_written", "against_half_width")
    more, other = pair(rows["announced works"], "against_written", "against_half_width")
    assert less + half < 0.0 < more - other
    assert float(rows[AS_WRITTEN.name]["against_written"]) == 0.0


def test_the_kept_headline_is_that_of_this_model(rows: Mapping[str, Mapping[str, str]]) -> None:
    """60 pairs against the kept ones, within four standard errors of both; the control is another reading."""
    run = {"replications": 60, "seed": 2024, "jobs": None, "notice": lambda text: None, "only": ("as written",)}
    (one,) = under_readings("base", **run)  # type: ignore[arg-type]

    def distance(row: Mapping[str, str]) -> float:
        mean, half = pair(row, "averted_a_year", "averted_half_width")
        return abs(one.averted[0] - mean) / math.hypot(one.averted[1] / 1.96, half / 1.96)

    assert distance(rows[AS_WRITTEN.name]) < 4.0 < distance(rows["breaches"])
    assert one.births == 1.0 and one.against == (0.0, 0.0)


def test_a_report_of_the_corridor_has_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"cpec-2021-2024": replace(NAMED["cpec-2021-2024"], provinces=frozenset(studies.CODES))}
    monkeypatch.setattr("simcpec.reporting.page.observed.NAMED", named)
    played = replace(studies.result(name="Plain"), settings_table=settings_of(load("base"), ()))
    table = open_readings(studies.study(played, baseline=None))
    assert table is not None and table.id == "T21" and len(table.records) == len(kept_readings().rows)
    groups = [row for row in table.panels[0].rows if row.kind == "group"]
    assert len(groups) == len({reading.question for reading in readings(load("base"))[1:]})
    other = replace(played, settings_table=settings_of(load("base", sets=["world.record=none"]), ()))
    assert open_readings(studies.study(other, baseline=None)) is None


def test_what_the_command_does_not_read_is_refused(tmp_path: Path) -> None:
    for words, told in (
        (("--full",), "verify readings does not read --full"),
        (("--only", "breach"), "no reading 'breach'"),
        (("base", "bare"), "looks at one scenario, not 2"),
    ):
        done = in_this_process("verify", "readings", *words, cwd=tmp_path)
        assert done.returncode == 2 and told in done.stderr, done.stderr
