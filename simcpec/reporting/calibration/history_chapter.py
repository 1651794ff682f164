"""The chapter "What history can and cannot say" of reports on studies whose draws are members of an ensemble."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from simcpec.catalogue.checks import poisson_interval
from simcpec.reporting.calibration.used_ensemble import UsedEnsemble, used_ensemble
from simcpec.reporting.formatting import plural, significant
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words
from simcpec.results.records import Study

NAME, TITLE = "history", "What history can and cannot say"
LEAD = (
    "Parameter draws are states of the world that were fitted to counts on record. Those counts are few: what they "
    "moved, and what they left as it was, bounds what the results of this report can rest on."
)
SHOWN = 8  # settings of each kind
FIELDS = (
    "target", "kind", "observed", "exact_low", "exact_high", "low", "median", "high", "per_cent", "tail", "inside",
)  # fmt: skip
KINDS = ("count", "harm", "gap")


def claim(study: Study) -> str:
    """How many draws carry the ensemble, and how many settings it moved; "" where there is none."""
    of = used_ensemble(study)
    if of is None:
        return ""
    if not of.there:
        return (
            f"Draws are members of the calibrated ensemble {of.name}{_digest(of)}, whose folder is not where the"
            " command says, or is another one: its fit cannot be shown."
        )
    outside = [row["target"] for row in of.fit if row.get("inside") == "no"]
    inside = f"outside of their intervals: {', '.join(outside)}" if outside else "every target lies inside its interval"
    effective, draws = (_float(of.summary, name) for name in ("effective_draws", "draws"))
    said = f"{effective:,.0f} of {draws:,.0f} draws of the calibration are effective; {inside}."
    if of.settings:
        moved = sum(row.get("moved") == "yes" for row in of.settings)
        said += f" The data moved {moved} of {len(of.settings)} settings; all others stay as uncertain as they were."
    return said[:1].upper() + said[1:]


def history_fit(study: Study) -> Table | None:
    """T22: the fit of the ensemble, what it moved, and where it comes from; None where no ensemble is used."""
    of = used_ensemble(study)
    if of is None:
        return None
    if not of.fit:
        return _name_alone(of)
    rows = [row for row in of.fit if row.get("kind") in KINDS]
    panels = [Panel(columns=_heads(), rows=tuple(_row(row) for row in rows), title="Record against prediction")]
    if of.settings:
        panels += _settings(of.settings)
    return Table(
        id="T22", slug="history-fit", title="The record, and what it moved",
        caption=(
            "Observed counts with the exact 95 % interval of a Poisson mean; predictive intervals are those of a "
            "window like the one observed, 90 % of counts and gaps, 95 % of persons; tail: chance of something at "
            "least as far out. Moved: share of the variance of a setting that the data take away; 0 is nothing. "
            "Overlap: what the densities of a setting before and after have in common; 100 % where they are equal."
        ),
        panels=tuple(panels), fields=FIELDS, records=tuple(_record(row) for row in rows),
        notes=(*_provenance(of), *_told(of)), compact=True,
    )  # fmt: skip


def _name_alone(of: UsedEnsemble) -> Table:
    """T22 of an ensemble whose folder is not there: what the study says of it."""
    said = (("Ensemble", of.name), ("Digest", of.digest or "not said"))
    rows = tuple(Row(cells=(words(what), words(text))) for what, text in said)
    return Table(
        id="T22", slug="history-fit", title="The record, and what it moved",
        caption="The folder of the ensemble is not there; simcpec report shows its fit where it is.",
        panels=(Panel(columns=(words("What"), words("Said")), rows=rows),),
        fields=("what", "said"), records=said,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ cells


def _heads() -> tuple[Cell, ...]:
    return (
        words("Target"), Cell(text="Observed", detail="exact 95 %"), Cell(text="Predicted", detail="median"),
        Cell(text="Interval"), Cell(text="Tail", detail="%"), words("Inside"),
    )  # fmt: skip


def _row(row: Mapping[str, str]) -> Row:
    exact = _exact(row)
    known = "" if exact is None else f"{significant(exact[0], 2)} to {significant(exact[1], 2)}"
    observed, low, median, high, tail = (_float(row, name) for name in ("observed", "low", "median", "high", "tail"))
    return Row(
        cells=(
            words(row["target"]), Cell(text=significant(observed), detail=known), Cell(text=significant(median)),
            Cell(text=f"{significant(low)} to {significant(high)}", detail=f"{_float(row, 'per_cent'):.0f} %"),
            Cell(text=f"{100.0 * tail:.0f}"), words(row.get("inside", "")),
        )
    )  # fmt: skip


def _exact(row: Mapping[str, str]) -> tuple[float, float] | None:
    """Exact interval of a count; None of persons and gaps."""
    return poisson_interval(_float(row, "observed")) if row.get("kind") == "count" else None


def _record(row: Mapping[str, str]) -> tuple[object, ...]:
    exact = _exact(row) or (None, None)
    numbers = [_float(row, name) for name in ("low", "median", "high", "per_cent", "tail")]
    return (
        row["target"], row["kind"], _float(row, "observed"), *exact,
        *(number if math.isfinite(number) else None for number in numbers), row.get("inside", ""),
    )  # fmt: skip


def _settings(rows: Sequence[Mapping[str, str]]) -> list[Panel]:
    """The settings that moved most, and those drivers that did not move."""
    moved = sorted((row for row in rows if row.get("moved") == "yes"), key=lambda row: -_float(row, "contraction"))
    still = [row for row in rows if row.get("moved") == "no" and row.get("driver") == "yes"]
    heads = (words("Setting"), Cell(text="Moved", detail="%"), Cell(text="Overlap", detail="%"))
    return [
        Panel(columns=heads, rows=tuple(_setting(row) for row in chosen[:SHOWN]), title=title)
        for chosen, title in (
            (moved, f"What the data moved most, of {plural(len(moved), 'setting')}"),
            (still, f"What they did not move, of {plural(len(still), 'driver')} that stayed"),
        )
        if chosen
    ]


def _setting(row: Mapping[str, str]) -> Row:
    share = max(0.0, _float(row, "contraction"))
    return Row(
        cells=(
            Cell(text=row["key"], kind="code"), Cell(text=f"{100.0 * share:.0f}"),
            Cell(text=f"{100.0 * _float(row, 'overlap'):.0f}"),
        )
    )  # fmt: skip


def _provenance(of: UsedEnsemble) -> tuple[str, ...]:
    said = of.manifest
    targets = str(said.get("targets_digest", ""))[:12]
    return (
        f"Ensemble {of.name}{_digest(of)}, {plural(int(said.get('members', 0)), 'member')}; made by:"
        f" {said.get('command', 'an earlier version')}; targets {said.get('targets', '')}, digest {targets}.",
    )


def _told(of: UsedEnsemble) -> tuple[str, ...]:
    """What else the calibration says: the interval of the rate, births against passage, and mechanisms."""
    notes = []
    if {"rate_low", "rate_median", "rate_high", "wider_than_poisson"} <= set(of.summary):
        low, median, high, wider = (
            _number(of.summary, name) for name in ("rate_low", "rate_median", "rate_high", "wider_than_poisson")
        )
        notes.append(
            f"Attacks a year, as fitted: {median} ({low} to {high}), an interval {wider} times as wide as that of a"
            " Poisson count."
        )
    if "ridge_correlation" in of.summary:
        notes.append(
            "Counts fix the product of how many plots are born and how many of them pass, not either of both: their"
            f" logarithms correlate by {_number(of.summary, 'ridge_correlation')}."
        )
    untold = [row["mechanism"] for row in of.mechanisms if row.get("verdict") == "cannot tell"]
    if untold:
        notes.append(f"The record cannot tell whether these mechanisms act: {', '.join(untold)}.")
    return tuple(notes)


def _digest(of: UsedEnsemble) -> str:
    return f" (digest {of.digest})" if of.digest else ""


def _float(row: Mapping[str, str], name: str) -> float:
    try:
        return float(row.get(name, ""))
    except ValueError:
        return math.nan


def _number(summary: Mapping[str, str], name: str) -> str:
    value = _float(summary, name)
    return significant(value) if math.isfinite(value) else "an unknown number"
