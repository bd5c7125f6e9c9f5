"""The model in the source tree is the one that its licence note speaks of."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from drivenadapters import ocr

FOLDER = Path(ocr.__file__).parent / "models"


def test_the_models_have_the_digests_that_are_written_down() -> None:
    models = list(FOLDER.glob("*.onnx"))
    noted = set(re.findall(r"`([0-9a-f]{64})`", (FOLDER / "README.md").read_text(encoding="utf-8")))
    assert models
    assert {hashlib.sha256(model.read_bytes()).hexdigest() for model in models} == noted
