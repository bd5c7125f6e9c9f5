"""Inbound: the HTTP resources."""
