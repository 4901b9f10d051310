"""From the bytes of a file to its orders, whatever it is written in. Blocks; no network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from openaisle.kernel.markup import MarkupBroken, MarkupReader
from openaisle.orders.arriving.csv_orders import read_csv
from openaisle.orders.arriving.drafts import Draft, draft_of_json
from openaisle.orders.arriving.model import (
    MAXIMUM_ORDERS_PER_FILE,
    OrderFileFormat,
    OrderFileTooLarge,
    OrderFileUnreadable,
)
from openaisle.orders.arriving.ubl_orders import (
    MAXIMUM_CHARACTERS,
    MAXIMUM_FIELDS,
    ORDER_ELEMENTS,
    draft_of_ubl,
)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ReadFile(NamedTuple):
    """What a file is, and its orders in their order."""

    format: OrderFileFormat
    drafts: Sequence[Draft]


def read_orders(*, content: bytes, markup: MarkupReader) -> ReadFile:
    """Return the orders of a file; raises OrderFileUnreadable or OrderFileTooLarge.

    A file that begins with ``<`` is UBL, one that begins with ``{`` JSON Lines, any other CSV.
    """
    content = content.removeprefix(_BYTE_ORDER_MARK)
    start = content.lstrip()[:1]
    if start == b"<":
        return ReadFile(OrderFileFormat.UBL, _ubl(content=content, markup=markup))
    if start == b"{":
        return ReadFile(OrderFileFormat.JSON_LINES, _json_lines(content=content))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OrderFileUnreadable(detail=f"The file is not UTF-8: byte {error.start} belongs to no text.") from None
    if "\x00" in text:
        raise OrderFileUnreadable(detail="The file holds the character U+0000; it is no text.")
    return ReadFile(OrderFileFormat.CSV, read_csv(text=text))


def _json_lines(*, content: bytes) -> list[Draft]:
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), start=1) if line.strip()]
    _require_count(len(lines))
    return [draft_of_json(place=str(number), content=line) for number, line in lines]


def _ubl(*, content: bytes, markup: MarkupReader) -> list[Draft]:
    drafts: list[Draft] = []
    try:
        for record in markup.records_in(
            content=content,
            names=ORDER_ELEMENTS,
            maximum_characters=MAXIMUM_CHARACTERS,
            maximum_fields=MAXIMUM_FIELDS,
        ):
            drafts.append(draft_of_ubl(place=str(len(drafts) + 1), record=record))
            _require_count(len(drafts))
    except MarkupBroken as error:
        # What stands before the break may be half of a batch: nothing of it is placed.
        raise OrderFileUnreadable(detail=error.detail) from None
    if not drafts:
        raise OrderFileUnreadable(detail="The XML holds no element Order.")
    return drafts


def _require_count(count: int) -> None:
    if count > MAXIMUM_ORDERS_PER_FILE:
        raise OrderFileTooLarge(detail=f"A file may hold {MAXIMUM_ORDERS_PER_FILE:,} orders.")
