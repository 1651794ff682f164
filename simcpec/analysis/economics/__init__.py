"""A study as a decision: its scenarios as options, what they cost and avert, and what knowing more is worth."""
