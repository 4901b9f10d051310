"""Pictures measured, and what is refused without being unpacked."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageDraw, ImageFilter

from openaisle.adapters.picture_measuring import PIXELS_MAXIMUM, measure
from openaisle.adapters.pictures import PillowPictureMeasurer
from openaisle.kernel.pictures import PictureRefused, PictureTooLarge


def drawn(*, width: int = 900, height: int = 600, ground: str = "white") -> Image.Image:
    picture = Image.new("RGB", (width, height), ground)
    pencil = ImageDraw.Draw(picture)
    for step in range(0, height // 3, 6):
        pencil.rectangle((width // 4 + step, height // 4 + step, width * 3 // 4, height * 3 // 4), outline="navy")
    return picture


def saved(picture: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_that_states(*, width: int, height: int) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00" * 1_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_sharp_picture_on_white_is_measured(kind: str) -> None:
    facts = measure(content=saved(drawn(), kind))
    assert (facts.format, facts.width, facts.height, facts.aspect) == (kind, 900, 600, 1.5)
    assert facts.white_border > 0.99
    assert facts.sharpness > 200


def test_a_blurred_picture_has_little_sharpness_and_a_gray_one_no_white_border() -> None:
    assert measure(content=saved(drawn().filter(ImageFilter.GaussianBlur(8)))).sharpness < 10
    assert measure(content=saved(drawn(ground="gray"))).white_border == 0.0


def test_what_is_transparent_counts_as_white() -> None:
    assert measure(content=saved(Image.new("RGBA", (600, 600), (0, 0, 0, 0)))).white_border == 1.0


@pytest.mark.parametrize(
    ("width", "height"), [(10_000, 10_000), (40_000, 10), (1, 100_000_000), (2_000_000_000, 2_000_000_000)]
)
def test_a_picture_of_too_many_pixels_is_refused_by_name_before_it_is_unpacked(width: int, height: int) -> None:
    with pytest.raises(PictureTooLarge) as refused:
        measure(content=png_that_states(width=width, height=height))
    assert f"{PIXELS_MAXIMUM:,}" in refused.value.detail


def test_a_real_picture_of_a_hundred_megapixels_is_refused() -> None:
    packed = saved(Image.new("1", (10_000, 10_000)))
    assert len(packed) < 100_000
    with pytest.raises(PictureTooLarge):
        measure(content=packed)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\xef\xbb\xbf<?xml version='1.0'?><svg/>",
        b"  \n<html><body onload=alert(1)>",
        b"\xff\xfe<\x00s\x00v\x00g\x00>\x00",
    ],
)
def test_a_picture_with_scripts_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(PictureRefused, match="SVG"):
        measure(content=content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00" * 100,
        b"%PDF-1.7",
        saved(Image.new("RGB", (10, 10)), "GIF"),
        saved(Image.new("RGB", (10, 10)), "TIFF"),
        saved(drawn())[:2_000],
        saved(drawn(), "JPEG")[:500],
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"short"),
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    ],
)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureRefused):
        measure(content=content)


def test_a_file_of_too_many_bytes_is_refused_unread() -> None:
    with pytest.raises(PictureTooLarge):
        measure(content=b"\x89PNG" + b"\x00" * 25_000_000)


async def test_the_port_answers_the_same() -> None:
    facts = await PillowPictureMeasurer().measured(content=saved(drawn(width=100, height=50)))
    assert facts.shorter_side == 50
