"""Many replications: parameter draws, playing, estimates, paired differences, and the folder they are kept in."""
