"""Laws of the deaths of one breach, and compound Poisson sums of them: mean, variance, distribution and tail."""

from __future__ import annotations

import numpy as np

from simcpec.model.world import Floats


def hurdle(sizes: Floats, zero: float) -> Floats:
    """(N,) probabilities of 0 with probability `zero`, else of what `sizes` says."""
    mixed = (1.0 - zero) * sizes
    mixed[0] += zero
    return mixed


def lognormal_sizes(mu: float, sigma: float, cap: int, *, shift: int) -> Floats:
    """(cap + 1,) probabilities of min(cap, shift + floor(X)), ln X normal with mean `mu` and deviation `sigma`."""
    from scipy import stats

    return _floored(stats.lognorm(sigma, scale=np.exp(mu)).sf(np.arange(cap + 2.0)), cap, shift)


def injured_sizes(deaths: Floats, means: Floats, size: float, *, most: int = 2000) -> Floats:
    """(most,) probabilities of the injured of one breach: negative binomial of `size` with the mean of its deaths."""
    from scipy import stats

    n = np.arange(most)
    parts = (stats.nbinom(size, size / (size + mean)).pmf(n) for mean in means)
    return np.asarray(sum(share * part for share, part in zip(deaths, parts, strict=True)))


def thinned_sizes(sizes: Floats, kept: float) -> Floats:
    """Probabilities of a binomial number of the persons in `sizes`, each kept with probability `kept`."""
    from scipy import stats

    n = np.arange(len(sizes))
    return np.asarray(sum(share * stats.binom(number, kept).pmf(n) for number, share in enumerate(sizes)))


def mean_injured_within(deaths: Floats, means: Floats, size: float, present: int) -> float:
    """Mean of min(I, present - X), I negative binomial of `size` with the mean of its deaths X, over both laws."""
    from scipy import stats

    n = np.arange(2000)
    parts = (
        float(np.dot(np.minimum(n, present - dead), stats.nbinom(size, size / (size + mean)).pmf(n)))
        for dead, mean in enumerate(means)
    )
    return float(sum(share * part for share, part in zip(deaths, parts, strict=True)))


def power_sizes(exponent: float, start: float, cap: int) -> Floats:
    """(cap + 1,) probabilities of min(cap, floor(X)), X Pareto with density ~ x^-exponent from `start` on."""
    from scipy import stats

    return _floored(stats.pareto(exponent - 1.0, scale=start).sf(np.arange(cap + 2.0)), cap, 0)


def discrete_power_sizes(exponent: float, start: int, cap: int) -> Floats:
    """(cap + 1,) probabilities of min(cap, N), P(N = n) = n^-exponent / (zeta(exponent) - sum below start)."""
    from scipy.special import zeta

    n = np.arange(1.0, cap)
    parts = n**-exponent * (n >= start) / (zeta(exponent) - float(np.sum(np.arange(1.0, start) ** -exponent)))
    return np.concatenate([[0.0], parts, [1.0 - float(parts.sum())]])


def _floored(survival: Floats, cap: int, shift: int) -> Floats:
    """Probabilities of min(cap, shift + floor(X)) from P(X >= k), k = 0, 1, ..."""
    found = np.zeros(cap + 1)
    parts = survival[:-1] - survival[1:]
    found[shift:] = parts[: cap + 1 - shift]
    found[cap] += 1.0 - found.sum()
    return found


def moment(sizes: Floats, power: int) -> float:
    """E X^power."""
    return float(np.dot(np.arange(len(sizes), dtype=np.float64) ** power, sizes))


def compound_poisson(mean: float, sizes: Floats, *, length: int = 1 << 13) -> Floats:
    """(length,) probabilities of the sum of a Poisson number of independent sizes, P(S = n).

    By Fourier transform of the generating function exp(mean (G(z) - 1)) (Grubel and Hermesmeier 1999); `length` is so
    long that what lies beyond it does not count.
    """
    transformed = np.exp(mean * (np.fft.rfft(sizes, length) - 1.0))
    return np.clip(np.fft.irfft(transformed, length), 0.0, None)


def panjer(mean: float, sizes: Floats, *, length: int) -> Floats:
    """(length,) the same by Panjer's (1981) recursion: a check of `compound_poisson`."""
    found = np.zeros(length)
    found[0] = np.exp(mean * (sizes[0] - 1.0))
    for n in range(1, length):
        j = np.arange(1, min(n, len(sizes) - 1) + 1)
        found[n] = mean / n * float(np.dot(j * sizes[j], found[n - j]))
    return found


def discrete_tail(probabilities: Floats, level: float) -> tuple[int, float]:
    """Value at risk and tail value at risk of a law on 0, 1, 2, ...

    VaR is the smallest n with P(S <= n) >= level; TVaR = (E[S; S > VaR] + VaR (P(S <= VaR) - level)) / (1 - level): the
    atom at VaR is split (Acerbi and Tasche 2002).
    """
    gone, n = np.cumsum(probabilities), np.arange(len(probabilities))
    var = int(np.argmax(gone >= level))
    beyond = float(np.dot(n[var + 1 :], probabilities[var + 1 :]))
    return var, (beyond + var * (float(gone[var]) - level)) / (1.0 - level)
