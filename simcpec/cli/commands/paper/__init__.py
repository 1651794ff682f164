"""Commands for what goes into a paper: tables, figures and the description of methods."""
