"""Designs: what they hold, and that they grow without moving a row."""

from __future__ import annotations

import numpy as np
import pytest

from simcpec.errors import UserError
from simcpec.experiments.design.designs import (
    grid,
    grid_size,
    latin_hypercube,
    one_at_a_time,
    rows_of,
    sobol,
    trajectories,
)


def test_grid_has_every_combination_once() -> None:
    rows = list(grid([2, 3]))
    assert rows == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] and len(rows) == grid_size([2, 3])


def test_one_at_a_time_leaves_the_others_alone() -> None:
    assert list(one_at_a_time([2, 1])) == [(0, None), (1, None), (None, 0)]


@pytest.mark.parametrize("seed", [0, 1])
def test_sobol_goes_on_where_it_ended(seed: int) -> None:
    few, many = sobol(5, 24, seed=seed), sobol(5, 100, seed=seed)
    assert np.array_equal(few, many[:24])
    assert ((many >= 0.0) & (many < 1.0)).all()


def test_seeds_0_and_1_both_repeat_and_differ() -> None:
    for make in (lambda s: sobol(3, 16, seed=s), lambda s: latin_hypercube(3, [16], seed=s)):
        assert np.array_equal(make(0), make(0)) and np.array_equal(make(1), make(1))
        assert not np.array_equal(make(0), make(1))
    assert list(trajectories([None, 3], 4, seed=0)) != list(trajectories([None, 3], 4, seed=1))


def test_a_latin_hypercube_grows_into_another_one_around_its_rows() -> None:
    small, large = latin_hypercube(4, [10], seed=3), latin_hypercube(4, [10, 30, 60], seed=3)
    assert np.array_equal(small, large[:10])
    for rows in (10, 30, 60):
        strata = np.sort(np.floor(large[:rows] * rows), axis=0)
        assert np.array_equal(strata, np.repeat(np.arange(rows)[:, None], 4, axis=1)), rows


def test_points_that_grew_otherwise_are_no_latin_hypercube() -> None:
    plain = np.random.default_rng(3).random((30, 4))  # the control: independent points share strata
    assert not np.array_equal(np.sort(np.floor(plain * 30), axis=0), np.repeat(np.arange(30)[:, None], 4, axis=1))
    with pytest.raises(UserError, match="grows to a multiple"):
        latin_hypercube(2, [10, 25], seed=0)


def test_trajectories_move_one_factor_at_a_time_and_keep_the_first_ones() -> None:
    rows = list(trajectories([None, 3, 2], 20, seed=5))
    assert rows[: 7 * 4] == list(trajectories([None, 3, 2], 7, seed=5))
    for start in range(0, len(rows), 4):
        steps = [
            [a != b for a, b in zip(one, two, strict=True)]
            for one, two in zip(rows[start:], rows[start + 1 : start + 4], strict=False)
        ]
        assert all(sum(step) == 1 for step in steps)
        assert np.sum(steps, axis=0).tolist() == [1, 1, 1]


def test_levels_take_equal_parts_of_the_cube() -> None:
    rows = list(rows_of(np.array([[0.0, 0.2], [0.34, 0.5], [0.999999, 0.7]]), [3, None]))
    assert rows == [(0, 0.2), (1, 0.5), (2, 0.7)]
