"""The half that runs inside the workers that decode images."""
