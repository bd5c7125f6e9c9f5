"""Contents: the same from a folder, from a bucket and from the fake."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from composition.storage import ContentStore
from conftest import BUCKET
from drivenadapters.contents.local import LocalContents
from drivenadapters.contents.s3 import BucketSettings, S3Contents
from errors import ContentMissing, Unavailable
from fakes.contents import FakeContents

LARGE = os.urandom(1 << 20) * 17  # more than one part of a multipart upload


def bucket(url: str) -> BucketSettings:
    return BucketSettings(BUCKET, url, prefix="test/", access_key_id="id", secret_access_key="key", answer_seconds=5)


@pytest.fixture(params=["fake", "folder", "folder with named drafts", "bucket"])
async def contents(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ContentStore]:
    """The store under test, empty."""
    store: ContentStore
    match request.param:
        case "fake":
            store = FakeContents()
        case "bucket":
            store = S3Contents(bucket(request.getfixturevalue("s3_url")), tmp_path / "spool")
        case kind:
            store = LocalContents(tmp_path / "files", nameless_drafts=kind == "folder")
    yield store
    await store.close()


async def kept(contents: ContentStore, key: str, *pieces: bytes) -> None:
    async with contents.draft() as draft:
        for piece in pieces:
            await draft.write(piece)
        await contents.keep(key, draft.descriptor)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def read(contents: ContentStore, key: str, first: int, count: int) -> bytes:
    return b"".join([piece async for piece in contents.read(key, first, count)])


@pytest.mark.parametrize("pieces", [(), (b"abc",), (b"a", b"", b"bc"), (LARGE, b"end")])
async def test_a_content_is_read_as_it_was_written(contents: ContentStore, pieces: tuple[bytes, ...]) -> None:
    whole = b"".join(pieces)
    key = hashlib.sha256(whole).hexdigest()[:32]
    await kept(contents, key, *pieces)
    assert await read(contents, key, 0, len(whole)) == whole
    async with contents.opened(key) as descriptor:
        assert os.read(descriptor, len(whole) + 1) == whole
    await contents.remove(key)


async def test_any_part_can_be_read(contents: ContentStore) -> None:
    await kept(contents, "part", b"0123456789" * 1000)
    assert await read(contents, "part", 5, 3) == b"567"
    assert await read(contents, "part", 9999, 1) == b"9"
    assert len(await read(contents, "part", 1, 9000)) == 9000
    await contents.remove("part")


async def test_what_is_not_there_is_missing(contents: ContentStore) -> None:
    with pytest.raises(ContentMissing):
        await read(contents, "nope", 0, 1)
    with pytest.raises(ContentMissing):
        await read(contents, "nope", 0, 0)
    with pytest.raises(ContentMissing):
        async with contents.opened("nope"):
            raise AssertionError
    await contents.remove("nope")


async def test_a_removed_content_is_missing(contents: ContentStore) -> None:
    await kept(contents, "gone", b"abc")
    await contents.remove("gone")
    with pytest.raises(ContentMissing):
        await read(contents, "gone", 0, 3)


async def test_a_draft_tells_size_and_digest_of_what_was_written(contents: ContentStore) -> None:
    async with contents.draft() as draft:
        await draft.write(b"ab")
        await draft.write(b"c")
        facts = await draft.facts()
        assert (facts.size, facts.sha256) == (3, hashlib.sha256(b"abc").hexdigest())
        os.pwrite(draft.descriptor, b"ABCD", 0)
        assert await contents.measure(draft.descriptor) == type(facts)(4, hashlib.sha256(b"ABCD").hexdigest())


async def test_what_others_wrote_into_a_draft_is_kept_wherever_its_offset_is(contents: ContentStore) -> None:
    async with contents.draft() as draft:
        os.write(draft.descriptor, b"by a worker")
        await contents.keep("worker", draft.descriptor)
    assert await read(contents, "worker", 0, 11) == b"by a worker"
    await contents.remove("worker")


async def test_many_drafts_at_once_are_apart(contents: ContentStore) -> None:
    await asyncio.gather(*(kept(contents, f"key{number}", bytes([number]) * 5000) for number in range(20)))
    for number in range(20):
        assert await read(contents, f"key{number}", 0, 5000) == bytes([number]) * 5000
        await contents.remove(f"key{number}")


async def test_a_draft_that_is_not_kept_leaves_nothing(contents: ContentStore, tmp_path: Path) -> None:
    async with contents.draft() as draft:
        await draft.write(b"abc")
    assert files_in(tmp_path) == []


async def test_health_says_what_it_is(contents: ContentStore) -> None:
    assert "kind" in await contents.health()


async def test_drafts_that_a_crash_left_are_tidied_up_after_a_while(tmp_path: Path) -> None:
    store = LocalContents(tmp_path, nameless_drafts=False)
    async with store.draft() as draft:
        await draft.write(b"abc")
        orphan = tmp_path / "drafts" / "draft-orphan"
        orphan.write_bytes(b"x")
        os.utime(orphan, (0, 0))
        await store.tidy(3600)
        assert not orphan.exists()
        await store.keep("key", draft.descriptor)
    assert await read(store, "key", 0, 3) == b"abc"


async def test_a_content_that_was_cut_short_is_missing_not_shorter(tmp_path: Path) -> None:
    store = LocalContents(tmp_path)
    await kept(store, "abkey", b"abcdef")
    os.truncate(tmp_path / "ab" / "abkey", 3)
    with pytest.raises(ContentMissing, match="shorter"):
        await read(store, "abkey", 0, 6)


async def test_a_store_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    store = S3Contents(bucket("http://127.0.0.1:9"), tmp_path)
    with pytest.raises(Unavailable):
        await store.health()
    with pytest.raises(Unavailable):
        await kept(store, "key", b"abc")


async def test_a_bucket_that_is_not_there_is_unavailable_not_a_missing_file(s3_url: str, tmp_path: Path) -> None:
    store = S3Contents(BucketSettings("nobodys", s3_url, access_key_id="id", secret_access_key="key"), tmp_path)
    with pytest.raises(Unavailable):
        await store.health()
    with pytest.raises(Unavailable):
        await read(store, "key", 0, 1)


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    store = LocalContents(blocked)
    with pytest.raises(Unavailable):
        await store.health()
    with pytest.raises(Unavailable):
        await kept(store, "key", b"abc")
