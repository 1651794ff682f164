"""What is printed and where: results on stdout, everything else on stderr, one JSON document where that was asked for.

Text leaves in UTF-8 whatever the locale, numbers have a decimal point whatever the locale, and a reader who closes the
pipe early ends nothing.
"""

from __future__ import annotations

import itertools
import json
import logging
import math
import os
import shutil
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from operator import add
from typing import Any, TextIO

from simcpec.errors import SimcpecWarning
from simcpec.results.scenario_names import cut_apart, split_key

SCHEMA_VERSION = 1  # of the documents that --json prints; goes up when a field changes its meaning or leaves

# Characters that steer a terminal; a file name or a value may hold them, a message must not.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


GAP = 2  # spaces between two columns
PAUSE = 10.0  # seconds between two lines in a log that only say that something takes long

#: verbs of this process that have printed their one document; a later error adds none
answered: set[str] = set()


@dataclass(frozen=True, kw_only=True)
class Console:
    """What the options of every verb ask for.

    quiet : nothing on stderr but errors.      verbose : more of the log on stderr.      debug : tracebacks too.
    json : stdout holds one JSON document and nothing else.      plain : no colour.
    """

    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    json: bool = False
    plain: bool = False
    _last: list[float] = field(default_factory=lambda: [time.monotonic()], compare=False, repr=False)

    def result(self, verb: str, content: Mapping[str, Any], text: str) -> None:
        """Print the result of a verb: `text`, or, where JSON was asked for, `content` with version and verb."""
        write(sys.stdout, document(verb, content) if self.json else text)
        if self.json:
            answered.add(verb)

    def note(self, text: str) -> None:
        """Something to know while waiting; goes to stderr if that is a terminal, or was asked for with -v."""
        if not self.quiet and (self.verbose or _is_terminal(sys.stderr)):
            write(sys.stderr, text)

    def remark(self, text: str) -> None:
        """Something about what was asked for that changes its meaning; goes to stderr unless -q."""
        if not self.quiet:
            write(sys.stderr, f"note: {text.translate(_CONTROL)}")

    def waiting(self, text: str) -> None:
        """Say what takes long: at once as `note` does; in a log at most every ten seconds, from the tenth on."""
        if self.verbose or _is_terminal(sys.stderr):
            self.note(text)
            self._last[0] = time.monotonic()
        else:
            self.seldom(text)

    def seldom(self, text: str) -> None:
        """Say one of many steps: at most every ten seconds, terminal or not."""
        now = time.monotonic()
        if now - self._last[0] >= 0.95 * PAUSE:  # who reminds every ten seconds is a little late or early
            self.line(text)
            self._last[0] = now

    def line(self, text: str) -> None:
        """Something to know in any case while waiting: a line on stderr, terminal or not, but for -q."""
        if not self.quiet:
            write(sys.stderr, text)

    def detail(self, text: str) -> None:
        """Print a line for those who asked for more with -v."""
        if self.verbose and not self.quiet:
            write(sys.stderr, text)

    @property
    def shows_progress(self) -> bool:
        """Whether stderr is a terminal on which a line can be drawn again."""
        return not self.quiet and _is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"


def in_colour(*, plain: bool) -> bool:
    """Whether stderr is a terminal that may be coloured: neither `plain` (--no-color), NO_COLOR nor TERM=dumb."""
    dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
    return not plain and not dumb and _is_terminal(sys.stderr)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def document(verb: str, content: Mapping[str, Any]) -> str:
    """One JSON document: ``schema_version`` (a whole number) and ``verb`` first, then `content`; never nan."""
    whole = {"schema_version": SCHEMA_VERSION, "verb": verb, **content}
    return json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def finite(content: Any) -> Any:
    """`content` with None in the place of every float, in dicts, lists and tuples too, that JSON has no word for."""
    if isinstance(content, dict):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def complain(text: str, *, plain: bool = False) -> None:
    """Print a message on stderr, with control characters made visible."""
    mark = "\x1b[31merror:\x1b[0m" if in_colour(plain=plain) else "error:"
    write(sys.stderr, f"{mark} {text.translate(_CONTROL)}")


def write(stream: TextIO | None, text: str) -> None:
    """Write `text` as lines and flush; to nowhere where there is no stream, or its reader has closed the pipe.

    Raises OSError where a result cannot be written. A message that cannot be is lost: the exit code tells the same.
    """
    if stream is None or stream.closed:
        return
    try:
        stream.write(text if text.endswith("\n") or not text else text + "\n")
        stream.flush()
    except OSError as fault:
        silence(stream)
        if stream is not sys.stderr and not isinstance(fault, BrokenPipeError):
            raise


