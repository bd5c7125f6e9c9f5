"""Adapters that tell what a content is."""
