"""The page of a sweep: curves, marginal returns, spreads and maps over its points."""
