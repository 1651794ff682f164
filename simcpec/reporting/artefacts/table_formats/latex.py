"""A table as LaTeX for an article that loads booktabs and longtable, and nothing else.

Cells are boxes of a share of the line, so that long words wrap; rows end in ``\\tabularnewline``, because flush left
text takes ``\\\\`` for itself.  What LaTeX has no letter for stays as it is and is named in a comment: XeLaTeX and
LuaLaTeX set it.
"""

from __future__ import annotations

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
LONGEST = 15  # letters of a word that a column makes room for; LaTeX hyphenates longer ones
NARROW, WIDE = 5, 8  # columns from which the type is smaller
LONG_WORD = re.compile(r"\S{13,}")
SEPARATORS = re.compile(r"(?<=[._/:=-])")
DIGEST = re.compile(r"[0-9a-f]{32,}")
GAP = 0.02  # of the line, between two columns
LETTERS = {r"\scriptsize": 88, r"\footnotesize": 78, r"\small": 70}  # of a line of an article, by size of type


def latex(table: Table) -> str:
    """Return the table as one longtable a panel; the caption stands above the first."""
    parts = [_panel(table, panel, first=number == 0) for number, panel in enumerate(plain_panels(table))]
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
    size = _size(count)
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
    side = "\\raggedleft" if right else "\\raggedright"
    first, *rest = (escape(line) for line in lines)
    text = f"\\bfseries {first}" if bold else first
    return f"{side} {text}" + "".join(f"\\\\{{\\mdseries {line}}}" for line in rest)


def column_widths(panel: PlainPanel) -> list[float]:
    """Shares of the line for each column: by its longest line, and no less than its longest word wants."""
    letters = LETTERS[_size(len(panel.heads))]
    wants, leasts = [], []
    for column, head in enumerate(panel.heads):
        cells = [row.cells[column] for row in panel.rows if row.kind != "group"]
        lines = [line for lines in [head, *cells] for line in lines]
        wants.append(max(6.0, min(max(map(len, lines), default=1), 60)) ** 0.75)
        words = [piece for line in lines for word in line.split() for piece in pieces(word)]
        leasts.append(min(max(map(len, words), default=1), LONGEST) / letters)
    room = 1.0 - GAP * (len(wants) - 1)
    if sum(leasts) >= room:
        return [least * room / sum(leasts) for least in leasts]
    rest = room - sum(leasts)
    return [least + rest * want / sum(wants) for least, want in zip(leasts, wants, strict=True)]


def _size(columns: int) -> str:
    return r"\scriptsize" if columns >= WIDE else r"\footnotesize" if columns >= NARROW else r"\small"
