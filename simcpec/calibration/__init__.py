"""Fit the uncertain settings of a scenario to history, and say what history cannot tell about them."""
