"""Orders that arrive by other roads than the API's own are placed as the API places them, and known again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Annotated, Any, TypeVar

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.findings import finding_of
from openaisle.kernel.identifiers import derived_identifier
from openaisle.orders.arriving.cloud_events import ArrivedEvent
from openaisle.orders.arriving.drafts import Draft, draft_of_json, unreadable
from openaisle.orders.arriving.model import (
    Arrival,
    ArrivalStatus,
    OrderEventsUnreadable,
    OrderEventTypeUnknown,
    OrderUnreadable,
    refused,
)
from openaisle.orders.commands import MAXIMUM_LINES, Cancellation, LineToCancel, Reason, Reference
from openaisle.orders.model import order_identifier
from openaisle.orders.use_cases import OrderUseCases

ResultT = TypeVar("ResultT")

ORDER_REQUESTED = "order.requested"
CANCELLATION_REQUESTED = "order.cancellation_requested"
_AT_ONCE = 50
# Clients' keys hold no white space, so no key of theirs is ever one of these.
_KEY = "arrival {road} {name}"


class RequestedCancellation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data of an event that asks to cancel; no lines means everything that has not been shipped."""

    reference: Reference
    lines: Annotated[list[LineToCancel], msgspec.Meta(max_length=MAXIMUM_LINES)] = []
    reason: Reason = ""


class _Placed(msgspec.Struct, frozen=True):
    order_id: str


_PLACED = msgspec.json.Decoder(_Placed)
_CANCELLATION = msgspec.json.Decoder(RequestedCancellation)


class OrderArrivals:
    """Places what arrives, whatever the road: the port that files, events, queues and streams feed.

    The caller's storefront is the principal of the context. Whatever comes twice is placed once.
    """

    def __init__(self, *, orders: OrderUseCases) -> None:
        """Take the use cases of orders."""
        self._orders = orders

    async def take_drafts(self, *, drafts: Sequence[Draft], road: str, context: Context) -> list[Arrival]:
        """Place the orders of a file, ``road`` naming it; return a result for each, in their order."""
        return await _in_parts([self._placed(draft=draft, road=road, context=context) for draft in drafts])

    async def take_events(self, *, events: Sequence[ArrivedEvent], context: Context) -> list[Arrival]:
        """Do what events ask for, those of one reference in their order; return a result for each, in their order."""
        arrivals: list[Arrival | None] = [None] * len(events)
        queues: dict[str, list[int]] = {}
        for place, event in enumerate(events):
            queues.setdefault(_subject(event) or f"#{place}", []).append(place)

        async def one_after_the_other(places: Sequence[int]) -> None:
            for place in places:
                arrivals[place] = await self._taken(event=events[place], context=context)

        await _in_parts([one_after_the_other(places) for places in queues.values()])
        return [arrival for arrival in arrivals if arrival is not None]

    async def _taken(self, *, event: ArrivedEvent, context: Context) -> Arrival:
        if event.fault:
            return refused(place=event.event_id, error=OrderEventsUnreadable(detail=event.fault))
        # One event is known by its source and identifier together; the key is short whatever their length.
        road = f"event {derived_identifier(prefix='evt', parts=(event.source, event.event_id))}"
        if _is(event.type, ORDER_REQUESTED):
            draft = draft_of_json(place=event.event_id, content=event.data)
            return await self._placed(draft=draft, road=road, context=context, name="")
        if _is(event.type, CANCELLATION_REQUESTED):
            return await self._canceled(event=event, road=road, context=context)
        error = OrderEventTypeUnknown(detail=f"There is nothing to do for an event of type {event.type[:80]!r}.")
        return refused(place=event.event_id, error=error)

    async def _placed(self, *, draft: Draft, road: str, context: Context, name: str | None = None) -> Arrival:
        if draft.order is None:
            error = draft.error or OrderUnreadable(detail="It cannot be read.")
            return refused(place=draft.place, error=error, reference=draft.reference)
        key = _KEY.format(road=road, name=draft.place if name is None else name)
        try:
            answer = await self._orders.place(order=draft.order, key=key, context=context)
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return refused(place=draft.place, error=error, reference=draft.reference)
        return Arrival(
            place=draft.place,
            status=ArrivalStatus.KNOWN if answer.known else ArrivalStatus.PLACED,
            reference=draft.reference,
            order_id=_PLACED.decode(answer.body).order_id,
        )

    async def _canceled(self, *, event: ArrivedEvent, road: str, context: Context) -> Arrival:
        reference = ""
        try:
            wanted = _cancellation(event.data)
            reference = wanted.reference
            order_id = order_identifier(storefront_id=context.principal.subject_id, reference=reference)
            cancellation = Cancellation(lines=wanted.lines, reason=wanted.reason)
            await self._orders.cancel(order_id=order_id, cancellation=cancellation, key=road, context=context)
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return refused(place=event.event_id, error=error, reference=reference)
        return Arrival(place=event.event_id, status=ArrivalStatus.DONE, reference=reference, order_id=order_id)


class _Referring(msgspec.Struct, frozen=True):
    reference: str = ""


_REFERRING = msgspec.json.Decoder(_Referring)


def _subject(event: ArrivedEvent) -> str:
    try:
        return _REFERRING.decode(event.data).reference
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _is(told: str, wanted: str) -> bool:
    return told == wanted or told.endswith(f".{wanted}")


def _cancellation(data: bytes) -> RequestedCancellation:
    if b"\\u0000" in data:
        raise unreadable(detail="It holds the character U+0000.")
    try:
        return _CANCELLATION.decode(data)
    except msgspec.ValidationError as error:
        finding = finding_of(message=str(error))
        raise OrderUnreadable(detail=f"It does not fit: {finding.detail}", findings=(finding,)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(detail=f"It is no JSON: {str(error)[:200]}.") from None


async def _in_parts(waiting: Sequence[Coroutine[Any, Any, ResultT]]) -> list[ResultT]:
    """Run side by side, so that commits share trips to the disk, but not all at once; raises the first failure."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def run(one: Coroutine[Any, Any, ResultT]) -> ResultT:
        async with slots:
            return await one

    # All are let finish: what is placed is placed, and is recognized when it comes again.
    outcomes = await asyncio.gather(*(run(one) for one in waiting), return_exceptions=True)
    results = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        results.append(outcome)
    return results
