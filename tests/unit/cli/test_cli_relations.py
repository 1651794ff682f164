"""`verify relations`: a table for people, a document for machines, exit code 4 where a relation is broken."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simcpec.cli import main
from simcpec.cli.commands.verify_relations import _data
from simcpec.engines import engine
from simcpec.errors import EngineError, UserError
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.verification.relations import relation as relations
from simcpec.verification.relations.compare import tables_differ, told, traces_differ
from simcpec.verification.relations.relation import Bench, Exact, PairedSums, Statistical
from simcpec.verification.relations.scales import DURATIONS, PER_DAY
from simcpec.verification.relations.table import (
    RELATIONS,
    WORLDS,
    RelationEstimate,
    RelationResult,
    _estimates,
    attempt,
    examine,
    named,
)
from simcpec.verification.theory.finding import LIMIT
from simcpec.verification.worlds.generated_worlds import Case
from simcpec.verification.worlds.neutral_world import bare_world, with_changes

ADDRESS = {"seed": 0, "draw": 0, "replication": 0}


def faster(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """An engine with births 3 % too often."""
    changed = with_changes(world, threat__rate=world.threat.rate * 1.03)
    return engine("compiled")(changed, seed=seed, draw=draw, replication=replication, trace=trace)


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every engine is that one, as far as relations know."""
    monkeypatch.setattr(relations, "engine_named", lambda name: faster)


def test_the_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "relations", "--only", "lambda = 0", "--only", "kappa = 1 neutrality", "--worlds", "3"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split("  ")[0] == "relation"
    assert "lambda = 3" in out and "recruits of backlash per militant removed; control: 1.1 recruits each" in out
    assert f"broken is beyond {LIMIT:.2f} standard errors" in out
    assert out.endswith("2 of 2 relations pass\n")


def test_what_each_relation_says_with_v(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "relations", "--only", "time scaling", "--worlds", "1", "-v"]) == 0
    told_ = capsys.readouterr()
    assert "time scaling: another unit of time: the same events at the same ticks" in told_.out
    assert "time scaling ..." in told_.err


def test_the_document_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["verify", "relations", "--only", "zero rates", "--worlds", "4", "--seed", "0", "--json"]
    assert main([*words, "--engine", "reference"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["what"], found["engine"], found["seed"], found["failed"]) == ("relations", "reference", 0, 0)
    (row,) = found["relations"]
    assert (row["name"], row["worlds"], row["broken_worlds"], row["verdict"]) == ("zero rates", 4, 0, "pass")


def test_a_broken_relation_is_told_and_ends_with_4(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    assert main(["verify", "relations", "--only", "everything off", "--worlds", "4"]) == 4
    told_ = capsys.readouterr()
    assert "everything off, world " in told_.out and " against " in told_.out
    assert told_.out.endswith("0 of 1 relations pass\n")
    assert "1 of 1 relations do not pass: everything off (broken)" in told_.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--only", "lamda = 0"), "no relation is called 'lamda = 0'; allowed: zero rates,"),
        (("--replications", "3"), "verify relations does not read --replications; allowed: --only, --worlds"),
        (("--engine", "fast"), "engine is 'fast'; allowed: compiled, reference"),
    ],
)
def test_bad_words_are_refused(words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "relations", *words]) == 2
    assert message in capsys.readouterr().err


# ---- the table


def test_a_name_near_to_a_relation_is_suggested() -> None:
    with pytest.raises(UserError, match=r"Did you mean time scaling\?"):
        named("time scalling")


def estimate(**changes: object) -> RelationEstimate:
    fields = {"name": "a", "ratio": 1.0, "half_width": 0.01, "z": 0.5, "at_most": False, "replications": 9}
    return RelationEstimate(**{**fields, **changes})  # type: ignore[arg-type]


def row(**changes: object) -> RelationResult:
    fields = {
        "name": "n", "says": "s", "exact": False, "worlds": 3, "broken": (), "broken_worlds": 0,
        "control": "c", "caught": 3, "estimates": (estimate(),), "wrong": (), "tolerance": 0.05,
    }  # fmt: skip
    return RelationResult(**{**fields, **changes})  # type: ignore[arg-type]


