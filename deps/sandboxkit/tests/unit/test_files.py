"""Files go into a work folder and come out of it, whatever a stranger made of it meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandboxkit import files, trees
from sandboxkit.files import Collection, CollectLimits, InputFile


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "work").mkdir()
    descriptor = os.open(tmp_path / "work", os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work"


def _stage(folder: int, **contents: bytes) -> files.Manifest:
    return files.stage(
        folder, tuple(InputFile(name, content) for name, content in contents.items()), os.getuid(), os.getgid()
    )


def _collect(folder: int, staged: files.Manifest | None = None, **limits: int) -> Collection:
    return files.collect(folder, staged or {}, CollectLimits(**limits))


def _names(collection: Collection) -> list[str]:
    return [file.name for file in collection.files]


def test_inputs_are_written_for_their_owner_alone(folder: int, path: Path) -> None:
    _stage(folder, a=b"one", b=b"two")
    assert (path / "a").read_bytes() == b"one"
    assert (path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/b", "/a", "a\0b"])
def test_an_input_whose_name_is_no_plain_file_name_is_refused(folder: int, path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a plain file name"):
        files.stage(folder, (InputFile(name, b"x"),), 0, 0)
    assert list(path.parent.rglob("*")) == [path]


def test_a_name_taken_twice_is_refused(folder: int) -> None:
    with pytest.raises(FileExistsError):
        files.stage(folder, (InputFile("a", b"1"), InputFile("a", b"2")), os.getuid(), os.getgid())


def test_an_input_does_not_follow_a_link(folder: int, path: Path) -> None:
    (path / "a").symlink_to(path.parent / "outside")
    with pytest.raises(OSError, match="File exists"):
        _stage(folder, a=b"x")
    assert not (path.parent / "outside").exists()


def test_unchanged_inputs_are_left_out_and_changed_ones_are_not(folder: int, path: Path) -> None:
    staged = _stage(folder, same=b"1", longer=b"2", other=b"3", replaced=b"4")
    (path / "longer").write_bytes(b"22")
    with open(path / "other", "r+b") as file:
        file.write(b"x")
    (path / "new").write_bytes(b"4")
    (path / "new").rename(path / "replaced")
    collection = _collect(folder, staged)
    assert {file.name: file.content for file in collection.files} == {"longer": b"22", "other": b"x", "replaced": b"4"}
    assert collection.left_out == []


def test_outputs_come_in_the_order_of_their_names_with_their_folders(folder: int, path: Path) -> None:
    for name in ("b", "a/z", "a/b/c", "c"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(name)
    assert _names(_collect(folder)) == ["a/b/c", "a/z", "b", "c"]


def test_an_empty_folder_gives_nothing(folder: int) -> None:
    assert _collect(folder) == Collection()


def test_links_are_never_followed(folder: int, path: Path) -> None:
    (path.parent / "secret").write_text("secret")
    (path.parent / "more").mkdir()
    (path.parent / "more" / "inside").write_text("secret")
    (path / "file").symlink_to(path.parent / "secret")
    (path / "folder").symlink_to(path.parent / "more")
    (path / "loop").symlink_to("loop")
    (path / "self").symlink_to(".")
    assert _collect(folder) == Collection()


def test_a_collection_never_waits_for_a_pipe(folder: int, path: Path) -> None:
    os.mkfifo(path / "pipe")
    (path / "real").write_text("x")
    done: list[Collection] = []
    worker = threading.Thread(target=lambda: done.append(_collect(folder)), daemon=True)
    worker.start()
    worker.join(5)
    assert _names(done[0]) == ["real"]


def test_a_sparse_file_counts_with_its_full_size_and_is_not_read(folder: int, path: Path) -> None:
    with open(path / "sparse", "wb") as file:
        file.truncate(1 << 40)
    (path / "small").write_bytes(b"x")
    collection = _collect(folder, total_bytes=1000)
    assert _names(collection) == ["small"]
    assert collection.left_out == [("sparse", "more than 1000 bytes in all")]


def test_all_files_together_stay_within_the_total(folder: int, path: Path) -> None:
    for name in "abcd":
        (path / name).write_bytes(b"x" * 40)
    collection = _collect(folder, total_bytes=100)
    assert _names(collection) == ["a", "b"]
    assert [name for name, _ in collection.left_out] == ["c", "d"]


def test_no_more_files_than_the_limit_are_taken(folder: int, path: Path) -> None:
    for number in range(10):
        (path / str(number)).write_bytes(b"x")
    collection = _collect(folder, files=4)
    assert _names(collection) == ["0", "1", "2", "3"]
    assert collection.left_out == [("4", "more than 4 files")]


def test_as_many_files_as_the_limit_leave_nothing_out(folder: int, path: Path) -> None:
    staged = _stage(folder, unchanged=b"x")
    for number in range(4):
        (path / str(number)).write_bytes(b"x")
    (path / "zlink").symlink_to("0")
    assert _collect(folder, staged, files=4).left_out == []


def test_what_is_nested_too_deep_is_named_and_not_entered(folder: int, path: Path) -> None:
    (path / "a/b/c").mkdir(parents=True)
    (path / "a/b/c/deep").write_text("x")
    (path / "a/b/shallow").write_text("x")
    collection = _collect(folder, depth=2)
    assert _names(collection) == ["a/b/shallow"]
    assert collection.left_out == [("a/b/c", "nested too deep")]


def test_names_that_are_no_utf8_come_out_readable(folder: int, path: Path) -> None:
    (Path(os.fsdecode(bytes(path) + b"/\xff\xfename"))).write_bytes(b"x")
    (path / "名字.txt").write_bytes(b"y")
    collection = _collect(folder)
    assert sorted(_names(collection)) == sorted(["\ufffd\ufffdname", "名字.txt"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_is_named(folder: int, path: Path) -> None:
    (path / "locked").mkdir(0o000)
    (path / "file").touch(0o000)
    assert _collect(folder).left_out == [("file", "not readable"), ("locked", "not readable")]
    (path / "locked").chmod(0o700)


def test_usage_counts_files_and_folders_at_every_depth(folder: int, path: Path) -> None:
    (path / "a/b").mkdir(parents=True)
    (path / "a/b/file").write_bytes(b"x" * 100_000)
    used, entries = files.usage(folder, 100)
    assert 100_000 <= used < 150_000
    assert entries == 3


def test_usage_stops_counting_beyond_the_limit(folder: int, path: Path) -> None:
    for number in range(30):
        (path / str(number)).touch()
    assert files.usage(folder, 10)[1] == 11


def test_usage_of_what_is_nested_too_deep_is_over_every_limit(folder: int, path: Path) -> None:
    (path / "/".join("d" * 10)).mkdir(parents=True)
    assert files.usage(folder, 100, depth=5)[1] == 101


def test_a_sparse_file_uses_what_it_occupies(folder: int, path: Path) -> None:
    with open(path / "sparse", "wb") as file:
        file.truncate(1 << 30)
    assert files.usage(folder, 10)[0] < 100_000


def _nest(path: Path, levels: int) -> None:
    here = os.getcwd()
    try:
        os.chdir(path)
        for _ in range(levels):
            os.mkdir("d")
            Path("file").touch()
            os.chdir("d")
    finally:
        os.chdir(here)


def test_a_folder_of_any_depth_is_removed(path: Path, folder: int) -> None:
    _nest(path, 3000)
    trees.remove(str(path))
    assert not path.exists()


def test_a_folder_is_removed_whatever_the_modes_and_kinds_in_it(path: Path, folder: int) -> None:
    (path / "locked/inner").mkdir(parents=True)
    (path / "locked/inner/file").touch()
    os.mkfifo(path / "pipe")
    (path / "link").symlink_to(path.parent)
    for name, mode in (("locked/inner", 0o100), ("locked", 0o300)):
        (path / name).chmod(mode)
    (path.parent / "outside").touch()
    trees.remove(str(path))
    assert list(path.parent.iterdir()) == [path.parent / "outside"]


def test_removing_what_does_not_exist_is_done_already(path: Path) -> None:
    trees.remove(str(path / "missing"))


def test_an_emptied_folder_stays(path: Path, folder: int) -> None:
    (path / "a/b").mkdir(parents=True)
    (path / "a/b/c").touch()
    trees.empty(folder)
    assert list(path.iterdir()) == []
