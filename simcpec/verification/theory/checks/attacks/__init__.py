"""Checks of militants, plots and attacks, and of the protection that stops them."""
