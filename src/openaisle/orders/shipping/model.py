"""A shipment: what left in which packages, and how sure it is that it will arrive."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from openaisle.orders.events import LineQuantity


class TrackingState(StrEnum):
    """What is known of a tracking number.

    VERIFIED: it has its carrier's form and its check digit is right. UNVERIFIED: the carrier is not known, or it
    has numbers without a check digit. INVALID: no number of that carrier looks so. MISSING: there is none.
    """

    MISSING = "missing"
    UNVERIFIED = "unverified"
    INVALID = "invalid"
    VERIFIED = "verified"


class Package(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A box of a shipment; 0 and empty stand for what the supplier did not tell."""

    package_number: int
    tracking_number: str = ""
    tracking_state: TrackingState = TrackingState.MISSING
    sscc: str = ""
    weight_grams: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    lines: tuple[LineQuantity, ...] = ()


class LineSerials(msgspec.Struct, frozen=True, kw_only=True):
    """The serial numbers of the units of one line in a shipment, one a unit."""

    line_number: int
    serial_numbers: tuple[str, ...]


class Shipment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What left together, with its carrier and tracking number, in one package or several.

    ``deliver_by`` is when it should have arrived and ``lose_by`` when it counts as lost; ``late_at`` and ``lost_at``
    are when that was found out. What arrives after all is delivered all the same.
    """

    shipment_id: str
    carrier: str
    tracking_number: str
    shipped_at: str
    lines: tuple[LineQuantity, ...]
    delivered_at: str | None = None
    tracking_state: TrackingState = TrackingState.UNVERIFIED
    service: str = ""
    packages: tuple[Package, ...] = ()
    serials: tuple[LineSerials, ...] = ()
    deliver_by: str = ""
    lose_by: str = ""
    late_at: str = ""
    lost_at: str = ""

    @property
    def look_at(self) -> str:
        """Return when to look whether it arrived; empty if that need not be asked (any more)."""
        if self.delivered_at is not None or self.lost_at:
            return ""
        return self.lose_by if self.late_at else self.deliver_by
