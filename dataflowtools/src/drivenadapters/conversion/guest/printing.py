"""The task that makes PDF out of HTML, with WeasyPrint.

Nothing that a page refers to is read or fetched, except what it carries itself in ``data:`` addresses.
"""

from __future__ import annotations

import io
import logging
from typing import Any

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from .encoding import to_text

_STYLE = """
@page { size: %s; margin: 20mm 18mm;
        @bottom-center { content: counter(page) " / " counter(pages); font-size: 8pt; color: #777 } }
html { font-family: "Liberation Sans", "DejaVu Sans", "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP",
       "Noto Sans CJK KR", sans-serif; font-size: 10.5pt; line-height: 1.45 }
body { max-width: none; margin: 0; padding: 0 }
h1, h2, h3, h4, h5, h6 { line-height: 1.2; break-after: avoid }
table { border-collapse: collapse; width: auto; margin: 0.8em 0 }
th, td { border: 0.5pt solid #999; padding: 2pt 5pt; vertical-align: top; text-align: left }
thead { display: table-header-group }
tr { break-inside: avoid }
pre, code { font-family: "DejaVu Sans Mono", "Liberation Mono", "Noto Sans Mono CJK SC", monospace; font-size: 0.9em }
pre { white-space: pre-wrap; background: #f5f5f5; padding: 6pt }
blockquote { margin-left: 0; padding-left: 1em; border-left: 2pt solid #ccc; color: #444 }
img { max-width: 100%% }
"""
_SIZES = {
    "": "A4",
    "a4": "A4",
    "a3": "A3",
    "a5": "A5",
    "letter": "letter",
    "legal": "legal",
}
_DATA = "data:"

_broken = ""


def prepare() -> None:
    """Import WeasyPrint, and with it the system's text layout, once for all workers."""
    global _broken
    logging.getLogger("weasyprint").addHandler(logging.NullHandler())
    try:
        _page("<p>warm</p>", "A4")
    except Exception as error:  # noqa: BLE001 - other tasks of these workers need none of it
        _broken = f"WeasyPrint does not work here: {type(error).__name__}: {str(error).splitlines()[0][:200]}"


def convert(workspace: Workspace, source: str, target: str, options: dict[str, Any]) -> dict[str, Any]:
    """Print the file ``source``, a page of HTML, into the file ``sink``, a PDF."""
    if (source, target) != ("html", "pdf"):
        raise TaskFailed(FailureKind.UNSUPPORTED, f"{source} is not printed to {target}")
    if _broken:
        raise TaskFailed(FailureKind.IMPOSSIBLE, _broken)
    with workspace.source() as given:
        page = to_text(given.read(), html=True)
    size = _SIZES[(options.get("page_size") or "").lower()]
    if options.get("orientation") == "landscape":
        size += " landscape"
    content, refused = _page(page, size)
    with workspace.sink() as sink:
        sink.write(content)
    return {"warnings": [f"{refused} linked files or addresses were left out: nothing is fetched"] if refused else []}


def _page(page: str, size: str) -> tuple[bytes, int]:
    from weasyprint import CSS, HTML

    fetcher = _fetcher()
    document = HTML(string=page, url_fetcher=fetcher)
    buffer = io.BytesIO()
    document.write_pdf(buffer, stylesheets=[CSS(string=_STYLE % size, url_fetcher=fetcher)])
    return buffer.getvalue(), fetcher.refused


def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher

    class Carried(URLFetcher):  # type: ignore[misc]
        """Opens what the page carries itself, and counts the rest."""

        refused = 0

        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith(_DATA):
                self.refused += 1
                raise ValueError("nothing is fetched")
            return super().fetch(url, headers)

    return Carried(allowed_protocols=("data",), allow_redirects=False)
