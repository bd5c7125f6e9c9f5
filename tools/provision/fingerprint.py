"""Telling whether what was installed is still what the files ask for."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path


def digest(files: Iterable[Path], *facts: str) -> str:
    """Return the SHA-256, in hex, of facts and of the contents of files."""
    sha = hashlib.sha256()
    for fact in facts:
        sha.update(fact.encode() + b"\0")
    for file in files:
        sha.update(file.read_bytes() + b"\0")
    return sha.hexdigest()


def requirement_files(file: Path) -> Iterator[Path]:
    """Yield a requirements file, those it includes, and the pyproject.toml of each local project it names."""
    yield file
    for line in file.read_text(encoding="utf-8").splitlines():
        option, _, rest = line.partition("#")[0].strip().partition(" ")
        if option == "-r":
            yield from requirement_files(file.parent / rest.strip())
        elif option == "-e":
            yield file.parent / rest.strip() / "pyproject.toml"
