"""The half of the conversions that runs inside the workers."""
