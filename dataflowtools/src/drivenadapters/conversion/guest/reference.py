"""The document whose styles pandoc's Word files get: its own, with tables that have lines."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile

_STYLES = "word/styles.xml"
_TABLE_STYLE = re.compile(r'(<w:style w:type="table"[^>]*w:styleId="Table">.*?<w:tblPr>)', re.DOTALL)
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")
_LINES = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="999999"/>' for side in _SIDES)
_HEAD = re.compile(r'(<w:style w:type="table"[^>]*w:styleId="Table">.*?<w:tblStylePr w:type="firstRow">)', re.DOTALL)
_INDENT = re.compile(r"(<w:tblInd [^>]*/>)")


def reference_document(pandoc: str) -> bytes:
    """Return it, made of the one inside pandoc; empty if that has none."""
    command = [pandoc, "--print-default-data-file", "reference.docx"]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if ended.returncode or not ended.stdout:
        return b""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ended.stdout)) as given, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in given.infolist():
            content = given.read(entry)
            copy.writestr(entry, _with_lines(content.decode("utf-8")) if entry.filename == _STYLES else content)
    return made.getvalue()


def _with_lines(styles: str) -> str:
    found = _TABLE_STYLE.search(styles)
    if found is None:
        return styles
    start = found.end()
    body = _INDENT.sub(rf"\1<w:tblBorders>{_LINES}</w:tblBorders>", styles[start:], count=1)
    return _HEAD.sub(r"\1<w:rPr><w:b/></w:rPr>", styles[:start] + body, count=1)
