"""Start of the coderunner service."""

from __future__ import annotations

import sys

from servicekit import configure_logging, load_settings, serve

from common.settings import Settings
from container import build


def main() -> int:
    """Serve until told to stop; returns the exit status of the process."""
    settings = load_settings(Settings)
    configure_logging(settings)
    service = build(settings)
    return serve(service.application, settings, on_start=service.starters, closers=service.closers)


if __name__ == "__main__":
    sys.exit(main())
