"""Excel workbooks: the table in a sheet, with titles above it, headers over several rows, merged and error cells."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from drivenadapters.tables.guest.engines.frame import Frame
from drivenadapters.tables.guest.reading.arrow_columns import unique_names
from drivenadapters.tables.guest.reading.error_cells import error_cells
from drivenadapters.tables.guest.reading.inference import ERROR_WORDS
from drivenadapters.tables.guest.reading.notes import ReadingNotes
from drivenadapters.tables.guest.reading.records import from_columns, plain_text
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from logics.tables.sources import Source

_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EXACT = 2**53
_ERRORS = frozenset({*ERROR_WORDS, "#n/a"})
_MOST_HEADER_ROWS = 8
Range = tuple[tuple[int, int], tuple[int, int]]


def read_workbook(file: BinaryIO, source: Source, notes: ReadingNotes) -> Frame:
    """Read the table of a sheet.

    Raises:
        TaskFailed: it is no workbook, is encrypted, or the sheet does not exist.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    content = _decrypted(file, source)
    try:
        workbook = CalamineWorkbook.from_filelike(content)
        name = _sheet_name(workbook, source, notes)
        sheet = workbook.get_sheet_by_name(name)
        rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
        merged: Sequence[Range] = sheet.merged_cell_ranges or []
    except CalamineError as reason:
        raise TaskFailed(FailureKind.DAMAGED, f"the workbook is damaged: {str(reason)[:200]}") from reason
    notes.details["sheet"] = name
    _put_errors(rows, content, name)
    return _table(rows, list(merged), source, notes)


def _put_errors(rows: list[list[Any]], content: BinaryIO, sheet: str) -> None:
    for row, place, text in error_cells(content, sheet):
        if row < len(rows):
            rows[row].extend([""] * (place + 1 - len(rows[row])))
            rows[row][place] = text


def _decrypted(file: BinaryIO, source: Source) -> Any:
    head = file.read(8)
    file.seek(0)
    if head != _OLE_MARK:
        return file
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    try:
        office = msoffcrypto.OfficeFile(file)
        if not office.is_encrypted():
            file.seek(0)
            return file
        # Excel opens workbooks that are protected against changes only with this password by itself.
        office.load_key(password=source.password or "VelvetSweatshop")
        plain = io.BytesIO()
        office.decrypt(plain)
    except (InvalidKeyError, DecryptionError) as reason:
        what = "the password is wrong" if source.password else "the workbook is encrypted; give password"
        raise TaskFailed(FailureKind.ENCRYPTED, what, field="source.password") from reason
    except (FileFormatError, ParseError):
        file.seek(0)
        return file
    plain.seek(0)
    return plain


def _sheet_name(workbook: Any, source: Source, notes: ReadingNotes) -> str:
    names: list[str] = list(workbook.sheet_names)
    wanted = source.sheet
    if isinstance(wanted, str) and wanted in names:
        return wanted
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return names[wanted - 1]
    if wanted is not None:
        raise TaskFailed(
            FailureKind.INVALID, f"there is no sheet {wanted!r}; there are {', '.join(names)}", field="source.sheet"
        )
    visible = [
        meta.name
        for meta in workbook.sheets_metadata
        if str(meta.visible).endswith("Visible")
        and not str(meta.visible).endswith("VeryHidden")
        and str(meta.typ).endswith("WorkSheet")
    ]
    if not names or not (visible or names):
        raise TaskFailed(FailureKind.IMPOSSIBLE, "the workbook has no sheet")
    first = (visible or names)[0]
    if len(names) > 1:
        notes.say(f"sheet {first!r} is read, of {', '.join(names)}")
    return first


def _table(rows: list[list[Any]], merged: list[Range], source: Source, notes: ReadingNotes) -> Frame:
    start, depth = _find_header(rows, merged, source)
    for number, row in enumerate(rows[:start], 1):
        if any(cell != "" for cell in row):
            shown = " | ".join(plain_text(cell) for cell in row if cell != "")[:200]
            notes.say(f"row {number} stands above the table: {shown!r}")
    body = rows[start + depth :]
    first, last = _columns_in_use(rows[start:])
    names = _names(rows, merged, (start, depth), (first, last), notes)
    _tell_merged(merged, start + depth, notes)
    values = _columns(body, first, last, start + depth, names, notes)
    return from_columns(values, source, notes, max((len(column) for column in values.values()), default=0))


def _columns_in_use(rows: list[list[Any]]) -> tuple[int, int]:
    used = [place for row in rows for place, cell in enumerate(row) if cell != ""]
    return (min(used), max(used) + 1) if used else (0, 0)


def _find_header(rows: list[list[Any]], merged: list[Range], source: Source) -> tuple[int, int]:
    """Return the row of the header, from 0, and how many rows it has."""
    if isinstance(source.header, int) and not isinstance(source.header, bool):
        return min(max(source.header - 1, 0), len(rows)), 1
    width = max((sum(cell != "" for cell in row) for row in rows), default=0)
    start = 0
    for start, row in enumerate(rows):
        if _filled(row, start, merged) > (1 if width > 1 else 0):
            break
    if source.header is False or (source.header is None and not _names_something(rows, start)):
        return start, 0
    return start, _header_depth(rows, merged, start)


