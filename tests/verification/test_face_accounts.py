"""Face validity: accounts to the cent whoever pays, posts that change hands, guards on loan within the reserve."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest

from simcpec.economics.costs import Account, accounts, by_period, check_accounts
from simcpec.model import events
from simcpec.model.modes import INSTRUMENTS
from simcpec.model.plan import Plan
from simcpec.scenario.building import forces
from simcpec.scenario.building.build import TICKS_PER_DAY, BuiltScenario
from simcpec.scenario.building.context import BuildContext, build_context
from simcpec.scenario.building.forces import forces_at, guarded
from simcpec.scenario.building.levers.lever_effects import taken_over
from simcpec.scenario.building.scenario_reader import ScenarioReader
from tests.support.built import forget
from tests.support.levers import DAYS, START, drawn, loaded, settled
from tests.verification.validity import traces

SCENARIOS = 24


@dataclass(frozen=True)
class Drawn:
    """One drawn scenario: its settings, its levers, and what they build."""

    sets: list[str]
    levers: list[str]
    built: BuiltScenario


# ------------------------------------------------------------------------------------------------ accounts


@pytest.fixture(scope="module")
def scenarios() -> list[Drawn]:
    """Drawn levers and structures, in months; bonds pay a part of the budget of two in three."""
    return [with_bonds(number) for number in range(SCENARIOS)]


def with_bonds(number: int) -> Drawn:
    """One of them."""
    sets, entries = drawn(number)
    rng = random.Random(f"bonds {number}")
    if number % 3 and not any("corridor_bonds" in each for each in entries):
        entries.append(f"{{lever: corridor_bonds, share: {rng.choice((17, 33, 100))} %}}")
    if number % 2:
        sets = [*sets, f"policy.security_share={{share: {rng.choice((0, 0.7, 2.3))} %, of: annual_outlay}}"]
    sets = [*sets, "run.period=month"]
    built, kept = settled(sets, entries)
    return Drawn(sets, kept, built)


def rows_of(plan: Plan, built: BuiltScenario) -> tuple[Account, ...]:
    return accounts(plan, provinces=built.world.provinces, instruments=INSTRUMENTS)


def add_up(plan: Plan, rows: tuple[Account, ...]) -> None:
    """Every cent of the plan is on one row, and on one only, whoever pays it."""
    check_accounts(plan)
    assert all(row.given == row.spent + row.unspent and 0 <= row.spent <= row.given for row in rows)
    for y, year in enumerate(plan.year_labels):
        mine = [row for row in rows if row.year == year]
        budget = [row for row in mine if row.budget]
        assert sum(row.given for row in budget) == int(plan.total[y])
        assert sum(row.spent for row in budget) == int(plan.spent[y].sum())
        for word, table in (("force: ", plan.force_cost), ("lever: ", plan.lever_cost)):
            found = sum(row.spent for row in mine if row.line.startswith(word))
            assert found == int(table[y].sum()), word
    payers = {row.payer for row in rows}
    assert sum(sum(row.spent for row in rows if row.payer == payer) for payer in payers) == sum(
        int(table.sum()) for table in (plan.spent, plan.force_cost, plan.lever_cost)
    )


def test_accounts_add_up_to_the_cent_whoever_pays(scenarios: list[Drawn]) -> None:
    payers: set[str] = set()
    for built in (each.built for each in scenarios):
        rows = rows_of(built.plan, built)
        add_up(built.plan, rows)
        payers |= {row.payer for row in rows if row.spent}
    assert payers >= {"sponsor", "federal", "province", "foreign", "bonds"}


def test_bonds_pay_their_share_of_every_line_to_the_cent(scenarios: list[Drawn]) -> None:
    lines = 0
    for each in scenarios:
        built = each.built
        reader = ScenarioReader(loaded(each.sets, each.levers).scenario)
        shares = dict(taken_over(build_context(reader, TICKS_PER_DAY))).get("bonds")
        if not shares:
            continue
        paid: dict[tuple[str, str, str], dict[str, int]] = {}
        for row in rows_of(built.plan, built):
            if row.budget and row.province:
                paid.setdefault((row.year, row.province, row.line), {})[row.payer] = row.given
        for (year, _, _), by in paid.items():
            exact = shares[built.plan.year_labels.index(year)] * sum(by.values())
            assert 0 <= exact - by.get("bonds", 0) < 1
            lines += by.get("bonds", 0) > 0
    assert lines > 500


def test_reporting_periods_lose_no_cent(scenarios: list[Drawn]) -> None:
    for built in (each.built for each in scenarios):
        assert len(built.period_labels) == 2
        plan = built.plan
        for table in (plan.spent.sum(axis=2), plan.force_cost.sum(axis=1), plan.lever_cost.sum(axis=1)):
            cut = by_period(table, built.world.calendar)
            np.testing.assert_array_equal(cut.sum(axis=0), table.sum(axis=0))


def test_a_cent_that_is_lost_is_found(scenarios: list[Drawn]) -> None:
    built = next(each.built for each in scenarios if each.built.plan.other_payers)
    rows = rows_of(built.plan, built)
    for payer in ("bonds", "sponsor", "federal", "province"):
        at = next(k for k, row in enumerate(rows) if row.payer == payer and row.spent > 0)
        short = replace(rows[at], given=rows[at].given - 1, spent=rows[at].spent - 1)
        with pytest.raises(AssertionError):
            add_up(built.plan, (*rows[:at], short, *rows[at + 1 :]))


# ------------------------------------------------------------------------------------------------ handover


@pytest.fixture(scope="module")
def handovers(scenarios: list[Drawn]) -> list[tuple[BuildContext, BuildContext]]:
    """What scenarios stand on without a handover of posts to the army, and with one as the last of their levers."""
    return [grounds(number, one) for number, one in enumerate(scenarios)]


def grounds(number: int, one: Drawn) -> tuple[BuildContext, BuildContext]:
    """One such pair."""
    rng = random.Random(f"handover {number}")
    levers = [each for each in one.levers if "army_handover" not in each]
    day = START + timedelta(days=rng.randint(1, DAYS - 15))
    places = ", ".join(rng.sample(["KP", "SIN", "PUN", "BAL"], 2))
    share = rng.choice((10, 55, 100))
    over = f"{{lever: army_handover, from: {day}, lag: 5 days, share: {share} %, provinces: [{places}]}}"
    before, after = (
        build_context(ScenarioReader(loaded(one.sets, each).scenario), TICKS_PER_DAY)
        for each in (levers, [*levers, over])
    )
    return before, after


def conserved(before: BuildContext, after: BuildContext, tick: int) -> int:
    """How many posts changed hands on a day; raises where one got lost, or a person was guarded twice or by nobody."""
    one, other = forces_at(before, tick), forces_at(after, tick)
    for p in range(len(before.provinces)):
        posts = [sum((force.strength[p] for force in there), Fraction(0)) for there in (one, other)]
        assert posts[0] == posts[1], "a post is lost or made"
        for ground in (before, after):
            persons = sum((row[p] for row in guarded(ground, tick).values()), Fraction(0))
            assert persons == (ground.persons[p] if posts[0] else 0), "exposure is lost or made"
    return sum(a.strength != b.strength for a, b in zip(one, other, strict=True))


def moments(ground: BuildContext) -> list[int]:
    """The first and the last day, and every date between at which something changes."""
    return [*(int(tick) for tick in ground.epochs.starts), ground.clock.horizon - 1]


def test_a_handover_to_the_army_conserves_posts_and_exposure(
    handovers: list[tuple[BuildContext, BuildContext]],
) -> None:
    moved = kept = 0
    for before, after in handovers:
        np.testing.assert_array_equal(before.exposure, after.exposure)
        for tick in moments(after):
            changed = conserved(before, after, tick)
            moved, kept = moved + bool(changed), kept + (not changed)
    assert moved >= SCENARIOS and kept >= SCENARIOS  # it has been looked at before and after


def test_a_handover_that_loses_a_guard_is_found(
    handovers: list[tuple[BuildContext, BuildContext]], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = forces._APPLY["handover"]

    def lossy(ground: BuildContext, there: dict[str, forces.ForceOnDay], move: object) -> dict[str, forces.ForceOnDay]:
        after = right(ground, there, move)  # type: ignore[arg-type]
        army = after["ssd"]
        return after | {"ssd": replace(army, strength=(army.strength[0] - 1, *army.strength[1:]))}

    monkeypatch.setitem(forces._APPLY, "handover", lossy)
    forget()  # what was built with the right one
    anew = [(before, replace(after, reader=ScenarioReader(after.reader.scenario))) for before, after in handovers]
    for before, after in anew:
        with pytest.raises(AssertionError, match="post is lost"):
            conserved(before, after, moments(after)[-1])


# ------------------------------------------------------------------------------------------------ surge


def on_loan(trace: np.ndarray) -> np.ndarray:
    """Guards on loan after every loan and every return, in order of time."""
    rows = trace[np.isin(trace["kind"], (events.KIND_SURGE, events.KIND_SURGE_END))]
    return np.asarray(np.cumsum(np.where(rows["kind"] == events.KIND_SURGE, rows["value"], -rows["value"])))


def within(lent: np.ndarray, reserve: float) -> None:
    """Never more than the reserve, never less than nothing."""
    assert ((lent >= 0.0) & (lent <= reserve)).all(), f"{lent.max(initial=0.0)} of {reserve}"


def test_guards_on_loan_never_exceed_the_reserve(scenarios: list[Drawn]) -> None:
    exhausted = None
    for number, world in enumerate(each.built.world for each in scenarios):
        if not world.protection.surge_units:
            continue
        for trace in traces(world, 1, seed=number):
            within(on_loan(trace), world.protection.surge_reserve)
            if on_loan(trace).max(initial=0.0) == world.protection.surge_reserve:
                exhausted = trace, world.protection.surge_reserve
    assert exhausted is not None, "no reserve was ever used up, so nothing was put to the test"
    trace, reserve = exhausted
    with pytest.raises(AssertionError):  # the controls: a smaller reserve, and loans that nobody gives back
        within(on_loan(trace), reserve - 1)
    with pytest.raises(AssertionError):
        within(on_loan(trace[trace["kind"] != events.KIND_SURGE_END]), reserve)
