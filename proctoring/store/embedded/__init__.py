"""The embedded store: one folder with one SQLite database and the evidence files."""
