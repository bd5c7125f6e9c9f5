"""What reading a file may cost; each limit is a setting of the service and is named when it is passed."""

from __future__ import annotations

from dataclasses import dataclass

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The limits; a field's name is the setting's, in small letters.

    Attributes:
        max_archive_entries: files inside an office file.
        max_archive_ratio: times that a part of an office file may grow when it is unpacked.
        max_unpacked_mb: MiB of all of them, unpacked.
        max_pages: of a document that has pages.
        max_cells: of a sheet, empty ones between the first and the last included.
        max_image_megapixels: of an image.
        max_text_mb: MiB of a file that is text.
        max_extract_mb: MiB of an answer.
        max_extract_images: taken out of one file.
    """

    max_archive_entries: int = 10_000
    max_archive_ratio: int = 250
    max_unpacked_mb: int = 512
    max_pages: int = 5_000
    max_cells: int = 5_000_000
    max_image_megapixels: float = 100
    max_text_mb: int = 64
    max_extract_mb: int = 64
    max_extract_images: int = 500

    def check(self, name: str, amount: float, what: str, unit: str = "") -> None:
        """Refuse what is over a limit.

        Args:
            name: of the field.
            amount: in the field's unit.
            what: the thing that is too large, to go before "has".
            unit: for the message.

        Raises:
            TaskFailed: it is; the message names the setting.
        """
        most = getattr(self, name)
        if amount > most:
            raise TaskFailed(
                FailureKind.TOO_LARGE, f"{what}: {_round(amount)}{unit}, at most {most}{unit} ({name.upper()})"
            )

    def check_bytes(self, name: str, amount: int, what: str) -> None:
        """Refuse what is over a limit in MiB; the amount is in bytes."""
        self.check(name, amount / _MEBIBYTE, what, " MiB")


def _round(amount: float) -> str:
    return f"{amount:.1f}".removesuffix(".0") if amount < 10_000 else f"{amount:.0f}"
