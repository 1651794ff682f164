"""The catalogue as a whole: complete, sorted, citable, searchable, light to load; and its errors name the place."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from simcpec import catalogue
from simcpec.catalogue.checks import CHECKS
from simcpec.catalogue.citations import bibtex as records
from simcpec.catalogue.citations import escape
from simcpec.catalogue.entries import GRADES, Entry, Reading
from simcpec.catalogue.match import matches
from simcpec.catalogue.read import DATA, read
from simcpec.catalogue.sources import Source
from simcpec.errors import CatalogueError

GOOD = """\
- id: attacks.somewhere
  says: attacks somewhere
  value: 2.03
  unit: attacks / year
  interval: [0.88, 4.0]
  interval_kind: exact 95 % Poisson
  gives_back: {count: 8, years: 3.94}
  source: {key: body, where: "8", reason: incident rate}
  grade: C
  caveat: one count
"""
SOURCES = "- {key: body, kind: official, seen: quoted, title: A body, year: '2024'}\n"
RANGE = "  interval: [0.88, 4.0]\n  interval_kind: exact 95 % Poisson\n"


@pytest.fixture(scope="module", params=list(catalogue.entries()))
def entry(request: pytest.FixtureRequest) -> Entry:
    return catalogue.entry(request.param)


def folder(tmp_path: Path, entries: str = GOOD, sources: str = SOURCES) -> Path:
    """A small catalogue on disk."""
    (tmp_path / "attacks.yaml").write_text(entries, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(sources, encoding="utf-8")
    return tmp_path


def test_every_entry_says_what_it_is_and_where_it_stands(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", entry.id)
    assert len(entry.says) > 8 and entry.unit and entry.source.where and entry.source.reason
    assert entry.grade in GRADES
    assert entry.grade in "AB" or entry.caveat


def test_every_uncertain_number_has_a_kind_of_interval_and_a_law_that_it_can_carry(entry: Entry) -> None:
    drawn = entry.distribution()
    assert drawn.law == entry.law
    if entry.law != "none":
        assert entry.interval is not None and entry.interval_kind


def test_every_number_of_a_scenario_has_an_interval_or_says_why_not(entry: Entry) -> None:
    excused = ("a choice of", "a convention", "ceiling", "does not shape results", "paid", "rule", "counted apart")
    if entry.sets and entry.interval is None and entry.source.key == "judgement":
        assert any(word in entry.caveat + entry.says for word in excused), entry.caveat


def reading_faults(item: Entry) -> list[str]:
    """Sentences where the second reading of an entry is missing or left something out that could be held."""
    if item.checked is None:
        return [f"{item.id} was not read again"]
    asked = {"arithmetic": bool(set(item.gives_back) & {*CHECKS, "recomputed"}), "source": "cell" in item.gives_back}
    asked["interval"] = item.interval_kind.startswith("exact")
    return [
        f"{item.id}: {word} was not held" for word, needed in asked.items() if needed and word not in item.checked.of
    ]


def test_every_entry_was_read_again_by_a_second_pair_of_eyes() -> None:
    assert [fault for item in catalogue.entries().values() for fault in reading_faults(item)] == []


def test_a_missing_or_partial_second_reading_is_caught() -> None:
    """The control that must fail."""
    item = catalogue.entry("attacks.sindh")
    assert reading_faults(replace(item, checked=None)) == ["attacks.sindh was not read again"]
    partial = replace(item, checked=Reading(day="2026-11-27", of=("source",)))
    assert reading_faults(partial) == ["attacks.sindh: arithmetic was not held", "attacks.sindh: interval was not held"]


def grade_faults(item: Entry) -> list[str]:
    """Sentences where a grade claims more than how the number is known: A is read in the source, B has two counts."""
    seen = catalogue.source(item.source.key).seen
    if item.grade == "A" and seen not in ("document", "data"):
        return [f"{item.id} has grade A, its source was {seen}"]
    return [f"{item.id} has grade B and names one count"] if item.grade == "B" and not item.source.also else []


def test_no_grade_claims_more_than_how_the_source_is_known() -> None:
    assert [fault for item in catalogue.entries().values() for fault in grade_faults(item)] == []
    share = replace(catalogue.entry("budget.rule.share"), grade="A")  # the control that must fail
    assert grade_faults(share) == ["budget.rule.share has grade A, its source was quoted"]
    assert grade_faults(replace(catalogue.entry("ibo.spread"), grade="B")) != []


def test_what_an_entry_bears_on_is_a_section_of_the_model(root: Path) -> None:
    page = (root / "docs" / "model.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^### (4\.\d+) ", page, flags=re.MULTILINE))
    bearing = [item for item in catalogue.entries().values() if item.bears_on]
    assert len(bearing) > 40 and not [item.id for item in bearing if item.theme in ("responses", "modes") and item.sets]
    for item in bearing:
        assert {words.split()[0] for words in item.bears_on} <= sections, item.id
        assert all(len(words.split()) > 1 for words in item.bears_on), item.id
    assert "bears on  4.7 guards" in catalogue.format_entry(catalogue.entry("responses.static_guards"))
    assert "responses.static_guards" in [item.id for item in catalogue.search("4.7 guards static")]


def test_figures_from_memory_are_judgement_and_say_so() -> None:
    for item in catalogue.entries().values():
        if "[M] from memory" in item.caveat or catalogue.source(item.source.key).seen == "memory":
            assert (item.grade == "D" and "memory" in item.caveat) or "[M]" in item.caveat, item.id


def test_ids_are_sorted_within_each_file() -> None:
    for path in sorted(DATA.glob("*.yaml")):
        ids = re.findall(r"^- (?:id|key): (\S+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert ids == sorted(set(ids)), path.name


def test_every_source_is_used_by_an_entry_a_lever_or_a_statement() -> None:
    used = {item.source.key for item in catalogue.entries().values()}
    used |= {key for lever in catalogue.levers().values() for key in lever.literature}
    used |= {f"seed-{number}" for said in catalogue.statements() for number in said.document.split(", ")}
    assert set(catalogue.sources()) == used


def test_conflicting_entries_point_at_each_other_and_one_is_chosen() -> None:
    for item in catalogue.entries().values():
        if item.stands_beside:
            group = [item, *(catalogue.entry(other) for other in item.stands_beside)]
            assert sum(one.chosen for one in group) == 1, item.id
            for other in group[1:]:
                assert item.id in other.stands_beside, (item.id, other.id)


def test_two_entries_never_set_the_same_key() -> None:
    paths = [path for item in catalogue.entries().values() for path in item.sets]
    assert len(paths) == len(set(paths))


def test_the_data_are_figures_and_no_rows() -> None:
    assert {path.suffix for path in DATA.rglob("*") if path.is_file()} == {".yaml"}
    for item in catalogue.entries().values():
        assert not isinstance(item.value, tuple) or len(item.value) <= 12, item.id
    text = "".join(path.read_text(encoding="utf-8") for path in DATA.rglob("*.yaml")).casefold()
    assert not re.search(r"latitude|longitude|event_id|\b\d{1,2}\.\d{4,}\s*[°n]", text)


def test_entry_and_source_name_the_nearest_ones() -> None:
    with pytest.raises(CatalogueError, match=r"No catalogue entry 'attacks\.sind'; did you mean attacks\.sindh"):
        catalogue.entry("attacks.sind")
    with pytest.raises(CatalogueError, match=r"No source 'nacta2024'; did you mean nacta-2024"):
        catalogue.source("nacta2024")
    with pytest.raises(CatalogueError, match=r"Neither .* nor a lever .* 'attacks\.sind'; did you mean"):
        catalogue.bibtex("attacks.sind")
    with pytest.raises(CatalogueError, match=r"nothing called 'entry' to list; did you mean entries"):
        catalogue.table("entry")


def test_entries_for_a_key_come_by_name_and_by_wildcard() -> None:
    assert [item.id for item in catalogue.entries_for("world.provinces.SIN.plots")] == ["threat.plots.sindh"]
    assert [item.id for item in catalogue.entries_for("world.forces.spu.on_duty")] == ["forces.on_duty"]
    assert catalogue.entries_for("world.forces.on_duty") == ()
    assert catalogue.entries_for("world.forces.spu.deep.on_duty") == ()


def test_a_wildcard_stands_for_one_whole_part() -> None:
    assert matches("a.*.c", "a.b.c")
    assert not matches("a.*.c", "a.c") and not matches("a.*.c", "a.b.b.c") and not matches("a.b*.c", "a.bb.c")


def test_search_asks_for_every_word_whatever_its_case() -> None:
    found = catalogue.search("POISSON sindh attacks")
    assert all("sindh" in catalogue.format_entry(item).casefold() for item in found)
    assert "attacks.sindh" in [item.id for item in catalogue.search("ATTACKS Sindh nacta")]
    assert catalogue.search("  ") == () and catalogue.search("no such word zzz") == ()


@pytest.mark.parametrize("kind", catalogue.KINDS)
def test_tables_have_the_same_columns_in_every_row(kind: str) -> None:
    rows = catalogue.table(kind)
    assert rows and {tuple(row) for row in rows} == {tuple(rows[0])}
    assert all(isinstance(cell, str) for row in rows for cell in row.values())


def test_the_page_of_an_entry_tells_the_conflict_and_the_choice() -> None:
    page = catalogue.format_entry(catalogue.entry("forces.ssd.division"))
    for words in ("13731 personnel", "[13700, 15000] (range of sources)", "forces.ssd.more_than = 15000", "chosen"):
        assert words in page
    assert "cited by  attacks.sindh" in catalogue.format_source(catalogue.source("nacta-2024"))


def test_every_source_is_a_bibtex_record_that_parses() -> None:
    text = catalogue.bibtex(catalogue.sources())
    keys = [_parsed(record.rstrip("\n"))[0] for record in text.split("\n\n")]
    assert keys == sorted(catalogue.sources())


def test_one_entry_is_cited_by_one_record_and_many_names_give_each_source_once() -> None:
    assert catalogue.bibtex("attacks.sindh").startswith("@misc{nacta-2024,\n")
    assert catalogue.bibtex(["attacks.sindh", "attacks.kp", "nacta-2024"]).count("@") == 1
    assert catalogue.bibtex([]) == ""


def test_bibtex_escapes_what_latex_would_read() -> None:
    assert escape("50 % & $_{x}~^\\#") == (r"50 \% \& \$\_\{x\}\textasciitilde{}\textasciicircum{}\textbackslash{}\#")
    assert escape("Öberg, Rößler, François") == r"{\"{O}}berg, R{\"{o}}{\ss}ler, Fran{\c{c}}ois"
    odd = Source(
        key="odd", kind="press", seen="quoted", title="A {brace & 5 %", author="Al, B. and A & B", year="about 2025"
    )
    key, fields = _parsed(records([odd]).strip())
    assert (key, fields["title"], fields["author"]) == ("odd", r"{A \{brace \& 5 \%}", r"Al, B. and {A \& B}")
    assert fields["note"] == "about 2025" and "year" not in fields


def _parsed(record: str) -> tuple[str, dict[str, str]]:
    """Key and fields of one record; fails on anything that BibTeX would refuse."""
    head = re.match(r"@(?:article|book|inproceedings|techreport|misc)\{([a-z0-9-]+),\n", record)
    assert head and record.endswith("\n}"), record
    plain = re.sub(r"\\[{}]", "", record)
    assert plain.count("{") == plain.count("}"), record
    rows = record[head.end() : -2].split(",\n")
    fields = {}
    for row in rows:
        field = re.fullmatch(r"  ([a-z]+) = \{(.*)\}", row)
        assert field, row
        assert not re.search(r"(?<!\\)[&%$#_]", field[2]), row
        fields[field[1]] = field[2]
    assert fields.get("title")
    return head[1], fields


def test_a_small_catalogue_is_read(tmp_path: Path) -> None:
    found = read(folder(tmp_path))
    assert found.entries["attacks.somewhere"].interval == (0.88, 4.0)
    assert found.entries["attacks.somewhere"].theme == "attacks"
    with pytest.raises(TypeError):
        found.entries["more"] = found.entries["attacks.somewhere"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "  grade: C",
            "  garde: C",
            r"attacks\.yaml, line 1: .*where: unknown key garde; did you mean grade",
        ),
        ("  grade: C\n", "", r"missing grade"),
        ("  grade: C", "  grade: E", r"grade is 'E'; allowed: A, B, C, D"),
        ("  caveat: one count\n", "", r"grade C \(one count\) asks for a caveat"),
        ("2.03", "[1, x]", r"a list as value holds numbers"),
        ("2.03", "{}", r"missing value"),
        ("2.03", "true", r"value is True; allowed: a number"),
        ("2.03", "4.5", r"value 4\.5 lies outside its interval \[0\.88, 4\.0\]"),
        ("[0.88, 4.0]", "[4.0, 0.88]", r"interval \[4\.0, 0\.88\] runs backwards"),
        ("[0.88, 4.0]", "0.88", r"interval is 0\.88; allowed: \[low, high\]"),
        ("exact 95 % Poisson", "a guess", r"interval_kind is 'a guess'; allowed: exact 95 % Poisson"),
        ("  interval: [0.88, 4.0]\n", "", r"interval_kind is given but interval is not"),
        ("{count: 8, years: 3.94}", "[8]", r"gives_back is \[8\], not a mapping"),
        ('where: "8", ', "", r"missing source\.where"),
        ("reason: incident", "why: incident", r"unknown key source\.why"),
        ('{key: body, where: "8", reason: incident rate}', "body", r"source is not a mapping"),
        ("  unit: attacks / year", "  unit: 1", r"unit is 1, not a text"),
        ("  unit:", "  sets: world.x\n  unit:", r"sets is 'world\.x'; allowed: a list of texts"),
        ("  unit:", "  chosen: 1\n  unit:", r"chosen is 1; allowed: true or false"),
        ("  unit:", "  chosen: true\n  unit:", r"chosen asks for stands_beside"),
        ("  unit:", "  checked: yes\n  unit:", r"checked is not a mapping of day, of, note"),
        ("  unit:", "  checked: {day: 2026-01-31}\n  unit:", r"missing checked\.of"),
        ("  unit:", "  checked: {day: 2026-13-01, of: [form]}\n  unit:", r"attacks\.yaml is no YAML: month must be"),
        ("  unit:", "  checked: {day: '2026-13-01', of: [form]}\n  unit:", r"checked\.day is '2026-13-01'; allowed: a"),
        (
            "  unit:",
            "  checked: {day: 2026-01-31, of: [all]}\n  unit:",
            r"checked\.of is 'all'; allowed: source, arith",
        ),
        ("  unit:", "  checked: {by: me, day: 2026-01-31}\n  unit:", r"unknown key checked\.by"),
        ("  unit:", "  bears_on: 4.7\n  unit:", r"bears_on is 4\.7; allowed: a list of texts"),
        ("  unit:", "  law: cauchy\n  unit:", r"law is 'cauchy'; allowed: none, uniform"),
        (RANGE, "  law: uniform\n", r"law uniform asks for one number and an interval"),
        ("[0.88, 4.0]", "[2.03, 2.03]\n  law: beta", r"law beta asks for an interval of some width"),
        ("[0.88, 4.0]", "[0, 4]\n  law: lognormal", r"law lognormal asks for an interval above 0, not from 0"),
        ("[0.88, 4.0]", "[0.88, 4.0]\n  law: beta", r"law beta asks for an interval inside \[0, 1\]"),
        ("{count: 8, years: 3.94}", "{}\n  law: gamma\n  stands_beside: [no.such]", r"no entry no\.such; known:"),
        ("key: body", "key: bodyy", r"attacks\.somewhere: no source bodyy; did you mean body"),
        ("- id: attacks.somewhere", "- di: attacks.somewhere", r"attacks\.yaml: a record without id"),
        (GOOD, GOOD + GOOD, r"attacks\.yaml, line 11: id attacks\.somewhere stands twice"),
        (GOOD, "a: 1", r"attacks\.yaml: the file is not a list"),
        (GOOD, "- [", r"attacks\.yaml is no YAML"),
    ],
)
def test_a_fault_is_told_with_file_and_id(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(CatalogueError, match=words):
        read(folder(tmp_path, GOOD.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("kind: official", "kind: rumour", r"sources\.yaml, line 1: body: kind is 'rumour'; allowed: article"),
        ("seen: quoted", "seen: never", r"seen is 'never'; allowed: document"),
        ("title: A body, ", "", r"missing title"),
        ("year: '2024'", "yaer: '2024'", r"unknown key yaer; did you mean year"),
    ],
)
def test_a_fault_of_a_source_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in SOURCES
    with pytest.raises(CatalogueError, match=words):
        read(folder(tmp_path, sources=SOURCES.replace(old, new)))


def test_a_fault_of_a_statement_is_told(tmp_path: Path) -> None:
    said = "- {document: '000', says: words, quantity: rate, entries: [no.such], model: '4.2'}\n"
    (folder(tmp_path) / "statements.yaml").write_text(said, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"statement 'words': no entry no\.such"):
        read(tmp_path)
    (tmp_path / "statements.yaml").write_text("- {document: '000', says: words, quantity: rate}\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"statements\.yaml.*: words: missing model"):
        read(tmp_path)


def test_loading_imports_nothing_heavy() -> None:
    code = (
        "import sys, simcpec.catalogue as c; assert not [m for m in sys.modules if m.split('.')[0] == 'yaml'];"
        "assert len(c.entries()) > 100 and c.bibtex('attacks.sindh') and c.format_entry(c.entry('attacks.sindh'));"
        "print([m for m in ('numpy', 'scipy', 'pandas', 'pydantic', 'matplotlib', 'numba') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=DATA.parents[2], capture_output=True, encoding="utf-8", timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_only_the_checks_know_scipy_and_only_inside_functions() -> None:
    for path in sorted(DATA.parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        heavy = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and "scipy" in (node.module or "")]
        assert not heavy or path.name == "checks.py"
        assert not [node for node in heavy if node in tree.body]


def test_all_is_sorted_and_complete() -> None:
    public = {name for name in vars(catalogue) if not name.startswith("_")}
    modules = {path.stem for path in DATA.parent.glob("*.py")} | {"annotations"}
    assert catalogue.__all__ == sorted(
        catalogue.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
    extra = public - set(catalogue.__all__) - modules
    assert extra <= {"CatalogueError", "Iterable", "Mapping", "nearest"}, extra
