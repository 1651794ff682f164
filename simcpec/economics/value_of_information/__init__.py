"""What knowing more is worth before a choice is made: a parameter, a group of them, or the data of a further study."""
