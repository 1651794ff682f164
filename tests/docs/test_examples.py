"""Every example of README.md, CONTRIBUTING.md and docs/*.md is run, in the order of its page, in one folder a page.

How a page writes them:

    ```console               lines `$ simcpec ...` are run; what stands below each, if anything, is its output (stdout,
    $ simcpec cite x         then stderr). `...` stands for any text, also of several lines. A command that is meant to
    @misc{x,                 fail says so with a comment: `$ simcpec validate x  # exit 2`.
    ...
    ```
    ```python                is run as a script; with `>>>` in it, as a doctest.

A comment above a block changes what is done with it:

    <!-- file: my.yaml -->   the block is the content of this file, for the examples below it
    <!-- quick -->           its `run` and `compare` are played short: --quick and a horizon of 90 days
    <!-- not run: why -->    it is left alone

Commands are run in the process of the test: what they say and write is the same as in one of their own, which
`tests/faults` gives them, and each spares the import of the compiler. Scripts have processes of their own.

`python3 start.py ...` installs packages, so only its words are checked. A command outside of a ``console`` block is a
fault: nothing would run it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command import ROOT, in_this_process, surroundings

DOCS = [path for pattern in ("*.md", "levers/*.md") for path in sorted((ROOT / "docs").glob(pattern))]
PAGES = [path for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS] if path.is_file()]
BLOCK = re.compile(
    r"(?:<!-- *(?P<note>[^\n]*?) *-->\n+)?^(?P<tick>`{3,}|:{3,})(?P<kind>[^\n`]*)\n(?P<body>.*?)^(?P=tick)\s*$",
    re.MULTILINE | re.DOTALL,
)
COMMAND = re.compile(
    r"^\s*(?:\$ )?simcpec (?:run|compare|validate|resolve|schema|list|show|cite|report|doctor|-)", re.M
)
START = re.compile(r"python3 start\.py(?: (?:run|test|setup)(?: .*)?)?")
NAMED = re.compile(r"`((?:simcpec|scenarios|tests|docs|benchmarks|\.ci)/[\w./-]*\w)`")
PLAYED = ("run", "compare")


@dataclass(frozen=True)
class Block:
    """One fenced block: the line it begins in, its language, the comment above it, its text."""

    line: int
    kind: str
    note: str
    body: str


@dataclass(frozen=True)
class Command:
    """One command of a ``console`` block: its words, the exit code and the output it should have."""

    words: tuple[str, ...]
    code: int
    output: str


def blocks(text: str) -> list[Block]:
    """Every fenced block of a page."""
    return [
        Block(text.count("\n", 0, found.start("tick")) + 1, found["kind"].strip(), found["note"] or "", found["body"])
        for found in BLOCK.finditer(text)
    ]


def commands(block: Block) -> list[Command]:
    """The commands of a ``console`` block."""
    made = []
    for part in re.split(r"^\$ ", block.body, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        while line.endswith("\\"):
            more, _, output = output.partition("\n")
            line = line[:-1] + more.strip().removeprefix("> ")
        line, _, comment = line.partition("  # ")
        code = re.fullmatch(r"exit (\d+)", comment.strip())
        made.append(Command(tuple(shlex.split(line)), int(code[1]) if code else 0, output.strip()))
    return made


def matches(wanted: str, got: str) -> bool:
    """Whether `got` is what a page shows, where ``...`` stands for any text; ends of lines do not count."""
    form = ".*".join(re.escape(part.strip("\n")) for part in _trimmed(wanted).split("..."))
    return re.fullmatch(rf"\s*{form}\s*", _trimmed(got), flags=re.DOTALL) is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def play(block: Block, folder: Path) -> None:
    """Run one block in `folder`; fails where it does something else than the page says."""
    if block.note.startswith("not run:"):
        return
    if block.note.startswith("file:"):
        path = folder / block.note.removeprefix("file:").strip()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.body, encoding="utf-8")
    elif block.kind == "console":
        for command in commands(block):
            _run(command, block, folder)
    elif block.kind in ("python", "pycon"):
        _python(block, folder)


def _run(command: Command, block: Block, folder: Path) -> None:
    if START.fullmatch(shlex.join(command.words)):
        return
    program, *words = command.words
    assert program == "simcpec", f"line {block.line}: only simcpec and python3 start.py are run, not {program}"
    if block.note == "quick" and words and words[0] in PLAYED:
        words += ["--quick", "--set", "run.horizon=90 days"]
    done = in_this_process(*words, cwd=folder)
    shown = f"line {block.line}: {shlex.join(command.words)}\n{done.stdout}{done.stderr}"
    assert done.returncode == command.code, shown
    assert not command.output or matches(command.output, done.stdout + done.stderr), shown


def _python(block: Block, folder: Path) -> None:
    script = folder / "example.py"
    words = ["-m", "doctest", script.name] if ">>>" in block.body else [script.name]
    text = f'"""\n{block.body}"""\n' if ">>>" in block.body else block.body
    script.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=surroundings(),
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    assert done.returncode == 0, f"line {block.line}:\n{block.body}{done.stdout}{done.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_of_a_page_does_what_it_says(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if page.name != "README.md":  # whose commands show that figures are set
        request.getfixturevalue("unset_figures")
    for block in blocks(page.read_text(encoding="utf-8")):
        play(block, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_command_stands_where_nothing_runs_it(page: Path) -> None:
    found = [block for block in blocks(page.read_text(encoding="utf-8")) if COMMAND.search(block.body)]
    assert [f"line {block.line}" for block in found if block.kind != "console" and not block.note] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    named = NAMED.findall(page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


# ---- the collector itself, on pages that are right and pages that are not

GOOD = """
<!-- file: mine.txt -->
```text
content
```

```console
$ simcpec --version
simcpec ...
$ simcpec list nothing  # exit 2
error: nothing called ...
$ python3 start.py test
```

```python
from pathlib import Path
assert Path("mine.txt").read_text() == "content\\n"
```

```python
>>> 1 + 1
2
```

<!-- not run: it is no program -->
```console
$ rm everything
```
"""


def test_a_page_that_is_right_passes(tmp_path: Path) -> None:
    found = blocks(GOOD)
    assert [block.kind for block in found] == ["text", "console", "python", "python", "console"]
    for block in found:
        play(block, tmp_path)


@pytest.mark.parametrize(
    "page",
    [
        "```console\n$ simcpec --version\nsimcpec is great\n```\n",
        "```console\n$ simcpec list nothing\n```\n",
        "```console\n$ simcpec list  # exit 2\n```\n",
        "```console\n$ ls\n```\n",
        "```python\n1 / 0\n```\n",
        "```python\n>>> 1 + 1\n3\n```\n",
    ],
    ids=["output", "exit code", "no failure", "other program", "script", "doctest"],
)
def test_a_page_that_is_wrong_fails(page: str, tmp_path: Path) -> None:
    (block,) = blocks(page)
    with pytest.raises(AssertionError):
        play(block, tmp_path)


def test_a_command_in_a_block_of_text_is_found() -> None:
    (block,) = blocks("```sh\nsimcpec run base\n```\n")
    assert COMMAND.search(block.body) and block.kind != "console"
