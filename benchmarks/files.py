"""Checking many scenario files in one command: overlays of the base case that differ in what they spend."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import ROOT, Row

PART = "checking files over base with simcpec validate"
BUILT, READ = "worlds built", "read only (--quick)"
WAYS = {BUILT: (), READ: ("--quick",)}


def overlays(folder: Path, count: int) -> list[str]:
    """Names of files that share all but a share of the outlay."""
    for k in range(count):
        text = f"extends: base\npolicy: {{security_share: {{share: {1 + k / 1000} %}}}}\n"
        (folder / f"s{k:04d}.yaml").write_text(text, encoding="utf-8")
    return [f"s{k:04d}.yaml" for k in range(count)]


def checked(folder: Path, names: Sequence[str], *words: str) -> float:
    """Processor seconds of one command over these files; RuntimeError unless it found each of them sound."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "simcpec", "validate", "--json", *words, *names],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    after = os.times()
    sound = json.loads(done.stdout)["sound"]
    if len(sound) != len(names):
        raise RuntimeError(f"{len(names)} files gave {len(sound)} answers")
    return after.children_user + after.children_system - before.children_user - before.children_system


def rows(count: int, *, rounds: int) -> list[Row]:
    """Building against reading, and all files against a tenth of them: 10 would be linear without a start."""
    taken: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        names, part = overlays(Path(folder), count), max(1, count // 10)
        checked(Path(folder), names[:1])
        for _ in range(rounds):
            for way, words in WAYS.items():
                for number in (count, part):
                    taken.setdefault((way, number), []).append(checked(Path(folder), names[:number], *words))
    middle = {key: statistics.median(values) for key, values in taken.items()}
    found = [(f"{count:,} files, {BUILT} : {READ}", (BUILT, count), (READ, count))]
    found += [(f"{way}: {count:,} files : {part:,}", (way, count), (way, part)) for way in WAYS]
    return [
        Row(
            part=PART,
            what=what,
            ratio=statistics.median(a / b for a, b in zip(taken[one], taken[other], strict=True)),
            value=middle[one],
            unit="s",
        )
        for what, one, other in found
    ]
