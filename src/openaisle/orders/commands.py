"""What storefronts and suppliers ask for, as it arrives: bounded, and refused where a field is unknown."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from openaisle.kernel.texts import END, IDENTIFIER_PATTERN

# A thousand million minor units a piece, 10,000 pieces and 90 lines stay far inside 64 bits.
MAXIMUM_PRICE_MINOR = 10**9
MAXIMUM_LINES = 90
MAXIMUM_BATCH = 500

LineNumber = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
AmountMinor = Annotated[int, msgspec.Meta(ge=0, le=MAXIMUM_PRICE_MINOR)]
Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=IDENTIFIER_PATTERN)]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Reason = Annotated[str, msgspec.Meta(max_length=300)]
IsoDate = Annotated[str, msgspec.Meta(pattern=rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{END}")]
# Printable ASCII without the separators that keys and CSV files use.
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=rf"^[!-~]([ -~]*[!-~])?{END}")]
TrackingNumber = Annotated[
    str, msgspec.Meta(min_length=4, max_length=60, pattern=rf"^[0-9A-Za-z][0-9A-Za-z ._/-]*{END}")
]
Currency = Annotated[str, msgspec.Meta(pattern=rf"^[A-Z]{{3}}{END}")]
CountryCode = Annotated[str, msgspec.Meta(pattern=rf"^[A-Z]{{2}}{END}")]


class ShipTo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where the shopper wants the goods; personal data, so it is stored only encrypted."""

    name: ShortText
    street_lines: Annotated[list[ShortText], msgspec.Meta(min_length=1, max_length=4)]
    city: ShortText
    region: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    postal_code: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    country: CountryCode
    phone: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    email: Annotated[str, msgspec.Meta(max_length=254)] | None = None


class NewOrderLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line: of one offer (``offer_id``), or of a product whose offer the engine chooses (``product_id``)."""

    offer_id: Identifier | None = None
    product_id: Identifier | None = None
    quantity: Quantity
    unit_price_minor: AmountMinor
    shipping_minor: AmountMinor = 0
    line_number: LineNumber | None = None


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a shopper bought, with the prices the shopper paid; ``reference`` is the storefront's own number of it."""

    reference: Reference
    currency: Currency
    lines: Annotated[list[NewOrderLine], msgspec.Meta(min_length=1, max_length=MAXIMUM_LINES)]
    ship_to: ShipTo


class LineToCancel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of a line that are no longer wanted."""

    line_number: LineNumber
    quantity: Quantity


class Cancellation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be canceled and why; no lines means everything that has not been shipped."""

    lines: Annotated[list[LineToCancel], msgspec.Meta(max_length=MAXIMUM_LINES)] = []
    reason: Reason = ""


class AcknowledgmentDecision(StrEnum):
    """What a supplier may answer for a line."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class LineAcknowledgment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The supplier's answer for one line; ``reason`` is told to the storefront if it is rejected."""

    line_number: LineNumber
    decision: AcknowledgmentDecision
    reason: Reason = ""
    expected_ship_date: IsoDate | None = None


class Acknowledgment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The supplier's answers; lines that are not named await theirs until the deadline."""

    lines: Annotated[list[LineAcknowledgment], msgspec.Meta(min_length=1, max_length=MAXIMUM_LINES)]


class LineToShip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of a line that are in the parcel."""

    line_number: LineNumber
    quantity: Quantity


class NewShipment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parcel that left; no lines means all that is accepted and not shipped yet."""

    carrier: ShortText
    tracking_number: TrackingNumber
    lines: Annotated[list[LineToShip], msgspec.Meta(max_length=MAXIMUM_LINES)] = []


class ShipmentItem(NewShipment, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One parcel of a batch."""

    purchase_order_id: Identifier


class ShipmentBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 500 parcels at once."""

    items: Annotated[list[ShipmentItem], msgspec.Meta(min_length=1, max_length=MAXIMUM_BATCH)]


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shipment reached the shopper; without ``shipment_id`` all of them did, without ``delivered_at`` now."""

    shipment_id: Identifier | None = None
    delivered_at: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class DeliveryItem(NewDelivery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One delivery of a batch."""

    purchase_order_id: Identifier


class DeliveryBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 500 deliveries at once."""

    items: Annotated[list[DeliveryItem], msgspec.Meta(min_length=1, max_length=MAXIMUM_BATCH)]
