"""Names of files that are safe everywhere."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 255  # bytes of UTF-8, in every common file system
_FORBIDDEN = frozenset('<>:"|?*')
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # controls, direction marks, halves of pairs ...
_JOINERS = frozenset("\u200c\u200d")  # invisible, yet part of the spelling in Persian, Hindi and of emoji
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def safe_name(name: str, fallback: str = "file") -> str:
    """Return a name without folders, controls and what file systems refuse; NFC, at most 255 bytes.

    The ending survives shortening. What leaves nothing becomes the fallback.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    visible = "".join(_visible(character) for character in last).strip(" .")
    if not visible:
        return fallback
    if visible.partition(".")[0].lower() in _DEVICES:
        visible = f"_{visible}"
    return _shortened(visible)


def _visible(character: str) -> str:
    if character in _FORBIDDEN:
        return "_"
    if character in _JOINERS:
        return character
    return "" if unicodedata.category(character) in _UNSEEN else character


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 32:
        stem, dot, ending = name, "", ""
    room = LONGEST_NAME - len(f"{dot}{ending}".encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + ending
