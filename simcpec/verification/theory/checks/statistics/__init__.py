"""Checks of the analysis of output: common random numbers and half-widths."""
