"""Where reservations stand in the table."""

from __future__ import annotations

from datetime import timedelta

from openaisle.inventory.reservations.model import Reservation, ReservationState
from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import IndexEntry, Key
from openaisle.kernel.times import sortable_time

EXPIRY_TOPIC = "reservations"
# Long enough to look into what became of a cart, and an Idempotency-Key is not used again after it.
_KEPT_AFTER_END = timedelta(days=7)


def reservation_key(*, reservation_id: str) -> Key:
    """Return the key of a reservation."""
    return Key(f"RESERVATION#{reservation_id}", "RESERVATION")


def _due(reservation: Reservation) -> tuple[IndexEntry, ...]:
    # Access pattern: the reservations whose time is over (Reservations.timer); one that ended holds nothing.
    if reservation.state is not ReservationState.HELD:
        return ()
    at = sortable_time(reservation.expires_at)
    return (due_entry(topic=EXPIRY_TOPIC, at=at, identifier=reservation.reservation_id),)


def _expires_at(reservation: Reservation) -> int | None:
    # What still holds stock must never vanish by itself: its stock would stay reserved for nobody.
    return None if reservation.ended_at is None else int((reservation.ended_at + _KEPT_AFTER_END).timestamp())


RESERVATIONS = RecordType[Reservation](
    kind="reservation",
    model=Reservation,
    key=lambda one: reservation_key(reservation_id=one.reservation_id),
    indexes=_due,
    expires_at=_expires_at,
)
