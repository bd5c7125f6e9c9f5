"""Outbound: the ports of the logics, one technology each."""
