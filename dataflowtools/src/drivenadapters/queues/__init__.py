"""Queues that wake the workers of batch jobs."""
