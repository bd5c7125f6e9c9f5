"""The code inside the workers: relative imports, the standard library, RestrictedPython, sandboxkit only."""
