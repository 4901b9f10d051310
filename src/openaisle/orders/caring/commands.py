"""What customer service asks for, as it arrives: bounded, and refused where a field is unknown."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.orders.caring.records import NoteVisibility
from openaisle.orders.commands import MAXIMUM_LINE_AMOUNT_MINOR

NoteText = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
ShortReason = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class NewNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note; with the ``visibility`` ``supplier`` the suppliers of the order read it too."""

    text: NoteText
    visibility: NoteVisibility = NoteVisibility.INTERNAL


class NewHold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the order is to wait, and for how long at most; without ``hours`` as long as the operator allows."""

    reason: ShortReason
    hours: Annotated[int, msgspec.Meta(ge=1, le=8_760)] | None = None


class Goodwill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the shopper is granted, in minor units of the order's currency, and why."""

    amount_minor: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_LINE_AMOUNT_MINOR)]
    reason: ShortReason
