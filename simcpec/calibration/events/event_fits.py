"""What a list of events says: severity, drift, dispersion of days, and follow-ons.

Severity is the hurdle law of the model, fitted by maximum likelihood. Follow-ons are those of a self-exciting process
of daily counts whose background steps every quarter: one that stands still would take a slow drift for excitation.
Intervals are those of the likelihood, 95 %, and know nothing of whether the list is like attacks on foreign nationals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from simcpec.calibration.events.event_list import Event
from simcpec.calibration.targets.monthly_table import MonthlyTable
from simcpec.model.world import Floats, Ints

QUARTER = 91  # days of a step of the background
BRANCHING = np.linspace(0.0, 0.8, 33)  # mean follow-ons of an event
DELAYS = (1.0, 3.0, 7.0, 14.0, 30.0)  # mean days
DROP = 1.92  # of a log likelihood, to the ends of an interval of 95 %
FEWEST = 50  # events that a fit needs


@dataclass(frozen=True, kw_only=True)
class EventEstimate:
    """One setting that a list speaks of, with its interval."""

    key: str
    value: float
    low: float
    high: float
    events: int


def monthly_of(events: Sequence[Event]) -> MonthlyTable:
    """Counts by month and province, from the month of the first event to that of the last."""
    numbers = [12 * year + month - 1 for year, month in (event.month for event in events)]
    first, last = min(numbers), max(numbers)
    provinces = tuple(sorted({event.province for event in events}))
    counts = np.zeros((len(provinces), last - first + 1), dtype=np.int64)
    for event, number in zip(events, numbers, strict=True):
        counts[provinces.index(event.province), number - first] += 1
    return MonthlyTable(provinces, (first // 12, first % 12 + 1), counts)


def severity(events: Sequence[Event]) -> tuple[EventEstimate, ...]:
    """The hurdle law: share without dead, and log mean and deviation of the others less one; () for too few."""
    from scipy.optimize import minimize
    from scipy.stats import beta

    dead = np.array([event.deaths for event in events if event.deaths is not None])
    some, count = dead[dead > 0], len(dead)
    if count < FEWEST or len(some) < FEWEST:
        return ()
    none = count - len(some)
    low, high = beta.ppf([0.025, 0.975], [none, none + 1], [len(some) + 1, len(some)]) if none else (0.0, 3.0 / count)

    def loss(at: Floats) -> float:
        return -_log_likelihood(some, float(at[0]), float(np.exp(at[1])))

    best = minimize(loss, np.array([0.0, 0.3]), method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-7})
    spread = np.sqrt(np.diag(np.linalg.inv(_curvature(loss, best.x))))
    mu, sigma = float(best.x[0]), float(np.exp(best.x[1]))
    return (
        EventEstimate(
            key="world.harm.foreign.zero", value=none / count, low=float(low), high=float(high), events=count
        ),
        EventEstimate(key="world.harm.foreign.mu", value=mu, low=mu - 1.96 * spread[0], high=mu + 1.96 * spread[0],
                 events=len(some)),
        EventEstimate(key="world.harm.foreign.sigma", value=sigma, low=sigma * np.exp(-1.96 * spread[1]),
                 high=sigma * np.exp(1.96 * spread[1]), events=len(some)),
    )  # fmt: skip


def _log_likelihood(dead: Ints, mu: float, sigma: float) -> float:
    """Of 1 + floor(exp(mu + sigma z))."""
    from scipy.special import ndtr

    with np.errstate(divide="ignore"):
        below = ndtr((np.log(dead - 1.0) - mu) / sigma)
    chance = ndtr((np.log(dead.astype(np.float64)) - mu) / sigma) - below
    return float(np.log(np.maximum(chance, 1e-300)).sum())


def _curvature(loss, at: Floats) -> Floats:  # type: ignore[no-untyped-def]
    step, found = 1e-3, np.zeros((len(at), len(at)))
    for i in range(len(at)):
        for j in range(len(at)):
            one, two = np.eye(len(at))[i] * step, np.eye(len(at))[j] * step
            found[i, j] = loss(at + one + two) - loss(at + one - two) - loss(at - one + two) + loss(at - one - two)
    return found / (4.0 * step**2)


def follow_ons(events: Sequence[Event]) -> EventEstimate | None:
    """Mean follow-ons of an event in its own province, whatever their delay; None for too few days."""
    series = daily(events)
    total = sum(int(each.sum()) for each in series)
    if total < FEWEST:
        return None
    logs = np.array([[sum(excited(each, n, delay) for each in series) for delay in DELAYS] for n in BRANCHING.tolist()])
    profile = logs.max(axis=1)
    inside = BRANCHING[profile >= profile.max() - DROP]
    return EventEstimate(
        key="world.threat.excitation.follow_ons", value=float(BRANCHING[int(profile.argmax())]),
        low=float(inside.min()), high=float(inside.max()) + float(BRANCHING[1]) / 2.0, events=total,
    )  # fmt: skip


def daily(events: Sequence[Event]) -> list[Ints]:
    """Counts of every day by province, over the days of the whole list."""
    by_code: dict[str, list[date]] = defaultdict(list)
    for event in events:
        if event.day is not None:
            by_code[event.province].append(event.day)
    days = [day for listed in by_code.values() for day in listed]
    if not days:
        return []
    first, length = min(days), (max(days) - min(days)).days + 1
    return [np.bincount([(day - first).days for day in listed], minlength=length) for listed in by_code.values()]


def excited(counts: Ints, branching: float, delay: float) -> float:
    """Log likelihood of daily counts: Poisson about a background by quarter and what earlier days bring.

    The background of a quarter is the one that gives back its number of events.
    """
    fade = np.exp(-1.0 / delay)
    weights = (1.0 - fade) * fade ** np.arange(int(8.0 * delay) + 1)
    brought = branching * np.concatenate([[0.0], np.convolve(counts, weights)[: len(counts) - 1]])
    quarter = np.arange(len(counts)) // QUARTER
    days = np.bincount(quarter)
    background = np.maximum((np.bincount(quarter, counts) - np.bincount(quarter, brought)) / days, 1e-6)
    mean = background[quarter] + brought
    return float((counts * np.log(mean) - mean).sum())


def same_day(events: Sequence[Event]) -> float:
    """Variance over mean of daily counts about the mean of their quarter, all provinces together."""
    above, mean = 0.0, 0.0
    for counts in daily(events):
        quarter = np.arange(len(counts)) // QUARTER
        level = (np.bincount(quarter, counts) / np.bincount(quarter))[quarter]
        above, mean = above + float(((counts - level) ** 2).sum()), mean + float(level.sum())
    return above / max(mean, 1e-12)


def sets_of(estimates: Sequence[EventEstimate]) -> tuple[str, ...]:
    """``key=value`` for the scenario that is calibrated: ranges of the list in the place of those of the catalogue."""
    found = []
    for one in estimates:
        unit, scale = (" %", 100.0) if one.key.endswith(".zero") else ("", 1.0)
        low, value, high = (f"{scale * x:.6g}{unit}" for x in (one.low, one.value, one.high))
        said = f"value: {value}, low: {low}, high: {high}, law: triangular, grade: C, source: own list of events"
        found.append(f"{one.key}={{{said}}}")
    return tuple(found)
