"""Barcodes in one image: several readers in stages, since each finds what the others miss."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import zxingcpp

from drivenadapters.images.guest.twins import covered
from utils.symbologies import LINEAR, RETAIL, SYMBOLOGIES
from utils.trade_numbers import gtin_of

with contextlib.suppress(ImportError):  # its shared library is missing: done without
    from pyzbar import pyzbar

Grey = Any
Point = tuple[int, int]

_ENLARGED_PIXELS = 6_000_000  # larger images show small codes well enough, and twice their size would take too long
_TWIN_PIXELS = 1_000_000
_ZXING_NAMES = {
    "EAN-13": "EAN13",
    "EAN-8": "EAN8",
    "UPC-A": "UPCA",
    "UPC-E": "UPCE",
    "rMQRCode": "RMQRCode",
    "DataBarExpanded": "DataBarExp",
    "DataBarExpandedStacked": "DataBarExpStk",
    "DataBarLimited": "DataBarLtd",
    "DataBar": "DataBarOmni",
    "DataBarStacked": "DataBarStk",
}
_FORMATS = {name: getattr(zxingcpp.BarcodeFormat, _ZXING_NAMES.get(name, name)) for name in SYMBOLOGIES}
_NAMES = {
    **{int(value): name for name, value in _FORMATS.items()},
    int(zxingcpp.BarcodeFormat.DataBarStkOmni): "DataBarStacked",
    int(zxingcpp.BarcodeFormat.CompactPDF417): "PDF417",
    int(zxingcpp.BarcodeFormat.QRCodeModel1): "QRCode",
    int(zxingcpp.BarcodeFormat.QRCodeModel2): "QRCode",
    int(zxingcpp.BarcodeFormat.AztecCode): "Aztec",
    int(zxingcpp.BarcodeFormat.AztecRune): "Aztec",
}
_FORMATS_OF_GOODS = {_FORMATS[name] for name in RETAIL}
_ZBAR_NAMES = {"EAN13": "EAN-13", "EAN8": "EAN-8", "UPCA": "UPC-A", "UPCE": "UPC-E", "QRCODE": "QRCode"}
# Kinds that chance, or a page of text, imitates: without a check digit, or with one digit of few.
_WEAK = frozenset({"Codabar", "Code39", "EAN-8", "ITF", "Telepen", "UPC-E", "DataBar", "DataBarLimited"})
_LONG_ENOUGH = 4
_TEXT_ENCODINGS = ("ascii", "utf-8", "shift_jis", "gb18030", "big5", "euc_kr", "iso-8859-1", "cp1252")


@dataclass(frozen=True)
class Found:
    """One code in an image, in pixels of the image."""

    symbology: str
    text: str | None
    content: bytes
    encoding: str
    polygon: tuple[Point, ...]
    orientation: int

    @property
    def key(self) -> str:
        """What two readings of one code have in common, whoever read it."""
        return gtin_of(self.symbology, self.text or "") or f"{self.symbology} {self.content!r}"


def read_codes(pixels: Any, wanted: tuple[str, ...], *, thorough: bool) -> list[Found]:
    """Return every code in an image, from top to bottom.

    Args:
        pixels: height x width x (blue, green, red).
        wanted: names of symbologies.
        thorough: tries harder, for several times as long.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    reader = _Reader(wanted)
    found = _Collection()
    found.add(reader.zxing(grey), firm=True)
    if thorough:
        for stage in _united_stages(reader, grey):
            found.add(stage)
        for stage in _last_stages(reader, grey):
            if found.codes or found.settle():
                break
            found.add(stage)
        found.settle()
        found.add(_twins(reader, grey, found.codes), firm=True)
    return sorted(found.codes, key=lambda code: (min(y for _, y in code.polygon), min(x for x, _ in code.polygon)))


def _united_stages(reader: _Reader, grey: Grey) -> Iterator[list[Found]]:
    scale = 2 if grey.size <= _ENLARGED_PIXELS else 1
    enhanced = _enhance(_enlarge(grey, scale))
    yield _shrunk(reader.zxing(enhanced, enhanced=True), scale)
    yield _shrunk(reader.zbar(enhanced), scale)


def _last_stages(reader: _Reader, grey: Grey) -> Iterator[list[Found]]:
    yield reader.zxing(_enhance(grey), enhanced=True)
    yield reader.zbar(grey)
    yield reader.zxing(grey, zxingcpp.Binarizer.GlobalHistogram)


def _twins(reader: _Reader, grey: Grey, codes: list[Found]) -> list[Found]:
    """Return further linear codes that show once those found are covered."""
    upright = [code for code in codes if code.symbology in LINEAR and (code.orientation + 10) % 180 <= 20]
    if not upright or grey.size > _TWIN_PIXELS:
        return []
    rest = _enlarge(covered(grey, [_around(code.polygon) for code in upright]), 3)
    known = {code.key for code in upright}
    return [code for code in _shrunk(reader.zxing(rest, enhanced=True), 3) if code.key in known]


def _around(polygon: tuple[Point, ...]) -> tuple[int, int, int, int]:
    across, down = [x for x, _ in polygon], [y for _, y in polygon]
    return min(across), min(down), max(across), max(down)


