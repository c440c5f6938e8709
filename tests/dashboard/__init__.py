"""The dashboard: what it shows, and the file it becomes."""
