"""Data frames of a study: the same numbers as its files, one row a thing, and clear words where there is none."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simcpec.analysis.responses import RESPONSES, response
from simcpec.errors import UserError
from simcpec.results.records import Fate, Fates, Parameters, Study
from simcpec.storage.csv_tables import COUNT_TABLES, count_table, scenario_files, study_files
from simcpec.storage.csv_text import unguarded
from simcpec.storage.data_frames import TABLES, frame
from tests.support import studies

CELL = ("PUN", "engineers", "site")


@pytest.fixture(scope="module")
def study() -> Study:
    """Two scenarios of two draws, with names that a spreadsheet might run, drawn values and fates."""
    base = studies.result(name="=A", replications=6, draws=2)
    other = studies.result(name="B", share=0.02, factor=0.5, replications=6, draws=2)
    drawn = Parameters(keys=("world.a", "world.b"), units=("days", ""), values=np.array([[1.0, 2.0], [3.0, 4.5]]))
    fate = Fate(what="attacks", became="averted", by="foiled", origin=CELL, target=("", "", ""), count=3)
    found = studies.study(replace(base, parameters=drawn), replace(other, parameters=drawn))
    return replace(found, fates=Fates(plays=4, of_scenario=((), (fate,))))


def of_files(study: Study, name: str) -> pd.DataFrame:
    """A scenario's CSV file of every scenario, as a spreadsheet would join them."""
    parts = []
    for result in study.scenarios:
        part = pd.read_csv(
            io.StringIO(scenario_files(result)[name]), keep_default_na=False, dtype={"period": str, "year": str}
        )
        part.insert(0, "scenario", result.slug)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    assert list(found.columns) == list(wanted.columns)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False, check_exact=True)


@pytest.mark.parametrize("name", [file for file, *_ in COUNT_TABLES])
def test_counts_are_those_of_the_files(study: Study, name: str) -> None:
    found = frame(study, name.removesuffix(".csv"))
    same(found, of_files(study, name).map(lambda cell: unguarded(cell) if isinstance(cell, str) else cell))
    whole = {each for each in found.columns if pd.api.types.is_integer_dtype(found[each])}
    assert {"draw", "replication"} <= whole
    assert ("attacks" in whole) == (name in ("cells.csv", "modes.csv"))


def test_draws_are_those_of_the_files(study: Study) -> None:
    same(frame(study, "draws"), of_files(study, "draws.csv"))
    assert len(frame(study, "draws")) == 2 * 2 * 2


def test_no_drawn_values_make_no_rows() -> None:
    found = frame(studies.pair(replications=2), "draws")
    assert list(found.columns) == ["scenario", "draw", "key", "unit", "value"]
    assert len(found) == 0


def test_accounts_are_those_of_the_files(study: Study) -> None:
    found = frame(study, "accounts")
    wanted = of_files(study, "accounts.csv")
    wanted["part_of_budget"] = wanted["part_of_budget"] == "yes"
    same(found, wanted)
    assert found["part_of_budget"].dtype == bool
    assert found["spent_usd"].sum() > 0.0


@pytest.mark.parametrize("name", ["estimates", "differences", "fates"])
def test_tables_of_the_study_are_those_of_its_files(study: Study, name: str) -> None:
    text = study_files(study)["summary.csv" if name == "estimates" else f"{name}.csv"]
    exact = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}  # the default from pandas 3
    wanted = pd.read_csv(io.StringIO(text), true_values=["yes"], false_values=["no"], na_values=[""], **exact)
    found = frame(study, name)
    assert list(found.columns) == list(wanted.columns)
    for column in wanted:
        a, b = found[column].replace("", None), wanted[column]
        assert (a.isna() == b.isna()).all(), column
        assert (a.dropna() == b.dropna()).all(), column


def test_replications_hold_each_response_once(study: Study) -> None:
    found = frame(study)
    assert list(found.columns) == ["scenario", "draw", "replication", *(each.id for each in RESPONSES)]
    assert found.groupby(["scenario", "draw"])["replication"].apply(list).map(lambda of: of == list(range(6))).all()
    for result, rows in zip(study.scenarios, (found[found.scenario == s.slug] for s in study.scenarios), strict=True):
        for each in RESPONSES:
            np.testing.assert_array_equal(rows[each.id], response(each.id).of(result).reshape(-1))
    other = found[found.scenario == "s1"].reset_index()["attacks"] < found[found.scenario == "s0"]["attacks"]
    assert other.any()  # the columns are not those of one scenario twice


def test_twins_make_one_row() -> None:
    played = replace(studies.result(replications=6), antithetic=True)
    found = frame(studies.study(played, baseline=None))
    assert found["replication"].tolist() == [0, 2, 4]
    one_by_one = frame(studies.study(replace(played, antithetic=False), baseline=None))["attacks"].to_numpy()
    np.testing.assert_allclose(found["attacks"], (one_by_one[::2] + one_by_one[1::2]) / 2.0)
    assert len(frame(studies.study(played, baseline=None), "cells").groupby("replication")) == 6


def test_what_is_not_estimable_is_missing() -> None:
    found = frame(studies.study(studies.result(factor=0.0), baseline=None), "estimates")
    assert found.loc[~found["estimable"], "mean"].isna().all()


def test_an_unknown_table_is_refused_with_the_nearest(study: Study) -> None:
    with pytest.raises(UserError, match=r"no table is called 'estimate'.*replications.*Did you mean estimates\?"):
        frame(study, "estimate")


@pytest.mark.parametrize("name", ["differences", "fates"])
def test_what_a_single_run_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="compare"):
        frame(studies.study(studies.result(), baseline=None), name)


def test_every_table_has_a_word_in_the_docstring() -> None:
    text = frame.__doc__ or ""
    assert [name for name in TABLES if name not in text] == []


def test_a_shifted_column_would_be_seen(study: Study) -> None:
    """The control: counts under the wrong names are not those of the file."""
    file, field, labels, names = COUNT_TABLES[0]
    wrong: Callable[[], str] = lambda: count_table(study.scenarios[0], field, labels, (*names[1:], names[0]))  # noqa: E731
    shifted = pd.read_csv(io.StringIO(wrong()))
    assert not np.array_equal(shifted["attacks"], of_files(study, file)["attacks"][: len(shifted)])
