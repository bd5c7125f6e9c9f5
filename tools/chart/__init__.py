"""The chart in helm/: rendering it, and judging what it renders."""
