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
MAXIMUM_PACKAGES = 50
# A commit holds a hundred writes, and each serial number is one.
MAXIMUM_SERIAL_NUMBERS = 90

LineNumber = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
AmountMinor = Annotated[int, msgspec.Meta(ge=0, le=MAXIMUM_PRICE_MINOR)]
# Of a whole line, or of a whole order.
MAXIMUM_LINE_AMOUNT_MINOR = MAXIMUM_PRICE_MINOR * 1_000_000
LineAmountMinor = Annotated[int, msgspec.Meta(ge=0, le=MAXIMUM_LINE_AMOUNT_MINOR)]
Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=IDENTIFIER_PATTERN)]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Reason = Annotated[str, msgspec.Meta(max_length=300)]
IsoDate = Annotated[str, msgspec.Meta(pattern=rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{END}")]
# Printable ASCII without the separators that keys and CSV files use.
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=rf"^[!-~]([ -~]*[!-~])?{END}")]
TrackingNumber = Annotated[
    str, msgspec.Meta(min_length=4, max_length=60, pattern=rf"^[0-9A-Za-z][0-9A-Za-z ._/-]*{END}")
]
# What can stand in a key of the table: no white space, no control character.
SerialNumber = Annotated[str, msgspec.Meta(min_length=1, max_length=50, pattern=IDENTIFIER_PATTERN)]
Millimeters = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Currency = Annotated[str, msgspec.Meta(pattern=rf"^[A-Z]{{3}}{END}")]
ShippingOption = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=rf"^[0-9A-Za-z][0-9A-Za-z._-]*{END}")]
LanguageTag = Annotated[str, msgspec.Meta(max_length=35, pattern=rf"^[A-Za-z]{{2,3}}(-[A-Za-z0-9]{{2,8}})*{END}")]
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


class NewOrderLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line: of one offer (``offer_id``), or of a product whose offer the engine chooses (``product_id``).

    ``tax_minor`` and ``discount_minor`` are those of the whole line with its shipping, as the storefront computed them.
    """

    offer_id: Identifier | None = None
    product_id: Identifier | None = None
    quantity: Quantity
    unit_price_minor: AmountMinor
    shipping_minor: AmountMinor = 0
    tax_minor: LineAmountMinor = 0
    discount_minor: LineAmountMinor = 0
    line_number: LineNumber | None = None


class RequestedDelivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The days (``2026-11-30``) within which the shopper wants the goods, both included; either may be open."""

    not_before: IsoDate | None = None
    not_after: IsoDate | None = None


class ShopperContact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How the shopper who ordered is reached, who need not live where the goods go; stored only encrypted.

    Suppliers never see it. ``language`` is a tag such as ``pt-BR``.
    """

    name: ShortText | None = None
    email: Annotated[str, msgspec.Meta(min_length=3, max_length=254)] | None = None
    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None
    language: LanguageTag | None = None


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a shopper bought, with the prices the shopper paid; ``reference`` is the storefront's own number of it.

    Taxes come on top of prices unless ``prices_include_tax``. A ``total_minor`` that is stated must be the sum of the
    lines. ``shipping_option`` is the storefront's name of it, such as ``express``; ``payment_reference`` is the
    payment provider's number of what was paid. ``reservation_id`` names what is held for the shopper: the order takes
    it, and what it does not need of it is free again.
    """

    # The fingerprint of an order is taken of its encoded form without defaults: a field that is added later leaves the
    # fingerprints of orders that do not use it as they are.
    reference: Reference
    currency: Currency
    lines: Annotated[list[NewOrderLine], msgspec.Meta(min_length=1, max_length=MAXIMUM_LINES)]
    ship_to: ShipTo
    contact: ShopperContact | None = None
    requested_delivery: RequestedDelivery | None = None
    shipping_option: ShippingOption | None = None
    payment_reference: Reference | None = None
    shopper_age: Annotated[int, msgspec.Meta(ge=0, le=150)] | None = None
    prices_include_tax: bool = False
    total_minor: LineAmountMinor | None = None
    reservation_id: Identifier | None = None


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
    BACK_ORDERED = "back_ordered"
    SUBSTITUTED = "substituted"


class NewSubstitute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another offer of the supplier's own to fill a line with; without ``location`` the one that has enough."""

    supplier_sku: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    location: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class LineAcknowledgment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The supplier's answer for one line; ``reason`` is told to the storefront if it is rejected.

    A line that is ``back_ordered`` is accepted and leaves by ``expected_ship_date``, one that is ``substituted`` is
    filled with ``substitute``. ``unit_price_minor`` is the price that the supplier understood; another than the
    purchase order's is refused.
    """

    line_number: LineNumber
    decision: AcknowledgmentDecision
    reason: Reason = ""
    expected_ship_date: IsoDate | None = None
    substitute: NewSubstitute | None = None
    unit_price_minor: AmountMinor | None = None


class Acknowledgment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The supplier's answers; lines that are not named await theirs until the deadline."""

    lines: Annotated[list[LineAcknowledgment], msgspec.Meta(min_length=1, max_length=MAXIMUM_LINES)]


class LineConsent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the substitute that a supplier proposed for a line is wanted."""

    line_number: LineNumber
    granted: bool


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the storefront or the operator decides about proposed substitutes; refused lines go to other suppliers."""

    lines: Annotated[list[LineConsent], msgspec.Meta(min_length=1, max_length=MAXIMUM_LINES)]
    reason: Reason = ""


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the supplier had accepted and cannot ship; no lines means all that is accepted and not shipped."""

    lines: Annotated[list[LineToCancel], msgspec.Meta(max_length=MAXIMUM_LINES)] = []
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class LineToShip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of a line that are in the parcel."""

    line_number: LineNumber
    quantity: Quantity


class NewPackage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A box of a shipment: its own tracking number or SSCC, what it weighs and measures, what is in it."""

    tracking_number: TrackingNumber | None = None
    sscc: Annotated[str, msgspec.Meta(pattern=rf"^[0-9]{{18}}{END}")] | None = None
    weight_grams: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    length_mm: Millimeters = 0
    width_mm: Millimeters = 0
    height_mm: Millimeters = 0
    lines: Annotated[list[LineToShip], msgspec.Meta(max_length=MAXIMUM_LINES)] = []


class ShippedSerials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The serial numbers of units of a line in a shipment; each may be shipped once."""

    line_number: LineNumber
    serial_numbers: Annotated[list[SerialNumber], msgspec.Meta(min_length=1, max_length=MAXIMUM_SERIAL_NUMBERS)]


class NewShipment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What left together; no lines means what is in the packages, or all that is accepted and not shipped yet."""

    carrier: ShortText
    tracking_number: TrackingNumber
    lines: Annotated[list[LineToShip], msgspec.Meta(max_length=MAXIMUM_LINES)] = []
    service: Annotated[str, msgspec.Meta(max_length=100)] = ""
    expected_delivery_date: IsoDate | None = None
    packages: Annotated[list[NewPackage], msgspec.Meta(max_length=MAXIMUM_PACKAGES)] = []
    serials: Annotated[list[ShippedSerials], msgspec.Meta(max_length=MAXIMUM_LINES)] = []


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
