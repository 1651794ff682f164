"""The levers of the catalogue: whole, sourced, honest, tied to handles, and told as they stand in the data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from simcpec import catalogue
from simcpec.catalogue.levers import FAMILIES, HOWS, NEUTRAL, Lever, lever_from
from simcpec.catalogue.listing_levers import cited, cost_text, move_text
from simcpec.catalogue.read import DATA, read_levers
from simcpec.errors import CatalogueError
from simcpec.scenario import load
from simcpec.scenario.building.levers.lever_targets import FORCED, TARGETS, handle_of

DOCUMENTS = ("000", "001", "002", "003", "004")
PAYERS = ("federal", "province", "sponsor", "contractor", "consumers", "bonds", "foreign")


@pytest.fixture(scope="module", params=list(catalogue.levers()))
def lever(request: pytest.FixtureRequest) -> Lever:
    return catalogue.lever(request.param)


def instruments(root: Path) -> list[tuple[str, str, list[str]]]:
    """(instrument, documents, levers) of every row of section 5 of the model's page."""
    section = (root / "docs" / "model.md").read_text(encoding="utf-8").split("## 5. Levers")[1].split("\n## 6")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return [(row[0], row[1], re.findall(r"`(\w+)`", row[3])) for row in rows[2:]]


def test_every_instrument_of_the_source_documents_is_a_lever_and_nothing_else_is(root: Path) -> None:
    rows = instruments(root)
    assert [name for name, documents, levers in rows if not levers and documents != "our own"] == []
    assert sorted(name for _, _, levers in rows for name in levers) == sorted(catalogue.levers())


def test_the_documents_of_an_instrument_are_those_of_its_levers(root: Path) -> None:
    for name, documents, levers in instruments(root):
        named = {number for lever in levers for number in catalogue.lever(lever).documents}
        assert named == (set(documents.split(", ")) if levers else set()), name


def test_every_family_has_levers_and_a_file() -> None:
    assert {lever.family for lever in catalogue.levers().values()} == set(FAMILIES)
    assert {path.stem for path in (DATA / "levers").iterdir()} == set(FAMILIES)


def test_a_lever_says_what_it_is_and_what_speaks_for_and_against_it(lever: Lever) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", lever.id) and len(lever.says) > 20
    assert lever.documents and set(lever.documents) <= set(DOCUMENTS)
    assert all(re.fullmatch(r"4\.\d+", section) for section in lever.acts_on)
    for words in (lever.evidence_for, lever.evidence_against, lever.unknown, lever.change_our_mind):
        assert len(words) > 20 and not words.endswith(".")


def test_every_lever_was_read_again_by_a_second_pair_of_eyes() -> None:
    read_again = [lever.checked for lever in catalogue.levers().values()]
    assert all(reading is not None and "form" in reading.of for reading in read_again)
    page = catalogue.format_lever(catalogue.lever("sponsor_guards"))
    assert "19 x 150,000 / 2,500 = 1,140" in page.split("  checked ")[1]


def test_every_move_takes_hold_of_a_handle_in_a_way_that_it_allows(lever: Lever) -> None:
    for move in lever.moves:
        handle, part = handle_of(move.of)
        assert handle is not None, move.of
        assert move.how in handle.hows, (move.name, handle.hows)
        if handle.unit:
            assert move.unit == handle.unit, move.name
        if move.of.split(".")[0] in FORCED:
            assert part in load("base").scenario.world.forces
        if move.of.startswith("payer."):
            assert part in PAYERS


def test_a_scope_is_one_that_the_moves_can_follow(lever: Lever) -> None:
    axes = "".join(handle.axes for move in lever.moves if (handle := handle_of(move.of)[0]))
    assert ("C" in axes or not lever.cohorts) and ("S" in axes or not lever.settings)
    assert set(lever.provinces) <= set(load("base").scenario.world.provinces)


def test_a_move_moves_something_and_its_range_never_leaves_what_it_can_be(lever: Lever) -> None:
    for move in lever.moves:
        assert move.value != NEUTRAL[move.how], move.name
        low, high = move.interval or (move.value, move.value)
        assert move.how != "gap" or 0 <= low <= high <= 1
        assert move.how in ("add", "gap") or low > 0
        assert (move.law == "none") == (move.interval is None), move.name


def test_without_a_range_a_move_says_that_it_is_a_choice_or_a_count(lever: Lever) -> None:
    for move in lever.moves:
        if move.interval is None:
            excuse = move.caveat + move.source.reason
            assert re.search(r"a choice|a convention|one report|the form of the decay", excuse), move.name


def test_what_is_judgement_says_so(lever: Lever) -> None:
    for number in (*lever.moves, *([lever.cost] if lever.cost else [])):
        if number.source.key == "judgement":
            assert number.grade == "D"
        if number.grade in "CD":
            assert number.caveat


def test_a_lever_is_paid_for_once(lever: Lever) -> None:
    """By its own cost, or by what guards cost, or out of the budget that it changes."""
    handles = {move.of.partition(".")[0] for move in lever.moves}
    if lever.cost is None:
        assert handles & {"force", "handover", "budget"}
    else:
        assert not handles & {"force", "handover", "budget"}
        assert lever.cost.payer in PAYERS and lever.cost.interval is not None
        assert (lever.cost.per == "unit moved") == any(name.startswith("capacity_") for name in handles)


