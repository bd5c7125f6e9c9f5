"""Kinds that are text: delimited, JSON, Markdown, HTML, RTF, XML, plain."""

from __future__ import annotations

import codecs

import pytest

from drivenadapters.documents.guest.limits import Limits
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from harness.reading import kind_of, read


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        ("Größe\tµm\n", "utf-8", "utf-8"),
        ("Größe\tµm\n", "utf-8-sig", "utf-8"),
        ("Größe\n第二行\n", "utf-16", "utf-16"),
        ("plain English text\n" * 3, "utf-16-le", "utf-16-le"),
        ("姓名,年龄\n王小明,三十\n李四的公司在北京市海淀区\n" * 3, "gb18030", "gb18030"),
        ("Привет, как дела? Это обычный русский текст.\n" * 3, "cp1251", "cp1251"),
        ("名前と住所を書いてください。東京都千代田区です。\n" * 3, "shift_jis", None),
        ("Café au lait à la française, déjà vu\n" * 3, "latin-1", None),
    ],
)
def test_text_is_read_in_its_own_encoding(text: str, encoding: str, named: str | None) -> None:
    found = read(text.encode(encoding), "x.txt")
    assert found.text == text
    if named:
        assert found.metadata["encoding"] == named


def test_bytes_that_mean_nothing_are_replaced_and_told_of() -> None:
    found = read(codecs.BOM_UTF8 + b"good \xff bad\n", "x.txt")
    assert found.text == "good \ufffd bad\n"
    assert "replaced" in " ".join(found.warnings)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n01,2\n", [["a", "b"], ["01", "2"]]),
        ("a;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]),
        ("a|b\nx|y\n", [["a", "b"], ["x", "y"]]),
        ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
        ('a,b\r\n"x,1","say ""hi""\r\nthere"\r\n', [["a", "b"], ["x,1", 'say "hi"\r\nthere']]),
        ("sep=;\na;b,c\n", [["a", "b,c"]]),
        ("value\n007\n", [["value"], ["007"]]),
        ("id,n\n9007199254740993,1e5\n", [["id", "n"], ["9007199254740993", "1e5"]]),
        ("a,b\n1\n1,2,3\n", [["a", "b", None], ["1", None, None], ["1", "2", "3"]]),
    ],
)
def test_delimited_values_come_through_as_they_are(text: str, rows: list[list[str | None]]) -> None:
    assert read(text.encode(), "x.csv").rows == rows


def test_rows_of_different_lengths_are_told_of() -> None:
    assert "from 1 to 3 cells" in " ".join(read(b"a,b\n1\n1,2,3\n", "x.csv").warnings)


def test_tabs_make_a_kind_of_their_own() -> None:
    content = b"a\tb\n1\t2\n3\t4\n"
    assert kind_of(content, "noname") == "tsv"
    assert read(content).rows == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_prose_with_commas_is_no_table() -> None:
    letter = b"Dear Sir,\nthank you, and all the best,\nfor the letter.\nYours, truly, me\n"
    assert kind_of(letter, "letter.txt") == "txt"


def test_json_records_are_a_table_with_exact_numbers() -> None:
    found = read(b'[{"id": 9007199254740993, "n": 1.5}, {"id": 2, "tags": ["x"], "ok": true}]', "x.json")
    assert found.rows == [["id", "n", "tags", "ok"], [9007199254740993, 1.5, None, None], [2, None, '["x"]', True]]


def test_json_lines_are_told_from_json() -> None:
    lines = b'{"a": 1}\n{"a": 2}\n'
    assert kind_of(lines, "x") == "jsonl"
    assert kind_of(b'{\n"a": 1\n}\n', "x") == "json"
    assert read(lines).rows == [["a"], [1], [2]]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b'{"a": 1,,}', "x.json", "no JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "x.json", "nests too deep"),
        (b'{"a": 1}\n{"a": \n', "x.jsonl", "line 2"),
    ],
)
def test_broken_json_is_refused_with_its_place(content: bytes, name: str, message: str) -> None:
    with pytest.raises(TaskFailed, match=message) as caught:
        read(content, name)
    assert caught.value.kind is FailureKind.DAMAGED


def test_markdown_is_given_as_it_is_and_as_text() -> None:
    front = "---\ntitle: Front\ntags: [a, b]\n---\n"
    source = front + "# Head *line*\n\nA [link](http://a.example).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    found = read(source.encode(), "x.md")
    assert found.markdown == source
    assert found.text == "Head line\nA link.\na\tb\n1\t2\n"
    assert found.rows == [["a", "b"], ["1", "2"]]
    assert found.metadata["title"] == "Front"
    assert found.metadata["headings"] == [{"level": 1, "text": "Head line"}]


