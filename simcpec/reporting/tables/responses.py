"""T17: whether the model responds as the literature says, from the kept run of the shipped base case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simcpec.catalogue.records import NAMED
from simcpec.reporting.formatting import MISSING, called, plural, plus_minus, significant
from simcpec.reporting.page.observed import observed
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words
from simcpec.results.records import Study
from simcpec.verification.kept_responses import DISPLACED, differing_settings, kept_responses

LONGEST = 5  # keys that are named; the others are counted
FAULTS = ("outside", "exactly nothing")


def responses(study: Study) -> Table | None:
    """T17; None where the counts on record are not those that the shipped base case was made for."""
    record = observed(study)
    if record is None or record.name not in NAMED:
        return None
    kept = kept_responses()
    heads = (
        words("Change of the base case"), Cell(text="Incidents", detail="%"), Cell(text="Breaches", detail="%"),
        Cell(text="Deaths", detail="%"), words("Compared with"), words("Published"), words("Verdict"),
        Cell(text="Averted", detail="breaches a year per USD m"),
    )  # fmt: skip
    return Table(
        id="T17",
        slug="responses",
        title="Responses against published ones",
        caption=_caption(kept.rows, kept.command),
        panels=(Panel(columns=heads, rows=tuple(_row(row) for row in kept.rows)),),
        fields=tuple(kept.rows[0]),
        records=tuple(tuple(map(_number, row.values())) for row in kept.rows),
        notes=_notes(study),
        compact=True,
    )


def verdict() -> str:
    """How many of the kept responses are outside what is published, in a sentence."""
    rows = kept_responses().rows
    outside = sum(row["verdict"] in FAULTS for row in rows)
    said = "none lies" if not outside else "1 lies" if outside == 1 else f"{outside} lie"
    return f"Of {plural(len(rows), 'response')} of the shipped base case, {said} outside what is published."


def _caption(rows: Sequence[Mapping[str, str]], command: str) -> str:
    bare = sum(row["verdict"] == "nothing published" for row in rows)
    faults = [row["response"] for row in rows if row["verdict"] in FAULTS]
    signs = sum(_published(row).startswith("at ") for row in rows)
    text = (
        "One thing of the shipped base case is changed at a time, with the same random numbers. An elasticity is "
        "ln(after / before) / ln(factor); ± is the 95 % Monte Carlo half-width and says nothing about how well "
        f"parameters are known. Of {plural(len(rows), 'response')}, {signs} are held against a sign alone and {bare} "
        "against nothing, because nothing is published. "
    )
    text += f"Outside what is published: {', '.join(faults)}. " if faults else "None is outside what is published. "
    text += _placement(rows)
    return text + f"Breaches averted per USD million rest on judged gains and rank nothing. Made by: {command}."


def _placement(rows: Sequence[Mapping[str, str]]) -> str:
    """Sentences where dividing the budget otherwise between provinces does more than twice the budget."""
    breaches = {row["response"]: float(row["breaches_percent"]) for row in rows}
    placed = {name: change for name, change in breaches.items() if name.startswith("placement")}
    twice = breaches.get("share x 2")
    if twice is None or not placed:
        return ""
    name = min(placed, key=lambda one: placed[one])
    if placed[name] >= twice:
        return ""
    return (
        f"Placement beats size: {name.removeprefix('placement ')} instead of by exposure, at one share, changes "
        f"breaches by {significant(placed[name], 2)} %, twice the share by {significant(twice, 2)} %. No source says "
        "how the share is divided between provinces: draws vary the part by exposure from 0 to 100 %. "
    )


def _notes(study: Study) -> tuple[str, ...]:
    """Which scenarios play in another world than the kept run, and in what it differs."""
    found: dict[tuple[str, ...], list[str]] = {}
    for index, result in enumerate(study.scenarios):
        found.setdefault(differing_settings(result.settings_table), []).append(called(study, index))
    others = {keys: names for keys, names in found.items() if keys}
    if not others:
        return (
            "All scenarios here play in the world of the shipped base case, so that these are their responses too.",
        )
    return tuple(_note(keys, names) for keys, names in others.items())


def _note(keys: tuple[str, ...], names: Sequence[str]) -> str:
    more = f" and {len(keys) - LONGEST} more" if len(keys) > LONGEST else ""
    who = f"{', '.join(names[:LONGEST])}{' and others' if len(names) > LONGEST else ''}"
    return (
        f"Not measured in the world of {who}, which differs from that of the shipped base case in "
        f"{plural(len(keys), 'setting')}: {', '.join(keys[:LONGEST])}{more}. To measure it there: simcpec verify "
        "responses, with the scenario."
    )


def _number(text: str) -> float | str:
    """A cell of the kept table: a number where it is one, so that a minus is no sign of a formula."""
    try:
        return float(text)
    except ValueError:
        return text


def _row(row: Mapping[str, str]) -> Row:
    verdict, entry = row["verdict"], row["entry"]
    averted = row["breaches_averted_per_million"]
    return Row(
        cells=(
            words(row["says"]),
            *(_change(row, measure) for measure in ("incidents", "breaches", "deaths")),
            words(_value(row), "incidents" if row["of"] == DISPLACED else row["of"]),
            words(_published(row), f"{entry}, grade {row['grade']}" if entry else ""),
            words(verdict, tone="worse" if verdict in FAULTS else ""),
            Cell(text=significant(float(averted), 2) if averted else MISSING),
        )
    )


def _change(row: Mapping[str, str], measure: str) -> Cell:
    mean, half = plus_minus(float(row[f"{measure}_percent"]), float(row[f"{measure}_half_width"]), sign=True)
    return Cell(text=f"{mean} {half}")


def _value(row: Mapping[str, str]) -> str:
    """The elasticity, the share that moved elsewhere, or that the change itself is compared."""
    mean, half = plus_minus(float(row["value"]), float(row["half_width"]), sign=True)
    if row["of"] == DISPLACED:
        return f"displaced {mean} {half} %"
    return "the change" if row["value"] == row[f"{row['of']}_percent"] else f"elasticity {mean} {half}"


def _published(row: Mapping[str, str]) -> str:
    """The published range in words."""
    low, high = (significant(float(row[key])) if row[key] else "" for key in ("published_low", "published_high"))
    if not low and not high:
        return "nothing"
    if low and high:
        return f"{low} to {high}"
    return f"at most {high}" if high else f"at least {low}"
