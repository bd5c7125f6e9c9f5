"""Setup of a checkout, from a bare Python to a running service. Standard library only."""
