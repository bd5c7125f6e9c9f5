"""Makes files of one kind out of another, in confined workers; ``guest`` is the half that runs inside them."""
