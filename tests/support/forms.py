"""A rule called as it is compiled and as plain Python, which must agree to the last bit."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any


def both(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule in both forms at once: the value they agree on, or an AssertionError."""
    plain = getattr(rule, "py_func", rule)

    def call(*arguments: Any) -> Any:
        compiled, interpreted = rule(*arguments), plain(*arguments)
        if isinstance(compiled, float) and not math.isnan(compiled):
            assert struct.pack("<d", compiled) == struct.pack("<d", float(interpreted)), (rule, arguments)
        assert compiled == interpreted, (rule, arguments)
        return compiled

    return call
