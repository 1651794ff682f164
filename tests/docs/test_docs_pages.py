"""README and pages: keys, links and anchors lead somewhere; the first screen is whole; no formula needs a server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from simcpec.scenario.schema.maps import Block
from simcpec.scenario.schema.scenario_block import Scenario, keys_of, step_into

KEY = re.compile(r"(?:`|--set \"?)((?:policy|world|run)\.[a-z_A-Z0-9.]*[a-z_A-Z0-9])")
FENCE = re.compile(r"^(`{3,}).*?^\1\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
DOCS = (
    "index",
    "tour",
    "scenarios",
    "sweeps",
    "cluster",
    "model",
    "catalogue",
    "design",
    "relations",
    "coverage",
    "verification",
    "theory",
    "api",
)
LEVERS = ("budget", "forces", "intelligence", "procedures", "routes", "communities")
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{name}.md" for name in (*DOCS, *(f"levers/{name}" for name in LEVERS))),
)


@pytest.fixture(scope="module")
def base(root: Path) -> Any:
    """The base case as it is written."""
    return yaml.load((root / "scenarios" / "base.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest, root: Path) -> Path:
    """Each page."""
    return root / str(request.param)


def prose(path: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def missing_keys(text: str, tree: Any) -> list[str]:
    """Dotted keys of a scenario that the base case does not have."""
    found = []
    for key in dict.fromkeys(KEY.findall(text)):
        node = tree
        for part in key.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        found += [key] if node is None and not of_the_schema(key) else []
    return found


def of_the_schema(key: str) -> bool:
    """Whether the schema has a key, be it one that the base case leaves out."""
    shape: object = Scenario
    for step in key.split("."):
        if isinstance(shape, type) and issubclass(shape, Block) and step not in keys_of(shape):
            return False
        shape = step_into(shape, step)
    return True


def test_keys_that_pages_name_are_keys_of_the_base_case(page: Path, base: Any) -> None:
    assert missing_keys(page.read_text(encoding="utf-8"), base) == []


def test_a_key_that_is_none_is_found(base: Any) -> None:
    assert missing_keys('set `policy.secuirty_share`, --set "world.nothing=1" or `run.seed`', base) == [
        "policy.secuirty_share",
        "world.nothing",
    ]


def anchors(text: str) -> set[str]:
    """Anchors of the headings of a page, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(path: Path, text: str) -> list[str]:
    """Links of a page that lead to no file or to no heading; addresses in the web are left alone."""
    found = []
    for target in LINK.findall(FENCE.sub("", text)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        other = path.parent / name if name else path
        content = text if other == path else other.read_text(encoding="utf-8") if other.is_file() else None
        if content is None or (anchor and anchor not in anchors(content)):
            found.append(target)
    return found


def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page, page.read_text(encoding="utf-8")) == []


def test_a_dead_link_is_found(root: Path) -> None:
    text = (
        "# A b\n[x](#a-b) [y](#c) [z](docs/none.md) [w](docs/model.md#43-where-a-plot-turns) [v](https://example.org)"
    )
    assert dead_links(root / "README.md", text) == ["#c", "docs/none.md"]


def test_no_formula_needs_a_server(page: Path) -> None:
    """Mathematics between dollar signs is drawn by a script from a server; ours stands in blocks of text."""
    assert re.findall(r"(?<!\\)\$", re.sub(r"`[^`\n]*`", "", prose(page))) == []
    assert "```{math}" not in page.read_text(encoding="utf-8")


def test_the_first_screen_has_the_picture_and_both_commands(root: Path) -> None:
    first = (root / "README.md").read_text(encoding="utf-8").splitlines()[:40]
    assert sum(line.startswith("python3 start.py") for line in first) == 2
    assert sum(line.startswith("![") for line in first) == 1
    assert len((root / "README.md").read_text(encoding="utf-8").split("![")) == 2  # one picture, no badge


def test_folders_that_the_readme_draws_exist(root: Path) -> None:
    block = (root / "README.md").read_text(encoding="utf-8").split("## Where things are")[1].split("```")[1]
    named = [line.split(" ")[0] for line in block.splitlines()[1:] if line.strip()]
    assert len(named) > 8
    assert [name for name in named if not (root / name).is_dir()] == []


def test_the_entry_that_the_catalogue_page_shows_is_the_one_in_the_data(root: Path) -> None:
    text = (root / "docs" / "catalogue.md").read_text(encoding="utf-8")
    (shown,) = yaml.safe_load(re.search(r"```yaml\n(- id: attacks\.sindh.*?)```", text, flags=re.DOTALL).group(1))  # type: ignore[union-attr]
    data = yaml.safe_load((root / "simcpec" / "catalogue" / "data" / "attacks.yaml").read_text(encoding="utf-8"))
    assert shown == next(entry for entry in data if entry["id"] == "attacks.sindh")


def test_figures_that_pages_quote_in_words_are_those_of_the_catalogue(root: Path) -> None:
    from simcpec import catalogue

    readme = (root / "README.md").read_text(encoding="utf-8")
    count, window = catalogue.entry("attacks.count.all").number, catalogue.entry("attacks.window").number
    assert f"the record is {count:g} attacks in {window:g} years" in readme
    tour = " ".join((root / "docs" / "tour.md").read_text(encoding="utf-8").split())
    low, high = catalogue.entry("intelligence.gain").interval or (1.0, 1.0)
    assert "a judgement with a range of a factor of sixteen" in tour
    assert high / low == pytest.approx(16)
