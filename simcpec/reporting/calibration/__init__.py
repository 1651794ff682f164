"""Figures of a calibration: the fit, what the data moved, the ridge, the drift, and the checks."""
