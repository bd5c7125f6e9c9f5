"""Runs tasks on untrusted files in confined, single-use workers; ``guest`` is the half that runs inside them."""
