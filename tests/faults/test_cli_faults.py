"""Bad input through the real command: one clear message, the right exit code, nothing written, at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.command import Done, files, simcpec, surroundings

AT_ONCE = 10.0  # seconds, on a machine that does other things too; 0.3 where it does not
OVERLAY = "extends: base\nname: Mine\npolicy:\n  security_share: {share: %s, of: annual_outlay}\n"

# name -> content of bad.yaml, and what the message must name
BAD: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "a share without its unit": ((OVERLAY % "0.5").encode(), ("line 4", "0.5", "0.5 %", "50 %")),
    "a negative share": ((OVERLAY % "-1 %").encode(), ("line 4", "-1 %", "policy.security_share.share")),
    "a share above all": ((OVERLAY % "150 %").encode(), ("line 4", "150 %", "policy.security_share.share")),
    "a misspelt key": (
        b"extends: base\npolicy:\n  secuirty_share: {share: 1 %, of: annual_outlay}\n",
        ("line 3", "secuirty_share", "security_share"),
    ),
    "a key that stands twice": (b"extends: base\nname: One\nname: Two\n", ("name", "line 2", "line 3")),
    "tabs": (b"extends: base\nrun:\n\tseed: 1\n", ("line 3", "tab", "spaces")),
    "an alias bomb": (
        b"extends: base\na: &a [x, x]\n"
        + b"".join(b"%c: &%c [*%c, *%c, *%c, *%c]\n" % (c + 1, c + 1, *[c] * 4) for c in range(97, 120)),
        ("line 2", "anchor"),
    ),
    "50,000 nested brackets": (b"extends: base\nrun: " + b"[" * 50_000 + b"]" * 50_000, ("line 2", "64 levels")),
    "binary junk": (bytes(range(256)) * 64, ("bad.yaml",)),
    "nothing": (b"", ("bad.yaml", "empty")),
    "a tag": (b"extends: base\nname: !!python/object/apply:os.system [ls]\n", ("line 2", "tag")),
    "an unknown base": (b"extends: bse\n", ("bse", "base")),
}


def complaint(done: Done) -> str:
    """The message of a command that refused: on stderr, marked, without a traceback, and nothing on stdout."""
    assert done.stderr.startswith("error: "), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize("verb", ["validate", "run"])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_ends_with_2_and_says_where(name: str, verb: str, tmp_path: Path) -> None:
    content, named = BAD[name]
    (tmp_path / "bad.yaml").write_bytes(content)
    began = time.monotonic()
    done = simcpec(verb, "bad.yaml", cwd=tmp_path)
    assert time.monotonic() - began < AT_ONCE
    assert done.returncode == 2
    assert [word for word in named if word not in complaint(done)] == []
    assert files(tmp_path) == {"bad.yaml": content}


@pytest.mark.parametrize("ref", ["no-such.yaml", "share-22", "folder", "folder/inside.yaml", "a\x1b[2Jb", "x" * 5000])
def test_a_file_that_is_none_ends_with_2(ref: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    done = simcpec("compare", "base", ref, cwd=tmp_path)
    assert done.returncode == 2
    assert "\x1b" not in complaint(done)
    assert files(tmp_path) == {}


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(OVERLAY % "0.5" + "run:\n  seed: none\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(OVERLAY % "150 %", encoding="utf-8")
    done = simcpec("--json", "validate", "a.yaml", "b.yaml", cwd=tmp_path)
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert (told["schema_version"], told["verb"], told["error"]["exit_code"]) == (1, "validate", 2)
    found = {(fault["where"], fault["line"]) for fault in told["error"]["faults"]}
    assert found == {("a.yaml", 4), ("a.yaml", 6), ("b.yaml", 4)}


# name -> words, and what the message must name
USAGE = {
    "a misspelt verb": (["comapre", "base"], ("comapre", "compare")),
    "a misspelt option": (["run", "base", "--replication", "3"], ("--replication", "--replications")),
    "no scenario": (["run"], ("SCENARIO",)),
    "a seed below 0": (["run", "base", "--seed", "-1"], ("--seed", "-1")),
    "a seed that is no number": (["run", "base", "--seed", "many"], ("--seed", "many")),
    "no replications": (["run", "base", "-r", "0"], ("--replications", "0")),
    "no jobs": (["run", "base", "-j", "0"], ("--jobs", "0")),
    "no draws": (["run", "base", "--draws", "0"], ("--draws", "0")),
    "an unknown engine": (["run", "base", "--engine", "steam"], ("steam", "reference")),
    "a baseline that is not compared": (
        ["compare", "base", "share-2", "--baseline", "share-3"],
        ("share-3", "share-2"),
    ),
    "one scenario to compare": (["compare", "base"], ("two",)),
    "a set that is none": (["run", "base", "--set", "seed"], ("--set", "key=value")),
    "a key that nothing reads": (["run", "base", "--set", "run.sed=1"], ("run.sed", "seed")),
    "stdin twice": (["compare", "-", "-"], ("stdin",)),
    "nothing to list": (["list", "source"], ("source", "sources")),
    "an unknown entry": (["show", "attacks.sind"], ("attacks.sind", "attacks.sindh")),
    "an unknown source": (["cite", "nacta-2042"], ("nacta-2042", "nacta-2024")),
    "an unknown key": (["resolve", "base", "--why", "run.sed"], ("run.sed", "run.seed")),
}


@pytest.mark.parametrize("name", USAGE)
def test_bad_usage_ends_with_2_and_names_what_was_meant(name: str, tmp_path: Path) -> None:
    words, named = USAGE[name]
    done = simcpec(*words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert [word for word in named if word not in complaint(done)] == []
    assert files(tmp_path) == {}


def test_without_a_verb_help_is_shown_and_the_exit_code_is_2(tmp_path: Path) -> None:
    done = simcpec(cwd=tmp_path)
    assert done.returncode == 2
    assert "compare" in done.stdout


# ---- what stands in the way


def test_a_folder_that_cannot_be_written_ends_with_5_before_anything_is_played(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    began = time.monotonic()
    done = simcpec("run", "base", "-r", "1000", "--out", "taken/inside", cwd=tmp_path)
    assert time.monotonic() - began < AT_ONCE
    assert done.returncode == 5
    assert "taken" in complaint(done)
    assert files(tmp_path) == {"taken": b"mine"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_forbidden_folder_ends_with_5(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    done = simcpec("run", "base", "-r", "2", "--out", "closed/inside", cwd=tmp_path)
    assert done.returncode == 5
    assert "closed" in complaint(done)


def test_a_folder_of_somebody_else_ends_with_4_and_stays_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.tex").write_text("years of work", encoding="utf-8")
    for force in ([], ["--force"]):
        done = simcpec("run", "base", "-r", "2", "--out", "theirs", *force, cwd=tmp_path)
        assert done.returncode == 4
        assert "theirs" in complaint(done)
    assert files(tmp_path) == {"theirs/thesis.tex": b"years of work"}


def test_a_folder_that_is_no_study_cannot_be_reported(tmp_path: Path) -> None:
    done = simcpec("report", ".", cwd=tmp_path)
    assert done.returncode == 4
    assert "manifest" in complaint(done)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_stdout_ends_with_5() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "simcpec", "list", "entries"],
            env=surroundings(),
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    assert done.returncode == 5
    assert done.stderr == "error: No space left on device\n"


def test_a_reader_who_leaves_early_is_no_fault() -> None:
    command = [sys.executable, "-m", "simcpec", "list", "entries"]
    with subprocess.Popen(command, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


# ---- faults of ours

BROKEN = """
import sys
from simcpec.cli import main
from simcpec.cli.commands import catalogue as looking
def broken(what): {body}
looking._rows = broken
sys.exit(main({words!r}))
"""


def broken(body: str, *words: str) -> Done:
    """`simcpec WORDS` with a fault planted in one of its functions."""
    return subprocess.run(
        [sys.executable, "-c", BROKEN.format(body=body, words=list(words))],
        env=surroundings(),
        capture_output=True,
        encoding="utf-8",
    )


def test_our_fault_ends_with_1_and_asks_for_a_report() -> None:
    done = broken("raise ValueError('planted')", "list")
    assert done.returncode == 1
    assert "ValueError: planted" in complaint(done)
    assert "Please report" in done.stderr and "--debug" in done.stderr


def test_debug_shows_where_it_happened() -> None:
    done = broken("raise ValueError('planted')", "list", "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr and "in broken" in done.stderr


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        ("raise MemoryError", 5, "memory"),
        ("raise ModuleNotFoundError(name='pandas')", 5, "pandas"),
        ("raise OSError(28, 'No space left on device', 'x.csv')", 5, "x.csv"),
        ("raise SystemExit(143)", 143, ""),
        ("raise KeyboardInterrupt", 130, "Stopped"),
    ],
)
def test_other_ends_have_their_codes(body: str, code: int, named: str) -> None:
    done = broken(body, "list")
    assert done.returncode == code
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_json_says_errors_too() -> None:
    told = json.loads(broken("raise ValueError('planted')", "list", "--json").stdout)
    assert told["error"]["kind"] == "ValueError"
    assert told["error"]["exit_code"] == 1
