"""Fonts of charts: matplotlib's own, and one with Chinese, Japanese and Korean where the machine has it."""

from __future__ import annotations

from pathlib import Path

from matplotlib import font_manager, rcParams

_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
_KNOWN = (
    "NotoSansCJK-Regular", "NotoSansCJKsc-Regular", "NotoSansSC-Regular", "SourceHanSansSC-Regular", "wqy-microhei",
    "wqy-zenhei", "DroidSansFallbackFull", "NotoSansCJK",
)  # fmt: skip


def set_up_fonts() -> bool:
    """Set the fonts of all charts; returns whether one of them has CJK characters."""
    families = ["DejaVu Sans"]
    found = _find()
    if found is not None:
        font_manager.fontManager.addfont(found)
        families.append(font_manager.FontProperties(fname=found).get_name())
    rcParams["font.family"] = families
    rcParams["axes.unicode_minus"] = False
    rcParams["text.parse_math"] = False  # a dollar sign in a name is a dollar sign
    rcParams["svg.fonttype"] = "path"
    return found is not None


def _find() -> str | None:
    files = [
        path
        for folder in _FOLDERS
        for path in Path(folder).rglob("*")
        if path.suffix.lower() in (".ttc", ".otf", ".ttf")
    ]
    for name in _KNOWN:
        for path in files:
            if path.stem.lower().startswith(name.lower()):
                return str(path)
    return None


def needs_cjk(text: str) -> bool:
    """Whether text has characters of Chinese, Japanese or Korean."""
    return any(
        "\u2e80" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af" or "\uf900" <= character <= "\ufaff"
        for character in text
    )
