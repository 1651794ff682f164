"""T18: what modes of attack do, from a study of the shipped world of four modes; and none where there is one mode."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simcpec.experiments.study import study
from simcpec.model.outcome import CELL_COUNTS, CELL_OF_MODE, MODE_COUNTS
from simcpec.reporting.tables.modes import ALL, COLUMNS, attack_modes
from simcpec.results.records import Study


@pytest.fixture(scope="module")
def played() -> Study:
    return study(["base", "attack-modes"], replications=6, draws=1, jobs=1, sets=["run.horizon=1 year"])


def test_the_table_tells_of_every_mode_and_of_all_of_them(played: Study) -> None:
    table, result = attack_modes(played), played.scenarios[1]
    assert table is not None and table.id == "T18"
    modes = [*result.axes.modes, ALL]
    assert [row[2] for row in table.records] == [mode for mode in modes for _ in COLUMNS]
    means = {(mode, of, per): mean for _, _, mode, of, per, mean, *_ in table.records}
    attacks = result.cell[..., CELL_COUNTS.index("attacks")].sum(axis=(2, 3, 4, 5)).mean() / result.axes.years
    assert means[ALL, "attacks", "year"] == pytest.approx(attacks) and attacks > 0.0
    assert math.fsum(means[mode, "attacks", "year"] for mode in result.axes.modes) == pytest.approx(attacks)
    assert means[ALL, "breaches", "attacks"] == pytest.approx(means[ALL, "breaches", "year"] / attacks)


def test_a_study_of_one_mode_has_no_such_table(played: Study) -> None:
    assert attack_modes(Study(**{**vars(played), "scenarios": played.scenarios[:1], "baseline": None})) is None


def test_modes_add_up_to_the_cells(played: Study) -> None:
    for result in played.scenarios:
        for k, at in enumerate(CELL_OF_MODE):
            assert MODE_COUNTS[k] == CELL_COUNTS[at]
            np.testing.assert_array_equal(result.mode[..., k].sum(-1), result.cell[..., at].sum((-1, -2)))
