"""What holds of any scenario and any quantity: they are read back as written, and junk is refused in words."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcpec.errors import ScenarioError
from simcpec.scenario import load, validate
from simcpec.scenario.reading.nodes import Listing, MapNode, Node, Place, Scalar, data_of, dotted, kind_of, path_of
from simcpec.scenario.reading.yaml_reader import read_bytes
from simcpec.scenario.reading.yaml_writer import dump
from simcpec.units import KINDS, Kind, NotAQuantity, decimal_text, format_quantity, parse_quantity

HERE = Place("x")
decimals = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=6)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=20)


@given(amount=decimals, kind=st.sampled_from(KINDS), data=st.data())
def test_a_quantity_read_and_written_exactly_is_the_same(amount: object, kind: Kind, data: st.DataObject) -> None:
    unit = data.draw(st.sampled_from([word for word, _ in kind.units] or [""]))
    exact = parse_quantity(f"{amount:f} {unit}", kind)
    again = parse_quantity(format_quantity(exact, kind, exact=True), kind)
    assert float(again) == float(exact)
    factor = kind.factor(unit) or 1
    assert exact == Fraction(str(amount)) * factor


@given(value=st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30))
def test_a_float_written_as_a_decimal_comes_back_to_the_last_bit(value: float) -> None:
    assert float(Fraction(decimal_text(Fraction(repr(value))))) == value


@given(value=st.floats(min_value=1e-9, max_value=1e12), kind=st.sampled_from(KINDS))
def test_prose_is_right_to_three_digits(value: float, kind: Kind) -> None:
    said = float(parse_quantity(format_quantity(value, kind), kind))
    assert said == pytest.approx(value, rel=0.005)


@given(text=st.text(max_size=120), kind=st.sampled_from(KINDS))
def test_any_text_is_a_quantity_or_refused_in_words(text: str, kind: Kind) -> None:
    try:
        parse_quantity(text, kind)
    except NotAQuantity as error:
        assert error.problem and error.allowed and str(error).isprintable()


def nodes() -> st.SearchStrategy[Node]:
    plain = st.sampled_from(["1 %", "017", "NO", "null", "true", "65 bn USD", "2024-06-01", "-2.0", "x"])
    scalars = st.builds(Scalar, plain, st.just(True), st.just(HERE)) | st.builds(
        Scalar, texts, st.just(False), st.just(HERE)
    )

    def tables(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        keys = st.text("abcxyz_<é", min_size=1, max_size=4).filter(lambda key: kind_of(key) == "text" and key != "<<")
        maps = st.dictionaries(keys, inner, max_size=4)
        return maps.map(lambda entries: MapNode(entries, dict.fromkeys(entries, HERE), HERE)) | st.lists(
            inner, max_size=4
        ).map(lambda items: Listing(tuple(items), HERE))

    return st.recursive(scalars, tables, max_leaves=12)


@given(node=nodes())
def test_any_tree_written_as_yaml_reads_back_the_same(node: Node) -> None:
    table = MapNode({"top": node}, {"top": HERE}, HERE)
    again, faults = read_bytes(dump(table).encode(), "x.yaml")
    assert faults == [] and data_of(again) == data_of(table)


@given(raw=st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read_bytes(raw, "x.yaml")
    except ScenarioError as error:
        assert str(error)


@given(text=st.text("abn:-[]{},&*!|>'\"%@`#?<= \t\n~0.9", max_size=80))
def test_texts_full_of_signs_are_read_or_refused(text: str) -> None:
    try:
        table, _ = read_bytes(text.encode(), "x.yaml")
    except ScenarioError as error:
        assert str(error)
    else:
        assert isinstance(data_of(table), dict)


@given(path=st.lists(st.text("abc_", min_size=1, max_size=5) | st.integers(0, 99), min_size=1, max_size=6))
def test_paths_come_back(path: list[str | int]) -> None:
    assert path_of(dotted(("a", *path))) == ("a", *path)


BLOCKS = ("policy", "world", "run", "world.threat", "world.protection.layers", "world.provinces", "policy.levers", "x")
VALUES = ("", "1", "-1 %", "[]", "{}", "[[]]", "{a: 1}", "none", "null", "true", "'x'", "[{}]", "1e30", "9 bn USD")


@settings(max_examples=60)
@given(
    key=st.sampled_from(BLOCKS) | st.text("abc.[]0 é", max_size=8),
    value=st.sampled_from(VALUES) | st.text(max_size=10),
)
def test_whatever_is_set_is_told_in_words(key: str, value: str) -> None:
    for fault in validate("base", [f"{key}={value}"]):
        assert fault.problem and str(fault)


@settings(max_examples=25)
@given(data=st.data())
def test_a_file_with_any_line_damaged_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = load("base").text.splitlines()
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] = data.draw(st.text("abn:-[]{},&*!'\"%# 0.9", max_size=20))
    path = tmp_path_factory.mktemp("damaged") / "x.yaml"
    path.write_text("\n".join(text), encoding="utf-8")
    for fault in validate(str(path)):
        assert fault.where == str(path) and str(fault)


@settings(max_examples=25)
@given(
    share=st.decimals(0, 100, places=4),
    guards=st.integers(0, 100),
    seed=st.integers(0, 2**40 - 1),
    name=texts.filter(lambda text: text.strip() != ""),
)
def test_a_resolved_scenario_loads_back_to_an_equal_one(
    tmp_path_factory: pytest.TempPathFactory, share: object, guards: int, seed: int, name: str
) -> None:
    split = {"guards": guards, "operations": 100 - guards}
    rest = ("intelligence", "surveillance", "escorts", "hardening", "procedures")
    parts = ", ".join([f"{key}: {part} %" for key, part in split.items()] + [f"{key}: 0 %" for key in rest])
    quoted = "'" + name.replace("'", "''") + "'"
    sets = [f"policy.security_share.share={share} %", f"policy.split={{{parts}}}", f"run.seed={seed}", f"name={quoted}"]
    resolved = load("base", sets=sets)
    path = tmp_path_factory.mktemp("resolved") / "x.yaml"
    path.write_text(resolved.text, encoding="utf-8")
    again = load(str(path))
    assert again.scenario == resolved.scenario and again.digest == resolved.digest
    assert again.scenario.policy.security_share.share.exact == Fraction(str(share)) / 100
