"""The files that the README's commands send."""

from pathlib import Path

import docx
import numpy
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

_PAGES = 8


def make_samples(folder: Path) -> Path:
    """Make the files, and return their folder."""
    page("Total 12.50 EUR").save(folder / "receipt.jpg")
    first, *further = [page(f"Page number {number}") for number in range(1, _PAGES + 1)]
    first.save(folder / "scan.pdf", save_all=True, append_images=further, resolution=200)
    code = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode("4006381333931", zxingcpp.BarcodeFormat.EAN13))
    bars = Image.fromarray(numpy.array(code)).convert("L").resize((400, 200))
    label = Image.new("L", (600, 400), 255)
    label.paste(bars, (100, 100))
    label.save(folder / "label.png")
    report = docx.Document()
    report.add_paragraph("Quarterly report")
    report.save(str(folder / "report.docx"))
    return folder


def page(text: str) -> Image.Image:
    """Return a white page with one line of text."""
    image = Image.new("L", (700, 200), 255)
    ImageDraw.Draw(image).text((60, 60), text, font=ImageFont.load_default(60), fill=0)
    return image
