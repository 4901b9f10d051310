"""What storefronts, suppliers and the operator ask of returns and refunds: bounded, unknown fields refused."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.orders.commands import (
    MAXIMUM_LINES,
    AmountMinor,
    Identifier,
    LineNumber,
    Quantity,
    Reason,
    Reference,
    ShortText,
    TrackingNumber,
)
from openaisle.returns.model import Condition, ReturnReason, Wish

NeededReason = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class LineToReturn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of an order line that the shopper wants to send back; ``note`` goes to the supplier as it is."""

    line_number: LineNumber
    quantity: Quantity
    reason: ReturnReason
    note: Reason = ""


class NewReturn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish to send goods back; ``reference`` is the storefront's own number of it."""

    reference: Reference
    lines: Annotated[list[LineToReturn], msgspec.Meta(min_length=1, max_length=MAXIMUM_LINES)]
    wish: Wish = Wish.REFUND


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something is refused; it is told to the storefront."""

    reason: NeededReason


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the shopper keeps the goods after all."""

    reason: Reason = ""


class ParcelSent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parcel that the shopper handed in."""

    carrier: ShortText
    tracking_number: TrackingNumber


class LineReceived(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units as they came back.

    ``restock`` puts them on sale again; left out, what is as new is. ``deduction_minor`` is what the supplier wants
    kept for their condition, of the whole line; the operator decides about it.
    """

    line_number: LineNumber
    quantity: Quantity
    condition: Condition
    restock: bool | None = None
    deduction_minor: AmountMinor = 0
    note: Reason = ""


class NewReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parcel that was opened; ``reference`` is the supplier's own. ``more_expected``: the rest comes in another."""

    reference: Reference
    lines: Annotated[list[LineReceived], msgspec.Meta(min_length=1, max_length=MAXIMUM_LINES)]
    more_expected: bool = False


class LineDeduction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of what a line cost, in minor units."""

    line_number: LineNumber
    deduction_minor: AmountMinor


class Settlement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How goods that came back are settled: lines that are not named as the supplier proposed."""

    lines: Annotated[list[LineDeduction], msgspec.Meta(max_length=MAXIMUM_LINES)] = []
    reason: Reason = ""


class LineToRefund(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to go back for a line that the shopper keeps, in minor units."""

    line_number: LineNumber
    amount_minor: AmountMinor = 0
    shipping_minor: AmountMinor = 0


class NewRefund(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A refund without a return; ``reference`` recognizes a repeated request."""

    reference: Reference
    lines: Annotated[list[LineToRefund], msgspec.Meta(min_length=1, max_length=MAXIMUM_LINES)]
    reason: NeededReason
    purchase_order_id: Identifier | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The storefront paid the shopper; ``payment_reference`` is what the payment goes by there."""

    payment_reference: Annotated[str, msgspec.Meta(max_length=100)] = ""
