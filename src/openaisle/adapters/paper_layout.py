"""How blocks of a paper become pages of a PDF; loaded only where papers are made."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.code128 import Code128  # type: ignore[import-untyped]
from reportlab.graphics.barcode.qr import QrCodeWidget  # type: ignore[import-untyped]
from reportlab.graphics.shapes import Drawing  # type: ignore[import-untyped]
from reportlab.lib.colors import Color, HexColor, white  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4, LETTER  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.lib.units import inch, mm  # type: ignore[import-untyped]
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFError, TTFont  # type: ignore[import-untyped]
from reportlab.platypus import Flowable, Image, KeepTogether, SimpleDocTemplate, Spacer, Table  # type: ignore[import-untyped]
from reportlab.platypus import Paragraph as Text

from openaisle.kernel.papers import (
    Addresses,
    Barcode,
    Block,
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

_SHEETS = {PaperSize.A4: A4, PaperSize.LETTER: LETTER, PaperSize.LABEL: (4 * inch, 6 * inch)}
_MARGINS = {PaperSize.A4: 18 * mm, PaperSize.LETTER: 18 * mm, PaperSize.LABEL: 5 * mm}
_BUILT_IN, _BUILT_IN_BOLD = "Helvetica", "Helvetica-Bold"
_BLOCKS_MAXIMUM = 100
_CELLS_MAXIMUM = 10_000
_CHARACTERS_MAXIMUM = 200_000
_LOGO_HEIGHT = 14 * mm
_LOGO_WIDTH = 60 * mm
# What the library leaves free within a page's frame: texts would stand beside the tables' edge.
_FRAME_PADDING = 6
_LOGO_PIXELS_MAXIMUM = 25_000_000
_RULE = HexColor("#d1d5db")
_SOFT = HexColor("#4b5563")


def pdf_of(*, paper: Paper, font_file: Path | None) -> bytes:
    """Return the paper as PDF, always with the same bytes; raises PaperTooLong, FontUnusable or LogoUnusable."""
    _require_short(paper)
    layout = _Layout(paper=paper, font_file=font_file)
    margin = _MARGINS[paper.size]
    held = io.BytesIO()
    document = SimpleDocTemplate(
        held,
        pagesize=_SHEETS[paper.size],
        leftMargin=margin - _FRAME_PADDING,
        rightMargin=margin - _FRAME_PADDING,
        topMargin=margin,
        bottomMargin=margin + (0 if paper.size is PaperSize.LABEL else 8 * mm),
        title=paper.title,
        author=paper.brand.name,
        lang=paper.language,
        # No moment and no random identifier in the file: the same paper is the same bytes.
        invariant=1,
    )
    document.build(layout.flowables(), onFirstPage=layout.foot, onLaterPages=layout.foot)
    return held.getvalue()


class _Layout:
    """Turns blocks into what ReportLab flows over pages."""

    def __init__(self, *, paper: Paper, font_file: Path | None) -> None:
        self._paper = paper
        self._is_label = paper.size is PaperSize.LABEL
        self._color = HexColor(paper.brand.color)
        self._font, self._bold, self._knows = _fonts(font_file)
        self._width = _SHEETS[paper.size][0] - 2 * _MARGINS[paper.size]
        size = 9 if self._is_label else 10
        self._body = self._style(size=size)
        self._small = self._style(size=size - 2, color=_SOFT)
        self._strong = self._style(size=size, font=self._bold)
        self._address = self._style(size=size + (3 if self._is_label else 1))
        self._title = self._style(size=size + 6, font=self._bold, color=self._color)
        self._head = self._style(size=size - 1, font=self._bold, color=white)

    def flowables(self) -> list[Flowable]:
        """The heading of the brand, then every block."""
        made = [self._heading(self._paper.brand), Spacer(1, 2 * mm), self._text(self._paper.title, self._title)]
        for block in self._paper.blocks:
            made.append(Spacer(1, (2 if self._is_label else 5) * mm))
            made.extend(self._block(block))
        return made

    def foot(self, canvas: Any, document: Any) -> None:  # noqa: ANN401
        """Write the foot of a page: the brand's sentence and, on sheets, the number of the page."""
        if self._is_label:
            return
        canvas.saveState()
        canvas.setFont(self._font, 8)
        canvas.setFillColor(_SOFT)
        bottom = 12 * mm
        left = _MARGINS[self._paper.size]
        canvas.drawString(left, bottom, self._plain(self._paper.brand.footer))
        canvas.drawRightString(left + self._width, bottom, str(document.page))
        canvas.restoreState()

    def _heading(self, brand: Brand) -> Flowable:
        name = self._text(brand.name, self._strong)
        left: Flowable = name if brand.logo is None else _logo(brand.logo)
        address = [self._text(line, self._small) for line in brand.return_address]
        share = 0.5
        table = Table([[left, address]], colWidths=[self._width * share, self._width * (1 - share)])
        table.setStyle(
            [("VALIGN", (0, 0), (-1, -1), "TOP"), *_NO_PADDING, ("LINEBELOW", (0, 0), (-1, -1), 1.2, self._color)]
        )
        return table

    def _block(self, block: Block) -> list[Flowable]:
        match block:
            case Paragraph():
                return [self._text(block.text, self._strong if block.heading else self._body)]
            case Fields():
                return [self._fields(block)]
            case Addresses():
                return [self._addresses(block)]
            case Grid():
                return [self._grid(block)]
            case Barcode():
                return [KeepTogether([*self._barcode(block), self._text(block.text, self._small)])]

    def _fields(self, block: Fields) -> Flowable:
        rows = [[self._text(name, self._small), self._text(value, self._body)] for name, value in block.pairs]
        table = Table(rows, colWidths=[self._width * 0.3, self._width * 0.7])
        table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_NO_PADDING])
        return table

    def _addresses(self, block: Addresses) -> Flowable:
        cells = [
            [self._text(title, self._small), *(self._text(line, self._address) for line in lines)]
            for title, lines in block.addresses
        ]
        table = Table([cells], colWidths=[self._width / len(cells)] * len(cells))
        table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_NO_PADDING])
        return table

    def _grid(self, block: Grid) -> Flowable:
        whole = sum(block.shares)
        widths = [self._width * share / whole for share in block.shares]
        rows = [[self._text(name, self._head) for name in block.columns]]
        rows += [[self._text(cell, self._body) for cell in row] for row in block.rows]
        table = Table(rows, colWidths=widths, repeatRows=1)
        table.setStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), self._color),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 1), (-1, -1), 0.4, _RULE),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
        return table

    def _barcode(self, block: Barcode) -> Iterator[Flowable]:
        # Bars hold ASCII only; what else there is stands below them as text.
        text = block.text.encode("ascii", "replace").decode()
        if block.square:
            side = 24 * mm
            drawing = Drawing(side, side)
            drawing.add(QrCodeWidget(text, barWidth=side, barHeight=side))
            yield drawing
            return
        thickness = 0.3 * mm
        made = Code128(text, barHeight=14 * mm, barWidth=thickness, quiet=False)
        if made.width > self._width:
            made = Code128(text, barHeight=14 * mm, barWidth=thickness * self._width / made.width, quiet=False)
        yield made

    def _text(self, text: str, style: ParagraphStyle) -> Flowable:
        # Strangers' texts are texts: nothing in them is markup to the layout.
        return Text(escape(self._plain(text)), style)

    def _plain(self, text: str) -> str:
        return "".join(self._drawable(character) for character in text)

    def _drawable(self, character: str) -> str:
        """Return a character that the font has: itself, its letter without marks, or a question mark."""
        if character in "\t\n\r":
            return " "
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}:
            return ""
        if self._knows(character):
            return character
        base = unicodedata.normalize("NFKD", character)[0]
        return base if self._knows(base) else "?"

    def _style(self, *, size: int, font: str | None = None, color: Color | None = None) -> ParagraphStyle:
        return ParagraphStyle(
            name="style",
            fontName=font or self._font,
            fontSize=size,
            leading=size * 1.25,
            textColor=color or HexColor("#111827"),
            # A word longer than its column is broken rather than let over the edge.
            splitLongWords=True,
        )


