"""The half that runs inside the workers; it imports neither the service's errors nor servicekit."""
