"""A reservation, its states, and the decisions about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec

from openaisle.inventory.model import InsufficientStock, NotSellableReason, OfferWithStock
from openaisle.kernel.errors import Finding, NotFound, OpenAisleError, RequestInvalid, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier

MAXIMUM_SECONDS = 3_600
# With the reservation itself they fit into one commit, and leave an order room for its purchase orders.
MAXIMUM_HOLDS = 90


class ReservationUnknown(NotFound):
    """There is no reservation of that identifier, or it belongs to another storefront."""

    code = "reservation-unknown"
    title = "No such reservation"


class ReservationLinesInvalid(RequestInvalid):
    """A line of the reservation names neither an offer nor a product, or both, or one that is not known."""

    code = "reservation-lines-invalid"
    title = "Lines of the reservation cannot be held"
    mend = "Name in each line either the offer_id or the product_id of something that is offered."


class ReservationNotSellable(OpenAisleError):
    """What a line names cannot be sold right now; nothing was held."""

    code = "reservation-not-sellable"
    title = "Not on sale"
    status = 409
    mend = "Choose another offer; GET /v1/inventory tells why one cannot be sold."


class ReservationTooLarge(OpenAisleError):
    """The lines would have to be held at more places than one reservation may."""

    code = "reservation-too-large"
    title = "The reservation is too large"
    status = 413
    mend = "Hold the lines in several reservations."


class ReservationKeyReused(RequestInvalid):
    """The Idempotency-Key was used before for another reservation."""

    code = "reservation-key-reused"
    title = "That Idempotency-Key belongs to another reservation"
    mend = "Use a new key for a new reservation; repeat a request with exactly its body."


class ReservationOver(TransitionRefused):
    """The reservation holds nothing any more: an order used it, it was released, or its time is over."""

    code = "reservation-over"
    title = "The reservation is over"
    mend = "Place the order without it, or make a new reservation first."


class ReservationState(StrEnum):
    """Where a reservation stands; only ``held`` holds stock."""

    HELD = "held"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


_MAY_FOLLOW: Mapping[ReservationState, frozenset[ReservationState]] = {
    ReservationState.HELD: frozenset({ReservationState.COMMITTED, ReservationState.RELEASED, ReservationState.EXPIRED}),
    ReservationState.COMMITTED: frozenset(),
    ReservationState.RELEASED: frozenset(),
    ReservationState.EXPIRED: frozenset(),
}


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of an offer that are held at one location for a line."""

    line_number: int
    offer_id: str
    product_id: str
    supplier_id: str
    location: str
    quantity: int


