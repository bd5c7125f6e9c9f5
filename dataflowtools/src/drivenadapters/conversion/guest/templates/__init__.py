"""Documents generated from templates, and what templates expect."""
