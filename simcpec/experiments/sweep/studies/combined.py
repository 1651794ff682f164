"""From the designs of a study to its points: rows of policies, rows of states of the world, and how they meet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as File
from typing import TYPE_CHECKING

import numpy as np

from simcpec.errors import ScenarioError, UserError
from simcpec.experiments.design import designs
from simcpec.experiments.design.designs import MOST_POINTS, Row
from simcpec.experiments.sweep.studies.design_file import read_design
from simcpec.experiments.sweep.studies.factor_blocks import FactorReader
from simcpec.experiments.sweep.studies.factors import SweepFactor
from simcpec.experiments.sweep.studies.grid_size import note_large_grid
from simcpec.experiments.sweep.studies.points import Policy, SweepPoints, mapped, split_sets, texts_at
from simcpec.experiments.sweep.studies.study_schema import RANDOM, SIZED, DesignBlock, StatesBlock, StudyBlock
from simcpec.scenario import Resolved
from simcpec.scenario.reading.nodes import Path

if TYPE_CHECKING:
    from simcpec.experiments.sweep.studies.study_text import StudyText


def combined(
    text: StudyText,
    block: StudyBlock,
    reader: FactorReader,
    folder: File | None,
    *,
    baseline: tuple[str, ...],
    base: Resolved,
) -> SweepPoints:
    """All points of a study; faults go to the text, and end it where nothing can be made of it."""
    apart = block.policies is not None or block.states_of_the_world is not None
    policies = _side(text, block.policies if apart else block, ("policies",) if apart else (), reader, folder)
    states = _side(text, block.states_of_the_world, ("states_of_the_world",), reader, folder)
    reader.refuse_twice([*policies[0], *states[0]])
    if apart:
        _refuse_other_side(text, policies[0], of_policy=True)
        _refuse_other_side(text, states[0], of_policy=False)
    text.stop()
    named = block.policies.named if block.policies is not None else []
    draws = _draws(block.states_of_the_world)
    if apart:
        of_policies = [Policy(row) for row in policies[1]] + [Policy(name=n.name, sets=mapped(n.set)) for n in named]
        choices, factors = tuple(of_policies or [Policy()]), policies[0]
        rows, state_factors = states[1] or [()], states[0]
        pairs = _pairs(text, block, len(choices), len(rows) * max(1, len(draws)))
    else:
        factors, state_factors, choices, rows, pairs = _parted(*policies)
    found = SweepPoints(
        policy_factors=factors, state_factors=state_factors, policies=choices, states=tuple(rows), draws=draws,
        pairs=pairs, baseline=baseline, split={name: part.exact for name, part in base.scenario.policy.split},
        levers=tuple(base.tree["policy"].get("levers", ())),
    )  # fmt: skip
    if len(found) > MOST_POINTS:
        text.fault(("combine",) if apart else ("factors",), f"makes {len(found):,} points", f"at most {MOST_POINTS:,}")
    text.stop()
    _refuse_impossible_splits(text, found)
    return found


def _side(
    text: StudyText, block: DesignBlock | None, where: Path, reader: FactorReader, folder: File | None
) -> tuple[tuple[SweepFactor, ...], list[Row]]:
    """Factors and rows of one design."""
    if block is None:
        return (), []
    factors = reader.read(block.factors, where, random=block.design in (*RANDOM, "file", "one_at_a_time"))
    if text.faults:
        return factors, []
    if block.design == "file":
        return factors, _of_file(text, block, where, factors, folder)
    if not factors:
        return (), []
    return factors, _rows(text, block, where, factors)


def _of_file(
    text: StudyText, block: DesignBlock, where: Path, factors: Sequence[SweepFactor], folder: File | None
) -> list[Row]:
    """The rows of a design that stands in a CSV file; each value is checked as a level of its factor."""
    if block.file is None or folder is None:
        text.fault(
            (*where, "file"), "is missing", "a CSV file in the folder of the study, with a column for each factor"
        )
        return []
    try:
        return read_design(folder, block.file, factors)
    except ScenarioError as error:
        text.faults += error.faults
        return []


def _rows(text: StudyText, block: DesignBlock, where: Path, factors: Sequence[SweepFactor]) -> list[Row]:
    """The rows of a design, as coordinates. Counts are told before anything is made of them."""
    sizes = [factor.size for factor in factors]
    levels = [size or 0 for size in sizes]
    _refuse_unread(text, block, where)
    if text.faults:
        return []
    seed = block.design_seed or 0
    if block.design in ("grid", "one_at_a_time"):
        if block.design == "grid" and note_large_grid(text, where, levels):
            return []
        if block.design == "one_at_a_time" and (count := designs.one_at_a_time_size(sizes)) > MOST_POINTS:
            text.fault((*where, "factors"), f"makes {count:,} points", f"at most {MOST_POINTS:,}")
            return []
        return list(designs.grid(levels) if block.design == "grid" else designs.one_at_a_time(sizes))
    if block.design == "morris":
        count = block.trajectories or 0
        if count * (len(factors) + 1) > MOST_POINTS:
            text.fault(
                (*where, "trajectories"), f"makes {count * (len(factors) + 1):,} points", f"at most {MOST_POINTS:,}"
            )
            return []
        return list(designs.trajectories(sizes, count, seed=seed))
    assert block.points is not None
    if block.design == "saltelli":
        if block.points * (len(factors) + 2) > MOST_POINTS:
            text.fault(
                (*where, "points"), f"makes {block.points * (len(factors) + 2):,} points", f"at most {MOST_POINTS:,}"
            )
            return []
        return list(designs.rows_of(designs.saltelli(len(factors), block.points, seed=seed), sizes))
    if block.design == "sobol":
        return list(designs.rows_of(designs.sobol(len(factors), block.points, seed=seed), sizes))
    try:
        cube = designs.latin_hypercube(len(factors), [*block.grown, block.points], seed=seed)
    except UserError as fault:
        text.fault((*where, "points"), f"is {block.points}: {fault}", "a multiple of the points there were")
        return []
    return list(designs.rows_of(cube, sizes))


def _refuse_unread(text: StudyText, block: DesignBlock, where: Path) -> None:
    """Refuse what a design does not read, and the lack of what it needs."""
    reads = {"points": SIZED, "grown": ("lhs",), "trajectories": ("morris",), "design_seed": RANDOM, "file": ("file",)}
    for name, of in reads.items():
        value = getattr(block, name)
        if value not in (None, []) and block.design not in of:
            text.fault(
                (*where, name), f"is read by nothing, because design is {block.design}", f"with design: {', '.join(of)}"
            )
    for name, of in (("points", SIZED), ("trajectories", ("morris",))):
        if block.design in of and getattr(block, name) is None:
            text.fault(
                (*where, name),
                f"is missing, because design is {block.design}",
                "a whole number from 1",
                beside=(*where, "design"),
            )


def _refuse_other_side(text: StudyText, factors: Sequence[SweepFactor], *, of_policy: bool) -> None:
    for factor in factors:
        if factor.of_policy != of_policy:
            side, other = ("policies", "states_of_the_world") if of_policy else ("states_of_the_world", "policies")
            text.fault(factor.path, f"is {factor.target}, which does not belong to {side}", f"under {other}")


def _draws(block: StatesBlock | None) -> tuple[int, ...]:
    """Numbers of parameter draws."""
    return () if block is None or block.draws is None else tuple(range(1, block.draws + 1))


def _parted(
    factors: tuple[SweepFactor, ...], rows: Sequence[Row]
) -> tuple[
    tuple[SweepFactor, ...], tuple[SweepFactor, ...], tuple[Policy, ...], list[Row], tuple[tuple[int, int], ...]
]:
    """One design over both: what of its factors is policy, what is the state of the world, and the pairs it has."""
    ours = [k for k, factor in enumerate(factors) if factor.of_policy]
    theirs = [k for k, factor in enumerate(factors) if not factor.of_policy]
    policies: dict[Row, int] = {}
    states: dict[Row, int] = {}
    pairs = []
    for row in rows:
        policy, state = tuple(row[k] for k in ours), tuple(row[k] for k in theirs)
        pairs.append((policies.setdefault(policy, len(policies)), states.setdefault(state, len(states))))
    chosen = tuple(factors[k] for k in ours), tuple(factors[k] for k in theirs)
    return (*chosen, tuple(map(Policy, policies)), list(states), tuple(dict.fromkeys(pairs)))


def _pairs(text: StudyText, block: StudyBlock, policies: int, states: int) -> tuple[tuple[int, int], ...] | None:
    """Which policy meets which state; None for every combination."""
    if block.combine == "paired":
        if policies != states:
            text.fault(("combine",), f"is paired, with {policies:,} policies and {states:,} states", "as many of both")
            return ()
        return tuple((k, k) for k in range(policies))
    if block.combine == "sample":
        count = block.points
        if count is None or count > policies * states:
            said = "is missing" if count is None else f"is {count:,}"
            text.fault(("points",), said, f"how many of the {policies * states:,} combinations are taken")
            return ()
        random = np.random.default_rng(block.design_seed or 0)
        chosen = random.choice(policies * states, size=count, replace=False)
        return tuple((int(k) // states, int(k) % states) for k in chosen)
    return None


def _refuse_impossible_splits(text: StudyText, points: SweepPoints) -> None:
    """Refuse levels of the split that leave less than nothing to what absorbs them, in any policy."""
    parts = [(k, factor) for k, factor in enumerate(points.policy_factors) if factor.kind == "split"]
    if not parts:
        return
    if len({factor.absorbs for _, factor in parts}) > 1:
        text.fault(
            (*parts[-1][1].path, "absorbs"),
            f"is {parts[-1][1].absorbs}, and another part has another one",
            "one and the same in all parts",
        )
        return
    if parts[0][1].absorbs in {factor.target for _, factor in parts}:
        text.fault(
            (*parts[0][1].path, "absorbs"),
            f"is {parts[0][1].absorbs}, which is varied itself",
            "an instrument that no factor gives",
        )
        return
    splits, rows = (
        [factor for _, factor in parts],
        (tuple(one.at[k] for k, _ in parts) for one in points.policies if one.at),
    )
    for texts in (texts_at(splits, row) for row in dict.fromkeys(rows)):
        given = [(factor, said) for (_, factor), said in zip(parts, texts, strict=True) if said is not None]
        try:
            split_sets(points.split, given) if given else ()
        except UserError as fault:
            text.fault(parts[-1][1].path, str(fault), "shares that leave nothing below 0 %")
            return
