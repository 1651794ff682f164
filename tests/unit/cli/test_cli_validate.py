"""`validate`: what it passes runs, what it refuses names its scenario, and very many files are checked soon."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simcpec.cli import main
from simcpec.errors import Fault, ScenarioError, UserError
from simcpec.experiments.design import prepare as prepare_module
from simcpec.experiments.design.prepare import check, prepare
from simcpec.numerics.jit_mode import plain_python
from simcpec.scenario import load
from simcpec.scenario.layering.variants import load_variants, variants
from simcpec.scenario.several import each, together
from tests.support.command import surroundings

Capture = pytest.CaptureFixture[str]
ONLY_BUILT = {  # refused for what shows in a built world alone
    "a lever that nothing reads": ("policy.levers=[{lever: sop_revision, from: 2026-01-01}]", "policy.sop.mode=off"),
    "a lever that comes too late": ("policy.levers=[{lever: spu_strength, from: 2028-06-01}]",),
    "twins that are alone": ("run.antithetic=on", "run.replications=201"),
    "a rule under which nobody receives": (
        "policy.provinces={rule: threat}",
        *(f"world.provinces.{code}.plots=0 /year" for code in ("PUN", "SIN", "KP", "BAL", "GB", "AJK", "ICT")),
    ),
    "a drawn number beyond its bounds": (
        "run.parameter_draws=20",
        "world.threat.clusters=[85 %, 15 %]",
        "policy.levers=[{lever: ssd_expansion, from: 2026-01-01, share: 100 %,"
        " moves: {soldiers: {value: 100, low: -900000, high: 900000, law: uniform}}}]",
    ),
}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def validated(capsys: Capture, *words: str, code: int) -> dict[str, Any]:
    assert main(["validate", "--json", *words]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("what", ONLY_BUILT)
def test_what_run_would_refuse_validate_refuses(what: str, capsys: Capture) -> None:
    sets = ONLY_BUILT[what]
    with pytest.raises(UserError) as refused:
        prepare(["base"], sets=sets)
    words = [word for one in sets for word in ("--set", one)]
    error = validated(capsys, "base", *words, code=2)["error"]
    told = str(refused.value).splitlines()[0].removesuffix(".")
    assert told.split(": ")[-1] in error["message"]
    assert validated(capsys, "base", "--quick", *words, code=0)["built"] is False


ALONE = """
import sys
from simcpec.cli import main
sys.argv = ["simcpec", "validate", "base"]
code = main()
heavy = {"numba", "llvmlite", "scipy", "pandas", "matplotlib", "simpy"}
print(code, "simcpec.scenario.building.build" in sys.modules, sorted(heavy & set(sys.modules)))
"""


def test_worlds_are_built_without_the_compiler_by_a_process_that_ends_with_the_command(tmp_path: Path) -> None:
    """Its import takes longer than everything else. A process that goes on keeps its compiled rules."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=tmp_path, env=surroundings(), capture_output=True, encoding="utf-8"
    )
    assert (done.stdout, done.stderr) == ("base: no faults\n0 True []\n", "")
    before = plain_python()
    assert main(["validate", "base"]) == 0
    assert plain_python() is before


def test_a_scenario_is_not_compared_with_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of what `validate` builds needs the texts of all its settings, let alone twice."""
    compared: list[str] = []
    real = prepare_module.differences
    monkeypatch.setattr(prepare_module, "differences", lambda a, b: (compared.append(b.ref), real(a, b))[1])
    check(load("base"))
    assert compared == []
    prepare(["base", "guards-first"], replications=1, draws=1)
    assert compared == ["guards-first"]


def test_what_validate_passes_is_prepared_as_run_does(capsys: Capture) -> None:
    assert validated(capsys, "base", code=0)["built"] is True
    assert check(load("base")) == prepare(["base"]).points[0].remarks


def test_remarks_are_seen(capsys: Capture) -> None:
    amounts = "policy.security_share={of: explicit, amounts: [%s]}" % ", ".join(["1 m USD/year"] * 9)  # noqa: UP031
    for more in ((), ("--quick",)):
        (row,) = validated(capsys, "base", "--set", amounts, *more, code=0)["sound"]
        told = "policy.security_share.amounts holds 9 amounts; only the first 4 amounts are read, one a budget year."
        assert row["remarks"][-1] == told
    assert main(["validate", "base", "--set", amounts]) == 0
    first, *_, remark = capsys.readouterr().out.splitlines()
    assert first == "base: no faults" and remark.startswith("  Remark: policy.security_share.amounts")


def test_a_missing_package_leaves_the_check_of_the_files(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("simcpec.experiments.design.prepare")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "simcpec.experiments.design.parameter_draws", None)
    monkeypatch.setattr("builtins.__import__", _without_numpy(__import__))
    assert main(["validate", "base", "--set", "run.antithetic=on", "--set", "run.replications=3"]) == 0
    told = capsys.readouterr()
    assert told.out == "base: no faults\n" and "package numpy is missing" in told.err


def _without_numpy(real: Any) -> Any:
    def importing(name: str, *rest: Any, **more: Any) -> Any:
        if name == "simcpec.experiments.design.prepare":
            raise ModuleNotFoundError("No module named 'numpy'", name="numpy")
        return real(name, *rest, **more)

    return importing


# ------------------------------------------------------------------------------------------------ which scenario


def test_each_fault_names_its_scenario(elsewhere: Path) -> None:
    """Nine files over base: the one whose lever comes too late is named, in `validate` and in `compare`."""
    for k in range(1, 10):
        more = "" if k != 7 else "  levers: [{lever: spu_strength, from: 2028-06-01}]\n"
        text = f"extends: base\npolicy:\n  security_share: {{share: {k / 10} %}}\n{more}"
        (elsewhere / f"s{k}.yaml").write_text(text, encoding="utf-8")
    names = [f"s{k}.yaml" for k in range(1, 10)]
    with pytest.raises(ScenarioError) as refused:
        prepare(names)
    assert {fault.scenarios for fault in refused.value.faults} == {("s7.yaml",)}
    assert all(line.startswith("s7.yaml, line ") for line in str(refused.value).splitlines() if ", line " in line)
    assert main(["validate", *names]) == 2


def test_a_fault_of_a_shared_file_is_told_once_with_all_scenarios(elsewhere: Path) -> None:
    (elsewhere / "root.yaml").write_text("extends: base\nrun: {sead: 1}\n", encoding="utf-8")
    for k in range(8):
        (elsewhere / f"s{k}.yaml").write_text("extends: root.yaml\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        load_variants(variants([f"s{k}.yaml" for k in range(8)]))
    (fault,) = refused.value.faults
    assert fault.scenarios == tuple(f"s{k}.yaml" for k in range(8))
    assert "In the scenarios s0.yaml, s1.yaml, s2.yaml, s3.yaml, s4.yaml and 3 more." in str(refused.value)
    with pytest.raises(ScenarioError) as refused:
        load("root.yaml")
    assert "In the scenario" not in str(refused.value)


def test_faults_of_different_things_stay_apart() -> None:
    one, two = (Fault(where="a", problem=problem, scenarios=("a", "b")) for problem in ("x", "y"))
    other = Fault(where="a", problem="x", scenarios=("c",))
    assert [fault.scenarios for fault in together([one, two, other])] == [("a", "b", "c"), ("a", "b")]
    assert "In the scenarios a, b and c." in str(together([one, other])[0])
    assert each([1, 2], lambda number: number + 1) == (2, 3)
