"""Sensitivity indices of functions whose indices are known, from the designs of studies."""

from __future__ import annotations

import numpy as np
import pytest

from simcpec.analysis.uncertainty.sensitivity import elementary_effects, noise_share, sobol_indices
from simcpec.errors import UserError
from simcpec.experiments.design import designs
from simcpec.model.world import Floats

pytest.importorskip("SALib", reason="SALib is in the extra uq")

A, B = 7.0, 0.1  # of the function of Ishigami and Homma (1990)
NAMES = ("x1", "x2", "x3")


def ishigami(places: Floats) -> Floats:
    x = np.pi * (2.0 * places - 1.0)
    return np.asarray(np.sin(x[..., 0]) + A * np.sin(x[..., 1]) ** 2 + B * x[..., 2] ** 4 * np.sin(x[..., 0]))


def known_indices() -> tuple[list[float], list[float]]:
    """First-order and total indices, from the closed form of their variances."""
    one, two = (1.0 + B * np.pi**4 / 5.0) ** 2 / 2.0, A**2 / 8.0
    both = B**2 * np.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
    whole = one + two + both
    return [one / whole, two / whole, 0.0], [(one + both) / whole, two / whole, both / whole]


def test_sobol_indices_are_those_of_the_ishigami_function() -> None:
    cube = designs.saltelli(3, 1024, seed=1).reshape(1024, 5, 3)
    found = sobol_indices(ishigami(cube), NAMES, seed=0)
    assert found is not None
    for got, truth in zip((found.first, found.total), known_indices(), strict=True):
        for index, value in zip(got, truth, strict=True):
            assert abs(index.value - value) <= 1.5 * index.half_width + 1e-9 and index.half_width < 0.12
    assert [index.near_zero for index in found.first] == [False, False, True]
    assert not any(index.near_zero for index in found.total)
    # the control: a design whose rows are out of order must miss the truth
    mixed = np.random.default_rng(0).permutation(ishigami(cube).ravel()).reshape(1024, 5)
    wrong = sobol_indices(mixed, NAMES, seed=0)
    assert wrong is not None and abs(wrong.first[1].value - known_indices()[0][1]) > 2.0 * wrong.first[1].half_width


def test_chance_lowers_first_order_indices_by_its_share() -> None:
    cube = designs.saltelli(3, 4096, seed=2).reshape(4096, 5, 3)
    values = ishigami(cube)
    clean = sobol_indices(values, NAMES, seed=0)
    spread = 0.5 * float(values.var())
    noisy = sobol_indices(values + np.random.default_rng(3).normal(0.0, spread**0.5, values.shape), NAMES, seed=0)
    assert clean is not None and noisy is not None
    share = noise_share(np.full(8, spread), noisy.variance)
    assert share == pytest.approx(1.0 / 3.0, abs=0.02)
    assert noisy.first[1].value == pytest.approx((1.0 - share) * clean.first[1].value, abs=0.05)


def test_a_saltelli_design_grows_without_moving_a_row() -> None:
    few, more = designs.saltelli(2, 8, seed=4), designs.saltelli(2, 16, seed=4)
    assert few.shape == (32, 2) and np.array_equal(more[:32], few)
    a, one, two, b = few.reshape(8, 4, 2).transpose(1, 0, 2)
    assert np.array_equal(one, np.column_stack([b[:, 0], a[:, 1]])) and np.array_equal(two[:, 1], b[:, 1])


def test_elementary_effects_of_a_linear_function_are_its_slopes() -> None:
    slopes = np.array([4.0, -2.0, 0.0])
    rows = list(designs.trajectories([None, 4, None], 12, seed=5))
    places = np.array([[(at + 0.5) / 4.0 if isinstance(at, int) else at for at in row] for row in rows])
    values, moved, up = (places @ slopes).reshape(12, 4), [], []
    for block in places.reshape(12, 4, 3):
        change = np.diff(block, axis=0)
        moved.append([int(np.flatnonzero(step)[0]) for step in change])
        up.append([bool(step.sum() > 0.0) for step in change])
    found = elementary_effects(values, moved, up, NAMES, seed=0)
    assert found is not None
    assert found.mean == pytest.approx(0.5 * slopes) and found.spread == pytest.approx([0.0] * 3, abs=1e-9)
    assert [index.value for index in found.size] == pytest.approx([2.0, 1.0, 0.0])
    wrong = elementary_effects(values, moved, [[not x for x in row] for row in up], NAMES, seed=0)
    assert wrong is not None and wrong.mean != pytest.approx(0.5 * slopes)


def test_what_does_not_vary_has_no_indices_and_holes_are_named() -> None:
    assert sobol_indices(np.full((8, 5), 3.0), NAMES, seed=0) is None
    values = np.random.default_rng(0).random((8, 5))
    values[3, 2] = np.nan
    with pytest.raises(UserError, match="1 points of the design have no value; indices need all"):
        sobol_indices(values, NAMES, seed=0)
    with pytest.raises(UserError, match="3 base points or trajectories; indices need 4 or more"):
        sobol_indices(np.random.default_rng(0).random((3, 5)), NAMES, seed=0)
