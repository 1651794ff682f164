"""Writes the tables of these pages that repeat what code or catalogue say: `python docs/tables.py`.

A page marks them with `<!-- table: NAME -->` and `<!-- end of table -->`; what stands between is replaced. A test holds
that nothing would change.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import NormalDist

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from simcpec import catalogue  # noqa: E402 (a clone need not be installed for its pages)
from simcpec.catalogue.entries import GRADES, READ_AGAIN, Entry  # noqa: E402
from simcpec.catalogue.levers import FAMILIES, Lever  # noqa: E402
from simcpec.catalogue.listing import interval_text, source_line, value_text  # noqa: E402
from simcpec.catalogue.listing_levers import cited, cost_text, move_text, where  # noqa: E402
from simcpec.catalogue.sources import KINDS as SOURCE_KINDS  # noqa: E402
from simcpec.catalogue.sources import SEEN  # noqa: E402
from simcpec.numerics.streams import STREAMS  # noqa: E402
from simcpec.reporting.artefacts.registry import ARTEFACTS  # noqa: E402
from simcpec.reporting.formatting import plus_minus, significant  # noqa: E402
from simcpec.scenario.schema.maps import Choice  # noqa: E402
from simcpec.scenario.schema.scenario_block import every_block  # noqa: E402
from simcpec.verification.kept_responses import DISPLACED, kept_readings, kept_responses, kept_worlds  # noqa: E402
from simcpec.verification.theory import families as theory  # noqa: E402
from simcpec.verification.theory.finding import LIMIT  # noqa: E402
from tests.mutation.mutants import MUTANTS  # noqa: E402
from tests.mutation.mutation_testing import caption  # noqa: E402

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


def switches() -> str:
    """Every switch of a scenario: which numbers each word reads, and what another word leaves behind or keeps."""
    rows: dict[Choice, list[str]] = {}
    for path, block in every_block():
        if block.choice is not None:
            rows.setdefault(block.choice, []).append(".".join(map(str, (*path, block.choice.switch))))
    heading = ["switch", "numbers that its words read", "left behind by another word", "stays"]
    return table(heading, [[_codes(keys), *_numbers(choice)] for choice, keys in rows.items()])


def _numbers(choice: Choice) -> list[str]:
    """The cells of one switch."""
    reads = {word: _codes(keys) or "none" for word, keys in choice.reads.items()}
    same = len(set(reads.values())) == 1
    words = [f"any: {next(iter(reads.values()))}"] if same else [f"`{word}`: {keys}" for word, keys in reads.items()]
    pairs = [(old, new) for old in choice.reads for new in choice.reads]
    left = dict.fromkeys(key for pair in pairs for key in choice.left_behind(*pair))
    return [
        ("open" if choice.open else "closed") + "; " + "; ".join(words),
        _codes(left) or "-",
        _codes(choice.shared) or "-",
    ]


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


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
    return table(["grade", "means", "entries"], [[grade, means, str(count[grade])] for grade, means in GRADES.items()])


def read_again() -> str:
    """What the second readings held, and in how many entries."""
    readings = [entry.checked for entry in catalogue.entries().values() if entry.checked]
    count = Counter(word for reading in readings for word in reading.of)
    return table(["of", "means", "entries"], [[f"`{w}`", says, str(count[w])] for w, says in READ_AGAIN.items()])


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


def levers(family: str) -> str:
    """Every lever of a family with what it moves and costs."""
    rows = [
        [f"`{lever.id}`", lever.says, where(lever), moved(lever), costs(lever), ", ".join(lever.documents)]
        for lever in of_family(family)
    ]
    return table(["lever", "is", "acts on, unless told otherwise", "moves [prior]", "costs", "documents"], rows)


def evidence(family: str) -> str:
    """Every lever of a family with what speaks for and against it."""
    rows = [
        [f"`{one.id}`", one.evidence_for, one.evidence_against, one.unknown, one.change_our_mind, keys(one)]
        for one in of_family(family)
    ]
    return table(["lever", "for", "against", "not known", "would change our mind", "cites"], rows)


def of_family(family: str) -> list[Lever]:
    """Levers in the order of their file."""
    return [lever for lever in catalogue.levers().values() if lever.family == family]


def moved(lever: Lever) -> str:
    """What a lever moves, by how much, of what grade."""
    return "; ".join(f"`{move.of}` {move_text(move)}, {move.grade}" for move in lever.moves)


def costs(lever: Lever) -> str:
    """What a lever costs, who pays, and what it waits for."""
    paid = f", paid by {lever.cost.payer}" if lever.cost else ""
    lag = f"; acts after {lever.lag_days:g} days" if lever.lag_days else ""
    needs = f"; needs `world.agreements.{lever.needs}`" if lever.needs else ""
    return cost_text(lever.cost) + paid + lag + needs


def keys(lever: Lever) -> str:
    """Sources of a lever but for our own judgement."""
    return ", ".join(f"`{key}`" for key in cited(lever) if key != "judgement")


def families() -> str:
    """Every family of checks against theory."""
    count = Counter(row["family"] for row in kept_findings())
    rows = [[f"`{family.name}`", family.says, str(count[family.name])] for family in theory.FAMILIES]
    return table(["family", "what comes back", "findings"], rows)


def mutants() -> str:
    """Every mutant and the smoke check that must catch it."""
    rows = [[f"`{mutant.name}`", mutant.description, caption(mutant.check)] for mutant in MUTANTS]
    return table(["mutant", "what is wrong", "caught by"], rows)


def kept_findings() -> list[dict[str, str]]:
    """The rows of the table of theory that are kept."""
    with (DOCS / "theory" / "v1-theory.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kept() -> str:
    """What the kept table of theory comes from."""
    run, rows = json.loads((DOCS / "theory" / "run.json").read_text(encoding="utf-8")), kept_findings()
    facts = [
        ["findings", f"{len(rows)}, of which {sum(row['verdict'] == 'pass' for row in rows)} pass"],
        ["an error of 3 %", seen_at(0.03, rows)],
        ["level", run["level"]], ["seed", str(run["seed"])], ["played on", run["day"]],
        ["with", ", ".join(f"{name} {version}" for name, version in sorted(run["software"].items()))],
    ]  # fmt: skip
    return table(["", ""], facts)


def seen_at(error: float, rows: Sequence[dict[str, str]]) -> str:
    """How surely an error of this size, as a share of the truth, would be seen; of identities it would be for sure."""
    widths = [float(row["half_width"]) / abs(float(row["truth"])) for row in rows if float(row["truth"])]
    sure = [NormalDist().cdf(error * NormalDist().inv_cdf(0.975) / width - LIMIT) for width in widths if width > 0.0]
    return (
        f"in a mean, variance, ratio or share is caught with probability {min(sure):.2f} at least, and above 0.99 in "
        f"{sum(one > 0.99 for one in sure)} of {len(sure)}"
    )


def findings() -> str:
    """Every finding that is kept, family by family."""
    found = []
    for row in kept_findings():
        exact = float(row["half_width"]) == 0.0
        mean, half = plus_minus(float(row["estimate"]), float(row["half_width"]))
        estimate = significant(float(row["estimate"]), 4) if exact else f"{mean} {half}"
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        what = f"{row['family']}: {row['name']}"
        where = f"`{row['scenario']}`" if row["scenario"] else ""
        z = "exact" if exact else significant(float(row["z"]), 2, most=2)
        found.append([what, row["formula"], significant(float(row["truth"]), 4) + unit, estimate, z, where])
    return table(["finding", "truth by", "truth", "estimate", "z", "scenario"], found)


def responses() -> str:
    """The kept responses of the base case."""
    rows = kept_responses().rows

    def change(row: Mapping[str, str], measure: str) -> str:
        percent, half = float(row[f"{measure}_percent"]), float(row[f"{measure}_half_width"])
        return " ".join(plus_minus(percent, half, sign=True))

    def published(row: Mapping[str, str]) -> str:
        low, high = (f"{float(row[key]):g}" if row[key] else "" for key in ("published_low", "published_high"))
        if not low and not high:
            return "nothing"
        if not low or not high:
            return f"at most {high}" if high else f"at least {low}"
        return f"{low} to {high}"

    def value(row: Mapping[str, str]) -> str:
        what = row["of"]
        if what == DISPLACED:
            return f"displaced {' '.join(plus_minus(float(row['value']), float(row['half_width']), sign=True))} %"
        what = "elasticity of breaches" if row["value"] != row[f"{what}_percent"] else what
        return f"{what} {' '.join(plus_minus(float(row['value']), float(row['half_width']), sign=True))}"

    cells = [
        [
            row["response"], plain(row["says"]), change(row, "incidents"), change(row, "breaches"), value(row),
            published(row), f"`{row['entry']}` ({row['grade']})" if row["entry"] else "sign only",
            f"{float(row['breaches_averted_per_million']):.2g}" if row["breaches_averted_per_million"] else "",
            row["verdict"],
        ]
        for row in rows
    ]  # fmt: skip
    heading = ["response", "change", "incidents %", "breaches %", "what is published is about", "range", "entry",
               "breaches averted per USD m", "verdict"]  # fmt: skip
    return table(heading, cells)


def artefacts() -> str:
    """Every table and figure of a paper."""
    return table(["id", "title", "what it shows"], [[one.id, one.title, one.defined] for one in ARTEFACTS])


def worlds() -> str:
    """The kept responses in the worlds between which sources disagree."""
    measures = ("incidents", "breaches", "deaths")

    def change(row: Mapping[str, str], measure: str) -> str:
        percent, half = float(row[f"{measure}_percent"]), float(row[f"{measure}_half_width"])
        return " ".join(plus_minus(percent, half, sign=True))

    cells = [[row["world"], row["response"], *(change(row, name) for name in measures)] for row in kept_worlds().rows]
    return table(["world", "response", *(f"{name} %" for name in measures)], cells)


def readings() -> str:
    """The kept headline under each reading that the sources leave open."""

    def pair(row: Mapping[str, str], mean: str, half: str, sign: bool = False) -> str:
        return " ".join(plus_minus(float(row[mean]), float(row[half]), sign=sign))

    cells = [
        [row["question"], f"{row['reading']}: {row['says']}", significant(float(row["births_times"]), 3),
         pair(row, "averted_a_year", "averted_half_width"), pair(row, "averted_percent", "averted_percent_half_width"),
         pair(row, "against_written", "against_half_width", True)]
        for row in kept_readings().rows
    ]  # fmt: skip
    heads = ["question", "reading", "births, times", "averted a year", "averted %", "against as written"]
    return table(heads, cells)


TABLES: dict[str, Callable[[], str]] = {
    made.__name__: made
    for made in (
        streams,
        switches,
        record,
        run,
        read_again,
        grades,
        seen,
        sources,
        families,
        mutants,
        kept,
        findings,
        responses,
        artefacts,
        worlds,
        readings,
    )
}
TABLES |= {f"levers_{family}": partial(levers, family) for family in FAMILIES}
TABLES |= {f"evidence_{family}": partial(evidence, family) for family in FAMILIES}


def renewed(page: str) -> str:
    """The text of a page with its tables written anew."""
    return MARKED.sub(lambda found: f"{found['name']} -->\n\n{TABLES[found['name']]()}\n", page)


def pages() -> list[Path]:
    """The pages of this folder and of the folders in it, built ones left out."""
    return sorted([*DOCS.glob("*.md"), *DOCS.glob("levers/*.md")])


if __name__ == "__main__":
    for path in pages():
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
