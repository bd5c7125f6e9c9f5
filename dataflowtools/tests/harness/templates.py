"""Templates as people make them, and data to fill them with."""

from __future__ import annotations

import base64
import io
from typing import Any

import docx
import openpyxl
from openpyxl.styles import Font

from harness.attacks import png


def invoice_docx() -> bytes:
    """A Word template: header and footer, a tag split over runs, a table's rows, conditions, an image."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Header of {{ company }}"
    document.sections[0].footer.paragraphs[0].text = "Footer, {{ day|date('dd.mm.yyyy') }}"
    document.add_heading("Invoice {{ number }}", 1)
    split = document.add_paragraph()
    split.add_run("Dear {{ cus")
    split.add_run("tomer.na").bold = True
    split.add_run("me }},")
    for text in ("{%p if vip %}", "You are special.", "{%p else %}", "You are welcome.", "{%p endif %}"):
        document.add_paragraph(text)
    table = document.add_table(4, 2)
    rows = (("Item", "Price"), ("{%tr for item in items %}", ""), ("{{ item.name }}", "{{ item.price|number }}"))
    for row, texts in zip(table.rows, (*rows, ("{%tr endfor %}", "")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_paragraph("{{ logo }}")
    return saved(document)


def invoice_xlsx() -> bytes:
    """A workbook template: rows that repeat, a total under them, styles, merged cells, an image."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Invoice"
    sheet["A1"] = "Invoice {{ number }}"
    sheet.merge_cells("A1:C1")
    sheet.append(["Item", "Price", "Double"])
    sheet["A3"] = "{% for item in items %}"
    sheet["A4"], sheet["B4"], sheet["C4"] = "{{ item.name }}", "{{ item.price }}", "=B4*2"
    sheet["B4"].font, sheet["B4"].number_format = Font(bold=True), "0.00"
    sheet["A5"] = "{% endfor %}"
    sheet["A6"], sheet["B6"] = "Total", "=SUM(B4:B4)"
    sheet["A7"] = "{%tr if vip %}"
    sheet["A8"] = "Special"
    sheet["A9"] = "{%tr endif %}"
    sheet["A10"], sheet["B10"], sheet["C10"] = "{{ remark }}", "{{ day }}", "{{ logo }}"
    sheet.oddHeader.center.text = "{{ company }}"
    return saved(book)


def data(**changes: Any) -> dict[str, Any]:
    """What the invoices are filled with."""
    logo = base64.b64encode(png((200, 0, 0))).decode()
    return {
        "company": "Ä & <Co>",
        "number": "2024-7",
        "day": "2024-02-29",
        "customer": {"name": "王 & Söhne"},
        "vip": True,
        "items": [{"name": "Nut <x>", "price": 1234.5}, {"name": "Bolt", "price": 0.5}, {"name": "Pin", "price": 1}],
        "remark": "=HYPERLINK(0)",
        "logo": {"image_base64": logo, "width_mm": 20},
        **changes,
    }


def word_template(*paragraphs: str) -> bytes:
    """A Word template of these paragraphs."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    return saved(document)


def saved(document: Any) -> bytes:
    """Return what a library would write into a file."""
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()
