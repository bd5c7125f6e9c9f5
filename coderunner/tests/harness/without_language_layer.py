"""Start of the service without its language layer, for attacks on the kernel layer alone, in a container.

Needs what the service needs and nothing of the tests: it runs where they are not installed.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from unittest import mock

from servicekit import configure_logging, load_settings, serve
from servicekit.machine import raise_descriptor_limit

import container
from common.settings import Settings


def main() -> int:
    """Serve plain Python until told to stop."""
    settings = load_settings(Settings)
    configure_logging(settings)
    raise_descriptor_limit()
    plain = replace(container.sandbox_settings(settings), language_layer=False)
    with mock.patch.object(container, "sandbox_settings", return_value=plain):
        service = container.build(settings)
    return serve(service.application, settings, on_start=service.starters, closers=service.closers)


if __name__ == "__main__":
    sys.exit(main())