_NO_PADDING = (
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ("TOPPADDING", (0, 0), (-1, -1), 1),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
)


def _logo(content: bytes) -> Flowable:
    try:
        reader = ImageReader(io.BytesIO(content))
        width, height = reader.getSize()
    except Exception as error:  # noqa: BLE001 (what the picture library raises for a broken file is its secret)
        raise LogoUnusable(detail=f"The logo cannot be read: {type(error).__name__}.") from None
    if width * height > _LOGO_PIXELS_MAXIMUM:
        raise LogoUnusable(detail=f"The logo has {width} by {height} pixels, more than {_LOGO_PIXELS_MAXIMUM:,}.")
    scale = min(_LOGO_HEIGHT / height, _LOGO_WIDTH / width)
    return Image(io.BytesIO(content), width=width * scale, height=height * scale, hAlign="LEFT")


@cache
def _fonts(font_file: Path | None) -> tuple[str, str, Callable[[str], bool]]:
    """Return the names of the plain and the bold font, and what tells whether they have a character."""
    if font_file is None:
        return _BUILT_IN, _BUILT_IN_BOLD, _is_western
    name = f"operator-{font_file.stem}"
    try:
        font = TTFont(name, str(font_file))
    except (OSError, TTFError) as error:
        raise FontUnusable(detail=f"{font_file.name} cannot be used as a font: {error}.") from None
    pdfmetrics.registerFont(font)
    glyphs = font.face.charToGlyph
    return name, name, lambda character: ord(character) in glyphs


def _is_western(character: str) -> bool:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _require_short(paper: Paper) -> None:
    cells = sum(len(block.rows) * len(block.columns) for block in paper.blocks if isinstance(block, Grid))
    if len(paper.blocks) > _BLOCKS_MAXIMUM or cells > _CELLS_MAXIMUM:
        raise PaperTooLong(detail=f"{len(paper.blocks)} blocks with {cells} cells are more than are printed at once.")
    count = sum(len(text) for text in _texts(paper))
    if count > _CHARACTERS_MAXIMUM:
        raise PaperTooLong(detail=f"{count} characters are more than are printed at once.")


def _texts(paper: Paper) -> Iterator[str]:
    for block in paper.blocks:
        match block:
            case Paragraph() | Barcode():
                yield block.text
            case Fields():
                yield from (text for pair in block.pairs for text in pair)
            case Addresses():
                yield from (line for _, lines in block.addresses for line in lines)
            case Grid():
                yield from (cell for row in block.rows for cell in row)
