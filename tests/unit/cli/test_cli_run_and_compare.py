"""`run`, `compare` and `report` as a user meets them: small studies through the real command.

A process of its own costs seconds, and so does setting the figures: only tests in which one of them counts pay for it.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Done, files, in_this_process, simcpec

pytestmark = pytest.mark.slow

SHORT = ("--set", "run.horizon=20 days", "-j", "1")
HORIZON = ("--set", "run.horizon=60 days")
WILD = 'سندھ <b>میں</b> $x^2$ & "quotes"'


def played(*words: str, cwd: Path) -> Done:
    """Return what a command said that has to end well."""
    return ended_well(in_this_process(*words, cwd=cwd))


def played_apart(*words: str, cwd: Path, env: dict[str, str]) -> Done:
    """Return what a command said that has to end well, in a process of its own."""
    return ended_well(simcpec(*words, cwd=cwd, env=env))


def ended_well(done: Done) -> Done:
    assert done.returncode == 0, done.stderr
    return done


def told(*words: str, cwd: Path) -> dict[str, Any]:
    """The one study of a command with --json."""
    (study,) = json.loads(played(*words, "--json", cwd=cwd).stdout)["studies"]
    found: dict[str, Any] = study
    return found


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a study; of the manifest what does not differ from run to run."""
    found = files(folder)
    manifest = json.loads(found.pop("manifest.json"))
    manifest.pop("timing")
    return {**found, "manifest.json": json.dumps(manifest, sort_keys=True).encode()}


def overlay(path: Path, **keys: str) -> Path:
    """A scenario that extends the base case."""
    path.write_text("extends: base\n" + "".join(f"{k}: {v}\n" for k, v in keys.items()), encoding="utf-8")
    return path


# ---- the same bytes

PAIR = ("base", "share-3", "--baseline", "base")
FIXED = ("-r", "2", "--seed", "7", *HORIZON)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, bytes]]:
    """What is printed and written by one process in the plainest surroundings."""
    place = tmp_path_factory.mktemp("reference")
    done = played_apart("compare", *PAIR, *FIXED, "-j", "1", "-o", "x", cwd=place, env={"LC_ALL": "C", "TZ": "UTC"})
    return done.stdout, content(place / "x")


