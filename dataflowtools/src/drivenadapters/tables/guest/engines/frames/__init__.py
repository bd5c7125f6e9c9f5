"""The engine for tables in memory: expressions on Arrow columns, groups and windows by pandas."""
