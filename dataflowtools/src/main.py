"""Start of the dataflowtools service."""

from __future__ import annotations

import sys

from servicekit import configure_logging, load_settings, serve
from servicekit.machine import raise_descriptor_limit

from common.settings import Settings
from container import build


def main() -> int:
    """Serve until told to stop; returns the exit status of the process."""
    settings = load_settings(Settings)
    configure_logging(settings)
    raise_descriptor_limit()
    service = build(settings)
    return serve(service.application, settings, on_start=service.starters, closers=service.closers)


if __name__ == "__main__":
    sys.exit(main())
