"""Closed forms and numeric solutions from queueing theory and probability."""
