"""Run the replications of a study: batches, executors, and the collector of their outcomes."""
