"""Images of every kind become blue, green and red, upright; what is too large is refused before it is decoded."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from drivenadapters.images.guest import pictures
from drivenadapters.images.guest.documents import choose, open_pages
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

LIMITS = {"pixels": 10_000, "pages": 5, "dpi": 100}
SIZE = (40, 20)


@pytest.fixture(autouse=True, scope="module")
def prepared() -> None:
    pictures.prepare()


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def decoded(content: bytes, index: int = 0) -> Any:
    return open_pages(io.BytesIO(content), LIMITS)[0].frame(index)


def red() -> Image.Image:
    """A red picture with a blue left half."""
    image = Image.new("RGB", SIZE, (250, 0, 0))
    image.paste((0, 0, 250), (0, 0, 20, 20))
    return image


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "JPEG2000", "AVIF", "HEIF", "PPM"])
def test_every_format_is_decoded_to_blue_green_red(kind: str) -> None:
    pixels = decoded(encoded(red(), kind))
    assert pixels.shape == (20, 40, 3)
    assert pixels[10, 35].tolist() == pytest.approx([0, 0, 250], abs=30)
    assert pixels[10, 5].tolist() == pytest.approx([250, 0, 0], abs=30)


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image.convert("P"),
        lambda image: image.convert("CMYK"),
        lambda image: image.convert("RGBA"),
        lambda image: image.quantize(4),
    ],
)
def test_every_colour_mode_is_decoded(change: Callable[[Image.Image], Image.Image]) -> None:
    pixels = decoded(encoded(change(red()), "TIFF"))
    assert pixels[10, 35].tolist() == pytest.approx([0, 0, 250], abs=30)


def test_one_bit_and_grey_become_three_channels() -> None:
    assert decoded(encoded(Image.new("1", SIZE, 1), "PNG"))[0, 0].tolist() == [255, 255, 255]
    assert decoded(encoded(Image.new("L", SIZE, 100), "PNG"))[0, 0].tolist() == [100, 100, 100]


def test_sixteen_bits_are_scaled_by_the_range_in_use() -> None:
    values = np.full((20, 40), 4000, np.uint16)
    values[:, :20] = 100
    pixels = decoded(encoded(Image.fromarray(values), "PNG"))
    assert (int(pixels[0, 0, 0]), int(pixels[0, 39, 0])) == (0, 255)


def test_transparent_paper_is_white() -> None:
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (10, 5, 20, 10))
    pixels = decoded(encoded(image, "PNG"))
    assert (int(pixels[0, 0, 0]), int(pixels[7, 15, 0])) == (255, 0)


def test_white_on_transparent_paper_is_laid_on_black_since_it_would_vanish() -> None:
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (10, 5, 20, 10))
    pixels = decoded(encoded(image, "PNG"))
    assert (int(pixels[0, 0, 0]), int(pixels[7, 15, 0])) == (0, 255)


def test_a_photo_is_turned_as_its_metadata_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    assert decoded(encoded(red(), "JPEG", exif=exif)).shape == (40, 20, 3)


def test_all_frames_are_pages() -> None:
    frames = [Image.new("L", SIZE, shade) for shade in (0, 100, 200)]
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    pages, bounds = open_pages(io.BytesIO(content), LIMITS)
    assert choose(pages, None, bounds) == ([0, 1, 2], 3)
    assert [int(pages.frame(index)[0, 0, 0]) for index in (2, 0, 1)] == [200, 0, 100]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [([[2, None]], [1, 2]), ([[3, 3], [1, 1]], [2, 0]), ([[1, 2], [2, 3]], [0, 1, 2])],
)
def test_pages_are_chosen_in_the_order_asked_each_once(wanted: list[list[int | None]], chosen: list[int]) -> None:
    frames = [Image.new("L", SIZE, shade) for shade in (0, 100, 200)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    pages, bounds = open_pages(io.BytesIO(content), LIMITS)
    assert choose(pages, wanted, bounds)[0] == chosen


@pytest.mark.parametrize("wanted", [[[4, 4]], [[2, 9]], [[9, None]]])
def test_a_page_that_does_not_exist_is_named(wanted: list[list[int | None]]) -> None:
    pages, bounds = open_pages(io.BytesIO(encoded(red(), "PNG")), LIMITS)
    with pytest.raises(TaskFailed, match=r"of a file of 1 page$") as caught:
        choose(pages, wanted, bounds)
    assert caught.value.field == "pages"


def test_more_pages_than_allowed_are_refused_with_the_setting() -> None:
    frames = [Image.new("L", SIZE, shade) for shade in range(6)]
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    pages, bounds = open_pages(io.BytesIO(content), LIMITS)
    with pytest.raises(TaskFailed, match="MAX_OCR_PAGES"):
        choose(pages, None, bounds)
    assert choose(pages, [[6, 6]], bounds)[0] == [5]


def test_a_large_picture_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(Image.new("1", (200, 200)), "PNG")
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(TaskFailed, match="MAX_IMAGE_MEGAPIXELS") as caught:
        open_pages(io.BytesIO(content), LIMITS)
    assert caught.value.kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "JPEG2000", "AVIF", "HEIF"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_picture_is_damaged_not_a_crash(kind: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (90, 110, 3), np.uint8)
    content = encoded(Image.fromarray(noise), kind)
    with pytest.raises(TaskFailed) as caught:
        decoded(content[: int(len(content) * share)])
    assert caught.value.kind in (FailureKind.DAMAGED, FailureKind.UNSUPPORTED)


@pytest.mark.parametrize(
    "content",
    [b"GIF89a", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"<svg/>", b"\x00" * 100],
)
def test_what_is_no_image_is_told_what_is(content: bytes) -> None:
    with pytest.raises(TaskFailed) as caught:
        decoded(content)
    assert caught.value.kind in (FailureKind.UNSUPPORTED, FailureKind.DAMAGED)


def test_an_empty_file_is_said_to_be_empty() -> None:
    with pytest.raises(TaskFailed, match="empty"):
        decoded(b"")


def page_of(width: float, height: float) -> bytes:
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    document.new_page(width, height)
    file = io.BytesIO()
    document.save(file)
    document.close()
    return file.getvalue()


def test_a_large_page_of_a_pdf_is_drawn_coarser_and_says_so() -> None:
    pages, _ = open_pages(io.BytesIO(page_of(90, 90)), {**LIMITS, "dpi": 200})
    assert max(pages.frame(0).shape) <= 100
    assert pages.warnings == ["the page is so large that it was drawn at 79 instead of 200 dots an inch"]


def test_an_absurd_page_of_a_pdf_is_refused() -> None:
    pages, _ = open_pages(io.BytesIO(page_of(14_000, 14_000)), LIMITS)
    with pytest.raises(TaskFailed, match="194 x 194 inches") as caught:
        pages.frame(0)
    assert caught.value.kind is FailureKind.TOO_LARGE
