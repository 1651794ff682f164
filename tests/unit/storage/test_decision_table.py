"""A table of costs and effects: read by name, refused line by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simcpec.errors import ScenarioError, UserError
from simcpec.storage.decision_table import read_decision_table

GOOD = "draw,effect,strategy,cost\n1,0,today,10\n2,0,today,12\n1,3,more,15\n2,4,more,14\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def refused(tmp_path: Path, text: str) -> str:
    """Return what is said of a file; it must be said of its faults."""
    with pytest.raises(ScenarioError) as fault:
        read_decision_table(written(tmp_path, text))
    return str(fault.value)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_columns_are_taken_by_name_and_rows_by_draw(tmp_path: Path, mark: str) -> None:
    found = read_decision_table(written(tmp_path, mark + GOOD), current="today")
    assert found.names == ("today", "more") and found.current == 0
    assert found.cost.tolist() == [[10.0, 15.0], [12.0, 14.0]]
    assert found.effect.tolist() == [[0.0, 3.0], [0.0, 4.0]]
    rows = GOOD.splitlines()
    shuffled = read_decision_table(written(tmp_path, "\n".join([rows[0], *rows[:0:-1]]) + "\n"))
    assert sorted(shuffled.cost.sum(axis=1)) == sorted(found.cost.sum(axis=1))


def test_harm_is_an_effect_with_its_sign_changed_and_weights_are_of_draws(tmp_path: Path) -> None:
    text = "strategy,draw,cost,harm,weight\na,x,1,5,1\na,y,1,7,3\nb,x,2,1,1\nb,y,2,0,3\n"
    found = read_decision_table(written(tmp_path, text))
    assert found.effect.tolist() == [[-5.0, -1.0], [-7.0, 0.0]]
    np.testing.assert_allclose(found.weights, [0.25, 0.75])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ("strategy has no column", "cost has no column")),
        ("strategy,cost,effect\n", ("no row below its heading",)),
        ("strategy;cost;effect\na;1;2\n", ("not semicolons",)),
        ("strategy,cost,cost,effect\na,1,1,2\n", ("cost stands twice",)),
        ("strategy,cost,efect\na,1,2\n", ("efect is no column", "effect and harm must stand in one column")),
        ("strategy,cost,effect,harm\na,1,2,3\n", ("effect and harm must stand in one column",)),
        ('strategy,cost,effect\na,"1,5",2\n', ("line 2", "cost is 1,5", "behind a point")),
        ("strategy,cost,effect\na,1,nan\nb,inf,2\nc,,1\n", ("line 2: effect is nan", "line 3: cost is inf", "is ''")),
        ("strategy,cost,effect\na,1\n", ("line 2: has 2 cells", "3, as the first line")),
        ("strategy,draw,cost,effect\na,1,1,1\na,2,1,1\nb,1,2,2\n", ("b has no draw 2",)),
        ("strategy,cost,effect\na,1,1\na,2,1\n", ("line 3: a stands in line 2 too",)),
        ("strategy,draw,cost,effect,weight\na,1,1,1,1\nb,1,1,1,2\n", ("different weights",)),
        ("strategy,cost,effect,weight\na,1,1,-1\n", ("weight is -1", "at least 0")),
        ("strategy,cost,effect,weight\na,1,1,0\n", ("all weights are 0",)),
        (" ,cost,effect\n", ("is no column",)),
    ],
)  # fmt: skip
def test_a_table_with_faults_is_refused_with_its_lines(tmp_path: Path, text: str, said: tuple[str, ...]) -> None:
    message = refused(tmp_path, text)
    assert [part for part in said if part not in message] == [], message


def test_a_file_that_is_no_text_or_not_there_and_an_unknown_strategy_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00a")
    for name, said in (("binary.csv", "no text in UTF-8"), ("absent.csv", "cannot be read")):
        with pytest.raises(UserError, match=said):
            read_decision_table(tmp_path / name)
    with pytest.raises(UserError, match=r"'now' is no strategy.*allowed: today, more"):
        read_decision_table(written(tmp_path, GOOD), current="now")
