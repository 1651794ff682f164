"""From YAML to a scenario: reading with positions, layers, and a schema that tells all faults of a file at once."""

from __future__ import annotations

from simcpec.scenario.drawn_values import with_values
from simcpec.scenario.layering.layers import SetOption
from simcpec.scenario.layering.shipped_files import shipped
from simcpec.scenario.reading.nodes import Place
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.resolved import (
    Leaf,
    Resolved,
    differences,
    explain,
    json_schema,
    leaves,
    load,
    load_whole,
    placed,
    slug_of,
    uncertain,
    validate,
)

__all__ = [
    "Leaf",
    "Place",
    "Quantity",
    "Resolved",
    "SetOption",
    "differences",
    "explain",
    "json_schema",
    "leaves",
    "load",
    "load_whole",
    "placed",
    "shipped",
    "slug_of",
    "uncertain",
    "validate",
    "with_values",
]
