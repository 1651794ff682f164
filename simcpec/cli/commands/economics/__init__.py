"""The verb `economics`: its words, what it works out, its tables, and what it prints."""
