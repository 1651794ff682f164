"""From a checked scenario to a world, its budget plan and its prices."""
