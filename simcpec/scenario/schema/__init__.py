"""The blocks and keys of a scenario: kinds, units, bounds and meanings."""
