"""Every error the package raises, and the exit code each one means.

    SimcpecError                    1   our fault unless a branch below says otherwise
    ├── UserError                   2   what was asked for cannot be: the message says what is allowed
    │   ├── ScenarioError           2   faults of a scenario file, all of them at once
    │   ├── CatalogueError          2   no such entry, source, lever or force
    │   └── UnitError               2   text that is no quantity of the asked kind
    ├── EngineError                 1   a replication could not be played to its end
    │   ├── GrowsWithoutBound       2   a world whose stock or rates run away
    │   └── IdentityBroken          1   a replication whose counts do not add up
    ├── PointsFailed                3   an experiment finished, some of its replications did not
    ├── StoppedEarly                3   an experiment ended at its time limit
    ├── Refused                     4   a folder in use, stale inputs, a failed verification
    └── EnvironmentFault            5   disk, permissions, a missing program

The command line prints the message, never a traceback (``--debug`` shows one), and ends with `exit_code`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


class SimcpecError(Exception):
    """Root of all errors of this package; `exit_code` is what the command line ends with."""

    exit_code = 1


class UserError(SimcpecError):
    """What was asked for cannot be; the message says what is allowed."""

    exit_code = 2


@dataclass(frozen=True, kw_only=True)
class Origin:
    """One key that a fault depends on: its value as written, and the layer that set it."""

    key: str
    text: str
    where: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.where}:{self.line}:{self.column}" if self.line else self.where
        return f"{self.key}: {self.text}    {place}"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong with a scenario: where it stands, what it says, and what would be allowed.

    where : file, or "--set", or "<stdin>".      line, column : from 1, or 0 where there is no place.
    key : dotted path such as ``policy.security_share``, or "".
    problem : one sentence without a full stop at its start or a key in it.
    shown : the source line itself, or "".       allowed, hint : whole sentences, or "".
    scenarios : files of the scenarios that it is about, as messages call them.
    reads : other keys that it depends on.       parts : where these come from, if from several layers.
    by : the key of a later layer that made `key` wrong; the place is then that of `by`.
    """

    where: str
    problem: str
    line: int = 0
    column: int = 0
    key: str = ""
    shown: str = ""
    allowed: str = ""
    hint: str = ""
    scenarios: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    parts: tuple[Origin, ...] = ()
    by: Origin | None = None

    def __str__(self) -> str:
        place = (
            self.where
            + (f", line {self.line}" if self.line else "")
            + (f", column {self.column}" if self.column else "")
        )
        subject = f"{self.key} {self.problem}" if self.key else self.problem
        subject = f"{self.by.key} is {self.by.text}, with which {subject}" if self.by else subject
        rows = [f"{place}: {subject}."]
        rows += [f"    {self.shown.strip()}"] if self.shown.strip() else []
        rows += [f"  Allowed: {self.allowed}"] if self.allowed else []
        rows += [f"  {self.hint}"] if self.hint else []
        rows += ["  From:", *(f"    {part}" for part in self.parts)] if self.parts else []
        rows += [f"  {self._whose()}"] if self.scenarios not in ((), (self.where,)) else []
        return "\n".join(rows)

    def _whose(self) -> str:
        """The scenarios that a fault in a file that they share, or of ``--set``, is about."""
        names, more = self.scenarios[:MOST_NAMED], len(self.scenarios) - MOST_NAMED
        if len(self.scenarios) == 1:
            return f"In the scenario {names[0]}."
        if more > 0:
            return f"In the scenarios {', '.join(names)} and {more} more."
        return f"In the scenarios {', '.join(names[:-1])} and {names[-1]}."


MOST_SHOWN = 50  # faults in one message; the others are counted
MOST_NAMED = 5  # scenarios that a message names


class ScenarioError(UserError):
    """All faults of one or more scenarios; `faults` is never empty, and the message shows the first fifty."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        rows = [str(fault) for fault in self.shown]
        rows += [f"... and {self.more} more faults."] if self.more > 1 else ["... and one more fault."] * self.more
        super().__init__("\n".join(rows))

    def about(self, scenario: str) -> ScenarioError:
        """Return the faults, each of which names the scenario that it is about."""
        return ScenarioError(replace(fault, scenarios=fault.scenarios or (scenario,)) for fault in self.faults)

    @property
    def shown(self) -> tuple[Fault, ...]:
        """The faults that the message shows."""
        return self.faults[:MOST_SHOWN]

    @property
    def more(self) -> int:
        """Number of faults that the message does not show."""
        return len(self.faults) - len(self.shown)


class CatalogueError(UserError):
    """No such entry, source, lever or force; the message names the nearest ones."""


class UnitError(UserError):
    """Text that is no quantity of the asked kind."""


class EngineError(SimcpecError):
    """A replication could not be played to its end."""


class GrowsWithoutBound(EngineError):
    """A stock or a rate left all bounds: a matter of the scenario, not of the engine."""

    exit_code = 2


class IdentityBroken(EngineError):
    """The counts of a replication do not add up: a fault of ours, never of the scenario."""


class PointsFailed(SimcpecError):
    """An experiment finished, but some of its replications did not; the others are kept."""

    exit_code = 3


class StoppedEarly(SimcpecError):
    """An experiment ended at its time limit; what was simulated until then is kept."""

    exit_code = 3


class Refused(SimcpecError):
    """Declined: a folder in use, stale inputs, a failed audit or verification."""

    exit_code = 4


class EnvironmentFault(SimcpecError):
    """The disk, a permission or a missing program stands in the way."""

    exit_code = 5


class SimcpecWarning(RuntimeWarning):
    """A warning of this package: results are not affected, but somebody should know."""


# ------------------------------------------------------------------------------------------------ hints


def nearest(word: str, known: Iterable[str], *, count: int = 1, cutoff: float = 0.6) -> list[str]:
    """Up to `count` of the `known` names that look most like `word`, best first; [] where none does.

    cutoff : how alike they must be, from 0 to 1 (`difflib`); one that differs only in its capitals always is.
    """
    from difflib import get_close_matches

    names = list(known)
    near = get_close_matches(word, names, n=count, cutoff=cutoff)
    return near or [name for name in names if name.casefold() == word.casefold()][:count]


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """``Did you mean ...?`` with the nearest of the `known` names, or "" where none is near."""
    return "".join(f"Did you mean {name}?" for name in nearest(word, known, cutoff=cutoff))


def no_such(problem: str, word: str, known: Iterable[str]) -> UserError:
    """The error for a `word` that is none of the `known` ones: `problem`, what is allowed, and the nearest one."""
    names = list(known)
    return UserError(f"{problem}; allowed: {', '.join(names)}. {did_you_mean(word, names)}".rstrip(" ."))
