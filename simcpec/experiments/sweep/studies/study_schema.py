"""The shape of a study file: what is varied over which base scenario, and how its points are combined and simulated."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from simcpec.scenario.schema.leaf import Text, ValueKind, WholeNumber, fault, shape_of
from simcpec.scenario.schema.maps import Block
from simcpec.scenario.schema.policy_block import Precision

Design = Literal["grid", "one_at_a_time", "lhs", "sobol", "saltelli", "morris", "file"]
RANDOM = ("lhs", "sobol", "saltelli", "morris")  # designs that hang on `design_seed`
SIZED = ("lhs", "sobol", "saltelli")  # designs that ask for `points`
EACH = "each"  # in the place of a lever: a factor for every lever of the catalogue
LARGEST = 1_000_000
MOST = 100_000_000  # replications of a point


class AnyValue(ValueKind):
    """Whatever may stand at a key of a scenario; it is checked there."""

    says = "a value, as it stands in a scenario"

    def read(self, raw: Any) -> Any:
        """The value itself; raises for nothing at all."""
        if raw is None or raw == "":
            raise fault(shape_of(raw), "a value, as it stands in a scenario")
        return raw

    def json(self) -> dict[str, Any]:
        """Anything."""
        return {}


def _text(says: str) -> Any:
    return Text(says)


def _whole(says: str, low: int = 1, high: int = LARGEST) -> Any:
    return WholeNumber(says, low, high)


Value = Annotated[Any, AnyValue()]


class FactorBlock(Block):
    """One thing that is varied: a key, a lever, or a part of the split; with levels, a range, or a law."""

    key: Annotated[str | None, _text("dotted key below policy or world")] = None
    lever: Annotated[str | None, _text("lever of the catalogue, or each for every one of them")] = None
    split: Annotated[str | None, _text("instrument of policy.split")] = None
    name: Annotated[str | None, Text("short name", longest=60)] = None
    levels: list[Value] | None = None
    from_: Annotated[str | None, _text("first value of a range"), Field(alias="from")] = None
    to: Annotated[str | None, _text("last value of a range")] = None
    step: Annotated[str | None, _text("distance of two levels")] = None
    steps: Annotated[int | None, _whole("equal steps between both ends")] = None
    log: Literal["on", "off"] = "off"
    law: Literal["uniform", "triangular", "normal", "lognormal", "beta"] | None = None
    value: Annotated[str | None, _text("mode of a triangular law, mean of a beta law")] = None
    sets: Annotated[str, _text("key of the lever that the levels give, such as share")] = "share"
    entry: dict[str, Value] = Field(default_factory=dict)
    absorbs: Annotated[str | None, _text("instrument that takes the rest, or rest for all others in proportion")] = None


class DesignBlock(Block):
    """Factors and how their levels are combined."""

    factors: list[FactorBlock] = Field(default_factory=list)
    design: Design = "grid"
    points: Annotated[int | None, _whole("rows of a random design")] = None
    grown: list[Annotated[int, _whole("rows that a Latin hypercube had before it grew")]] = Field(default_factory=list)
    trajectories: Annotated[int | None, _whole("trajectories of design morris")] = None
    design_seed: Annotated[int | None, _whole("seed of a random design", 0, 2**40 - 1)] = None
    file: Annotated[str | None, _text("CSV file with a column for each factor")] = None


class NamedPolicy(Block):
    """One policy by name, with the keys that it changes."""

    name: Annotated[str, Text("name of the policy", longest=60)]
    set: dict[str, Value]


class PoliciesBlock(DesignBlock):
    """What the decision-maker chooses among."""

    named: list[NamedPolicy] = Field(default_factory=list)


class StatesBlock(DesignBlock):
    """What nobody chooses: factors below world, and parameter draws from the ranges of the catalogue."""

    draws: Annotated[int | None, _whole("parameter draws; none is the values as written")] = None
    ensemble: Annotated[str | None, _text("folder of a calibrated ensemble, whose members are the draws")] = None


class StudyBlock(DesignBlock):
    """A study: a base scenario, what is varied over it, and what is kept."""

    name: Annotated[str, Text("name for people", longest=200)]
    describes: Annotated[str, Text("what it asks", longest=2000, empty=True)] = ""
    base: Annotated[str, _text("a shipped scenario, or a file in the folder of the study")]
    set: dict[str, Value] = Field(default_factory=dict)
    policies: PoliciesBlock | None = None
    states_of_the_world: StatesBlock | None = None
    combine: Literal["full_factorial", "paired", "sample"] | None = None
    baseline: dict[str, Value] | Literal["as_written"] = "as_written"
    replications: Annotated[int | None, _whole("replications of each point")] = None
    precision: list[Precision] = Field(default_factory=list)
    taken: Annotated[int | None, _whole("replications that a study with a precision has come to", high=MOST)] = None
    seed: Annotated[int | None, _whole("seed of the simulations", 0, 2**40 - 1)] = None
    responses: list[Annotated[str, _text("a response")]] = Field(default_factory=list)
