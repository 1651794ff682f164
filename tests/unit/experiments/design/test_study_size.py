"""How many draws and replications a study has where its scenarios name an ensemble: the rule, case by case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simcpec.errors import UserError
from simcpec.experiments.design.study_size import StudySize, study_size
from simcpec.scenario import load

NAME = "history-2021-2024"


def size(*sets: str, refs: tuple[str, ...] = ("share-1",), **asked: Any) -> StudySize:
    how: dict[str, Any] = {"replications": None, "draws": None, "quick": False, "ensemble": None} | asked
    return study_size([load(ref, sets=sets) for ref in refs], **how)


def short(of: StudySize) -> tuple[int | None, int, str | None]:
    return of.replications, of.draws, None if of.ensemble is None else of.ensemble.where


def test_without_numbers_it_is_a_hundred_members_of_ten_replications() -> None:
    assert short(size()) == (10, 100, NAME)
    assert short(size("run.replications=4000")) == (40, 100, NAME)
    assert size().note == ""


@pytest.mark.parametrize(
    ("sets", "asked", "found", "why"),
    [
        ((), {"replications": 30}, (30, 1, None), "replications were asked for, and no draws"),
        ((), {"quick": True}, (50, 1, None), "--quick is a first look"),
        (("run.replications=99",), {}, (None, 1, None), "run.replications is 99, too few for 100 draws"),
        (
            ("run.precision={response: breaches, half_width: 5 %, at_most: 1000}",), {},
            (None, 1, None), "run.precision was asked for, and no draws",
        ),
    ],
)  # fmt: skip
def test_what_plays_the_values_as_written_says_so(
    sets: tuple[str, ...], asked: dict[str, Any], found: tuple[int, int, None], why: str
) -> None:
    of = size(*sets, **asked)
    assert short(of) == found
    assert of.note == (
        f"The values as written, without an uncertainty interval: {why}. --draws 100 takes members of the calibrated"
        f" ensemble {NAME}."
    )


def test_a_number_of_draws_takes_as_many_members() -> None:
    assert short(size(draws=20, replications=5)) == (5, 20, NAME)
    assert short(size("run.parameter_draws=7")) == (None, 7, NAME)
    assert short(size(draws=3, quick=True)) == (50, 3, NAME)
    assert short(size(draws=20)) == (20, 20, NAME)  # 400 shared among 20
    assert short(size(draws=200)) == (10, 200, NAME)
    assert short(size("run.replications=6", draws=20)) == (6, 20, NAME)
    assert (short(size(draws=1)), size(draws=1).note) == ((None, 1, None), "")


def test_none_draws_from_the_catalogue_as_ever() -> None:
    assert short(size(ensemble="none", draws=20, replications=5)) == (5, 20, None)
    assert (short(size(ensemble="none")), size(ensemble="none").note) == ((None, 1, None), "")
    assert short(size(refs=("bare",))) == (None, 1, None)


def test_an_ensemble_of_the_command_goes_before_that_of_the_scenario() -> None:
    assert short(size("run.ensemble=none", ensemble=NAME)) == (4, 100, NAME)
    assert short(size("run.ensemble=none", ensemble=NAME, replications=6)) == (6, 100, NAME)
    assert short(size(ensemble=NAME, draws=1, replications=6)) == (6, 1, None)


def test_scenarios_that_are_compared_agree_on_the_ensemble(tmp_path: Path) -> None:
    (tmp_path / "off.yaml").write_text("extends: base\nrun: {ensemble: none}\n", encoding="utf-8")
    refs = ("share-1", (tmp_path / "off.yaml").as_posix())
    told = rf"run.ensemble must be the same.*share-1 says {NAME}.*off.yaml says none.*Give --ensemble for all"
    for asked in ({}, {"draws": 5}):
        with pytest.raises(UserError, match=told):
            size(refs=refs, **asked)
    assert short(size(refs=refs, replications=30)) == (30, 1, None)
    assert short(size(refs=refs, ensemble=NAME, draws=5)) == (None, 5, NAME)
