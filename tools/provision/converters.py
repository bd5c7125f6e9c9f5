"""What dataflowtools converts documents with, beyond its packages: LibreOffice, text layout, fonts of East Asia."""

from pathlib import Path

from provision.console import say
from provision.debian import install_debian_packages

_LIBRARY_FOLDERS = ("/usr/lib", "/usr/lib64", "/lib", "/usr/local/lib", "/opt")
# What is looked for below the folders, the packages that bring it, and what it is for.
_OFFICE = ("libreoffice*/program/libmergedlo.so", "libreoffice*/program/libsofficeapp.so")
_NEEDS = (
    (_OFFICE, ("libreoffice-writer-nogui", "libreoffice-calc-nogui"), "old Office formats, and PDF of Office files"),
    (("libpango-1.0.so.0", "*/libpango-1.0.so.0"), ("libpango-1.0-0",), "PDF of HTML, Markdown and tables"),
    (("libpangoft2-1.0.so.0", "*/libpangoft2-1.0.so.0"), ("libpangoft2-1.0-0",), "PDF of HTML, Markdown and tables"),
)
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
_FONTS = ("*CJK*", "*wqy*", "*SourceHan*", "*uming*", "*ukai*")
_FONT_PACKAGE = "fonts-noto-cjk"


def provide_converters(stamp: Path) -> None:
    """Install what is missing where rights and network allow, otherwise say what will not work; never fails.

    Args:
        stamp: a file that remembers that it was not possible, so that no later start waits for it again.
    """
    missing = _missing()
    if not missing:
        return
    names = " ".join(missing)
    if not stamp.exists():
        say(f"installing {names} (about 400 MB; minutes on a slow line)")
        if install_debian_packages(*missing):
            return
        _remember(stamp, names)
    purposes = "; ".join(dict.fromkeys(missing.values()))
    say(f"note: without {names} some conversions are unavailable ({purposes}); Debian and Ubuntu: apt-get install them")


def _missing() -> dict[str, str]:
    """Return the packages that are missing, with what each is for."""
    found: dict[str, str] = {}
    for patterns, packages, purpose in _NEEDS:
        if not _is_there(patterns):
            found |= dict.fromkeys(packages, purpose)
    return found if _has_fonts() else {**found, _FONT_PACKAGE: "Chinese, Japanese and Korean in PDF"}


def _is_there(patterns: tuple[str, ...]) -> bool:
    folders = [Path(folder) for folder in _LIBRARY_FOLDERS]
    return any(True for folder in folders for pattern in patterns for _ in folder.glob(pattern))


def _has_fonts() -> bool:
    return any(True for folder in _FONT_FOLDERS for pattern in _FONTS for _ in Path(folder).rglob(pattern))


def _remember(stamp: Path, names: str) -> None:
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(f"{names}\n", encoding="utf-8")
    except OSError:
        pass  # then the next start tries again
