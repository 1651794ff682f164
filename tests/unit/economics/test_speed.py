"""Economics of a large study take seconds: 500 draws, 20 replications, 4 policies, all analyses."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import numpy as np
import pytest

from simcpec.analysis.economics.study_economics import study_economics
from simcpec.analysis.economics.study_information import evaluating, partial_of, watched, watching
from simcpec.analysis.economics.study_options import Basis
from simcpec.results.records import Parameters
from tests.support import studies

LONG = os.environ.get("SIMCPEC_ECONOMICS") == "1"  # all thirty parameters and two groups of them: five seconds more


def test_a_large_study_is_appraised_within_ten_seconds() -> None:
    """Processor time, so that a busy machine does not fail it; the short form has a tenth of the parameters."""
    pytest.importorskip("sklearn", reason="the extra uq is not installed")
    count = 30 if LONG else 3
    base = studies.result(draws=500, replications=20)
    drawn = Parameters(keys=tuple(f"world.p{k}" for k in range(count)), units=("",) * count,
                       values=np.random.default_rng(1).normal(size=(500, count)))  # fmt: skip
    results = [replace(base, parameters=drawn)]
    for name, share, factor in (("Two", 0.02, 0.9), ("Three", 0.03, 0.8), ("Four", 0.04, 0.6)):
        cell = np.floor(base.cell * factor)
        results.append(replace(base, name=name, cell=cell, costs=base.costs * (1.0 + share), parameters=drawn))
    study, basis = studies.study(*results), Basis(effect="deaths", discount_costs=0.05, discount_effects=0.015)
    start = time.process_time()
    found = study_economics(study, basis)
    values = found.decision.curves.values.tolist()[:5]
    known = partial_of(found.decision.options, values, ["each"])
    groups = partial_of(found.decision.options, values, ["world", "world.p0"]) if LONG else ()
    seen = watched(study, basis, found.decision.options.names)
    counted = (*watching(seen, values, (1.0, 2.0)), *evaluating(seen, values, (1.0,)))
    taken = time.process_time() - start
    assert taken < 10.0, f"{taken:.1f} s"
    assert (len(known), len(groups), len(counted)) == (count, 2 if LONG else 0, 5 * len(values))
    assert len(found.losses) == 4 and found.losses[0] is not None and found.losses[0].years == 20_000
