"""Results on disk: study folders, tables, and the way back with every check."""
