"""Start of a process that only works on batch jobs; it answers how it is on PORT, and nothing else."""

from __future__ import annotations

import sys

from servicekit import configure_logging, load_settings, serve
from servicekit.machine import raise_descriptor_limit

from common.settings import Settings
from container import build


def main() -> int:
    """Work until told to stop; returns the exit status of the process."""
    settings = load_settings(Settings)
    configure_logging(settings)
    raise_descriptor_limit()
    service = build(settings, worker=True)
    return serve(service.application, settings, on_start=service.starters, closers=service.closers)


if __name__ == "__main__":
    sys.exit(main())
