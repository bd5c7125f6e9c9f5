"""Package sets and environments on disk, and the installers that fill them."""
