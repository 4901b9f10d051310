"""Storefronts hold stock, and give it back; what nobody ordered in time is given back by a timer."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.inventory import movements
from openaisle.inventory.model import OfferWithStock
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.reservations.commands import NewReservation
from openaisle.inventory.reservations.events import ReservationExpired, ReservationHeld, ReservationReleased
from openaisle.inventory.reservations.model import (
    Reservation,
    ReservationKeyReused,
    ReservationLinesInvalid,
    ReservationState,
    ReservationUnknown,
    WantedLine,
    decide_end,
    decide_holds,
    new_reservation,
    reservation_identifier,
)
from openaisle.inventory.reservations.repository import EXPIRY_TOPIC, RESERVATIONS, reservation_key
from openaisle.kernel.context import Context, Principal, Role, system_context
from openaisle.kernel.errors import ChangedMeanwhile, Finding
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import Event, Versioned, decided_anew
from openaisle.kernel.table import Adjust, CommitRefused, Index, Item, Table, Write
from openaisle.kernel.times import sortable_time

_MAXIMUM_TRIES = 20
_ENCODER = msgspec.json.Encoder()


class ReservationPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of reservations; ``next_after`` is None on the last."""

    reservations: tuple[Reservation, ...]
    next_after: str | None


class Reservations:
    """Holds stock before an order, and gives it back."""

    def __init__(self, *, table: Table, inventory: InventoryQueries) -> None:
        """Take the table and the queries that tell what can be sold."""
        self._table = table
        self._inventory = inventory

    async def hold(self, *, wanted: NewReservation, key: str, context: Context) -> Reservation:
        """Hold all lines or none; the same ``key`` (Idempotency-Key) with the same lines gives the same reservation.

        Raises ReservationKeyReused, ReservationLinesInvalid, ReservationNotSellable, InsufficientStock,
        ReservationTooLarge or ChangedMeanwhile; then nothing is held.
        """
        storefront_id = context.principal.subject_id
        fingerprint = hashlib.blake2b(_ENCODER.encode(wanted), digest_size=24).hexdigest()
        reservation_id = reservation_identifier(storefront_id=storefront_id, key=key)
        lines = _wanted_lines(wanted)
        for _ in range(_MAXIMUM_TRIES):
            known = await self._table.get(key=reservation_key(reservation_id=reservation_id))
            if known is not None:
                found = RESERVATIONS.record(known.body)
                if found.fingerprint != fingerprint:
                    raise ReservationKeyReused(detail="The key was used before for another reservation.")
                return found
            candidates = await self._candidates(lines=lines, at=context.at)
            reservation = new_reservation(
                storefront_id=storefront_id,
                key=key,
                fingerprint=fingerprint,
                holds=decide_holds(lines=lines, candidates=candidates, currency=wanted.currency),
                seconds=wanted.seconds,
                at=context.at,
            )
            told = ReservationHeld(
                storefront_id=storefront_id,
                reservation_id=reservation_id,
                expires_at=sortable_time(reservation.expires_at),
            )
            writes: list[Write] = [RESERVATIONS.create(reservation, events=(told,)), *_held(reservation)]
            try:
                await self._table.commit(writes=writes, context=context)
            except CommitRefused:
                # Somebody else took the stock, or the same request came twice: with what is there now it is decided
                # anew.
                continue
            return reservation
        raise ChangedMeanwhile(detail=f"Others took the stock {_MAXIMUM_TRIES} times while it was to be held.")

    async def one(self, *, reservation_id: str, principal: Principal) -> Reservation:
        """Return a reservation; raises ReservationUnknown."""
        return (await self._read(reservation_id=reservation_id, principal=principal)).record

    async def open_ones(self, *, principal: Principal, after: str | None, limit: int) -> ReservationPage:
        """Return what is held now, what ends first first: a storefront's own, for the operator everybody's."""
        storefront_id = principal.subject_id if principal.role is Role.STOREFRONT else None
        found: list[Reservation] = []
        while True:
            page = await self._table.query(
                partition=f"DUE#{EXPIRY_TOPIC}", index=Index.DUE, after=after, limit=limit - len(found)
            )
            held = (RESERVATIONS.record(item.body) for item in page.items)
            found += [one for one in held if storefront_id in {None, one.storefront_id}]
            after = page.cursor
            if after is None or len(found) >= limit:
                return ReservationPage(reservations=tuple(found), next_after=after)

    async def release(self, *, reservation_id: str, context: Context) -> Reservation:
        """Give back what is held; once more changes nothing.

        Raises ReservationUnknown, or ReservationOver if an order has used it.
        """

        async def attempt() -> Reservation:
            found = await self._read(reservation_id=reservation_id, principal=context.principal)
            before = found.record
            if before.state in {ReservationState.RELEASED, ReservationState.EXPIRED}:
                return before
            after = decide_end(reservation=before, state=ReservationState.RELEASED, at=context.at)
            told = ReservationReleased(storefront_id=before.storefront_id, reservation_id=reservation_id)
            await self._end(after=after, version=found.version, event=told, context=context)
            return after

        return await decided_anew(attempt)

    def timer(self) -> Timer:
        """Return the timer that ends reservations whose time is over."""

        async def handle(items: Sequence[Item], now: datetime) -> None:
            for item in items:
                reservation_id = RESERVATIONS.record(item.body).reservation_id
                context = system_context(name=EXPIRY_TOPIC, at=now, correlation_id=f"{EXPIRY_TOPIC}:{reservation_id}")
                await self.expire(reservation_id=reservation_id, context=context)

        return Timer(topic=EXPIRY_TOPIC, handle=handle)

    async def expire(self, *, reservation_id: str, context: Context) -> None:
        """Give back what is held if the time is over; else, and once more, nothing changes."""

        async def attempt() -> None:
            item = await self._table.get(key=reservation_key(reservation_id=reservation_id))
            if item is None:
                return
            found = RESERVATIONS.decode(item)
            before = found.record
            if before.state is not ReservationState.HELD or context.at < before.expires_at:
                return
            after = decide_end(reservation=before, state=ReservationState.EXPIRED, at=context.at)
            told = ReservationExpired(storefront_id=before.storefront_id, reservation_id=reservation_id)
            await self._end(after=after, version=found.version, event=told, context=context)

        await decided_anew(attempt)

    async def _end(self, *, after: Reservation, version: int, event: Event, context: Context) -> None:
        writes: list[Write] = [RESERVATIONS.replace(after, version=version, events=(event,)), *given_back(after)]
        await self._table.commit(writes=writes, context=context)

    async def _read(self, *, reservation_id: str, principal: Principal) -> Versioned[Reservation]:
        item = await self._table.get(key=reservation_key(reservation_id=reservation_id))
        found = None if item is None else RESERVATIONS.decode(item)
        stranger = principal.role is not Role.OPERATOR
        if found is None or (stranger and found.record.storefront_id != principal.subject_id):
            raise ReservationUnknown(detail=f"There is no reservation {reservation_id[:40]}.")
        return found

    async def _candidates(self, *, lines: Sequence[WantedLine], at: datetime) -> dict[int, Sequence[OfferWithStock]]:
        fixed = {line.offer_id for line in lines if line.offer_id is not None}
        offers = await self._inventory.offers_with_stock(offer_ids=fixed, at=at)
        of_product: dict[str, Sequence[OfferWithStock]] = {}
        candidates: dict[int, Sequence[OfferWithStock]] = {}
        for line in lines:
            if line.offer_id is not None:
                found = offers.get(line.offer_id)
                candidates[line.position] = () if found is None else (found,)
            elif line.product_id is not None:
                if line.product_id not in of_product:
                    of_product[line.product_id] = await self._inventory.offers_of_product(
                        product_id=line.product_id, at=at
                    )
                candidates[line.position] = of_product[line.product_id]
        return candidates


