"""What one experiment leaves behind: frozen records, read by analysis, storage and reports."""
