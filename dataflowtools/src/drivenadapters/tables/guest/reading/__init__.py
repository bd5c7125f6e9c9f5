"""Reads tables: nothing is dropped in silence, and every conversion is told."""
