"""The study file that a comparison with ``--vary`` stands for, so that it can grow into a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simcpec.errors import UserError
from simcpec.experiments.sweep.studies.factors import flow
from simcpec.scenario.layering.shipped_files import STDIN, is_path
from simcpec.scenario.layering.variants import called, grid
from simcpec.scenario.reading.nodes import data_of
from simcpec.scenario.reading.yaml_reader import read_value


def study_text(
    refs: Sequence[str],
    *,
    sets: Sequence[str],
    vary: Sequence[str],
    replications: int,
    draws: int,
    seed: int,
    target: Path,
) -> str:
    """The text of a study with the points of `vary` over the one scenario of `refs`, to be written to `target`.

    Raises UserError where no study stands for it: several scenarios, stdin, or a file in another folder than `target`.
    """
    if len(refs) != 1 or not vary:
        raise UserError("a study has one base scenario and something that is varied; name one scenario, and use --vary")
    keys = [text.partition("=")[0].strip() for text in vary]
    factors = [
        f"  - {{key: {key}, name: {flow(called(key, keys))}, levels: {_levels(text)}}}\n"
        for key, text in zip(keys, vary, strict=True)
    ]
    settings = [f"  {text.partition('=')[0].strip()}: {_value(text.partition('=')[2])}\n" for text in sets]
    over = "factors:\n" + "".join(factors) + "design: grid\n"
    if draws > 1:
        over = "policies:\n" + "".join(f"  {line}\n" for line in over.splitlines())
        over += f"states_of_the_world: {{draws: {draws}}}\ncombine: full_factorial\n"
    return (
        f"name: {flow(f'{refs[0]} varied')}\nbase: {flow(_base(refs[0], target))}\n"
        + ("set:\n" + "".join(settings) if settings else "")
        + f"{over}replications: {replications}\nseed: {seed}\n"
    )


def _base(ref: str, target: Path) -> str:
    """How the study calls its base scenario."""
    if ref == STDIN:
        raise UserError("a study names the file of its base scenario, and - has none")
    if not is_path(ref):
        return ref
    if Path(ref).resolve().parent != target.resolve().parent:
        raise UserError(f"a study lies in the folder of its base scenario; allowed: a file beside {ref}")
    return Path(ref).name


def _levels(text: str) -> str:
    """The values of one ``--vary`` as a list on one line."""
    return f"[{', '.join(_value(point.sets[0].partition('=')[2]) for point in grid([text]))}]"


def _value(text: str) -> str:
    """A value of ``--set`` as YAML on one line."""
    return flow(data_of(read_value(text, "--set")[0]))
