"""Writes the tables of these pages that repeat what code or catalogue say: `python docs/tables.py`.

A page marks them with `<!-- table: NAME -->` and `<!-- end of table -->`; what stands between is replaced. A test holds
that nothing would change.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from simcpec import catalogue  # noqa: E402 (a clone need not be installed for its pages)
from simcpec.catalogue.entries import GRADES, Entry  # noqa: E402
from simcpec.catalogue.listing import interval_text, source_line, value_text  # noqa: E402
from simcpec.catalogue.sources import KINDS as SOURCE_KINDS  # noqa: E402
from simcpec.catalogue.sources import SEEN  # noqa: E402
from simcpec.streams import STREAMS  # noqa: E402

MARKED = re.compile(r"(?<=<!-- table: )(?P<name>\w+) -->\n.*?(?=<!-- end of table -->)", re.DOTALL)

RECORD = (
    "attacks.count.all", "attacks.window", "attacks.all", "attacks.sindh", "attacks.balochistan", "attacks.kp",
    "attacks.punjab", "attacks.foreign_killed", "attacks.foreign_injured", "ibo.seed.operations", "ibo.seed.killed",
    "ibo.seed.arrested", "ibo.spread", "budget.reading.once_over_life", "budget.reading.annual_outlay",
    "budget.reading.explicit",
)  # fmt: skip
RUN = ("time.start", "time.horizon", "time.warm_up", "time.parameter_draws", "time.seed")


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join("| " + " | ".join(map(plain, line)) + " |\n" for line in lines)


def plain(cell: str) -> str:
    """Text that neither ends a cell nor begins a formula."""
    return cell.replace("|", "/").replace("$", "\\$")


def with_unit(entry: Entry) -> str:
    """The value of an entry with its unit, where it has one that says something."""
    return value_text(entry) if entry.unit in ("1", "date") else f"{value_text(entry)} {entry.unit}"


def streams() -> str:
    """Every stream of draws."""
    rows = [[str(stream.number), f"`{name}`", stream.decides] for name, stream in STREAMS.items()]
    return table(["number", "stream", "its uniforms decide"], rows)


def record() -> str:
    """What the record of attacks, operations and budgets says."""
    found = [catalogue.entry(name) for name in RECORD]
    rows = [[f"`{e.id}`", e.says, with_unit(e), interval_text(e), e.interval_kind, e.grade] for e in found]
    return table(["entry", "says", "value", "interval", "which is", "grade"], rows)


def run() -> str:
    """How the base case is played."""
    found = [catalogue.entry(name) for name in RUN]
    return table(["entry", "says", "value"], [[f"`{e.id}`", e.says, with_unit(e)] for e in found])


def grades() -> str:
    """How many entries have which grade."""
    count = Counter(entry.grade for entry in catalogue.entries().values())
    return table(
        ["grade", "means", "entries"], [[grade, means, str(count[grade])] for grade, means in GRADES.items()]
    )


def seen() -> str:
    """How many sources are known in which way."""
    count = Counter(source.seen for source in catalogue.sources().values())
    return table(["seen", "means", "sources"], [[f"`{name}`", means, str(count[name])] for name, means in SEEN.items()])


def sources() -> str:
    """Every source."""
    cited = Counter(entry.source.key for entry in catalogue.entries().values())
    rows = [
        [f"`{key}`", source_line(source), SOURCE_KINDS[source.kind], source.seen, str(cited[key])]
        for key, source in catalogue.sources().items()
    ]
    return table(["key", "source", "kind", "seen", "entries"], rows)


TABLES: dict[str, Callable[[], str]] = {
    made.__name__: made for made in (streams, record, run, grades, seen, sources)
}


def renewed(page: str) -> str:
    """The text of a page with its tables written anew."""
    return MARKED.sub(lambda found: f"{found['name']} -->\n\n{TABLES[found['name']]()}\n", page)


if __name__ == "__main__":
    for path in sorted(DOCS.glob("*.md")):
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