def test_verdicts() -> None:
    assert row().verdict == "pass"
    assert row(broken_worlds=1).verdict == "broken"
    assert row(estimates=(estimate(z=-9.0),)).verdict == "broken"
    assert row(estimates=(estimate(z=-9.0, at_most=True),)).verdict == "pass"
    assert row(estimates=(estimate(z=9.0, at_most=True),)).verdict == "broken"
    assert row(estimates=(estimate(half_width=0.06),)).verdict == "not powered"
    assert row(estimates=(estimate(half_width=float("nan")),)).verdict == "not powered"
    assert row(caught=0).verdict == "control not caught"


def test_something_against_nothing_is_broken_and_nothing_against_nothing_is_not_measured() -> None:
    relation = replace(next(each for each in RELATIONS if isinstance(each, Statistical)), replications=3)
    some, none = np.array([1.0, 0.0, 2.0]), np.zeros(3)
    sides = {"plots": (some, none), "attacks": (none, none), "deaths": (some, some)}
    measures = [PairedSums(name=name, a=a, b=b) for name, (a, b) in sides.items()]
    first, second = _estimates([measures], relation)
    assert (first.name, first.broken, second.name, second.broken) == ("plots", True, "deaths", False)
    assert row(estimates=(first,)).verdict == "broken"
    assert '"ratio": null' in json.dumps(_data(row(estimates=(first,))), allow_nan=False)


def test_worlds_are_counted() -> None:
    assert examine(named("zero rates"), seed=3).worlds == WORLDS
    assert examine(named("zero rates"), seed=3, worlds=2).worlds == 2


def test_another_error_of_an_engine_is_no_verdict() -> None:
    case = Case(bare_world(), 0, 0, {})

    def halted(case: Case, bench: Bench) -> str:
        raise EngineError("no room")

    with pytest.raises(EngineError, match="no room"):
        attempt(halted, case, Bench())


# ---- comparing


def test_the_first_difference_is_told() -> None:
    world = bare_world(threat__rate=0.2)
    a, b = (engine("reference")(w, **ADDRESS, trace=True) for w in (world, with_changes(world, threat__rate=0.3)))
    assert a.trace is not None and b.trace is not None
    assert traces_differ(a.trace, a.trace) == ""
    assert traces_differ(a.trace, b.trace).startswith("event 1: candidate at tick ")
    assert traces_differ(a.trace, a.trace[:-1]).endswith(" against no more events")
    assert told(a.trace, len(a.trace)) == "no more events"
    one = {"cell": np.zeros((1, 2))}
    assert tables_differ(one, {"cell": np.zeros((1, 3))}) == "cell: shape (1, 2) against (1, 3)"
    assert tables_differ(one, {"cell": np.array([[0.0, 2.0]])}) == "cell[0, 1]: 0.0 against 2.0"
    assert tables_differ(one, {"cell": np.array([[0.0, -0.0]])}) == "cell[0, 1]: 0.0 against -0.0"


# ---- the page


def test_the_page_has_a_section_for_every_relation_with_its_kind_and_tolerance(root: Path) -> None:
    page = (root / "docs" / "relations.md").read_text(encoding="utf-8")
    sections = dict(part.split("\n", 1) for part in page.split("\n## ")[1:])
    assert [heading.lower() for heading in sections] == [each.name.lower() for each in RELATIONS]
    for text, each in zip(sections.values(), RELATIONS, strict=True):
        allowed = "" if isinstance(each, Exact) else f"{each.tolerance:g}", f"{100 * getattr(each, 'tolerance', 0):g} %"
        assert text.lstrip().startswith("*Exact.*" if isinstance(each, Exact) else "*Statistical, "), each.name
        assert isinstance(each, Exact) or any(one in text.split(".*")[0] for one in allowed), each.name
        assert "Control: " in text.replace("\n", " "), each.name
    assert f"each of its {len(DURATIONS | PER_DAY)} entries" in page