def _filled(row: list[Any], number: int, merged: list[Range]) -> int:
    """Count the cells of a row that say something; a title merged over the table says one thing."""
    across = [one for one in merged if one[0][0] == number and one[1][1] > one[0][1]]
    filled = sum(cell != "" for cell in row)
    return filled if filled > len(across) or filled > 1 else 1


def _names_something(rows: list[list[Any]], start: int) -> bool:
    if start >= len(rows):
        return False
    cells = [cell for cell in rows[start] if cell != ""]
    if all(isinstance(cell, str) for cell in cells):
        return bool(cells)
    below = rows[start + 1] if start + 1 < len(rows) else []
    return any(
        isinstance(cell, str) and cell != "" and place < len(below) and not isinstance(below[place], str)
        for place, cell in enumerate(rows[start])
    )


def _header_depth(rows: list[list[Any]], merged: list[Range], start: int) -> int:
    """A header is as deep as the merged cells that begin in it, and one more where they lie across."""
    depth, end = 1, start
    while True:
        inside = [one for one in merged if start <= one[0][0] <= end]
        reach = max((one[1][0] for one in inside), default=start)
        across = any(one[1][1] > one[0][1] and one[1][0] == end for one in inside)
        new = max(reach, end + 1 if across and end + 1 < len(rows) and _all_text(rows[end + 1]) else end)
        if new == end or new - start >= _MOST_HEADER_ROWS:
            return min(max(depth, end - start + 1), len(rows) - start)
        end = new
        depth = end - start + 1


def _all_text(row: list[Any]) -> bool:
    return all(isinstance(cell, str) for cell in row)


def _names(
    rows: list[list[Any]], merged: list[Range], header: tuple[int, int], used: tuple[int, int], notes: ReadingNotes
) -> list[str]:
    (start, depth), (first, last) = header, used
    if depth == 0:
        notes.say("the first row holds values: columns are named by number")
        return [f"column_{place}" for place in range(1, last - first + 1)]
    if depth > 1:
        notes.say(f"the header takes {depth} rows; their texts are joined with a space")
    names = []
    for place in range(first, last):
        parts = [_covered(rows, merged, row, place) for row in range(start, start + depth)]
        names.append(" ".join(dict.fromkeys(part.strip() for part in parts if part.strip())))
    return unique_names(names, notes.conversions)


def _covered(rows: list[list[Any]], merged: list[Range], row: int, place: int) -> str:
    """Return the text of a cell, or that of the merged one that covers it."""
    cell = rows[row][place] if place < len(rows[row]) else ""
    if cell == "":
        for (top, left), (bottom, right) in merged:
            if top <= row <= bottom and left <= place <= right:
                cell = rows[top][left]
    return plain_text(cell)


def _tell_merged(merged: list[Range], body: int, notes: ReadingNotes) -> None:
    inside = sum(1 for (top, _), _ in merged if top >= body)
    if inside:
        notes.say(
            f"{inside} merged ranges among the values: the first cell of each has the value, the others are missing"
        )


def _columns(
    body: list[list[Any]], first: int, last: int, start: int, names: list[str], notes: ReadingNotes
) -> dict[str, list[Any]]:
    kept = [(number, row) for number, row in enumerate(body, start + 1) if any(cell != "" for cell in row)]
    empty = len(body) - len(kept)
    if empty:
        notes.say(f"{empty} empty rows are left out")
    columns = {}
    for place, name in zip(range(first, last), names, strict=True):
        cells = [(number, row[place] if place < len(row) else "") for number, row in kept]
        columns[name] = _values(cells, name, notes)
    return columns


def _values(cells: list[tuple[int, Any]], name: str, notes: ReadingNotes) -> list[Any]:
    values: list[Any] = []
    errors: list[str] = []
    clocks = 0
    for number, cell in cells:
        if isinstance(cell, str) and cell.lower() in _ERRORS:
            errors.append(f"{cell} in row {number}")
            values.append(None)
        elif isinstance(cell, time | timedelta):
            clocks += 1
            values.append(plain_text(cell))
        else:
            values.append(None if cell == "" else cell)
    if errors:
        notes.say(f"{len(errors)} error cells are missing values: {', '.join(errors[:5])}", name)
    if clocks:
        notes.say(f"{clocks} times of day or durations are text", name)
    return _whole(_mixed_dates(values), name, notes)


def _mixed_dates(values: list[Any]) -> list[Any]:
    """Dates beside other values become text as they are written."""
    kinds = {type(value) for value in values if value is not None}
    if kinds & {date, datetime} and kinds - {date, datetime}:
        return [plain_text(value) if isinstance(value, date) else value for value in values]
    return values


def _whole(values: list[Any], name: str, notes: ReadingNotes) -> list[Any]:
    """Excel has doubles only: columns of whole ones are integers."""
    numbers = [value for value in values if isinstance(value, float)]
    if not numbers or not all(value.is_integer() and abs(value) < 1e18 for value in numbers):
        return values
    if any(abs(value) > _EXACT for value in numbers):
        notes.say("whole numbers beyond 2^53: Excel has kept 15 digits of them", name)
    return [int(value) if isinstance(value, float) else value for value in values]
