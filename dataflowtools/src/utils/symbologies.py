"""The kinds of barcodes, by the names that requests and answers use."""

from __future__ import annotations

LINEAR = (
    "Codabar",
    "Code128",
    "Code39",
    "Code93",
    "DataBar",
    "DataBarExpanded",
    "DataBarExpandedStacked",
    "DataBarLimited",
    "DataBarStacked",
    "EAN-13",
    "EAN-8",
    "ITF",
    "Telepen",
    "UPC-A",
    "UPC-E",
)
MATRIX = ("Aztec", "DataMatrix", "MaxiCode", "MicroPDF417", "MicroQRCode", "PDF417", "QRCode", "rMQRCode")
RETAIL = ("EAN-13", "EAN-8", "UPC-A", "UPC-E")
SYMBOLOGIES = tuple(sorted(LINEAR + MATRIX, key=str.casefold))
FAMILIES = {"linear": LINEAR, "matrix": MATRIX, "retail": RETAIL}

_SPELLINGS = {name.casefold().replace("-", ""): (name,) for name in SYMBOLOGIES} | FAMILIES


def find_symbologies(name: str) -> tuple[str, ...]:
    """Return what a name stands for, however it is spelt (``ean13``, ``EAN-13``, ``QR Code``); or nothing."""
    return _SPELLINGS.get("".join(letter for letter in name.casefold() if letter.isalnum()), ())
