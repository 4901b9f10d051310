"""What the operator decides about answers, shipments and papers: the sections ``shipping`` and ``brand``. Pure.

Each setting carries its meaning and its unit, from which the reference page is made.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.kernel.papers import PaperSize
from openaisle.kernel.texts import END
from openaisle.suppliers.policy import told

_Line = Annotated[str, msgspec.Meta(max_length=100)]


class ShippingPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long suppliers may take, and what they may send in place of what was ordered."""

    back_order_days_maximum: Annotated[
        int, told("How far ahead a promised day of shipping may lie.", unit="days", ge=0, le=365)
    ] = 30
    substitutes_of_the_product: Annotated[
        bool, told("Whether a supplier may fill a line with another offer of the same product and condition at once.")
    ] = True
    substitutes_with_consent: Annotated[
        bool, told("Whether a supplier may propose another product, which the storefront or the operator consents to.")
    ] = True
    consent_hours: Annotated[
        int, told("How long a proposed substitute waits for consent.", unit="hours", ge=1, le=720)
    ] = 48
    remind_before_minutes: Annotated[
        int,
        told(
            "How long before the time to answer ends the supplier is reminded, where it has at least twice as long;"
            " 0 reminds nobody.",
            unit="minutes",
            ge=0,
            le=43_200,
        ),
    ] = 240
    ship_grace_hours: Annotated[
        int,
        told("How long after an offer's lead time a line that has not left is late.", unit="hours", ge=0, le=720),
    ] = 24
    deliver_within_days: Annotated[
        int,
        told(
            "How long after it left a shipment that has not arrived is late, where the supplier told no day of arrival"
            " and none was promised that is still to come.",
            unit="days",
            ge=1,
            le=365,
        ),
    ] = 10
    lose_within_days: Annotated[
        int, told("How long after it was late a shipment counts as lost.", unit="days", ge=1, le=365)
    ] = 14
    refuse_invalid_tracking: Annotated[
        bool, told("Whether a shipment whose tracking number cannot be its carrier's is refused.")
    ] = False


class BrandPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on the papers in a parcel."""

    name: Annotated[str, told("The retailer's name as the shopper knows it.", max_length=100)] = "OpenAisle"
    color: Annotated[str, told("The color of the heading: #rrggbb.", pattern=rf"^#[0-9a-fA-F]{{6}}{END}")] = "#1f2937"
    logo_file: Annotated[
        str, told("A PNG or JPEG file with the logo, at most 1 MB, beside the policy's file.", max_length=300)
    ] = ""
    return_address: Annotated[
        tuple[_Line, ...], told("The lines of the address that parcels go back to.", max_length=8)
    ] = ()
    footer: Annotated[str, told("A sentence at the foot of each paper.", max_length=300)] = ""
    paper: Annotated[PaperSize, told("The sheet that packing slips are printed on: a4 or letter.")] = PaperSize.A4
    font_file: Annotated[
        str,
        told(
            "A TrueType font for names that are not written in Latin letters, beside the policy's file.", max_length=300
        ),
    ] = ""
