"""The level at the values as written, beside the mean over parameter draws: replications of its own, of draw 0.

Ranges are skewed and the model is not linear, so that a mean over draws is not what the values as written give. A
study with draws therefore simulates the point values too: as many replications as `replications_as_written` says, at
the addresses that a study of one draw has. They move no number of the draws, and their means have half-widths of their
own. Of each replication the responses of the nation are kept, in `AsWritten` and in a table.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simcpec.analysis.responses import ASKED, responses_of
from simcpec.results.records import AsWritten, ScenarioResult
from simcpec.storage.csv_text import csv_text
from simcpec.storage.stored_files import Damaged, numbers, read_rows, refusing, table_faults

TABLE = "as-written.csv"
REPLICATION = "replication"

MOST = 200  # replications of a scenario at the values as written, and at most this
SHARE = 0.2  # of those of all its draws: what they may add to the time of a study; but
LEAST = 2  # without which there is no half-width

DIGITS = 18  # of the number of a replication in a stored table


def replications_as_written(of_draws: int, *, twins: bool) -> int:
    """Replications at the values as written of a scenario whose draws have `of_draws` in all; even for twins."""
    count = max(LEAST, min(MOST, int(SHARE * of_draws)))
    return max(2 * LEAST, count + count % 2) if twins else count


def as_written_of(point: ScenarioResult) -> AsWritten:
    """Responses of a scenario of which the one draw is the values as written, and every replication is kept."""
    values = {response.id: response.of(point)[0] for response in responses_of(point)}
    known = {name: column for name, column in values.items() if np.isfinite(column).all()}
    return AsWritten(
        responses=tuple(known),
        replications=point.replication_numbers[0, :: 2 if point.antithetic else 1].copy(),
        values=np.array(list(known.values()), dtype=np.float64).T,
    )


def as_written_table(of: AsWritten) -> str:
    """One row a replication, or a pair of twins, by the number of the first; one column a response."""
    rows = zip(of.replications.tolist(), of.values.tolist(), strict=True)
    return csv_text((REPLICATION, *of.responses), ((number, *values) for number, values in rows))


def read_as_written(folder: Path, responses: tuple[str, ...]) -> AsWritten:
    """The values back from `as_written_table`, to the last bit. Raises Refused."""
    rows = read_rows(folder / TABLE, (REPLICATION, *responses), at_most=MOST)
    with refusing(folder / TABLE), table_faults():
        if not rows or not responses or set(responses) - set(ASKED) or len(set(responses)) < len(responses):
            raise Damaged("holds nothing, or a response that this version does not know")
        if not all(row[0].isdecimal() and len(row[0]) <= DIGITS for row in rows):
            raise Damaged("has a replication that is no whole number from 0")
        found = np.array([int(row[0]) for row in rows], dtype=np.int64)
        if (np.diff(found) <= 0).any():
            raise Damaged("has replications that do not increase")
        values = numbers([text for row in rows for text in row[1:]]).reshape(len(rows), len(responses))
    return AsWritten(responses=responses, replications=found, values=values)
