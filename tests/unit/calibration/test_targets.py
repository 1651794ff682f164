"""Targets files: what is refused, with place and reason, and what is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from simcpec.calibration.checks.gaps import gaps_of
from simcpec.calibration.targets.target_file import Targets, read_targets, refuse_provinces
from simcpec.errors import ScenarioError, UserError

SHIPPED = "history-2021-2024"


@pytest.fixture
def changed(root: Path, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Reads the shipped targets with a text in them replaced, from a folder of its own."""
    folder = root / "scenarios" / "targets"
    counts = (folder / "counts-2008-2014.csv").read_text(encoding="utf-8")

    def read(old: str = "", new: str = "", *, table: str = counts) -> Targets:
        text = (folder / f"{SHIPPED}.yaml").read_text(encoding="utf-8")
        assert old in text
        (tmp_path / "mine.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
        (tmp_path / "counts-2008-2014.csv").write_text(table, encoding="utf-8")
        return read_targets((tmp_path / "mine.yaml").as_posix())

    return read


def test_the_shipped_targets_are_those_of_the_briefing() -> None:
    targets = read_targets(SHIPPED)
    assert targets.attacks_of(("PUN", "SIN", "KP", "BAL", "GB")) == [0, 8, 2, 4, 0]
    assert targets.days == 1440
    assert round(targets.days / 365.25, 2) == 3.94
    assert int(targets.monthly.counts.sum()) == 8912
    assert targets.monthly.counts.shape == (7, 84)
    days = [date(2021, 7, 14), date(2022, 4, 26), date(2022, 9, 28), date(2024, 3, 26), date(2024, 10, 6)]  # press
    found, (stated,) = gaps_of([day.toordinal() for day in days]), targets.block.gaps
    assert (found.number, found.mean, found.longest) == (stated.number, stated.mean.value, stated.longest.value)
    assert found.variation == pytest.approx(stated.variation.value, abs=5e-4)


def test_a_check_that_changes_is_no_other_calibration_and_a_count_is(changed) -> None:  # type: ignore[no-untyped-def]
    as_shipped = changed().digest
    assert changed("variation: 0.595", "variation: 0.7").digest == as_shipped
    assert changed("foreign_killed: 20", "foreign_killed: 21").digest != as_shipped
    assert changed("world.harm.foreign.sigma", "world.harm.foreign.cap").digest != as_shipped, "what follows the block"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("total: 14", "total: 15", "add up to 2 + 4 + 8 = 14, and a total of 15"),
        ("    total: 14\n", "", "attacks[0].total is missing"),
        ("foreign_killed: 20", "foreign_killed: -20", "harm.foreign_killed is -20"),
        ("source: nacta-2024", "source: nacta-2042", "Did you mean nacta-2024"),
        ("what: share_foiled", "what: share_foild", "Did you mean share_foiled"),
        ("weight: 25 %", "weight: 125 %", "weight is 125 %"),
        ("low: 0.3", "low: 0.7", "low <= value <= high"),
        ("file: counts-2008-2014.csv", "file: elsewhere.csv", "which cannot be read"),
        ("file: counts-2008-2014.csv", "file: ../counts.csv", "outside of the folder"),
        ("from: 2021-01-01, to: 2024-12-10", "from: 2025-01-01, to: 2024-12-10", "ends on 2024-12-10 before it begins"),
        ("harm:                                     # hard; persons in all of these attacks together\n"
         "  window: {from: 2021-01-01", "harm:\n  window: {from: 2021-02-01", "is not that of the attacks"),
        ("discrepancy: 0.3", "discrepanci: 0.3", "Did you mean discrepancy"),
        ("    number: 4\n    mean: 295 days", "    number: 4\n    mean: 395 days", "has 4 gaps of 395 days on average"),
        ("    number: 4\n", "    number: 1\n", "has 1 gaps"),
        ("  - between: fatal_attacks                # the dates of the other nine attacks are not published\n"
         "    window: {from: 2021", "  - between: fatal_attacks\n    window: {from: 2020", "gaps[0].window is not"),
        ("variation: 0.595", "variation: -0.595", "variation is -0.595"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_line_and_reason(changed, old: str, new: str, told: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ScenarioError) as caught:
        changed(old, new)
    assert told in str(caught.value)
    assert "mine.yaml, line " in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("2024-12-10", "begins on 2024-12-10, inside of a window that ends on 2024-12-10"),
        ("2024-12-12", "after a gap since 2024-12-10"),
    ],
)
def test_windows_follow_each_other(changed, start: str, told: str) -> None:  # type: ignore[no-untyped-def]
    window = f"window: {{from: {start}, to: 2025-06-30}}"
    more = f"  - {{{window}, total: 0, provinces: {{}}, rule: as above, source: nacta-2024}}\n"
    with pytest.raises(ScenarioError, match="attacks") as caught:
        changed("\nharm:", f"{more}\nharm:")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("month,province\n2008-01,SIN\n", "incidents is a column that the table lacks"),
        ("month,province,incidents\n2008-01,SIN,-3\n", "line 2: incidents is -3"),
        ("month,province,incidents\n2008-13,SIN,3\n", "line 2: month is 2008-13"),
        ("month,province,incidents\n2018-01,SIN,3\n", "outside of the window"),
        ("month,province,incidents\n2008-01,SIN,3\n2008-01,SIN,3\n", "line 3: month is 2008-01 again"),
        ("month,province,incidents\n2008-01,SIN,3\n", "SIN has no row of 2008-02"),
        ("month,province,incidents\n", "has no rows"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(changed, table: str, told: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ScenarioError) as caught:
        changed(table=table)
    assert told in str(caught.value)
    assert "counts-2008-2014.csv" in str(caught.value)


def test_a_province_that_the_scenario_lacks_is_told() -> None:
    with pytest.raises(ScenarioError, match="is a province that the scenario mine does not have"):
        refuse_provinces(read_targets(SHIPPED), ("SIN", "BAL", "PUN"), "mine")


def test_a_name_that_is_none_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match="history-2021-2024"):
        read_targets("history-2021")
