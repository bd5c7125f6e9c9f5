"""Conversion, creation and generation: what is asked of whom, what is stored, what is remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from errors import FileDamaged, InvalidInput, NotImplementedHere, TooLarge, UnknownFile, UnsupportedMedia
from fakes.conversion import FakeConverter, FakeDescriptors, FakeFormats, FakeTemplates
from fakes.result_cache import FakeResultCache
from fakes.stored_files import FakeStoredFiles
from logics.conversion_matrix import ConversionMatrix
from logics.conversions import ConversionOptions
from logics.convert_file import ConvertFile, Wish
from logics.create_file import CreateFile
from logics.generate_file import GenerateFile, InspectTemplate

TARGETS = {
    "doc": (("docx", "libreoffice"),),
    "docx": (("md", "pandoc"), ("pdf", "libreoffice")),
    "md": (("html", "pandoc"), ("docx", "pandoc")),
    "html": (("pdf", "weasyprint"),),
    "xlsx": (("csv", "tables"), ("xls", "libreoffice")),
    "csv": (("xlsx", "tables"),),
}


class World:
    def __init__(self, folder: Path, missing: dict[str, str] | None = None) -> None:
        self.files = FakeStoredFiles(folder)
        self.cache = FakeResultCache()
        self.converter = FakeConverter(missing)
        self.templates = FakeTemplates()
        self.matrix = ConversionMatrix(FakeFormats(TARGETS), self.converter)
        descriptors = FakeDescriptors()
        self.convert_file = ConvertFile(self.files, self.matrix, self.converter, descriptors, self.cache)
        self.create_file = CreateFile(self.files, self.matrix, self.convert_file, descriptors, most_rows=3)
        self.generate_file = GenerateFile(self.files, self.templates, self.matrix, self.convert_file)
        self.inspect_template = InspectTemplate(self.files, self.templates)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def wish(target: str, password: str = "", **choices: Any) -> Wish:
    return Wish(target, ConversionOptions(password, choices))


async def test_a_way_of_several_steps_is_gone_one_after_the_other(world: World) -> None:
    file = world.files.put("Report.doc", b"x")
    made = await world.convert_file.convert(file.file_id, wish("md", password="secret"))
    assert world.files.content(made.file.file_id) == b"x libreoffice:docx pandoc:md"
    assert (made.file.name, made.route, made.engines) == ("Report.md", ("doc", "docx", "md"), ("libreoffice", "pandoc"))
    assert made.warnings == ("by libreoffice", "by pandoc")
    assert world.converter.passwords == ["secret", ""]


async def test_the_new_file_gets_name_description_and_tags(world: World) -> None:
    file = world.files.put("a.csv", b"x")
    asked = Wish("xlsx", ConversionOptions(), "Other", "About", ("t",))
    made = await world.convert_file.convert(file.file_id, asked)
    assert (made.file.name, made.file.description, made.file.tags) == ("Other.xlsx", "About", ("t",))


async def test_an_equal_conversion_is_answered_from_memory_as_a_new_file(world: World) -> None:
    first = await world.convert_file.convert(world.files.put("a.csv", b"x").file_id, wish("xlsx"))
    second = await world.convert_file.convert(world.files.put("b.csv", b"x").file_id, wish("xlsx"))
    assert len(world.converter.steps) == 1
    assert (second.cached, second.file.name, second.warnings) == (True, "b.xlsx", first.warnings)
    assert second.file.file_id != first.file.file_id
    assert world.files.content(second.file.file_id) == world.files.content(first.file.file_id)


@pytest.mark.parametrize(
    "other", [wish("xlsx", header=False), wish("xlsx", password="p"), wish("xls")], ids=["options", "password", "kind"]
)
async def test_other_choices_are_other_conversions(world: World, other: Wish) -> None:
    await world.convert_file.convert(world.files.put("a.csv", b"x").file_id, wish("xlsx"))
    made = await world.convert_file.convert(world.files.put("a.csv", b"x").file_id, other)
    assert not made.cached


async def test_what_was_deleted_since_is_made_again(world: World) -> None:
    file = world.files.put("a.csv", b"x")
    made = await world.convert_file.convert(file.file_id, wish("xlsx"))
    del world.files.files[made.file.file_id]
    again = await world.convert_file.convert(file.file_id, wish("xlsx"))
    assert not again.cached
    assert len(world.converter.steps) == 2


async def test_several_tables_are_stored_as_an_archive_and_remembered_as_one(world: World) -> None:
    file = world.files.put("a.xlsx", b"x")
    for _ in range(2):
        made = await world.convert_file.convert(file.file_id, wish("csv", sheet="all"))
        assert made.file.name == "a.zip"


async def test_a_failure_is_passed_on_and_not_remembered(world: World) -> None:
    file = world.files.put("a.csv", b"damaged")
    with pytest.raises(FileDamaged):
        await world.convert_file.convert(file.file_id, wish("xlsx"))
    assert world.cache.values == {}
    assert len(world.files.files) == 1


async def test_what_cannot_be_converted_is_told_with_what_can(world: World) -> None:
    with pytest.raises(UnsupportedMedia, match="docx, html"):
        await world.convert_file.convert(world.files.put("a.md", b"x").file_id, wish("csv"))
    with pytest.raises(UnsupportedMedia, match="files of the kind exe cannot be converted; these can: csv, doc"):
        await world.convert_file.convert(world.files.put("a.exe", b"x").file_id, wish("pdf"))
    with pytest.raises(InvalidInput, match="target_format: there is no 'nonsense'"):
        await world.convert_file.convert(world.files.put("a.md", b"x").file_id, wish("nonsense"))
    with pytest.raises(UnknownFile):
        await world.convert_file.convert("nobody", wish("pdf"))


async def test_a_missing_program_is_named_with_what_to_do(tmp_path: Path) -> None:
    world = World(tmp_path, {"libreoffice": "LibreOffice is not installed; install it"})
    with pytest.raises(NotImplementedHere, match="doc to docx cannot be done here: LibreOffice is not installed"):
        await world.convert_file.convert(world.files.put("a.doc", b"x").file_id, wish("docx"))
    made = await world.convert_file.convert(world.files.put("a.md", b"x").file_id, wish("pdf"))
    assert made.engines == ("pandoc", "weasyprint")


async def test_the_listing_says_what_is_missing_and_why(tmp_path: Path) -> None:
    world = World(tmp_path, {"libreoffice": "not here"})
    listed = {known.kind: {item.kind: item for item in possible} for known, possible in await world.matrix.listing()}
    assert (listed["doc"]["docx"].available, listed["doc"]["docx"].reason) == (False, "not here")
    assert listed["md"]["pdf"].available
    assert listed["md"]["pdf"].via == ["html"]
    assert listed["md"]["pdf"].reason == ""


async def test_a_text_of_the_wanted_kind_is_stored_as_it_is(world: World) -> None:
    made = await world.create_file.from_text("# x", "md", wish("md", title="Title"))
    assert (made.file.name, world.files.content(made.file.file_id)) == ("Title.md", b"# x")
    assert world.converter.steps == []


async def test_rows_take_the_way_of_rows(world: World) -> None:
    made = await world.create_file.from_sheets([{"rows": [[1]]}], wish("pdf"))
    assert made.route == ("rows", "html", "pdf")
    with pytest.raises(TooLarge, match=r"4 rows; at most 3 \(MAX_CREATED_ROWS\)"):
        await world.create_file.from_sheets([{"rows": [[1]] * 2}, {"rows": [[1]] * 2}], wish("pdf"))


async def test_a_template_is_filled_and_then_converted(world: World) -> None:
    file = world.files.put("Letter.docx", b"T")
    made = await world.generate_file.generate(file.file_id, {"a": 1}, wish("pdf"), strict=True)
    assert world.files.content(made.file.file_id) == b'T{"a": 1} libreoffice:pdf'
    assert (made.file.name, made.warnings) == ("Letter.pdf", ("filled", "by libreoffice"))
    assert world.templates.fillings[0].strict


async def test_images_of_the_data_are_opened_once_and_named(world: World) -> None:
    template, picture = world.files.put("t.docx", b"T"), world.files.put("p.png", b"P")
    image = {"image_file_id": picture.file_id, "width_mm": 3}
    await world.generate_file.generate(template.file_id, {"a": image, "b": [image]}, wish(""), strict=False)
    filling = world.templates.fillings[0]
    named = {"width_mm": 3, "image_source": "image-0"}
    assert filling.data == {"a": named, "b": [named]}
    assert list(filling.images) == ["image-0"]


async def test_an_image_source_of_the_caller_is_not_taken(world: World) -> None:
    template = world.files.put("t.docx", b"T")
    await world.generate_file.generate(template.file_id, {"a": {"image_source": "source"}}, wish(""), strict=False)
    assert world.templates.fillings[0].data == {"a": {}}


async def test_no_more_images_than_allowed(world: World) -> None:
    template = world.files.put("t.docx", b"T")
    images = [{"image_file_id": f"p{number}"} for number in range(51)]
    with pytest.raises(InvalidInput, match="51 image files; at most 50"):
        await world.generate_file.generate(template.file_id, {"a": images}, wish(""), strict=False)


async def test_a_workbook_is_calculated_before_its_values_are_taken(world: World) -> None:
    file = world.files.put("t.xlsx", b"T")
    made = await world.generate_file.generate(file.file_id, {}, wish("csv"), strict=False)
    assert made.route == ("xlsx", "xlsx", "csv")


@pytest.mark.parametrize("name", ["t.pdf", "t.doc"])
async def test_other_kinds_are_no_templates(world: World, name: str) -> None:
    file = world.files.put(name, b"T")
    with pytest.raises(UnsupportedMedia, match="are no templates; these can be: docx, xlsx"):
        await world.generate_file.generate(file.file_id, {}, wish(""), strict=False)
    with pytest.raises(UnsupportedMedia):
        await world.inspect_template.inspect(file.file_id, "")
