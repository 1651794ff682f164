"""Arguments and options of `simcpec economics`, one type each."""

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY_OR_CSV",
        help="A folder that compare or sweep run has left, or a CSV file with columns strategy, draw, cost, and "
        "effect or harm.",
    ),
]
Effect = Annotated[
    str,
    typer.Option(metavar="WORD", help="What is averted (folders only): incidents, attacks, breaches, deaths, injured."),
]
Cost = Annotated[
    str,
    typer.Option(metavar="WORD", help="What counts as cost (folders only): security, or total with damage and delay."),
]
Perspective = Annotated[
    str,
    typer.Option(
        metavar="WORD",
        help="Whose cost (folders only): society, host_state, sponsor, foreign_state, consumers.",
    ),
]
DiscountCosts = Annotated[
    str, typer.Option(metavar="SHARE", help="Yearly discount rate of costs, such as 5 % (folders only).")
]
DiscountEffects = Annotated[
    str, typer.Option(metavar="SHARE", help="Yearly discount rate of effects, such as 1.5 % (folders only).")
]
Current = Annotated[
    str | None, typer.Option(metavar="NAME", help="The strategy that is current practice (CSV files only).")
]
Value = Annotated[
    str | None,
    typer.Option(metavar="LIST", help="Values to give one unit of effect, in USD or the unit of the file: 0,1e6,5e6."),
]
Know = Annotated[
    str | None,
    typer.Option(
        metavar="KEYS",
        help="Value of knowing parameters: each by itself, or beginnings of keys, each a group: world.threat.",
    ),
]
Watch = Annotated[
    str | None,
    typer.Option(
        metavar="YEARS", help="Value of waiting and counting attacks for so many years: 1,3,5 (studies only)."
    ),
]
Evaluate = Annotated[
    str | None,
    typer.Option(
        metavar="YEARS", help="Value of an evaluation with so many years before and after: 1,3 (studies only)."
    ),
]
Overlap = Annotated[
    Path | None,
    typer.Option(metavar="SWEEP", help="A sweep over combinations of the levers, which shows how they overlap."),
]
Budget = Annotated[
    float | None,
    typer.Option(metavar="USD", min=0.0, help="A yearly budget to allocate over the levers of a sweep."),
]
Combinations = Annotated[
    Path | None,
    typer.Option(metavar="CSV", help="Write the design of a sweep over combinations of the levers of this one."),
]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", metavar="FOLDER", help="Also write the tables as CSV into this folder.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace a folder of results.")]
