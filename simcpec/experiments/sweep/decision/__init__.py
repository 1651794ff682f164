"""A sweep as a decision: policies as options, what each costs whom, levers as instruments."""
