"""Read what `economics` was pointed at, and work everything out that was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simcpec.analysis.economics.study_economics import Decision, StudyEconomics, decision_of
from simcpec.analysis.economics.study_options import Basis
from simcpec.economics.decision.cost_per_averted import CostPerAverted
from simcpec.economics.instruments.cost_curve import CostCurve
from simcpec.economics.instruments.water_filling import Allocation
from simcpec.economics.value_of_information.partial import FEWEST, PartialInformation
from simcpec.economics.value_of_information.sample import SampleInformation
from simcpec.errors import Refused, UserError

if TYPE_CHECKING:
    from simcpec.economics.decision.options import Options
    from simcpec.economics.value_of_information.nested import NestedValue
    from simcpec.experiments.sweep.decision.sweep_options import Instruments

MILLION = 1e6
FEW = 6  # values at which information is worked out where none were asked for


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The words of the command."""

    effect: str
    cost: str
    perspective: str
    discount_costs: float
    discount_effects: float
    current: str | None
    values: tuple[float, ...] | None
    know: tuple[str, ...] | None
    watch: tuple[float, ...] | None
    evaluate: tuple[float, ...] | None
    overlap: Path | None
    budget: float | None
    combinations: Path | None

    @property
    def basis(self) -> Basis:
        """What counts as effect and as cost. Raises UserError for words and rates that are not allowed."""
        found = Basis(
            effect=self.effect, cost=self.cost, perspective=self.perspective, discount_costs=self.discount_costs,
            discount_effects=self.discount_effects,
        )  # fmt: skip
        found.check()
        return found


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A budget laid out over instruments."""

    names: tuple[str, ...]
    budget: float
    allocation: Allocation


@dataclass(frozen=True, kw_only=True)
class Appraisal:
    """All that is said of options, and the units in which it is printed.

    kind : "study", "sweep" or "table".      scale : what costs, ratios and values are divided by.
    money, effect : units in words.      basis : what counts as cost and effect; of a table, its columns.
    undiscounted : the same options without discounting, in the same order; None where nothing is discounted.
    """

    kind: str
    decision: Decision
    scale: float
    money: str
    effect: str
    basis: Basis = field(default_factory=Basis)
    undiscounted: Options | None = None
    study: StudyEconomics | None = None
    per_unit: tuple[CostPerAverted, ...] = ()
    partial: tuple[PartialInformation, ...] = ()
    nested: tuple[NestedValue, ...] = ()  # one a value of `nested_at`
    nested_at: tuple[float, ...] = ()
    sample: tuple[SampleInformation, ...] = ()
    curve: CostCurve | None = None
    layout: Layout | None = None

    @property
    def options(self) -> Options:
        """What is compared."""
        return self.decision.options


def appraised(source: Path, asked: Asked) -> Appraisal:
    """Read a study, a sweep or a table, and work out what was asked. Raises UserError for words of another kind."""
    from simcpec.storage.sweeps.database import NAME

    if not source.is_dir():
        return _of_table(source, asked)
    return _of_sweep(source, asked) if (source / NAME).is_file() else _of_study(source, asked)


def _refuse_words(asked: Asked, kind: str, words: Sequence[str], why: str) -> None:
    """Raise UserError for the first option that another kind of source has a meaning for."""
    idle = Asked(
        effect="incidents", cost="security", perspective="society", discount_costs=0.0, discount_effects=0.0,
        current=None, values=None, know=None, watch=None, evaluate=None, overlap=None, budget=None,
        combinations=None,
    )  # fmt: skip
    for word in words:
        if getattr(asked, word) != getattr(idle, word):
            raise UserError(f"--{word.replace('_', '-')} is not for {kind}: {why}")


def _of_table(source: Path, asked: Asked) -> Appraisal:
    from simcpec.storage.decision_table import read_decision_table

    words = ("effect", "cost", "perspective", "discount_costs", "discount_effects")
    _refuse_words(asked, "CSV files", words, "what counts as cost and effect is what stands in their columns")
    more = ("watch", "evaluate", "overlap", "budget", "combinations")
    _refuse_words(asked, "CSV files", more, "they have neither counts of attacks nor levers")
    found = decision_of(read_decision_table(source, current=asked.current), asked.values)
    return Appraisal(
        kind="table", decision=found, scale=1.0, money="cost", effect="effect", partial=_partial(found, asked)
    )


def _of_study(source: Path, asked: Asked) -> Appraisal:
    from simcpec.analysis.economics.study_economics import study_economics
    from simcpec.storage import study_reader

    _refuse_words(asked, "studies", ("current",), "current practice of a study is its baseline")
    _refuse_words(
        asked, "studies", ("overlap", "budget", "combinations"), "allowed: a folder of `simcpec sweep run` over levers"
    )
    basis = asked.basis
    study = study_reader.read(source)
    found = study_economics(study, basis, asked.values)
    sample: tuple[SampleInformation, ...] = ()
    if asked.watch or asked.evaluate:
        from simcpec.analysis.economics.study_information import evaluating, watched, watching

        seen, values = watched(study, basis, found.decision.options.names), _few(found.decision, asked)
        sample = (*watching(seen, values, asked.watch or ()), *evaluating(seen, values, asked.evaluate or ()))
    return Appraisal(
        kind="study", decision=found.decision, scale=MILLION, money="USD m", effect=asked.effect, basis=basis,
        undiscounted=found.undiscounted if basis.discounts else None, study=found,
        per_unit=found.per_unit, partial=_partial(found.decision, asked), sample=sample,
    )  # fmt: skip


def _of_sweep(source: Path, asked: Asked) -> Appraisal:
    from simcpec.analysis.economics.study_economics import UNITS
    from simcpec.cli.commands.sweeps.folders import reading
    from simcpec.economics.decision.cost_per_averted import cost_per_averted
    from simcpec.experiments.sweep.decision.sweep_options import (
        curve_of,
        instruments_of,
        nested_of_sweep,
        options_of_sweep,
        with_drawn_parameters,
    )

    _refuse_words(asked, "sweeps", ("current",), "current practice of a sweep is its baseline")
    _refuse_words(
        asked, "sweeps", ("watch", "evaluate"),
        "a sweep keeps no counts by year and draw; allowed: a folder that compare has left",
    )  # fmt: skip
    basis = asked.basis
    with reading(source) as reader:
        of = options_of_sweep(reader, basis)
        if asked.know is not None:
            of = with_drawn_parameters(reader, of)
        plain = options_of_sweep(reader, basis.undiscounted) if basis.discounts else None
        # units of effect that a sweep does not keep by year are undiscounted, and are left out where effects are not
        units = {} if basis.discount_effects > 0.0 else UNITS
        per_unit = tuple(
            row for effect, unit in units.items()
            for row in cost_per_averted(options_of_sweep(reader, replace(basis, effect=effect)), unit)
        )  # fmt: skip
        single = instruments_of(reader, of)
        found = decision_of(of, asked.values)
        at = tuple(_few(found, asked))
        nested = nested_of_sweep(reader, of, at) if asked.know is not None else ()
    combined = _combined(asked) if asked.overlap is not None else None
    if single is None and (asked.overlap or asked.budget is not None or asked.combinations):
        raise UserError("this sweep varies other things than levers, so that it has no curve of instruments")
    if single is not None and asked.combinations is not None:
        _write_combinations(single, asked.combinations)
    layout = None if single is None or asked.budget is None else _laid_out(single, asked.budget)
    return Appraisal(
        kind="sweep", decision=found, scale=MILLION, money="USD m", effect=asked.effect, basis=basis,
        undiscounted=plain, per_unit=per_unit,
        partial=() if nested and of.draws < FEWEST else _partial(found, asked),
        nested=nested, nested_at=at if nested else (),
        curve=None if single is None else curve_of(single, combined), layout=layout,
    )  # fmt: skip


def _combined(asked: Asked) -> Instruments:
    """The sweep over combinations of levers."""
    from simcpec.cli.commands.sweeps.folders import reading
    from simcpec.experiments.sweep.decision.sweep_options import instruments_of, options_of_sweep, overlap_of

    assert asked.overlap is not None
    with reading(asked.overlap) as reader:
        found = instruments_of(reader, options_of_sweep(reader, asked.basis))
    if found is None or overlap_of(found) is None:
        raise UserError(
            f"{asked.overlap.as_posix()} does not tell how levers overlap; allowed: a sweep over levers in which every "
            "combination was simulated, or all those of at least two orders of adding them"
        )
    return found


def _write_combinations(of: Instruments, path: Path) -> None:
    """Write the design of a sweep that tells how levers overlap. Raises Refused for a file that is there already."""
    from simcpec.experiments.sweep.decision.sweep_options import combinations_of
    from simcpec.storage.csv_text import csv_text
    from simcpec.storage.output_folder import write_text

    if path.exists():
        raise Refused(f"{path.as_posix()} is there already; allowed: the name of a new file")
    heading, rows = combinations_of(of)
    if not rows:
        raise UserError("no lever of this sweep averts anything by itself, so that nothing can overlap")
    write_text(path, csv_text(heading, rows))


def _laid_out(of: Instruments, budget: float) -> Layout:
    from simcpec.economics.instruments.water_filling import allocate

    known = [i for i, rows in enumerate(of.alone) if len(rows)]
    names = tuple(of.names[i] for i in known)
    return Layout(names=names, budget=budget, allocation=allocate([of.alone[i].clip(min=0.0) for i in known], budget))


def _few(of: Decision, asked: Asked) -> list[float]:
    """The values that were asked for, or some of the grid."""
    values: list[float] = of.curves.values.tolist()
    if asked.values is not None or len(values) <= FEW:
        return values
    # where the choice is least sure information is worth most: those values, in their order
    order = sorted(range(len(values)), key=lambda v: (-float(of.curves.perfect[v]), v))[:FEW]
    return [values[v] for v in sorted(order)]


def _partial(of: Decision, asked: Asked) -> tuple[PartialInformation, ...]:
    if asked.know is None:
        return ()
    from simcpec.analysis.economics.study_information import partial_of

    return partial_of(of.options, _few(of, asked), asked.know)
