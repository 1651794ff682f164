"""Tables that a paper wants and the report page does not have."""
