"""Settings of one scenario among several, and grids of values: which scenarios come of them, and their names."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from simcpec.analysis.paired_differences import ONE_EACH, RateRatio
from simcpec.cli import main
from simcpec.cli.console.study_data import data
from simcpec.cli.console.summary import change_text, table
from simcpec.errors import UserError
from simcpec.experiments.study import study
from simcpec.scenario.layering.variants import MOST, Variant, called, grid, load_variants, own_sets, variants
from simcpec.storage import study_folder, study_reader
from simcpec.verification.replay import replay
from tests.support import studies
from tests.support.command import simcpec, surroundings

SHARE = "policy.security_share.share"


def points(*varies: str) -> list[tuple[str, ...]]:
    return [point.sets for point in grid(varies)]


# ------------------------------------------------------------------------------------------------ --vary


def test_a_fault_of_a_varied_value_names_the_option_and_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "base", "--vary", f"{SHARE}=0.5,500%", "--dry-run"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: --vary: {SHARE} is 500 %.") and "--set" not in said
    assert "In the scenario scenarios/base.yaml with security_share.share 500 %." in said
    assert main(["compare", "base", "--vary", f"{SHARE}=0.5,1%", "--set", f"{SHARE}=500 %", "--dry-run"]) == 2
    said = capsys.readouterr().err  # the control: what --set says is called so
    assert said.startswith("error: --set:") and "--vary" not in said


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ("0.5,1,2%", ["0.5 %", "1 %", "2 %"]),
        ("0.5, 1 ,2 %", ["0.5 %", "1 %", "2 %"]),
        ("10 days,2,3 weeks", ["10 days", "2 weeks", "3 weeks"]),
        ("1e-2,-3 /year", ["1e-2 /year", "-3 /year"]),
        ("3,1e-2", ["3", "1e-2"]),
        ("off,weak,strong", ["off", "weak", "strong"]),
        ("1,2,3", ["1", "2", "3"]),
        ("2026-01-01,2027-01-01", ["2026-01-01", "2027-01-01"]),
        ("[a, b],[c],{x: 1, y: 2}", ["[a, b]", "[c]", "{x: 1, y: 2}"]),
        ("'a, b',c", ["'a, b'", "c"]),
        ("1 USD m,2", ["1 USD m", "2"]),
    ],
)
def test_values_share_the_unit_of_the_last_one(values: str, read: list[str]) -> None:
    assert points(f"k.a={values}") == [(f"k.a={value}",) for value in read]


def test_several_keys_form_every_combination_the_last_moving_fastest() -> None:
    assert points("a.b=1,2%", "c.d=x,y") == [
        ("a.b=1 %", "c.d=x"), ("a.b=1 %", "c.d=y"), ("a.b=2 %", "c.d=x"), ("a.b=2 %", "c.d=y"),
    ]  # fmt: skip
    assert [point.label for point in grid(["a.b=1,2%", "c.d=x"])] == ["a.b 1 %, c.d x", "a.b 2 %, c.d x"]


def test_keys_are_called_by_as_many_words_as_tell_them_apart() -> None:
    keys = ["world.backlash.world", "world.x.rate.mean", "world.y.rate.mean"]
    assert [called(key, keys) for key in keys] == ["backlash.world", "x.rate.mean", "y.rate.mean"]
    assert called("run.seed", ["run.seed"]) == "run.seed"


@pytest.mark.parametrize(
    ("varies", "told"),
    [
        (["k"], "no key with values"), (["=1"], "no key with values"), (["k="], "no key with values"),
        (["k=1,,2"], "no key with values"), (["k=1,1"], "the value 1 twice"), (["k=1,1 %"], None),
        (["k=1%,1 %"], "the value 1 % twice"), (["k=1", "k=2"], "names k twice"),
        (["a=" + ",".join(map(str, range(8))), "b=" + ",".join(map(str, range(8)))], "64 combinations; allowed: at"),
    ],
)  # fmt: skip
def test_what_is_no_grid_is_refused(varies: list[str], told: str | None) -> None:
    with pytest.raises(UserError, match=re.escape(told or "the value 1 % twice")):
        grid(varies)


def test_the_limit_counts_every_scenario() -> None:
    values = "run.seed=" + ",".join(map(str, range(1, MOST)))
    assert len(variants(["base"], vary=[values])) == MOST
    with pytest.raises(
        UserError, match=f"{2 * MOST} scenarios with those that are not varied; allowed: at most {MOST}"
    ):
        variants(["base", "share-2"], vary=[values])
    with pytest.raises(UserError, match="can be read only once"):
        variants(["-"], vary=["run.seed=1,2"])


# ------------------------------------------------------------------------------------------------ --set


def test_a_set_may_name_the_scenario_it_is_for() -> None:
    refs = ["base", "share-2", "my dir/x:y.yaml"]
    own = own_sets(refs, ["run.seed=1", "share-2:a=b:c", "scenarios/share-2.yaml:d=1", "my dir/x:y.yaml:e=2", "f=g:h"])
    assert own == {
        "base": ("run.seed=1", "f=g:h"),
        "share-2": ("run.seed=1", "a=b:c", "d=1", "f=g:h"),
        "my dir/x:y.yaml": ("run.seed=1", "e=2", "f=g:h"),
    }


def test_a_set_for_nobody_or_for_two_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UserError, match=r"share-3, which is none of the scenarios; .* Did you mean share-2\?"):
        own_sets(["base", "share-2"], ["share-3:run.seed=1"])
    with pytest.raises(UserError, match="base, which stands 2 times"):
        own_sets(["base", "base"], ["base:run.seed=1"])


# ------------------------------------------------------------------------------------------------ scenarios


def test_variants_are_named_apart_and_hold_their_values() -> None:
    ones = variants(["base", "share-2"], sets=["share-2:run.seed=5"], vary=[f"{SHARE}=0.5,3%"])
    assert ones[0] == Variant(ref="base") and ones[3].sets == ("run.seed=5",)
    found = load_variants(ones)
    assert [one.slug for one in found] == [
        "base", "base-security_share.share-0.5", "base-security_share.share-3",
        "share-2", "share-2-security_share.share-0.5", "share-2-security_share.share-3",
    ]  # fmt: skip
    assert found[1].name == "base: security_share.share 0.5 %"
    assert [one.scenario.policy.security_share.share.text for one in found[1:3]] == ["0.5 %", "3 %"]
    assert [int(one.scenario.run.seed) for one in found[3:]] == [5, 5, 5]


def test_a_varied_comparison_is_stored_so_that_its_command_and_replay_give_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = ["base:run.seed=9", "run.horizon=20 days", "run.warm_up=0 days"]
    made = study(["base"], vary=[f"{SHARE}=0.5,3%"], sets=sets, replications=2, jobs=1)
    kept = study_reader.read(study_folder.write(made, tmp_path / "a"))
    assert [each.slug for each in kept.scenarios][:2] == ["base", "base-security_share.share-0.5"]
    slug = kept.scenarios[2].slug
    assert replay(kept, tmp_path / "a", slug=slug, replication=1, trace=False).unequal == ()
    assert main([*shlex.split(kept.command)[1:], "--dry-run", "--json"]) == 0
    (plan,) = json.loads(capsys.readouterr().out)["studies"]
    assert plan["command"] == kept.command
    assert [each["slug"] for each in plan["scenarios"]] == [each.slug for each in kept.scenarios]
    assert set(data(kept)["scenarios"][1]["differences"]["incidents"]["relative"]) == {"mean", "interval", "note"}
    assert "change [95 %]" in table(kept)


def test_scenarios_that_disagree_are_told_apart_by_their_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "base", "--vary", "run.replications=10,20", "--dry-run"]) == 2
    assert "base (run.replications 10) says 10, base (run.replications 20) says 20" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------ changes in per cent


@pytest.mark.parametrize(
    ("ratio", "low", "high", "note", "told"),
    [
        (0.88, 0.7, 1.09, "", "-12 % [-30, +9]"),
        (1.004, 0.996, 1.012, "", "+0.4 % [-0.4, +1.2]"),
        (1.0, 0.9, 1.1, "", "0 % [-10, +10]"),
        (0.5, None, None, ONE_EACH, "-50 % (one replication: no interval)"),
        (1.2, 0.4, None, "no upper end", "+20 % (no upper end)"),
        (1.2, 1.2, 1.2, "", "+20 % (no interval)"),
    ],
)
def test_a_change_has_an_interval_or_says_why_it_has_none(
    ratio: float, low: float | None, high: float | None, note: str, told: str
) -> None:
    assert change_text(RateRatio(ratio=ratio, low=low, high=high, estimable=True, note=note)) == told


def test_a_narrow_terminal_has_the_change_below_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    made = studies.pair()
    assert "change [95 %]" in table(made).splitlines()[0]
    monkeypatch.setattr("simcpec.cli.console.console.room", lambda: 80)
    shown = table(made)
    assert "change [95 %]" not in shown and re.search(r"^B · Two percent: change of incidents -\d+ % \[", shown, re.M)


def test_nothing_is_divided_by_a_baseline_without_incidents() -> None:
    assert change_text(RateRatio(ratio=0.0, low=None, high=None, estimable=False, note="")) == "not estimable"


# ------------------------------------------------------------------------------------------------ lists and completion


def test_theory_stands_apart_in_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "scenarios", "--json"]) == 0
    plain = [row["scenario"] for row in json.loads(capsys.readouterr().out)["rows"]]
    assert main(["list", "theory", "--json"]) == 0
    theory = [row["scenario"] for row in json.loads(capsys.readouterr().out)["rows"]]
    assert "base" in plain and not any(name.startswith("theory/") for name in plain)
    assert len(theory) > 10 and all(name.startswith("theory/") for name in theory)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("simcpec val", {"validate"}), ("simcpec run share-", {"share-0.5", "share-1", "share-2", "share-3"}),
        ("simcpec run sub/m", {"sub/mine.yaml"}), ("simcpec show helic", {"helicopters"}),
        ("simcpec list the", {"theory"}), ("simcpec compare base --vary policy.security_share.s", {f"{SHARE}="}),
        ("simcpec run base --engine r", {"reference"}), ("simcpec cite attacks.si", {"attacks.sindh"}),
    ],
)  # fmt: skip
def test_a_shell_is_offered_what_exists(typed: str, offered: set[str], tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "mine.yaml").write_text("extends: base\n", encoding="utf-8")
    asked = {"_SIMCPEC_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = simcpec(cwd=tmp_path, env=asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.split()) == offered


def test_completion_is_installed_for_a_shell(tmp_path: Path) -> None:
    env = surroundings(HOME=str(tmp_path))
    words = f"{shlex.quote(sys.executable)} -m simcpec --install-completion bash; exit $?"
    line = ["bash", "-c", words]  # the shell that starts the command is the one for which it installs
    done = subprocess.run(line, env=env, capture_output=True, encoding="utf-8", cwd=tmp_path)
    assert done.returncode == 0 and "completion installed" in done.stdout
    script = (tmp_path / ".bash_completions" / "simcpec.sh").read_text(encoding="utf-8")
    assert "_SIMCPEC_COMPLETE=complete_bash" in script
    assert os.fspath(tmp_path / ".bash_completions") in (tmp_path / ".bashrc").read_text(encoding="utf-8")
