"""Caches of results: in the process, or in Redis."""
