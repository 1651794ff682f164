"""From words to an exit code: every error becomes one clear message, and a traceback only where it was asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from simcpec.cli.console.console import (
    answered,
    complain,
    document,
    hold_standard_files,
    one_line_warnings,
    silence,
    speak_utf8,
    write,
)
from simcpec.errors import EngineError, GrowsWithoutBound, ScenarioError, SimcpecError
from simcpec.numerics.import_settings import without_variables
from simcpec.signal_notes import noted
from simcpec.units import short

COMPLETION = "_SIMCPEC_COMPLETE"  # as the script names it that `--install-completion` leaves
DONE, OUR_FAULT, USAGE, ENVIRONMENT, BY_SIGINT = 0, 1, 2, 5, 130


def enter(words: Sequence[str] | None = None) -> int:
    """Run the command line `words` (default: those of the process); returns the exit code."""
    said = list(sys.argv[1:] if words is None else words)
    hold_standard_files()
    speak_utf8()
    answered.clear()
    with one_line_warnings(), without_variables("SOURCE_DATE_EPOCH"):  # nonsense in it ends imports of libraries
        try:
            return _call(said)
        except KeyboardInterrupt:
            if not noted():  # after a signal that was noted, whoever listens for signals says so
                print("Stopped.", file=sys.stderr)
            return BY_SIGINT
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else OUR_FAULT
        except BrokenPipeError:
            silence(sys.stdout)
            return DONE
        except Exception as error:
            return OUR_FAULT if noted() else _told(error, said)  # who is stopped is not asked what else went wrong


def _call(words: list[str]) -> int:
    """Hand the words to the verb they name."""
    import typer

    from simcpec.cli.app import app

    try:
        command = typer.main.get_command(app())
        if COMPLETION in os.environ:  # a shell asks what may follow the words in its own variables
            from typer.completion import shell_complete

            return shell_complete(command, {}, "simcpec", COMPLETION, os.environ[COMPLETION])
        with command.make_context("simcpec", list(words) or ["--help"]) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code or (DONE if words else USAGE)
    return DONE


def _told(error: Exception, words: Sequence[str]) -> int:
    """Print what went wrong, as text on stderr and, with --json, as the one document on stdout; the exit code."""
    code, message = verdict(error)
    if "--debug" in words:
        import traceback

        write(sys.stderr, "".join(traceback.format_exception(error)))
    if "--json" in words and not answered:
        verb = next((word for word in words if not word.startswith("-")), "")
        try:
            write(sys.stdout, document(verb, {"error": _as_data(error, code, message)}))
        except OSError:
            silence(sys.stdout)
    elif isinstance(error, OSError):
        silence(sys.stdout)  # it may be stdout that is full
    complain(message, plain="--no-color" in words)
    return code


def verdict(error: Exception) -> tuple[int, str]:
    """Exit code and message of an error."""
    import typer

    if isinstance(error, EngineError) and not isinstance(error, GrowsWithoutBound):
        return error.exit_code, f"{error}\n{_please_report()}"
    if isinstance(error, SimcpecError):
        return error.exit_code, str(error)
    if isinstance(error, typer.TyperException):
        return error.exit_code, _usage(error)
    if isinstance(error, ModuleNotFoundError) and not (error.name or "simcpec").startswith("simcpec"):
        return ENVIRONMENT, f"the package {error.name} is missing; `python3 start.py setup` installs what is needed"
    if isinstance(error, MemoryError):
        return ENVIRONMENT, "there is not enough memory; fewer replications or fewer jobs need less"
    if isinstance(error, OSError) and error.strerror:
        return ENVIRONMENT, f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return OUR_FAULT, f"a fault in simcpec: {type(error).__name__}: {error}\n{_please_report()}"


def _usage(error: Any) -> str:
    """A message of the parser, with where help is found."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "simcpec"
    told = error.format_message()
    if callable(errors := getattr(error.__cause__, "errors", None)):  # of pydantic, which parses the values
        told += f"; it is {short(str(errors()[0]['input']))}"
    return f"{told}\nHelp: {command} --help"


def _please_report() -> str:
    return (
        "This is not your fault. Please report it together with the command and the scenario;\n"
        "the same command with --debug shows where it happened."
    )


def _as_data(error: Exception, code: int, message: str) -> dict[str, Any]:
    """An error for machines: kind, exit code, message, and each fault of a scenario in fields of its own."""
    found: dict[str, Any] = {"kind": type(error).__name__, "exit_code": code, "message": message}
    if isinstance(error, ScenarioError):
        from dataclasses import asdict

        found |= {"faults": [asdict(fault) for fault in error.shown], "more_faults": error.more}
    return found
