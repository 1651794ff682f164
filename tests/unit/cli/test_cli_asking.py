"""`validate`, `resolve`, `schema`, `list`, `show`, `cite`, `doctor`: what they print, for people and for machines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from simcpec import catalogue
from simcpec.cli import main
from simcpec.cli.commands.catalogue import WHAT
from simcpec.scenario import load, shipped

Capture = pytest.CaptureFixture[str]


def printed(capsys: Capture, *words: str, code: int = 0) -> str:
    """Stdout of a command that ends with `code`."""
    assert main(words) == code
    return capsys.readouterr().out


def told(capsys: Capture, *words: str) -> dict[str, Any]:
    """The document of a command."""
    found: dict[str, Any] = json.loads(printed(capsys, *words, "--json"))
    assert (found["schema_version"], found["verb"]) == (1, words[0])
    return found


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", sorted(shipped()))
def test_shipped_scenarios_have_no_faults(name: str, capsys: Capture) -> None:
    first, *more = printed(capsys, "validate", name).splitlines()
    assert first == f"{name}: no faults"
    assert all(line.startswith("  Remark: ") for line in more)


def test_validate_tells_machines_the_digests(capsys: Capture) -> None:
    one, other = told(capsys, "validate", "share-1", "share-2")["sound"]
    assert one["digest"] == load("share-1").digest != other["digest"]


def test_a_resolved_scenario_can_be_run_and_is_the_same(capsys: Capture, elsewhere: Path) -> None:
    text = printed(capsys, "resolve", "share-2", "--set", "run.seed=0")
    (elsewhere / "whole.yaml").write_text(text, encoding="utf-8")
    assert load("whole.yaml").digest == load("share-2", sets=["run.seed=0"]).digest
    assert told(capsys, "resolve", "whole.yaml")["resolved"]["run"]["seed"] == "0"


def test_why_names_every_layer_and_the_one_in_force(capsys: Capture) -> None:
    words = ("resolve", "share-2", "--set", "policy.security_share.share=3 %", "--why", "policy.security_share.share")
    rows = printed(capsys, *words).splitlines()
    assert rows[0] == "policy.security_share.share"
    assert [row.split("    ")[0].strip() for row in rows[1:]] == ["1 %", "2 %", "3 %"]
    assert [row.endswith("<- in force") for row in rows[1:]] == [False, False, True]
    layers = told(capsys, *words)["layers"]["policy.security_share.share"]
    assert [layer["value"] for layer in layers] == ["1 %", "2 %", "3 %"]


def test_the_schema_is_one_json_document(capsys: Capture) -> None:
    found = json.loads(printed(capsys, "schema"))
    assert {"policy", "world", "run", "extends"} <= set(found["properties"])
    assert told(capsys, "schema")["schema"] == found


@pytest.mark.parametrize("what", WHAT)
def test_everything_that_can_be_listed_has_rows(what: str, capsys: Capture) -> None:
    rows = told(capsys, "list", what)["rows"]
    assert rows
    lines = printed(capsys, "list", what).splitlines()
    assert len(lines) == len(rows) + 1
    assert not any("…" in line for line in lines), "cut, though there is no terminal"


@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("wide", [80, 100])
def test_lists_fit_into_a_terminal_and_cut_no_name(
    what: str, wide: int, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = told(capsys, "list", what)["rows"]
    for module in ("simcpec.cli.console.console", "simcpec.cli.commands.catalogue"):
        monkeypatch.setattr(f"{module}.room", lambda: wide)
    lines = printed(capsys, "list", what).splitlines()
    assert max(map(len, lines)) <= wide
    blocks = "\n".join(lines).split("\n\n")
    assert all(len(block.splitlines()) == len(rows) + 1 for block in blocks)
    first = next(iter(rows[0]))
    for row, line in zip(rows, blocks[-1].splitlines()[1:], strict=True):
        assert what == "statements" or line == row[first] or line.startswith(row[first] + "  ")


def test_a_match_keeps_rows_with_every_word_whatever_its_case(capsys: Capture) -> None:
    every = told(capsys, "list", "entries")["rows"]
    kept = told(capsys, "list", "entries", "--match", "SINDH attacks")["rows"]
    assert 0 < len(kept) < len(every)
    assert all("sindh" in str(row).lower() and "attacks" in str(row).lower() for row in kept)
    assert printed(capsys, "list", "entries", "--match", "no such thing") == "nothing\n"


def test_every_entry_and_source_can_be_shown_and_told(capsys: Capture) -> None:
    for name in [*list(catalogue.entries())[::40], *list(catalogue.sources())[::20]]:
        assert printed(capsys, "show", name).startswith(name)
        assert told(capsys, "show", name)["id"] == name


def test_a_lever_is_shown_with_what_its_handles_mean_and_cited_with_its_evidence(capsys: Capture) -> None:
    assert "share of movements taken off the road (by_air)" in printed(capsys, "show", "helicopters")
    fields = told(capsys, "show", "helicopters")["fields"]
    assert fields["moves"][0]["interval"] == [0.1, 0.6] and fields["cost"]["payer"] == "federal"
    assert printed(capsys, "cite", "helicopters").count("@") == len(catalogue_keys("helicopters"))


def catalogue_keys(lever: str) -> tuple[str, ...]:
    """Sources of a lever."""
    from simcpec.catalogue.listing_levers import cited

    return cited(catalogue.lever(lever))


def test_forces_are_those_of_the_base_case(capsys: Capture) -> None:
    rows = {row["force"]: row for row in told(capsys, "list", "forces")["rows"]}
    assert list(rows) == list(load("base").scenario.world.forces)
    assert (rows["spu"]["guards"], rows["spu"]["eligible"], rows["spu"]["hiring lag"]) == ("6346", "PUN", "270 days")
    assert (rows["foreign"]["guards"], rows["foreign"]["needs"]) == ("0", "foreign_guards")


def test_handles_say_which_levers_move_them(capsys: Capture) -> None:
    rows = {row["handle"]: row for row in told(capsys, "list", "handles")["rows"]}
    assert rows["by_air"]["levers"] == "helicopters" and rows["by_air"]["by"] == "province, cohort"
    assert "army_handover" in rows["handover.FORCE"]["levers"]


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("ssd", "force", "27400"),
        ("by_air", "handle", "helicopters"),
        ("incidents", "response", "year"),
        ("theory/losses-power", "scenario", "simcpec resolve theory/losses-power"),
    ],
)
def test_whatever_has_a_name_in_a_list_can_be_shown(name: str, kind: str, says: str, capsys: Capture) -> None:
    text = printed(capsys, "show", name)
    assert text.startswith(f"{name}\n  {kind}\n") and says in text
    found = told(capsys, "show", name)
    assert found["kind"] == kind and says in found["fields"].values()


def test_a_name_that_nothing_has_is_told_with_the_nearest_of_every_kind(capsys: Capture) -> None:
    for word, near in (("incidnts", "incidents"), ("share2", "share-2"), ("attacks.sind", "attacks.sindh")):
        assert main(["show", word]) == 2
        assert f"Nothing is called '{word}'; did you mean {near}" in capsys.readouterr().err
    assert main(["show", "zzzzqq"]) == 2
    assert len(capsys.readouterr().err) < 100  # and not the whole catalogue


@pytest.mark.parametrize(("words", "near"), [(("list", "lever"), "levers"), (("verify", "theroy"), "theory")])
def test_a_wrong_word_is_told_with_what_is_allowed_and_the_nearest(
    words: tuple[str, str], near: str, capsys: Capture
) -> None:
    assert main(list(words)) == 2
    wanted = rf"nothing called '{words[1]}' to {words[0]}; allowed: .*\. Did you mean {near}\?"
    assert re.search(wanted, capsys.readouterr().err)


def test_cite_prints_a_source_once(capsys: Capture) -> None:
    text = printed(capsys, "cite", "attacks.sindh", "nacta-2024")
    assert text.count("@") == 1
    assert told(capsys, "cite", "attacks.sindh")["bibtex"] == text


def test_the_doctor_finds_this_machine_well(capsys: Capture, elsewhere: Path) -> None:
    rows = told(capsys, "doctor")["checks"]
    assert {row["name"] for row in rows} >= {"simcpec", "Python", "numpy", "processors", "output folder"}
    assert [row["name"] for row in rows if not row["good"]] == []
    assert list(elsewhere.iterdir()) == []


def test_the_doctor_says_what_is_in_the_way(capsys: Capture, elsewhere: Path) -> None:
    (elsewhere / "outputs").write_text("a file", encoding="utf-8")
    assert main(["doctor"]) == 5
    shown = capsys.readouterr()
    assert "NO  output folder" in shown.out
    assert "in the way: output folder" in shown.err
