"""One library called directly on images, in a process of its own; prints what it cost as JSON.

``direct.py ENGINE FILE...``: the first file is read twice, and counts the second time, when everything is loaded.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Read = Callable[[str], str]


def rapidocr() -> Read:
    """Return RapidOCR as its documentation has it, without the classifier of lines."""
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.use_cls": False, "Global.log_level": "critical"})

    def read(path: str) -> str:
        return "\n".join(engine(_pixels(path)).txts or ())

    return read


def tesseract() -> Read:
    """Return Tesseract's command, which most bindings start as well."""

    def read(path: str) -> str:
        languages = "chi_sim+chi_tra+eng" if Path(path).name.startswith(("zh_", "mdp_zh")) else "eng"
        command = ["tesseract", path, "-", "-l", languages]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    return read


def zxingcpp() -> Read:
    """Return zxing-cpp with its defaults."""
    import zxingcpp

    return lambda path: "\n".join(code.text for code in zxingcpp.read_barcodes(_pixels(path)))


def pyzbar() -> Read:
    """Return pyzbar with its defaults."""
    from PIL import Image
    from pyzbar import pyzbar

    return lambda path: "\n".join(code.data.decode("utf-8", "replace") for code in pyzbar.decode(Image.open(path)))


def _pixels(path: str) -> Any:
    import numpy as np
    from PIL import Image

    with Image.open(path) as image:
        return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def main(engine: str, files: list[str]) -> None:
    """Read the files and print seconds and text of each, and the peak of memory."""
    started = time.monotonic()
    read: Read = globals()[engine]()
    read(files[0])
    first = time.monotonic() - started
    results = []
    for file in files:
        begun = time.monotonic()
        text = read(file)
        results.append({"file": file, "seconds": time.monotonic() - begun, "text": text})
    own, started_by = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({"first": first, "peak_mb": max(own, started_by) / 1024, "results": results}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
