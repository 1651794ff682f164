"""The arithmetic of entries as expressions: what the grammar reads, what it refuses, and ends of intervals."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from simcpec import catalogue
from simcpec.catalogue.arithmetic import value_of
from simcpec.catalogue.checks import faults
from simcpec.catalogue.entries import Entry, Malformed

ENTRIES = catalogue.entries()
SINDH = catalogue.entry("attacks.sindh")


def altered(entry: Entry, check: dict[str, Any], **changes: Any) -> Entry:
    """`entry` with another check and other fields."""
    return replace(entry, gives_back=MappingProxyType(check), **changes)


@pytest.mark.parametrize(
    ("expression", "number"),
    [
        ("8 / 3.94", 8 / 3.94),
        ("attacks.count.sindh / attacks.window", 8 / 3.94),
        ("-2 ** 2 + 3 * (4 - 1)", 5.0),
        ("1e3 - 2.5e-1", 999.75),
        ("exp(ln(2) * 3) - sqrt(16)", 4.0),
        ("low(attacks.sindh) + high(attacks.sindh)", 4.88),
        ("severity.tail.10 * 100", 3.2),
    ],
)
def test_an_expression_gives_its_number(expression: str, number: float) -> None:
    assert value_of(expression, ENTRIES) == pytest.approx(number)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("__import__('os')", "has __import__"),
        ("open('x')", r"allowed: ln\("),
        ("(1).real", "allowed: numbers"),
        ("attacks.sindh.value", "attacks.sindh.value"),
        ("[1, 2]", "allowed: numbers"),
        ("1 if 1 else 2", "allowed: numbers"),
        ("lambda: 1", "allowed: numbers"),
        ("True", "allowed: numbers"),
        ("'a' * 9", "allowed: numbers"),
        ("1 // 2", "allowed: numbers"),
        ("9 ** 999", "allowed: real powers"),
        ("(-8) ** 0.5", "allowed: real powers"),
        ("exp(1, 2)", "allowed: numbers"),
        ("low(3)", r"allowed: ln\("),
        ("low(attacks.count.all)", "which has no interval"),
        ("1 +", "cannot be read"),
        ("1" * 401, "401 characters; allowed: 400"),
    ],
)
def test_what_the_grammar_does_not_have_is_refused(expression: str, words: str) -> None:
    with pytest.raises((Malformed, KeyError), match=words):
        value_of(expression, ENTRIES)


def test_a_number_and_ends_that_do_not_come_out_are_told() -> None:
    right = {"arithmetic": "8 / 3.94", "low": "3.4538 / 3.94", "high": "15.763 / 3.94"}
    assert faults(altered(SINDH, right), ENTRIES) == []
    assert faults(altered(SINDH, right, value=2.1, interval=(0.8, 4.1)), ENTRIES) == [
        "attacks.sindh says 2.1 attacks / year, arithmetic gives 2.03046 (allowed: 0.05)",
        "attacks.sindh: low end is 0.8, its arithmetic gives 0.876599",
        "attacks.sindh: high end is 4.1, its arithmetic gives 4.00076",
    ]


def test_ends_without_an_interval_and_unknown_ids_are_faults() -> None:
    assert faults(altered(SINDH, {"low": "1"}, interval=None), ENTRIES) == ["low asks for an interval"]
    assert "cannot be computed" in faults(altered(SINDH, {"arithmetic": "no.such * 2"}), ENTRIES)[0]
    assert "cannot be computed" in faults(altered(SINDH, {"high": "1 / 0"}), ENTRIES)[0]
    assert "cannot be computed" in faults(altered(SINDH, {"arithmetic": "ln(0)"}), ENTRIES)[0]


def test_a_function_is_the_one_of_its_name() -> None:
    assert value_of("ln(7)", {}) == math.log(7) and value_of("exp(0.3)", {}) == math.exp(0.3)
