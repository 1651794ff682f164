"""T2: every parameter with symbol, value, unit, law of its draws, grade, source and the mechanism that reads it.

Settings that no mechanism reads as the switches stand, and numbers of the catalogue that no setting takes, stand apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simcpec.catalogue.entries import Entry
from simcpec.catalogue.read import shipped
from simcpec.reporting.artefacts.table_formats.citing import mark
from simcpec.reporting.formatting import MISSING, plural, significant
from simcpec.reporting.page.observed import entries
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import ScenarioResult, Setting, Study
from simcpec.results.scenario_names import key_of
from simcpec.scenario.schema.mechanisms import idle, symbol_of, used_in

FIELDS = (
    "scenario", "name", "part", "key", "meaning", "value", "unit", "law", "low", "high", "interval_kind", "drawn",
    "grade", "source", "locator", "symbol", "used_in", "not_read_because", "catalogue_id",
)  # fmt: skip
SET, UNUSED = "set", "not used"
EVIDENCE = "evidence"  # what a number is for that no mechanism names


def parameters(study: Study) -> Table:
    """Return the parameters of the baseline, or of the first scenario; the records hold those of all."""
    index = study.baseline or 0
    result = study.scenarios[index]
    unused, values = _unused(study), _values(result)
    read = [one for one in result.settings_table if not idle(one.key, values)]
    idle_ones = [one for one in result.settings_table if idle(one.key, values)]
    panels = [Panel(columns=_heads(), rows=tuple(_rows(result, read)))]
    if idle_ones:
        rows = tuple(_rows(result, idle_ones))
        panels.append(Panel(columns=_heads(), rows=rows, title="Set, and read by nothing as the switches stand"))
    if unused:
        rows = tuple(_unused_row(one) for one in unused)
        panels.append(Panel(columns=_heads(), rows=rows, title="Not used by a setting"))
    return Table(
        id="T2",
        slug="parameters",
        title="Parameters",
        caption=(
            f"{plural(len(result.settings_table), 'setting')} of {key_of(index)}; the data file has those of every "
            "scenario. Range: the interval of the catalogue, and the law by which parameter draws take values from it; "
            "fixed: no draw moves it. Grade A: official series; B: two independent counts; C: one count; D: judgement. "
            "Symbol: its name in the formulas of the model, with province, cohort or force in brackets. Used in: the "
            "section of the description of the model, and of the rules, that reads it. "
            f"{plural(len(idle_ones), 'setting')} that no mechanism reads as the switches stand, and "
            f"{plural(len(unused), 'number')} of the catalogue that no setting takes stand apart at the end: they are "
            "evidence that the model is held against, or values of settings that these scenarios set otherwise."
        ),
        panels=tuple(panels),
        fields=FIELDS,
        records=(
            *(_record(i, one, setting, values)
              for i, one in enumerate(study.scenarios) for values in [_values(one)] for setting in one.settings_table),
            *(("", "", UNUSED, one.id, _says(one), _value(one), one.unit, *_law(one, drawn=False), one.grade,
               one.source.key, one.source.where, "", _bears_on(one), "", one.id) for one in unused),
        ),
    )  # fmt: skip


def sources_of(study: Study) -> list[str]:
    """Return the keys of the sources behind the settings and behind what is not used, sorted."""
    known = entries()
    used = {one.catalogue_id for result in study.scenarios for one in result.settings_table}
    return sorted(
        {known[name].source.key for name in known if name in used} | {one.source.key for one in _unused(study)}
    )


def bibliography_text(study: Study) -> str:
    """Return BibTeX of all sources that the table cites."""
    from simcpec.catalogue.citations import bibtex

    return bibtex(shipped().sources[key] for key in sources_of(study))


def _unused(study: Study) -> list[Entry]:
    """Numbers of the catalogue that no setting of any scenario takes."""
    used = {one.catalogue_id for result in study.scenarios for one in result.settings_table}
    return [one for one in entries().values() if one.id not in used]


def _heads() -> tuple[Cell, ...]:
    return (
        words("Parameter"), words("Symbol"), words("Value"), words("Range"), words("Grade"), words("Used in"),
        words("Source"),
    )  # fmt: skip


def _values(result: ScenarioResult) -> dict[str, str]:
    return {one.key: one.value for one in result.settings_table}


def _rows(result: ScenarioResult, settings: Iterable[Setting]) -> Iterable[Row]:
    theme, drawn, values = "", set(result.parameters.keys), _values(result)
    for one in settings:
        parts = one.key.split(".")
        here = ".".join(parts[:2]) if len(parts) > 2 else parts[0]
        if here != theme:
            theme = here
            yield group(theme)
        entry = entries().get(one.catalogue_id)
        source = words(MISSING, one.source or "set in the scenario") if entry is None else _source(entry)
        yield Row(
            cells=(
                words(one.key, "" if entry is None else _says(entry)),
                words(symbol_of(one.key)),
                words(f"{one.value} {one.unit}".strip()),
                words(_range(entry, drawn=one.key in drawn)),
                words(one.grade or MISSING),
                words(used_in(one.key) or MISSING, idle(one.key, values)),
                source,
            )
        )


def _unused_row(one: Entry) -> Row:
    return Row(
        cells=(
            words(one.id, _says(one)), words(MISSING), words(f"{_value(one)} {one.unit}".strip()),
            words(_range(one, drawn=False)), words(one.grade), words(_bears_on(one) or EVIDENCE), _source(one),
        )
    )  # fmt: skip


def _bears_on(one: Entry) -> str:
    """Mechanisms that a number bears on without setting a key."""
    return "; ".join(one.bears_on)


def _source(entry: Entry) -> Cell:
    return words(mark(entry.source.key), entry.source.where)


def _range(entry: Entry | None, *, drawn: bool) -> str:
    if entry is None or entry.interval is None:
        return "fixed"
    low, high = (significant(end) for end in entry.interval)
    return f"{low} to {high}, {entry.law if drawn else 'fixed'}"


def _law(entry: Entry | None, *, drawn: bool) -> tuple[object, ...]:
    if entry is None:
        return "", None, None, "", drawn
    low, high = entry.interval or (None, None)
    return entry.law, low, high, entry.interval_kind, drawn


def _says(entry: Entry) -> str:
    return entry.says[:1].upper() + entry.says[1:]


def _value(entry: Entry) -> str:
    if isinstance(entry.value, tuple):
        return ", ".join(f"{number:g}" for number in entry.value)
    return entry.value if isinstance(entry.value, str) else f"{entry.value:g}"


def _record(index: int, result: ScenarioResult, one: Setting, values: Mapping[str, str]) -> tuple[object, ...]:
    entry = entries().get(one.catalogue_id)
    drawn = one.key in result.parameters.keys
    source, where = (one.source, "") if entry is None else (entry.source.key, entry.source.where)
    says = "" if entry is None else _says(entry)
    return (
        key_of(index), result.name, SET, one.key, says, one.value, one.unit, *_law(entry, drawn=drawn), one.grade,
        source, where, symbol_of(one.key), used_in(one.key), idle(one.key, values), one.catalogue_id,
    )  # fmt: skip
