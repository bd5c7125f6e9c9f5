"""Text in images: the engine in its confined worker, and engines elsewhere; ``guest`` runs inside the worker."""
