"""SimPy: read this one.  Processes and resources tell the model chapter by chapter; the rules are the compiled ones."""

from simcpec.engines.reference.play import play

__all__ = ["play"]
