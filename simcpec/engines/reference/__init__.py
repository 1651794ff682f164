"""SimPy: read this one.  Processes and resources tell the model chapter by chapter; the rules are the compiled ones."""

from simcpec.engines.reference.simulate import simulate

__all__ = ["simulate"]
