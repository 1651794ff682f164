"""What stands in the place of an outcome that could not be had: an error as a record of fields.

It travels between threads and processes and is kept with a study; what it says is for people, its fields are for code.
"""

from __future__ import annotations

from dataclasses import dataclass

from simcpec.errors import CeilingExceeded, EngineError, ExceededCeiling

LOST_WORKER = "WorkerLost"  # the kind of what a worker process left unanswered


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a replication has no outcome.

    kind : name of the error's class, or `LOST_WORKER`.      message : its text.
    exceeded : the ceiling that was outgrown, where that was the reason.
    """

    kind: str
    message: str
    exceeded: ExceededCeiling | None = None

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Return the record of an error."""
        exceeded = error.exceeded if isinstance(error, CeilingExceeded) else None
        return cls(type(error).__name__, str(error), exceeded)

    @property
    def error(self) -> str:
        """Kind and message as one line for people."""
        return f"{self.kind}: {self.message}"

    def as_error(self) -> EngineError:
        """Return an error that can be raised in the place of the one that was met, with the same fields."""
        return EngineError(self.error) if self.exceeded is None else CeilingExceeded(self.message, self.exceeded)
