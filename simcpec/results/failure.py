"""What stands in the place of an outcome that could not be had: an error as a record of fields.

It travels between threads and processes and is kept with a study; what it says is for people, its fields are for code.
"""

from __future__ import annotations

from dataclasses import dataclass

from simcpec.errors import EngineError

LOST_WORKER = "WorkerLost"  # the kind of what a worker process left unanswered
HUNG = "Hung"  # the kind of what took longer than somebody was ready to wait


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a replication has no outcome.

    kind : name of the error's class, or `LOST_WORKER`, or `HUNG`.      message : its text.
    """

    kind: str
    message: str

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Return the record of an error."""
        return cls(type(error).__name__, str(error))

    @property
    def error(self) -> str:
        """Kind and message as one line for people."""
        return f"{self.kind}: {self.message}"

    def as_error(self) -> EngineError:
        """Return an error that can be raised in the place of the one that was met."""
        return EngineError(self.error)


def hung(patience: float) -> Failure:
    """Return the record of what gave no answer in that many seconds."""
    return Failure(HUNG, f"no answer within {patience:g} s; --patience gives more time, --chunk asks for less at once")
