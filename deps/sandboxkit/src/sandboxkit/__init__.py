"""Confined, single-use processes for untrusted code and untrusted files.

See the README for a tour. The supervisor's side is :class:`~sandboxkit.pool.Pool`;
the confined side implements :class:`~sandboxkit.guest.Guest`.
"""
