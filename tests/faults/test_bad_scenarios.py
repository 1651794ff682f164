"""Bad scenario files: one clear message each, soon, with file and line, and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simcpec.errors import ScenarioError
from simcpec.scenario import load, validate

BASE = "extends: base\nname: X\n"
LAUGHS = "".join(f"l{k}: &l{k} [{', '.join([f'*l{k - 1}'] * 9)}]\n" for k in range(1, 9))

BAD: dict[str, tuple[bytes, str, int]] = {
    "a bare share": (
        (BASE + "policy:\n  security_share: {share: 0.5, of: annual_outlay}\n").encode(),
        "policy.security_share.share is 0.5, a number without a unit",
        4,
    ),
    "a negative share": (
        (BASE + "policy:\n  security_share: {share: -1 %, of: annual_outlay}\n").encode(),
        "policy.security_share.share is -1 %.",
        4,
    ),
    "a share above the whole": (
        (BASE + "policy:\n  security_share: {share: 150 %, of: annual_outlay}\n").encode(),
        "Allowed: a share from 0 % to 100 %",
        4,
    ),
    "a misspelt key": (
        (BASE + "policy:\n  secuirty_share: {share: 1 %, of: annual_outlay}\n").encode(),
        "Did you mean security_share?",
        4,
    ),
    "a key that stands twice": (
        (BASE + "run:\n  seed: 1\n  seed: 2\n").encode(),
        "first in line 4, again in line 5",
        5,
    ),
    "a tab": ((BASE + "run:\n\tseed: 1\n").encode(), "has a tab in the indentation", 4),
    "a tab in a line": ((BASE + "run: {seed:\t1}\nx:\ty\n").encode(), "has a tab", 3),
    "an alias bomb": (("l0: &l0 [lol]\n" + LAUGHS).encode(), "has an anchor (&l0)", 1),
    "nested brackets": (b"a: " + b"[" * 50_000, "nests too deeply", 1),
    "nested braces": (b"{a: " * 50_000, "nests too deeply", 1),
    "nested dashes": (b"- " * 50_000, "nests too deeply", 1),
    "nested questions": (b"? " * 50_000, "nests too deeply", 1),
    "brackets in pairs": (b"a: " + b"[" * 50_000 + b"]" * 50_000, "nests too deeply", 1),
    "a billion digits": ((BASE + "run: {seed: " + "9" * 5000 + "}\n").encode(), "too long for a quantity", 3),
    "a tower of powers": ((BASE + "run: {seed: 9**9**9**9}\n").encode(), "is 9**9**9**9", 3),
    "too many values": (b"a: [" + b"1," * 210_000 + b"]", "too many values", 1),
    "too large": (b"#" * (1 << 20) + b"\n", "larger than a scenario may be", 0),
    "binary junk": (bytes(range(256)) * 10, "is no text in UTF-8", 2),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is no text in UTF-8", 1),
    "zeros": (b"\0" * 100, "U+0000", 1),
    "an escape": (b"name: \x1b[31mred\n", "U+001B", 1),
    "half a surrogate": (b'name: "\\ud800"\n', "U+D800", 1),
    "UTF-16": ("name: x".encode("utf-16"), "is no text in UTF-8", 1),
    "nothing": (b"", "is empty", 0),
    "a comment only": (b"# nothing\n", "is empty", 0),
    "a list": (b"- a\n- b\n", "holds no map of keys", 1),
    "a word": (b"hello\n", "holds no map of keys", 1),
    "a python tag": (b"name: !!python/object/apply:os.system [ls]\n", "has a tag", 1),
    "a merge key": ((BASE + "run:\n  <<: {seed: 1}\n").encode(), "is a merge key", 4),
    "a number as key": ((BASE + "run:\n  1: 2\n").encode(), "is 1 in the place of a key", 4),
    "two documents": ((BASE + "---\n" + BASE).encode(), "begins a second document", 3),
    "an open bracket": ((BASE + "run: {seed: 1\n").encode(), "is no YAML", 4),
    "an open quote": ((BASE + "describes: 'never ends\n").encode(), "is no YAML", 4),
    "a colon in a text": (
        b"extends: base\nname: A: B\n",
        "A text with a colon or a bracket in it stands in quotes.",
        2,
    ),
    "a percent sign first": ((BASE + "describes: %x\n").encode(), "stands in quotes", 3),
    "infinity": ((BASE + "world: {surge_reserve: .inf}\n").encode(), "not a finite number", 3),
    "not a number": ((BASE + "world: {trust: {start: .nan}}\n").encode(), "not a finite number", 3),
    "a null": ((BASE + "world: {trust: {start: null}}\n").encode(), "world.trust.start is empty", 3),
    "a list for a map": ((BASE + "policy: [1]\n").encode(), "policy is a list", 3),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gives_one_clear_message_soon(tmp_path: Path, case: str) -> None:
    raw, words, line = BAD[case]
    (tmp_path / "x.yaml").write_bytes(raw)
    began = time.perf_counter()
    with pytest.raises(ScenarioError) as caught:
        load(str(tmp_path / "x.yaml"))
    seconds = time.perf_counter() - began
    assert words in str(caught.value)
    assert caught.value.exit_code == 2
    assert caught.value.faults[0].line == line
    assert caught.value.faults[0].where == str(tmp_path / "x.yaml")
    assert len(str(caught.value)) < 20_000
    assert seconds < (15 if case == "too many values" else 2)


def test_all_faults_of_a_file_at_once_in_the_order_of_its_lines(tmp_path: Path) -> None:
    text = BASE + (
        "policy:\n"
        "  security_share: {share: 0.5, of: anual_outlay}\n"
        "  secuirty_share: 1\n"
        "  split: {guards: 50 %}\n"
        "world:\n"
        "  detection: {mode: lead, hazard: 3 days}\n"
        "  operations: {teams: {SIND: 3}, success: 120 %}\n"
        "run: {seed: 1, seed: 2, horizon: 0 days}\n"
    )
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    faults = validate(str(tmp_path / "x.yaml"))
    assert [(fault.line, fault.key) for fault in faults] == [
        (4, "policy.security_share.share"),
        (4, "policy.security_share.of"),
        (5, "policy.secuirty_share"),
        (6, "policy.split"),
        (8, "world.detection.mode"),
        (8, "world.detection.hazard"),
        (9, "world.operations.teams.SIND"),
        (9, "world.operations.success"),
        (10, ""),
        (10, "run.horizon"),
    ]
    assert "Did you mean annual_outlay?" in str(faults[1])
    assert "Did you mean SIN?" in str(faults[6])


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("nothing.yaml", "nothing.yaml: does not exist"),
        ("no/such/folder.yaml", "does not exist"),
        ("bsae", "Did you mean base?"),
        (".", "is a folder"),
        ("folder.yaml", "is a folder"),
        ("pipe.yaml", "is no regular file"),
        ("a\0b.yaml", "does not exist"),
        ("x" * 5000 + ".yaml", "does not exist"),
        ("", "is a folder"),
    ],
)
def test_what_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ref: str, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ScenarioError) as caught:
        load(ref)
    assert words in str(caught.value) and len(caught.value.faults) == 1


def test_reading_a_scenario_imports_nothing_heavy(root: Path) -> None:
    code = (
        "import sys; from simcpec.scenario import validate, json_schema; assert validate('base') == []; json_schema();"
        "print([name for name in ('numpy', 'pandas', 'scipy', 'matplotlib', 'numba') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
