"""The number of points that the grids of a study ask for, counted before anything else of the study is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simcpec import catalogue
from simcpec.experiments.design.designs import MOST_POINTS, grid_size
from simcpec.experiments.sweep.studies.factors import BadLevels, TooManyLevels, refuse_many_steps, steps_between
from simcpec.experiments.sweep.studies.study_schema import EACH, DesignBlock, FactorBlock, StudyBlock
from simcpec.scenario.reading.nodes import Path

if TYPE_CHECKING:
    from simcpec.experiments.sweep.studies.study_text import StudyText

SHOWN = 6  # factors of a grid whose numbers of levels are written out


def refuse_large_grids(text: StudyText, block: StudyBlock) -> None:
    """Raise ScenarioError where a factor has more levels, or a grid more points, than there may be."""
    sides: tuple[tuple[Path, DesignBlock | None], ...] = (
        ((), block), (("policies",), block.policies), (("states_of_the_world",), block.states_of_the_world)
    )  # fmt: skip
    for where, side in sides:
        sizes = [] if side is None else list(_sizes(text, side, where))
        text.stop()
        if side is not None and side.design == "grid":
            note_large_grid(text, where, sizes)
    text.stop()


def note_large_grid(text: StudyText, where: Path, levels: Sequence[int]) -> bool:
    """Note that a grid has too many points, and return whether it has."""
    count = grid_size(levels)
    if count <= MOST_POINTS:
        return False
    shown = " x ".join(map(str, levels)) if len(levels) <= SHOWN else f"{len(levels)} factors"
    text.fault(
        (*where, "factors"),
        f"makes a grid of {count:,} points ({shown})",
        f"at most {MOST_POINTS:,}",
        "design: sobol or lhs takes as many points as you say; one_at_a_time takes each level once.",
    )
    return True


def _sizes(text: StudyText, side: DesignBlock, where: Path) -> Iterator[int]:
    """Levels of every factor of a design; 1 where none can be counted, which has a fault of its own."""
    for k, factor in enumerate(side.factors):
        try:
            yield from [_size(factor)] * (len(catalogue.levers()) if factor.lever == EACH else 1)
        except TooManyLevels as fault:
            text.fault((*where, "factors", k, fault.key), fault.problem, fault.allowed, fault.hint)


def _size(factor: FactorBlock) -> int:
    if factor.levels is not None:
        return max(1, len(factor.levels))
    if factor.lever == EACH:
        return 2  # off and in force
    refuse_many_steps(factor.steps or 0)
    if factor.from_ is None or factor.to is None or factor.step is None:
        return 1 if factor.steps is None else factor.steps + 1
    try:
        return int(steps_between(factor.from_, factor.to, factor.step)[1]) + 1
    except TooManyLevels:
        raise
    except BadLevels:
        return 1
