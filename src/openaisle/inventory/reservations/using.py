"""An order uses a reservation: what it holds is available to that order alone. Pure, but for one read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from openaisle.inventory.model import NotSellableReason, OfferWithStock, StockLevel
from openaisle.inventory.reservations.events import ReservationCommitted
from openaisle.inventory.reservations.model import (
    Reservation,
    ReservationState,
    ReservationUnknown,
    decide_end,
    require_usable,
)
from openaisle.inventory.reservations.repository import RESERVATIONS, reservation_key
from openaisle.inventory.reservations.use_cases import held_at
from openaisle.kernel.context import Context
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Put, Table

Candidates = Mapping[int, Sequence[OfferWithStock]]


class UsableReservation:
    """A reservation that an order is about to use."""

    def __init__(self, *, found: Versioned[Reservation]) -> None:
        """Take the reservation as it was read."""
        self._found = found
        self.held: Counter[tuple[str, str]] = held_at(found.record)
        self._offers = {offer_id for offer_id, _ in self.held}

    def of_held_alone(self, *, candidates: Candidates) -> dict[int, Sequence[OfferWithStock]]:
        """Return the candidates with what is held and nothing else, for lines of which something is held.

        An order that these fill cannot lose a race for stock: it takes only what is its own already.
        """
        return {
            number: [
                self._with_levels(candidate=one, alone=True) if one.offer.offer_id in self._offers else one
                for one in offers
                if one.offer.offer_id in self._offers or not self._is_held(offers)
            ]
            for number, offers in candidates.items()
        }

    def with_held(self, *, candidates: Candidates) -> dict[int, Sequence[OfferWithStock]]:
        """Return the candidates with what is held on top of what is available to everybody."""
        return {
            number: [
                self._with_levels(candidate=one, alone=False) if one.offer.offer_id in self._offers else one
                for one in offers
            ]
            for number, offers in candidates.items()
        }

    def committed(self, *, order_id: str, context: Context) -> Put:
        """Return the write that says which order used the reservation; refused if it ended meanwhile."""
        before = self._found.record
        after = decide_end(reservation=before, state=ReservationState.COMMITTED, at=context.at, order_id=order_id)
        told = ReservationCommitted(
            storefront_id=before.storefront_id, reservation_id=before.reservation_id, order_id=order_id
        )
        return RESERVATIONS.replace(after, version=self._found.version, events=(told,))

    def _is_held(self, offers: Sequence[OfferWithStock]) -> bool:
        return any(one.offer.offer_id in self._offers for one in offers)

    def _with_levels(self, *, candidate: OfferWithStock, alone: bool) -> OfferWithStock:
        stock = tuple(self._level(level=level, alone=alone) for level in candidate.stock)
        # That nothing is left for others says nothing of what is held.
        reasons = tuple(one for one in candidate.reasons if one is not NotSellableReason.NO_STOCK)
        return msgspec.structs.replace(candidate, stock=stock, reasons=reasons)

    def _level(self, *, level: StockLevel, alone: bool) -> StockLevel:
        held = self.held[level.offer_id, level.location]
        # Where the safety stock was raised over what is left, the held units are still this order's, and no more.
        available = held if alone else held + max(0, level.available)
        return msgspec.structs.replace(level, available=available)


async def usable_reservation(*, table: Table, reservation_id: str, context: Context) -> UsableReservation:
    """Return the storefront's reservation for an order to use; raises ReservationUnknown or ReservationOver."""
    item = await table.get(key=reservation_key(reservation_id=reservation_id))
    found = None if item is None else RESERVATIONS.decode(item)
    if found is None or found.record.storefront_id != context.principal.subject_id:
        raise ReservationUnknown(detail=f"There is no reservation {reservation_id[:40]}.")
    require_usable(reservation=found.record, at=context.at)
    return UsableReservation(found=found)
