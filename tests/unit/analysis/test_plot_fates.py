"""What became of the baseline's attacks: by hand, on a shipped pair, in the files, in the report, on the console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec.analysis.plot_fates import TrackedPlot, changes, check, plots_of, total
from simcpec.cli.console.study_data import data
from simcpec.cli.console.summary import fate_lines
from simcpec.engines.compiled.simulate import Player
from simcpec.errors import IdentityBroken
from simcpec.experiments.plot_tracking import MOST, addresses_of
from simcpec.experiments.study import study
from simcpec.model import events
from simcpec.model.outcome import CELL_COUNTS, TRACE
from simcpec.reporting.tables.fates import fates as table
from simcpec.results.records import Fate, Study
from simcpec.storage.study_folder import write
from simcpec.storage.study_reader import read
from simcpec.verification.worlds.neutral_world import bare_world
from tests.support import studies

HERE, THERE = ("AAA", "cohort0", "site"), ("BBB", "cohort0", "site")
SHORT: dict[str, Any] = {"sets": ["run.horizon=2 years"], "replications": 4, "seed": 3}


def plot(end: str = "attack", day: float = 1.0, cell: tuple[str, str, str] = HERE, **others: bool) -> TrackedPlot:
    return TrackedPlot(end, day, cell, **others)


def one(baseline: TrackedPlot | None, scenario: TrackedPlot | None, what: str = "attacks") -> list[tuple[str, str]]:
    before, after = ({} if each is None else {(7, 1): each} for each in (baseline, scenario))
    return [(found.became, found.by) for found in changes(before, after) if found.what == what]


# ------------------------------------------------------------------------------------------------ by hand


@pytest.mark.parametrize(
    ("scenario", "became"),
    [
        (plot(), ("unchanged", "")),
        (plot(day=2.0), ("delayed", "")),
        (plot(day=0.5), ("earlier", "")),
        (plot(cell=THERE), ("displaced", "")),
        (plot(cell=THERE, day=2.0), ("displaced", "")),
        (plot("foiled"), ("averted", "foiled")),
        (plot("deterred"), ("averted", "deterred")),
        (plot("lapsed"), ("averted", "lapsed")),
        (plot("open at the end"), ("averted", "open at the end")),
        (plot(counted=False), ("averted", "before counting")),
        (None, ("averted", "never born")),
    ],
)
def test_an_attack_of_the_baseline_has_one_fate(scenario: TrackedPlot | None, became: tuple[str, str]) -> None:
    assert one(plot(), scenario) == [became]
    mirrored = [("created", became[1])] if became[0] == "averted" else None
    assert mirrored is None or one(scenario, plot()) == mirrored


def test_no_attack_in_either_is_no_fate() -> None:
    assert list(changes({(1, 1): plot("foiled")}, {(1, 1): plot("lapsed"), (2, 1): plot("deterred")})) == []


def test_a_breach_is_averted_by_the_layers_that_stop_the_same_attack() -> None:
    breach, stopped = plot(breach=True), plot()
    assert one(breach, stopped, "breaches") == [("averted", "stopped")] and one(breach, stopped) == [("unchanged", "")]
    assert one(stopped, breach, "breaches") == [("created", "stopped")] and one(stopped, stopped, "breaches") == []
    assert one(breach, plot("foiled"), "breaches") == [("averted", "foiled")]


def test_equal_fates_are_counted_together_in_a_fixed_order() -> None:
    given = (("averted", "lapsed"), ("unchanged", ""), ("averted", "foiled"), ("unchanged", ""))
    found = [Fate(what="attacks", became=b, by=by, origin=HERE, target=HERE, count=1) for b, by in given]
    assert [(f.became, f.by, f.count) for f in total(found)] == [
        ("unchanged", "", 2), ("averted", "foiled", 1), ("averted", "lapsed", 1),
    ]  # fmt: skip
    assert total(found[::-1]) == total(found)


@pytest.mark.parametrize("harm", ["lost", "doubled", "elsewhere"])
def test_what_does_not_add_up_is_refused(harm: str) -> None:
    fates = [*changes({(1, 1): plot(), (2, 1): plot()}, {(1, 1): plot(cell=THERE), (3, 1): plot()})]
    none = np.zeros(2)
    counts = {
        "baseline": {"attacks": np.array([2.0, 0.0]), "breaches": none},
        "scenario": {"attacks": np.array([1.0, 1.0]), "breaches": none},
    }
    check(fates, **counts, cells=(HERE, THERE))
    wrong = {
        "lost": fates[1:],
        "doubled": [*fates, fates[0]],
        "elsewhere": [replace(fates[0], target=HERE), *fates[1:]],
    }[harm]
    with pytest.raises(IdentityBroken, match="do not add up"):
        check(wrong, **counts, cells=(HERE, THERE))


# ------------------------------------------------------------------------------------------------ from a trace


def rows(*given: Sequence[float]) -> np.ndarray:
    """Trace rows (tick, kind, province, entity, value)."""
    return np.array([(tick, kind, p, 0, 0, entity, value) for tick, kind, p, entity, value in given], TRACE)


def test_plots_are_read_from_a_trace() -> None:
    world = bare_world(ticks_per_day=10)
    found = plots_of(
        rows(
            (5, events.KIND_BORN, 0, 1, 70), (5, events.KIND_BORN, 1, 1, 71), (6, events.KIND_DETERRED, 0, 2, 70),
            (20, events.KIND_ATTACK, 0, 1, 70), (20, events.KIND_BREACH, 0, 1, 3),
            (30, events.KIND_ATTACK, 1, 9, 71), (30, events.KIND_STOPPED, 1, 9, 2), (40, events.KIND_LAPSED, 1, 8, 71),
        ),
        world,
    )  # fmt: skip
    site = world.settings[0]
    assert found == {
        (1, 70): TrackedPlot("attack", 2.0, ("AAA", "cohort0", site), breach=True),
        (1, 71): TrackedPlot("open at the end", 0.5, ("BBB", "cohort0", site)),
        (2, 70): TrackedPlot("deterred", 0.6, ("AAA", "cohort0", site)),
        (9, 71): TrackedPlot("attack", 3.0, ("BBB", "cohort0", site)),  # one that was in preparation at the start
        (8, 71): TrackedPlot("lapsed", 4.0, ("BBB", "cohort0", site)),
    }


def test_the_warm_up_is_not_counted_and_its_end_is() -> None:
    world = bare_world(ticks_per_day=10, days=100, periods=2, calendar__warm_up_periods=1)
    attacks = [(499, events.KIND_ATTACK, 0, 1, 70), (500, events.KIND_ATTACK, 0, 2, 70)]
    assert [each.counted for each in plots_of(rows(*attacks), world).values()] == [False, True]


def test_two_plots_of_one_address_are_refused() -> None:
    ends = [(1, events.KIND_FOILED, 0, 1, 70), (2, events.KIND_ATTACK, 0, 1, 70)]
    births = [(1, events.KIND_BORN, 0, 1, 70), (2, events.KIND_BORN, 0, 1, 70)]
    for given in (ends, births):
        with pytest.raises(IdentityBroken, match="two plots"):
            plots_of(rows(*given), bare_world())
    with pytest.raises(IdentityBroken, match="before it happens"):
        plots_of(rows((1, events.KIND_BREACH, 0, 1, 0)), bare_world())


def test_the_rows_carry_the_home_without_which_plots_would_be_confused() -> None:
    world = bare_world(threat__rate=[[0.2, 0.2]])
    found = Player(world).plots(seed=0, draw=0, replication=0)
    assert {int(kind) for kind in found["kind"]} <= set(events.FATES)
    homes = {place & 0xFFFFFFFF for _, place in plots_of(found, world)}
    assert homes == set(world.addresses)
    numbered = [identity for identity, _ in plots_of(found, world)]
    assert len(set(numbered)) < len(numbered)  # the same number occurs in both provinces
    found["value"] = 0
    with pytest.raises(IdentityBroken, match="two plots"):
        plots_of(found, world)


def test_the_rows_are_those_of_the_whole_trace() -> None:
    world = bare_world(threat__rate=[[0.2, 0.2]], threat__lapse=0.05)
    player = Player(world)
    whole = player.play(seed=1, draw=2, first=3, number=1, trace=True)[0].trace
    assert whole is not None
    few = player.plots(seed=1, draw=2, replication=3)
    assert 0 < len(few) < len(whole)
    assert few.tobytes() == whole[np.isin(whole["kind"], events.FATES)].tobytes()


# ------------------------------------------------------------------------------------------------ of a study


@pytest.fixture(scope="module")
def shipped() -> Study:
    return study(["base", "share-3"], draws=2, **SHORT)


def sums(found: Study, index: int, what: str) -> dict[str, int]:
    assert found.fates is not None
    of = [f for f in found.fates.of_scenario[index] if f.what == what]
    return {
        name: sum(f.count for f in of if f.became == name)
        for name in ("unchanged", "earlier", "delayed", "displaced", "averted", "created")
    }


def counted(found: Study, index: int, what: str) -> int:
    return int(found.scenarios[index].cell[..., CELL_COUNTS.index(what)].sum())


@pytest.mark.parametrize("what", ["attacks", "breaches"])
def test_a_shipped_pair_adds_up_to_the_paired_difference(shipped: Study, what: str) -> None:
    became = sums(shipped, 1, what)
    before, after = counted(shipped, 0, what), counted(shipped, 1, what)
    assert shipped.fates is not None and shipped.fates.plays == 8 and shipped.fates.of_scenario[0] == ()
    assert became["averted"] > 0
    assert before - became["averted"] + became["created"] == after
    assert sum(became.values()) - became["created"] == before
    assert became["created"] - became["averted"] == after - before


def test_the_same_scenario_twice_leaves_everything_unchanged() -> None:
    found = study(["base", "base"], **SHORT)
    became = sums(found, 1, "attacks")
    assert became.pop("unchanged") == counted(found, 0, "attacks") > 0 and not any(became.values())


def test_nobody_follows_a_single_scenario() -> None:
    assert study(["base"], **SHORT).fates is None


def test_the_first_replication_of_every_draw_comes_first() -> None:
    assert addresses_of(studies.result(draws=2, replications=2)) == [(0, 0), (1, 0), (0, 1), (1, 1)]
    many = addresses_of(studies.result(draws=3, replications=60))
    assert len(many) == MOST == len(set(many)) and many[:4] == [(0, 0), (1, 0), (2, 0), (0, 1)]


def test_fates_are_written_and_read_back(shipped: Study, tmp_path: Path) -> None:
    write(shipped, tmp_path / "out")
    assert read(tmp_path / "out").fates == shipped.fates
    assert (tmp_path / "out" / "fates.csv").read_text(encoding="utf-8").startswith("scenario,what,became,by,from_")
    odd = ("AAA", "=cohort", "site")
    fate = Fate(what="attacks", became="displaced", by="", origin=odd, target=THERE, count=3)
    assert shipped.fates is not None
    made = replace(shipped, fates=replace(shipped.fates, of_scenario=((), (fate,))))
    write(made, tmp_path / "odd")
    assert read(tmp_path / "odd").fates == made.fates
    write(replace(shipped, fates=None), tmp_path / "none")
    assert read(tmp_path / "none").fates is None and not (tmp_path / "none" / "fates.csv").exists()


# ------------------------------------------------------------------------------------------------ what is shown


def test_the_table_adds_up_as_printed(shipped: Study) -> None:
    found = table(shipped)
    assert found is not None and found.id == "T15" and "first 8 replications" in found.caption
    (panel,) = found.panels
    printed = {row.cells[0].text: row.cells[1].text for row in panel.rows if row.kind != "group"}
    for what in ("attacks", "breaches"):
        before, after = counted(shipped, 0, what), counted(shipped, 1, what)
        name = what.capitalize()
        assert printed[f"{name} of the baseline"] == f"{before}" and printed[f"{name} of the scenario"] == f"{after}"
        assert printed[f"Difference in {what}"] == f"\u2212{before - after}"
        count = found.fields.index("count")
        kept = [r for r in found.records if r[found.fields.index("what")] == what]
        assert sum(r[count] for r in kept if r[found.fields.index("became")] != "averted") == after
    assert table(replace(shipped, fates=None)) is None


def test_displaced_attacks_are_shown_by_where_they_went(shipped: Study) -> None:
    at = ("SIN", "corridor", "site")
    targets = [("BAL", "corridor", "movement"), ("SIN", "corridor", "movement"), ("SIN", "scattered", "site")]
    moved = tuple(Fate(what="attacks", became="displaced", by="", origin=at, target=t, count=i + 1)
                  for i, t in enumerate(targets))  # fmt: skip
    assert shipped.fates is not None
    found = table(replace(shipped, fates=replace(shipped.fates, of_scenario=((), moved))))
    assert found is not None
    printed = {row.cells[0].text: row.cells[1].text for row in found.panels[0].rows[:8] if row.kind != "group"}
    assert printed == {
        "Attacks of the baseline": "6", "displaced": "6", "– to Balochistan": "1",
        "– same province and setting, to cohort scattered": "3", "– same province, to setting movement": "2",
        "averted": "0", "created": "0",
    }  # fmt: skip


def test_the_console_tells_sums_that_add_up(shipped: Study) -> None:
    (line,) = fate_lines(shipped)
    before, after = counted(shipped, 0, "attacks"), counted(shipped, 1, "attacks")
    assert f"of {before} attacks of the baseline in 8 plays" in line and line.endswith(f" created: {after} attacks")
    base, other = data(shipped)["scenarios"]
    assert "fates" not in base
    for what in ("attacks", "breaches"):
        told = other["fates"][what]
        assert told["baseline"] == counted(shipped, 0, what) and told["scenario"] == counted(shipped, 1, what)
        assert sum(told["averted_by"].values()) == told["became"]["averted"]
        assert sum(told["created_from"].values()) == told["became"]["created"]
    assert fate_lines(replace(shipped, fates=None)) == []
