"""A table as LaTeX for an article that loads booktabs and longtable, and nothing else.

Cells are boxes of a share of the line, so that long words wrap; rows end in ``\\tabularnewline``, because flush left
text takes ``\\\\`` for itself.  What LaTeX has no letter for stays as it is and is named in a comment: XeLaTeX and
LuaLaTeX set it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from simcpec.catalogue.citations import escape as escape_ascii
from simcpec.reporting.artefacts.table_formats.citing import CITED
from simcpec.reporting.artefacts.table_formats.lines import PlainPanel, PlainRow, plain_panels
from simcpec.reporting.tables.table import Table

BREAK, APART = "\x00", "\x01"  # where a long word may be broken; between two hyphens that are no dash
#: letters that neither ASCII nor an accent gives, as commands of LaTeX's own fonts
MATHS = {
    "\u2212": "$-$", "±": r"$\pm$", "×": r"$\times$", "·": r"$\cdot$", "→": r"$\rightarrow$", "≤": r"$\leq$",
    "≥": r"$\geq$", "≈": r"$\approx$", "…": r"\ldots{}", "°": r"$^{\circ}$", "½": r"$\frac{1}{2}$", "²": "$^{2}$",
    "³": "$^{3}$", "λ": r"$\lambda$", "μ": r"$\mu$", "σ": r"$\sigma$", "Δ": r"$\Delta$", "β": r"$\beta$",
    "α": r"$\alpha$", "κ": r"$\kappa$", "\u00a0": "~", "\u202f": r"\,", "\u2009": r"\,", "‘": "`", "§": r"\S{}",
    BREAK: r"\allowbreak{}", APART: "{}", "€": r"\texteuro{}", "£": r"\pounds{}", "†": r"\dag{}", "•": r"\textbullet{}",
}  # fmt: skip
LINE = 345.0  # points of a line of an article
#: points of the type, and how much wider than that of 10 points its letters are drawn
SIZES = {r"\scriptsize": (7.0, 1.14), r"\footnotesize": (8.0, 1.07), r"\small": (9.0, 1.03)}
LONGEST = 24.0  # ems of a word that a column makes room for
HYPHENATED, LEFT = re.compile(r"[a-z]{11,}[.,;:]?$"), 5.0  # such words are hyphenated, to so many ems at least
NARROW, WIDE = 5, 8  # columns from which the type is smaller
LONG_WORD = re.compile(r"\S{13,}")
SEPARATORS = re.compile(r"(?<=[._/:=-])|(?<=\w)(?=\[)")
DIGEST = re.compile(r"[0-9a-f]{32,}")
GAP = 0.015  # of the line, between two columns
#: widths of letters of the fonts of LaTeX, in ems; others are as wide as an n
EMS = {
    **dict.fromkeys("ijl.,;:|'!", 0.29), **dict.fromkeys("()[]/ ftIrs-", 0.41),
    **dict.fromkeys("mwMWABCDEGHKNOQRUVXYÜÖÄ%&@\u2212±≤≥→", 0.8),
}  # fmt: skip


def latex(table: Table) -> str:
    """Return the table as one longtable a panel; the caption stands above the first."""
    panels = [part for panel in plain_panels(table) for part in fitting(panel)]
    parts = [_panel(table, panel, first=number == 0) for number, panel in enumerate(panels)]
    notes = "".join(f"\\par\\smallskip\\noindent{{\\footnotesize {escape(note)}\\par}}\n" for note in table.notes)
    body = "".join(parts) + notes
    unset = sorted({letter for letter in body if ord(letter) > 127})
    remark = "% \\usepackage{booktabs,longtable}\n"
    if unset:
        codes = ", ".join(f"U+{ord(letter):04X}" for letter in unset)
        remark += f"% needs XeLaTeX or LuaLaTeX with a font that has {codes}\n"
    return remark + body


def escape(text: str) -> str:
    """`text` for LaTeX: special characters and citations as commands; what only other engines set stays as it is."""
    parts = CITED.split(text)  # text, key, text, key, ...
    words = (LONG_WORD.sub(lambda found: BREAK.join(pieces(found[0])), part) for part in parts)
    words = ("".join(map(_letter, word.replace("--", f"-{APART}-"))) for word in words)
    return "".join(f"\\cite{{{parts[k]}}}" if k % 2 else word for k, word in enumerate(words))


def _letter(letter: str) -> str:
    return MATHS.get(letter) or escape_ascii(letter)


def pieces(word: str) -> list[str]:
    """Parts of a long word between which a line may end: behind its dots and strokes; of a digest, every 16 letters."""
    if DIGEST.fullmatch(word):
        return [word[k : k + 16] for k in range(0, len(word), 16)]
    return [piece for piece in SEPARATORS.split(word) if piece]


def _panel(table: Table, panel: PlainPanel, *, first: bool) -> str:
    count = len(panel.heads)
    size = _size(panel)
    widths = column_widths(panel)
    columns = "".join(f"p{{{width:.3f}\\linewidth}}" for width in widths)
    head = _cells(panel.heads, panel.numbers, bold=True)
    lines = [
        f"{{{size}\\setlength{{\\tabcolsep}}{{{GAP / 2:.3f}\\linewidth}}",
        f"\\begin{{longtable}}{{@{{}}{columns}@{{}}}}",
    ]
    lines += [f"{_caption(table)}\\tabularnewline"] if first else []
    lines += [f"\\multicolumn{{{count}}}{{@{{}}l}}{{\\bfseries {escape(panel.title)}}}\\tabularnewline"] * bool(
        panel.title
    )
    lines += ["\\toprule", f"{head}\\tabularnewline", "\\midrule", "\\endfirsthead"]
    lines += ["\\toprule", f"{head}\\tabularnewline", "\\midrule", "\\endhead", "\\bottomrule", "\\endfoot"]
    lines += [_row(row, panel.numbers) for row in panel.rows]
    lines += ["\\end{longtable}", "}"]
    return "\n".join(lines) + "\n"


def _caption(table: Table) -> str:
    label = f"tab:{table.id.lower()}"
    return f"\\caption[{escape(table.title)}]{{{escape(table.title)}. {escape(table.caption)}}}\\label{{{label}}}"


def _row(row: PlainRow, numbers: Sequence[bool]) -> str:
    if row.kind == "group":
        said = "\\\\".join(f"{{{escape(line)}}}" for line in row.cells[0])
        return (
            f"\\addlinespace\\multicolumn{{{len(numbers)}}}{{@{{}}p{{0.98\\linewidth}}@{{}}}}"
            f"{{\\raggedright\\bfseries {said}}}\\tabularnewline*"
        )
    rule = "\\midrule\n" if row.kind == "total" else ""
    return f"{rule}{_cells(row.cells, numbers, bold=row.kind == 'total')}\\tabularnewline"


def _cells(cells: Sequence[Sequence[str]], numbers: Sequence[bool], *, bold: bool) -> str:
    return " & ".join(_cell(lines, right, bold=bold) for lines, right in zip(cells, numbers, strict=True))


def _cell(lines: Sequence[str], right: bool, *, bold: bool) -> str:
    side = "\\raggedleft " if right else "\\raggedright\\hspace{0pt}"  # without it TeX hyphenates no first word
    first, *rest = (escape(line) for line in lines)
    text = f"\\bfseries {first}" if bold else first
    return f"{side}{text}" + "".join(f"\\\\{{\\mdseries {line}}}" for line in rest)


def fitting(panel: PlainPanel) -> list[PlainPanel]:
    """Return a panel, or, where its words are too wide for a line, its columns in several below each other.

    Each has the first column again, so that no reader has to turn the page and no package is needed.
    """
    size = r"\scriptsize"
    leasts = _leasts(panel, size)
    if sum(leasts) <= 1.0 - GAP * (len(leasts) - 1) or len(leasts) < 3:
        return [panel]
    chosen: list[list[int]] = []
    for column, least in enumerate(leasts[1:], start=1):
        taken = sum(leasts[k] + GAP for k in chosen[-1]) if chosen else math.inf
        if taken + least > 1.0:
            chosen.append([0])
        chosen[-1].append(column)
    return [_columns_of(panel, columns, first=k == 0) for k, columns in enumerate(chosen)]


def _columns_of(panel: PlainPanel, columns: Sequence[int], *, first: bool) -> PlainPanel:
    rows = tuple(
        row if row.kind == "group" else PlainRow(cells=tuple(row.cells[k] for k in columns), kind=row.kind)
        for row in panel.rows
    )
    title = panel.title if first else f"{panel.title} (continued)" if panel.title else "Continued"
    return PlainPanel(
        title=title, heads=tuple(panel.heads[k] for k in columns), rows=rows,
        numbers=tuple(panel.numbers[k] for k in columns),
    )  # fmt: skip


def column_widths(panel: PlainPanel) -> list[float]:
    """Shares of the line for each column: by its longest line, and no less than its longest word wants."""
    leasts = _leasts(panel, _size(panel))
    wants = []
    for column, head in enumerate(panel.heads):
        lines = [line for lines in [head, *_cells_of(panel, column)] for line in lines]
        wants.append(max(6.0, min(max(map(len, lines), default=1), 60)) ** 0.75)
    room = 1.0 - GAP * (len(wants) - 1)
    if sum(leasts) >= room:
        return [least * room / sum(leasts) for least in leasts]
    rest = room - sum(leasts)
    return [least + rest * want / sum(wants) for least, want in zip(leasts, wants, strict=True)]


def _cells_of(panel: PlainPanel, column: int) -> list[tuple[str, ...]]:
    return [row.cells[column] for row in panel.rows if row.kind != "group"]


def _leasts(panel: PlainPanel, size: str) -> list[float]:
    """Shares of the line that the longest word of each column takes; first lines of heads and totals are bold."""
    points, wider = SIZES[size]
    unit = points * wider / LINE
    totals = [row for row in panel.rows if row.kind == "total"]
    found = []
    for column, head in enumerate(panel.heads):
        bold = [head[0], *(row.cells[column][0] for row in totals)]
        plain = [line for lines in [head[1:], *_cells_of(panel, column)] for line in lines]
        ems = [1.16 * _word(line, whole=True) for line in bold] + [_word(line) for line in plain]
        found.append(min(max(ems, default=1.0), LONGEST) * unit)
    return found


def _word(line: str, *, whole: bool = False) -> float:
    """Ems of the widest part of a line that stays in one piece; long words of letters LaTeX hyphenates, if it may."""
    shown = CITED.sub(r"[00]", line)
    parts = [part for word in shown.split() for part in (pieces(word) if LONG_WORD.match(word) else [word])]
    return max((_ems(part) if whole or not HYPHENATED.match(part) else LEFT for part in parts), default=0.5)


def _ems(text: str) -> float:
    return sum(EMS.get(letter, 0.55) for letter in text)


def _size(panel: PlainPanel) -> str:
    """The largest size in which every word has room, and none larger than so many columns take."""
    columns = len(panel.heads)
    room = 1.0 - GAP * (columns - 1)
    sizes = [size for size, least in ((r"\small", NARROW), (r"\footnotesize", WIDE)) if columns < least]
    return next((size for size in sizes if sum(_leasts(panel, size)) <= room), r"\scriptsize")
