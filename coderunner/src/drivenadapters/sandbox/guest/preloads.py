"""What each flavour of worker has imported and exercised before a job arrives."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterable

from sandboxkit import font_list

from . import figures

_STANDARD = (
    "abc array ast asyncio base64 bisect calendar cmath collections collections.abc concurrent.futures "
    "contextlib copy csv dataclasses datetime decimal difflib email.message enum fractions functools "
    "gzip hashlib heapq hmac html html.parser inspect io itertools json logging math numbers operator "
    "pathlib pprint random re secrets shutil statistics string struct tempfile textwrap threading time "
    "traceback types typing unicodedata urllib.parse uuid warnings xml.etree.ElementTree zipfile zlib "
    "zoneinfo _strptime"
)
_DATA = "numpy numpy.random numpy.linalg numpy.fft pandas pandas.io.formats.format dateutil.parser pytz"
_FULL = (
    "matplotlib matplotlib.pyplot PIL.Image PIL.ImageDraw PIL.ImageFont PIL.PngImagePlugin openpyxl docx "
    "lxml.etree lxml.html yaml jinja2 requests httpx bs4 tabulate seaborn scipy.stats "
    "cv2 fitz pdfplumber pyzbar.pyzbar sklearn.linear_model sklearn.preprocessing sklearn.model_selection "
    "sklearn.cluster sympy"
)

FLAVOURS = ("light", "data", "full")
_MODULES = {"light": (_STANDARD,), "data": (_STANDARD, _DATA), "full": (_STANDARD, _DATA, _FULL)}


def preload(flavour: str, leave_out: frozenset[str] = frozenset()) -> None:
    """Import the modules of a flavour; what is not installed, or to be left out, is not.

    ``leave_out`` has top-level names: of packages that an environment replaces, and of those
    that would find others in it than now.
    """
    with font_list.at_hand():
        for names in _MODULES[flavour]:
            _import_all(name for name in names.split() if name.partition(".")[0] not in leave_out)
    if flavour == "full" and "matplotlib" in sys.modules:
        figures.prepare()
    exercise(flavour)


def packages(flavour: str) -> tuple[str, ...]:
    """Return the modules that a flavour imports beyond the standard library, in that order."""
    return tuple(name for names in _MODULES[flavour][1:] for name in names.split())


def exercise(flavour: str) -> None:
    """Use the libraries once, so that what they load late is loaded."""
    if flavour != "light" and "pandas" in sys.modules:
        _exercise_pandas()


def _import_all(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _exercise_pandas() -> None:
    import pandas as pd

    # What nearly every table program does, and no more: a worker pays for every page it touches. With this a groupby
    # of a few rows takes 2.8 ms of its job's time, without 4.5.
    frame = pd.DataFrame({"key": ["a", "a"], "value": [1, 2]})
    frame.groupby("key")["value"].agg(["sum", "mean"]).to_dict()


def reseed() -> None:
    """Give this process random numbers of its own: the fork server's state is shared."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
