"""Made-up results for tests of what comes after playing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simcpec.economics.cost_lines import COST_LINES
from simcpec.model.modes import INSTRUMENTS, SETTINGS
from simcpec.model.outcome import CELL_COUNTS, CELL_OF_MODE, COHORT_COUNTS, PROVINCE_COUNTS
from simcpec.model.plan import Plan, Prices
from simcpec.results.records import Axes, ScenarioResult

MakeResult = Callable[..., ScenarioResult]


@pytest.fixture
def make_result() -> MakeResult:
    """Builds a result of Poisson counts: `make_result(seed=1, draws=1, replications=4, attacks=(3.0, 0.0), ...)`."""
    return made_result


def made_result(
    *,
    seed: int,
    draws: int = 1,
    replications: int = 4,
    attacks: tuple[float, ...] = (3.0, 0.0),
    exposure: tuple[float, ...] = (2000.0, 500.0),
    years: int = 2,
    **others: Any,
) -> ScenarioResult:
    """Attacks are Poisson per province in the whole run, put in one random cell each; other counts are too."""
    rng = np.random.default_rng(seed)
    lead, places, cohorts = (draws, replications), len(attacks), ("corridor", "scattered")
    cell = rng.poisson(2.0, (*lead, years, places, 2, 3, len(CELL_COUNTS))).astype(float)
    at = CELL_COUNTS.index("attacks")
    cell[..., at] = 0.0
    for p, mean in enumerate(attacks):
        counts = rng.poisson(mean, lead)
        cell[:, :, rng.integers(years), p, rng.integers(2), rng.integers(3), at] = counts
    cell[..., CELL_COUNTS.index("expected_breaches")] = rng.random(cell.shape[:-1]) / 3.0
    for name in ("deaths", "injured"):
        cell[..., CELL_COUNTS.index(f"expected_{name}")] = cell[..., CELL_COUNTS.index("expected_breaches")] * 2.5
    cohort = rng.poisson(5.0, (*lead, years, places, 2, len(COHORT_COUNTS))).astype(float)
    cohort[..., COHORT_COUNTS.index("wait_days")] = rng.random(cohort.shape[:-1]) / 7.0
    province = rng.poisson(9.0, (*lead, years, places, len(PROVINCE_COUNTS))).astype(float)
    fields: dict[str, Any] = {
        "slug": "made",
        "name": "Made up",
        "describes": "",
        "path": "made.yaml",
        "axes": Axes(
            provinces=("SIN", "BAL", "KP")[:places],
            province_labels=("Sindh", "Balochistan", "KP")[:places],
            cohorts=cohorts,
            settings=SETTINGS,
            modes=("any",),
            periods=tuple(str(2025 + y) for y in range(years)),
            period_days=(365.25,) * years,
        ),
        "cell": cell,
        "cohort": cohort,
        "mode": cell[..., list(CELL_OF_MODE)].sum((-3, -2))[..., None, :],
        "province": province,
        "plan": made_plan(years, places),
        "prices": made_prices(exposure),
        "costs": rng.random((*lead, years, places, len(COST_LINES))) * 1e6,
        "incident_basis": "attack",
        "resolved_yaml": "name: Made up\n",
        "settings_table": (),
        "failed": (),
        "digest": "0" * 64,
        "draw_numbers": tuple(range(draws)),
        "replication_numbers": np.tile(np.arange(replications), (draws, 1)),
    }
    return ScenarioResult(**{**fields, **others})


def made_plan(years: int, places: int) -> Plan:
    given = np.full((years, places, len(INSTRUMENTS)), 10_003, dtype=np.int64)
    return Plan(
        year_labels=tuple(str(2025 + y) for y in range(years)),
        year_fraction=np.ones(years),
        total=given.sum(axis=(1, 2)) + 2,
        given=given,
        spent=given - 1,
        units=np.ones_like(given),
        unallocated=np.full(years, 2, dtype=np.int64),
        payers=("sponsor",) * len(INSTRUMENTS),
        forces=("ssd",),
        force_payers=("federal",),
        force_cost=np.full((years, 1, places), 12_345, dtype=np.int64),
    )


def made_prices(exposure: tuple[float, ...]) -> Prices:
    return Prices(
        price_year=2024,
        discount_rate=0.0,
        outlay_per_day=np.ones(len(exposure)),
        delay_per_waiting_day=1.0,
        cancelled_movement=1.0,
        slow_down=0.0,
        compensation_per_death=1.0,
        direct_damage=1.0,
        carrying_rate=0.08,
        capital_per_province=np.ones(len(exposure)),
        stopped_share=0.15,
        outlay_elasticity=0.0,
        value_of_life=None,
        exposure=np.array(exposure),
    )
