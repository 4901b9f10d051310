"""The places to which the encryption of what an order keeps of its shopper is bound."""

from __future__ import annotations


def ship_to_place(order_id: str) -> str:
    """Return the place of an order's address."""
    return f"order/{order_id}/ship_to"


def contact_place(order_id: str) -> str:
    """Return the place of how an order's shopper is reached."""
    return f"order/{order_id}/contact"


def note_place(*, order_id: str, note_id: str) -> str:
    """Return the place of the text of a note."""
    return f"order/{order_id}/note/{note_id}"
