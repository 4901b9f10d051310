"""The HTTP operations of reservations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.inventory.model import InsufficientStock
from openaisle.inventory.reservations.commands import NewReservation
from openaisle.inventory.reservations.model import (
    Hold,
    Reservation,
    ReservationKeyReused,
    ReservationLinesInvalid,
    ReservationNotSellable,
    ReservationOver,
    ReservationState,
    ReservationTooLarge,
    ReservationUnknown,
)
from openaisle.inventory.reservations.use_cases import Reservations
from openaisle.kernel.context import Role
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.http import Answer, Operation, Request

_STOREFRONT = frozenset({Role.STOREFRONT})
_STOREFRONT_OR_OPERATOR = frozenset({Role.STOREFRONT, Role.OPERATOR})


class ReservationView(msgspec.Struct, frozen=True, kw_only=True):
    """A reservation; ``order_id`` is that of the order that used it."""

    reservation_id: str
    storefront_id: str
    state: ReservationState
    holds: tuple[Hold, ...]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    order_id: str | None


class ReservationFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page to list."""

    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class ReservationList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of reservations; ``next_after`` is None on the last."""

    reservations: tuple[ReservationView, ...]
    next_after: str | None


def operations(*, reservations: Reservations) -> tuple[Operation, ...]:
    """Return the operations of reservations."""

    async def hold(request: Request) -> Answer:
        key = request.headers.get("idempotency-key", "")
        made = await reservations.hold(wanted=request.body, key=key, context=request.context)
        return Answer(value=_shown(made))

    async def read(request: Request) -> Answer:
        reservation_id = request.path["reservation_id"]
        return Answer(value=_shown(await reservations.one(reservation_id=reservation_id, principal=request.principal)))

    async def release(request: Request) -> Answer:
        reservation_id = request.path["reservation_id"]
        return Answer(value=_shown(await reservations.release(reservation_id=reservation_id, context=request.context)))

    return (
        Operation(
            method="POST",
            path="/v1/reservations",
            name="hold_stock",
            summary="Hold stock before an order",
            description=(
                "Holds every line, all or nothing, for at most an hour: nobody else can buy it. A line of a product"
                " holds its cheapest offer that has enough. Place the order with `reservation_id` to use it."
            ),
            tag="Orders",
            roles=_STOREFRONT,
            handle=hold,
            body=NewReservation,
            answer=ReservationView,
            status=201,
            idempotency_key=True,
            errors=(
                ReservationKeyReused,
                ReservationLinesInvalid,
                ReservationNotSellable,
                InsufficientStock,
                ReservationTooLarge,
                ChangedMeanwhile,
            ),
        ),
        _listing(reservations=reservations),
        Operation(
            method="GET",
            path="/v1/reservations/{reservation_id}",
            name="get_reservation",
            summary="Read a reservation",
            tag="Orders",
            roles=_STOREFRONT_OR_OPERATOR,
            handle=read,
            answer=ReservationView,
            errors=(ReservationUnknown,),
        ),
        Operation(
            method="DELETE",
            path="/v1/reservations/{reservation_id}",
            name="release_reservation",
            summary="Give back what is held",
            description="Once more changes nothing. A reservation that an order used cannot be given back.",
            tag="Orders",
            roles=_STOREFRONT_OR_OPERATOR,
            handle=release,
            answer=ReservationView,
            errors=(ReservationUnknown, ReservationOver, ChangedMeanwhile),
        ),
    )


def _listing(*, reservations: Reservations) -> Operation:
    async def listed(request: Request) -> Answer:
        given: ReservationFilter = request.query
        page = await reservations.open_ones(principal=request.principal, after=given.after, limit=given.limit)
        shown = tuple(map(_shown, page.reservations))
        return Answer(value=ReservationList(reservations=shown, next_after=page.next_after))

    return Operation(
        method="GET",
        path="/v1/reservations",
        name="list_reservations",
        summary="List what is held now",
        description="What ends first stands first. A storefront sees its own reservations, the operator all.",
        tag="Orders",
        roles=_STOREFRONT_OR_OPERATOR,
        handle=listed,
        query=ReservationFilter,
        answer=ReservationList,
    )


def _shown(reservation: Reservation) -> ReservationView:
    return ReservationView(
        reservation_id=reservation.reservation_id,
        storefront_id=reservation.storefront_id,
        state=reservation.state,
        holds=reservation.holds,
        created_at=reservation.created_at,
        expires_at=reservation.expires_at,
        ended_at=reservation.ended_at,
        order_id=reservation.order_id,
    )
