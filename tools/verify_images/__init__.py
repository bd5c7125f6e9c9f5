"""Builds both images and holds them, in containers run as the chart says, to what the services promise."""