class Reservation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a storefront holds until ``expires_at``; ``order_id`` is that of the order that used it."""

    reservation_id: str
    storefront_id: str
    fingerprint: str
    state: ReservationState
    holds: tuple[Hold, ...]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    order_id: str | None = None


class WantedLine(NamedTuple):
    """What a line wants held; ``position`` is its place in the request, counted from 0."""

    position: int
    offer_id: str | None
    product_id: str | None
    quantity: int


def reservation_identifier(*, storefront_id: str, key: str) -> str:
    """Return the identifier of the reservation that a storefront makes under an Idempotency-Key."""
    return derived_identifier(prefix="rsv", parts=(storefront_id, key))


def decide_holds(
    *,
    lines: Sequence[WantedLine],
    candidates: Mapping[int, Sequence[OfferWithStock]],
    currency: str | None,
) -> tuple[Hold, ...]:
    """Return what is held where: all lines or none.

    A line of a product takes its cheapest offer that can be sold and has enough, in ``currency`` if that is given.
    One location holds a line whole where one has enough: the fullest. Raises ReservationLinesInvalid,
    ReservationNotSellable, InsufficientStock or ReservationTooLarge.
    """
    taken: dict[tuple[str, str], int] = {}
    holds: list[Hold] = []
    findings: list[tuple[type[OpenAisleError], Finding]] = []
    for line in lines:
        offers = candidates[line.position]
        chosen = _chosen(line=line, offers=offers, currency=currency, taken=taken)
        if chosen:
            holds.extend(chosen)
            for one in chosen:
                place = (one.offer_id, one.location)
                taken[place] = taken.get(place, 0) + one.quantity
        else:
            findings.append(_finding(line=line, offers=offers, currency=currency, taken=taken))
    if findings:
        # What must be mended first is told: a wrong request before what is not sold, and that before what is short.
        error = next(one for one in _FIRST if any(one is found for found, _ in findings))
        told = [finding for _, finding in findings]
        raise error(detail=f"{len(told)} of {len(lines)} lines cannot be held.", findings=told)
    if len({(one.offer_id, one.location) for one in holds}) > MAXIMUM_HOLDS:
        raise ReservationTooLarge(detail=f"More than {MAXIMUM_HOLDS} stock levels would be held.")
    return tuple(holds)


def new_reservation(
    *, storefront_id: str, key: str, fingerprint: str, holds: tuple[Hold, ...], seconds: int, at: datetime
) -> Reservation:
    """Return a reservation of ``seconds``."""
    return Reservation(
        reservation_id=reservation_identifier(storefront_id=storefront_id, key=key),
        storefront_id=storefront_id,
        fingerprint=fingerprint,
        state=ReservationState.HELD,
        holds=holds,
        created_at=at,
        expires_at=at + timedelta(seconds=seconds),
    )


def require_usable(*, reservation: Reservation, at: datetime) -> None:
    """Raise ReservationOver unless an order placed at ``at`` may use the reservation."""
    if reservation.state is not ReservationState.HELD:
        by = f" by {reservation.order_id}" if reservation.order_id else ""
        raise ReservationOver(detail=f"The reservation {reservation.reservation_id} is {reservation.state}{by}.")
    if at >= reservation.expires_at:
        # The timer has not come by yet; its time is over all the same.
        raise ReservationOver(detail=f"The reservation {reservation.reservation_id} ended at {reservation.expires_at}.")


def decide_end(
    *, reservation: Reservation, state: ReservationState, at: datetime, order_id: str | None = None
) -> Reservation:
    """Return the reservation as it ends; raises ReservationOver if it has ended otherwise."""
    if state not in _MAY_FOLLOW[reservation.state]:
        detail = f"The reservation {reservation.reservation_id} is {reservation.state}."
        raise ReservationOver(detail=detail)
    return msgspec.structs.replace(reservation, state=state, ended_at=at, order_id=order_id)


_FIRST: tuple[type[OpenAisleError], ...] = (ReservationLinesInvalid, ReservationNotSellable, InsufficientStock)
_STOCK_ALONE = frozenset({NotSellableReason.NO_STOCK})


def _chosen(
    *,
    line: WantedLine,
    offers: Sequence[OfferWithStock],
    currency: str | None,
    taken: Mapping[tuple[str, str], int],
) -> list[Hold]:
    sellable = [one for one in offers if one.sellable and currency in {None, one.offer.currency}]
    sellable.sort(key=lambda one: (one.offer.price_minor, one.offer.lead_time_days, one.offer.offer_id))
    for candidate in sellable:
        holds = _held_of(line=line, candidate=candidate, taken=taken)
        if holds:
            return holds
    return []


def _held_of(*, line: WantedLine, candidate: OfferWithStock, taken: Mapping[tuple[str, str], int]) -> list[Hold]:
    offer = candidate.offer
    left = {
        level.location: level.available - taken.get((offer.offer_id, level.location), 0) for level in candidate.stock
    }
    wanted = line.quantity
    holds: list[Hold] = []
    for location in sorted(left, key=lambda one: (-left[one], one)):
        quantity = min(wanted, left[location])
        if quantity > 0:
            wanted -= quantity
            holds.append(
                Hold(
                    line_number=line.position + 1,
                    offer_id=offer.offer_id,
                    product_id=offer.product_id,
                    supplier_id=offer.supplier_id,
                    location=location,
                    quantity=quantity,
                )
            )
    return [] if wanted else holds


def _finding(
    *,
    line: WantedLine,
    offers: Sequence[OfferWithStock],
    currency: str | None,
    taken: Mapping[tuple[str, str], int],
) -> tuple[type[OpenAisleError], Finding]:
    field = "product_id" if line.offer_id is None else "offer_id"
    pointer = f"/lines/{line.position}/{field}"
    name = (line.offer_id or line.product_id or "")[:64]
    if not offers:
        return ReservationLinesInvalid, Finding(pointer=pointer, detail=f"{name} is not offered.", code="unknown")
    on_sale = [one for one in offers if set(one.reasons) <= _STOCK_ALONE]
    if not on_sale:
        reason = offers[0].reasons[0].value
        return ReservationNotSellable, Finding(pointer=pointer, detail=f"{name} is not on sale: {reason}.", code=reason)
    on_sale = [one for one in on_sale if currency in {None, one.offer.currency}]
    if not on_sale:
        detail = f"{name} is not sold in {currency}."
        return ReservationNotSellable, Finding(pointer=pointer, detail=detail, code="currency_differs")
    most = max(
        sum(max(0, level.available - taken.get((one.offer.offer_id, level.location), 0)) for level in one.stock)
        for one in on_sale
    )
    detail = f"{name} has too little available ({line.quantity} wanted, {most} available of one offer)."
    return InsufficientStock, Finding(pointer=pointer, detail=detail, code="too_little_stock")
