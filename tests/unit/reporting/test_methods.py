"""The methods of a paper: every item of both guidelines is answered from the study, or said to be the authors'."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from simcpec.reporting.methods import cheers, stress
from simcpec.reporting.methods.document import checklists, document, software_paragraph
from simcpec.reporting.methods.items import AUTHORS, Item, answered, said
from simcpec.results.records import Study
from tests.support import studies


@pytest.fixture(scope="module")
def pair() -> Study:
    return studies.pair(replications=10, draws=3)


def test_both_guidelines_are_whole_and_no_item_is_blank(pair: Study) -> None:
    assert len(stress.ITEMS) == 20 and len({item.number for item in stress.ITEMS}) == 20
    assert [item.number for item in cheers.ITEMS] == [str(number) for number in range(1, 29)]
    hard = studies.hard_ones()
    edges = ("one scenario, one replication, one day", "nothing happens anywhere", "months")
    for name, study in {"pair": pair, **{edge: hard[edge] for edge in edges}}.items():
        for item in (*answered(stress.ITEMS, study), *answered(cheers.ITEMS, study)):
            assert len(item.answer) > 15, f"{item.number} of {name}"
            assert not re.search(r"\b(nan|inf|None)\b", item.answer), f"{item.number} of {name}: {item.answer}"


def test_a_blank_item_is_a_fault(pair: Study) -> None:
    with pytest.raises(ValueError, match=r"item 9\.9, Nothing, has no answer"):
        answered([Item(number="9.9", section="x", asks="Nothing", answer=said("  "))], pair)


def test_answers_are_those_of_the_study(pair: Study) -> None:
    found = {item.number: item.answer for item in answered(stress.ITEMS, pair)}
    assert "“One percent” (baseline), “Two percent”" in found["1.3"]
    assert "from 1 % to 2 %" in found["2.3"] and "3 parameter draws x 10 replications" in found["4.3"]
    assert "seed 0" in found["5.2"] and pair.command in found["5.3"]
    economic = {item.number: item.answer for item in answered(cheers.ITEMS, pair)}
    assert "2024, undiscounted" in economic["10"] and "uncertainty intervals over parameter draws" in economic["20"]
    assert economic["27"] == economic["28"] == AUTHORS
    single = studies.study(studies.result(), baseline=None)
    assert "a single scenario" in {item.number: item.answer for item in answered(cheers.ITEMS, single)}["7"]
    priced = replace(pair.scenarios[0], prices=replace(pair.scenarios[0].prices, value_of_life=2e6, discount_rate=0.05))
    told = {item.number: item.answer for item in answered(cheers.ITEMS, studies.study(priced, pair.scenarios[1]))}
    assert "USD 2,000,000" in told["13"] and "5 %" in told["10"]


def test_the_document_has_everything_in_both_formats(pair: Study) -> None:
    text = document(pair, "md")["methods.md"].decode()
    for title in ("Software and seed", "STRESS-DES", "CHEERS 2022", "Parameters", "Reproducibility", "Sources"):
        assert f"## {title}" in text
    assert "@" in text and software_paragraph(pair).split(",")[0] in text
    files = document(pair, "latex")
    cited = set(re.findall(r"\\cite\{([^}]+)\}", files["methods.tex"].decode()))
    assert cited and cited <= set(re.findall(r"^@\w+\{([^,]+),", files["methods.bib"].decode(), flags=re.M))
    assert [table.id for table in checklists(pair)] == ["M1", "M2"]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_document_compiles(pair: Study, tmp_path: Path) -> None:
    body = document(pair, "latex")["methods.tex"].decode()
    head = "\\documentclass{article}\\usepackage{booktabs,longtable}\\begin{document}\n"
    text = f"{head}{body}\\end{{document}}\n"
    (tmp_path / "a.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="latin-1", timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
