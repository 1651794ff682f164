"""The states of the world that a calibration weighs: their design, their simulation, what is kept of each."""
