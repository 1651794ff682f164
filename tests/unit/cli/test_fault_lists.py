"""Long lists of faults: fifty are told and the others counted, whatever is wrong."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from simcpec.cli import main
from simcpec.errors import MOST_SHOWN, Fault, ScenarioError
from simcpec.scenario import validate

HEAD = "extends: base\n"
MANY = {
    "unknown keys": HEAD + "".join(f"kee_{k}: 1\n" for k in range(400)),
    "unknown keys of a block": HEAD + "world: {trust: {" + ", ".join(f"k{k}: 1" for k in range(300)) + "}}\n",
    "anchors": HEAD + "".join(f"a{k}: &x{k} 1\n" for k in range(200)),
    "keys that stand twice": HEAD + "run: {seed: 1}\n" * 300,
    "unknown levers": HEAD + "policy: {{levers: [{}]}}\n".format(", ".join(["{lever: nonsense}"] * 300)),
    "dates": HEAD + "world: {{threat: {{steps: [{}]}}}}\n".format(", ".join(["{date: 2044-01-01, factor: 2}"] * 300)),
}


@pytest.mark.parametrize("kind", MANY)
def test_fifty_faults_are_told_and_the_others_counted(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "many.yaml"
    file.write_text(MANY[kind], encoding="utf-8")
    begun = time.monotonic()
    count = len(validate(str(file)))
    assert count > MOST_SHOWN
    assert main(["validate", str(file)]) == 2
    assert time.monotonic() - begun < 10
    told = capsys.readouterr().err
    assert told.count("many.yaml, line") == MOST_SHOWN and len(told) < 40_000
    assert f"and {count - MOST_SHOWN} more faults." in told
    assert main(["validate", "--json", str(file)]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert len(error["faults"]) == MOST_SHOWN and error["more_faults"] == count - MOST_SHOWN


def test_faults_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    """The first fifty lines are explained in full, also where what is wrong in them differs in kind."""
    file = tmp_path / "many.yaml"
    file.write_text(HEAD + "".join(f"nam{k}: 1\n" for k in range(80)), encoding="utf-8")
    faults = validate(str(file))
    assert [fault.line for fault in faults] == list(range(2, 82))
    assert all(fault.allowed for fault in faults[:MOST_SHOWN])


LAST = [(50, "is wrong."), (51, "and one more fault."), (52, "and 2 more faults.")]


@pytest.mark.parametrize(("count", "last"), LAST)
def test_the_count_of_what_is_left_out(count: int, last: str) -> None:
    error = ScenarioError([Fault(where=f"{k}", problem="is wrong") for k in range(count)])
    assert str(error).endswith(last) and len(error.faults) == count
