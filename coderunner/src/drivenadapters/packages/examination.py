"""The look at what was installed, before it becomes a set: run as a program of its own, confined.

``python -I examination.py FOLDER FINAL [PART PARTS]``: with two arguments, refuse what has no
business in a wheel, remove what would take effect by itself, print what there is as JSON, and
compile the sources if they are few; with four, compile one part of the sources. Files of
strangers are read here, and none is run.
"""

from __future__ import annotations

import csv
import importlib.metadata
import json
import os
import py_compile
import resource
import shutil
import stat
import sys
import sysconfig
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from sandboxkit.confinement import Confinement, Prepared

# Take effect at the start of an interpreter, without being asked for; workers start with -S, and do not look.
_UNASKED = ("sitecustomize", "usercustomize")
_CACHE = "__pycache__"
_LARGEST_FILE = 4 << 20
_MOST_REQUIREMENTS = 1000
_LONGEST_SOURCE = 8 << 20
_MEMORY_BYTES = 2 << 30
FEW_SOURCES = 300


class Refused(Exception):
    """The folder holds what no wheel should; the text says what."""


def main(arguments: list[str]) -> int:
    """Examine or compile; returns the exit status."""
    folder, final = Path(arguments[0]), arguments[1]
    confine(folder)
    try:
        if len(arguments) > 2:
            compile_part(folder, final, int(arguments[2]), int(arguments[3]))
        else:
            found = examine(folder)
            if found["sources"] <= FEW_SOURCES:
                compile_part(folder, final, 0, 1)
            tell(found)
    except Refused as reason:
        tell({"refused": str(reason)})
    return 0


def tell(answer: dict[str, Any]) -> None:
    """Give the answer to the service."""
    sys.stdout.write(json.dumps(answer) + "\n")


def confine(folder: Path) -> None:
    """Give up everything but reading the interpreter and writing the folder, for good."""
    paths = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), f"{sys.base_prefix}/lib", "/usr/lib")
    spec = Confinement(read_only=tuple(filter(None, paths)), file_bytes=1 << 30, open_files=256)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    prepared = Prepared(spec, become_user=False)
    prepared.share()
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    rules = prepared.grant(descriptor)
    prepared.apply(rules)


def examine(folder: Path) -> dict[str, Any]:
    """Clean the folder and return its distributions, and the number of its sources."""
    refuse_oddities(folder)
    remove_unasked(folder)
    distributions = [describe(folder, item) for item in sorted(folder.glob("*.dist-info"))]
    return {"distributions": distributions, "sources": sum(1 for _ in sources_of(folder))}


def refuse_oddities(folder: Path) -> None:
    """Raise Refused for anything but files and folders."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            mode = os.lstat(path).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise Refused(f"a package holds a link or a special file: {os.path.relpath(path, folder)}")


def remove_unasked(folder: Path) -> None:
    """Remove what would run by itself, programs, and compiled code that nobody can compare with its source."""
    for path in list(folder.iterdir()):
        if path.name in ("bin", "Scripts", _CACHE) and path.is_dir():
            shutil.rmtree(path)
        elif path.is_file() and (path.suffix == ".pth" or path.name.partition(".")[0] in _UNASKED):
            path.unlink()
        elif path.name in _UNASKED and path.is_dir():
            shutil.rmtree(path)
        elif path.name == ".lock":
            path.unlink()
    for cache in list(folder.rglob(_CACHE)):
        shutil.rmtree(cache)


def describe(folder: Path, info: Path) -> dict[str, object]:
    """Return name, version, import names and requirements of one distribution."""
    check_size(info / "METADATA")
    metadata = importlib.metadata.PathDistribution(info).metadata
    name, version = metadata["Name"], metadata["Version"]
    try:
        normal = str(Version(version or ""))
    except InvalidVersion:
        raise Refused(f"a package has no version that is one: {info.name}") from None
    if not name:
        raise Refused(f"a package has no name: {info.name}")
    requires = (metadata.get_all("Requires-Dist") or [])[:_MOST_REQUIREMENTS]
    return {
        "name": canonicalize_name(name),
        "version": normal,
        "modules": sorted(modules_of(folder, info)),
        "requires": [text for text in map(str, requires) if is_requirement(text)],
    }


def check_size(file: Path) -> None:
    """Raise Refused for a file that is missing or larger than such a file ever is."""
    if not file.is_file() or file.stat().st_size > _LARGEST_FILE:
        raise Refused(f"{file.parent.name} has no {file.name}, or a huge one")


def is_requirement(text: str) -> bool:
    """Whether a text is a requirement (PEP 508)."""
    try:
        Requirement(text)
    except ValueError:
        return False
    return True


def modules_of(folder: Path, info: Path) -> set[str]:
    """Return the top-level import names of a distribution, from the list of its files."""
    record = info / "RECORD"
    check_size(record)
    with record.open(newline="", encoding="utf-8", errors="replace") as lines:
        paths = [row[0] for row in csv.reader(lines) if row]
    names = {name for name in map(module_of, paths) if name}
    return {name for name in names if is_there(folder, name)}


def module_of(path: str) -> str:
    """Return the top-level name that a file of a distribution is imported by; empty for none."""
    head, slash, _ = path.replace("\\", "/").partition("/")
    if slash:
        return head if head.isidentifier() and is_code(path) else ""
    return stem(head) if is_code(head) else ""


def is_code(path: str) -> bool:
    """Whether Python imports a file of this name."""
    return path.endswith((".py", ".pyc", *EXTENSION_SUFFIXES)) and f"{_CACHE}/" not in path


def stem(name: str) -> str:
    """Return the module's name of a file."""
    found = name.partition(".")[0]
    return found if found.isidentifier() else ""


def is_there(folder: Path, name: str) -> bool:
    """Whether the module is really in the folder."""
    files = (f"{name}{suffix}" for suffix in (".py", ".pyc", *EXTENSION_SUFFIXES))
    return (folder / name).is_dir() or any((folder / file).is_file() for file in files)


def sources_of(folder: Path) -> Iterator[Path]:
    """Yield what is worth compiling: nobody imports test suites."""
    for path in folder.rglob("*.py"):
        if not {"tests", "test"} & set(path.relative_to(folder).parts):
            yield path


def compile_part(folder: Path, final: str, part: int, parts: int) -> None:
    """Write the bytecode of every ``parts``-th source: the sandbox may not, and would compile in every run."""
    for source in sorted(sources_of(folder))[part::parts]:
        shown = os.path.join(final, source.relative_to(folder))
        if source.stat().st_size > _LONGEST_SOURCE:
            continue
        try:
            # Sets never change, so bytecode need not be compared with its source.
            mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
            py_compile.compile(str(source), dfile=shown, doraise=True, invalidation_mode=mode, quiet=2)
        except (py_compile.PyCompileError, ValueError, RecursionError, MemoryError, OSError):
            continue  # Python will say what is wrong with it to whoever imports it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
