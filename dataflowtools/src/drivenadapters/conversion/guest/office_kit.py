"""LibreOffice inside the worker's own process, by the C interface of LibreOfficeKit.

Source: ``include/LibreOfficeKit/LibreOfficeKit.h``; the order of the functions in its structures is its promise of
compatibility. No program is started and no socket opened, so that the confinement need not allow either, and what
breaks LibreOffice breaks one worker that is used once anyway.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_LIBRARIES = ("libmergedlo.so", "libsofficeapp.so")
_HOOK = "libreofficekit_hook_2"
_POINTER = ctypes.c_void_p


class _OfficeClass(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_size_t),
        ("destroy", _POINTER),
        ("document_load", _POINTER),
        ("get_error", ctypes.CFUNCTYPE(_POINTER, _POINTER)),
        ("document_load_with_options", _POINTER),
        ("free_error", ctypes.CFUNCTYPE(None, _POINTER)),
        ("register_callback", _POINTER),
        ("get_filter_types", _POINTER),
        ("set_optional_features", _POINTER),
        ("set_document_password", _POINTER),
        ("get_version_info", _POINTER),
        ("run_macro", ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_char_p)),
    )


class _Office(ctypes.Structure):
    _fields_ = (("functions", ctypes.POINTER(_OfficeClass)),)


class OfficeKit:
    """LibreOffice, loaded but not begun.

    Args:
        program: its folder ``program``.

    Raises:
        OSError: it is not there, or lacks a library that it needs.
    """

    def __init__(self, program: Path) -> None:
        self._program = program
        name = next((name for name in _LIBRARIES if (program / name).is_file()), _LIBRARIES[0])
        self._library = ctypes.CDLL(str(program / name))
        self._office: int | None = None

    def begin(self, profile: Path) -> None:
        """Start LibreOffice with a profile; once in a process, which should end by ``_exit``.

        Raises:
            OSError: it does not start.
        """
        os.environ["SAL_USE_VCLPLUGIN"] = "svp"  # drawing without a display
        hook = getattr(self._library, _HOOK)
        hook.restype, hook.argtypes = _POINTER, [ctypes.c_char_p, ctypes.c_char_p]
        self._office = hook(os.fsencode(self._program), profile.as_uri().encode())
        if not self._office:
            raise OSError("LibreOffice does not start")

    def run_macro(self, call: str) -> str:
        """Run a macro of the profile; returns what LibreOffice complains of, or nothing."""
        functions = ctypes.cast(self._office, ctypes.POINTER(_Office)).contents.functions.contents  # type: ignore[arg-type]
        if functions.run_macro(self._office, f"macro:///{call}".encode()):
            return ""
        message = functions.get_error(self._office)
        return ctypes.string_at(message).decode("utf-8", "replace") if message else "the macro did not run"
