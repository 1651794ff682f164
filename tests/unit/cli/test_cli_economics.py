"""The command `economics`: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from simcpec.cli import main
from tests.support import sweeps

TABLE = "strategy,draw,cost,effect\nnow,1,0,0\nnow,2,0,0\nmore,1,10,2\nmore,2,10,4\nmost,1,60,3\nmost,2,60,5\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_a_table_is_appraised_and_written(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = ["economics", str(table), "--current", "now", "--value", "4,100", "--json", "-o", str(out)]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {row["strategy"]: row for row in found["incremental"]}
    assert rows["more"]["ratio"] == pytest.approx(10 / 3) and rows["most"]["ratio"] == 50.0
    assert [row["trade"] for row in found["against_current"]] == ["averts more and costs more"] * 2
    at_four = next(row for row in found["perfect_information"] if row["value"] == 4.0)
    # net benefits of more: -2 and 6, mean 2; knowing the draw gives 0 and 6
    assert at_four["best"] == "more" and at_four["expected_value_of_perfect_information"] == pytest.approx(1.0)
    with (out / "net-benefit.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert len(written) == 6 and sum(row["is_best"] == "yes" for row in written) == 2
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "notes.txt").write_text("mine", encoding="utf-8")
    assert main(["economics", str(table), "-o", str(tmp_path / "foreign")]) == 4
    assert [path.name for path in (tmp_path / "foreign").iterdir()] == ["notes.txt"]


def test_what_is_printed_has_no_negative_ratio_and_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.csv"
    path.write_text("strategy,cost,effect\na,5,1\nb,4,2\nc,4,2\n", encoding="utf-8")
    assert main(["economics", str(path), "--current", "a"]) == 0
    text = capsys.readouterr().out
    assert "averts no less and costs no more" in text and "non-dominated, equal to b" in text
    assert "Without parameter draws nothing is uncertain here" in text
    assert not re.search(r"\b(nan|inf|None)\b", text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--value", "1,x"], "--value has 'x'"),
        (["--value", "-1"], "--value has '-1'"),
        (["--current", "nobody"], "no strategy"),
        (["--discount-costs", "5"], "--discount-costs is 5, a number without a unit"),
        (["--discount-effects", "100 %"], "from 0 % to below 100 %"),
        (["--discount-costs", "5 %"], "--discount-costs is not for CSV files"),
        (["--watch", "1"], "neither counts of attacks nor levers"),
        (["--watch", "0"], "--watch has '0'; allowed: numbers above 0"),
        (["--know", "each"], "at least 30"),
    ],
)
def test_bad_words_are_refused(table: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["economics", str(table), *words]) == 2
    assert said in capsys.readouterr().err


def test_parameters_of_a_table_are_worth_knowing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """40 draws in which `level` decides which of two options is better, by 1 either way: knowing it is worth 1/2."""
    pytest.importorskip("sklearn", reason="the extra uq is not installed")
    lines = ["strategy,draw,cost,effect,parameter:level,parameter:idle"]
    for draw in range(40):
        level, idle = draw % 2, draw * 7 % 40
        lines += [f"now,{draw},0,0,{level},{idle}", f"more,{draw},1,{2 * level},{level},{idle}"]
    path = tmp_path / "known.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert main(["economics", str(path), "--value", "1", "--know", "each", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["partial_information"]}
    assert rows["level"]["worth"] == pytest.approx(0.5, rel=0.02) and rows["level"]["told_apart"]
    assert not rows["idle"]["told_apart"]
    assert main(["economics", str(path), "--value", "1", "--know", "level,nothing"]) == 2
    assert "no drawn parameter is called 'nothing'" in capsys.readouterr().err
    path.write_text("\n".join(lines).replace("now,3,0,0,1,", "now,3,0,0,0,"), encoding="utf-8")
    assert main(["economics", str(path)]) == 2
    assert "draw 3 has different values of a parameter" in capsys.readouterr().err


def test_a_sweep_is_a_decision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweeps.swept(sweeps.written(tmp_path, sweeps.TINY), tmp_path / "swept", workers=1)
    assert main(["economics", str(tmp_path / "swept"), "--effect", "attacks", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["current"] == "baseline" and len(found["incremental"]) == 3 and "instruments" not in found
    for words, said in (
        (["--watch", "1"], "--watch is not for sweeps"),
        (["--budget", "5"], "no curve of instruments"),
        (["--perspective", "sponsor", "--cost", "total"], "damage and delay neither by payer nor by year"),
    ):
        assert main(["economics", str(tmp_path / "swept"), *words]) == 2
        assert said in capsys.readouterr().err
    paid, asked = {}, ["economics", str(tmp_path / "swept"), "--discount-costs", "5 %", "--perspective"]
    for who in ("society", "sponsor", "host_state", "foreign_state", "consumers"):
        assert main([*asked, who, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["perspective"] == who and told["discount_rate_of_costs"] == 0.05
        paid[who] = {row["strategy"]: row["cost"] for row in told["incremental"]}
        plain = {row["strategy"]: row["cost_undiscounted"] for row in told["incremental"]}
        assert all(paid[who][name] <= plain[name] for name in plain)
    for name, whole in paid.pop("society").items():
        assert sum(each[name] for each in paid.values()) == pytest.approx(whole, abs=1e-6)
    assert main([*asked, "sponsor"]) == 0
    assert "discounted at 5 % (costs) and 0 % (effects) a year, as far as borne by the sp" in capsys.readouterr().out


def test_a_study_is_read_from_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "study"
    compared = ["compare", "share-1", "share-2", "--quick", "--set", "run.horizon=90 days", "-o", str(folder)]
    assert main([*compared, "-q"]) == 0
    capsys.readouterr()
    assert main(["economics", str(folder), "--effect", "breaches", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    costs = {row["strategy"]: row["cost"] for row in found["incremental"]}
    (threshold,) = found["thresholds"]
    assert threshold["strategy"] == "Two percent" and threshold["more_cost"] > 0.0
    assert costs["Two percent"] > costs["One percent"] > 0.0 and found["current"] == "One percent"
    (payers,) = [row for row in found["who_pays"] if row["party"] == "society"]
    assert payers["security"] == pytest.approx(threshold["more_cost"]) and "losses" not in found
    assert {row["unit"] for row in found["cost_per_unit"]} == {"attack", "breach", "death"}
    for words, said in (
        (["--current", "share-1"], "its baseline"),
        (["--perspective", "nobody"], "no perspective 'nobody'; allowed: host_state"),
        (["--budget", "1e6"], "--budget is not for studies"),
    ):
        assert main(["economics", str(folder), *words]) == 2
        assert said in capsys.readouterr().err