def test_front_matter_with_aliases_is_left_alone() -> None:
    assert "a" not in read(b"---\na: &x [1]\nb: [*x, *x]\n---\ntext\n", "x.md").metadata


def test_html_gives_what_a_page_shows() -> None:
    page = b"""<!DOCTYPE html><html lang=en><head><title>T</title><style>p{}</style><script>alert(1)</script></head>
    <body><h2>Head</h2><p>One <b>bold</b>  word<br>next<p hidden>no<ul><li>a<ul><li>b</ul><li>c</ul>
    <ol start=3><li>x</ol><pre>  kept
    so</pre><table><tr><th colspan=2>h<tr><td rowspan=2>1<td>2<tr><td>3</table></body></html>"""
    found = read(page, "x.html")
    assert found.text.startswith("Head\nOne bold word\nnext\n• a\n  • b\n• c\n3. x\n  kept\n    so\n")
    assert found.rows == [["h", None], ["1", "2"], [None, "3"]]
    assert found.tables[0]["merged"][0] == {"row": 0, "column": 0, "rows": 1, "columns": 2}
    assert (found.metadata["title"], found.metadata["language"]) == ("T", "en")
    assert "alert" not in found.text + found.markdown


def test_html_names_what_it_would_fetch_and_fetches_nothing() -> None:
    page = b"<p>x</p><img src='http://a.example/i.png'><iframe src='file:///etc/passwd'></iframe><p>y</p>"
    found = read(page, "x.html")
    assert found.metadata["external_links"] == ["http://a.example/i.png", "file:///etc/passwd"]
    assert found.images == []
    assert "not fetched" in " ".join(found.warnings)


def test_html_pictures_inside_the_page_are_taken_out() -> None:
    found = read(b"<p>a</p><p>b</p><p><img alt=dot src='data:image/gif;base64,R0lGODlhAQABAAAAACw='></p>", "x.html")
    assert [(image["media_type"], image["size"]) for image in found.images] == [("image/gif", 14)]
    assert found.pictures.startswith(b"GIF89a")


def test_html_in_a_declared_encoding() -> None:
    page = "<html><head><meta charset=gb2312></head><body><p>中文内容</p></body></html>".encode("gb18030")
    assert read(page, "x.html").text == "中文内容\n"


def test_rtf_gives_text_tables_and_properties() -> None:
    content = (
        rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset204 Arial;}{\f1\fcharset134 SimSun;}}"
        rb"{\info{\title A title}{\author Ann}{\creatim\yr2020\mo3\dy4\hr5\min6}}"
        rb"\f0 \'cf\'f0\'e8\'e2\'e5\'f2 {\b bold}{\v hidden}\par \f1 \'d6\'d0\'ce\'c4\par"
        rb"\uc1\u8364 ? and \u-10179 ?\u-8704 ?\par"
        rb"\trowd\intbl a\cell b\cell\row\trowd\intbl 1\cell 2\cell\row\pard"
        rb"{\*\generator nobody}{\field{\*\fldinst{HYPERLINK 'http://a.example'}}{\fldrslt link}}\par}"
    ).replace(b"'http://a.example'", b'"http://a.example"')
    found = read(content, "x.rtf")
    assert found.text.split("\n")[:6] == ["Привет bold", "中文", "\u20ac and \U0001f600", "a\tb", "1\t2", "link"]
    assert found.rows == [["a", "b"], ["1", "2"]]
    assert "[link](http://a.example)" in found.markdown
    assert found.metadata == {"title": "A title", "author": "Ann", "created": "2020-03-04T05:06:00"}


def test_rtf_lists_have_their_labels() -> None:
    content = rb"{\rtf1{\listtext 1)\tab}one\par\pard\ilvl1{\listtext\'b7\tab}dot\par\pard plain\par}"
    assert read(content, "x.rtf").text == "1) one\n  • dot\nplain\n"


def test_rtf_groups_do_not_nest_forever() -> None:
    with pytest.raises(TaskFailed, match="nest too deep"):
        read(rb"{\rtf1" + b"{" * 100_000, "x.rtf")


def test_xml_is_shown_and_never_parsed() -> None:
    content = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    found = read(content, "x.xml")
    assert found.text == content.decode()


def test_long_text_is_refused_by_its_setting() -> None:
    with pytest.raises(TaskFailed, match="MAX_TEXT_MB"):
        read(b"x" * (2 << 20), "x.txt", limits=Limits(max_text_mb=1))


def test_an_empty_file_is_damaged() -> None:
    with pytest.raises(TaskFailed, match="empty") as caught:
        read(b"", "x.pdf")
    assert caught.value.kind is FailureKind.DAMAGED