@pytest.mark.parametrize(
    ("words", "env"),
    [
        ((*PAIR, *FIXED, "-j", "2", "-v", "-o", "x"), {"LC_ALL": "C.UTF-8", "TZ": "Asia/Karachi"}),
        (("-o", "x", "-q", "-j", "3", *FIXED[2:], *FIXED[:2], *PAIR), {"LC_ALL": "de_DE.ISO-8859-1", "TZ": "EST5EDT"}),
    ],
    ids=["jobs and verbosity", "order of options, locale"],
)
def test_the_same_seed_gives_the_same_bytes(
    words: tuple[str, ...], env: dict[str, str], reference: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    done = played_apart("compare", *words, cwd=tmp_path, env=env)
    found = content(tmp_path / "x")
    assert sorted(found) == sorted(reference[1])
    assert [name for name in found if found[name] != reference[1][name]] == []
    assert done.stdout == reference[0]


@pytest.mark.usefixtures("unset_figures")
def test_the_order_of_scenarios_changes_no_file_of_theirs(
    reference: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    played("compare", "share-3", "base", "--baseline", "base", *FIXED, "-o", "x", cwd=tmp_path)
    found = {name: data for name, data in files(tmp_path / "x").items() if name.startswith(("base/", "share-3/"))}
    assert len(found) > 10
    assert [name for name, data in found.items() if data != reference[1][name]] == []


@pytest.mark.usefixtures("unset_figures")
def test_another_seed_gives_other_bytes_and_0_is_a_seed(
    reference: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    for name, seed in (("zero", "0"), ("again", "0"), ("one", "1")):
        played("run", "bare", *SHORT, "-r", "2", "--seed", seed, "-o", name, cwd=tmp_path)
    zero, again, one = (content(tmp_path / name) for name in ("zero", "again", "one"))
    assert zero == again
    assert json.loads(zero["manifest.json"])["seed"] == 0
    assert zero["bare/cells.csv"] != one["bare/cells.csv"]


def test_a_stored_folder_is_reported_again_to_the_same_bytes(tmp_path: Path) -> None:
    played("run", "bare", *SHORT, "-r", "1", cwd=tmp_path)
    before = files(tmp_path / "outputs" / "bare")
    done = played("report", "outputs/bare", cwd=tmp_path)
    assert done.stdout == "outputs/bare/report.html\n"
    assert files(tmp_path / "outputs" / "bare") == before


@pytest.mark.usefixtures("unset_figures")
def test_one_side_and_pdf_are_written_sealed_and_kept_only_while_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="no WeasyPrint: install the extra `pdf`")
    played("run", "bare", *SHORT, "-r", "1", cwd=tmp_path)
    before = files(tmp_path / "outputs" / "bare")
    done = played("report", "outputs/bare", "--brief", "--pdf", cwd=tmp_path)
    names = ["report.html", "brief.html", "report.pdf", "brief.pdf"]
    assert done.stdout.splitlines() == [f"outputs/bare/{name}" for name in names]
    found = files(tmp_path / "outputs" / "bare")
    assert set(found) - set(before) == set(names[1:])
    sealed = json.loads(found["manifest.json"])["outputs"]
    assert all(sealed[name] == sha256(found[name]).hexdigest() for name in names)
    assert str(tmp_path).encode() not in found["report.pdf"] + found["brief.html"]
    done = played("run", "bare", *SHORT, "-r", "1", "--brief", "--pdf", "--out", "at-once", cwd=tmp_path)
    assert done.stdout.splitlines()[-4:] == [f"at-once/{name}" for name in (*names[1:], names[0])]
    assert {name: (tmp_path / "at-once" / name).read_bytes() for name in names} == {n: found[n] for n in names}
    played("report", "outputs/bare", cwd=tmp_path)
    assert files(tmp_path / "outputs" / "bare") == before


@pytest.mark.parametrize("words", [("report", "nowhere"), ("run", "bare"), ("compare", "share-1", "share-2")])
def test_pdf_without_its_library_ends_with_5_and_touches_nothing(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    done = in_this_process(*words, "--pdf", cwd=tmp_path)
    assert done.returncode == 5 and 'python -m pip install "simcpec[pdf]"' in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("unset_figures")
def test_tables_for_a_spreadsheet_stay_so_until_plain_ones_are_asked_for(tmp_path: Path) -> None:
    played("run", "bare", *SHORT, "-r", "1", "--csv", "excel", cwd=tmp_path)
    marked = files(tmp_path / "outputs" / "bare")
    tables = {name: data for name, data in marked.items() if name.endswith(".csv")}
    assert any(name.startswith("tables/") for name in tables) and any(name.startswith("figures/") for name in tables)
    assert [name for name, data in tables.items() if not data.startswith(b"\xef\xbb\xbf")] == []
    played("report", "outputs/bare", cwd=tmp_path)
    assert files(tmp_path / "outputs" / "bare") == marked
    played("report", "outputs/bare", "--csv", "plain", cwd=tmp_path)
    plain = files(tmp_path / "outputs" / "bare")
    assert [name for name in tables if b"\xef\xbb\xbf" + plain[name] != tables[name]] == []


@pytest.mark.usefixtures("unset_figures")
def test_both_engines_give_the_same_tables_and_numbers_of_figures(tmp_path: Path) -> None:
    for engine in ("compiled", "reference"):
        played("compare", "base", "share-3", *SHORT, "-r", "2", "--engine", engine, "-o", engine, cwd=tmp_path)
    one, other = (files(tmp_path / engine) for engine in ("compiled", "reference"))
    assert sorted(one) == sorted(other) and len(one) > 30
    differ = {name for name in one if one[name] != other[name]}
    assert differ == {"manifest.json", "report.html"}  # which name the engine
    assert json.loads(one["manifest.json"])["engine"] == "compiled"


def test_where_the_results_lie_changes_no_byte_of_them_and_is_not_in_them(tmp_path: Path) -> None:
    words = ("run", "bare", *SHORT, "-r", "1")
    played(*words, "-o", str(tmp_path / "here" / "x"), cwd=tmp_path)
    played(*words, cwd=tmp_path)
    assert content(tmp_path / "here" / "x") == content(tmp_path / "outputs" / "bare")
    place = str(tmp_path).encode()
    assert [name for name, data in files(tmp_path / "here" / "x").items() if place in data] == []


# ---- what is printed


def test_compare_ends_with_the_path_of_the_report(reference: tuple[str, dict[str, bytes]]) -> None:
    lines = reference[0].splitlines()
    assert lines[0].split() == ["scenario", "outcome", "a", "year", "difference", "verdict", "change", "[95", "%]"]
    assert lines[-1] == "x/report.html"
    assert "report.html" in reference[1]


@pytest.mark.usefixtures("unset_figures")
def test_a_renamed_copy_differs_by_exactly_nothing(root: Path, tmp_path: Path) -> None:
    text = (root / "scenarios" / "share-1.yaml").read_text(encoding="utf-8")
    copy = tmp_path / "my own copy.yaml"
    copy.write_text(text.replace("One percent", WILD), encoding="utf-8")
    study = told("compare", "share-1", copy.name, *SHORT, "-r", "2", cwd=tmp_path)
    other = study["scenarios"][1]
    assert other["name"] == WILD
    assert other["changes"] == []
    assert {each["verdict"] for each in other["differences"].values()} <= {"identical", "not estimable"}
    assert {each["mean"] for each in other["differences"].values()} <= {0.0, None}


@pytest.mark.usefixtures("unset_figures")
def test_run_plays_each_scenario_by_itself(tmp_path: Path) -> None:
    done = played("run", "bare", "share-2", *SHORT, "-r", "1", "-o", "all", cwd=tmp_path)
    reports = [line for line in done.stdout.splitlines() if line.endswith("report.html")]
    assert reports == ["all/bare/report.html", "all/share-2/report.html"]
    assert [report for report in reports if not (tmp_path / report).is_file()] == []


def test_a_dry_run_says_all_and_writes_nothing(tmp_path: Path) -> None:
    words = ("compare", "share-1", "share-2", "--draws", "3", "-r", "5", "--seed", "0", "--dry-run")
    shown = played(*words, cwd=tmp_path).stdout
    for word in ("share-1 (One percent)", "share-2 (Two percent)", "compiled", "outputs/share-1-vs-share-2"):
        assert word in shown
    plan = told(*words, cwd=tmp_path)
    plays = 2 * (3 * 5 + 3 + 2 * 3 * 5)  # a fifth of them at the values as written, and all in two other worlds
    wanted = {"seed": 0, "replications": 5, "draws": 3, "plays": plays, "baseline": "share-1", "replaces": False}
    assert {name: plan[name] for name in wanted} == wanted
    assert files(tmp_path) == {}


@pytest.mark.usefixtures("unset_figures")
def test_what_a_lever_could_not_have_is_told_everywhere(tmp_path: Path) -> None:
    words = ("run", "own-guards", "--set", "run.horizon=1 years", "-r", "1", "-o", "out")
    [plan] = told(*words, "--dry-run", cwd=tmp_path)["scenarios"]
    done = in_this_process(*words, "-v", cwd=tmp_path)
    [scenario] = told(*words, "--force", cwd=tmp_path)["scenarios"]
    remark, note = plan["remarks"]
    assert "cohorts narrow own_circle" in remark and scenario["remarks"] == [remark, note]
    assert note.startswith("The values as written, without an uncertainty interval: replications were asked for")
    assert f"own-guards: {remark}" in done.stderr
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8").replace("<wbr>", "")
    assert "cohorts narrow own_circle" in page
    assert scenario["payers"]["foreign"]["forces"] > 0 == scenario["payers"]["foreign"]["levers"]


@pytest.mark.usefixtures("unset_figures")
def test_the_command_that_is_told_gives_the_same_again(tmp_path: Path) -> None:
    import shlex

    study = told("run", "bare", *SHORT, "--quick", "--seed", "5", "-o", "one", cwd=tmp_path)
    program, *words = shlex.split(study["command"])
    assert program == "simcpec"
    played(*words, "-o", "two", cwd=tmp_path)
    assert content(tmp_path / "one") == content(tmp_path / "two")


# ---- edges


def test_no_budget_one_day_one_replication_a_wild_name(tmp_path: Path) -> None:
    file = overlay(tmp_path / "a b.yaml", name=json.dumps(WILD, ensure_ascii=False))
    sets = ("--set", "run.horizon=1 days", "--set", "policy.security_share.share=0 %")
    study = told("run", file.name, *sets, "-r", "1", "-j", "1", "-o", "out", cwd=tmp_path)
    (found,) = study["scenarios"]
    assert found["name"] == WILD
    assert found["responses"]["attacks"]["half_width"] is None
    assert found["responses"]["attacks"]["n"] == 1
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "سندھ &lt;b&gt;میں&lt;/b&gt; $x^2$ &amp;" in page and "<b>میں" not in page
    assert " nan" not in page and " inf " not in page


@pytest.mark.usefixtures("unset_figures")
def test_a_leap_day_is_a_day(tmp_path: Path) -> None:
    sets = ("--set", "run.start=2024-02-28", "--set", "run.horizon=3 days")
    played("run", "bare", *sets, "-r", "1", "-j", "1", "-o", "out", cwd=tmp_path)
    record = json.loads((tmp_path / "out" / "bare" / "result.json").read_text(encoding="utf-8"))
    assert record["axes"]["period_days"] == [3.0]


def test_a_scenario_from_stdin(tmp_path: Path) -> None:
    words = ("run", "-", *SHORT, "-r", "1", "-o", "out")
    done = ended_well(simcpec(*words, cwd=tmp_path, stdin="extends: bare\nname: From a pipe\n"))
    assert "From a pipe" in done.stdout


@pytest.mark.usefixtures("unset_figures")
def test_parameter_draws_bring_uncertainty_intervals(tmp_path: Path) -> None:
    study = told("compare", "base", "share-3", *SHORT, "-r", "6", "--draws", "3", "--brief", cwd=tmp_path)
    assert study["brief"] == f"{study['output']}/brief.html" and (tmp_path / study["brief"]).is_file()
    low, high = study["scenarios"][0]["responses"]["operations"]["uncertainty"]
    assert low < high
    assert study["scenarios"][1]["differences"]["security_spending"]["uncertainty"] is not None


# ---- folders that are there already


@pytest.mark.usefixtures("unset_figures")
def test_a_changed_result_is_replaced_by_force_only(tmp_path: Path) -> None:
    words = ("run", "bare", *SHORT, "-r", "1", "-q")
    played(*words, cwd=tmp_path)
    played(*words, cwd=tmp_path)
    notes = tmp_path / "outputs" / "bare" / "notes.txt"
    notes.write_text("mine", encoding="utf-8")
    refused = in_this_process(*words, cwd=tmp_path)
    assert refused.returncode == 4
    assert "notes.txt" in refused.stderr and "--force" in refused.stderr
    assert notes.read_text(encoding="utf-8") == "mine"
    played(*words, "--force", cwd=tmp_path)
    assert not notes.exists()
