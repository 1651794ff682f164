"""The scenario library and the figures pinned beside its files.

Refresh with a reason, which is kept with the figures:

    python -m tests.baselines.library --reason "the prior of the decay of compliance was lowered"
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, PROVINCE_COUNTS, Outcome
from simcpec.scenario import load
from simcpec.scenario.building.build import build

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NAMES = (
    "army-handover", "attack-modes", "base", "community-first", "escort-and-armour", "guards-first",
    "history-2021-2024", "hybrid-joint-security", "intelligence-first", "investor-confidence", "kp-security-plans",
    "modes-by-province", "own-guards", "procedures-and-audit", "technology-package", "two-groups",
)  # fmt: skip
REPLICATIONS, SEED = 100, 2024
COUNTS = ("plots", "foiled", "deterred", "attacks", "breaches", "deaths", "injured", "movements", "escorted", "arrests",
          "militant_deaths", "operations_routine", "stale", "recruits", "stoppage_days")  # fmt: skip


def path_of(name: str) -> Path:
    """The file of pinned figures beside a scenario."""
    return SCENARIOS / f"{name}.expected.json"


def summary(name: str) -> dict[str, Any]:
    """Means over some replications of what a scenario counts in its whole run, and its money in cents."""
    built = build(load(name))
    jobs = [Job(world=0, draw=0, replication=r) for r in range(REPLICATIONS)]
    outcomes = play_all([built.world], jobs, seed=SEED, engine="compiled")
    counts = {key: sum(_count(one, key) for one in outcomes if isinstance(one, Outcome)) for key in COUNTS}
    return {
        "scenario": name,
        "replications": REPLICATIONS,
        "seed": SEED,
        "counts_of_all_replications": counts,
        "cents": {
            "security_budget": int(built.plan.total.sum()),
            "forces": int(built.plan.force_cost.sum()),
            "levers": int(built.plan.lever_cost.sum()),
        },
    }


def _count(one: Outcome, name: str) -> float:
    for table, names in ((one.cell, CELL_COUNTS), (one.cohort, COHORT_COUNTS), (one.province, PROVINCE_COUNTS)):
        if name in names:
            return float(table[..., names.index(name)].sum())
    raise KeyError(name)


def refresh(reason: str) -> list[str]:
    """Write the figures of every scenario that moved, with the reason; returns the names of those."""
    return refreshed(NAMES, summary, path_of, reason)


def refreshed(
    names: Iterable[str], summarize: Callable[[str], dict[str, Any]], file_of: Callable[[str], Path], reason: str
) -> list[str]:
    """Write the figures of what moved, with the reason; returns its names."""
    moved = []
    for name in names:
        found, path = summarize(name), file_of(name)
        stored = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if {key: stored.get(key) for key in found} != found:
            moved.append(name)
            reasons = [*stored.get("reasons", []), reason]
            path.write_text(json.dumps(found | {"reasons": reasons}, indent=2) + "\n", encoding="utf-8")
    return moved


def main() -> None:
    """Refresh scenarios and studies: what moves one moves the other."""
    from tests.baselines import studies  # which needs this module

    parser = argparse.ArgumentParser(description="Refresh the pinned figures of the scenario library and its studies.")
    parser.add_argument("--reason", required=True, help="why figures move; kept with them")
    reason = parser.parse_args().reason
    print("\n".join([*refresh(reason), *studies.refresh(reason)]) or "nothing moved")


if __name__ == "__main__":
    main()
