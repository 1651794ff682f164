"""What holds across states of the world: when a ranking is claimed, robustness of policies, indices of sensitivity."""
