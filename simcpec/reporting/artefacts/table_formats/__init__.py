"""One table in the formats that papers are written in: LaTeX, Markdown, Word and Excel."""
