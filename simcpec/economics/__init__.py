"""Money: counts in, money out, nothing random.

Sits above `simcpec.model` only: it knows what a replication leaves behind and what things cost,
never how it was played.
"""
