"""Tables and figures of a paper: every artefact by its id, as data, specification and rendering."""
