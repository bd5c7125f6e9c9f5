"""What Alembic runs: each revision is one statement, because MySQL cannot take a DDL statement back."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
