"""How far a calibration is, in replications, over all its stages."""

from __future__ import annotations

from simcpec.experiments.execution.executors import Progress, teller


class WorkDone:
    """Replications done of those planned; the share that is announced never falls, and ends at 1.

    A stage is planned with the most that it may need, and again when that is known.
    """

    def __init__(self, progress: Progress | None) -> None:
        self._tell = teller(progress)
        self._planned: dict[str, int] = {}
        self._done = 0

    def plan(self, stage: str, count: int) -> None:
        """Say how many replications a stage needs, or at most may need."""
        self._planned[stage] = count

    def begin(self) -> None:
        """Announce that nothing is done yet."""
        self._tell(0, sum(self._planned.values()))

    def add(self, count: int) -> None:
        """Announce so many more."""
        self._done += count
        self._tell(self._done, max(self._done, sum(self._planned.values())))
