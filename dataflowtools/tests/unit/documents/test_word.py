"""Word documents since 2007, part by part."""

from __future__ import annotations

from harness.packages import paragraph, png, relations, word, word_part
from harness.reading import facts, kind_of, read

_NUMBERING = word_part(
    "numbering",
    '<w:abstractNum w:abstractNumId="0">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1)"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerRoman"/><w:lvlText w:val="%1.%2"/></w:lvl>'
    '</w:abstractNum><w:abstractNum w:abstractNumId="1">'
    '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="\uf0b7"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>',
)
_STYLES = word_part(
    "styles",
    '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="mine"/><w:basedOn w:val="H2"/></w:style>',
)


def item(text: str, list_id: int, depth: int = 0) -> str:
    return paragraph(text, properties=f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/></w:numPr>')


def test_paragraphs_and_tables_come_in_the_order_of_the_body() -> None:
    table = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    found = read(word(paragraph("before") + table + paragraph("after")))
    assert found.text.split("\n")[:3] == ["before", "a\t", "after"]
    assert found.rows == [["a", ""]]


def test_a_cell_that_spans_rows_and_columns_is_kept_as_one() -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    wide, tall = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>'
    table = (
        f"<w:tbl><w:tr>{cell('wide', wide)}{cell('tall', tall)}</w:tr>"
        f"<w:tr>{cell('x')}{cell('y')}{cell('', '<w:vMerge/>')}</w:tr></w:tbl>"
    )
    found = read(word(table))
    assert found.rows == [["wide", None, "tall"], ["x", "y", None]]
    assert found.tables[0]["merged"] == [
        {"row": 0, "column": 0, "rows": 1, "columns": 2},
        {"row": 0, "column": 2, "rows": 2, "columns": 1},
    ]


def test_inserted_text_is_shown_and_deleted_text_is_not() -> None:
    body = (
        "<w:p><w:r><w:t>kept</w:t></w:r><w:ins><w:r><w:t> new</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText> old</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t> moved away</w:t></w:r></w:moveFrom></w:p>"
    )
    content = word(body)
    assert read(content).text == "kept new\n"
    assert facts(content)["tracked_changes"] == 3


def test_hidden_text_and_field_codes_are_not_text() -> None:
    body = (
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "http://a.example/"</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>shown</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )
    found = read(word(body))
    assert found.text == "shown\n"
    assert found.markdown == "[shown](http://a.example/)\n"


def test_a_text_box_is_read_once_though_it_stands_twice_in_the_file() -> None:
    box = f"<w:txbxContent>{paragraph('in the box')}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>around</w:t></w:r><w:r><mc:AlternateContent>"
        f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert read(word(body)).text == "around\nin the box\n"


def test_headers_footers_notes_and_comments_are_read() -> None:
    body = (
        '<w:p><w:r><w:t>body</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
        '<w:r><w:commentReference w:id="0"/></w:r></w:p>'
    )
    content = word(
        body,
        parts={
            "word/header1.xml": word_part("hdr", paragraph("the header")),
            "word/footer1.xml": word_part("ftr", paragraph("the footer")),
            "word/footnotes.xml": word_part(
                "footnotes",
                f'<w:footnote w:type="separator" w:id="0">{paragraph("----")}</w:footnote>'
                f'<w:footnote w:id="2">{paragraph("the note")}</w:footnote>',
            ),
            "word/comments.xml": word_part(
                "comments", f'<w:comment w:id="0" w:author="Ann">{paragraph("really?")}</w:comment>'
            ),
        },
        links=(
            ("h", "header", "header1.xml"),
            ("f", "footer", "footer1.xml"),
            ("n", "footnotes", "footnotes.xml"),
            ("c", "comments", "comments.xml"),
        ),
    )
    assert read(content).text.split("\n")[:-1] == [
        "the header",
        "body[1][2]",
        "[1] the note",
        "[2] Ann: really?",
        "the footer",
    ]
    assert (facts(content)["footnotes"], facts(content)["comments"]) == (1, 1)


def test_lists_have_the_labels_that_word_counts() -> None:
    body = item("one", 1) + item("deeper", 1, 1) + item("two", 1) + item("again", 1, 1) + item("dot", 2)
    found = read(word(body, parts={"word/numbering.xml": _NUMBERING}, links=(("n", "numbering", "numbering.xml"),)))
    assert found.text.split("\n")[:-1] == ["1) one", "  1.i deeper", "2) two", "  2.i again", "• dot"]
    assert found.markdown.startswith("1. one\n   - 1.i deeper\n2. two\n")


def test_headings_come_from_styles_and_their_parents() -> None:
    body = paragraph("a", "H2") + paragraph("b", "Mine") + paragraph("c", properties='<w:outlineLvl w:val="0"/>')
    found = read(word(body, parts={"word/styles.xml": _STYLES}, links=(("s", "styles", "styles.xml"),)))
    assert found.markdown == "## a\n\n## b\n\n# c\n"


def test_what_would_be_markup_in_markdown_is_escaped() -> None:
    assert read(word(paragraph("1. *no* &lt;b&gt; snake_case"))).markdown == "1\\. \\*no\\* \\<b> snake_case\n"


def test_pictures_inside_are_given_and_those_outside_are_named_only() -> None:
    shape = '<wp:docPr id="1" name="p" descr="a dot"/><a:blip r:embed="i"/>'
    picture = f"<w:p><w:r><w:drawing>{shape}</w:drawing></w:r></w:p>"
    linked = '<w:p><w:r><w:drawing><a:blip r:link="e"/></w:drawing></w:r></w:p>'
    content = word(
        picture + linked,
        parts={"word/media/dot.png": png(3, 2)},
        links=(("i", "image", "media/dot.png"), ("e", "image", "http://a.example/spy.png")),
    )
    found = read(content)
    assert [(image["name"], image["media_type"], image["width"]) for image in found.images] == [
        ("dot.png", "image/png", 3)
    ]
    assert "![a dot](dot.png)" in found.markdown
    assert found.metadata["external_links"] == ["http://a.example/spy.png"]


def test_a_damaged_part_beside_the_body_costs_a_warning_only() -> None:
    content = word(
        paragraph("body"),
        parts={"word/styles.xml": "<broken", "word/_rels/header1.xml.rels": relations()},
        links=(("s", "styles", "styles.xml"),),
    )
    found = read(content)
    assert found.text == "body\n"
    assert "word/styles.xml" in " ".join(found.warnings)


def test_macros_show_in_the_media_type_and_the_facts() -> None:
    content = word(paragraph("x"), parts={"word/vbaProject.bin": b"\x00"})
    assert facts(content)["macros"] is True
    assert kind_of(content) == "docx"


def test_pages_are_no_wish_that_a_word_file_can_fulfil() -> None:
    found = read(word(paragraph("x")), pages="2-3")
    assert found.text == "x\n"
    assert "no fixed pages" in " ".join(found.warnings)
