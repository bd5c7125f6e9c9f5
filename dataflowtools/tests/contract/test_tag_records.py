"""Tags: the same from a database of either kind and from the fake."""

from __future__ import annotations

import asyncio

import pytest

from contract.conftest import Ports
from errors import InvalidInput, TagExists, UnknownFile, UnknownTag
from harness.samples import START, recorded
from logics.tags import Tag, TagChange


def tag(name: str, tag_id: str = "") -> Tag:
    return Tag(tag_id or f"id of {name}", name, "#aabbcc", "what for", START)


async def test_a_tag_is_listed_as_it_was_recorded(ports: Ports) -> None:
    for name in ("b", "A", "发票", "é"):
        await ports.tags.add(tag(name))
    assert await ports.tags.all() == [tag("A"), tag("b"), tag("é"), tag("发票")]


@pytest.mark.parametrize("other", ["Straße", "STRASSE", "\uff53trasse"])
async def test_names_are_unique_whatever_their_capitals(ports: Ports, other: str) -> None:
    await ports.tags.add(tag("strasse"))
    await ports.tags.add(tag("b"))
    with pytest.raises(TagExists):
        await ports.tags.add(tag(other, "another id"))
    with pytest.raises(TagExists):
        await ports.tags.change("b", TagChange(name=other))


async def test_names_that_only_a_sloppy_collation_confuses_are_different(ports: Ports) -> None:
    for name in ("a", "ä", "å", "i", "\u0131"):
        await ports.tags.add(tag(name))
    assert len(await ports.tags.all()) == 5


async def test_of_many_who_make_the_same_tag_at_once_one_succeeds(ports: Ports) -> None:
    made = await asyncio.gather(
        *(ports.tags.add(tag("same", str(number))) for number in range(6)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in made) == ["NoneType"] + ["TagExists"] * 5


async def test_a_tag_changes_by_id_or_name(ports: Ports) -> None:
    await ports.tags.add(tag("a", "1"))
    await recorded(ports.files, tags=("a",))
    changed = await ports.tags.change("A", TagChange(name="B"))
    assert (changed.name, changed.color, changed.files) == ("B", "#aabbcc", 1)
    changed = await ports.tags.change("1", TagChange(color="", description=""))
    assert (changed.name, changed.color, changed.description) == ("B", "", "")
    assert await ports.tags.change("1", TagChange(name="b")) in await ports.tags.all()
    with pytest.raises(UnknownTag):
        await ports.tags.change("a", TagChange(name="c"))


async def test_removing_a_tag_takes_it_off_all_files(ports: Ports) -> None:
    file = await recorded(ports.files, tags=("a", "b"))
    assert (await ports.tags.remove("A")).files == 1
    assert (await ports.files.find(file.file_id)).tags == ("b",)
    with pytest.raises(UnknownTag):
        await ports.tags.remove("a")


async def test_tags_are_attached_and_detached(ports: Ports) -> None:
    first, second = await recorded(ports.files), await recorded(ports.files, tags=("a",))
    await ports.tags.add(tag("b", "1"))
    both = [first.file_id, second.file_id]
    await ports.on_files.attach(both, ["A", "1"])
    await ports.on_files.attach(both, ["A", "1"])
    assert [(await ports.files.find(file_id)).tags for file_id in both] == [("a", "b"), ("a", "b")]
    await ports.on_files.detach(both, ["b"])
    await ports.on_files.detach(both, ["b"])
    assert [(await ports.files.find(file_id)).tags for file_id in both] == [("a",), ("a",)]


async def test_attaching_is_all_or_nothing(ports: Ports) -> None:
    file = await recorded(ports.files)
    await ports.tags.add(tag("a"))
    with pytest.raises(UnknownFile):
        await ports.on_files.attach([file.file_id, "nope"], ["a"])
    with pytest.raises(UnknownTag):
        await ports.on_files.attach([file.file_id], ["a", "nope"])
    assert (await ports.files.find(file.file_id)).tags == ()


async def test_a_file_has_no_more_than_fifty_tags(ports: Ports) -> None:
    file = await recorded(ports.files, tags=tuple(f"{number:02}" for number in range(50)))
    await ports.tags.add(tag("x"))
    with pytest.raises(InvalidInput, match="50"):
        await ports.on_files.attach([file.file_id], ["x"])


async def test_many_attach_at_once(ports: Ports) -> None:
    file = await recorded(ports.files)
    await ports.tags.add(tag("a"))
    await asyncio.gather(*(ports.on_files.attach([file.file_id], ["a"]) for _ in range(6)))
    assert (await ports.files.find(file.file_id)).tags == ("a",)
