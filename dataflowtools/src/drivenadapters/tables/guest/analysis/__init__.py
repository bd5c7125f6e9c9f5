"""Statistics, charts and reports."""
