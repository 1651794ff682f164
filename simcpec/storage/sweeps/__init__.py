"""The folder of a sweep: a database that only ever grows, written by one process at a time."""
