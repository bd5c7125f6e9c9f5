"""The engine for large tables, and for queries: DuckDB without files, network and extensions."""
