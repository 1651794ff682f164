"""Instruments side by side: what each averts and costs, how they overlap, and how a budget is best laid out."""
