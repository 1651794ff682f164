"""Likelihoods in closed form: mixed Poisson counts, births given counts, drift of monthly counts, compound harm."""
