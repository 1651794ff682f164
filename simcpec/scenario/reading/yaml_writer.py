"""Nodes back to YAML that every reader reads as the same scenario.

Readers of YAML 1.1, such as PyYAML, take ``NO`` for false, ``017`` for 15 and ``1:30`` for 90.  What such a reader
would not give back as it was stands in quotes; only the words of a switch stay as they are, because true and false are
read as on and off there.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from simcpec.scenario.layering.merge import words_of
from simcpec.scenario.reading.nodes import Listing, MapNode, Node, Place, Scalar, kind_of
from simcpec.scenario.schema.scenario_block import Scenario, step_into

APART = 2  # levels of maps that are written entry by entry
_TEXT = "tag:yaml.org,2002:str"
_LIST, _MAP = "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"
_KEPT = ("null", "boolean")  # as in `kind_of`: these are the same in YAML 1.1
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def dump(node: Node) -> str:
    """`node` as YAML that reads back to the same scalars, lists and tables."""
    if not isinstance(node, MapNode) or not node.entries:
        return _serialized(node)
    return "".join(_entry(key, value, ()) for key, value in node.entries.items())


def _entry(key: str, value: Node, above: tuple[str, ...]) -> str:
    """The lines of one entry of a map that stands under the keys `above`; those of a table are written once."""
    if not isinstance(value, MapNode):
        return _under((*above, key), value)
    name = "text " + "\0".join((*above, key))
    if name not in value.memo:
        whole = len(above) + 1 >= APART or not value.entries
        value.memo[name] = (
            _under((*above, key), value)
            if whole
            else _heading((*above, key)) + "".join(_entry(k, v, (*above, key)) for k, v in value.entries.items())
        )
    return str(value.memo[name])


def _heading(keys: tuple[str, ...]) -> str:
    """The line of the last one of some keys, below which a map stands."""
    nowhere = Place("")
    text = _under(keys, MapNode({"x": Scalar("x", True, nowhere)}, {}, nowhere))
    return text[: text.index("\n") + 1]


def _under(keys: tuple[str, ...], value: Node) -> str:
    """The lines of the last one of some nested keys, as they stand in the whole."""
    nowhere = Place("")
    for key in reversed(keys):
        value = MapNode({key: value}, {}, nowhere)
    return "".join(_serialized(value).splitlines(keepends=True)[len(keys) - 1 :])


def _serialized(node: Node) -> str:
    import yaml

    class Writer(yaml.SafeDumper):
        """Keeps plain what was plain: the tag of everything is that of text."""

        def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
            return _TEXT if kind is yaml.ScalarNode else _MAP if kind is yaml.MappingNode else _LIST

    return str(yaml.serialize(_yaml_node(node, Scenario), Dumper=Writer, allow_unicode=True, width=120))


def _yaml_node(node: Node, shape: Any) -> Any:
    import yaml

    if isinstance(node, MapNode):
        pairs = [
            (_yaml_scalar(Scalar(key, False, node.place), None), _yaml_node(value, step_into(shape, key)))
            for key, value in node.entries.items()
        ]
        return yaml.MappingNode(_MAP, pairs, flow_style=not pairs)
    if isinstance(node, Listing):
        items = [_yaml_node(item, step_into(shape, k)) for k, item in enumerate(node.items)]
        return yaml.SequenceNode(_LIST, items, flow_style=not items)
    return _yaml_scalar(node, shape)


def _yaml_scalar(scalar: Scalar, shape: Any) -> Any:
    """Quoted where an unquoted reading would be no text, text that only looks it, or another one in YAML 1.1."""
    import yaml

    text, kind = scalar.text, kind_of(scalar.text)
    quoted = not scalar.plain and kind != "text"
    if not quoted and not (scalar.plain and kind in _KEPT) and text not in words_of(shape):
        quoted = not _is_kept(text)
    return yaml.ScalarNode(_TEXT, text, style='"' if quoted or not text.isprintable() else None)


def _is_kept(text: str) -> bool:
    """Whether a reader of YAML 1.1 that writes what it read writes the same text, or a number of the same value."""
    import yaml

    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    tags = [tag for tag, pattern in resolvers.get(text[:1], []) + resolvers.get(None, []) if pattern.match(text)]
    kind = tags[0].rpartition(":")[2] if tags else "str"
    if kind == "str":
        return True
    if kind == "timestamp":
        return _DAY.fullmatch(text) is not None
    if kind not in ("int", "float") or kind_of(text) != "number":
        return False
    try:
        return Fraction(repr(yaml.safe_load(text))) == Fraction(text)
    except ValueError:  # no finite number
        return False
