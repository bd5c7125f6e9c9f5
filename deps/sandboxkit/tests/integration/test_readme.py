"""The README's example, as its reader would run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from hostile import specs

_README = Path(__file__).resolve().parents[2] / "README.md"


def _block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", _README.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_example_prints_what_the_readme_says(scratch: Path) -> None:
    example = scratch / "example.py"
    example.write_text(_block("python"))
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(example)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(specs.SOURCE), "PATH": os.defpath, "TMPDIR": str(scratch)},
    )
    assert ended.stderr == ""
    assert ended.stdout == _block("text")
