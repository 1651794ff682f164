"""The blocks under `world:`, a file for each group of keys."""
