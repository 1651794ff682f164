"""Simulate what a security budget would change along CPEC: the front door for Python.

    import simcpec

    found = simcpec.study(["share-1", "share-2"], replications=200, seed=7)     play
    simcpec.write(found, Path("outputs/mine"), render=simcpec.write_report)     keep and report
    found.estimate("incidents")                                                 the report's means and intervals
    found.compare("incidents")                                                  the report's paired differences
    found.scenarios[0].values("incidents")                                      (draws, replications) values
    simcpec.frame(found, "costs")                                               go on with pandas
    found.table("T5"), found.figure("F4")                                       tables and figures of a paper

Estimates and differences rest on every replication. Values of single ones need all of them kept (rows=None).
Names are loaded when first used, so that importing this package costs nothing and imports nothing heavy.
"""

from __future__ import annotations

TYPE_CHECKING = False  # that of `typing`, which takes time before a command listens for signals
if TYPE_CHECKING:
    from simcpec.analysis.estimates import estimate
    from simcpec.analysis.paired_differences import paired
    from simcpec.analysis.responses import response
    from simcpec.analysis.scenario_analysis import rate_ratio
    from simcpec.catalogue import bibtex, entries, entry
    from simcpec.errors import EnvironmentFault, Refused, ScenarioError, SimcpecError
    from simcpec.reporting import write_report
    from simcpec.reporting.notebook import read, study
    from simcpec.results.records import Study
    from simcpec.scenario import explain, load, validate
    from simcpec.storage.data_frames import frame
    from simcpec.storage.study_folder import write

__all__ = [
    "EnvironmentFault",
    "Refused",
    "ScenarioError",
    "SimcpecError",
    "Study",
    "bibtex",
    "entries",
    "entry",
    "estimate",
    "explain",
    "frame",
    "load",
    "paired",
    "rate_ratio",
    "read",
    "response",
    "study",
    "validate",
    "write",
    "write_report",
]

_HOMES = {
    "simcpec.catalogue": ("bibtex", "entries", "entry"),
    "simcpec.errors": ("EnvironmentFault", "Refused", "ScenarioError", "SimcpecError"),
    "simcpec.analysis.scenario_analysis": ("rate_ratio",),
    "simcpec.analysis.estimates": ("estimate",),
    "simcpec.analysis.responses": ("response",),
    "simcpec.storage.data_frames": ("frame",),
    "simcpec.analysis.paired_differences": ("paired",),
    "simcpec.results.records": ("Study",),
    "simcpec.storage.study_folder": ("write",),
    "simcpec.reporting": ("write_report",),
    "simcpec.reporting.notebook": ("read", "study"),
    "simcpec.scenario": ("explain", "load", "validate"),
}

#: name that is to go -> its new name, and the version in which it goes (docs/api.md)
_DEPRECATED: dict[str, tuple[str, str]] = {}


def __getattr__(name: str) -> object:
    """Load a name of the front door on first use; AttributeError for any other."""
    from importlib import import_module

    if name in _DEPRECATED:
        from warnings import warn

        new, version = _DEPRECATED[name]
        warn(f"simcpec.{name} is now simcpec.{new}; it goes with version {version}", DeprecationWarning, stacklevel=2)
        return getattr(import_module(__name__), new)
    if name == "__version__":
        return import_module("simcpec.results.provenance").version()
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    """What there is to use."""
    return [*__all__, "__version__"]
