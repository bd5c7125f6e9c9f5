"""Reads, transforms, analyses, checks and writes tables; runs inside the workers only."""
