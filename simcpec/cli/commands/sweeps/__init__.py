"""The verbs of `simcpec sweep`: plan, run, status, verify, extend, export, report, compare."""
