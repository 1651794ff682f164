"""From starting Python to the first result: with an empty cache of compiled code, and with a filled one."""

from __future__ import annotations

import statistics
import tempfile

from benchmarks.measure import Row, in_process

PART = "from starting Python to the first replication"
FIRST_RESULT = """
import sys
from simcpec.engines.compiled import simulate
from simcpec.scenario import load
from simcpec.scenario.building.build import build
outcome = simulate(build(load(sys.argv[1])).world, seed=2024, draw=0, replication=0)
print(outcome.province.sum())
"""


def rows(scenario: str, *, rounds: int) -> list[Row]:
    """Each round has an empty cache of its own: one cold start, then a cached one."""
    cold: list[float] = []
    cached: list[float] = []
    answers: set[str] = set()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            for starts in (cold, cached):
                answer, taken = in_process(FIRST_RESULT, scenario, SIMCPEC_CACHE=cache)
                starts.append(taken)
                answers.add(answer)
    if len(answers) != 1:
        raise RuntimeError(f"the same replication gave {len(answers)} results")
    compared = statistics.median(a / b for a, b in zip(cold, cached, strict=True))
    return [
        Row(part=PART, what=f"{scenario}: cold : cached", ratio=compared, value=statistics.median(cold), unit="s cold"),
        Row(part=PART, what=f"{scenario}: cached", value=statistics.median(cached), unit="s"),
    ]
