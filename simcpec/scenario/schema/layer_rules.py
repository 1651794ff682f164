"""What the JSON Schema says of layers: the rule of merging, and where `replace` and `drop` may stand."""

from __future__ import annotations

from typing import Any

RULE = (
    "A scenario, complete, or a layer over another one (extends). Maps are merged entry by entry; values and lists are "
    "replaced as a whole, and a number in its long form is one value. `replace: true` in a map takes away what the "
    "layers below have there, `NAME: drop` one entry; a map in the place of a list edits it by the names of its "
    "entries. A layer that names another word of a switch (law, mode, model, rule, of, by, ...) inherits none of the "
    "numbers of the earlier word."
)
_REPLACE = {"type": "boolean", "description": "true: nothing of this map is taken over from the layers below"}
_DROP = {"const": "drop", "description": "takes the entry away that the layers below have"}


def layered(schema: Any) -> Any:
    """A JSON Schema in which `replace` may stand in every map, `drop` at every entry that may be missing."""
    if isinstance(schema, list):
        return [layered(part) for part in schema]
    if not isinstance(schema, dict) or _is_long_form(schema):
        return schema
    found = {key: layered(part) for key, part in schema.items() if key != "properties"}
    if isinstance(schema.get("properties"), dict):
        needed = schema.get("required", ())
        named = {key: layered(part) for key, part in schema["properties"].items()}
        found["properties"] = {key: part if key in needed else _or_drop(part) for key, part in named.items()}
    if schema.get("type") == "object":
        found["properties"] = {**found.get("properties", {}), "replace": _REPLACE}
        if isinstance(found.get("additionalProperties"), dict):
            found["additionalProperties"] = _or_drop(found["additionalProperties"])
        for pattern, part in found.get("patternProperties", {}).items():
            found["patternProperties"] = {pattern: {"anyOf": [part, _DROP, {"type": "boolean"}]}}
    return _or_edited(found) if schema.get("type") == "array" and _has_names(schema) else found


def _is_long_form(schema: dict[str, Any]) -> bool:
    return schema.get("required") == ["value"]


def _has_names(schema: dict[str, Any]) -> bool:
    """Return whether the entries of a list have names by which a later layer can call them."""
    items = schema.get("items", {})
    return "$ref" in items or items == {"type": "string"}


def _or_drop(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow the value, or the word drop; what the schema says of the key stays at its top."""
    about = {key: part for key, part in schema.items() if key in ("description", "unit", "bounds", "kind", "title")}
    return {**about, "anyOf": [{key: part for key, part in schema.items() if key not in about}, _DROP]}


def _or_edited(schema: dict[str, Any]) -> dict[str, Any]:
    """A list, or a map that edits the list below by the names of its entries."""
    about = {key: part for key, part in schema.items() if key in ("description", "title", "default")}
    edit = {"type": "object", "additionalProperties": {"anyOf": [{"type": "object"}, _DROP]}}
    return {**about, "anyOf": [{key: part for key, part in schema.items() if key not in about}, edit]}
