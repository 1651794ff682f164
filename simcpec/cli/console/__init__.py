"""What a command prints: tables, summaries, progress and completion."""
