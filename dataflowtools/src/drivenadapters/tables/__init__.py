"""Tables in confined workers, and callers' programs on them in coderunner; ``guest`` runs inside the workers."""
