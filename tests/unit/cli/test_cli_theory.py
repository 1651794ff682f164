"""`verify theory`: a table for people, a document for machines, a page in a folder, exit code 4 on failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from simcpec.cli import main
from simcpec.verification.theory.checks.consequences import appraisal
from simcpec.verification.theory.finding import LIMIT, Claim, Finding, exact_finding, mean_finding
from simcpec.verification.theory.simulate import TheorySimulator

Capture = pytest.CaptureFixture[str]


def claim(name: str) -> Claim:
    return Claim(family="appraisal", name=name, formula="by hand <b>", unit="USD", scenario="theory/costs")


def few(stage: TheorySimulator) -> Iterator[Finding]:
    """One that passes, one identity."""
    yield mean_finding([1.0, 1.001, 0.999] * 10, 1.0, claim("a mean"))
    yield exact_finding(2.0, 2.0, claim("an identity"))


def bad(stage: TheorySimulator) -> Iterator[Finding]:
    """One that is biased, one that is not powered, one that is no number."""
    yield mean_finding([1.0, 1.001, 0.999] * 10, 1.1, claim("a wrong mean"))
    yield mean_finding([0.5, 1.5, 1.0], 1.0, claim("a guess"))
    yield mean_finding([float("nan"), 1.0], 1.0, claim("a hole"))


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A family that plays nothing."""
    monkeypatch.setattr(appraisal, "findings", few)


def told(capsys: Capture, *words: str, code: int = 0) -> tuple[str, str]:
    assert main(["verify", "theory", "--only", "appraisal", *words]) == code
    found = capsys.readouterr()
    return found.out, found.err


def test_the_table_for_people(capsys: Capture) -> None:
    out, _ = told(capsys)
    assert out.splitlines()[0].split() == [
        "family", "finding", "truth", "estimate", "half-width", "z", "power", "verdict"
    ]  # fmt: skip
    assert "a mean" in out and "exact" in out and f"2 of 2 findings pass; biased is beyond {LIMIT:.2f}" in out


def test_the_document_for_machines(capsys: Capture) -> None:
    out, _ = told(capsys, "--json", "--seed", "0")
    found = json.loads(out)
    assert (found["what"], found["level"], found["seed"], found["failed"]) == ("theory", "quick", 0, 0)
    assert found["findings"][0]["verdict"] == "pass" and found["findings"][0]["truth"] == 1.0


def test_failure_ends_with_4_and_names_what_fails(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appraisal, "findings", bad)
    out, err = told(capsys, "--json", code=4)
    found = json.loads(out)
    assert [one["verdict"] for one in found["findings"]] == ["biased", "not powered", "biased"]
    assert found["findings"][2]["estimate"] is None
    assert "3 of 3 findings do not pass: appraisal: a wrong mean (biased), appraisal: a guess (not powered)" in err


def test_the_page_has_figures_and_the_same_table(capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "theory"
    out, _ = told(capsys, "--out", str(folder))
    assert out.endswith(f"{folder / 'theory.html'}\n")
    page = (folder / "theory.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3 and "by hand &lt;b&gt;" in page and 'href="http' not in page
    assert "simcpec verify theory --only appraisal --seed 20250101" in page
    assert ">Tolerance</th>" in page and page.count(">2 %</") == 1
    rows = (folder / "tables" / "v1-theory.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 3 and rows[0].startswith("family,name,formula,unit,truth,estimate,half_width,z,power")
    assert sorted(path.name for path in (folder / "figures").iterdir())[:3] == [
        "vf1-truth-estimate.csv", "vf1-truth-estimate.png", "vf1-truth-estimate.svg"
    ]  # fmt: skip


def test_a_page_of_failures_says_so(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appraisal, "findings", lambda stage: list(bad(stage))[:2])
    told(capsys, "--out", str(tmp_path / "theory"), code=4)
    page = (tmp_path / "theory" / "theory.html").read_text(encoding="utf-8")
    assert "2 of them are not given back" in page and 'class="text worse">biased' in page


def test_options_of_another_check_are_refused(capsys: Capture) -> None:
    assert main(["verify", "engines", "base", "--full"]) == 2
    assert "verify engines does not read --full; allowed: SCENARIO" in capsys.readouterr().err
    assert main(["verify", "theory", "--draw", "1"]) == 2
    assert main(["verify", "theory", "--only", "lossess"]) == 2
    assert "Did you mean losses?" in capsys.readouterr().err


def test_a_folder_that_is_not_ours_is_left_alone(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert main(["verify", "theory", "--only", "appraisal", "--out", str(tmp_path)]) == 4
    assert "holds something that is not a simcpec study" in capsys.readouterr().err
