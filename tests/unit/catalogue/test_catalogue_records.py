"""Another corridor: records of what was observed, the skeleton of a scenario, and the made-up example."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from simcpec.catalogue.records import NAMED
from simcpec.cli import main
from simcpec.errors import ScenarioError, UserError
from simcpec.experiments.design.prepare import check
from simcpec.experiments.study import study
from simcpec.reporting.figures.operations_funnel import funnel
from simcpec.reporting.page import limits
from simcpec.reporting.page.observed import observed
from simcpec.reporting.page.report import compose, corridor, html
from simcpec.results.records import Study
from simcpec.scenario import load, validate
from simcpec.scenario.skeleton import skeleton

EXAMPLE = "example-corridor"
OF_CPEC = ("CPEC", "Sindh", "Balochistan", "7,984", "Punjab", "3.94")  # what only the record of CPEC brings to a page
SHORT = ("run.horizon=4 months", "world.movements.rate={corridor: 0.1 /year, scattered: 0.1 /year}")


@cache
def played(*refs: str, sets: tuple[str, ...] = ()) -> Study:
    """A small study."""
    return study(list(refs), sets=[*SHORT, *sets], replications=3, draws=1, seed=5, engine="reference", jobs=1)


def page(of: Study) -> str:
    """The report as text, its drawings included."""
    return html(of, compose(of))


def test_the_record_of_cpec_is_shown_for_its_provinces() -> None:
    base = played("base")
    seen = observed(base)
    assert seen is not None and (seen.attacks, seen.title) == (14, "CPEC") and seen.funnel is not None
    assert corridor(base) == "Security investment along CPEC"
    assert "7,984" in funnel(base).caption
    assert NAMED["cpec-2021-2024"].provinces == frozenset(load("base").scenario.provinces)


@pytest.mark.parametrize("record", ["none", "{title: X, provinces: [SIN], source: me}"])
def test_no_record_is_shown_where_none_is_wanted_or_it_is_about_other_provinces(record: str) -> None:
    other = played("base", sets=(f"world.record={record}",))
    assert observed(other) is None and corridor(other) == "Security investment"
    assert "announced" not in funnel(other).caption.replace("announced counts are on record", "")
    about = [one.about for one in limits.limits(other)]
    assert "No record of counts" in about and "One per cent of what?" not in about


def test_nothing_of_cpec_is_printed_for_another_corridor() -> None:
    """The control: what is looked for stands on the page of the base case."""
    text, of_base = page(played(EXAMPLE)), page(played("base"))
    assert [word for word in OF_CPEC if word in text] == []
    assert [word for word in OF_CPEC if word not in of_base] == []
    assert "Security investment along the Amber Road" in text
    assert "nobody; this record is made up" in text


def test_scenarios_with_different_records_show_none() -> None:
    both = played("base", sets=("world.record=none",))
    mixed = Study(**{**vars(both), "scenarios": (*both.scenarios, *played("base").scenarios)})
    assert observed(mixed) is None


def test_a_record_can_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "counts.yaml").write_text(
        "title: CPEC again\nprovinces: [PUN, SIN, KP, BAL, GB, AJK, ICT]\nyears: 2\nattacks: 6\nsource: me\n", "utf-8"
    )
    (tmp_path / "mine.yaml").write_text("extends: base\nworld: {record: counts.yaml}\n", "utf-8")
    record = load(str(tmp_path / "mine.yaml")).scenario.world.record
    assert (record.title, record.attacks.value, record.use) == ("CPEC again", 6, "own")
    (tmp_path / "child.yaml").write_text("extends: mine.yaml\nworld: {record: none}\n", "utf-8")
    assert load(str(tmp_path / "child.yaml")).scenario.world.record.use == "none"


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ("cpec", "Did you mean cpec-2021-2024?"),
        ("../counts.yaml", "not in the folder"),
        ("absent.yaml", "does not exist"),
        ("{title: X, provinces: [SIN]}", "has no source"),
        ("{use: none, title: X}", "has keys of its own"),
        ("{title: X, provinces: [SIN], source: me, attacks: 3}", "one of attacks and years"),
        ("{title: X, provinces: [SIN], source: me, arrests: 3}", "all three or none"),
    ],
)
def test_a_record_that_is_none_is_refused(record: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(f"extends: base\nworld: {{record: {record}}}\n", "utf-8")
    with pytest.raises(ScenarioError) as refused:
        load(str(tmp_path / "mine.yaml"))
    assert told in str(refused.value) and "world.record" in str(refused.value)


def test_a_record_of_other_provinces_is_remarked_on() -> None:
    (remark,) = (one for one in check(load(EXAMPLE, sets=["world.record=cpec-2021-2024"])) if "record" in one)
    assert "other provinces than these" in remark
    assert not any("record" in one for one in check(load(EXAMPLE)))


# ------------------------------------------------------------------------------------------------ a new scenario


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64])
def test_a_skeleton_validates_and_builds(count: int, tmp_path: Path) -> None:
    codes = [f"P{k}" for k in range(count)]
    path = tmp_path / "mine.yaml"
    path.write_text(skeleton("mine", codes, path.name), encoding="utf-8")
    assert validate(str(path)) == []
    found = load(str(path))
    assert list(found.scenario.provinces) == codes and check(found) == ()
    assert all(line.count("FILL") <= 1 for line in path.read_text(encoding="utf-8").splitlines()[3:])


def test_new_writes_a_scenario_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "mine", "--provinces", "NORTH, SOUTH"]) == 0
    assert capsys.readouterr().out.startswith("mine.yaml: 2 provinces")
    before = (tmp_path / "mine.yaml").read_bytes()
    assert main(["new", "mine", "--provinces", "EAST"]) == 4
    assert (tmp_path / "mine.yaml").read_bytes() == before
    assert main(["new", "mine", "--provinces", "EAST", "--force"]) == 0
    alone = played(str(tmp_path / "mine.yaml"))
    assert alone.scenarios[0].axes.provinces == ("EAST",) and observed(alone) is None


def test_new_writes_the_whole_file_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my own", "--provinces", "EAST"]) == 0
    told = "my own.yaml: 1 province; replace what is marked FILL, then simcpec validate 'my own.yaml'\n"
    assert capsys.readouterr().out == told
    before = (tmp_path / "my own.yaml").read_bytes()
    monkeypatch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert main(["new", "my own", "--provinces", "WEST", "--force"]) == 5
    assert main(["new", "other", "--provinces", "WEST"]) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["my own.yaml"]
    assert (tmp_path / "my own.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ([], "allowed: 1 to 64"),
        (["Sindh"], "Did you mean SINDH?"),
        (["A", "B", "A"], "names A twice"),
        (["é"], "allowed: a code of 1 to 6"),
        ([f"P{k}" for k in range(65)], "65 provinces"),
    ],
)
def test_codes_that_are_none_are_refused(codes: list[str], told: str) -> None:
    with pytest.raises(UserError, match=told.replace("?", r"\?")):
        skeleton("mine", codes, "mine.yaml")


@pytest.mark.parametrize("name", ["a: b # c", "- [x", "{}", "\x1b[31m", "ü" * 300])
def test_a_name_stays_a_text(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(skeleton(name, ["A"], name), encoding="utf-8")
    assert validate(str(path)) == []
