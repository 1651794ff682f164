"""Checks of simulated estimates against closed forms, one family a file, in folders by subject."""
