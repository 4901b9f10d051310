"""What the parties of an incident ask for: bounded, unknown fields refused."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.incidents.model import Audience, IncidentKind, Outcome
from openaisle.orders.commands import MAXIMUM_LINES, AmountMinor, Identifier, LineNumber, Reason, Reference

TEXT_MAXIMUM = 5_000
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAXIMUM)]


class NewIncident(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that went wrong, in the words of who tells it; ``reference`` is the teller's own number of it.

    Without ``purchase_order_id`` it is about the only supplier of the order, or else the operator's to sort out.
    """

    reference: Reference
    kind: IncidentKind
    text: Text
    line_numbers: Annotated[list[LineNumber], msgspec.Meta(max_length=MAXIMUM_LINES)] = []
    purchase_order_id: Identifier | None = None


class NewMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to say; ``reference`` recognizes a message that is sent again."""

    reference: Reference
    text: Text
    audience: Audience = Audience.EVERYONE


class Objection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something is to be looked at by the operator."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class LineToRefund(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to go back for a line, in minor units."""

    line_number: LineNumber
    amount_minor: AmountMinor = 0
    shipping_minor: AmountMinor = 0


class Settlement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an incident is settled; ``refund`` with the outcome refunded, and only there."""

    outcome: Outcome
    reason: Reason = ""
    refund: Annotated[list[LineToRefund], msgspec.Meta(max_length=MAXIMUM_LINES)] = []