def given_back(reservation: Reservation) -> list[Adjust]:
    """Return the writes that give back all that a reservation held, one for each stock level."""
    return [
        movements.let_go(offer_id=offer_id, location=location, quantity=quantity)
        for (offer_id, location), quantity in held_at(reservation).items()
    ]


def held_at(reservation: Reservation) -> Counter[tuple[str, str]]:
    """Return what a reservation holds of each offer at each location."""
    held: Counter[tuple[str, str]] = Counter()
    for one in reservation.holds:
        held[one.offer_id, one.location] += one.quantity
    return held


def _held(reservation: Reservation) -> list[Adjust]:
    return [
        movements.hold(offer_id=offer_id, location=location, quantity=quantity)
        for (offer_id, location), quantity in held_at(reservation).items()
    ]


def _wanted_lines(wanted: NewReservation) -> list[WantedLine]:
    findings = [
        Finding(pointer=f"/lines/{position}", detail="Give either offer_id or product_id.", code="offer_or_product")
        for position, line in enumerate(wanted.lines)
        if (line.offer_id is None) == (line.product_id is None)
    ]
    if findings:
        raise ReservationLinesInvalid(detail="A line names one offer or one product.", findings=findings)
    return [
        WantedLine(position, line.offer_id, line.product_id, line.quantity)
        for position, line in enumerate(wanted.lines)
    ]
