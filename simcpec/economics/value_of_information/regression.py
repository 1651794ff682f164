"""Conditional expectations by regression on the draws: penalised cubic splines of every parameter, and products.

scikit-learn (extra `uq`) fits.  The penalty is chosen by the leave-one-out error, for every column by itself, so that a
column that parameters say nothing of is left at its mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.errors import EnvironmentFault
from simcpec.model.world import Floats

CURVED_PRODUCTS = 3  # parameters, up to which splines are multiplied with the other parameters
PLAIN_PRODUCTS = 15  # up to which parameters are multiplied with each other; beyond, effects are taken as additive
KNOTS, FEW_KNOTS = 7, 4  # of a parameter alone or with two others, and in a larger group
PENALTIES = tuple(10.0 ** (1.5 * step) for step in range(-3, 4))
TINY = 1e-300


def conditional_expectation(
    design: Floats, columns: Floats, weights: Floats, *, fit_to: np.ndarray | None = None
) -> Floats:
    """Return E[column | parameters] at every draw, (D, M).

    design : of the parameters that are thought known, as `design_of` makes it.      columns : (D, M).
    weights : (D,) adding up to 1.      fit_to : (D,) truth, the draws that the fit may see; None: all.
    Raises EnvironmentFault without scikit-learn.
    """
    seen = np.ones(len(columns), np.bool_) if fit_to is None else fit_to
    share = np.where(seen, weights, 0.0) / weights[seen].sum()
    means = share @ columns
    scale = np.sqrt(share @ (columns - means) ** 2)
    moving = scale > 1e-12 * np.maximum(np.abs(columns).max(axis=0, initial=0.0), TINY)
    found = np.broadcast_to(means, columns.shape).copy()
    if design.shape[1] and moving.any() and seen.sum() > 3:
        fitted = _ridge(design, (columns[:, moving] - means[moving]) / scale[moving], share, seen)
        fitted -= share @ fitted  # a conditional expectation has the mean of what it is of
        found[:, moving] += scale[moving] * fitted
    return found


def _standardised(parameters: Floats) -> Floats:
    """(D, q) the parameters that have a spread, with mean 0 and variance 1."""
    spread = parameters.std(axis=0)
    kept = spread > 1e-12 * np.maximum(np.abs(parameters).max(axis=0, initial=0.0), TINY)
    return np.asarray((parameters[:, kept] - parameters[:, kept].mean(axis=0)) / spread[kept])


def _ridge(design: Floats, columns: Floats, share: Floats, seen: np.ndarray) -> Floats:
    """(D, M) predictions of a penalised linear regression on the draws that are seen."""
    learn()
    from sklearn.linear_model import RidgeCV

    rows = share[seen] * seen.sum()
    model: Any = RidgeCV(alphas=PENALTIES, alpha_per_target=True)
    model.fit(design[seen], columns[seen], sample_weight=None if np.allclose(rows, 1.0) else rows)
    return np.asarray(model.predict(design), dtype=np.float64).reshape(columns.shape)


def design_of(parameters: Floats) -> Floats:
    """Return (D, n) linear terms, splines with knots at quantiles, and products of parameters (D, q).

    A parameter without spread tells nothing and has no column.  Raises EnvironmentFault without scikit-learn.
    """
    learn()
    from sklearn.preprocessing import SplineTransformer

    known = _standardised(parameters)
    draws, count = known.shape
    most = max(2, min(KNOTS if count <= CURVED_PRODUCTS else FEW_KNOTS, 2 + draws // 25))
    parts = [known]
    for k, column in enumerate(known.T):
        # quantiles fall together where a parameter has few values
        knots = np.unique(np.quantile(column, np.linspace(0.0, 1.0, most)))
        if len(knots) > 2:
            made = SplineTransformer(degree=3, knots=knots[:, None], extrapolation="linear", include_bias=False)
            curve = made.fit_transform(column[:, None])
            others = [other for other in range(count) if other != k] if count <= CURVED_PRODUCTS else []
            parts += [curve, *(curve * known[:, [other]] for other in others)]
    if count <= PLAIN_PRODUCTS:
        parts += [known[:, [i]] * known[:, [j]] for i in range(count) for j in range(i)]
    return np.concatenate(parts, axis=1) if count else known


def learn() -> None:
    """Raise EnvironmentFault where scikit-learn is missing."""
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise EnvironmentFault(
            "the value of partial information needs scikit-learn, which is not installed; allowed: an installation "
            "with the extra uq"
        ) from None
