"""The port of making papers: slips and labels as pages that print, laid out from plain blocks."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from openaisle.kernel.errors import OpenAisleError


class PaperSize(StrEnum):
    """The sheet: A4 and LETTER for slips, LABEL for a label printer (4 by 6 inches)."""

    A4 = "a4"
    LETTER = "letter"
    LABEL = "label"


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """Whose papers they are: the name, a color (``#rrggbb``), a picture (PNG or JPEG) and where returns go."""

    name: str
    color: str = "#1f2937"
    logo: bytes | None = None
    return_address: tuple[str, ...] = ()
    footer: str = ""


class Paragraph(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A text of its own; a ``heading`` stands out."""

    text: str
    heading: bool = False


class Fields(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Pairs of a name and a value, one below the other."""

    pairs: tuple[tuple[str, str], ...]


class Addresses(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Addresses side by side, each with its title and its lines."""

    addresses: tuple[tuple[str, tuple[str, ...]], ...]


class Grid(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A table; ``shares`` are the widths of the columns as parts of their sum. Long tables go on over pages."""

    columns: tuple[str, ...]
    shares: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


class Barcode(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A text that scanners read: Code 128, or a square code where ``square``; the text stands below it."""

    text: str
    square: bool = False


Block = Paragraph | Fields | Addresses | Grid | Barcode


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper: its title under the brand, then its blocks. ``language`` is an IETF tag for readers of the file."""

    title: str
    brand: Brand
    blocks: tuple[Block, ...]
    size: PaperSize = PaperSize.A4
    language: str = "en"


class PaperTooLong(OpenAisleError):
    """A paper with more blocks, rows or text than is ever printed."""

    code = "paper-too-long"
    title = "The paper is too long to be made"
    status = 413
    mend = "Print fewer lines at once."


class FontUnusable(OpenAisleError):
    """The operator's font for papers is not there, or no TrueType font."""

    code = "font-unusable"
    title = "The font for papers cannot be used"
    mend = "Name a TrueType font (.ttf) in the section brand of the order policy, or none."


class LogoUnusable(OpenAisleError):
    """The operator's logo is not there, too large, or no picture."""

    code = "logo-unusable"
    title = "The logo for papers cannot be used"
    mend = "Name a PNG or JPEG file of at most 1 MB in the section brand of the order policy, or none."


class PaperPress(Protocol):
    """Makes papers; the same paper gives the same bytes."""

    async def pdf(self, *, paper: Paper) -> bytes:
        """Return the paper as PDF; raises PaperTooLong, FontUnusable or LogoUnusable."""
        ...
