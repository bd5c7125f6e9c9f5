"""Parts of the composition root, for ``container`` alone."""
