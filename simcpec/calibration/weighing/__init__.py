"""From simulated draws to weights: patterns, history matching, births given counts, the ensemble."""
