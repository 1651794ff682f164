"""Finite Markov chains in continuous time: the steady state, the law at a time, and moments of what is counted.

A chain is told by its moves: ``moves(state)`` yields (next state, rate a day). States are tuples of whole numbers;
those that can be reached from the first one are found by walking. A chain without an end is cut by a move that is not
yielded; what is lost by it is seen in the probability of the states at the edge.

Numerical linear algebra of scipy, and nothing else: no engine and no rule of the model is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
State = tuple[int, ...]
Moves = Callable[[State], Iterable[tuple[State, float]]]
Worth = Callable[[State, State], float]
"""Of the jumps from one state to another, the share that counts, 0 to 1."""


@dataclass(frozen=True)
class Chain:
    """A chain as lists of its states and jumps.

    states : in the order in which they were met; the first is where it starts.
    jumps : (from, to, rate a day), by the numbers of the states.
    """

    states: tuple[State, ...]
    jumps: tuple[tuple[int, int, float], ...]

    @cached_property
    def values(self) -> Floats:
        """(n, d) the states as numbers."""
        return np.array(self.states, np.float64)

    @cached_property
    def generator(self) -> Any:
        """(n, n) sparse: rates of the jumps, minus their sums on the diagonal."""
        from scipy import sparse

        rates = self.counting(lambda _before, _after: 1.0)
        return (rates - sparse.diags(np.asarray(rates.sum(axis=1)).ravel())).tocsr()

    def counting(self, worth: Worth) -> Any:
        """(n, n) sparse: rate of each jump x the share of such jumps that count."""
        from scipy import sparse

        n = len(self.states)
        rows, columns = [i for i, _, _ in self.jumps], [j for _, j, _ in self.jumps]
        rates = [rate * worth(self.states[i], self.states[j]) for i, j, rate in self.jumps]
        return sparse.csr_matrix((rates, (rows, columns)), shape=(n, n))


def chain_of(first: State, moves: Moves) -> Chain:
    """The chain of everything that can be reached from `first`."""
    numbers, states, jumps = {first: 0}, [first], []
    for i, state in _growing(states):
        for target, rate in moves(state):
            if rate <= 0.0:
                continue
            if target not in numbers:
                numbers[target] = len(states)
                states.append(target)
            jumps.append((i, numbers[target], rate))
    return Chain(tuple(states), tuple(jumps))


def _growing(states: list[State]) -> Iterable[tuple[int, State]]:
    """Number and value of every state, of those as well that are met on the way."""
    i = 0
    while i < len(states):
        yield i, states[i]
        i += 1


def steady(chain: Chain) -> Floats:
    """(n,) the stationary law of an irreducible chain: pi Q = 0, sum pi = 1."""
    from scipy.sparse.linalg import spsolve

    system = chain.generator.T.tolil()
    system[-1, :] = 1.0  # one balance is implied by the others
    right = np.zeros(len(chain.states))
    right[-1] = 1.0
    return np.asarray(spsolve(system.tocsc(), right), np.float64)


def law_at(chain: Chain, days: float, start: Floats | None = None) -> Floats:
    """(n,) probabilities of the states after so many days:  p exp(Q t).

    start : (n,) law at time 0; None: in the first state.
    """
    from scipy.sparse.linalg import expm_multiply

    return np.asarray(expm_multiply(chain.generator.T.tocsc() * days, _start(chain, start)), np.float64)


def mean_area(chain: Chain, worth: Floats, days: float, start: Floats | None = None) -> float:
    """Expected integral over time of a worth of each state:  p int_0^t exp(Q s) ds w."""
    return _moments(chain, _diagonal(worth), days, start, order=1)[0]


def area_moments(chain: Chain, worth: Floats, days: float, start: Floats | None = None) -> tuple[float, float]:
    """Mean and variance of the integral over time of a worth (n,) of each state (see `count_moments`)."""
    mean, second = _moments(chain, _diagonal(worth), days, start, order=2, pure=False)
    return mean, second - mean**2


def count_moments(chain: Chain, worth: Worth, days: float, start: Floats | None = None) -> tuple[float, float]:
    """Mean and variance of the number of jumps that count in so many days.


    With m_k(t) the row of E[N^k; state] and D the rates of the jumps that count:
    m_0' = m_0 Q,  m_1' = m_1 Q + m_0 D,  m_2' = m_2 Q + 2 m_1 D + m_0 D   (Neuts 1989, section 5.2).
    """
    mean, second = _moments(chain, chain.counting(worth), days, start, order=2, pure=True)
    return mean, second - mean**2


def _moments(
    chain: Chain, marked: Any, days: float, start: Floats | None, *, order: int, pure: bool = False
) -> list[float]:
    """First moments of a count (pure: with the term m_0 D of the second) or of an area, by one exponential."""
    from scipy import sparse
    from scipy.sparse.linalg import expm_multiply

    n, q = len(chain.states), chain.generator
    if order == 1:
        blocks: list[list[Any]] = [[q, marked], [None, q]]
    else:
        blocks = [[q, marked, marked if pure else None], [None, q, 2.0 * marked], [None, None, q]]
    system = sparse.bmat(blocks, format="csc").T.tocsc()
    row = np.concatenate([_start(chain, start), np.zeros(order * n)])
    found = np.asarray(expm_multiply(system * days, row), np.float64)
    return [float(found[k * n : (k + 1) * n].sum()) for k in range(1, order + 1)]


def _diagonal(worth: Floats) -> Any:
    from scipy import sparse

    return sparse.diags(np.asarray(worth, np.float64)).tocsr()


def _start(chain: Chain, start: Floats | None) -> Floats:
    if start is not None:
        return np.asarray(start, np.float64)
    first = np.zeros(len(chain.states))
    first[0] = 1.0
    return first
