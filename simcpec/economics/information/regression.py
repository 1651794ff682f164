"""Conditional expectations by regression on the draws: splines for few parameters, a Gaussian process for many.

scikit-learn (extra `uq`) fits.  Smoothness is chosen by the leave-one-out error, for every column by itself.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from simcpec.errors import EnvironmentFault
from simcpec.model.world import Floats

SPLINE_AT_MOST = 3  # parameters of a spline; a Gaussian process takes more
KNOTS = 7
PENALTIES = tuple(10.0 ** (1.5 * step) for step in range(-3, 4))
GAUSSIAN_AT_MOST = 500  # draws that a Gaussian process is fitted to; it predicts all
TINY = 1e-300


def conditional_expectation(
    parameters: Floats, columns: Floats, weights: Floats, *, fit_to: np.ndarray | None = None
) -> Floats:
    """Return E[column | parameters] at every draw, (D, M).

    parameters : (D, q) that are thought known; one without spread tells nothing.      columns : (D, M).
    weights : (D,) adding up to 1.      fit_to : (D,) truth, the draws that the fit may see; None: all.
    Raises EnvironmentFault without scikit-learn, ValueError for draws of different weights and many parameters.
    """
    seen = np.ones(len(columns), np.bool_) if fit_to is None else fit_to
    share = np.where(seen, weights, 0.0) / weights[seen].sum()
    means = share @ columns
    scale = np.sqrt(share @ (columns - means) ** 2)
    moving = scale > 1e-12 * np.maximum(np.abs(columns).max(axis=0, initial=0.0), TINY)
    known = _standardised(parameters)
    found = np.broadcast_to(means, columns.shape).copy()
    if known.shape[1] and moving.any() and seen.sum() > 3:
        scaled = (columns[:, moving] - means[moving]) / scale[moving]
        smooth = _by_splines if known.shape[1] <= SPLINE_AT_MOST else _by_gaussian_process
        fitted = smooth(known, scaled, share, seen)
        fitted -= share @ fitted  # a conditional expectation has the mean of what it is of
        found[:, moving] += scale[moving] * fitted
    return found


def _standardised(parameters: Floats) -> Floats:
    """(D, q) the parameters that have a spread, with mean 0 and variance 1."""
    spread = parameters.std(axis=0)
    kept = spread > 1e-12 * np.maximum(np.abs(parameters).max(axis=0, initial=0.0), TINY)
    return np.asarray((parameters[:, kept] - parameters[:, kept].mean(axis=0)) / spread[kept])


def _by_splines(known: Floats, columns: Floats, share: Floats, seen: np.ndarray) -> Floats:
    """Penalised cubic splines, and products of them with the other parameters."""
    learn()
    from sklearn.linear_model import RidgeCV

    design = _spline_design(known)
    rows = share[seen] * seen.sum()
    model: Any = RidgeCV(alphas=PENALTIES, alpha_per_target=True)
    model.fit(design[seen], columns[seen], sample_weight=None if np.allclose(rows, 1.0) else rows)
    return np.asarray(model.predict(design), dtype=np.float64).reshape(columns.shape)


def _spline_design(known: Floats) -> Floats:
    """(D, n) linear terms, splines with knots at quantiles, and the splines times the other parameters."""
    from sklearn.preprocessing import SplineTransformer

    count = max(2, min(KNOTS, 2 + len(known) // 25))
    parts = [known]
    for k, column in enumerate(known.T):
        # quantiles fall together where a parameter has few values
        knots = np.unique(np.quantile(column, np.linspace(0.0, 1.0, count)))
        if len(knots) > 2:
            made = SplineTransformer(degree=3, knots=knots[:, None], extrapolation="linear", include_bias=False)
            curve = made.fit_transform(column[:, None])
            parts += [curve, *(curve * known[:, [other]] for other in range(known.shape[1]) if other != k)]
    parts += [known[:, [i]] * known[:, [j]] for i in range(known.shape[1]) for j in range(i)]
    return np.concatenate(parts, axis=1)


def _by_gaussian_process(known: Floats, columns: Floats, share: Floats, seen: np.ndarray) -> Floats:
    """Gaussian processes with a length scale for every parameter; at most `GAUSSIAN_AT_MOST` draws are fitted."""
    learn()
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    if not np.allclose(share[seen] * seen.sum(), 1.0):
        raise ValueError(
            f"draws of different weights and {known.shape[1]} parameters; allowed: at most {SPLINE_AT_MOST} of them"
        )
    rows = np.flatnonzero(seen)[:GAUSSIAN_AT_MOST]
    found = np.empty_like(columns)
    for k, column in enumerate(columns.T):
        lengths = np.full(known.shape[1], 3.0)
        kernel = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(lengths, (0.3, 1e4)) + WhiteKernel(0.3, (1e-6, 1e1))
        model: Any = GaussianProcessRegressor(kernel=kernel)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a length scale at its limit: that of an idle parameter has to be there
            model.fit(known[rows], column[rows])
        found[:, k] = model.predict(known)
    return found


def learn() -> None:
    """Raise EnvironmentFault where scikit-learn is missing."""
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise EnvironmentFault(
            "the value of partial information needs scikit-learn, which is not installed; allowed: an installation "
            "with the extra uq"
        ) from None
