"""The blocks `world.record` and `world.observation`: what was observed, and what records miss of the attacks."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from simcpec import units
from simcpec.catalogue.records import WORDS
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.reading.suggestions import suggest
from simcpec.scenario.schema.leaf import Number, fault, shape_of
from simcpec.scenario.schema.maps import PROVINCE_CODE, Block, Choice, ListOf
from simcpec.scenario.schema.shared_blocks import Amounts, OnOff, a_share, a_text, by_province

OWN = "own"
_COUNT = Number(units.NUMBER, "a count", low="0", high="1000000000", uncertain=False)


_OWN_KEYS = (
    "title", "provinces", "years", "attacks", "operations", "arrests", "killed", "source", "caveat", "limits",
)  # fmt: skip


class RecordBlock(Block):
    """A record of one's own. Nothing of it changes a result: a report shows it beside the results."""

    use: Literal[(*WORDS, OWN)] = Field(  # type: ignore[valid-type]
        default=OWN, description="a named record, or own for the keys below"
    )
    title: Annotated[str | None, a_text("the corridor, as titles call it", 60)] = None
    provinces: Annotated[
        tuple[str, ...] | None,
        ListOf(PROVINCE_CODE, "provinces that it counts, all of them and no others", fewest=1, most=64, unique=True),
    ] = None
    years: Annotated[
        Quantity | None, Number(units.NUMBER, "length of its window", above="0", high="200", uncertain=False)
    ] = None
    attacks: Annotated[Quantity | None, _COUNT] = None
    operations: Annotated[Quantity | None, _COUNT] = None
    arrests: Annotated[Quantity | None, _COUNT] = None
    killed: Annotated[Quantity | None, _COUNT] = None
    source: Annotated[str, a_text("who counted", 500, empty=True)] = ""
    caveat: Annotated[str, a_text("what is doubtful about the counts", 1000, empty=True)] = ""
    limits: Annotated[str, a_text("what the counts cannot say", 2000, empty=True)] = ""

    choice: ClassVar[Choice | None] = Choice("use", {**dict.fromkeys(WORDS, ()), OWN: _OWN_KEYS}, optional=_OWN_KEYS)

    @model_validator(mode="after")
    def _whole(self) -> RecordBlock:
        own = [name for name in type(self).model_fields if name != "use" and name in self.model_fields_set]
        if self.use != OWN and own:
            raise fault(f"is {self.use}, and has keys of its own: {', '.join(own)}", "a name, or a record of your own")
        missing = [name for name in ("title", "provinces", "source") if self.use == OWN and not getattr(self, name)]
        if missing:
            raise fault(f"has no {', '.join(missing)}", "title:, provinces: and source: in a record of your own")
        if (self.attacks is None) != (self.years is None):
            raise fault("has one of attacks and years", "attacks: and years:, both or neither")
        if len({self.operations is None, self.arrests is None, self.killed is None}) > 1:
            raise fault("has some of operations, arrests and killed", "all three or none")
        return self


def named(raw: Any) -> Any:
    """The name of a record as the block that says so."""
    if raw is None or isinstance(raw, dict):
        return raw
    if isinstance(raw, str) and raw in WORDS:
        return {"use": raw}
    allowed = f"{', '.join(WORDS)}, a file in the folder of the scenario (record.yaml), or a map"
    raise fault(shape_of(raw), allowed, suggest(raw, WORDS))


def _also_a_name(schema: dict[str, Any]) -> None:
    """JSON Schema of a map, or a name."""
    kept = {key: schema.pop(key) for key in list(schema) if key not in ("description", "default")}
    schema["anyOf"] = [kept, {"type": "string"}]


AnyRecord = Annotated[RecordBlock | None, BeforeValidator(named)]
SAYS = Field(
    default=None,
    description="what was observed, for reports: a named record, none, or a file; left out: the one of CPEC",
    json_schema_extra=_also_a_name,
)


class Observation(Block):
    """What a record of counts has of the attacks there are; it changes no attack."""

    mode: OnOff = Field(description="off: a record has every attack; or on")
    harmless: Annotated[Quantity, a_share("probability that a record has an attack that hurt nobody")]
    harmful: Annotated[Quantity, a_share("probability that a record has an attack that hurt anybody")]
    provinces: Annotated[
        Amounts, by_province(a_share("factor on both by province where a record misses more"), missing="absent")
    ] = Field(default_factory=dict)

    choice: ClassVar[Choice | None] = Choice(
        "mode",
        {"off": (), "on": ("harmless", "harmful", "provinces")},
        open=True,
        optional=("provinces",),
    )
