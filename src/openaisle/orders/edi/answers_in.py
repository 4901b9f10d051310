"""Acknowledgments of purchase orders (855): what a supplier answered, line by line. Pure."""

from __future__ import annotations

from datetime import date

import msgspec

from openaisle.orders.edi.interchange import TransactionSet, body_of
from openaisle.orders.edi.reading import clean, line_number_in, number_in, quantity_in, sku_in
from openaisle.orders.edi.validation import date_of

# The reasons and texts that stand beside an answer.
_REASON_QUALIFIERS = frozenset({"ZZ", "L1", "TN"})


class AnswerPart(msgspec.Struct, frozen=True, kw_only=True):
    """An ACK segment: its code, how many units it is about (None: it does not say) and by when they ship."""

    code: str
    quantity: int | None
    ship_by: date | None


class AnsweredPurchaseOrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered for a line; ``unit_price`` as the supplier wrote it, None where it did not."""

    line_number: int | None
    supplier_sku: str
    quantity: int | None
    unit_price: str
    parts: tuple[AnswerPart, ...]
    reason: str


class AnsweredPurchaseOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An 855: ``answer`` is the code for the whole (BAK02), ``supplier_number`` the supplier's own number of it."""

    purpose: str
    answer: str
    number: str
    supplier_number: str
    lines: tuple[AnsweredPurchaseOrderLine, ...]


def read_answer(one: TransactionSet) -> AnsweredPurchaseOrder:
    """Return what an 855 says."""
    purpose = answer = number = supplier_number = ""
    lines: list[AnsweredPurchaseOrderLine] = []
    parts: list[AnswerPart] = []
    reasons: list[str] = []

    def close() -> None:
        if lines:
            text = clean(" ".join(one for one in reasons if one), 300)
            lines[-1] = msgspec.structs.replace(lines[-1], parts=tuple(parts), reason=text)
        parts.clear()
        reasons.clear()

    for segment in body_of(one.segments):
        if segment.tag == "BAK":
            purpose, answer, number = segment.at(1), segment.at(2), segment.at(3)
            supplier_number = clean(segment.at(8), 30)
        elif segment.tag == "PO1":
            close()
            lines.append(
                AnsweredPurchaseOrderLine(
                    line_number=line_number_in(segment.at(1)),
                    supplier_sku=sku_in(segment=segment, first=6),
                    quantity=quantity_in(segment.at(2)),
                    unit_price=segment.at(4) if number_in(segment.at(4)) is not None else "",
                    parts=(),
                    reason="",
                )
            )
        elif segment.tag == "ACK" and lines:
            parts.append(
                AnswerPart(code=segment.at(1), quantity=quantity_in(segment.at(2)), ship_by=date_of(segment.at(5)))
            )
        elif segment.tag == "REF" and lines and segment.at(1) in _REASON_QUALIFIERS:
            reasons.append(segment.at(3) or segment.at(2))
        elif segment.tag == "MSG" and lines:
            reasons.append(segment.at(1))
    close()
    return AnsweredPurchaseOrder(
        purpose=purpose, answer=answer, number=number, supplier_number=supplier_number, lines=tuple(lines)
    )
