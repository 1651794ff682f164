"""What the command prints, in one process: tables, signs, names of folders, streams; and how light its start is."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from simcpec.cli import main, options
from simcpec.cli.app import VERBS
from simcpec.cli.commands import run
from simcpec.cli.console import study_data, summary
from simcpec.cli.console.console import Console, columns, complain, document, one_line_warnings
from simcpec.cli.console.progress import duration
from simcpec.cli.report_error import verdict
from simcpec.errors import EngineError, PointsFailed, Refused, SimcpecWarning, UnitError
from simcpec.numerics.streams import check_seed
from tests.support import studies
from tests.support.command import ROOT, simcpec, surroundings

# ---- warnings


def test_our_warnings_are_one_line_and_those_of_others_are_as_ever() -> None:
    before = warnings.formatwarning
    with one_line_warnings():
        ours = warnings.formatwarning("a \x1b file; results are not affected", SimcpecWarning, "a.py", 3)
        theirs = warnings.formatwarning("of a library", UserWarning, "a.py", 3)
    assert ours == "warning: a \\x1b file; results are not affected\n"
    assert theirs.startswith("a.py:3: UserWarning: of a library")
    assert warnings.formatwarning is before


def test_a_cache_that_cannot_be_kept_is_one_line_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = simcpec("doctor", cwd=tmp_path, env={"SIMCPEC_CACHE": str(tmp_path / "file")})
    (line,) = done.stderr.splitlines()
    assert done.returncode == 0
    assert line.startswith("warning: compiled code cannot be kept on disk") and line.endswith("are not affected")


# ---- a light start

IMPORTED = "import sys; from simcpec.cli import main; main({words!r}); print(*sorted(sys.modules), file=sys.stderr)"
HEAVY = {"numpy", "pandas", "scipy", "matplotlib", "numba", "simpy", "jinja2"}
LIGHT = [
    ["--help"],
    ["run", "--help"],
    ["compare", "-h"],
    ["--version"],
    ["validate", "--quick", "bare"],
    ["resolve", "bare"],
    ["schema"],
    ["list", "entries"],
    ["show", "attacks.sindh"],
    ["list", "levers"],
    ["list", "forces"],
    ["show", "helicopters"],
    ["cite", "attacks.sindh"],
]


@pytest.mark.parametrize("words", LIGHT, ids=" ".join)
def test_looking_up_imports_nothing_heavy(words: list[str]) -> None:
    command = [sys.executable, "-c", IMPORTED.format(words=words)]
    done = subprocess.run(command, env=surroundings(), capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert HEAVY & set(done.stderr.split()) == set()


def test_help_loads_no_decoration_either() -> None:
    command = [sys.executable, "-c", IMPORTED.format(words=["--help"])]
    loaded = set(subprocess.run(command, env=surroundings(), capture_output=True, encoding="utf-8").stderr.split())
    assert {"rich", "yaml"} & loaded == set()
    assert "typer" in loaded


# ---- help


@pytest.mark.parametrize("verb", [name for name, _, _ in VERBS])
def test_every_verb_explains_itself_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"\n    simcpec {verb}" in shown.partition("Examples:")[2]
    for option in ("--quiet", "--verbose", "--debug", "--json", "--no-color", "--help"):
        assert option in shown


PLAYED = [one for name, _, shown in VERBS if name in ("run", "compare", "validate") for one in shown]


@pytest.mark.parametrize("example", [one for one in PLAYED if "my.yaml" not in one])
def test_the_examples_of_the_help_are_accepted(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(example)[1:]
    assert main([*words, *(["--dry-run", "--draws", "1"] if words[0] != "validate" else [])]) == 0


def test_the_list_of_verbs_cuts_no_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2].partition("Results go")[0]


def test_seeds_end_where_those_of_the_streams_do() -> None:
    assert check_seed(options.HIGHEST_SEED) == options.HIGHEST_SEED
    with pytest.raises(Exception, match="seed"):
        check_seed(options.HIGHEST_SEED + 1)


def test_options_of_every_verb_may_stand_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "list", "forces"]) == 0
    before = capsys.readouterr().out
    assert main(["list", "forces", "--json"]) == 0
    assert capsys.readouterr().out == before
    assert json.loads(before)["what"] == "forces"


# ---- tables and signs


def test_columns_line_up_whatever_the_script() -> None:
    shown = columns([["سندھ", "1"], ["中国", "22"]], heading=["name", "n"], numbers=[1])
    assert shown == "name   n\nسندھ   1\n中国  22\n"


def test_columns_show_control_characters_and_keep_one_row_a_line() -> None:
    assert columns([["a\x1b[2J\nb"]]) == "a\\x1b[2J b\n"
    assert columns([], heading=["name"]) == ""


def test_messages_show_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    complain("no\x1b[2Jsuch\x07file")
    assert capsys.readouterr().err == "error: no\\x1b[2Jsuch\\x07file\n"


@pytest.mark.parametrize(
    ("given", "shown"),
    [("0.3 ± 0.1", "+0.3 ± 0.1"), ("-0.3 ± 0.1", "-0.3 ± 0.1"), ("0 ± 0", "0 ± 0"), ("0.0 ± 0.4", "0.0 ± 0.4")],
)
def test_a_difference_has_its_sign(given: str, shown: str) -> None:
    assert summary.signed(given) == shown


def test_the_table_of_a_comparison_has_rows_in_order_and_a_baseline() -> None:
    study = studies.study(studies.result(name="One", slug="one"), studies.result(name="Same", slug="same"))
    rows = summary.table(study).splitlines()
    assert rows[0].split() == ["scenario", "outcome", "a", "year", "difference", "verdict", "change", "[95", "%]"]
    assert rows[1].startswith("A · One ") and rows[1].endswith("baseline")
    assert [row[10:].split()[0] for row in rows[1:7]] == ["incidents", "breaches", "deaths"] * 2
    assert rows[4].startswith("B · Same ") and rows[4].endswith("0 (exact)   identical  none seen")
    assert all(row.endswith("0 (exact)   identical") for row in rows[5:7])
    assert "A breach is an attack that no layer stopped; an incident is an attack, stopped or not." in rows


def test_a_long_name_is_cut_in_a_table_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    study = studies.study(studies.result(name="A long name " * 20))
    assert "A long name " * 19 in summary.table(study)
    monkeypatch.setattr("simcpec.cli.console.console.room", lambda: 80)
    assert max(map(len, summary.table(study).splitlines()[:2])) <= 80


def test_draws_bring_their_interval_and_its_explanation() -> None:
    study = studies.study(studies.result(draws=3), studies.result(draws=3, factor=0.1, slug="less"))
    shown = summary.table(study)
    assert "5-95 % of draws" in shown.splitlines()[0] and "uncertainty interval" in shown


def test_data_for_machines_hold_every_response_and_difference() -> None:
    study = studies.study(studies.result(slug="a"), studies.result(slug="b", factor=0.2))
    a, _ = (result.slug for result in study.scenarios)
    told = json.loads(document("compare", study_data.data(study)))
    base, other = told["scenarios"]
    assert told["baseline"] == a and "differences" not in base
    assert set(base["responses"]) == set(other["responses"]) == set(other["differences"])
    assert other["differences"]["incidents"]["mean"] < 0


def test_one_replication_has_no_half_width_and_says_so() -> None:
    study = studies.study(studies.result(replications=1, slug="a"), studies.result(replications=1, slug="b"))
    assert "half-width not estimable" in summary.table(study)
    told = json.loads(document("x", study_data.data(study)))
    assert told["scenarios"][0]["responses"]["attacks"]["half_width"] is None


def test_a_document_never_holds_nan() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        document("run", {"mean": float("nan")})


# ---- names of folders


def named(*slugs: str, baseline: int | None = None, quick: bool = False) -> str:
    ready: Any = SimpleNamespace(slugs=slugs, baseline=baseline)
    return run.name_of(ready, quick=quick)


def test_a_folder_is_named_after_what_it_holds() -> None:
    assert named("base") == "base"
    assert named("a", "b", "c", baseline=1) == "b-vs-a-c"
    assert named("base", quick=True) == "base-quick"


def test_long_names_are_cut_and_stay_apart() -> None:
    many = [f"scenario-{index}" for index in range(40)]
    one, other = named(*many, baseline=0), named(*many[:-1], "another", baseline=0)
    assert len(one) <= run.LONGEST and one != other


# ---- exit codes


@pytest.mark.parametrize(
    ("error", "code"),
    [(EngineError("x"), 1), (UnitError("x"), 2), (PointsFailed("x"), 3), (Refused("x"), 4), (RuntimeError("x"), 1)],
)
def test_errors_have_their_exit_codes(error: Exception, code: int) -> None:
    assert verdict(error)[0] == code
    assert ("Please report" in verdict(error)[1]) == (code == 1)


def test_failed_replications_are_named_with_the_command_that_plays_them_again() -> None:
    from simcpec.results.failure import Failure
    from simcpec.results.records import FailedReplication

    failure = Failure("EngineError", "E")
    failed = tuple(
        FailedReplication(draw=0, replication=k, failure=failure, replay=f"simcpec run {k}") for k in range(5)
    )
    study = studies.study(replace(studies.result(), failed=failed))
    with pytest.raises(PointsFailed, match="5 replications failed") as found:
        run._complain_of_failures([(study, Path("outputs/x"))])
    assert "simcpec run 0" in str(found.value) and "and 2 more" in str(found.value)


# ---- stderr


def test_notes_wait_for_a_terminal_or_v(capsys: pytest.CaptureFixture[str]) -> None:
    Console().note("a")
    Console(verbose=True).note("b")
    Console(verbose=True, quiet=True).note("c")
    Console().detail("d")
    assert capsys.readouterr().err == "b\n"


@pytest.mark.parametrize(("seconds", "shown"), [(0.0, "1 s"), (44.2, "45 s"), (150.0, "3 min"), (7200.0, "2 h")])
def test_durations_are_short(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
@pytest.mark.parametrize(
    ("env", "words", "colour"),
    [
        ({"TERM": "xterm"}, [], True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, [], False),
        ({"TERM": "dumb"}, [], False),
        ({"TERM": "xterm"}, ["--no-color"], False),
    ],
    ids=["terminal", "NO_COLOR", "TERM=dumb", "--no-color"],
)
def test_colour_only_where_it_is_wanted(env: dict[str, str], words: list[str], colour: bool) -> None:
    import pty

    ours, theirs = pty.openpty()
    plain = {name: value for name, value in surroundings().items() if name != "NO_COLOR"}
    command = [sys.executable, "-m", "simcpec", "list", "nothing", *words]
    done = subprocess.run(command, env={**plain, **env}, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
    shown = os.read(ours, 10_000)
    os.close(ours), os.close(theirs)
    assert done.returncode == 2
    assert (b"\x1b[" in shown) == colour


def test_the_package_is_found_in_the_clone() -> None:
    assert Path(summary.__file__).is_relative_to(ROOT)


def test_an_error_after_the_answer_adds_no_second_document(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    from simcpec.cli import report_error
    from simcpec.cli.console import console
    from simcpec.errors import PointsFailed

    console.answered.clear()
    console.Console(json=True).result("run", {"done": True}, "done")
    assert report_error._told(PointsFailed("one replication failed"), ["run", "base", "--json"]) == 3
    printed = capsys.readouterr()
    assert json.loads(printed.out)["done"] is True and "one replication failed" in printed.err
    console.answered.clear()
    assert report_error._told(PointsFailed("one replication failed"), ["run", "base", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["exit_code"] == 3
