"""The folder of a study: written whole or not at all, read back with its digests checked."""

from __future__ import annotations

from simcpec.experiments.results import (
    Axes,
    Change,
    FailedReplication,
    Parameters,
    ScenarioResult,
    Setting,
    Study,
)

__all__ = ["Axes", "Change", "FailedReplication", "Parameters", "ScenarioResult", "Setting", "Study"]
