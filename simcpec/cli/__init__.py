"""The door: parse the command line, call, print; no arithmetic.

    main()            what the command `simcpec` calls
    supervising.py    signals end the process         door.py      errors become messages and exit codes
    app.py            the verbs put together
    options.py        options that verbs share        console.py   what goes to stdout and what to stderr
    playing.py        run, compare                    asking.py    validate, resolve, schema
    looking.py        list, show, cite                keeping.py   report, doctor

Importing any of these modules imports none of the heavy libraries; verbs that need them import them when called.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(words: Sequence[str] | None = None) -> int:
    """Do what `words` (default: those of the process) ask for; returns the exit code, raises nothing but SystemExit.

    0 done, 1 a fault of simcpec, 2 bad usage or scenario, 3 finished with failures or at a time limit, 4 refused,
    5 environment, 130 after Ctrl-C, 143 after SIGTERM.
    """
    if words is None:
        from simcpec.signal_notes import note_signals

        note_signals()  # to the end of the process, and before anything that takes time is imported
    from simcpec.cli.supervisor import own_process, supervised

    def work() -> int:
        from simcpec.cli.report_error import enter

        return enter(words)

    return own_process(work) if words is None else supervised(work)
