"""Figures of what may happen: exceedance, single histories, measures together, and how well means are known."""
