"""The block `world:`, what nobody chooses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simcpec import units
from simcpec.model.modes import GROUPS
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.maps import NAME, PROVINCE_CODE, Block, ListOf
from simcpec.scenario.schema.shared_blocks import Amounts, LawBlock, OnOff, a_count, a_duration, by_province
from simcpec.scenario.schema.world.budget_block import Budget, Confidence, Costs
from simcpec.scenario.schema.world.detection_block import DetectionBlock, IntelligenceBlock, OperationsBlock
from simcpec.scenario.schema.world.groups_block import GroupBlock
from simcpec.scenario.schema.world.harm_block import HarmBlock, Stoppage
from simcpec.scenario.schema.world.movements_block import MovementsBlock
from simcpec.scenario.schema.world.network_block import BacklashBlock, NetworkBlock, Trust
from simcpec.scenario.schema.world.protection_block import ForceBlock, Hired, ProtectionBlock
from simcpec.scenario.schema.world.provinces_block import Province, Settings
from simcpec.scenario.schema.world.record_block import SAYS as RECORD_SAYS
from simcpec.scenario.schema.world.record_block import AnyRecord, Observation
from simcpec.scenario.schema.world.threat_block import Displacement, ThreatBlock


class WorldBlock(Block):
    """What nobody chooses."""

    provinces: dict[Annotated[str, PROVINCE_CODE], Province] = Field(min_length=1, max_length=64)
    cohorts: Annotated[tuple[str, ...], ListOf(NAME, "groups of foreign personnel", fewest=1, most=8, unique=True)]
    settings: Settings
    groups: dict[Annotated[str, NAME], GroupBlock] = Field(
        default_factory=dict, description="armed groups; none named: one has all plots and militants", max_length=GROUPS
    )
    record: AnyRecord = RECORD_SAYS
    counted_as: Literal["attack", "breach"] = Field(description="what an official count counts")
    threat: ThreatBlock
    preparation: LawBlock
    preparation_by_province: Annotated[
        Amounts, by_province(a_duration("mean of the preparation by home province where it differs"), missing="absent")
    ] = Field(default_factory=dict)
    displacement: Displacement
    detection: DetectionBlock
    intelligence: IntelligenceBlock
    operations: OperationsBlock
    network: NetworkBlock
    backlash: BacklashBlock
    trust: Trust
    agreements: dict[Annotated[str, NAME], OnOff] = Field(
        default_factory=dict, description="what has been agreed between the states", max_length=64
    )
    forces: dict[Annotated[str, NAME], ForceBlock] = Field(description="guards of the host state", max_length=64)
    hired: Hired
    protection: ProtectionBlock
    movements: MovementsBlock
    harm: HarmBlock
    stoppage: Stoppage
    surge_reserve: Annotated[Quantity, a_count(units.GUARDS, "national reserve of surge guards")]
    observation: Observation
    confidence: Confidence
    budget: Budget
    costs: Costs
