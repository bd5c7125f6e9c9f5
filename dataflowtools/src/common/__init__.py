"""Settings, and what every layer of this service may see."""
