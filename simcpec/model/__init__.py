"""The world and its rules: no clock, no files, no money, no randomness of its own."""
