"""New files: converted from others, created from what a request brings, generated from templates."""
