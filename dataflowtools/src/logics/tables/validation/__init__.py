"""What is demanded of a table: our own checks, to which JSON Schema and Table Schema come down."""
