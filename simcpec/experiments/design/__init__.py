"""What a study consists of: scenarios, seeds, parameter draws, and the worlds built from them."""
