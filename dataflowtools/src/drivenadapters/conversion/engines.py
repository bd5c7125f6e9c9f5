"""What there is to convert with on this machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from drivenadapters.conversion import office, pandoc, writing
from drivenadapters.conversion.guest.office_profile import installed_version
from drivenadapters.documents.guest import conversions as declared
from drivenadapters.workers.specification import WorkerKind
from logics.conversions import Engine

_OWN = (declared.TABLES, declared.FOUND, declared.VALUES, declared.EXTRACT, declared.PLAIN, declared.ROWS)
_OWN_VERSION = "1"  # raised when the code of these writes something else
_NO_OFFICE = (
    "LibreOffice is not installed; Debian and Ubuntu: "
    "apt-get install --no-install-recommends libreoffice-writer-nogui libreoffice-calc-nogui fonts-noto-cjk"
)
_NO_PANDOC = "pandoc is not installed: the package pypandoc-binary carries it"
_NO_WEASYPRINT = "WeasyPrint is not installed among the workers' packages"
_NO_PANGO = (
    "WeasyPrint lacks {} of the system; Debian and Ubuntu: "
    "apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk"
)


@dataclass(frozen=True)
class Installed:
    """Programs and libraries that were found, by engine; what is missing has a reason instead.

    Attributes:
        office, pandoc: where the programs are; None without.
        engines: all that a kind of file may name.
    """

    office: Path | None
    pandoc: Path | None
    engines: tuple[Engine, ...]

    def replaced(self, engines: tuple[Engine, ...]) -> Installed:
        """Return the same with other words about the engines."""
        return replace(self, engines=engines)

    def kinds(self) -> tuple[WorkerKind, ...]:
        """Return the kinds of workers that run them."""
        missing = {engine.name for engine in self.engines if engine.missing}
        kinds = [writing.writing_kind(printing=declared.WEASYPRINT not in missing)]
        if self.office is not None:
            kinds.append(office.office_kind(self.office))
        if self.pandoc is not None:
            kinds.append(pandoc.pandoc_kind(self.pandoc))
        return tuple(kinds)


def find_engines(packages: tuple[str, ...], office_program: Path | None = None) -> Installed:
    """Look for everything that converts.

    Args:
        packages: folders of the workers' packages.
        office_program: LibreOffice's folder ``program``; None for the usual places.
    """
    suite = office.find_office(office_program)
    markup = pandoc.find_pandoc(packages)
    engines = [Engine(name, _OWN_VERSION) for name in _OWN]
    version = installed_version(suite) if suite else ""
    engines.append(Engine(declared.LIBREOFFICE, version, "" if suite else _NO_OFFICE))
    carried = writing.package_version(packages, "pypandoc-binary")
    engines.append(Engine(declared.PANDOC, carried) if markup else Engine(declared.PANDOC, "", _NO_PANDOC))
    engines.append(_weasyprint(packages))
    return Installed(suite, markup, tuple(engines))


def _weasyprint(packages: tuple[str, ...]) -> Engine:
    version = writing.package_version(packages, "weasyprint")
    if not version:
        return Engine(declared.WEASYPRINT, "", _NO_WEASYPRINT)
    library = writing.missing_layout_library()
    return Engine(declared.WEASYPRINT, version, _NO_PANGO.format(library) if library else "")
