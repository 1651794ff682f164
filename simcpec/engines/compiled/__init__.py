"""Numba: run this one.  The same chapters, rules and draws as the reference engine, on an event loop of slots."""

from simcpec.engines.compiled.simulate import simulate

__all__ = ["simulate"]
