"""Closed files, settings of libraries, odd environments: one clear message and exit code, or no difference at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import Done, files, simcpec, surroundings
from tests.support.sealing import edit

TINY = "run base --draws 1 -r 1 --engine reference --out o --set run.horizon=9days --set run.warm_up=0days"
PLAIN = {"NUMBA_DISABLE_JIT": "1"}


def shell(line: str, cwd: Path, **env: str) -> Done:
    """A line of a shell in which `simcpec` is this clone's."""
    words = line.replace("simcpec", f"{sys.executable} -m simcpec")
    return subprocess.run(
        ["bash", "-c", words], cwd=cwd, env=surroundings(**env), capture_output=True, encoding="utf-8", timeout=120
    )


# ------------------------------------------------------------------------------------------------ standard files


@pytest.mark.parametrize("line", ["validate -", "resolve - --json", "run -", "compare base - --dry-run"])
def test_standard_input_that_is_closed_ends_with_2_and_one_line(line: str, tmp_path: Path) -> None:
    done = shell(f"simcpec {line} <&-", tmp_path)
    assert (done.returncode, done.stderr) == (
        2, "error: - stands for standard input, which is closed; name a file, or give one with <\n"
    )  # fmt: skip
    assert files(tmp_path) == {}


VERBS = {
    "--help": 0, "--version": 0, "validate base": 0, "resolve base": 0, "schema": 0, "list scenarios": 0,
    "show attacks.sindh": 0, "cite attacks.sindh --json": 0, "doctor": 0, "report nowhere": 4,
    "replay nowhere --replication 0": 4, "validate nowhere": 2, "verify nothing": 2, "nothing": 2,
    "run base --draws 1 --dry-run": 0, "compare base share-2 --draws 1 --dry-run": 0,
}  # fmt: skip


def test_no_verb_needs_its_standard_files(tmp_path: Path) -> None:
    lines = "".join(f"simcpec {line} <&- >&- 2>&-; echo $?\n" for line in VERBS)
    done = shell(lines, tmp_path, **PLAIN)
    assert dict(zip(VERBS, map(int, done.stdout.split()), strict=True)) == VERBS


@pytest.mark.parametrize("line", ["--help", "list entries", "resolve base --json", "validate nowhere", "doctor"])
def test_a_reader_who_leaves_ends_nothing(line: str, tmp_path: Path) -> None:
    done = shell(f"(simcpec {line}; echo $? >&2) 2>said | true; cat said", tmp_path, **PLAIN)
    said = done.stdout.splitlines()
    assert said[-1] == str(VERBS.get(line, 0))
    assert said[:-1] == [] or said[0].startswith("error: nowhere")
    done = shell(f"simcpec {line} 2>&1 | true; echo ${{PIPESTATUS[0]}}", tmp_path, **PLAIN)
    assert (done.stdout, done.stderr) == (f"{VERBS.get(line, 0)}\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_message_that_cannot_be_written_keeps_its_exit_code_and_a_result_that_cannot_is_told(tmp_path: Path) -> None:
    assert shell("simcpec validate nowhere 2>/dev/full", tmp_path).returncode == 2
    done = shell("simcpec validate base >/dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (5, "error: No space left on device\n")


def test_a_study_without_standard_files_is_the_same_to_the_byte(tmp_path: Path) -> None:
    """A file that is opened while number 1 is free would get it, and with it all that a library prints."""
    for folder, ends in (("open", "</dev/null >said 2>&1"), ("closed", "<&- >&- 2>&-")):
        (tmp_path / folder).mkdir()
        assert shell(f"simcpec {TINY} {ends}", tmp_path / folder, **PLAIN).returncode == 0
        edit(tmp_path / folder / "o" / "manifest.json", lambda manifest: manifest.pop("timing") and None)
    assert files(tmp_path / "open" / "o") == files(tmp_path / "closed" / "o")


# ------------------------------------------------------------------------------------------------ the compiler


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMBA_NUM_THREADS", "0"), ("NUMBA_NUM_THREADS", "-1"), ("NUMBA_NUM_THREADS", "many"), ("NUMBA_OPT", "fast"),
        ("NUMBA_DISABLE_JIT", "yes"), ("NUMBA_CPU_FEATURES", "garbage"),
    ],
)  # fmt: skip
def test_a_setting_that_the_compiler_cannot_use_is_named(name: str, value: str, tmp_path: Path) -> None:
    for words in (TINY.split(), ["doctor"]):
        done = simcpec(*words, cwd=tmp_path, env={name: value})
        assert done.returncode == 5
        assert f"the environment variable {name} is '{value}'" in done.stdout + done.stderr
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert files(tmp_path) == {}


