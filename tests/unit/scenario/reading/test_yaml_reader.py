"""YAML as we read it: the 1.2 core schema, places of keys and values, and the way back."""

from __future__ import annotations

import pytest

from simcpec.errors import ScenarioError
from simcpec.scenario.reading.nodes import (
    Listing,
    MapNode,
    Place,
    Scalar,
    data_of,
    dotted,
    ends,
    find,
    kind_of,
    path_of,
)
from simcpec.scenario.reading.yaml_reader import DEEPEST, LARGEST, MOST_NODES, read_bytes, read_value
from simcpec.scenario.reading.yaml_writer import dump


def read(text: str) -> MapNode:
    table, faults = read_bytes(text.encode(), "x.yaml")
    assert faults == []
    return table


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((word, "text") for word in ("NO", "no", "on", "off", "yes", "y", "12:30:45", "2024-06-01", "1_000", "1 %")),
        *((word, "number") for word in ("017", "1e-2", "12", "-3", "+.5", "0o17", "0x1F", ".inf", ".NaN", "5.")),
        *((word, "null") for word in ("null", "~", "", "NULL")),
        *((word, "boolean") for word in ("true", "False", "TRUE")),
    ],
)
def test_plain_scalars_are_those_of_yaml_1_2(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_numbers_stay_text_so_that_they_can_be_read_exactly() -> None:
    assert data_of(read("a: 017\nb: 0.1\nc: NO\nd: null\ne: true\nf: 'true'\ng: [1e-2]")) == {
        "a": "017",
        "b": "0.1",
        "c": "NO",
        "d": None,
        "e": True,
        "f": "true",
        "g": ["1e-2"],
    }


def test_keys_and_values_know_their_place() -> None:
    table = read("a: 1\nb:\n  c: [x, {d: 5 %}]\n")
    node, place = find(table, ("b", "c", 1, "d"))
    assert node == Scalar("5 %", True, Place("x.yaml", 3, 14, "c: [x, {d: 5 %}]"))
    assert place == Place("x.yaml", 3, 11, "c: [x, {d: 5 %}]")
    assert find(table, ("b", "nothing")) == (None, Place("x.yaml", 2, 1, "b:"))


def test_a_byte_order_mark_and_windows_line_ends_are_welcome() -> None:
    assert data_of(read("\ufeffa: 1\r\nb: 2\r\n")) == {"a": "1", "b": "2"}


def test_paths_are_written_and_read() -> None:
    path = ("policy", "levers", 0, "from")
    assert dotted(path) == "policy.levers[0].from"
    assert path_of(dotted(path)) == path


def test_layers_replace_scalars_lists_and_empty_tables_as_a_whole() -> None:
    assert [(dotted(path), type(node)) for path, node in ends(read("a: {b: 1, c: [1, 2], d: {}}"))] == [
        ("a.b", Scalar),
        ("a.c", Listing),
        ("a.d", MapNode),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a: '12'\nb: 12\nc: 'null'\nd: null\ne: \"x: y\"\n",
        "a: کراچی\nb: $\\alpha$\nc: '<b>'\nd: '- no list'\n",
        "a: |\n  two\n  lines\nb: {}\nc: []\nd: [[], {}]\n",
        "a: '# no comment'\nb: '  spaces  '\nc: ''\nd: '@at'\ne: '%'\n",
        'a: "tab\\tand\\u2028breaks\\x85"\n',
        "a: 🙂\nb: '&x'\nc: '*x'\nd: '!x'\n",
    ],
)
def test_what_is_written_back_reads_the_same(text: str) -> None:
    table = read(text)
    assert data_of(read(dump(table))) == data_of(table)


def test_the_limits_are_where_they_are_said_to_be() -> None:
    deepest = "a: " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)
    assert data_of(read(deepest))
    with pytest.raises(ScenarioError, match="nests too deeply"):
        read("a: " + "[" * DEEPEST + "]" * DEEPEST)
    many = "a: [" + "1, " * (MOST_NODES - 4)  # beside the map, its key, the list and the last value
    assert data_of(read(many + "1]"))
    with pytest.raises(ScenarioError, match="too many values"):
        read(many + "1, 1]")
    comment = "a: 1\n#"
    assert read(comment + "x" * (LARGEST - len(comment)))
    with pytest.raises(ScenarioError, match="1 MiB"):
        read(comment + "x" * (LARGEST - len(comment) + 1))


def test_a_value_of_set_is_read_under_the_same_limits() -> None:
    node, faults = read_value("{share: 2 %, of: annual_outlay}", "--set")
    assert data_of(node) == {"share": "2 %", "of": "annual_outlay"} and faults == []
    assert data_of(read_value("", "--set")[0]) is None
    with pytest.raises(ScenarioError, match="nests too deeply"):
        read_value("[" * 50_000, "--set")
