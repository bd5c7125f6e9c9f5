"""What the steps come down to: an algebra of tables that every engine carries out, and the planner that makes it."""
