"""Outbound: what the use cases drive, one technology each."""
