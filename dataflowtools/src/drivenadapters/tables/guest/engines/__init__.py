"""The engines that carry out a plan: pandas, and DuckDB for what is large."""
