"""Methods of a study for a paper: reporting checklists filled in, parameters, software, seeds and citations."""
