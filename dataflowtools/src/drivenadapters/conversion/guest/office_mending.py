"""What has to be changed in a file before LibreOffice converts it without loss."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

_MAIN = "word/document.xml"
_LAST_TABLE = re.compile(
    rb"(</w:tbl>)((?:\s|<w:bookmark(?:Start|End)\b[^>]*/>)*(?:<w:sectPr\b(?:(?!<w:tbl\b).)*)?</w:body>)", re.DOTALL
)


def end_with_paragraph(document: Path) -> None:
    """Let a paragraph follow a table that ends a .docx: without one LibreOffice 7.4 loses the table in a .doc."""
    try:
        with zipfile.ZipFile(document) as given:
            main = given.read(_MAIN)
            mended = _LAST_TABLE.sub(rb"\1<w:p/>\2", main, count=1)
            if mended == main:
                return
            copy = document.with_suffix(".mended")
            with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as made:
                for entry in given.infolist():
                    made.writestr(entry, mended if entry.filename == _MAIN else given.read(entry))
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, ValueError):
        return  # LibreOffice reads some that are damaged, and says so of the others
    shutil.move(copy, document)
