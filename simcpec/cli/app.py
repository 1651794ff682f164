"""The verbs put together: one table of them, with an example each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from simcpec.cli.commands import calibrate, catalogue, new, replay, report, run, scenario, verify
from simcpec.cli.commands.economics import command as economics
from simcpec.cli.commands.paper import artefacts, methods
from simcpec.cli.commands.sweeps import results, running
from simcpec.cli.options import everywhere, parameter, signed
from simcpec.results.provenance import version as version_of_simcpec

HELP = """Simulate what a security budget would change along the China-Pakistan Economic Corridor.

A scenario is a YAML file: what is decided (policy), what is not (world), and how it is simulated (run). It is
simulated many times, and the report says what each budget achieves, how certain that is, and where each number
comes from.
"""

ENDS = """\b
Results go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 a fault of simcpec,
2 bad usage or scenario, 3 finished with failed replications or at a time limit, 4 refused or
not verified, 5 environment (disk, permission), 130 after Ctrl-C, 143 after SIGTERM. --json prints
one document that begins with schema_version, whose fields keep their meaning as long as that
number stays.
"""

VERBS: tuple[tuple[str, Callable[..., None], tuple[str, ...]], ...] = (
    ("run", run.run, ("simcpec run base", "simcpec run my.yaml -r 500 --seed 7 --out results")),
    (
        "compare",
        run.compare,
        (
            "simcpec compare share-0.5 share-1 share-2 share-3 --baseline share-1",
            "simcpec compare base --vary policy.security_share.share=0.5,1,2,3%",
            'simcpec compare base my.yaml --set "run.horizon=2 years" --draws 20 -r 50',
        ),
    ),
    ("new", new.new, ("simcpec new mine --provinces NORTH,SOUTH",)),
    ("validate", scenario.validate, ("simcpec validate my.yaml", "simcpec validate base --set run.seed=0")),
    (
        "resolve",
        scenario.resolve,
        ("simcpec resolve share-2", "simcpec resolve share-2 --why policy.security_share"),
    ),
    ("schema", scenario.schema, ("simcpec schema > scenario.schema.json",)),
    ("list", catalogue.list_, ("simcpec list", "simcpec list levers", "simcpec list entries --match sindh")),
    ("show", catalogue.show, ("simcpec show attacks.sindh", "simcpec show helicopters")),
    ("cite", catalogue.cite, ("simcpec cite attacks.sindh helicopters > sources.bib",)),
    ("report", report.report, ("simcpec report outputs/base",)),
    (
        "table",
        artefacts.table,
        (
            "simcpec table outputs/shares T5 T7 --to latex,docx",
            "simcpec table outputs/shares all --to latex -o paper/tables",
        ),
    ),
    (
        "figure",
        artefacts.figure,
        ("simcpec figure outputs/shares F2 --to pdf --style journal", "simcpec figure outputs/shares all --to png"),
    ),
    ("methods", methods.methods, ("simcpec methods outputs/shares --to latex,md -o paper",)),
    (
        "economics",
        economics.economics,
        (
            "simcpec economics outputs/share-1-vs-share-2 --effect deaths",
            "simcpec economics costs-and-effects.csv --current today --value 0,1e6,5e6",
        ),
    ),
    (
        "calibrate",
        calibrate.calibrate,
        (
            "simcpec calibrate history-2021-2024 --targets history-2021-2024 --out ensemble",
            "simcpec run base --ensemble ensemble",
        ),
    ),
    (
        "replay",
        replay.replay,
        (
            "simcpec replay outputs/base --replication 7 --trace events.csv",
            "simcpec replay outputs/share-1-vs-share-2 --scenario share-2 --replication 10000 --engine reference",
        ),
    ),
    (
        "verify",
        verify.verify,
        (
            "simcpec verify engines my.yaml --replications 20 --seed 7",
            "simcpec verify theory --only losses --out outputs/theory",
            "simcpec verify relations --worlds 100",
            "simcpec verify variance base --replications 1000 --out outputs/variance",
        ),
    ),
    ("warmup", verify.warmup, ("simcpec warmup",)),
    ("doctor", report.doctor, ("simcpec doctor",)),
)

SWEEP = """Simulate the many scenarios of one study file, each compared with a baseline.

A study names what is varied over a base scenario. Every point is compared with the baseline policy in the same state
of the world, with the same random numbers, and kept as soon as it is there.
"""

SWEEP_VERBS: tuple[tuple[str, Callable[..., None], tuple[str, ...]], ...] = (
    ("plan", running.plan, ("simcpec sweep plan security-share", "simcpec sweep plan my-study.yaml --scenarios")),
    ("run", running.run, ("simcpec sweep run security-share", "simcpec sweep run my-study.yaml --resume -j 2")),
    ("status", results.status, ("simcpec sweep status security-share",)),
    ("verify", results.verify, ("simcpec sweep verify outputs/sweeps/security-share",)),
    ("extend", running.extend, ("simcpec sweep extend security-share --replications 256",)),
    ("export", results.export, ("simcpec sweep export security-share --to netcdf -o points.nc",)),
    ("report", results.report, ("simcpec sweep report security-share",)),
    ("compare", results.compare, ("simcpec sweep compare outputs/sweeps/security-share elsewhere/security-share",)),
)


def app() -> typer.Typer:
    """The application with all its verbs; reading it imports nothing heavy."""
    made = typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    made.callback(help=HELP, epilog=ENDS, invoke_without_command=True)(_entrance())
    for name, function, examples in VERBS:
        made.command(name, epilog=_examples(examples))(everywhere(function))
    made.add_typer(_sweep_app(), name="sweep")
    return made


def _sweep_app() -> typer.Typer:
    """The verbs of `simcpec sweep`."""
    made = typer.Typer(help=SWEEP, rich_markup_mode=None, no_args_is_help=True)
    for name, function, examples in SWEEP_VERBS:
        made.command(name, epilog=_examples(examples))(everywhere(function))
    return made


def _entrance() -> Callable[..., None]:
    """What stands before the verb: --version, and the options of every verb, which the verb finds in the context."""
    wanted = Annotated[bool, typer.Option("--version", help="Print the version and stop.")]

    def before(context: typer.Context, version: bool, **said: bool) -> None:
        context.obj = said
        if version:
            typer.echo(f"simcpec {version_of_simcpec()}")
            raise typer.Exit
        if context.invoked_subcommand is None:
            context.fail("Missing command.")

    return signed(before, [parameter("version", wanted, False)])


def _examples(lines: tuple[str, ...]) -> str:
    """Examples as an epilog that is not wrapped."""
    return "\b\nExamples:\n" + "".join(f"  {line}\n" for line in lines)
