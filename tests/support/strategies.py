"""Generated worlds as a hypothesis strategy.

Switches are drawn by hypothesis (they shrink to their OFF values, and a failing case prints nothing but them); numbers
come from a generator seeded by one hypothesis integer.  A switch is held with ``cases(surge="off", clock="hour")``.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from simcpec.verification.worlds.generated_worlds import Case, choices, made


def cases(**held: Any) -> st.SearchStrategy[Case]:
    """Cases in which the named switches are held at a word.  Raises KeyError or ValueError for an unknown one."""
    switches = {name: st.sampled_from(words) for name, words in choices(held).items()}
    numbers = st.integers(0, 2**32 - 1)
    return st.builds(made, st.fixed_dictionaries(switches), numbers, st.integers(0, 3), st.integers(0, 10**6))
