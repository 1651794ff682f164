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
    typer.Option(metavar="WORD", help="Of a folder, what is averted: incidents, attacks, breaches, deaths, injured."),
]
Cost = Annotated[
    str,
    typer.Option(metavar="WORD", help="Of a folder, what counts as cost: security, or total with damage and delay."),
]
Perspective = Annotated[
    str,
    typer.Option(
        metavar="WORD",
        help="Of a study, whose cost: society, host_state, sponsor, foreign_state, consumers.",
    ),
]
DiscountCosts = Annotated[
    str, typer.Option(metavar="SHARE", help="Of a study, discount rate of costs a year, such as 5 %.")
]
DiscountEffects = Annotated[
    str, typer.Option(metavar="SHARE", help="Of a study, discount rate of effects a year, such as 1.5 %.")
]
Current = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of a CSV file, the strategy that is current practice.")
]
Value = Annotated[
    str | None,
    typer.Option(metavar="LIST", help="Values of a unit of effect, in USD or the unit of the file: 0,1e6,5e6."),
]
Know = Annotated[
    str | None,
    typer.Option(
        metavar="KEYS",
        help="What knowing parameters is worth: each, or beginnings of keys, every one a group: world.threat.",
    ),
]
Watch = Annotated[
    str | None,
    typer.Option(metavar="YEARS", help="Of a study, what waiting and counting attacks is worth, for years: 1,3,5."),
]
Evaluate = Annotated[
    str | None,
    typer.Option(
        metavar="YEARS", help="Of a study, what an evaluation is worth, with so many years before and after: 1,3."
    ),
]
Overlap = Annotated[
    Path | None,
    typer.Option(metavar="SWEEP", help="Of a sweep over levers, another one over combinations of them."),
]
Budget = Annotated[
    float | None,
    typer.Option(metavar="USD", min=0.0, help="Of a sweep over levers, a yearly budget to lay out over them."),
]
Combinations = Annotated[
    Path | None,
    typer.Option(metavar="CSV", help="Of a sweep over levers, write the design of one over combinations of them."),
]
Out = Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the tables as CSV.")]
Force = Annotated[bool, typer.Option(help="Replace a folder of results.")]
