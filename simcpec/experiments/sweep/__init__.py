"""Sweeps: many scenarios of one study, kept as they come, and what they say against their baselines."""
