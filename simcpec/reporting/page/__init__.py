"""The report page: findings, limits, templates and the files beside it."""
