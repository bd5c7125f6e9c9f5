"""Collected cases that lie beside the repository, where they are available."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_REPOSITORY = Path(__file__).resolve().parents[5]
VARIABLE = "CODERUNNER_SHARED"


def corpus_path(*parts: str) -> Path:
    """Return the path of a file or folder of the corpus; skip the test where there is none."""
    folder = Path(os.environ.get(VARIABLE) or _REPOSITORY.parent / "shared")
    path = folder.joinpath("corpus", *parts)
    if not path.exists():
        pytest.skip(
            f"{'/'.join(parts)} is not here: put the corpus beside the repository or name it in {VARIABLE}"
        )
    return path


def corpus(*parts: str) -> list[dict[str, Any]]:
    """Return the rows of a JSON lines file of the corpus; skip the test where there is none."""
    return [json.loads(line) for line in corpus_path(*parts).read_text(encoding="utf-8").splitlines()]
