"""Output analysis on a test bed with a known answer: the first 25 delays of an M/M/1 queue, and half-widths of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simcpec.analysis.estimates import estimate
from simcpec.model.events import KIND_DEPART, KIND_MOVEMENT
from simcpec.model.world import Floats
from simcpec.verification.theory.finding import Claim, Finding, mean_finding, share_finding
from simcpec.verification.theory.simulate import TheorySimulator

SCENARIO = "theory/first-delays"
ARRIVALS, SERVICE, CUSTOMERS, PROVINCES = 1.0, 0.9, 25, 8  # a day, days, first of them
GROUP = 10  # replications behind one half-width (Law 2015, table 9.1)
SIMULATED = 400_000  # experiments behind the coverage that is simulated here


def claim(name: str, formula: str, unit: str) -> Claim:
    """A claim of this family."""
    return Claim(family="output-analysis", name=name, formula=formula, unit=unit, scenario=SCENARIO)


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """Delays of the first customers, and how often a half-width of ten replications covers their mean."""
    delays = np.concatenate([first_delays(trace) for trace in stage.traces(SCENARIO, replications=2200)])
    found, law = delays.mean(axis=1), numbers_met(ARRIVALS, SERVICE, CUSTOMERS)
    ahead = law @ np.arange(law.shape[1])
    truth = SERVICE * float(ahead.mean())
    formula = "service x mean number met, by the chain at arrivals (Kelton, Law 1985); 2.12 in Law (2015)"
    yield mean_finding(found, truth, claim("mean delay of the first 25", formula, "days"))
    about = claim("mean delay of the 25th", formula, "days")
    yield mean_finding(delays[:, -1], SERVICE * float(ahead[-1]), about, tolerance=0.03)
    formula = "P(nobody met), by the chain at arrivals (Kelton, Law 1985)"
    about = claim("share without delay", formula, "1")
    yield mean_finding((delays == 0.0).mean(axis=1), float(law[:, 0].mean()), about)
    yield coverage(found, truth)


def coverage(values: Floats, truth: float) -> Finding:
    """How often the half-width of ten replications covers the true mean: less than 95 %, as delays are skewed."""
    groups = values[: len(values) // GROUP * GROUP].reshape(-1, 1, GROUP)
    found = [estimate(group) for group in groups]
    hits = sum(one.half_width is not None and abs(one.mean - truth) <= one.half_width for one in found)
    expected = lindley_coverage(truth)
    formula = f"{SIMULATED:,} experiments of Lindley's (1952) recursion, drawn here with numpy's generator"
    error = float(np.sqrt(expected * (1.0 - expected) / SIMULATED))
    about = claim("coverage of the 95 % half-width of ten", formula, "1")
    return share_finding(hits, len(groups), expected, about, tolerance=0.03, truth_error=error)


def first_delays(trace: np.ndarray) -> Floats:
    """(P, 25) days that the first movements of each province waited for their escort."""
    found = np.empty((PROVINCES, CUSTOMERS))
    for p in range(PROVINCES):
        rows = trace[(trace["province"] == p) & (trace["entity"] < CUSTOMERS)]
        wanted, left = (np.sort(rows[rows["kind"] == kind], order="entity") for kind in (KIND_MOVEMENT, KIND_DEPART))
        found[p] = (left["tick"] - wanted["tick"]) / 86_400_000_000
    return found


def numbers_met(arrivals: float, service: float, customers: int) -> Floats:
    """(customers, customers) P(customer i meets n in an M/M/1 queue that starts empty), i from the first.

    Between two arrivals the server completes k customers with probability r^k (1 - r), r = mu / (lambda + mu), as long
    as there are any.
    """
    served = (1.0 / service) / (arrivals + 1.0 / service)
    law = np.zeros((customers, customers))
    law[0, 0] = 1.0
    for i in range(1, customers):
        for n in range(i):  # the one before met n: with it there are n + 1
            left = np.arange(1, n + 2)
            law[i, 1 : n + 2] += law[i - 1, n] * (1.0 - served) * served ** (n + 1 - left)
            law[i, 0] += law[i - 1, n] * served ** (n + 1)
    return law


def lindley_coverage(truth: float) -> float:
    """Coverage of the Student interval of ten means of 25 delays, by simulation apart from the package's streams."""
    from scipy import stats

    rng = np.random.default_rng(25)
    hits, part = 0, SIMULATED // 20
    for _ in range(20):
        delay, total = np.zeros((part, GROUP)), np.zeros((part, GROUP))
        for _customer in range(CUSTOMERS - 1):
            delay += rng.exponential(SERVICE, delay.shape) - rng.exponential(1.0 / ARRIVALS, delay.shape)
            np.maximum(delay, 0.0, out=delay)
            total += delay
        means = total / CUSTOMERS
        half = stats.t.isf(0.025, GROUP - 1) * means.std(axis=1, ddof=1) / np.sqrt(GROUP)
        hits += int((np.abs(means.mean(axis=1) - truth) <= half).sum())
    return hits / SIMULATED
