"""Records of files, and of what may be removed: the same from a database of either kind and from the fake."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from contract.conftest import Ports
from errors import LeaseLost, UnknownFile
from harness.samples import START, recorded, sample_file
from logics.files import FileQuery, StoredFile

NAMES = [
    "日本語 ファイル.docx",
    "Ünïcødé.txt",
    "emoji 👩🏽‍🚀.md",
    "a'b\"c\\d.csv",
    "100% _sure_.txt",
    "نص.txt",
    "x" * 255,
]


async def names(ports: Ports, **query: object) -> list[str]:
    page = await ports.files.page(FileQuery(**query))  # type: ignore[arg-type]
    assert page.total == len(page.items)
    return [file.name for file in page.items]


@pytest.mark.parametrize("name", NAMES)
async def test_a_file_is_found_as_it_was_recorded(ports: Ports, name: str) -> None:
    file = await recorded(
        ports.files, name=name, description="däscription\n" * 100, tags=("b", "Ä"), size=5_000_000_000
    )
    assert await ports.files.find(file.file_id) == file


async def test_an_unknown_id_is_unknown(ports: Ports) -> None:
    for file_id in ("", "nope", "%", "ä" * 100):
        with pytest.raises(UnknownFile):
            await ports.files.find(file_id)
        with pytest.raises(UnknownFile):
            await ports.files.remove(file_id)


async def test_ids_are_compared_exactly(ports: Ports) -> None:
    await recorded(ports.files, file_id="abcDEF")
    with pytest.raises(UnknownFile):
        await ports.files.find("ABCdef")


async def test_a_removed_file_is_gone_and_its_content_doomed(ports: Ports) -> None:
    file = await recorded(ports.files, tags=("x",))
    assert await ports.ledger.doomed(10) == []
    await ports.files.remove(file.file_id)
    assert (await ports.files.page(FileQuery())).total == 0
    assert await ports.ledger.doomed(10) == [file.file_id]
    await ports.ledger.forget([file.file_id])
    assert await ports.ledger.doomed(10) == []
    with pytest.raises(UnknownFile):
        await ports.files.remove(file.file_id)


async def test_several_files_are_recorded_together_or_not_at_all(ports: Ports) -> None:
    first, second = sample_file(), sample_file()
    await ports.files.reserve([first.file_id])
    with pytest.raises(LeaseLost):
        await ports.files.add([first, second])
    assert (await ports.files.page(FileQuery())).total == 0


async def test_what_was_reserved_and_never_recorded_is_given_up(ports: Ports) -> None:
    file = sample_file()
    await ports.files.reserve([file.file_id])
    await ports.ledger.give_up_reservations(datetime.now(UTC) - timedelta(hours=1))
    assert await ports.ledger.doomed(10) == []
    await ports.ledger.give_up_reservations(datetime.now(UTC) + timedelta(seconds=1))
    assert await ports.ledger.doomed(10) == [file.file_id]
    with pytest.raises(LeaseLost):
        await ports.files.add([file])


async def test_the_content_of_a_recorded_file_is_never_given_up_or_forgotten(ports: Ports) -> None:
    file = await recorded(ports.files)
    await ports.ledger.give_up_reservations(datetime.now(UTC) + timedelta(seconds=1))
    await ports.ledger.forget([file.file_id])
    assert await ports.ledger.doomed(10) == []
    await ports.files.remove(file.file_id)
    assert await ports.ledger.doomed(10) == [file.file_id]


async def many(ports: Ports, count: int = 7) -> list[StoredFile]:
    """Record files, pairs of which are of one moment."""
    return [
        await recorded(ports.files, name=f"{number}.txt", created_at=START + timedelta(seconds=number // 2))
        for number in range(count)
    ]


@pytest.mark.parametrize("oldest_first", [True, False])
async def test_pages_show_every_file_once_while_others_come_and_go(ports: Ports, oldest_first: bool) -> None:
    expected = [file.file_id for file in await many(ports)]
    seen: list[str] = []
    query = FileQuery(limit=2, oldest_first=oldest_first)
    while True:
        page = await ports.files.page(query)
        seen += [file.file_id for file in page.items]
        if page.following is None:
            break
        outside = START - timedelta(days=1) if oldest_first else START + timedelta(days=1)
        await recorded(ports.files, created_at=outside)
        await ports.files.remove(seen[-1])
        query = FileQuery(limit=2, oldest_first=oldest_first, after=page.following)
    assert seen == (expected if oldest_first else expected[::-1])


async def test_the_total_counts_all_pages(ports: Ports) -> None:
    await many(ports)
    page = await ports.files.page(FileQuery(limit=3))
    assert (len(page.items), page.total) == (3, 7)


async def test_files_are_found_by_part_of_the_name_whatever_its_capitals(ports: Ports) -> None:
    for name in ("Übung 1.TXT", "100%_a.txt", "100Xba.txt", "плюс.md"):
        await recorded(ports.files, name=name)
    assert await names(ports, name="übung") == ["Übung 1.TXT"]
    assert await names(ports, name="ПЛЮС") == ["плюс.md"]
    assert await names(ports, name="0%_A") == ["100%_a.txt"]
    assert await names(ports, name="/") == []


async def test_files_are_found_by_type(ports: Ports) -> None:
    for kind, media_type in (("png", "image/png"), ("jpg", "image/jpeg"), ("txt", "text/plain"), ("x", "imageX/y")):
        await recorded(ports.files, name=kind, kind=kind, media_type=media_type)
    assert sorted(await names(ports, types=("image/*",))) == ["jpg", "png"]
    assert await names(ports, types=("image/png",)) == ["png"]
    assert sorted(await names(ports, types=("txt", "jpg"))) == ["jpg", "txt"]
    assert await names(ports, types=("PNG",)) == []


async def test_files_are_found_by_time(ports: Ports) -> None:
    for hours in range(4):
        await recorded(ports.files, name=str(hours), created_at=START + timedelta(hours=hours))
    found = await names(
        ports, created_from=START + timedelta(hours=1), created_before=START + timedelta(hours=3), oldest_first=True
    )
    assert found == ["1", "2"]


async def test_files_are_found_by_all_of_their_tags_whatever_their_capitals(ports: Ports) -> None:
    await recorded(ports.files, name="both", tags=("A", "ß"))
    await recorded(ports.files, name="one", tags=("A",))
    await recorded(ports.files, name="none")
    assert await names(ports, tags=("a",), oldest_first=True) == ["both", "one"]
    assert await names(ports, tags=("a", "SS")) == ["both"]
    assert await names(ports, tags=("nobody's",)) == []


async def test_tags_that_do_not_exist_are_made_once(ports: Ports) -> None:
    await asyncio.gather(*(recorded(ports.files, tags=("new", f"own {number}")) for number in range(6)))
    known = {tag.name: tag.files for tag in await ports.tags.all()}
    assert known.pop("new") == 6
    assert set(known.values()) == {1}
