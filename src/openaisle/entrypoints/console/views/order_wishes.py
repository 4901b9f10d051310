"""What an order's page shows of what the shopper asked for and paid, and of what people wrote about the order."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.entrypoints.console.formats import actor_text, full_moment_text, moment, money_text
from openaisle.entrypoints.console.views.common import Fact
from openaisle.orders import views as room
from openaisle.orders.caring.records import NoteVisibility


class NoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote about the order, and who reads it."""

    text: str
    actor: str
    at: datetime
    readers: str


def wish_facts(*, view: room.OrderView) -> tuple[Fact, ...]:
    """Return what the storefront told beyond lines and address, and whether the order waits."""
    totals, days, hold = view.totals, view.requested_delivery, view.hold
    told = (
        ("On hold", f"{hold.reason}, until {full_moment_text(at=moment(text=hold.until))}" if hold else ""),
        ("Wanted", f"{days.not_before or 'any day'} to {days.not_after or 'any day'}" if days else ""),
        ("Shipping option", view.shipping_option or ""),
        ("Tax", _amount(view, totals.tax_minor)),
        ("Discount", _amount(view, totals.discount_minor)),
        ("Payment", view.payment_reference or ""),
        ("Goodwill granted", _amount(view, view.goodwill_minor)),
    )
    return tuple(Fact(label=label, value=value) for label, value in told if value)


def note_rows(*, view: room.OrderView) -> tuple[NoteRow, ...]:
    """Return the notes, the first one first."""
    return tuple(
        NoteRow(
            text="no longer readable" if note.text is None else note.text,
            actor=actor_text(actor=note.actor),
            at=moment(text=note.at),
            readers="for its suppliers too" if note.visibility is NoteVisibility.SUPPLIER else "internal",
        )
        for note in view.notes
    )


def _amount(view: room.OrderView, amount_minor: int) -> str:
    return money_text(amount_minor=amount_minor, currency=view.currency) if amount_minor else ""
