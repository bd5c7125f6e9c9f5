"""Tables in confined workers, and programs on them in coderunner; ``guest`` is the half that runs inside the workers."""
