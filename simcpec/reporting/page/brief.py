"""The executive page: question, answer, picture, table and what limits them, on one side of A4."""

from __future__ import annotations

from simcpec.reporting.decision.effect import compared, highlighted
from simcpec.reporting.decision.glance import glance
from simcpec.reporting.formatting import plural, short_name
from simcpec.reporting.page.answer import answer, question
from simcpec.reporting.page.sections import Section
from simcpec.reporting.page.templates import stylesheet, template
from simcpec.reporting.picture import Picture
from simcpec.reporting.selection import others
from simcpec.reporting.tables import outcomes
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

PAGE = "brief.html"
ROWS = 6  # scenarios of the table at most
CLAIMS = ("worth", "differences", "provinces", "money", "sources")  # chapters whose sentence is repeated


def html(study: Study, sections: tuple[Section, ...], *, title: str, corridor: str, paper: bool = False) -> str:
    """The executive page as text, from the sections of the report."""
    first = next(part for part in sections[0].parts if isinstance(part, Picture))
    rows = chosen(study)
    left_out = len(study.scenarios) - len(rows)
    base = study.scenarios[study.baseline or 0]
    return template("brief.html.j2").render(
        css=stylesheet(),
        paper=paper,
        title=title,
        corridor=corridor,
        question=question(study),
        answer=answer(study),
        picture=first,
        glance=glance(study, rows) or outcomes.headline(study),
        left_out=f"{plural(left_out, 'more scenario')} in the report." if left_out else "",
        claims=[section.claim for section in sections if section.id in CLAIMS and section.claim],
        played=f"{plural(base.draws, 'parameter draw')} x {plural(base.replications, 'replication')}",
        period=f"{base.axes.periods[0]} to {base.axes.periods[-1]}",
        seed=study.seed,
        digests=", ".join(
            f"{key_of(index)} {short_name(study, index, 24)} {study.scenarios[index].digest[:12]}" for index in rows
        ),
    )


def chosen(study: Study) -> list[int]:
    """The scenarios of the table: all, or of many the baseline, the one answered for, and those that differ most."""
    count = len(study.scenarios)
    if count <= ROWS or study.baseline is None:
        return list(range(min(count, ROWS)))
    found = {index: compared(study, index, "incidents") for index, _ in others(study)}
    by_size = sorted(found, key=lambda index: (found[index].verdict not in ("less", "more"), -abs(found[index].mean)))
    first = [study.baseline, *(index for index in (highlighted(study),) if index is not None)]
    return sorted(list(dict.fromkeys([*first, *by_size]))[:ROWS])
