"""T15: what became of the baseline's attacks in each other scenario: averted, displaced, delayed, and created ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simcpec.reporting.formatting import MINUS, called, plural
from simcpec.reporting.selection import drawn, others
from simcpec.reporting.tables.outcomes import ACROSS, heading
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import Fate, Fates, ScenarioResult, Study
from simcpec.results.scenario_names import key_of

Line = tuple[str, str, Callable[[Fate], bool]]

#: how the page says why there is no attack; what a baseline attack became, or what a created one was in the baseline
SAID = {
    "foiled": "foiled",
    "deterred": "deterred: gave up at birth",
    "lapsed": "lapsed in preparation",
    "never born": "never born",
    "open at the end": "still in preparation at the end",
    "before counting": "carried out in the warm-up",
    "stopped": "stopped by protection",
}
STAYED = {"unchanged": "unchanged", "earlier": "earlier, same cell", "delayed": "delayed, same cell"}


def fates(study: Study) -> Table | None:
    """T15; None where no plots were followed."""
    if study.fates is None:
        return None
    columns = [i for i, _ in others(study)]
    parts = -(-len(columns) // ACROSS)
    size = -(-len(columns) // parts)
    return Table(
        id="T15",
        slug="fates",
        title="What became of the baseline’s attacks",
        caption=_caption(study, study.fates),
        panels=tuple(
            _panel(study, study.fates, columns[start : start + size]) for start in range(0, len(columns), size)
        ),
        fields=(
            "scenario", "name", "plays", "what", "became", "by", "from_province", "from_cohort", "from_setting",
            "to_province", "to_cohort", "to_setting", "count",
        ),
        records=tuple(
            (key_of(i), result.name, study.fates.plays, f.what, f.became, f.by, *f.origin, *f.target, f.count)
            for i, result in others(study)
            for f in study.fates.of_scenario[i]
        ),
    )  # fmt: skip


def _caption(study: Study, found: Fates) -> str:
    turn = ", taken in turn over the parameter draws" if drawn(study) else ""
    return (
        f"Counts in the first {plural(found.plays, 'replication')}{turn}, not a rate. A plot is the same in every "
        f"scenario, so each attack of {called(study, study.baseline or 0)} is looked up in the other one. Within these "
        "replications the sums are exact: baseline − averted + created = scenario. Displaced: carried out on another "
        "cell, whenever. Under averted stands what became of the plot in the scenario; under created, what it had come "
        "to in the baseline."
    )


def _panel(study: Study, found: Fates, columns: list[int]) -> Panel:
    rows: list[Row] = []
    for what in ("attacks", "breaches"):
        of = {i: [f for f in found.of_scenario[i] if f.what == what] for i in columns}
        rows.append(group(what.capitalize()))
        rows += [_row(line, of) for line in _lines(what, study.scenarios, [f for each in of.values() for f in each])]
        rows.append(_difference(what, of))
    return Panel(columns=(words(""), *(heading(study, i) for i in columns)), rows=tuple(rows))


def _lines(what: str, results: Iterable[ScenarioResult], seen: list[Fate]) -> list[Line]:
    """The rows of one kind of event: its totals, and below each the parts that occur in some scenario."""

    def became(name: str) -> Callable[[Fate], bool]:
        return lambda f: f.became == name

    lines: list[Line] = [("total", f"{what.capitalize()} of the baseline", lambda f: f.became != "created")]
    lines += [("", text, became(name)) for name, text in STAYED.items() if any(f.became == name for f in seen)]
    lines.append(("", "displaced", became("displaced")))
    lines += _displaced(results, seen)
    for name in ("averted", "created"):
        lines.append(("", name, became(name)))
        lines += [
            ("part", text, lambda f, name=name, by=by: f.became == name and f.by == by)  # type: ignore[misc]
            for by, text in SAID.items()
            if any(f.became == name and f.by == by for f in seen)
        ]
    return [*lines, ("total", f"{what.capitalize()} of the scenario", lambda f: f.became != "averted")]


def _displaced(results: Iterable[ScenarioResult], seen: list[Fate]) -> list[Line]:
    """One row for each province that is moved to, then for each setting, then for each cohort within a province."""
    names = {code: name for r in results for code, name in zip(r.axes.provinces, r.axes.province_labels, strict=True)}
    targets = sorted({_where(f) for f in seen if f.became == "displaced"})
    said = ("to {}", "same province and setting, to cohort {}", "same province, to setting {}")
    return [
        (
            "part",
            said[axis].format(names.get(name, name) if axis == 0 else name),
            lambda f, where=(axis, name): f.became == "displaced" and _where(f) == where,  # type: ignore[misc]
        )
        for axis, name in targets
    ]


def _where(fate: Fate) -> tuple[int, str]:
    """(axis, name) of what a displaced attack has moved to: a province, else a setting, else a cohort."""
    axis = next(axis for axis in (0, 2, 1) if fate.origin[axis] != fate.target[axis])
    return axis, fate.target[axis]


def _row(line: Line, of: dict[int, list[Fate]]) -> Row:
    kind, text, counts = line
    cells = [Cell(text=f"{sum(f.count for f in each if counts(f)):,}") for each in of.values()]
    label = Cell(text=f"– {text}" if kind == "part" else text, kind="text", tone="muted" if kind == "part" else "")
    return Row(cells=(label, *cells), kind="total" if kind == "total" else "")


def _difference(what: str, of: dict[int, list[Fate]]) -> Row:
    """Created less averted."""
    signs = {"created": 1, "averted": -1}
    found = [sum(signs.get(f.became, 0) * f.count for f in each) for each in of.values()]
    return Row(
        cells=(
            words(f"Difference in {what}"),
            *(Cell(text=f"{'+' if n > 0 else MINUS if n < 0 else ''}{abs(n):,}") for n in found),
        ),
        kind="total",
    )
