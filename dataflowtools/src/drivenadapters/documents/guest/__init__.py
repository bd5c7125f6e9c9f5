"""The half that runs inside the workers; ``handlers`` holds one module a type of file."""
