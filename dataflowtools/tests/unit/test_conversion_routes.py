"""Ways from one kind to another: the cheapest, and none that would pretend."""

from __future__ import annotations

import pytest

from drivenadapters.documents.guest import conversions as declared
from drivenadapters.documents.guest.base import Conversion
from logics.conversions import MOST_STEPS, Routes
from logics.documents import Format, Target

NONE: frozenset[str] = frozenset()
KINDS: dict[str, tuple[Conversion, ...]] = {
    "docx": declared.DOCX,
    "doc": declared.DOC,
    "odt": declared.ODT,
    "rtf": declared.RTF,
    "md": declared.MARKDOWN,
    "html": declared.HTML,
    "txt": declared.TEXT,
    "pdf": declared.PDF,
    "xlsx": declared.XLSX,
    "xls": declared.XLS,
    "ods": declared.ODS,
    "csv": declared.CSV,
    "json": declared.JSON,
    "parquet": declared.PARQUET,
}


def routes() -> Routes:
    return Routes(
        Format(kind, kind, (), (kind,), (), tuple(Target(item.target, item.engine, item.note) for item in steps))
        for kind, steps in KINDS.items()
    )


@pytest.mark.parametrize(
    ("source", "target", "kinds"),
    [
        ("docx", "pdf", ("docx", "pdf")),
        ("doc", "md", ("doc", "docx", "md")),
        ("md", "doc", ("md", "odt", "doc")),
        ("md", "pdf", ("md", "html", "pdf")),
        ("txt", "pdf", ("txt", "html", "pdf")),
        ("csv", "xls", ("csv", "xlsx", "xls")),
        ("xls", "xlsx", ("xls", "xlsx")),
        ("xlsx", "docx", ("xlsx", "html", "docx")),
        ("pdf", "html", ("pdf", "md", "html")),
        ("pdf", "xls", ("pdf", "xlsx", "xls")),
    ],
)
def test_the_way_is_the_one_that_loses_least(source: str, target: str, kinds: tuple[str, ...]) -> None:
    assert routes().from_kind(source)[target].kinds == kinds


def test_old_workbooks_become_new_ones_by_the_program_that_keeps_their_looks() -> None:
    assert routes().from_kind("xls")["xlsx"].engines == ("libreoffice",)


def test_without_libreoffice_there_are_other_ways_for_much() -> None:
    without = routes().from_kind("docx", frozenset({"libreoffice"}))
    assert without["pdf"].engines == ("pandoc", "weasyprint")
    assert "doc" not in without
    values = routes().from_kind("xls", frozenset({"libreoffice"}))["xlsx"]
    assert (values.engines, values.notes) == (("values",), ("values without looks and formulas",))


@pytest.mark.parametrize("target", ["docx", "odt", "doc", "rtf"])
def test_a_pdf_is_not_dressed_up_as_a_document(target: str) -> None:
    assert target not in routes().from_kind("pdf")


@pytest.mark.parametrize("target", ["csv", "xlsx", "json"])
def test_no_table_is_looked_for_in_plain_text(target: str) -> None:
    assert target not in routes().from_kind("txt")


def test_no_way_is_longer_than_allowed_or_comes_back() -> None:
    found = [route for kind in KINDS for route in routes().from_kind(kind).values()]
    assert max(len(route.steps) for route in found) <= MOST_STEPS
    assert all(len(set(route.kinds)) == len(route.kinds) for route in found)


def test_a_kind_without_steps_reaches_nothing() -> None:
    assert routes().from_kind("exe", NONE) == {}
