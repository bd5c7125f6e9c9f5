"""The converters' tasks without the converters' own protection, to see whether the kernel's holds alone."""

from __future__ import annotations

from functools import partial
from typing import Any

from drivenadapters.conversion.guest import markup, office, printing
from drivenadapters.conversion.guest.office_profile import ORDINARY, write_profile
from drivenadapters.workers.guest.workspace import Workspace


def convert_office(workspace: Workspace, **arguments: Any) -> dict[str, Any]:
    """LibreOffice with a profile that hardens nothing."""
    vars(office)["write_profile"] = partial(write_profile, settings=ORDINARY)
    office.prepare()
    return office.convert(workspace, **arguments)


def convert_markup(workspace: Workspace, **arguments: Any) -> dict[str, Any]:
    """Pandoc without --sandbox."""
    guarded = markup._command

    def unguarded(*given: Any) -> list[str]:
        return [word for word in guarded(*given) if word != "--sandbox"]

    vars(markup)["_command"] = unguarded
    markup.prepare()
    return markup.convert(workspace, **arguments)


def convert_printing(workspace: Workspace, **arguments: Any) -> dict[str, Any]:
    """WeasyPrint with its own fetcher."""

    def fetcher() -> Any:
        from weasyprint.urls import URLFetcher

        fetching = URLFetcher(timeout=3)
        fetching.refused = 0
        return fetching

    vars(printing)["_fetcher"] = fetcher
    return printing.convert(workspace, **arguments)
