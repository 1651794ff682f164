"""Names of scenarios: letters, cuts that keep what differs, files behind equal names; tables in a terminal or none."""

from __future__ import annotations

import os
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from simcpec.cli.commands import catalogue
from simcpec.cli.console import console, summary
from simcpec.reporting import formatting
from simcpec.reporting.page import report
from simcpec.reporting.page.chapters import FIRST
from simcpec.reporting.page.sections import Section
from simcpec.results.scenario_names import cut_apart, key_of, shortened, split_key, told_apart
from tests.support import studies

LONG = "Two files whose names begin with the same forty letters and end in {}"
TEXTS = st.lists(st.text(st.sampled_from("ab \n…é"), max_size=30), max_size=6)


@given(TEXTS, st.integers(min_value=2, max_value=20))
def test_cut_names_are_one_line_and_fit(texts: list[str], most: int) -> None:
    cut = cut_apart(texts, most)
    assert len(cut) == len(texts)
    assert all(0 < len(short) <= most and "\n" not in short for short in cut)


def test_cut_names_keep_what_tells_them_apart() -> None:
    texts = [LONG.format("0.5"), LONG.format("0.8"), LONG.format("0.8, later"), "short", LONG.format("0.5")]
    cut = cut_apart(texts, 24)
    assert len(set(cut)) == 4 and cut[0] == cut[4] and cut[3] == "short"
    assert cut[0].startswith("Two file") and cut[0].endswith("0.5")
    assert len({shortened(text, 24) for text in texts}) == 2, "the plain cut, which this one replaces"


def test_a_letter_does_not_count_as_what_tells_names_apart() -> None:
    names = [f"One name of two files ({place}-guards-at-every-site)" for place in ("police", "army")]
    alone, keyed = console.fitted(names, 24), console.fitted([f"{key_of(k)} · {names[k]}" for k in (0, 1)], 28)
    assert len(set(alone)) == 2
    assert keyed == [f"A · {alone[0]}", f"B · {alone[1]}"]
    assert split_key("not a letter · rest") == ("", "not a letter · rest")


def test_equal_names_show_their_files() -> None:
    assert told_apart(["Two  percent", "One", "Two percent"], ["a", "b", "c"]) == [
        "Two percent (a)",
        "One",
        "Two percent (c)",
    ]


