"""What the steps come down to: a small algebra of tables that every engine carries out, and the planner that makes it."""
