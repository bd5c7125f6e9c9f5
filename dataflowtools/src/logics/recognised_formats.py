"""Recognised text as documents: plain text, tab-separated values, hOCR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from logics.recognition import (
    Box,
    RecognisedDocument,
    RecognisedLine,
    RecognisedPage,
    RecognisedWord,
)

_TSV_FIELDS = (
    "level page_num block_num par_num line_num word_num left top width height conf text".split()
)  # the columns that Tesseract made customary
_PAGE, _BLOCK, _LINE, _WORD = 1, 2, 4, 5
_HOCR_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
<head>
<title></title>
<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
<meta name="ocr-system" content="{engine}"/>
<meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_line ocrx_word"/>
</head>
<body>
"""

Row = list[RecognisedLine]


def to_text(documents: Sequence[RecognisedDocument]) -> str:
    """Return the text of all pages; a form feed ends each page, as in other tools' text files."""
    return "".join(f"{page.text}\n\f" for page in _pages(documents))


def to_tsv(documents: Sequence[RecognisedDocument]) -> str:
    """Return a row for each page, block, line and word, with boxes and confidences from 0 to 100."""
    lines = ["\t".join(_TSV_FIELDS)]
    for number, page in enumerate(_pages(documents), 1):
        lines.append(_tsv(_PAGE, (number, 0, 0, 0, 0), (0, 0, page.width, page.height)))
        for block, rows in enumerate(_blocks(page), 1):
            lines.append(_tsv(_BLOCK, (number, block, 0, 0, 0), _around([line.box for row in rows for line in row])))
            for place, row in enumerate(rows, 1):
                lines.append(_tsv(_LINE, (number, block, 1, place, 0), _around([line.box for line in row])))
                lines += [
                    _tsv(_WORD, (number, block, 1, place, count), word.box, word)
                    for count, word in enumerate(_words(row), 1)
                ]
    return "\n".join(lines) + "\n"


def to_hocr(documents: Sequence[RecognisedDocument]) -> str:
    """Return an hOCR 1.2 document."""
    engine = escape(", ".join(dict.fromkeys(document.engine for document in documents)), quote=True)
    parts = [_HOCR_HEAD.format(engine=engine)]
    number = 0
    for document in documents:
        for page in document.pages:
            number += 1
            parts += _hocr_page(number, document.name, page)
    return "".join(parts) + "</body>\n</html>\n"


def _hocr_page(number: int, name: str, page: RecognisedPage) -> Iterator[str]:
    image = escape(name.replace('"', "'"), quote=True)
    title = f"image &quot;{image}&quot;; bbox 0 0 {page.width} {page.height}; ppageno {page.page - 1}"
    yield f'<div class="ocr_page" id="page_{number}" title="{title}">\n'
    words = 0
    for block, rows in enumerate(_blocks(page), 1):
        box = _hocr_box(_around([line.box for row in rows for line in row]))
        yield f'<div class="ocr_carea" id="block_{number}_{block}" title="{box}">\n'
        for place, row in enumerate(rows, 1):
            box = _hocr_box(_around([line.box for line in row]))
            yield f'<span class="ocr_line" id="line_{number}_{block}_{place}" title="{box}">'
            spans = []
            for word in _words(row):
                words += 1
                title = f"{_hocr_box(word.box)}; x_wconf {round(word.confidence * 100)}"
                spans.append(
                    f'<span class="ocrx_word" id="word_{number}_{words}" title="{title}">{_xml(word.text)}</span>'
                )
            yield " ".join(spans) + "</span>\n"
        yield "</div>\n"
    yield "</div>\n"


def _pages(documents: Sequence[RecognisedDocument]) -> Iterator[RecognisedPage]:
    for document in documents:
        yield from document.pages


def _blocks(page: RecognisedPage) -> list[list[Row]]:
    """Return the blocks of a page, each a list of rows of lines."""
    return [
        [list(row) for _, row in groupby(block, key=lambda line: line.row)]
        for _, block in groupby(page.lines, key=lambda line: line.block)
    ]


def _words(row: Row) -> Iterator[RecognisedWord]:
    for line in row:
        yield from line.words or (RecognisedWord(line.text, line.confidence, line.box, line.polygon),)


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _tsv(level: int, numbers: tuple[int, ...], box: Box, word: RecognisedWord | None = None) -> str:
    left, top, right, bottom = box
    confidence, text = ("-1", "") if word is None else (f"{word.confidence * 100:.2f}", " ".join(word.text.split()))
    values = (level, *numbers, left, top, right - left, bottom - top, confidence, text)
    return "\t".join(str(value) for value in values)


def _hocr_box(box: Box) -> str:
    return "bbox " + " ".join(str(side) for side in box)


def _xml(text: str) -> str:
    """Escape a text, without the control characters that XML cannot carry."""
    return escape("".join(letter for letter in text if letter >= " "))
