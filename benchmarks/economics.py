"""Time of the economics of a large study, on made-up arrays: 500 draws, 20 replications, 4 policies, 30 parameters.

python benchmarks/economics.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from simcpec.analysis.economics.study_economics import decision_of
from simcpec.analysis.economics.study_information import Watched, evaluating, watching
from simcpec.analysis.economics.study_options import Sampled
from simcpec.economics.decision.cost_per_averted import cost_per_averted
from simcpec.economics.decision.loss_tails import loss_curve
from simcpec.economics.decision.options import Options
from simcpec.economics.instruments.shapley import orders_of, sampled_shapley
from simcpec.economics.value_of_information.partial import partial_information

DRAWS, REPLICATIONS, POLICIES, PARAMETERS = 500, 20, 4, 30
VALUES = [0.0, 1e6, 5e6, 2e7, 1e8]
Steps = dict[str, Callable[[], Any]]


def made_up(seed: int = 1) -> tuple[Options, Watched]:
    """A study in which three policies avert a growing share of attacks whose level is what draws differ in."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(4.0, 1.0, DRAWS)
    attacks = rng.poisson(level[:, None, None], (DRAWS, REPLICATIONS, POLICIES)) * np.array([1.0, 0.95, 0.9, 0.8])
    averted = Sampled(means=attacks.mean(axis=1), rows=attacks, counts=np.full(DRAWS, REPLICATIONS)).against(0)
    cost = np.tile([0.0, 4e6, 1e7, 3e7], (DRAWS, 1)) * rng.uniform(0.9, 1.1, (DRAWS, 1))
    spent = Sampled(means=cost, rows=np.repeat(cost[:, None], REPLICATIONS, axis=1), counts=averted.counts)
    names = tuple("abcd")
    of = Options(
        names=names, cost=cost, effect=averted.means, weights=np.full(DRAWS, 1 / DRAWS), current=0,
        cost_noise=spent.noise(spent), effect_noise=averted.noise(averted), cross_noise=spent.noise(averted),
        keys=tuple(f"world.p{k}" for k in range(PARAMETERS)),
        parameters=np.column_stack([level, rng.normal(size=(DRAWS, PARAMETERS - 1))]),
    )  # fmt: skip
    seen = Watched(
        names=names, current=0, cost=cost, effect=averted.means, rate=attacks.mean(axis=1),
        dispersion=np.full(POLICIES, 1.3), years=4.0,
    )  # fmt: skip
    return of, seen


def steps(of: Options, seen: Watched) -> Steps:
    """Every analysis by its name."""
    each = {key: (key,) for key in of.keys}
    groups = {"first": of.keys[:12], "all": of.keys}
    losses = np.random.default_rng(2).exponential(1e8, (DRAWS * REPLICATIONS, 4))
    return {
        "frontier, curves, plane": lambda: decision_of(of),
        "cost of a unit": lambda: cost_per_averted(of, "attack"),
        "tails of losses": lambda: [loss_curve(losses) for _ in range(POLICIES)],
        "thirty parameters": lambda: partial_information(of, VALUES, each),
        "two groups": lambda: partial_information(of, VALUES, groups),
        "wait and watch": lambda: watching(seen, VALUES, (1.0, 2.0, 3.0)),
        "evaluations": lambda: evaluating(seen, VALUES, (1.0, 2.0)),
        "overlap of forty": lambda: sampled_shapley(
            orders_of(40, 100), lambda subset: float(subset.bit_count() ** 0.5)
        ),
    }


def timed() -> dict[str, float]:
    """Seconds of processor time of every analysis."""
    found = {}
    for name, step in steps(*made_up()).items():
        start = time.process_time()
        step()
        found[name] = time.process_time() - start
    return found


if __name__ == "__main__":
    seconds = timed()
    for name, taken in seconds.items():
        print(f"{name:26}{taken:8.2f} s")
    print(f"{'all':26}{sum(seconds.values()):8.2f} s")
