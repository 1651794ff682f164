"""The responses of the shipped base case, as `verify responses` found them and as reports show them.

They are simulated once for each version of the base case, not in every study, and hold for its world alone: what
differs in the world of a study is found by `differing_settings`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from simcpec.results.records import Setting
from simcpec.storage.csv_text import unguarded

KEPT = Path(__file__).parent / "kept"
DISPLACED = "displaced"  # what a row compares that says which share of the attacks averted moved elsewhere
RESPONSES, SETTINGS, MANIFEST = "responses.csv", "settings.csv", "manifest.json"
WORLDS, WORLDS_MANIFEST = "worlds.csv", "worlds-manifest.json"  # of `verify worlds`; the second is its manifest.json
READINGS, READINGS_MANIFEST = "readings.csv", "readings-manifest.json"  # of `verify readings`
#: what is said of the record of counts changes no response
APART = "world.record"


@dataclass(frozen=True, kw_only=True)
class KeptResponses:
    """Rows of ``responses.csv`` by heading, settings of the world as key and text, and the command that made them."""

    rows: tuple[Mapping[str, str], ...]
    settings: Mapping[str, str]
    command: str


@dataclass(frozen=True, kw_only=True)
class KeptWorlds:
    """Rows of ``worlds.csv`` or ``readings.csv`` by heading, and the command that made them, of the base case."""

    rows: tuple[Mapping[str, str], ...]
    command: str


@cache
def kept_worlds() -> KeptWorlds:
    """Read the kept run of the headline responses in the worlds between which sources disagree."""
    manifest = json.loads((KEPT / WORLDS_MANIFEST).read_text(encoding="utf-8"))
    return KeptWorlds(rows=tuple(_rows(WORLDS)), command=str(manifest["command"]))


@cache
def kept_readings() -> KeptWorlds:
    """Read the kept run of the headline under each reading that the sources leave open."""
    manifest = json.loads((KEPT / READINGS_MANIFEST).read_text(encoding="utf-8"))
    return KeptWorlds(rows=tuple(_rows(READINGS)), command=str(manifest["command"]))


@cache
def kept_responses() -> KeptResponses:
    """Read the kept run."""
    manifest = json.loads((KEPT / MANIFEST).read_text(encoding="utf-8"))
    return KeptResponses(
        rows=tuple(_rows(RESPONSES)),
        settings={
            row["key"]: f"{row['value']} {row['unit']}".strip() for row in _rows(SETTINGS) if _counts(row["key"])
        },
        command=str(manifest["command"]),
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (KEPT / name).open(encoding="utf-8", newline="") as file:
        return [{key: unguarded(text) for key, text in row.items()} for row in csv.DictReader(file)]


def differing_settings(settings: Iterable[Setting]) -> tuple[str, ...]:
    """Keys of the world that are not as in the kept run, in the order of the file; keys that one of both lacks too."""
    kept = kept_responses().settings
    known = {setting.key: f"{setting.value} {setting.unit}".strip() for setting in settings if _counts(setting.key)}
    return tuple(key for key in {**kept, **known} if kept.get(key) != known.get(key))


def _counts(key: str) -> bool:
    return key.startswith("world.") and not key.startswith(APART)
