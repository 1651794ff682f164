"""Study files: what is varied over which base scenario, read strictly, and the points that it makes."""
