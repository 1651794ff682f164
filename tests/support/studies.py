"""Small studies with made-up Poisson counts, for tests of what the reader sees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from simcpec.economics.cost_lines import COST_LINES
from simcpec.model.modes import INSTRUMENTS, SETTINGS
from simcpec.model.outcome import CELL_COUNTS, CELL_OF_MODE, COHORT_COUNTS, PROVINCE_COUNTS
from simcpec.model.plan import Plan, Prices
from simcpec.results.failure import Failure
from simcpec.results.records import Axes, Change, FailedReplication, ScenarioResult, Setting, Study

CODES = ("SIN", "BAL", "AJK")
LABELS = ("Sindh", "Balochistan", "Azad Jammu & Kashmir")
MEANS = (2.0, 1.0, 0.0)  # attacks a year; nothing ever happens in the last
URDU = "سندھ میں پہرے دار"
#: names that a page, a figure and a spreadsheet must print as they are
NAMES = (
    "Plain", URDU, "<b>bold</b> & <script>alert(1)</script>", "costs $x^2$ and $y", "A long name " * 20,
    "=HYPERLINK(\"x\")", "Onelongword" * 15, "  two  spaces ", "+1 %",
)  # fmt: skip


def result(
    *,
    name: str = "Plain",
    share: float = 0.01,
    factor: float = 1.0,
    seed: int = 7,
    draws: int = 1,
    replications: int = 6,
    days: tuple[float, ...] = (365.0, 365.0),
    **others: Any,
) -> ScenarioResult:
    """Attacks are the first `factor` of the same marked points for equal seeds: a smaller factor never has more."""
    rng = np.random.default_rng(seed)
    lead = (draws, replications, len(days), len(CODES))
    cell = np.zeros((*lead, 2, 3, len(CELL_COUNTS)))
    mean = np.array(MEANS)[None, :, None, None] * np.array(days)[:, None, None, None] / 365.25 / 6
    points = rng.poisson(np.broadcast_to(mean, cell.shape[:-1]))
    marks = rng.random((*cell.shape[:-1], max(1, int(points.max()))))
    happens = (marks < factor) & (np.arange(marks.shape[-1]) < points[..., None])
    cell[..., CELL_COUNTS.index("attacks")] = happens.sum(-1)
    cell[..., CELL_COUNTS.index("breaches")] = (happens & (marks < 0.6 * factor)).sum(-1)
    cell[..., CELL_COUNTS.index("expected_breaches")] = 0.6 * happens.sum(-1)
    cell[..., CELL_COUNTS.index("deaths")] = 2.0 * (happens & (marks < 0.3 * factor)).sum(-1)
    cell[..., CELL_COUNTS.index("foiled")] = points - happens.sum(-1)
    province = np.zeros((*lead, len(PROVINCE_COUNTS)))
    province[..., PROVINCE_COUNTS.index("operations_routine")] = rng.poisson(1000.0, lead)
    province[..., PROVINCE_COUNTS.index("arrests")] = rng.poisson(160.0, lead)
    province[..., PROVINCE_COUNTS.index("militant_deaths")] = rng.poisson(25.0, lead)
    money = plan(share, len(days))
    costs = np.zeros((*lead, len(COST_LINES)))
    costs[..., COST_LINES.index("security_spending")] = money.spent.sum(2)[None, None] / 100
    costs[..., COST_LINES.index("direct_damage")] = 2e6 * cell[..., CELL_COUNTS.index("breaches")].sum((-1, -2))
    fields: dict[str, Any] = {
        "slug": "made",
        "name": name,
        "describes": "Made up for a test.",
        "path": "made.yaml",
        "axes": Axes(
            provinces=CODES,
            province_labels=LABELS,
            cohorts=("corridor", "scattered"),
            settings=SETTINGS,
            modes=("any",),
            periods=tuple(str(2025 + t) for t in range(len(days))),
            period_days=days,
        ),
        "cell": cell,
        "cohort": np.zeros((*lead, 2, len(COHORT_COUNTS))),
        "mode": cell[..., list(CELL_OF_MODE)].sum((-3, -2))[..., None, :],
        "province": province,
        "plan": money,
        "prices": prices(),
        "costs": costs,
        "incident_basis": "attack",
        "resolved_yaml": "name: made\n",
        "settings_table": settings(share),
        "failed": (),
        "digest": "0" * 64,
        "draw_numbers": tuple(range(draws)),
        "replication_numbers": np.tile(np.arange(replications), (draws, 1)),
    }
    return ScenarioResult(**{**fields, **others})


def plan(share: float, years: int) -> Plan:
    """Cents that do not divide evenly, so that something stays unspent and something unallocated."""
    total = round(share * 2_520_000_000_00) + 5
    weights = np.outer([5, 3, 2], [52, 14, 10, 9, 7, 5, 3]) / 1000
    given = np.floor(total * weights).astype(np.int64)
    unit = np.array([6350, 250_000, 120_000, 50_000, 90_000, 20_000, 30_000]) * 100
    units = given // unit
    return Plan(
        year_labels=tuple(str(2025 + y) for y in range(years)),
        year_fraction=np.ones(years),
        total=np.full(years, total, dtype=np.int64),
        given=np.repeat(given[None], years, axis=0),
        spent=np.repeat((units * unit)[None], years, axis=0),
        units=np.repeat(units[None], years, axis=0),
        unallocated=np.full(years, total - given.sum(), dtype=np.int64),
        payers=("sponsor",) * len(INSTRUMENTS),
        forces=("ssd", "police"),
        force_payers=("federal", "province"),
        force_cost=np.full((years, 2, len(CODES)), 12_345_67, dtype=np.int64),
    )


def prices() -> Prices:
    return Prices(
        price_year=2024,
        discount_rate=0.0,
        outlay_per_day=np.ones(len(CODES)),
        delay_per_waiting_day=1.0,
        cancelled_movement=1.0,
        slow_down=0.0,
        compensation_per_death=1.0,
        direct_damage=2e6,
        carrying_rate=0.08,
        capital_per_province=np.ones(len(CODES)),
        stopped_share=0.15,
        outlay_elasticity=0.0,
        value_of_life=None,
        exposure=np.array([2590.0, 1270.0, 1640.0]),
    )


def settings(share: float) -> tuple[Setting, ...]:
    def one(key: str, value: str, unit: str, source: str, grade: str, entry: str) -> Setting:
        return Setting(key=key, value=value, unit=unit, changed=False, source=source, grade=grade, catalogue_id=entry)

    return (
        one("policy.security_share.share", f"{100 * share:g}", "%", "NEPRA 2017", "C", "budget.rule.share"),
        one("world.displacement.lambda", "1", "", "own judgement", "D", ""),
        one("world.provinces.SIN.plots", "4.1", "/year", "NACTA 2024", "C", "attacks.sindh"),
        one("run.seed", "7", "", "", "", ""),
    )


def study(*results: ScenarioResult, baseline: int | None = 0, **others: Any) -> Study:
    """The results under slugs of their own, with the change of the share where it differs from the baseline."""
    marked = tuple(replace(each, slug=f"s{i}") for i, each in enumerate(results))
    base = marked[0 if baseline is None else baseline]
    fields: dict[str, Any] = {
        "scenarios": marked,
        "baseline": baseline,
        "changes": tuple(_changes(each, base) for each in marked),
        "seed": 0,
        "engine": "reference",
        "command": "simcpec compare a.yaml b.yaml --baseline a --seed 0",
        "software": {"simcpec": "0.1.0", "numpy": "2.0.0"},
        "draws": marked[0].cell.shape[0],
        "replications": marked[0].cell.shape[1],
    }
    return Study(**{**fields, **others})


def _changes(each: ScenarioResult, base: ScenarioResult) -> tuple[Change, ...]:
    old, new = (one.settings_table[0] for one in (base, each))
    if old.value == new.value:
        return ()
    money = [float(one.plan.total[0]) / 100 for one in (base, each)]
    return (
        Change(
            key=old.key,
            old=f"{old.value} %",
            new=f"{new.value} %",
            usd_per_year_old=money[0],
            usd_per_year_new=money[1],
        ),
    )


def pair(*, replications: int = 40, draws: int = 1, factor: float = 0.5) -> Study:
    """One per cent as baseline A, two per cent with fewer attacks as B."""
    base = result(name="One percent", replications=replications, draws=draws)
    return study(base, result(name="Two percent", share=0.02, factor=factor, replications=replications, draws=draws))


def of_all_names(*, draws: int = 2) -> Study:
    """A scenario for every difficult name; the last one is a copy of the first."""
    found = [result(name=name, factor=1 - 0.1 * i, draws=draws) for i, name in enumerate(NAMES)]
    return study(*found, replace(found[0], name="Copy"))


def hard_ones() -> dict[str, Study]:
    """Studies at the edges: what a report must print without nan, warning or fault."""
    quiet = result(factor=0.0)
    return {
        "one scenario, one replication, one day": study(result(replications=1, days=(1.0,)), baseline=None),
        "two identical": study(result(), result(name="Copy")),
        "nothing happens": study(quiet, result(name="Something", factor=0.3)),
        "nothing happens anywhere": study(quiet, replace(quiet, name="Neither")),
        "zero share": study(result(), result(name="No money", share=0.0)),
        "one replication a draw": study(result(draws=3, replications=1), result(draws=3, replications=1, factor=0.4)),
        "twelve": study(
            *(result(name=f"Number {i}", factor=1 - i / 20, replications=3) for i in range(12)), baseline=3
        ),
        "months": study(result(days=(30.4375,) * 30, replications=3), baseline=None),
        "names": of_all_names(),
    }


def failed(error: str, replay: str) -> FailedReplication:
    return FailedReplication(draw=0, replication=3, failure=Failure("EngineError", error), replay=replay)
