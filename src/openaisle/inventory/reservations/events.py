"""What happens to reservations, as their storefronts are told of it."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class ReservationHeld(Event, frozen=True, kw_only=True, gc=False):
    """Stock is held for a shopper until ``expires_at``."""

    TYPE: ClassVar[str] = "reservation.held"

    reservation_id: str
    expires_at: str


class ReservationCommitted(Event, frozen=True, kw_only=True, gc=False):
    """An order used the reservation; what it did not need is free again."""

    TYPE: ClassVar[str] = "reservation.committed"

    reservation_id: str
    order_id: str


class ReservationReleased(Event, frozen=True, kw_only=True, gc=False):
    """The reservation was given back before its time was over."""

    TYPE: ClassVar[str] = "reservation.released"

    reservation_id: str


class ReservationExpired(Event, frozen=True, kw_only=True, gc=False):
    """Nobody ordered in time; what was held is free again."""

    TYPE: ClassVar[str] = "reservation.expired"

    reservation_id: str
