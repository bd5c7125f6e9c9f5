"""Reads documents of every kind in confined workers; ``guest`` is the half that runs inside them."""
