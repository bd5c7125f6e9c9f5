"""Writes tables as files, and as JSON for answers."""
