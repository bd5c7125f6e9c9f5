"""Keeping, describing, deleting and sweeping, with every part made to fail."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from errors import ContentMissing, FileEncrypted, InvalidInput, LeaseLost, TooLarge, Unavailable, UnknownFile
from fakes.contents import FakeContents
from fakes.detector import FakeDocumentInspector, FakeTypeDetector
from fakes.records import FakeRecords
from fakes.result_cache import FakeResultCache
from logics.delete import DeleteFile
from logics.describe import DescribeFile
from logics.files import FileQuery
from logics.storage import FileStorage, Labels
from logics.sweep import SweepContents
from logics.uploads import Upload
from logics.work import current_attempt


class House:
    """The storage over fakes."""

    def __init__(self) -> None:
        self.records = FakeRecords()
        self.contents = FakeContents()
        self.files = FileStorage(self.records, self.contents, FakeTypeDetector(), largest_bytes=1000)
        self.sweep = SweepContents(self.records, self.contents)

    def upload(self, most_files: int = 3) -> Upload:
        """Return an upload."""
        return Upload(self.files, self.contents, largest_bytes=1000, most_files=most_files)

    async def count(self) -> int:
        """Return how many files are recorded."""
        return (await self.records.page(FileQuery())).total


@pytest.fixture
def house() -> House:
    """An empty house."""
    return House()


async def sent(upload: Upload, *files: tuple[str, bytes]) -> None:
    for name, content in files:
        await upload.begin(name)
        await upload.write(content)
        await upload.end()


async def test_an_upload_is_kept_with_its_facts_and_type(house: House) -> None:
    upload = house.upload()
    await sent(upload, ("a.txt", b"abc"))
    kept = await upload.keep(Labels(("t",), "d"))
    await upload.abandon()
    file, warnings = kept[0]
    assert (file.name, file.size, file.kind, file.media_type) == ("a.txt", 3, "txt", "test/txt")
    assert (file.tags, file.description, warnings) == (("t",), "d", ())
    assert house.contents.kept == {file.file_id: b"abc"}
    assert house.contents.drafts == 0


async def test_an_abandoned_upload_leaves_nothing(house: House) -> None:
    upload = house.upload()
    await sent(upload, ("a.txt", b"abc"))
    await upload.begin("b.txt")
    await upload.abandon()
    assert (house.contents.drafts, house.contents.kept, await house.count()) == (0, {}, 0)
    await upload.write(b"what was on its way")
    await upload.end()
    with pytest.raises(InvalidInput):
        await upload.keep(Labels())


async def test_limits_are_kept_to_the_byte(house: House) -> None:
    upload = house.upload(most_files=2)
    await sent(upload, ("a", bytes(1000)))
    await upload.begin("b")
    await upload.write(bytes(999))
    with pytest.raises(TooLarge, match="MAX_FILE_MB"):
        await upload.write(bytes(2))
    with pytest.raises(InvalidInput, match="MAX_UPLOAD_FILES"):
        await upload.begin("c")


async def test_when_the_store_fails_nothing_is_recorded_and_the_sweep_cleans_up(house: House) -> None:
    upload = house.upload()
    await sent(upload, ("a", b"a"), ("b", b"b"))
    keep = house.contents.keep

    async def keep_one(key: str, descriptor: int) -> None:
        if house.contents.kept:
            raise Unavailable("full")
        await keep(key, descriptor)

    house.contents.keep = keep_one  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await upload.keep(Labels())
    assert await house.count() == 0
    assert len(house.contents.kept) == 1
    assert await house.sweep() == 0
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    house.records.states = {key: (state, long_ago) for key, (state, _) in house.records.states.items()}
    assert await house.sweep() == 2
    assert house.contents.kept == {}


async def test_a_reservation_that_was_given_up_cannot_be_recorded(house: House) -> None:
    upload = house.upload()
    await sent(upload, ("a", b"a"))
    keep = house.contents.keep

    async def keep_for_hours(key: str, descriptor: int) -> None:
        await keep(key, descriptor)
        await house.records.give_up_reservations(datetime.now(UTC) + timedelta(seconds=1))

    house.contents.keep = keep_for_hours  # type: ignore[method-assign]
    with pytest.raises(LeaseLost):
        await upload.keep(Labels())
    assert await house.count() == 0


async def test_what_a_batch_attempt_makes_carries_its_name(house: House) -> None:
    async def attempt() -> str:
        current_attempt.set("job/0/1")
        async with house.files.new() as sink:
            os.write(sink, b"made")
            return (await house.files.add("made.txt", sink)).file_id

    made = await asyncio.create_task(attempt())
    assert house.records.origins[made] == "job/0/1"
    async with house.files.new() as sink:
        other = await house.files.add("own.txt", sink)
    assert house.records.origins[other.file_id] == ""


async def test_a_new_file_over_the_limit_is_refused(house: House) -> None:
    async with house.files.new() as sink:
        os.write(sink, bytes(1001))
        with pytest.raises(TooLarge):
            await house.files.add("big", sink)
    assert house.contents.kept == {}


async def test_a_deleted_file_s_content_goes_at_once_or_with_the_sweep(house: House) -> None:
    delete = DeleteFile(house.files, house.sweep)
    for down in (False, True):
        async with house.files.new() as sink:
            file = await house.files.add("a", sink)
        house.contents.down = down
        await delete(file.file_id)
        with pytest.raises(UnknownFile):
            await house.files.find(file.file_id)
        assert (file.file_id in house.contents.kept) is down
    house.contents.down = False
    assert await house.sweep() == 1
    assert house.contents.kept == {}


async def test_a_known_file_without_its_content_is_missing(house: House) -> None:
    async with house.files.new() as sink:
        file = await house.files.add("a", sink)
    house.contents.kept.clear()
    with pytest.raises(ContentMissing):
        async with house.files.opened(file):
            raise AssertionError


async def described(house: House, inspector: FakeDocumentInspector | None) -> DescribeFile:
    return DescribeFile(house.files, FakeResultCache(), inspector)


async def test_what_is_inside_is_asked_once_for_equal_contents(house: House) -> None:
    inspector = FakeDocumentInspector()
    describe = await described(house, inspector)
    for name in ("a.txt", "b.txt"):
        async with house.files.new() as sink:
            file = await house.files.add(name, sink)
        known = await describe(file.file_id)
        assert (known.content, known.problem) == ({"pages": 3}, "")
    assert inspector.asked == 1


async def test_what_cannot_be_inspected_is_told_and_remembered_what_passes_is_not(house: House) -> None:
    async with house.files.new() as sink:
        file = await house.files.add("a.txt", sink)
    inspector = FakeDocumentInspector(Unavailable("down"))
    describe = await described(house, inspector)
    assert (await describe(file.file_id)).content is None
    inspector.failure = FileEncrypted("a password is needed")
    for _ in range(2):
        known = await describe(file.file_id)
        assert (known.content, known.problem) == (None, "a password is needed")
    assert inspector.asked == 2
    assert (await (await described(house, None))(file.file_id)).content is None


async def test_the_fake_of_stored_files_agrees_with_the_storage(house: House, tmp_path: Path) -> None:
    from fakes.stored_files import FakeStoredFiles

    for files in (house.files, FakeStoredFiles(tmp_path)):
        async with files.new() as sink:
            os.write(sink, b"abc")
            file = await files.add("a.txt", sink, description="d", tags=("b", "a"))
        assert (file.name, file.size, file.kind, file.tags) == ("a.txt", 3, "txt", ("a", "b"))
        assert await files.find(file.file_id) == file
        async with files.opened(file) as source:
            assert os.read(source, 10) == b"abc"
        with pytest.raises(UnknownFile):
            await files.find("nope")
