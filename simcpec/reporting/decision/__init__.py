"""What a study says to whoever decides: the scenario that matters, its effect, and whether it is worth its money."""
