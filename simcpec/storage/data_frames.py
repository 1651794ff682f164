"""A study as pandas data frames, for the analysis that this package does not do: regressions, other tests, other plots.

    found = simcpec.read(Path("outputs/four-shares"))
    simcpec.frame(found)                       a row for each replication, a column for each response
    simcpec.frame(found, "differences")        paired differences from the baseline, as differences.csv has them

Frames are tidy: labels are columns, text is as it was written (CSV files guard what a spreadsheet might run), counts
are whole numbers, and what is not known or not estimable is missing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from simcpec.analysis.responses import responses_of
from simcpec.economics.costs import accounts
from simcpec.errors import UserError, no_such
from simcpec.model.modes import INSTRUMENTS
from simcpec.model.world import Floats
from simcpec.results.records import ScenarioResult, Study
from simcpec.storage.csv_tables import (
    ADDRESS,
    COUNT_TABLES,
    DIFFERENCE,
    FATES,
    SUMMARY,
    VALUED_COLUMNS,
    difference_rows,
    fates_rows,
    is_count,
    labels_of,
    summary_rows,
)

CENTS = ("given", "spent", "unspent")


def frame(study: Study, table: str = "replications") -> pd.DataFrame:
    """One table of a study as a data frame; `table` is a name of `TABLES`.

    replications   a row for each replication that is kept as a row, a column for each response, nationally, in the
                   unit of `simcpec list responses`; of twins one row, their average, with the number of the first.
                   Values of shares and means are linearised: their mean is the ratio of means (see `responses`)
    cells, movements, modes, provinces, costs   counts and USD by draw, replication, period, province (and cohort,
                   setting, mode of attack)
    valuations     present values of the cost lines, and deaths at the value of life, as `costs`
    estimates      every response by scenario and province, with its Monte Carlo and its uncertainty interval
    differences    paired differences from the baseline        fates   what became of the baseline's attacks
    accounts       the budget and the host's forces by year, payer, province and line, USD of the point values
    draws          the drawn values of parameters

    Rows of replications are the first of each draw where a study keeps sums of the others, and a warning says so;
    estimates and differences rest on all. Raises UserError for another name, and for what only a comparison has.
    """
    if table not in TABLES:
        raise no_such(f"no table is called {table!r}", table, TABLES)
    if table in OF_ROWS and any(result.partial for result in study.scenarios):
        first = study.scenarios[0]
        warnings.warn(
            f"{table} holds the {first.rows:,} of {first.replications:,} replications of a draw that are kept one by "
            "one; estimates and differences rest on all. A study played with --rows all (in Python rows=None) keeps "
            "every one",
            stacklevel=2,
        )
    return TABLES[table](study)


def table_frame(fields: Sequence[str], records: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Fields and records of a table as a data frame."""
    return _table(fields, records)


def _replications(study: Study) -> pd.DataFrame:
    return _joined(study, _responses)


def _responses(result: ScenarioResult) -> pd.DataFrame:
    units = result.replication_numbers[:, :: 2 if result.antithetic else 1]
    address = {
        "scenario": result.slug,
        "draw": np.repeat(np.array(result.draw_numbers, np.int64), units.shape[1]),
        "replication": units.reshape(-1),
    }
    return pd.DataFrame(address | {response.id: response.kept(result).reshape(-1) for response in responses_of(result)})


def _counts(field: str, labels: Sequence[str], names: Sequence[str]) -> Callable[[Study], pd.DataFrame]:
    """The maker of one table of counts."""

    def of(result: ScenarioResult) -> pd.DataFrame:
        values: Floats = getattr(result, field).reshape(-1, len(names))
        columns = {
            name: column.astype(np.int64) if is_count(name) else column
            for name, column in zip(names, values.T, strict=True)
        }
        return pd.concat([_labels(result, labels[2:]), pd.DataFrame(columns)], axis="columns")

    return lambda study: _joined(study, of)


def _labels(result: ScenarioResult, inner: Sequence[str]) -> pd.DataFrame:
    """Label columns in the order of the arrays: address, then the axes named by `inner`."""
    of = labels_of(result.axes)
    each = pd.MultiIndex.from_product([of[name] for name in inner], names=list(inner)).to_frame(index=False)
    plays = [(d, r) for d, row in zip(result.draw_numbers, result.replication_numbers, strict=True) for r in row]
    address = pd.DataFrame(plays, columns=["draw", "replication"], dtype=np.int64)
    address.insert(0, "scenario", result.slug)
    return address.merge(each, how="cross")


def _estimates(study: Study) -> pd.DataFrame:
    rows = ((result.slug, *row) for result in study.scenarios for row in summary_rows(result))
    return _table(("scenario", *SUMMARY), rows)


def _differences(study: Study) -> pd.DataFrame:
    if study.baseline is None:
        raise UserError("nothing was compared in this study, so it has no differences; allowed: a study of `compare`")
    return _table(DIFFERENCE, difference_rows(study, study.scenarios[study.baseline]))


def _fates(study: Study) -> pd.DataFrame:
    if study.fates is None:
        raise UserError(
            "this study kept no fates of attacks; allowed: a study of `compare` by an engine that tells them"
        )
    return _table(FATES, fates_rows(study, study.fates))


def _accounts(study: Study) -> pd.DataFrame:
    def of(result: ScenarioResult) -> pd.DataFrame:
        rows = accounts(result.plan, provinces=result.axes.provinces, instruments=INSTRUMENTS)
        told = pd.DataFrame(
            [(result.slug, r.year, r.payer, r.province, r.line, r.budget, r.given, r.spent, r.unspent) for r in rows],
            columns=["scenario", "year", "payer", "province", "line", "part_of_budget", *CENTS],
        )
        money = {f"{name}_usd": told[name] / 100.0 for name in CENTS}
        return told.drop(columns=list(CENTS)).assign(**money)

    return _joined(study, of)


def _draws(study: Study) -> pd.DataFrame:
    def of(result: ScenarioResult) -> pd.DataFrame:
        drawn = result.parameters
        each = pd.DataFrame({"key": drawn.keys, "unit": drawn.units}, dtype=object)
        draws = pd.DataFrame({"scenario": result.slug, "draw": np.array(result.draw_numbers, np.int64)})
        return draws.merge(each, how="cross").assign(value=drawn.values.reshape(-1))

    return _joined(study, of)


def _joined(study: Study, of: Callable[[ScenarioResult], pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([of(result) for result in study.scenarios], ignore_index=True)


def _table(header: Iterable[str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(header))


#: name of a table -> what makes it
TABLES: dict[str, Callable[[Study], pd.DataFrame]] = {
    "replications": _replications,
    **{file.removesuffix(".csv"): _counts(field, labels, names) for file, field, labels, names in COUNT_TABLES},
    "valuations": _counts("valued", ADDRESS, VALUED_COLUMNS),
    "estimates": _estimates,
    "differences": _differences,
    "fates": _fates,
    "accounts": _accounts,
    "draws": _draws,
}
#: tables that hold what is kept one by one
OF_ROWS = frozenset({"replications", "valuations", *(file.removesuffix(".csv") for file, _, _, _ in COUNT_TABLES)})
