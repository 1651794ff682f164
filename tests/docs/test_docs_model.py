"""docs/model.md says what the code does: names, words, OFF values, streams, numbers."""

from __future__ import annotations

import importlib.util
import re
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from simcpec import catalogue
from simcpec.analysis.responses import RESPONSES
from simcpec.economics.allocation import BASES, PROVINCE_RULES
from simcpec.economics.cost_lines import COST_LINES, COST_SIDE, HARM_SIDE
from simcpec.model import events, modes, outcome
from simcpec.scenario.building.network import BACKLASH_WORLDS
from simcpec.scenario.schema.policy_block import EscortRule
from simcpec.units import DAYS_PER_YEAR

STRESS = [
    "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5", "3.1", "3.2", "3.3",
    "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1",
]  # fmt: skip
SWITCHES = {
    "world.threat.attempts": modes.ATTEMPTS,
    "world.threat.excitation.by": modes.BASIS,
    "world.displacement.mode": modes.DISPLACEMENT,
    "world.detection.mode": modes.DETECTION,
    "policy.operations.priority": modes.PRIORITY,
    "world.network.model": modes.NETWORK,
    "world.backlash.world": (*BACKLASH_WORLDS, "custom"),
    "policy.sop.mode": modes.SOP,
    "policy.escort.rule": modes.ESCORT,
    "world.movements.source": modes.SOURCE,
    "world.harm.foreign.law": modes.SEVERITY,
    "world.counted_as": modes.BASIS,
}


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    """The text of the model's page."""
    return (root / "docs" / "model.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bare(root: Path) -> Any:
    """The scenario with everything off, as it is written."""
    return as_written((root / "scenarios" / "bare.yaml").read_text(encoding="utf-8"))


def as_written(text: str) -> Any:
    """YAML with every scalar as the text that stands there: `off` is no truth value."""
    return yaml.load(text, Loader=yaml.BaseLoader)


def rows(page: str, first: str, columns: int = 0) -> list[list[str]]:
    """Cells of the rows of every table whose first heading is `first`, with `columns` columns where that is given."""
    found = []
    for table in re.findall(rf"^\| {re.escape(first)} \|.*\n\|[-| ]+\|\n(?:\|.*\n)+", page, flags=re.MULTILINE):
        lines = [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in table.splitlines()]
        if not columns or len(lines[0]) == columns:
            found += lines[2:]
    return found


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next one of its kind or a higher one."""
    level = heading.split(" ")[0]
    found = re.search(rf"^{re.escape(heading)}.*?(?=^#{{1,{len(level)}}} |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    assert found, heading
    return found.group()


def names(cell: str) -> list[str]:
    """Words between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def value(tree: Any, key: str) -> Any:
    """What stands at a dotted key, or None."""
    for part in key.split("."):
        tree = tree.get(part) if isinstance(tree, dict) else None
    return tree


# ---- what code and catalogue say


def test_tables_of_code_and_catalogue_are_current(root: Path) -> None:
    made = runpy.run_path(str(root / "docs" / "tables.py"))
    pages = {path.name: path.read_text(encoding="utf-8") for path in made["pages"]()}
    marked = [name for text in pages.values() for name in re.findall(r"<!-- table: (\w+) -->", text)]
    assert sorted(marked) == sorted(made["TABLES"])
    stale = [name for name, text in pages.items() if made["renewed"](text) != text]
    assert stale == [], "run: python docs/tables.py"
    assert made["renewed"](pages["model.md"].replace("FALSE_LEAD", "TRUE_LEAD")) == pages["model.md"]


def test_the_picture_is_what_its_script_draws(root: Path) -> None:
    from xml.etree import ElementTree

    made = runpy.run_path(str(root / "docs" / "img" / "model_figure.py"))
    drawn = made["picture"]()
    kept = (root / "docs" / "img" / "model.svg").read_text(encoding="utf-8")
    assert kept == drawn, "run: python docs/img/model_figure.py"
    assert set(made["INSTRUMENTS"]) == set(modes.INSTRUMENTS)
    tree = ElementTree.fromstring(drawn)
    assert [node.text for node in tree if node.tag.endswith("title")] == [made["TITLE"]]
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


def test_every_item_of_the_guideline_is_answered(page: str) -> None:
    answers = rows(page, "item", columns=3)
    assert [row[0].split(" ")[0] for row in answers] == STRESS
    assert [row[0] for row in answers if len(row[1]) < 15] == []


def test_sections_keep_their_numbers(page: str) -> None:
    numbers = re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", page, flags=re.MULTILINE)
    assert numbers == ["1", "2", "3", "4", *(f"4.{k}" for k in range(1, 11)), "5", "6", "7", "8", "9", "10"]


def test_whatever_cites_a_section_cites_one_that_exists(root: Path, page: str) -> None:
    numbers = set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", page, flags=re.MULTILINE))
    cited = set()
    for entry in catalogue.entries().values():
        cited |= set(re.findall(r"docs/model\.md, ([\d.]+\d|\d)", entry.source.where))
    for statement in catalogue.statements():
        cited |= set(re.findall(r"\d+\.\d+", statement.model))
    for part in ("model", "engines", "economics"):
        for path in sorted((root / "simcpec" / part).rglob("*.py")):
            cited |= set(re.findall(r"\((4\.\d+)[,)]", path.read_text(encoding="utf-8")))
    assert len(cited) > 9
    assert cited - numbers == set()


def test_outputs_are_those_of_a_replication_in_their_order(page: str) -> None:
    told = [names(row[0])[0] for row in rows(section(page, "## 7."), "name")]
    assert told == [*outcome.CELL_COUNTS, *outcome.COHORT_COUNTS, *outcome.MODE_COUNTS, *outcome.PROVINCE_COUNTS]


def test_responses_and_their_units_are_those_of_experiments(page: str) -> None:
    told = {name: row[1] for row in rows(page, "response") for name in names(row[0])}
    units = {each.id: each.unit for each in RESPONSES}
    assert told.keys() == units.keys()
    assert [name for name, unit in units.items() if unit not in told[name]] == []
    assert f"{len(RESPONSES)} responses" in page


def test_cost_lines_stand_on_their_side(page: str) -> None:
    told = [(names(row[0])[0], row[2]) for row in rows(page, "cost line")]
    assert [name for name, _ in told] == list(COST_LINES)
    assert {name for name, side in told if side == "cost"} == set(COST_SIDE)
    assert {name for name, side in told if side == "harm"} == set(HARM_SIDE)


def test_worlds_of_backlash_are_those_that_are_built(page: str) -> None:
    told = {names(row[0])[0]: tuple(map(float, row[1:])) for row in rows(page, "`world.backlash.world`")}
    built = {
        name: tuple(map(float, (one.per_death, one.per_arrest, one.footprint_gain * DAYS_PER_YEAR, one.footprint_tips)))
        for name, one in BACKLASH_WORLDS.items()
    }
    assert told == built


def test_instruments_layers_bases_and_rules_are_named(page: str) -> None:
    assert [row[0] for row in rows(page, "instrument", columns=3)] == list(modes.INSTRUMENTS)
    assert {names(row[0])[0] for row in rows(page, "rule")} == set(modes.ESCORT)
    budget = section(page, "### 4.1")
    assert [word for word in (*BASES, *PROVINCE_RULES) if word not in budget] == []
    assert [word for word in modes.LAYERS if f"`{word}`" not in section(page, "### 4.7")] == []
    assert [word for word in modes.SETTINGS if f"`{word}`" not in section(page, "## 1.")] == []
    assert [word for word in modes.SEVERITY if f"`{word}`" not in section(page, "### 4.9")] == []


def test_the_order_of_ties_is_that_of_the_clock(page: str) -> None:
    told = re.search(r"The order of ranks is: ([\w,\s]+)\.", section(page, "## 8."))
    assert told
    assert tuple(re.split(r",\s+", told.group(1))) == events.RANKS


# ---- switches


def test_words_of_switches_are_those_of_the_model(page: str) -> None:
    told = {names(row[0])[0]: set(names(row[1])) for row in rows(section(page, "## 6."), "key")}
    assert {key: told[key] for key in SWITCHES} == {key: set(words) for key, words in SWITCHES.items()}


def wrong_offs(switches: list[list[str]], bare: Any) -> list[str]:
    """Keys whose OFF value is not what the bare scenario says; a map of it may hold more."""
    found = []
    for row in switches:
        key, off = names(row[0])[0], as_written(names(row[2])[0])
        set_to = value(bare, key)
        same = off.items() <= set_to.items() if off and isinstance(off, dict) else off == set_to
        found += [] if same else [key]
    return found


def test_off_values_are_those_of_the_bare_scenario(page: str, bare: Any) -> None:
    switches = rows(section(page, "## 6."), "key")
    assert len(switches) > 40
    assert wrong_offs(switches, bare) == []


@pytest.mark.parametrize(
    "row",
    [
        ["`world.detection.mode`", "", "`leads`"],
        ["`world.threat.lapse`", "", "`1 /year`"],
        ["`world.preparation`", "", "`law: gamma`"],
        ["`world.no.such`", "", "`off`"],
    ],
)
def test_a_wrong_off_value_is_found(row: list[str], bare: Any) -> None:
    assert wrong_offs([row], bare) == names(row[0])


# ---- what is claimed in words


def test_most_entries_are_judgement_as_the_page_says(page: str) -> None:
    count = Counter(entry.grade for entry in catalogue.entries().values())
    assert "grade D outnumbers all others" in page
    assert count["D"] > sum(count.values()) / 2


def test_readings_of_the_one_per_cent_differ_as_much_as_is_said(page: str) -> None:
    kinds = ("once_over_life", "annual_outlay", "explicit")
    readings = [catalogue.entry(f"budget.reading.{one}").number for one in kinds]
    assert "differ by a factor of ten and more" in section(page, "### 4.1")
    assert max(readings) / min(readings) >= 10
    assert readings[1] > readings[0]  # "the largest of the readings of a share"


def test_counts_of_operations_differ_as_much_as_is_said(page: str) -> None:
    assert "differ by a factor of about six per year" in page
    assert catalogue.entry("ibo.spread").number == pytest.approx(6, abs=0.5)


def test_yields_of_provinces_differ_as_much_as_is_said(page: str) -> None:
    assert "differ by a factor of more than ten" in section(page, "### 4.5")
    deaths = [catalogue.entry(f"operations.deaths.{one}").number for one in ("punjab", "sindh", "kp", "balochistan")]
    assert max(deaths) / min(deaths) > 10


def power(before: float, after: float) -> float:
    """Power of the exact one-sided test at 5 % that the second of two Poisson counts has the smaller mean."""
    from scipy.stats import binom, poisson

    total = 0.0
    for n in range(int(before + after) + 100):
        limit = next((k for k in range(n + 1) if binom.cdf(k, n, 0.5) > 0.05), 0)
        total += poisson.pmf(n, before + after) * binom.cdf(limit - 1, n, after / (before + after))
    return float(total)


def test_the_power_against_a_halving_is_what_is_said(page: str) -> None:
    told = re.search(r"with a power of ([\d.]+) \(exact\s+one-sided test at 5 %", page)
    assert told
    expected = 4 * catalogue.entry("attacks.all").number
    assert power(expected, expected / 2) == pytest.approx(float(told.group(1)), abs=0.005)
    assert power(expected, expected) < 0.05


def test_modules_that_pages_name_exist(root: Path) -> None:
    found = set()
    for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        found |= set(re.findall(r"`(simcpec(?:\.[a-z_]+)+)`", path.read_text(encoding="utf-8")))
    assert found
    modules = sorted(found - {"simcpec.__all__"})  # the list of public names
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []


def test_the_schema_tells_the_escort_rules_in_the_words_of_the_page(page: str) -> None:
    told = {names(rule)[0]: what for rule, what in rows(section(page, "### 4.8"), "rule")}
    assert told.keys() == set(modes.ESCORT)
    field = EscortRule.model_fields["rule"].description or ""
    said = dict(part.split(": ", 1) for part in field.split("; "))
    assert said == {rule: what.split(";")[0] for rule, what in told.items()}


def test_widths_of_tables_are_named_and_never_counted_in_words(root: Path) -> None:
    """A number of columns that is written down goes wrong with the next column."""
    texts = {path: path.read_text(encoding="utf-8") for path in (root / "simcpec").rglob("*.py")}
    widths = {len(outcome.CELL_COUNTS), len(outcome.COHORT_COUNTS), len(outcome.PROVINCE_COUNTS), 28}
    shape = re.compile(rf"\((?:[A-Z], )*T, (?:[A-Z], )*(?:{'|'.join(map(str, widths))})\)")
    assert [(path.name, shape.findall(text)) for path, text in texts.items() if shape.search(text)] == []
    assert shape.search("(D, R, T, P, 28)") and shape.search(f"(T, P, C, S, {len(outcome.CELL_COUNTS)})")