def test_what_only_an_agreement_allows_needs_it() -> None:
    agreements = set(load("base").scenario.world.agreements)
    needed = {lever.id: lever.needs for lever in catalogue.levers().values() if lever.needs}
    assert needed == {
        "foreign_guards": "foreign_guards",
        "joint_force": "joint_force",
        "joint_patrols": "joint_force",
        "counter_terrorism_agreement": "counter_terrorism",
    }
    assert set(needed.values()) == agreements


def test_names_of_the_literature_are_in_the_sources(lever: Lever) -> None:
    """Everybody who is named with a year, or by two names, is cited."""
    prose = " ".join((lever.evidence_for, lever.evidence_against))
    prose += " ".join(move.source.reason for move in lever.moves)
    named = set(re.findall(r"([A-Z]\w+)(?: et al\.| and [A-Z]\w+)? \(?(?=(?:19|20)\d\d\b)", prose))
    named |= set(re.findall(r"([A-Z]\w+) (?:and [A-Z]\w+:|et al\.)", prose))
    months = {"June", "July", "September", "October", "November", "December"}
    authors = " ".join(catalogue.source(key).author for key in lever.literature)
    assert {name for name in named - months if name not in authors} == set()
    assert all(catalogue.source(key).author.split(",")[0] in prose for key in lever.literature)


# ------------------------------------------------------------------------------------------------ how it is told


def test_the_page_of_a_lever_tells_all_its_numbers(lever: Lever) -> None:
    page = catalogue.format_lever(lever, {name: handle.says for name, handle in TARGETS.items()})
    assert page.startswith(f"{lever.id}\n  {lever.label}: {lever.says}\n")
    for move in lever.moves:
        assert f"{move.name}: {TARGETS[move.of.partition('.')[0]].says} ({move.of})" in page
        assert move_text(move) in page and move.why in page and move.caveat in page
    for words in (lever.evidence_for, lever.evidence_against, lever.unknown, lever.change_our_mind, lever.needs):
        assert words in page
    assert cost_text(lever.cost) in page


def test_the_page_without_words_for_handles_names_them() -> None:
    assert "by_air: by_air\n" in catalogue.format_lever(catalogue.lever("helicopters"))


@pytest.mark.parametrize(
    ("name", "move", "words"),
    [
        ("helicopters", "by_air", "closes 30 % of what is missing to 1 [0.1, 0.6]"),
        ("itinerary_secrecy", "worth_less", "what is above 1 x 0.7 [0.4, 1]"),
        ("border_infiltration_control", "infiltration", "x 0.5 [0.2, 1]"),
        ("spu_strength", "guards", "+ 1800 guards"),
    ],
)
def test_moves_are_told_in_words(name: str, move: str, words: str) -> None:
    assert move_text(catalogue.lever(name).move(move)) == words


def test_the_citation_of_a_lever_has_its_documents_its_numbers_and_its_evidence() -> None:
    assert cited(catalogue.lever("bullet_proof_vehicles")) == (
        "enders-sandler-1993", "jang-2024", "judgement", "lum-2006", "seed-000",
    )  # fmt: skip
    assert catalogue.bibtex("bullet_proof_vehicles").count("\n@") == 4


def test_every_way_to_move_is_used_and_explained() -> None:
    used = {move.how for lever in catalogue.levers().values() for move in lever.moves}
    assert used == set(HOWS) == set(NEUTRAL)


# ------------------------------------------------------------------------------------------------ what is refused


def record(**more: object) -> dict[str, object]:
    """The record of a lever as its file has it, with changes."""
    (found,) = [one for one in yaml.safe_load((DATA / "levers" / "communities.yaml").read_text(encoding="utf-8"))
                if one["id"] == "border_infiltration_control"]  # fmt: skip
    return {**found, **more}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "unknown key colour"),
        ({"moves": "all"}, "moves is no list"),
        ({"unknown": ""}, "missing unknown"),
        ({"checked": {"day": "today", "of": ["form"]}}, "checked.day is 'today'; allowed: a day"),
        ({"moves": [{**record()["moves"][0], "how": "power"}]}, "how is 'power'; allowed: factor, add, gap, excess"),  # type: ignore[index]
        ({"moves": [{**record()["moves"][0], "value": 2}]}, "lies outside its interval"),  # type: ignore[index]
        ({"moves": [record()["moves"][0]] * 2}, "two moves have one name"),  # type: ignore[index]
        ({"moves": [{**record()["moves"][0], "caveat": ""}]}, "asks for a caveat"),  # type: ignore[index]
    ],
)
def test_a_malformed_lever_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        lever_from(record(**changes), "communities")


def test_a_lever_that_cites_nobody_we_know_is_refused(tmp_path: Path) -> None:
    (tmp_path / "communities.yaml").write_text(yaml.safe_dump([record(literature=["nobody-1900"])]), encoding="utf-8")
    with pytest.raises(CatalogueError, match="border_infiltration_control: no source nobody-1900"):
        read_levers(tmp_path, catalogue.sources())


def test_an_unknown_lever_names_the_nearest() -> None:
    with pytest.raises(CatalogueError, match=r"No lever 'helicopter'; did you mean helicopters"):
        catalogue.lever("helicopter")
    with pytest.raises(CatalogueError, match=r"Neither an entry, a source nor a lever .* did you mean helicopters"):
        catalogue.bibtex("helicopter")
