"""Known laws of counts of births: self-exciting (Hawkes), branching, drifting.

Numbers are per day and days; a `kernel` is a matrix of mean follow-ons, row the parent's province, column the child's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_EXACT = {"rtol": 1e-10, "atol": 1e-12, "method": "DOP853"}


def hawkes_moments(base: Sequence[float], kernel: Floats, delay: float, days: float) -> tuple[Floats, Floats]:
    """Mean (P,) and covariance (P, P) of the counts in [0, days] of a Hawkes process that starts empty.

    Intensity base + x; an event in p adds kernel[p] / delay to x, which decays at 1 / delay. With A = (K' - I) / delay
    and L = base + E x:  E x' = A E x + K' base / delay,  Cxx' = A Cxx + Cxx A' + J diag(L) J',
    Cxn' = A Cxn + Cxx + J diag(L),  Cnn' = Cxn + Cxn' + diag(L),  J = K' / delay (Hawkes 1971; Dassios and Zhao 2013).
    """
    from scipy.integrate import solve_ivp

    rate, size = np.asarray(base, float), len(base)
    jump = np.asarray(kernel, float).T / delay
    pull = jump - np.eye(size) / delay
    square = (size, size)

    def slope(_: float, y: Floats) -> Floats:
        x, rest = y[:size], y[2 * size :]
        xx, xn, _nn = rest.reshape(3, *square)
        level = rate + x
        flow = np.diag(level)
        parts = (
            pull @ xx + xx @ pull.T + jump @ flow @ jump.T,
            pull @ xn + xx + jump @ flow,
            xn + xn.T + flow,
        )
        return np.concatenate([pull @ x + jump @ rate, level, *(part.ravel() for part in parts)])

    start = np.zeros(2 * size + 3 * size * size)
    end = solve_ivp(slope, (0.0, days), start, **_EXACT).y[:, -1]
    return end[size : 2 * size], end[2 * size + 2 * size * size :].reshape(square)


def hawkes_law(base: float, follow_ons: float, delay: float, days: float, *, most: int) -> Floats:
    """(most,) probabilities of 0, 1, ... events in [0, days] of a Hawkes process that starts empty.

    One event and its descendants have the generating function F(z, t) = z exp(h),  delay h' = n (F - 1) - h,  h(0) = 0;
    the whole is exp(base x integral of F - 1) (Hawkes and Oakes 1974), inverted on `most` roots of unity.
    """
    from scipy.integrate import solve_ivp

    z = np.exp(2j * np.pi * np.arange(most) / most)

    def slope(_: float, y: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
        h = y[:most]
        family = z * np.exp(h) - 1.0
        return np.concatenate([(follow_ons * family - h) / delay, family])

    end = solve_ivp(slope, (0.0, days), np.zeros(2 * most, complex), **_EXACT).y[most:, -1]
    return law_of(np.exp(base * end))


def borel_tanner(start: int, follow_ons: float, *, most: int) -> Floats:
    """(most,) probabilities that `start` events and all their descendants are 0, 1, ... in the end.

    P(m) = start / m exp(-n m) (n m)^(m - start) / (m - start)!   for m >= start (Borel 1942; Tanner 1961).
    """
    from scipy.special import gammaln

    m = np.arange(start, most)
    logs = np.log(start / m) - follow_ons * m + (m - start) * np.log(follow_ons * m) - gammaln(m - start + 1.0)
    return np.concatenate([np.zeros(start), np.exp(logs)])


def drift_moments(
    rate: float, lengths: Sequence[float], persistence: float, innovation: float, *, stationary: bool
) -> tuple[float, float]:
    """Mean and variance of a Poisson count whose log rate takes an AR(1) step between stages of these lengths.

    The factor exp(x - var / 2) has mean 1; two stages have the covariance exp(cov(x_i, x_j)) - 1 (a log-Gaussian Cox
    process, Moller et al. 1998). Not stationary: the first stage has x = 0.
    """
    days, k = np.asarray(lengths, float), np.arange(len(lengths))
    variance = np.full(len(k), innovation**2 / (1.0 - persistence**2))
    if not stationary:
        variance = variance * (1.0 - persistence ** (2.0 * k))
    covariance = persistence ** np.abs(np.subtract.outer(k, k)) * np.minimum.outer(variance, variance)
    means = rate * days
    return float(means.sum()), float(means.sum() + means @ np.expm1(covariance) @ means)


def law_of(transform: npt.NDArray[np.complex128]) -> Floats:
    """Probabilities from a generating function at the roots of unity exp(2 pi i j / M), j = 0 ... M - 1."""
    law = np.fft.fft(transform).real / len(transform)
    return np.maximum(law, 0.0)
