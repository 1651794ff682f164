"""The base case and the catalogue say the same number for every key, in the same unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simcpec import catalogue
from simcpec.catalogue.match import matches

QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?)(?:\s*(\D.*))?")
DATE = re.compile(r"\d{4}-\d\d-\d\d")


def texts(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """(dotted key, text) of every leaf; lists count from 0."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from texts(child, (*path, name))
    elif isinstance(node, list):
        for at, child in enumerate(node):
            yield from texts(child, (*path, str(at)))
    else:
        yield ".".join(path), node


def leaves(node: Any) -> Iterator[tuple[str, str]]:
    """Those of `texts` that begin with a number."""
    yield from (pair for pair in texts(node) if DATE.fullmatch(pair[1]) or QUANTITY.fullmatch(pair[1]))


def disagreements(text: str) -> list[str]:
    """One sentence for every number of a scenario that the catalogue does not have, or has otherwise."""
    found = []
    for key, shown in leaves(yaml.load(text, yaml.BaseLoader)):
        entries = catalogue.entries_for(key)
        if len(entries) != 1:
            found.append(f"{key}: {shown} has {len(entries)} entries, not one")
        elif DATE.fullmatch(shown):
            found += [] if entries[0].value == shown else [f"{key}: {shown}, {entries[0].id} says {entries[0].value}"]
        else:
            found += _number_disagreements(key, shown, entries[0])
    return found


def _number_disagreements(key: str, shown: str, entry: catalogue.Entry) -> list[str]:
    match = QUANTITY.fullmatch(shown)
    assert match
    same = float(match[1]) == entry.number and match[2] in (None, entry.unit)
    return [] if same else [f"{key}: {shown}, {entry.id} says {entry.value} {entry.unit}"]


@pytest.fixture(scope="module")
def base(root: Path) -> str:
    return (root / "scenarios" / "base.yaml").read_text(encoding="utf-8")


def test_every_number_of_the_base_case_is_the_one_of_the_catalogue(base: str) -> None:
    assert disagreements(base) == []


def test_every_key_that_an_entry_sets_is_in_the_base_case(base: str) -> None:
    keys = {key for key, _ in texts(yaml.load(base, yaml.BaseLoader))}
    assert len(keys) > 100
    idle = [
        f"{entry.id}: {pattern}"
        for entry in catalogue.entries().values()
        for pattern in entry.sets
        if not any(matches(pattern, key) for key in keys)
    ]
    assert idle == []


def word_disagreements(text: str) -> list[str]:
    """One sentence for every word of a scenario that the catalogue has otherwise."""
    found = []
    for key, shown in texts(yaml.load(text, yaml.BaseLoader)):
        for entry in catalogue.entries_for(key):
            if entry.unit == "words" and entry.value != shown:
                found.append(f"{key}: {shown}, {entry.id} says {entry.value}")
    return found


def test_every_graded_word_of_the_base_case_is_the_one_of_the_catalogue(base: str) -> None:
    keys = [key for entry in catalogue.entries().values() if entry.unit == "words" for key in entry.sets]
    assert "policy.security_share.of" in keys
    assert word_disagreements(base) == []
    other = "policy: {security_share: {share: 1 %, of: capital_cost_once}}"  # the control that must fail
    assert word_disagreements(other) == ["policy.security_share.of: capital_cost_once, budget.basis says annual_outlay"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("world: {provinces: {SIN: {plots: 4.2 /year}}}", "world.provinces.SIN.plots: 4.2 /year, threat.plots.sindh"),
        ("world: {provinces: {SIN: {plots: 3.3 /day}}}", "world.provinces.SIN.plots: 3.3 /day, threat.plots.sindh"),
        ("world: {prize: 3}", "world.prize: 3 has 0 entries, not one"),
        ("run: {start: 2024-01-01}", "run.start: 2024-01-01, time.start says 2025-01-01"),
    ],
)
def test_a_number_that_differs_is_caught(text: str, words: str) -> None:
    """The control that must fail."""
    assert len(disagreements(text)) == 1 and disagreements(text)[0].startswith(words)


def test_words_and_names_are_no_numbers() -> None:
    assert disagreements("world: {counted_as: attack, threat: {mixture: none}, provinces: {SIN: {label: Sindh}}}") == []
