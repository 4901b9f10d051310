"""What must hold of reservations: they end once, one way, and stock is held for those that have not ended."""

from __future__ import annotations

from collections import Counter

from openaisle.inventory.reservations.model import Reservation, ReservationState
from openaisle.inventory.reservations.repository import RESERVATIONS
from openaisle.kernel.stream import Change
from tests.simulation.ground import Place
from tests.simulation.laws import require


class Holds:
    """The reservations of all storefronts, as the stream told of them."""

    def __init__(self) -> None:
        self._known: dict[str, Reservation] = {}
        self._held: Counter[Place] = Counter()

    def take(self, change: Change) -> set[Place]:
        """Take a change in; return the places whose stock it moves, none if it is about something else."""
        if change.kind != RESERVATIONS.kind or change.body is None:
            return set()
        after = RESERVATIONS.record(change.body)
        before = self._known.get(after.reservation_id)
        self._known[after.reservation_id] = after
        if before is not None:
            ended = f"{after.reservation_id} was {before.state} and is {after.state}"
            require(before.state is ReservationState.HELD and after.state is not ReservationState.HELD, ended)
            require(before.holds == after.holds, f"{after.reservation_id} holds something else than it did")
        sign = 1 if after.state is ReservationState.HELD else -1
        for one in after.holds:
            self._held[Place(one.offer_id, one.location)] += sign * one.quantity
        return {Place(one.offer_id, one.location) for one in after.holds}

    def at(self, place: Place) -> int:
        """Return what is held at a place."""
        return self._held[place]
