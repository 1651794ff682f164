"""A time limit ends a study after whole batches, and what it leaves is what that number of replications gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec.errors import StoppedEarly
from simcpec.experiments.design.prepare import prepare
from simcpec.experiments.execution import collector, replicate
from simcpec.experiments.study import played, study
from simcpec.reporting.formatting import ended_by
from simcpec.reporting.page import findings, report
from simcpec.results.records import Study, TimeLimit
from simcpec.storage.csv_tables import scenario_files, study_files
from simcpec.storage.study_command import with_replications
from simcpec.storage.study_folder import write
from simcpec.storage.study_reader import read
from tests.support.command import in_this_process
from tests.unit.experiments.test_study import ENGINE

QUICK: dict[str, Any] = {"engine": "quick_engine:play", "jobs": 1, "seed": 3}


@pytest.fixture(autouse=True)
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick engine of the tests of `execute` on the search path."""
    (tmp_path / "quick_engine.py").write_text(ENGINE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


class Counted(replicate.Limit):
    """A limit in replications, so that a test need not wait, and knows where it falls."""

    most = 0

    def is_over(self) -> bool:
        self.asked = getattr(self, "asked", 0) + 1
        return self.asked > self.most


def limited(monkeypatch: pytest.MonkeyPatch, refs: list[str], checks: int, **more: Any) -> Study:
    """A study that its limit ends when it is looked at more than `checks` times: at each replication, and batch."""
    monkeypatch.setattr(replicate, "Limit", type("Limit", (Counted,), {"most": checks}))
    ready = prepare(refs, engine=QUICK["engine"], seed=QUICK["seed"], **more)
    return played(ready, jobs=1, max_seconds=60.0)


def files_of(found: Study) -> dict[str, str]:
    """All tables of a study."""
    inside = {f"{r.slug}/{name}": text for r in found.scenarios for name, text in scenario_files(r).items()}
    return {**inside, **study_files(found)}


@pytest.mark.parametrize(
    ("draws", "rows", "checks"), [(1, 1000, 90), (1, 20, 700), (3, 30, 900), (2, None, 100), (1, 10, 3)]
)
def test_the_results_are_those_of_the_replications_that_were_reached(
    monkeypatch: pytest.MonkeyPatch, draws: int, rows: int | None, checks: int
) -> None:
    refs = ["base", "share-2"]
    found = limited(monkeypatch, refs, checks, draws=draws, rows=rows, replications=5000)
    assert found.time_limit is not None and found.time_limit.asked == 5000
    reached = found.time_limit.replications
    assert 0 < reached <= checks // (2 * draws)
    assert found.replications == reached and f"--replications {reached} --draws {draws}" in found.command
    assert all(result.replications == reached for result in found.scenarios)
    again = study(refs, replications=reached, draws=draws, rows=rows, **QUICK)
    assert files_of(again) == files_of(found)
    assert again.command == found.command
    for one, other in zip(again.scenarios, found.scenarios, strict=True):
        assert (one.aggregates is None) == (other.aggregates is None)
        if one.aggregates is not None and other.aggregates is not None:
            assert np.array_equal(one.aggregates.products, other.aggregates.products)
            assert one.aggregates.fingerprint == other.aggregates.fingerprint


def test_a_limit_that_is_not_reached_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = study(["base"], replications=130, draws=1, rows=20, **QUICK)
    found = study(["base"], replications=130, draws=1, rows=20, max_seconds=600.0, **QUICK)
    assert found.time_limit is None and files_of(found) == files_of(whole) and found.command == whole.command


@pytest.mark.parametrize("first", [60, 100])
def test_a_precision_that_is_reached_in_time_is_told_and_one_that_is_not_gives_way(
    monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    sets = [f"run.replications={first}", "run.precision=[{response: incidents, half_width: 5 %, at_most: 4000}]"]
    whole = study(["base"], sets=sets, draws=1, rows=20, **QUICK)
    found = study(["base"], sets=sets, draws=1, rows=20, max_seconds=600.0, **QUICK)
    assert found.precision == whole.precision is not None and files_of(found) == files_of(whole)
    ended = limited(monkeypatch, ["base"], 30, sets=sets, draws=1, rows=20)
    assert ended.precision is None and ended.time_limit is not None
    assert ended.time_limit.asked == 4000 and "--replications" in ended.command


def test_twins_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    found = limited(monkeypatch, ["base"], 51, sets=["run.antithetic=on"], replications=400, draws=1)
    assert found.time_limit is not None and found.time_limit.replications % 2 == 0


def test_a_limit_before_the_first_batch_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoppedEarly, match="before one replication of every parameter draw"):
        limited(monkeypatch, ["base"], 1, replications=5, draws=3)
    assert StoppedEarly.exit_code == 3


@pytest.mark.parametrize("checks", [3, 17, 31, 45, 200])
def test_a_limit_within_a_batch_drops_the_batch(monkeypatch: pytest.MonkeyPatch, checks: int) -> None:
    monkeypatch.setattr(replicate, "Limit", type("Limit", (Counted,), {"most": checks}))
    simulated, put = [0], collector.BatchCollector.put

    def counted(self: Any, place: Any, answer: Any) -> None:
        simulated[0] += self._gathering.ready.numbers != (0,)  # those at the values as written come after the limit
        put(self, place, answer)

    monkeypatch.setattr(collector.BatchCollector, "put", counted)
    ready = prepare(["base"], draws=3, replications=500, engine="quick_engine:unsound", seed=3)
    try:
        found = played(ready, jobs=1, max_seconds=60.0)
    except StoppedEarly:
        assert checks < 20
        return
    assert simulated[0] < checks, "simulated beyond the limit"
    again = study(["base"], draws=3, replications=found.replications, engine="quick_engine:unsound", jobs=1, seed=3)
    assert files_of(again) == files_of(found)
    assert [each.failed for each in again.scenarios] == [each.failed for each in found.scenarios]


def test_a_command_gets_the_number_of_replications() -> None:
    assert with_replications("simcpec run 'a b' --seed 1 --draws 2", 7) == (
        "simcpec run 'a b' --seed 1 --replications 7 --draws 2"
    )
    assert with_replications("simcpec run x --draws 2 --rows all", 7, usual_rows=True) == (
        "simcpec run x --replications 7 --draws 2"
    )
    assert with_replications("simcpec run x --replications 9 --draws 2", 7) == (
        "simcpec run x --replications 7 --draws 2"
    )


# ---- said


def test_manifest_report_and_record_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = limited(monkeypatch, ["base"], 40, replications=500, draws=1)
    assert found.time_limit is not None
    kept = read(write(found, tmp_path / "out"))
    assert kept.time_limit == found.time_limit == kept.manifest["time_limit"] or dict(
        kept.manifest["time_limit"]
    ) == vars(found.time_limit)
    told = ended_by(found.time_limit)
    assert dict(report.facts(kept))["Ended early"] == told
    assert any(told in claim.text for claim in findings.findings(kept))
    sound = replace(kept, time_limit=None)
    assert "Ended early" not in dict(report.facts(sound))


@pytest.mark.parametrize(
    ("seconds", "shown"), [(90.0, "90 s"), (600.0, "10 min"), (7200.0, "2 h"), (0.5, "0.5 s"), (86400.0, "24 h")]
)
def test_the_limit_is_told_as_it_was_given(seconds: float, shown: str) -> None:
    told = ended_by(TimeLimit(seconds=seconds, replications=3, asked=1000))
    assert told == f"stopped by --max-time after {shown}, with 3 of 1,000 replications of each parameter draw"


@pytest.mark.usefixtures("unset_figures")
def test_the_command_ends_with_3_and_keeps_what_it_has(tmp_path: Path) -> None:
    done = in_this_process("run", "bare", "-r", "1000000", "--max-time", "0.5 s", "-o", "out", cwd=tmp_path)
    assert done.returncode == 3 and "stopped by --max-time after 0.5 s" in done.stderr
    assert "stopped by --max-time" in done.stdout and done.stdout.splitlines()[-1] == "out/report.html"
    kept = read(tmp_path / "out")
    assert kept.time_limit is not None and 0 < kept.time_limit.replications < 1_000_000
    assert "stopped by --max-time" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["0 s", "90", "-1 s", "1e3 s", "2 weeks", "9999 days", "٣ s"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    import typer

    from simcpec.cli.options import seconds_asked

    with pytest.raises(typer.BadParameter, match="allowed: such as 90 s"):
        seconds_asked(text)
    assert [seconds_asked(t) for t in ("90 s", "10min", "2 h", "1 day")] == [90.0, 600.0, 7200.0, 86400.0]
