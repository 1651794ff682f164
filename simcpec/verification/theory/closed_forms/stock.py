"""Known laws of a stock of persons: birth and death with immigration, backlash, and any finite birth-death chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simcpec.verification.theory.closed_forms.births import law_of

Floats = npt.NDArray[np.float64]
_EXACT = {"rtol": 1e-10, "atol": 1e-12, "method": "DOP853"}
Rate = Callable[[int], float]


def birth_death_law(start: int, inflow: float, birth: float, death: float, days: float, *, most: int) -> Floats:
    """(most,) probabilities of a stock of 0, 1, ... after `days` of birth and death per head, and inflow.

    With E = exp((b - d) t),  a = d (E - 1) / (b E - d),  c = b (E - 1) / (b E - d)  the generating function is
    ((a + (1 - a - c) z) / (1 - c z))^start ((1 - c) / (1 - c z))^(inflow / b)   (Kendall 1948).
    birth, death : different, both above 0.
    """
    grown = np.exp((birth - death) * days)
    a, c = (rate * (grown - 1.0) / (birth * grown - death) for rate in (death, birth))
    z = np.exp(2j * np.pi * np.arange(most) / most)
    ancestors = ((a + (1.0 - a - c) * z) / (1.0 - c * z)) ** start
    return law_of(ancestors * ((1.0 - c) / (1.0 - c * z)) ** (inflow / birth))


@dataclass(frozen=True, kw_only=True)
class BacklashChain:
    """A linear network whose operations remove in proportion to the stock, and provoke recruits.

    Per day, or per operation at the starting stock; `delay` in days is the mean of each provoked recruit's own.
    """

    start: float
    inflow: float
    birth: float
    death: float
    operations: float = 0.0
    first: float = 0.0  # day of the first operation
    killed: float = 0.0
    arrested: float = 0.0
    per_death: float = 0.0
    per_arrest: float = 0.0
    delay: float = 1.0

    @property
    def removed(self) -> float:
        """Mean removed by an operation, per head of the stock."""
        return (self.killed + self.arrested) / self.start

    @property
    def provoked(self) -> float:
        """Mean recruits that an operation provokes, per head of the stock."""
        return (self.killed * self.per_death + self.arrested * self.per_arrest) / self.start

    @property
    def growth(self) -> float:
        """Sign and, for a short delay, size of the growth per head and day: recruits less losses, with backlash."""
        return self.birth - self.death + self.operations * (self.provoked - self.removed)


@dataclass(frozen=True, kw_only=True)
class Stock:
    """Moments at the end: of the stock, of recruits on their way, of the stock's integral; and recruits by backlash."""

    mean: float
    variance: float
    pending: float
    retaliations: float
    area: float
    area_variance: float


def backlash_moments(world: BacklashChain, days: float) -> Stock:
    """Mean and variance of the stock N after `days`, with recruits B on their way and the integral S of N.

    A linear system:  (N, B, S)' = A (N, B, S) + (inflow, 0, 0) in the mean, and C' = A C + C A' + Q for the covariance,
    Q the second moments of the jumps: recruit, exit, retaliation (1, -1), operation (-K, R) with K of mean k N and R
    Poisson given the K, so E K^2 = k N + (k N)^2, E K R = r N + k r N^2, E R^2 = (r + s) N + (r N)^2
    (van Kampen 2007, ch. VII; the delay as a linear chain: MacDonald 1978). Exact while nobody is removed from nothing.
    """
    from scipy.integrate import solve_ivp

    y = np.concatenate([[world.start, 0.0, 0.0], np.zeros(9), [0.0]])
    for begin, end, rate in ((0.0, world.first, 0.0), (world.first, days, world.operations)):
        if end > begin:
            y = solve_ivp(_slope, (begin, end), y, args=(world, rate), **_EXACT).y[:, -1]
    covariance = y[3:12].reshape(3, 3)
    return Stock(
        mean=float(y[0]),
        variance=float(covariance[0, 0]),
        pending=float(y[1]),
        retaliations=float(y[12]),
        area=float(y[2]),
        area_variance=float(covariance[2, 2]),
    )


def _slope(_: float, y: Floats, world: BacklashChain, operations: float) -> Floats:
    mean, covariance = y[:3], y[3:12].reshape(3, 3)
    removed, provoked, back = world.removed, world.provoked, 1.0 / world.delay
    squared = (world.killed * world.per_death**2 + world.arrested * world.per_arrest**2) / world.start
    pull = np.array([
        [world.birth - world.death - operations * removed, back, 0.0],
        [operations * provoked, -back, 0.0],
        [1.0, 0.0, 0.0],
    ])  # fmt: skip
    n, returning, nn = mean[0], mean[1] * back, covariance[0, 0] + mean[0] ** 2
    noise = np.zeros((3, 3))
    flow = world.inflow + (world.birth + world.death) * n + returning
    noise[0, 0] = flow + operations * (removed * n + removed**2 * nn)
    noise[0, 1] = noise[1, 0] = -returning - operations * (provoked * n + removed * provoked * nn)
    noise[1, 1] = returning + operations * ((provoked + squared) * n + provoked**2 * nn)
    drift = pull @ mean + np.array([world.inflow, 0.0, 0.0])
    return np.concatenate([drift, (pull @ covariance + covariance @ pull.T + noise).ravel(), [returning]])


# ------------------------------------------------------------------------------------------------ finite chains


def chain(birth: Rate, death: Rate, *, most: int) -> Floats:
    """(most + 1, most + 1) generator of a birth-death chain on 0 ... most; births at the last state are left out."""
    up = np.array([birth(n) for n in range(most)])
    down = np.array([death(n) for n in range(1, most + 1)])
    rates = np.diag(up, 1) + np.diag(down, -1)
    return rates - np.diag(rates.sum(axis=1))


def chain_law(generator: Floats, start: int, days: float) -> tuple[Floats, float]:
    """Law of a finite chain after `days`, and the mean of its integral over them, by the matrix exponential.

    The integral of the law comes from a second block of the matrix (Van Loan 1978).
    """
    from scipy.linalg import expm

    size = len(generator)
    both = np.zeros((2 * size, 2 * size))
    both[:size, :size], both[:size, size:] = generator, np.eye(size)
    moved = expm(both * days)[start]
    return moved[:size], float(moved[size:] @ np.arange(size))


def chain_balance(birth: Rate, death: Rate, *, most: int) -> Floats:
    """Stationary law of a birth-death chain by detailed balance: p(n) ~ prod birth(k - 1) / death(k)."""
    logs = np.concatenate([[0.0], np.cumsum([np.log(birth(n - 1) / death(n)) for n in range(1, most + 1)])])
    law = np.exp(logs - logs.max())
    return np.asarray(law / law.sum())


def fixed_points(birth: Rate, death: Rate, *, most: int) -> list[int]:
    """Stocks at which the mean drift changes its sign: n where birth - death has different signs at n and n + 1."""
    drift = np.array([birth(n) - death(n) for n in range(most + 1)])
    return [int(n) for n in np.flatnonzero(np.sign(drift[:-1]) * np.sign(drift[1:]) < 0)]
