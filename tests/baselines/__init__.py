"""Memory: stored figures of the scenario library, refreshed with a reason, never under a theoretical name."""