class _Reader:
    """Calls the libraries, for the symbologies that are wanted."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self._wanted = frozenset(wanted)
        self._formats = zxingcpp.BarcodeFormats([_FORMATS[name] for name in wanted])

    def zxing(
        self, grey: Grey, binarizer: Any = zxingcpp.Binarizer.LocalAverage, *, enhanced: bool = False
    ) -> list[Found]:
        """Read with zxing-cpp, add-ons of EAN and UPC included; on an enhanced picture only those of five digits."""
        codes = zxingcpp.read_barcodes(
            grey, formats=self._formats, binarizer=binarizer, ean_add_on_symbol=zxingcpp.EanAddOnSymbol.Read
        )
        return [self._renamed(_from_zxing(code, short_add_on=not enhanced)) for code in codes]

    def zbar(self, grey: Grey) -> list[Found]:
        """Read with zbar what it reads well: retail codes, and QR codes whose text is UTF-8."""
        names = {kind: name for kind, name in _ZBAR_NAMES.items() if name in self._wanted}
        if "pyzbar" not in globals() or not names:
            return []
        symbols = [getattr(pyzbar.ZBarSymbol, kind) for kind in names]
        readings = (_from_zbar(code, names.get(code.type)) for code in pyzbar.decode(grey, symbols=symbols))
        return [self._renamed(code) for code in readings if code is not None]

    def _renamed(self, code: Found) -> Found:
        """Call an EAN-13 that begins with zero what it is printed as, UPC-A, unless only EAN-13 is wanted."""
        if code.symbology != "EAN-13" or not (code.text or "").startswith("0") or "UPC-A" not in self._wanted:
            return code
        return replace(code, symbology="UPC-A", text=(code.text or "")[1:], content=code.content[1:])


class _Collection:
    """What was found so far, each code once.

    A weak kind, read from an enhanced picture, counts when two stages agree on it, or where there is nothing else.
    """

    def __init__(self) -> None:
        self.codes: list[Found] = []
        self._doubtful: list[Found] = []

    def add(self, codes: Iterable[Found], *, firm: bool = False) -> None:
        """Add what a stage found."""
        for code in codes:
            if any(_same_place(code, known) for known in self.codes):
                continue
            agreed = any(code.key == other.key and _same_place(code, other) for other in self._doubtful)
            if firm or code.symbology not in _WEAK or agreed:
                self.codes.append(code)
            else:
                self._doubtful.append(code)

    def settle(self) -> bool:
        """Take what is doubtful if there is nothing else; returns whether there was something to take."""
        taken = [code for code in self._doubtful if len(code.text or "") >= _LONG_ENOUGH] if not self.codes else []
        self.codes += taken[:1]
        return bool(taken)


def _same_place(one: Found, other: Found) -> bool:
    """Whether the middle of either lies within the other: a code is in one place only."""
    return _holds(one.polygon, _middle(other.polygon)) or _holds(other.polygon, _middle(one.polygon))


def _holds(polygon: tuple[Point, ...], point: tuple[float, float]) -> bool:
    contour = cv2.convexHull(np.array(polygon, np.float32))
    # A line is as good a place as an area: linear codes may be found along one.
    return bool(cv2.pointPolygonTest(contour, point, measureDist=True) >= -8)


def _middle(polygon: tuple[Point, ...]) -> tuple[float, float]:
    return sum(x for x, _ in polygon) / len(polygon), sum(y for _, y in polygon) / len(polygon)


def _from_zxing(code: Any, *, short_add_on: bool) -> Found:
    corners = code.position
    points = (corners.top_left, corners.top_right, corners.bottom_right, corners.bottom_left)
    text, encoding = _text_of(code)
    content = code.bytes
    if _FORMATS_OF_GOODS & {code.format}:
        text = _number(code, short_add_on=short_add_on)
        content = text.encode()
    return Found(
        symbology=_NAMES.get(int(code.format), str(code.format)),
        text=text,
        content=content,
        encoding=encoding,
        polygon=tuple((point.x, point.y) for point in points),
        orientation=code.orientation % 360,
    )


def _number(code: Any, *, short_add_on: bool) -> str:
    """Return the number of an EAN or UPC as it is printed, and behind a space its add-on.

    Two digits have hardly a check: an enhanced picture shows some that are not there.
    """
    extra = code.extra or {}
    add_on = str(extra.get("EanAddOn", ""))
    number = str(extra.get("UPCE") or code.text.removesuffix(add_on))
    return f"{number} {add_on}" if len(add_on) == 5 or (add_on and short_add_on) else number


def _text_of(code: Any) -> tuple[str | None, str]:
    if code.content_type in (zxingcpp.ContentType.Binary, zxingcpp.ContentType.UnknownECI):
        return None, "binary"
    text = code.text
    plain = code.bytes
    if code.content_type != zxingcpp.ContentType.Text:
        return text, _encoding(plain, None)
    return text, _encoding(plain, text)


def _encoding(content: bytes, text: str | None) -> str:
    """Return the first encoding in which the bytes are the text; ``mixed`` where several are."""
    for name in _TEXT_ENCODINGS:
        try:
            decoded = content.decode(name)
        except UnicodeDecodeError:
            continue
        if text is None or decoded == text:
            return name
    return "mixed"


def _from_zbar(code: Any, symbology: str | None) -> Found | None:
    try:
        text = code.data.decode("utf-8")
    except UnicodeDecodeError:
        return None  # zbar guesses encodings, and wrongly: another stage may do better
    if symbology is None:
        return None
    points = tuple((point.x, point.y) for point in code.polygon)
    turned = {"RIGHT": 90, "DOWN": 180, "LEFT": 270}.get(str(code.orientation), 0)
    return Found(symbology, text, text.encode(), _encoding(code.data, text), points, turned)


def _shrunk(codes: list[Found], scale: int) -> list[Found]:
    return [replace(code, polygon=tuple((x // scale, y // scale) for x, y in code.polygon)) for code in codes]


def _enlarge(grey: Grey, scale: int) -> Grey:
    return grey if scale == 1 else cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def _enhance(grey: Grey) -> Grey:
    return cv2.createCLAHE(clipLimit=3, tileGridSize=(8, 8)).apply(grey)