KERNEL = "import simcpec.numerics.jit as k, numba; print(k.JIT, k.source_digest(), numba.config.OPT)"


def kernel(cwd: Path, before: str = "") -> list[str]:
    env = {name: value for name, value in surroundings().items() if not name.startswith("NUMBA_")}
    return subprocess.run(
        [sys.executable, "-c", before + KERNEL], cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=True
    ).stdout.split()


@pytest.mark.parametrize("text", ["[", "- x", "\x01", "num_threads: 0", "disable_jit: 1\nopt: '0'\n"])
def test_the_compilers_file_in_the_working_folder_changes_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / ".numba_config.yaml").write_text(text, encoding="utf-8")
    assert kernel(tmp_path) == kernel(tmp_path / "empty")


def test_code_compiled_under_settings_that_others_made_is_kept_apart(tmp_path: Path) -> None:
    """The control: the file is read where somebody imports numba first, and then the cache is another."""
    (tmp_path / "empty").mkdir()
    (tmp_path / ".numba_config.yaml").write_text("opt: '0'\n", encoding="utf-8")
    jit, digest, level = kernel(tmp_path, "import numba; ")
    assert (jit, level) == ("True", "_OptLevel(0)") and digest != kernel(tmp_path / "empty")[1]


# ------------------------------------------------------------------------------------------------ drawing

STYLE = """
from simcpec.reporting.picture import house_style
with house_style():
    import matplotlib
    print(matplotlib.rcParams["lines.linewidth"])
print(matplotlib.rcParams["lines.linewidth"], matplotlib.get_backend())
"""


def test_settings_of_drawings_change_no_byte_and_end_no_study(tmp_path: Path) -> None:
    odd = {"MPLBACKEND": "nonsense", "SOURCE_DATE_EPOCH": "never", "MPLCONFIGDIR": "/dev/null/x", "TZ": "nonsense"}
    odd |= {"OMP_NUM_THREADS": "many", "OPENBLAS_NUM_THREADS": "-1", "COLUMNS": "-5", "LC_ALL": "xx_YY"}
    odd |= {"HOME": "/nowhere", "TMPDIR": "/nowhere", "PYTHONWARNINGS": "error", "PYTHONHASHSEED": "7"}
    for folder in ("plain", "odd"):
        (tmp_path / folder).mkdir()
    (tmp_path / "odd" / "matplotlibrc").write_bytes(b"savefig.dpi: 7\n\xff\xfe")
    for folder, env in (("plain", {}), ("odd", odd)):
        done = simcpec(*TINY.split(), cwd=tmp_path / folder, env={**PLAIN, **env})
        assert (done.returncode, done.stderr) == (0, "")
        edit(tmp_path / folder / "o" / "manifest.json", lambda manifest: manifest.pop("timing") and None)
    assert files(tmp_path / "plain" / "o") == files(tmp_path / "odd" / "o")


def test_settings_of_drawings_hold_for_the_callers_own(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\n", encoding="utf-8")
    env = surroundings(MPLBACKEND="svg")
    done = subprocess.run(
        [sys.executable, "-c", STYLE], cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.split() == ["1.5", "9.0", "svg"]
