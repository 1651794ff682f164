"""What a calibration is held against: a readable file of counts, patterns and priors, each with its source."""
