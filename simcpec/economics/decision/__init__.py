"""Economic evaluation of policies: what an averted attack costs, which policy to choose, what knowing more is worth."""
