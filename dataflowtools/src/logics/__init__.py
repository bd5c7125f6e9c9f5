"""Use cases and domain types. Pure: no web, no process, no file."""
