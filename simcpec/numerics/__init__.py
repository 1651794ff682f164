"""Arithmetic that gives the same bits everywhere: compiler decorator, special functions, random streams, samplers."""
