"""Papers: the same paper is the same bytes, strangers' texts stay texts, and any script prints with the right font."""

from __future__ import annotations

import base64
import re
import time
import zlib
from pathlib import Path

import pytest

from openaisle.adapters.papers import ReportLabPress
from openaisle.kernel.papers import (
    Addresses,
    Barcode,
    Brand,
    Fields,
    FontUnusable,
    Grid,
    LogoUnusable,
    Paper,
    PaperSize,
    PaperTooLong,
    Paragraph,
)

BRAND = Brand(name="Kaufhaus & Söhne", color="#b91c1c", return_address=("Retouren", "28195 Bremen"), footer="Danke!")
# A PNG of one red pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


def make_paper(*blocks, **given) -> Paper:
    return Paper(**({"title": "Packing slip", "brand": BRAND, "blocks": blocks} | given))


def texts_of(pdf: bytes) -> str:
    """The texts that pages show with the built-in font."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        raw = stream.strip()
        if not raw.endswith(b"~>"):
            continue
        try:
            content = zlib.decompress(base64.a85decode(raw.removesuffix(b"~>")))
        except zlib.error:
            continue
        found += re.findall(rb"\((.*?)(?<!\\)\) Tj", content)
    return b" ".join(found).replace(rb"\(", b"(").replace(rb"\)", b")").decode("latin-1")


async def test_a_paper_tells_what_its_blocks_say_and_is_always_the_same_bytes():
    paper = make_paper(
        Addresses(addresses=(("Ship to", ("Ada Fischer", "Lindenweg 4")),)),
        Fields(pairs=(("Order", "R-1"),)),
        Grid(columns=("SKU", "Units"), shares=(3, 1), rows=(("MUG", "2"),)),
        Paragraph(text="Come again", heading=True),
        Barcode(text="R-1"),
        Barcode(text="R-1", square=True),
    )
    made = await ReportLabPress().pdf(paper=paper)
    assert made.startswith(b"%PDF-")
    told = texts_of(made)
    for text in ("Packing slip", "Kaufhaus", "Retouren", "Danke!", "Ada Fischer", "R-1", "MUG", "Come again"):
        assert text in told, text
    assert await ReportLabPress().pdf(paper=paper) == made


async def test_texts_of_strangers_are_never_markup():
    hostile = "<b>bold</b> &amp; <img src='file:///etc/passwd'/> <a href='x'>"
    made = await ReportLabPress().pdf(
        paper=make_paper(Paragraph(text=hostile), Grid(columns=("A",), shares=(1,), rows=((hostile,),)))
    )
    # The layout writes a line in pieces; put together again they are the text as it was.
    told = texts_of(made).replace(" ", "")
    assert told.count("<b>bold</b>&amp;<imgsrc='file:///etc/passwd'/>") == 2


async def test_a_long_list_goes_on_over_pages_and_a_long_word_is_broken():
    rows = tuple((f"SKU-{number}", "W" * 400) for number in range(60))
    made = await ReportLabPress().pdf(paper=make_paper(Grid(columns=("SKU", "Product"), shares=(1, 3), rows=rows)))
    assert made.count(b"/Type /Page\n") > 3
    assert texts_of(made).count("Product") == made.count(b"/Type /Page\n")


async def test_letters_that_a_font_lacks_lose_their_marks_and_control_characters_go():
    told = texts_of(await ReportLabPress().pdf(paper=make_paper(Paragraph(text="Zażółć\u202e\x00 東京"))))
    assert "Za" in told
    assert "??" in told
    assert "\u202e" not in told


@pytest.mark.skipif(not FONT.exists(), reason="there is no DejaVu Sans on this machine")
async def test_other_scripts_print_with_the_operators_font():
    plain = await ReportLabPress().pdf(paper=make_paper(Paragraph(text="Ωμέγα Київ")))
    made = await ReportLabPress(font_file=FONT).pdf(paper=make_paper(Paragraph(text="Ωμέγα Київ")))
    assert b"DejaVuSans" in made
    assert b"FontFile2" in made
    assert b"FontFile2" not in plain


async def test_a_font_or_a_logo_that_is_none_is_told_by_its_name(tmp_path):
    (tmp_path / "font.ttf").write_bytes(b"no font")
    with pytest.raises(FontUnusable):
        await ReportLabPress(font_file=tmp_path / "font.ttf").pdf(paper=make_paper())
    broken = Brand(name="x", logo=b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(LogoUnusable):
        await ReportLabPress().pdf(paper=make_paper(brand=broken))


async def test_a_logo_stands_on_the_paper_and_a_label_is_one_small_page():
    made = await ReportLabPress().pdf(paper=make_paper(brand=Brand(name="x", logo=PIXEL)))
    assert b"/Subtype /Image" in made
    address = Addresses(addresses=(("Ship to", ("Ada", "Lindenweg 4", "28195 Bremen", "DE")),))
    label = await ReportLabPress().pdf(
        paper=make_paper(address, Barcode(text="po_" + "0" * 26 + "_01"), size=PaperSize.LABEL)
    )
    assert label.count(b"/Type /Page\n") == 1
    assert b"/MediaBox [ 0 0 288 432 ]" in label


@pytest.mark.parametrize(
    "blocks",
    [
        [Paragraph(text="x")] * 101,
        [Grid(columns=("A",), shares=(1,), rows=(("x",),) * 10_001)],
        [Paragraph(text="x" * 200_001)],
    ],
)
async def test_a_paper_without_end_is_refused_at_once(blocks):
    began = time.perf_counter()
    with pytest.raises(PaperTooLong):
        await ReportLabPress().pdf(paper=make_paper(*blocks))
    assert time.perf_counter() - began < 5
