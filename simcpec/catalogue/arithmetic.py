"""The arithmetic of an entry as an expression: read by a small grammar, never by Python.

expression := numbers, ids of entries (their values), + - * / ** and brackets
functions  := ln(x)  exp(x)  sqrt(x)  low(id)  high(id)     `low` and `high` are the ends of an entry's interval
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping

from simcpec.catalogue.entries import Entry, Malformed

Entries = Mapping[str, Entry]
ID = re.compile(r"(?<![\w.])[a-z]\w*(?:\.\w+)+")
LONGEST = 400
LARGEST_POWER = 64.0
OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda base, power: _power(base, power),
}
FUNCTIONS: Mapping[str, Callable[[float], float]] = {"ln": math.log, "exp": math.exp, "sqrt": math.sqrt}
ENDS = ("low", "high")


def value_of(expression: str, entries: Entries) -> float:
    """The number that `expression` gives; `Malformed` for anything that the grammar does not have."""
    if len(expression) > LONGEST:
        raise Malformed(f"arithmetic of {len(expression)} characters; allowed: {LONGEST}")
    ids: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return ids.setdefault(found[0], f"id{len(ids)}")

    try:
        tree = ast.parse(ID.sub(named, expression), mode="eval")
    except (SyntaxError, ValueError) as fault:
        raise Malformed(f"arithmetic {expression!r} cannot be read: {fault}") from fault
    return _number(tree.body, {word: entries[id] for id, word in ids.items()})


def _number(node: ast.expr, named: Entries) -> float:
    """The value of one node."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=word) if word in named:
            return named[word].number
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_number(inner, named)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
            return OPERATORS[type(sign)](_number(left, named), _number(right, named))
        case ast.Call(func=ast.Name(id=word), args=[inner], keywords=[]):
            return _applied(word, inner, named)
    raise Malformed(f"arithmetic has {ast.unparse(node)!r}; allowed: numbers, ids, + - * / **, {_functions()}")


def _applied(word: str, inner: ast.expr, named: Entries) -> float:
    """A function of a number, or an end of the interval of an entry."""
    if word in FUNCTIONS:
        return FUNCTIONS[word](_number(inner, named))
    if word in ENDS and isinstance(inner, ast.Name) and inner.id in named:
        interval = named[inner.id].interval
        if interval is None:
            raise Malformed(f"{word} of {named[inner.id].id}, which has no interval")
        return float(interval[ENDS.index(word)])
    raise Malformed(f"arithmetic has {word}({ast.unparse(inner)}); allowed: {_functions()}")


def _power(base: float, power: float) -> float:
    if abs(power) > LARGEST_POWER or (base < 0 and power != int(power)):
        raise Malformed(f"arithmetic has {base:g} ** {power:g}; allowed: real powers up to {LARGEST_POWER:g}")
    return float(base**power)


def _functions() -> str:
    return ", ".join(f"{word}(...)" for word in (*FUNCTIONS, *ENDS))
