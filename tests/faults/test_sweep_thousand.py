"""A study killed and resumed, on one worker, in other chunks, in another order and on Dask has the bytes of one run.

The long form, SIMCPEC_SOAK=1 with -o faulthandler_timeout=3600 -s, takes 1,000 points of 64 replications and prints a
digest of all that each way leaves.
"""

from __future__ import annotations

import os

import pytest

from benchmarks import sweeps

SOAK = os.environ.get("SIMCPEC_SOAK") == "1"
POINTS, REPLICATIONS = (1000, 64) if SOAK else (16, 8)


def test_every_way_to_simulate_a_study_leaves_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    if not SOAK:
        monkeypatch.setattr(sweeps, "find_spec", lambda name: None)  # `test_sweep_cluster` has one on Dask
    rows = sweeps.alike(POINTS, REPLICATIONS)
    print("", *(f"{row.what}: {row.note}" for row in rows), sep="\n")
    assert len(rows) == (5 if SOAK else 4)
    assert {row.note for row in rows} == {"the same bytes"}
    killed = next(row.what for row in rows if "killed with" in row.what)
    assert 0 < int(killed.split("killed with ")[1].split(" ")[0].replace(",", "")) < POINTS
