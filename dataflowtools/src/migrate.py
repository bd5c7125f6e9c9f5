"""Brings the database's schema up to date: ``python src/migrate.py upgrade``, with the service's settings."""

from __future__ import annotations

import argparse
import sys

from servicekit import configure_logging, load_settings

from common.settings import Settings
from container import change_schema


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status of the process."""
    options = _parser().parse_args(arguments)
    settings = load_settings(Settings)
    configure_logging(settings)
    return change_schema(settings, options.command, options.revision)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="migrate.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("command", choices=("upgrade", "downgrade", "current"), help="current only shows the version")
    parser.add_argument("revision", nargs="?", default="", help="by default the newest to go up, one step to go down")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
