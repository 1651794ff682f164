"""What levers move, what they do to the world and to money, and which of them change nothing."""
