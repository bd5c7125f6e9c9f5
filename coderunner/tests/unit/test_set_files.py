"""Sets on disk: committed whole, held while used, collected when nobody refers to them."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivenadapters.packages.collector import Collector
from drivenadapters.packages.folders import Partial, StoreFolders, lock_file, read_json, sweep_partial, write_json
from drivenadapters.packages.set_files import SetFiles
from errors import PackagesTooLarge, StoreUnavailable
from logics.packages import BASE_SET, Distribution, PackageSet

KEY = "0123456789abcdef" * 2
DAY = 86_400.0


@pytest.fixture
def sets(tmp_path: Path) -> SetFiles:
    sets = SetFiles(StoreFolders(tmp_path))
    sets.folders.make()
    return sets


def commit(sets: SetFiles, key: str = KEY) -> PackageSet:
    """Put a set with one distribution into the store."""
    partial = Partial.make(sets.folders)
    root = partial.path / "set"
    (root / "packages").mkdir(parents=True)
    (root / "packages" / "a.py").write_text("V = 1\n")
    packages = PackageSet(key, str(sets.packages_folder(key)), (Distribution("a", "1.0", ("a",), ("b",)),))
    try:
        return sets.commit(root, packages)
    finally:
        partial.remove()


def make_old(sets: SetFiles, key: str = KEY) -> None:
    os.utime(sets.folders.leases / key, (time.time() - DAY,) * 2)


def test_a_committed_set_is_found_by_its_key_in_every_process(sets: SetFiles) -> None:
    packages = commit(sets)
    assert sets.find(KEY) == packages
    assert SetFiles(sets.folders).find(KEY) == packages
    assert list(sets.folders.partial.iterdir()) == []


def test_of_two_that_commit_the_same_set_the_first_stays(sets: SetFiles) -> None:
    first = commit(sets)
    inode = sets.packages_folder(KEY).stat().st_ino
    assert commit(SetFiles(sets.folders)) == first
    assert sets.packages_folder(KEY).stat().st_ino == inode


@pytest.mark.parametrize("key", ["../../etc", "x" * 32, "0123", KEY, KEY.upper()])
def test_what_is_no_set_is_not_found(sets: SetFiles, key: str) -> None:
    assert sets.find(key) is None


def test_the_empty_key_is_the_base(sets: SetFiles) -> None:
    assert sets.find("") == BASE_SET
    sets.hold("").release()


def test_a_set_without_its_description_is_none(sets: SetFiles) -> None:
    commit(sets)
    (sets.folders.sets / KEY / "set.json").write_text("{")
    assert SetFiles(sets.folders).find(KEY) is None


def test_a_set_that_nobody_names_or_uses_is_collected_once_it_is_old(sets: SetFiles) -> None:
    commit(sets)
    assert sets.collect(3600) == []
    make_old(sets)
    assert sets.collect(3600) == [KEY]
    assert sets.find(KEY) is None
    for folder in (sets.folders.sets, sets.folders.leases, sets.folders.partial):
        assert list(folder.iterdir()) == []


def test_a_set_that_an_environment_names_stays_whatever_base_it_is_for(sets: SetFiles) -> None:
    commit(sets)
    make_old(sets)
    write_json(sets.folders.environments / "a.json", {"sets": {"other": "", "another": KEY}})
    assert sets.collect(3600) == []
    (sets.folders.environments / "a.json").unlink()
    assert sets.collect(3600) == [KEY]


def test_a_set_that_somebody_uses_stays(sets: SetFiles) -> None:
    commit(sets)
    lease = sets.hold(KEY)
    make_old(sets)
    assert SetFiles(sets.folders).collect(3600) == []
    lease.release()
    assert SetFiles(sets.folders).collect(3600) == [KEY]


def test_the_lease_of_another_process_counts_until_that_dies(sets: SetFiles) -> None:
    commit(sets)
    make_old(sets)
    hold = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_SH); print('held', flush=True); input()"
    command = [sys.executable, "-c", hold, str(sets.folders.leases / KEY)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert sets.collect(3600) == []
        other.kill()
        other.wait()
    assert sets.collect(3600) == [KEY]


def test_a_set_that_is_gone_cannot_be_held(sets: SetFiles) -> None:
    with pytest.raises(StoreUnavailable, match=KEY):
        sets.hold(KEY)


def test_using_a_set_makes_it_young_again(sets: SetFiles) -> None:
    commit(sets)
    make_old(sets)
    SetFiles(sets.folders).touch(KEY)
    assert sets.collect(3600) == []


def test_locks_of_environments_that_never_came_to_be_go(sets: SetFiles) -> None:
    for name in ("gone", "kept", "held", "young"):
        (sets.folders.environments / f"{name}.lock").touch()
        if name != "young":
            os.utime(sets.folders.environments / f"{name}.lock", (time.time() - DAY,) * 2)
    write_json(sets.folders.environments / "kept.json", {"sets": {}})
    held = lock_file(sets.folders.environments / "held.lock", fcntl.LOCK_EX)
    assert held is not None
    sets.collect(3600)
    os.close(held)
    assert {path.stem for path in sets.folders.environments.glob("*.lock")} == {"kept", "held", "young"}


def test_what_nobody_refers_to_makes_room_and_without_room_nothing_is_added(sets: SetFiles) -> None:
    keys = [f"{number:032x}" for number in range(4)]
    for key in keys[:3]:
        commit(sets, key)
        make_old(sets, key)
    os.utime(sets.folders.leases / keys[1], (time.time() - 2 * DAY,) * 2)
    write_json(sets.folders.environments / "a.json", {"sets": {"base": keys[2]}})
    small = SetFiles(sets.folders, 3 * 6 + 1)
    commit(small, keys[3])
    assert sorted(path.name for path in sets.folders.sets.iterdir()) == [keys[0], keys[2], keys[3]]
    with pytest.raises(PackagesTooLarge, match="MAX_STORE_MB"):
        commit(SetFiles(sets.folders, 6), KEY)
    assert sets.find(KEY) is None
    assert sets.find(keys[2]) is not None


def test_old_answers_to_requests_go_and_young_ones_stay(sets: SetFiles) -> None:
    old, young = sets.folders.requests / "old.json", sets.folders.requests / "young.json"
    for path in (old, young):
        write_json(path, {"set": KEY, "at": 0})
    os.utime(old, (time.time() - DAY,) * 2)
    sets.collect(3600)
    assert [path.name for path in sets.folders.requests.iterdir()] == ["young.json"]


def test_an_interrupted_installation_is_swept_and_one_under_way_is_not(sets: SetFiles) -> None:
    under_way = Partial.make(sets.folders)
    interrupted = sets.folders.partial / "dead"
    (interrupted / "set").mkdir(parents=True)
    just_made = sets.folders.partial / "young"
    just_made.mkdir()
    for path in (under_way.path, interrupted):
        os.utime(path, (time.time() - DAY,) * 2)
    sweep_partial(sets.folders)
    assert {path.name for path in sets.folders.partial.iterdir()} == {under_way.path.name, "young"}
    under_way.remove()


def test_a_file_is_written_whole_or_not_at_all(sets: SetFiles) -> None:
    path = sets.folders.environments / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert read_json(path) == {"a": 1}
    assert list(sets.folders.environments.iterdir()) == [path]
    assert json.loads(path.read_text()) == {"a": 1}
    assert read_json(path.with_name("absent.json")) is None


def test_a_lock_that_was_removed_meanwhile_is_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = lock_file(path, fcntl.LOCK_EX)
    assert first is not None
    assert lock_file(path, fcntl.LOCK_EX) is None
    path.unlink()
    second = lock_file(path, fcntl.LOCK_EX)
    assert second is not None
    assert os.fstat(second).st_ino == path.stat().st_ino
    os.close(first)
    os.close(second)


def test_the_cache_is_emptied_once_it_is_too_large_and_nobody_installs(sets: SetFiles) -> None:
    (sets.folders.cache / "uv").mkdir()
    (sets.folders.cache / "uv" / "wheel").write_bytes(bytes(1000))
    sets.trim_cache(2000)
    assert (sets.folders.cache / "uv" / "wheel").exists()
    lock = lock_file(sets.folders.cache_lock, fcntl.LOCK_SH)
    sets.trim_cache(500)
    assert (sets.folders.cache / "uv" / "wheel").exists()
    assert lock is not None
    os.close(lock)
    sets.trim_cache(500)
    assert not (sets.folders.cache / "uv").exists()


def test_the_collector_goes_on_where_it_may_not_write(tmp_path: Path) -> None:
    (tmp_path / "sets").write_text("no folder")
    assert Collector(SetFiles(StoreFolders(tmp_path)), 3600, 1).collect_once() == []


def test_the_collector_makes_no_store_where_there_is_none(tmp_path: Path) -> None:
    assert Collector(SetFiles(StoreFolders(tmp_path / "store")), 3600, 1).collect_once() == []
    assert list(tmp_path.iterdir()) == []


async def test_the_collector_collects_at_the_start(sets: SetFiles) -> None:
    commit(sets)
    make_old(sets)
    assert Collector(sets, 3600, 1 << 30).collect_once() == [KEY]
    collector = Collector(sets, 3600, 1 << 30)
    await collector.start()
    await collector.close()
