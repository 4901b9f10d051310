"""What customer service leaves in an order: holds, notes and actions."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class NoteVisibility(StrEnum):
    """Who reads a note besides the storefront and the operator: nobody (``internal``), or the order's suppliers."""

    INTERNAL = "internal"
    SUPPLIER = "supplier"


class OrderNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something a person wrote down about an order; it is never changed. ``text`` is encrypted."""

    note_id: str
    at: str
    actor: str
    visibility: NoteVisibility
    text: str


class OrderHold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order that waits: its purchase orders are brought to nobody until it is released, or canceled at ``until``."""

    at: str
    actor: str
    reason: str
    until: str


class OrderAction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something that was done to the order as a whole; ``action_key`` recognizes a repeated request.

    ``amount_minor`` is what the shopper was granted as goodwill, in minor units of the order's currency.
    """

    at: str
    actor: str
    action: str
    note: str = ""
    action_key: str = ""
    amount_minor: int = 0