def test_letters_go_past_z() -> None:
    assert [key_of(index) for index in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


# ---- tables of the console


@pytest.fixture
def twice():
    """A baseline and two other scenarios with one long name."""
    base = studies.result(name="Base", replications=4)
    return studies.study(base, *(replace(base, name=LONG.format("0.5")) for _ in range(2)))


def rows(study) -> list[str]:
    """Lines of the table of scenarios; what is said of their changes in a narrow terminal stands below it."""
    lines = summary.table(study).splitlines()
    return [line for line in lines if " · " in line and ": change of " not in line]


def test_without_a_terminal_names_stand_whole_and_apart(twice) -> None:
    first, second, third = rows(twice)
    assert first.startswith("A · Base ")
    assert second.startswith(f"B · {LONG.format('0.5')} (s1) ") and third.startswith(f"C · {LONG.format('0.5')} (s2) ")


@pytest.mark.parametrize("width", [90, 100, 200])
def test_a_terminal_is_filled_and_rows_stay_apart(twice, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "room", lambda: width)
    found = rows(twice)
    names = [line.split("  ")[0] for line in found]
    assert len(set(names)) == 3
    assert all(cell_len(line) <= width for line in found)
    assert (LONG.format("0.5") in found[1]) == (width == 200)


def test_at_80_columns_the_files_behind_one_name_are_told_apart(twice, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ("variant-with-police-guards", "variant-with-army-guards")
    alike = [replace(one, slug=slug) for one, slug in zip(twice.scenarios[1:], files, strict=True)]
    monkeypatch.setattr(console, "room", lambda: 80)
    names = [line.split("  ")[0] for line in rows(replace(twice, scenarios=(twice.scenarios[0], *alike)))]
    assert names[1].endswith("police-guards)") and names[2].endswith("army-guards)")


def test_draws_at_80_columns_come_in_blocks_that_repeat_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [studies.result(draws=40, slug=f"s{k}", name=LONG.format(k), factor=0.2 * (5 - k)) for k in range(3)]
    study = studies.study(*drawn)
    wide = summary.table(study).partition("\n±")[0].splitlines()
    monkeypatch.setattr(console, "room", lambda: 80)
    shown = summary.table(study).partition("change of incidents")[0].rpartition("\n")[0]
    blocks = [block.splitlines() for block in shown.split("\n\n")]
    assert len(blocks) in (2, 3) and max(cell_len(line) for block in blocks for line in block) <= 80
    assert {len(block) for block in blocks} == {len(wide)} == {10}
    split = [re.split(" {2,}", line) for line in wide]
    for row, cells in enumerate(split):
        found = [re.split(" {2,}", block[row]) for block in blocks]
        assert all(part[1] == cells[1] for part in found)
        wanted = [cell for cell in cells[2:] if not cell.startswith(("change", "none")) and " % [" not in cell]
        assert [cell for part in found for cell in part[2:]] == wanted
    assert all(len({block[row].split("  ")[0] for row in (1, 4, 7)}) == 3 for block in blocks)
    assert [line.split("  ")[0] for line in blocks[0]] == [line.split("  ")[0] for line in blocks[-1]]


@pytest.mark.parametrize(
    ("room", "blocks"),
    [(None, [[0, 1, 2, 3]]), (50, [[0, 1, 2, 3]]), (46, [[0, 1, 2, 3]]), (45, [[0, 1, 2], [0, 3]]),
     (30, [[0, 1], [0, 2], [0, 3]])],
)  # fmt: skip
def test_groups_of_columns_stand_side_by_side_while_there_is_room(room, blocks) -> None:
    assert console._blocks([10, 10, 10, 10], [1, 2, 3], room) == blocks


def test_room_is_that_of_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console.shutil, "get_terminal_size", lambda: os.terminal_size((70, 24)))
    monkeypatch.setattr(console, "_is_terminal", lambda stream: True)
    assert console.room() == 70
    monkeypatch.setattr(console, "_is_terminal", lambda stream: False)
    assert console.room() is None


@pytest.mark.parametrize(
    ("widths", "least", "room", "wanted"),
    [
        ([50, 20, 10], {0: 24}, None, {}),
        ([50, 20, 10], {0: 24}, 84, {}),
        ([50, 20, 10], {0: 24}, 74, {0: 40}),
        ([50, 20, 10], {0: 24}, 20, {0: 24}),
        ([50, 40, 10], {0: 20, 1: 20}, 74, {0: 30, 1: 30}),
        ([10, 40], {0: 24}, 20, {}),
    ],
)
def test_the_widest_columns_give_way(widths, least, room, wanted) -> None:
    assert console.squeezed(widths, least, room) == wanted


def test_lists_are_whole_in_a_pipe_and_cut_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [{"id": "one", "says": "x" * 200}, {"id": "two", "says": "y"}]
    assert "x" * 200 in catalogue._shown(listed)
    monkeypatch.setattr(console, "room", lambda: 100)
    assert max(map(len, catalogue._shown(listed).splitlines())) == 100


def test_wide_letters_are_cut_by_what_they_take() -> None:
    assert all(cell_len(text) <= 12 for text in console.fitted(["漢字" * 20, "plain"], 12))


# ---- the report


def test_equal_names_are_told_apart_in_the_report(twice) -> None:
    name = LONG.format("0.5")
    assert [formatting.name_of(twice, index) for index in range(3)] == ["Base", f"{name} (s1)", f"{name} (s2)"]
    assert formatting.called(twice, 1) != formatting.called(twice, 2).replace("C ", "B ")
    text = report.html(twice, (Section(id=FIRST, title="The answer", lead="", parts=()),))
    assert f"{name} (s1)" in text and f"{name} (s2)" in text
    assert "(s1) and" in report.title(twice)
