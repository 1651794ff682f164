"""Worlds made for verification: neutral, generated, widened and relabelled."""
