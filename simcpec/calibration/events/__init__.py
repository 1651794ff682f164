"""A user's own list of events: read with all its oddities told, fitted, and never kept."""