def silence(stream: TextIO | None) -> None:
    """Send what is still to come on a closed pipe nowhere, so that the end of the process is quiet too."""
    if stream is None:
        return
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def hold_standard_files() -> None:
    """Give the numbers of standard files that are closed to nothing: a table that gets one would be written into."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def speak_utf8() -> None:
    """UTF-8 on both streams, one kind of line end, whatever the locale; what cannot be written is escaped."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


@contextmanager
def one_line_warnings() -> Iterator[None]:
    """Our warnings as one line without the place in the source; matplotlib's remarks on its own cache not at all."""
    before, drawing = warnings.formatwarning, logging.getLogger("matplotlib")
    level = drawing.level

    def told(message: Warning | str, category: type[Warning], *where: Any) -> str:
        text = str(message)
        if not issubclass(category, SimcpecWarning):
            return before(message, category, *where)
        return f"warning: {text.translate(_CONTROL)}\n"

    warnings.formatwarning = told  # type: ignore[assignment]
    drawing.setLevel(logging.ERROR)
    try:
        yield
    finally:
        warnings.formatwarning = before
        drawing.setLevel(level)


def columns(
    rows: Sequence[Sequence[str]],
    *,
    heading: Sequence[str] = (),
    numbers: Sequence[int] = (),
    squeeze: Mapping[int, int] | None = None,
    groups: Sequence[int] = (0,),
) -> str:
    """Rows in columns two spaces apart, those of `numbers` aligned to the right; "" for no rows.

    squeeze : columns that may be cut down to so many characters, where stdout is a terminal that is not wide enough.
    groups : first columns of groups that stay together. In a terminal that is still not wide enough, they are printed
        one below the other, each block with the columns before the first group repeated.
    """
    from rich.cells import cell_len

    lines = [list(heading), *map(list, rows)] if heading else list(map(list, rows))
    if not rows:
        return ""
    lines = [[cell.translate(_CONTROL).replace("\n", " ") for cell in line] for line in lines]
    whole, least, terminal = [max(map(cell_len, column)) for column in zip(*lines, strict=True)], squeeze or {}, room()
    blocks = _blocks([min(width, least.get(k, width)) for k, width in enumerate(whole)], groups, terminal)
    widths = whole.copy()
    for block in blocks:
        may = {at: least[k] for at, k in enumerate(block) if k in least}
        for at, width in squeezed([widths[k] for k in block], may, terminal).items():
            widths[block[at]] = width
    for k in [k for k in least if widths[k] < whole[k]]:
        for line, short in zip(lines, fitted([line[k] for line in lines], widths[k]), strict=True):
            line[k] = short
        widths[k] = max(cell_len(line[k]) for line in lines)

    def padded(k: int, cell: str) -> str:
        space = " " * (widths[k] - cell_len(cell))
        return space + cell if k in numbers else cell + space

    return "\n".join(
        "".join((" " * GAP).join(padded(k, line[k]) for k in block).rstrip() + "\n" for line in lines)
        for block in blocks
    )


def _blocks(widths: Sequence[int], groups: Sequence[int], room: int | None) -> list[list[int]]:
    """Columns side by side: those before the first group, and as many of the groups that are left as have room."""
    blocks: list[list[int]] = []
    for first, end in itertools.pairwise([*groups, len(widths)]):
        wider = [*(blocks[-1] if blocks else ()), *range(first, end)]
        if blocks and (room is None or _taken([widths[k] for k in wider]) <= room):
            blocks[-1] = wider
        else:
            blocks.append([*range(groups[0]), *range(first, end)])
    return blocks


def _taken(widths: Sequence[int]) -> int:
    """Characters in a line of columns of these widths."""
    return sum(widths) + GAP * (len(widths) - 1)


def room() -> int | None:
    """Characters in a line of the terminal; None where stdout is none, so that nothing has to be cut."""
    return shutil.get_terminal_size().columns if _is_terminal(sys.stdout) else None


def squeezed(widths: Sequence[int], least: Mapping[int, int], room: int | None) -> dict[int, int]:
    """New widths of the columns of `least`, the widest first, so that a line has `room` if that can be had."""
    found = {k: widths[k] for k in least}
    over = 0 if room is None else _taken(widths) - room
    while over > 0 and (open_ := [k for k in found if found[k] > least[k]]):
        found[max(open_, key=found.__getitem__)] -= 1
        over -= 1
    return {k: width for k, width in found.items() if width < widths[k]}


def fitted(texts: Sequence[str], width: int) -> list[str]:
    """Each text in at most `width` cells of a terminal; different ones stay different where that can be.

    The letter of a scenario stays, and what follows must differ without it.
    """
    from rich.cells import cell_len

    keys, names = zip(*map(split_key, texts), strict=True)
    most = width - max(map(len, keys))
    cut = cut_apart(names, most)
    while most > 2 and max(map(cell_len, map(add, keys, cut))) > width:
        most -= 1
        cut = cut_apart(names, most)
    return [key + short if text.strip() else text for text, key, short in zip(texts, keys, cut, strict=True)]
