"""Sources and grades of every setting: those that differ between the scenarios first, then all of one scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from simcpec.catalogue.entries import GRADES
from simcpec.catalogue.read import shipped
from simcpec.catalogue.sources import SEEN
from simcpec.reporting.formatting import MISSING, headed, name_of, plural, short_name
from simcpec.reporting.page.observed import entries
from simcpec.reporting.tables.outcomes import blocks, meaning
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import ScenarioResult, Setting, Study
from simcpec.results.scenario_names import key_of

UNGRADED = "none"
ACROSS = 20  # scenarios side by side in the table of grades, a letter each
NAMED_ACROSS = 6  # of them that have room for their names
SAYS = {**GRADES, UNGRADED: "no entry in the catalogue: set in a scenario file, or no quantity"}


def grades(study: Study) -> Table:
    """Return how many settings of each scenario have which grade."""
    counts = [Counter(one.grade or UNGRADED for one in result.settings_table) for result in study.scenarios]
    return Table(
        id="T2b",
        slug="grades",
        title="How well founded the settings are",
        caption="Number of settings by grade of the catalogue's entry behind them, by scenario.",
        panels=tuple(_graded(study, counts, block) for block in blocks(len(counts), ACROSS)),
        fields=("grade", "means", "scenario", "name", "settings"),
        records=tuple(
            (grade, says, key_of(i), study.scenarios[i].name, count[grade])
            for grade, says in SAYS.items()
            for i, count in enumerate(counts)
        ),
    )


def _graded(study: Study, counts: Sequence[Counter[str]], block: range) -> Panel:
    """The panel of some scenarios."""
    rows = []
    for grade, says in SAYS.items():
        cells = [Cell(text=grade if grade != UNGRADED else MISSING, detail=says, kind="text")]
        cells += [Cell(text=f"{counts[i][grade]:,}") for i in block]
        rows.append(Row(cells=tuple(cells)))
    heads = [
        Cell(text=short_name(study, i, 24) if len(counts) <= NAMED_ACROSS else key_of(i), name=True) for i in block
    ]
    return Panel(columns=(words("Grade"), *heads), rows=tuple(rows))


def changed(study: Study) -> Table | None:
    """Settings that differ from the baseline, with what stands behind them; None where there are none."""
    rows: list[Row] = []
    for index, result in enumerate(study.scenarios):
        differing = [one for one in result.settings_table if one.changed]
        if differing:
            rows.append(group(headed(study, index)))
            rows += [_row(one) for one in differing]
    if not rows:
        return None
    return Table(
        id="T2a",
        slug="changed-settings",
        title="Settings that differ",
        caption="Settings that differ from the baseline, with source and grade.",
        panels=(Panel(columns=_heads(), rows=tuple(rows)),),
        fields=FIELDS,
        records=tuple(
            _record(i, result, one)
            for i, result in enumerate(study.scenarios)
            for one in result.settings_table
            if one.changed
        ),
    )


def everything(study: Study) -> Table:
    """T2: every setting of the baseline, or of the first scenario; the CSV has those of all."""
    index = 0 if study.baseline is None else study.baseline
    result = study.scenarios[index]
    rows: list[Row] = []
    for theme, settings in _themes(result.settings_table):
        rows.append(group(theme))
        rows += [_row(one) for one in settings]
    return Table(
        id="T2",
        slug="settings",
        title="Every setting",
        caption=(
            f"{plural(len(result.settings_table), 'setting')} of {name_of(study, index)}"
            + (", the baseline; " if len(study.scenarios) > 1 else "; ")
            + "the CSV file has those of every scenario. Grade D is judgement and is called so."
        ),
        panels=(Panel(columns=_heads(), rows=tuple(rows)),),
        fields=FIELDS,
        records=tuple(
            _record(i, one, setting) for i, one in enumerate(study.scenarios) for setting in one.settings_table
        ),
        compact=True,
    )


def bibliography(study: Study) -> Table | None:
    """The sources that stand behind the settings of any scenario; None where no entry of the catalogue does."""
    known, sources = entries(), shipped().sources
    used = {one.catalogue_id for result in study.scenarios for one in result.settings_table}
    keys = sorted({known[name].source.key for name in used if name in known})
    if not keys:
        return None
    found = [sources[key] for key in keys]
    return Table(
        id="T2c",
        slug="sources",
        title="Sources",
        caption="Where the entries behind the settings come from, and how each source was seen.",
        panels=(
            Panel(
                columns=(words("Key"), words("Source"), words("Date"), words("Seen")),
                rows=tuple(
                    Row(
                        cells=(
                            words(one.key, kind="code"),
                            words(one.title, "; ".join(part for part in (one.author, one.container) if part)),
                            words(one.date or one.year or MISSING),
                            words(SEEN[one.seen]),
                        )
                    )
                    for one in found
                ),
            ),
        ),
        fields=("key", "kind", "title", "author", "container", "date", "year", "seen", "note"),
        records=tuple(
            (one.key, one.kind, one.title, one.author, one.container, one.date, one.year, SEEN[one.seen], one.note)
            for one in found
        ),
        compact=True,
    )


FIELDS = (
    "scenario",
    "name",
    "key",
    "value",
    "unit",
    "changed",
    "grade",
    "grade_means",
    "source",
    "catalogue_id",
    "meaning",
)


def _heads() -> tuple[Cell, ...]:
    return (words("Setting"), words("Value"), words("Grade"), words("Source"))


def _row(one: Setting) -> Row:
    says = meaning(one)
    return Row(
        cells=(
            Cell(text=one.key, detail=says, kind="code"),
            words(f"{one.value} {one.unit}".strip()),
            words(one.grade or MISSING, GRADES.get(one.grade, ""), tone="strong" if one.grade == "D" else ""),
            words(one.source or "set in the scenario", one.catalogue_id),
        )
    )


def _record(index: int, result: ScenarioResult, one: Setting) -> tuple[object, ...]:
    return (
        key_of(index), result.name, one.key, one.value, one.unit, one.changed, one.grade, GRADES.get(one.grade, ""),
        one.source,
        one.catalogue_id, meaning(one),
    )  # fmt: skip


def _themes(settings: Iterable[Setting]) -> list[tuple[str, list[Setting]]]:
    """Settings by the first one or two parts of their key, in the order of the file."""
    found: dict[str, list[Setting]] = {}
    for one in settings:
        parts = one.key.split(".")
        theme = ".".join(parts[:2]) if len(parts) > 2 else parts[0]
        found.setdefault(theme, []).append(one)
    return list(found.items())
