"""Answers to changes of purchase orders (865): what a supplier says to what we no longer want. Pure."""

from __future__ import annotations

import msgspec

from openaisle.orders.edi.interchange import TransactionSet, body_of
from openaisle.orders.edi.reading import clean

_REASONS_MAXIMUM = 5


class AnsweredChange(msgspec.Struct, frozen=True, kw_only=True):
    """An 865: the purchase order's number, the code of the answer (BCA02), and the supplier's words."""

    number: str
    answer: str
    reasons: tuple[str, ...]


def read_change_answer(one: TransactionSet) -> AnsweredChange:
    """Return what an 865 says."""
    number = answer = ""
    reasons: list[str] = []
    for segment in body_of(one.segments):
        if segment.tag == "BCA":
            answer, number = segment.at(2), segment.at(3)
        elif segment.tag == "REF" and segment.at(1) == "ZZ" and len(reasons) < _REASONS_MAXIMUM:
            reasons.append(clean(segment.at(3) or segment.at(2), 80))
    return AnsweredChange(number=number, answer=answer, reasons=tuple(one for one in reasons if one))


def note_of(answered: AnsweredChange) -> str:
    """Return how the answer stands in the purchase order's history. Ours holds: what we canceled is canceled."""
    said = f": {'; '.join(answered.reasons)}" if answered.reasons else ""
    return f"change_answered: 865 with code {answered.answer[:2]}{said}"
