"""The storage of record: SQLAlchemy on MySQL or MariaDB, or on SQLite."""
