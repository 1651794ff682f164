"""Figures of a choice: cost against effect, and what net benefit says over the values of an effect."""
