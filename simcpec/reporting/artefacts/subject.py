"""What artefacts are made from: a folder that a command has left, and what it has and lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from simcpec.errors import Refused, UserError

if TYPE_CHECKING:
    from simcpec.analysis.uncertainty.robustness import PolicyOutcomes
    from simcpec.experiments.sweep.summary import SweepSummary
    from simcpec.reporting.calibration.stored import StoredCalibration
    from simcpec.reporting.page.stored_theory import StoredTheory
    from simcpec.results.records import Study


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A stored study, sweep, calibration or run of the checks against theory, one of them, and its folder."""

    folder: Path
    study: Study | None = None
    sweep: SweepSummary | None = None
    calibration: StoredCalibration | None = None
    theory: StoredTheory | None = None
    limits: Mapping[str, float] = field(default_factory=dict)  # that policies are to keep, by objective

    @property
    def holds(self) -> str:
        """What it is, in words."""
        there = {"a study": self.study, "a sweep": self.sweep, "a calibration": self.calibration}
        return next((words for words, each in there.items() if each is not None), "a run of verify theory")

    @property
    def one_study(self) -> Study:
        """The study. Raises UserError where it is something else."""
        if self.study is None:
            raise UserError(f"{self.folder} holds {self.holds}; allowed: a folder that run or compare has left")
        return self.study

    @property
    def one_sweep(self) -> SweepSummary:
        """The sweep. Raises UserError where it is something else."""
        if self.sweep is None:
            raise UserError(f"{self.folder} holds {self.holds}; allowed: a folder that sweep run has left")
        return self.sweep

    @property
    def outcomes(self) -> PolicyOutcomes:
        """Policies in states of the world. Raises UserError where there is nothing to compare."""
        from simcpec.reporting.decision.robustness import outcomes_of

        found = outcomes_of(self.study, self.sweep)
        if found is None:
            raise UserError(f"{self.folder} holds no two policies in the same states of the world")
        return found

    @property
    def one_calibration(self) -> StoredCalibration:
        """The calibration. Raises UserError where it is something else."""
        if self.calibration is None:
            raise UserError(f"{self.folder} holds {self.holds}; allowed: a folder that calibrate has left")
        return self.calibration

    @property
    def fitted(self) -> StoredCalibration | None:
        """The calibration, or that of the ensemble whose members are the draws of the study."""
        from simcpec.reporting.calibration.stored import calibration_of

        return self.calibration if self.study is None else calibration_of(self.study)

    @property
    def one_theory(self) -> StoredTheory:
        """The findings of the checks against theory. Raises UserError where it is something else."""
        if self.theory is None:
            raise UserError(f"{self.folder} holds {self.holds}; allowed: a folder that verify theory has left")
        return self.theory


@contextmanager
def subject_of(folder: Path) -> Iterator[Subject]:
    """Read a folder. Raises Refused for what is neither a whole study nor a sweep, a calibration or a check."""
    from simcpec.storage.sweeps.database import NAME

    if not (folder / NAME).is_file():
        yield _without_database(folder)
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


def _without_database(folder: Path) -> Subject:
    """A calibration, a run of verify theory, or else a study."""
    from simcpec.reporting.calibration.stored import holds_calibration, read_calibration
    from simcpec.reporting.page.stored_theory import holds_theory, read_theory

    if holds_calibration(folder):
        return Subject(folder=folder, calibration=read_calibration(folder))
    if holds_theory(folder):
        return Subject(folder=folder, theory=read_theory(folder))
    from simcpec.storage import study_reader

    return Subject(folder=folder, study=study_reader.read(folder))


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


def an_ensemble(of: Subject) -> str:
    """Draws that are members of a calibrated ensemble."""
    from simcpec.reporting.calibration.used_ensemble import used_ensemble

    there = of.study is not None and used_ensemble(of.study) is not None
    return "" if there else "parameter draws of a calibrated ensemble (`--ensemble NAME`)"


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
    return "" if of.theory is not None else "a folder that `simcpec verify theory --out FOLDER` has left"


def every_combination(of: Subject) -> str:
    """Scenarios that are all combinations of some changes."""
    from simcpec.reporting.figures.risk.combinations import combinations_of

    if of.study is None:
        return a_study(of)
    found = combinations_of(of.study)
    return found if isinstance(found, str) else ""


def calibration(of: Subject) -> str:
    """A calibrated model with its fit."""
    return "" if of.calibration is not None else "a calibration: a folder that `simcpec calibrate` has left"


def fitted_ensemble(of: Subject) -> str:
    """A calibration, or a study whose draws are members of a calibrated ensemble that is at hand."""
    try:
        there = of.fitted is not None
    except Refused as fault:
        return f"the ensemble of its draws: {fault}"
    return "" if there else "a calibration (`simcpec calibrate`), or draws from a calibrated ensemble that is at hand"


def kept_draws(of: Subject) -> str:
    """A calibration that keeps its draws and settings."""
    there = of.calibration is not None and of.calibration.numbers.ridge is not None
    return "" if there else "the whole folder of a calibration, of which a shipped ensemble keeps a part"


def data_of_figures(of: Subject) -> str:
    """A calibration that keeps the data of its figures."""
    kept = of.calibration is not None and of.calibration.numbers.ranks is not None
    return "" if kept else "a calibration that keeps the data of its figures (calibrate again)"


def switched_mechanisms(of: Subject) -> str:
    """A calibration that switched mechanisms in and out."""
    there = of.calibration is not None and bool(of.calibration.numbers.mechanisms)
    return "" if there else "a calibration that switched mechanisms (calibrate again)"


def compared_gaps(of: Subject) -> str:
    """A calibration that compared gaps between attacks."""
    there = of.calibration is not None and any(row.kind == "gap" for row in of.calibration.numbers.fit)
    return "" if there else "targets that state gaps between attacks"


def a_sensitivity_design(of: Subject) -> str:
    """A sweep whose design allows sensitivity indices."""
    from simcpec.experiments.sweep.sensitivity import ALLOWED, sensitivity_design

    if of.sweep is None:
        return ALLOWED
    try:
        design = sensitivity_design(of.sweep.reader.study)
    except UserError as fault:
        return f"{ALLOWED}: {fault}"
    return ALLOWED if design is None else ""


def policies_in_states(of: Subject) -> str:
    """Policies that meet the same states of the world."""
    from simcpec.reporting.decision.robustness import outcomes_of

    there = outcomes_of(of.study, of.sweep) is not None
    return "" if there else "two policies or more in the same states of the world (`simcpec compare`, `sweep run`)"


def not_drawn(of: Subject) -> str:
    """Something that nothing here works out."""
    return "an analysis that simcpec does not have yet"
