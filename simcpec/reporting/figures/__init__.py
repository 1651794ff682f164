"""Figures of a report, one file each, and their common style."""
