"""Draws `model.svg` beside it, the one picture of README and docs: `python docs/img/model_figure.py`.

Plain text in, plain text out: no clock, no font files, no drawing library; the same source gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path

PICTURE = Path(__file__).with_name("model.svg")
WIDTH, HEIGHT = 1040, 560
INK, FAINT, PAPER = "#1f2933", "#7b8794", "#ffffff"
MONEY, THREAT, HARM, OUT, BACK = "#dbe9f6", "#f3f4f6", "#fbe3d6", "#e3f1e1", "#f6efd5"
TITLE = "What happens to a plot, and what money can change"
FOOT = "Every mechanism can be switched off exactly. Every number has a source or is marked as judgement."
DESCRIPTION = (
    "The security budget buys seven instruments. Plots are born, turn to a cell, prepare, attack, meet three layers "
    "and may breach them. On the way they are deterred, foiled, lapse or are stopped. Consequences feed back."
)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle with lines of text, the first one bold."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    lines: tuple[str, ...]

    @property
    def middle(self) -> float:
        """Its horizontal centre."""
        return self.x + self.width / 2

    @property
    def below(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    def drawn(self) -> str:
        """As SVG."""
        top = self.y + self.height / 2 - 8 * (len(self.lines) - 1) + 5
        body = [
            f'<rect x="{self.x:g}" y="{self.y:g}" width="{self.width:g}" height="{self.height:g}" rx="5" '
            f'fill="{self.fill}" stroke="{INK}" stroke-width="1"/>'
        ]
        for k, line in enumerate(self.lines):
            weight = "bold" if k == 0 else "normal"
            body.append(said(self.middle, top + 16 * k, line, size=14 if k == 0 else 12, weight=weight))
        return "\n".join(body)


def said(x: float, y: float, words: str, *, size: int = 12, weight: str = "normal", colour: str = INK) -> str:
    """A line of text around x."""
    style = f'font-size="{size}" font-weight="{weight}" fill="{colour}" text-anchor="middle"'
    return f'<text x="{x:g}" y="{y:g}" {style}>{escape(words)}</text>'


def arrow(*points: tuple[float, float], dashed: bool = False) -> str:
    """A line through these points with a head at its end."""
    path = "M" + " L".join(f"{x:g},{y:g}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    colour, head = (FAINT, "back") if dashed else (INK, "head")
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.4"{dash} marker-end="url(#{head})"/>'


def band(y: float, words: str) -> str:
    """The heading of a row, at the left."""
    style = f'font-size="12" font-weight="bold" fill="{FAINT}"'
    return f'<text x="20" y="{y:g}" {style}>{escape(words)}</text>'


# ------------------------------------------------------------------------------------------------ what stands where

INSTRUMENTS = ("intelligence", "operations", "surveillance", "guards", "escorts", "hardening", "procedures")
ACTS_ON = ("finds plots", "teams", "route layer", "sites, homes", "the road", "walls, armour", "audits")


def boxes() -> dict[str, Box]:
    """Every box by its name."""
    found = {
        name: Box(x=290 + 104 * k, y=70, width=96, height=48, fill=MONEY, lines=(name, acts))
        for k, (name, acts) in enumerate(zip(INSTRUMENTS, ACTS_ON, strict=True))
    }
    found["budget"] = Box(x=20, y=70, width=190, height=48, fill=MONEY, lines=("security budget", "share x base"))
    path = (
        ("born", 20, 150, THREAT, ("plot is born", "threat x militants", "in a province")),
        ("turns", 200, 150, THREAT, ("turns to a cell", "province x cohort", "x setting")),
        ("prepares", 380, 150, THREAT, ("prepares", "can be found", "all the while")),
        ("layers", 560, 270, THREAT, ("attack meets layers", "route, guard or escort, hardening", "x compliance")),
        ("breach", 860, 160, HARM, ("breach", "deaths, injuries", "work stopped")),
    )
    for name, x, width, fill, lines in path:
        found[name] = Box(x=x, y=210, width=width, height=76, fill=fill, lines=lines)
    ends = (
        ("deterred", 200, 150, ("deterred", "protection is visible")),
        ("foiled", 380, 72, ("foiled",)),
        ("lapsed", 458, 72, ("lapsed",)),
        ("stopped", 560, 270, ("stopped", "at a layer; guards may die")),
    )
    for name, x, width, lines in ends:
        found[name] = Box(x=x, y=340, width=width, height=48, fill=OUT, lines=lines)
    backs = (
        ("stock", 20, 250, ("militants", "arrests and deaths less, backlash more")),
        ("follow", 285, 200, ("follow-on plots", "within days of an attack")),
        ("trust", 500, 200, ("trust", "mistakes cost tips")),
        ("answer", 715, 305, ("answer of the state", "guards on loan, procedures refreshed")),
    )
    for name, x, width, lines in backs:
        found[name] = Box(x=x, y=460, width=width, height=54, fill=BACK, lines=lines)
    return found


def arrows(at: dict[str, Box]) -> list[str]:
    """What leads to what."""
    lines = [arrow((210, 94), (286, 94))]
    flow = ("born", "turns", "prepares", "layers", "breach")
    for one, other in pairwise(flow):
        y = at[one].y + 38
        lines.append(arrow((at[one].x + at[one].width, y), (at[other].x - 4, y)))
    for name, under in (("deterred", "turns"), ("foiled", "prepares"), ("lapsed", "prepares"), ("stopped", "layers")):
        lines.append(arrow((at[name].middle, at[under].below), (at[name].middle, at[name].y - 4)))
    # what is bought, on what it acts; a bar gathers the five that feed the layers
    lines.append(arrow((at["intelligence"].middle, 118), (at["intelligence"].middle, 160), (430, 160), (430, 206)))
    lines.append(arrow((at["operations"].middle, 118), (at["operations"].middle, 172), (480, 172), (480, 206)))
    bar = (at["surveillance"].middle, at["procedures"].middle)
    lines.append(f'<path d="M{bar[0]:g},150 L{bar[1]:g},150" fill="none" stroke="{INK}" stroke-width="1.4"/>')
    for name in INSTRUMENTS[2:]:
        lines.append(f'<path d="M{at[name].middle:g},118 V150" fill="none" stroke="{INK}" stroke-width="1.4"/>')
    lines.append(arrow((695, 150), (695, 206)))
    return lines + feedback()


def feedback() -> list[str]:
    """What comes back: dashed, with a line of its own for each box."""
    return [
        arrow((148, 460), (148, 290), dashed=True),
        arrow((385, 460), (385, 425), (161, 425), (161, 290), dashed=True),
        arrow((540, 460), (540, 405), (366, 405), (366, 270), (376, 270), dashed=True),
        arrow((846, 460), (846, 268), (834, 268), dashed=True),
        arrow((940, 286), (940, 456), dashed=True),
    ]


def picture() -> str:
    """The whole picture as SVG."""
    at = boxes()
    heads = "".join(
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
        for name, colour in (("head", INK), ("back", FAINT))
    )
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="Helvetica, Arial, sans-serif" role="img">',
        f"<title>{escape(TITLE)}</title>",
        f"<desc>{escape(DESCRIPTION)}</desc>",
        f"<defs>{heads}</defs>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        said(WIDTH / 2, 32, TITLE, size=18, weight="bold"),
        band(60, "WHAT MONEY BUYS"),
        band(200, "WHAT HAPPENS TO A PLOT"),
        band(334, "WHERE IT ENDS"),
        band(450, "WHAT COMES BACK"),
        *arrows(at),
        *(box.drawn() for box in at.values()),
        said(WIDTH / 2, 545, FOOT, colour=FAINT),
        "</svg>",
    ]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
