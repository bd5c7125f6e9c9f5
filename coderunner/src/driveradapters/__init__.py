"""Inbound: one module a resource, thin handlers, its ROUTES."""
