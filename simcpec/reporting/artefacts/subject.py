"""What artefacts are made from: a folder that run, compare or a sweep has left, and what it has and lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simcpec.errors import UserError

if TYPE_CHECKING:
    from simcpec.experiments.sweep.summary import SweepSummary
    from simcpec.results.records import Study


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A stored study or a stored sweep, one of both, and its folder."""

    folder: Path
    study: Study | None = None
    sweep: SweepSummary | None = None

    @property
    def one_study(self) -> Study:
        """The study. Raises UserError where it is a sweep."""
        if self.study is None:
            raise UserError(f"{self.folder} holds a sweep; allowed: a folder that run or compare has left")
        return self.study

    @property
    def one_sweep(self) -> SweepSummary:
        """The sweep. Raises UserError where it is a study."""
        if self.sweep is None:
            raise UserError(f"{self.folder} holds a study; allowed: a folder that sweep run has left")
        return self.sweep


@contextmanager
def subject_of(folder: Path) -> Iterator[Subject]:
    """Read a folder. Raises Refused for what is neither a whole study nor a sweep."""
    from simcpec.storage.sweeps.database import NAME

    if not (folder / NAME).is_file():
        from simcpec.storage import study_reader

        yield Subject(folder=folder, study=study_reader.read(folder))
        return
    from simcpec.experiments.sweep.results import SweepReader
    from simcpec.experiments.sweep.studies.study_record import stored, study_in
    from simcpec.experiments.sweep.summary import summary
    from simcpec.storage.sweeps.database import opened

    with opened(folder, write=False) as database:
        found = database.found(verify=False)
        record = stored(found)
        if record is None:
            raise UserError(
                f"{folder} does not say of which study it is; `simcpec sweep run STUDY --resume` mends that"
            )
        yield Subject(folder=folder, sweep=summary(SweepReader(study_in(folder, record), database, found)))


# ------------------------------------------------------------------------------------------------ what is needed

Need = Callable[[Subject], str]  # "" where it is there, else what is missing


def a_study(of: Subject) -> str:
    """A folder of run or compare."""
    return "" if of.study is not None else "a folder that run or compare has left"


def a_sweep(of: Subject) -> str:
    """A folder of a sweep."""
    return "" if of.sweep is not None else "a folder that sweep run has left"


def a_comparison(of: Subject) -> str:
    """A baseline and another scenario."""
    there = of.study is not None and of.study.baseline is not None and len(of.study.scenarios) > 1
    return "" if there else "scenarios compared with a baseline (`simcpec compare`)"


def draws(of: Subject) -> str:
    """Several parameter draws."""
    there = of.study is not None and of.study.scenarios[0].draws > 1
    return "" if there else "parameter draws (`--draws 20` or more)"


def thirty_draws(of: Subject) -> str:
    """Enough parameter draws for a regression on them."""
    from simcpec.economics.value_of_information.partial import FEWEST

    there = of.study is not None and of.study.scenarios[0].draws >= FEWEST
    return "" if there else f"{FEWEST} parameter draws or more (`--draws {FEWEST}`)"


def every_replication(of: Subject) -> str:
    """Every replication kept one by one."""
    whole = of.study is not None and not any(result.partial for result in of.study.scenarios)
    return "" if whole else "every replication kept one by one (`--rows all`)"


def followed_plots(of: Subject) -> str:
    """Fates of the baseline's plots."""
    return "" if of.study is not None and of.study.fates is not None else "plots that were followed (`simcpec compare`)"


def a_precision(of: Subject) -> str:
    """A half-width that was asked for."""
    there = of.study is not None and of.study.precision is not None
    return "" if there else "a precision that was asked for (`run.precision` of the scenarios)"


def replications(of: Subject) -> str:
    """Enough kept replications for a spread."""
    there = of.study is not None and all(result.rows >= 8 for result in of.study.scenarios)
    return "" if there else "8 or more replications of each draw kept one by one (`--rows all`, `--replications 8`)"


def an_engine_of_ours(of: Subject) -> str:
    """An engine that can play a replication again."""
    from simcpec.engines import ENGINES

    return (
        ""
        if of.study is not None and of.study.engine in ENGINES
        else "an engine of simcpec, to play a replication again"
    )


def one_factor(of: Subject) -> str:
    """A policy factor with numbers."""
    from simcpec.experiments.sweep.summary import axis_of

    return (
        ""
        if of.sweep is not None and axis_of(of.sweep) is not None
        else "a sweep along a factor with three numbers or more"
    )


def two_factors(of: Subject) -> str:
    """Two policy factors in one grid."""
    there = of.sweep is not None and len(of.sweep.reader.study.points.policy_factors) == 2
    return "" if there else "a sweep of two factors"


def moved_alone(of: Subject) -> str:
    """Factors that are moved one at a time."""
    lacks = "a sweep in which each factor is moved alone (`design: one_at_a_time`)"
    if of.sweep is None:
        return lacks
    from simcpec.reporting.sweeps.tornado import tornado

    return "" if any(tornado(of.sweep, name) for name in of.sweep.names) else lacks


def theory(of: Subject) -> str:
    """A folder of verify theory."""
    return "`simcpec verify theory --out FOLDER`, which draws it"


def every_combination(of: Subject) -> str:
    """Scenarios that are all combinations of some changes."""
    from simcpec.reporting.figures.risk.combinations import combinations_of

    if of.study is None:
        return a_study(of)
    found = combinations_of(of.study)
    return found if isinstance(found, str) else ""


def calibration(of: Subject) -> str:
    """A calibrated model with its fit."""
    return "a calibration: `simcpec calibrate` writes its fit, priors and posteriors as tables of its own folder"


def not_drawn(of: Subject) -> str:
    """Something that nothing here works out."""
    return "an analysis that simcpec does not have yet"
