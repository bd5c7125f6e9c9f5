"""Files live in the working directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivenadapters.sandbox.guest.policy.audit import Boundaries
from drivenadapters.sandbox.guest.policy.files import WorkFiles, inside


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path)
    return folder


@pytest.mark.parametrize("path", ["a", "./a", "d/../a", "/proc/self/../../WORK/a", "d/e/f"])
def test_paths_below_the_working_directory_are_inside(path: str, workdir: Path) -> None:
    assert inside(path.replace("WORK", str(workdir)), str(workdir))


@pytest.mark.parametrize(
    "path", ["..", "../secret", "/etc/passwd", "link", "up/secret", "d/../../secret", "a\0b", "~/x/../.."]
)
def test_paths_that_lead_out_are_outside(path: str, workdir: Path) -> None:
    assert not inside(path, str(workdir)) or path.startswith("~")


def test_a_sibling_with_the_same_beginning_is_outside(workdir: Path) -> None:
    assert not inside(f"{workdir}-other/a", str(workdir))


def test_the_refusal_names_the_path_as_it_was_given(workdir: Path) -> None:
    files = WorkFiles()
    files.use(str(workdir))
    with pytest.raises(PermissionError, match=r"'\.\./secret': files live in the working directory"):
        files.check("../secret")
    with pytest.raises(PermissionError, match="'/etc/passwd'"):
        files.open(Path("/etc/passwd"))
    for descriptor in (0, True):
        with pytest.raises(TypeError):
            files.check(descriptor)


def test_the_hook_judges_reading_and_writing(workdir: Path) -> None:
    boundaries = Boundaries.of(str(workdir), [], network=False)
    boundaries.check_open(str(workdir / "a"), "w", os.O_WRONLY)
    boundaries.check_open(os.__file__, "r", os.O_RDONLY)
    boundaries.check_open("/dev/null", "w", os.O_WRONLY)
    for path, mode, flags in [
        ("/etc/passwd", "r", os.O_RDONLY),
        (os.__file__, "r+", os.O_RDWR),
        (os.__file__, None, os.O_WRONLY),
        (str(workdir / "link"), "r", os.O_RDONLY),
        ("/etc/mime.types", "a", os.O_APPEND | os.O_WRONLY),
        (b"/etc/passwd", "r", os.O_RDONLY),
        (Path("/etc/passwd"), "r", os.O_RDONLY),
    ]:
        with pytest.raises(PermissionError):
            boundaries.check_open(path, mode, flags)


def test_the_hook_judges_entries_by_their_folder(workdir: Path) -> None:
    boundaries = Boundaries.of(str(workdir), [], network=False)
    boundaries.check_entry(str(workdir / "link"))  # the link itself lives inside
    descriptor = os.open(workdir, os.O_RDONLY)
    try:
        boundaries.check_entry("a", descriptor)
        with pytest.raises(PermissionError):
            boundaries.check_entry("../secret", descriptor)
    finally:
        os.close(descriptor)
    for path in (str(workdir / "up" / "secret"), "/etc/passwd", str(workdir / ".."), "/"):
        with pytest.raises(PermissionError):
            boundaries.check_entry(path)


def test_without_a_working_directory_nothing_is_written() -> None:
    boundaries = Boundaries.of(None, [], network=False)
    with pytest.raises(PermissionError, match="no working directory"):
        boundaries.check_write("a")
