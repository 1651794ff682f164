"""Arithmetic that gives the same bits everywhere: the compiler decorator, special functions, random streams."""
