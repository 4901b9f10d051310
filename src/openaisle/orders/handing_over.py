"""Lines that no supplier is left for, handed over to a person: asked as a review task, decided by its resolution."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from openaisle.kernel.context import Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.kernel.texts import END
from openaisle.orders.allocating.model import Assessment
from openaisle.orders.cancellation import MAXIMUM_HAND_OVERS
from openaisle.orders.events import OrderHandedOver, OrderHandOverEnded
from openaisle.orders.model import HandedLine, HandOverOutcome, Order
from openaisle.orders.repository import ORDER_KIND, ORDERS
from openaisle.orders.use_cases import OrderUseCases
from openaisle.reviews.events import ReviewEscalated, ReviewResolved
from openaisle.reviews.model import CorrectionValue, Decision, Missed, ReviewFinding, review_task_id
from openaisle.reviews.use_cases import Reviews

SUBJECT_KIND = "order_allocation"

_CAUSE = "no_supplier_left"
_FIELD = re.compile(rf"^line_([1-9][0-9]{{0,5}}){END}")
_OFFER_LENGTH_MAXIMUM = 80
_CANDIDATES_TOLD = 10
_ENDED_SO = "No unit of these lines waits for a supplier any more."
_RESOLVED = msgspec.json.Decoder(ReviewResolved)
_ESCALATED = msgspec.json.Decoder(ReviewEscalated)
_HANDED_OVER = msgspec.json.Decoder(OrderHandedOver)
_ENDED = msgspec.json.Decoder(OrderHandOverEnded)


class HandOverCorrectionUnfit(RequestInvalid):
    """A correction that names no line of the order, or no offer for it."""

    code = "hand-over-correction-unfit"
    title = "That chooses no offer for a line"
    mend = "Name the field as the finding does, such as line_1, and give the offer_id that is to fill it."


def require_chosen_offers(corrections: Mapping[str, CorrectionValue]) -> None:
    """Refuse corrections that do not choose offers for lines; raises HandOverCorrectionUnfit."""
    for field, value in corrections.items():
        if _FIELD.match(field) is None:
            raise HandOverCorrectionUnfit(detail=f"{field[:100]} is no line of the order.")
        if not isinstance(value, str) or not 0 < len(value) <= _OFFER_LENGTH_MAXIMUM:
            raise HandOverCorrectionUnfit(detail=f"No offer is named for {field}.")


def hand_over_pipes(*, orders: OrderUseCases, reviews: Reviews) -> tuple[Pipe, ...]:
    """Return the pipe that asks people about lines, and the one that does what they decide."""
    return _asking(reviews=reviews), _deciding(orders=orders)


def _asking(*, reviews: Reviews) -> Pipe:
    async def ask(changes: Sequence[Change]) -> None:
        for change in changes:
            for event in change.events:
                context = _context_of(change)
                if event.type == OrderHandedOver.TYPE and change.body is not None:
                    number = _HANDED_OVER.decode(event.data).number
                    await _request(reviews=reviews, order=ORDERS.record(change.body), number=number, context=context)
                elif event.type == OrderHandOverEnded.TYPE:
                    ended = _ENDED.decode(event.data)
                    task_id = _task_id(order_id=ended.order_id, number=ended.number)
                    # A task that was resolved stays so; one whose lines were canceled meanwhile has nothing to decide.
                    await reviews.request_withdrawal(task_id=task_id, reason=_ENDED_SO, context=context)

    return Pipe(
        name="hand-overs-asked",
        handle=ask,
        kinds=frozenset({ORDER_KIND}),
        event_types=frozenset({OrderHandedOver.TYPE, OrderHandOverEnded.TYPE}),
    )


def _deciding(*, orders: OrderUseCases) -> Pipe:
    async def decide(changes: Sequence[Change]) -> None:
        for change in changes:
            for event in change.events:
                if event.type == ReviewResolved.TYPE:
                    resolved = _RESOLVED.decode(event.data)
                    if resolved.subject_kind == SUBJECT_KIND:
                        await _resolve(orders=orders, resolved=resolved, context=_context_of(change))
                elif event.type == ReviewEscalated.TYPE:
                    escalated = _ESCALATED.decode(event.data)
                    if escalated.subject_kind == SUBJECT_KIND and escalated.missed is Missed.RESOLVE:
                        # Nobody decided in time: the shopper waits no longer.
                        await orders.end_hand_over(
                            order_id=escalated.subject_id,
                            number=_number_of(escalated),
                            outcome=HandOverOutcome.CANCELED,
                            offers={},
                            context=_context_of(change),
                        )

    return Pipe(
        name="hand-overs-decided",
        handle=decide,
        event_types=frozenset({ReviewResolved.TYPE, ReviewEscalated.TYPE}),
    )


async def _request(*, reviews: Reviews, order: Order, number: int, context: Context) -> None:
    handed = next((one for one in order.handed_over if one.number == number), None)
    if handed is None or handed.outcome is not HandOverOutcome.NONE:
        return
    await reviews.request(
        subject_kind=SUBJECT_KIND,
        subject_id=order.order_id,
        occasion=str(number),
        causes=[_CAUSE],
        findings=[_finding(order=order, line=line) for line in handed.lines],
        proposals=[],
        context=context,
    )


def _finding(*, order: Order, line: HandedLine) -> ReviewFinding:
    product_id = next(one.product_id for one in order.lines if one.line_number == line.line_number)
    # The newest run that looked at the line tells why nobody is left.
    assessments = next(
        (
            decision.assessments
            for run in reversed(order.allocations)
            for decision in run.lines
            if decision.line_number == line.line_number and decision.assessments
        ),
        (),
    )
    return ReviewFinding(
        field=f"line_{line.line_number}",
        code=line.reason,
        severity="warning",
        message=f"{line.quantity} units of {product_id} wait, and no supplier is left for them.",
        check="allocation",
        suggestion="Choose an offer, approve to have it tried again, or reject to cancel.",
        evidence={one.offer_id: _told(one) for one in assessments[:_CANDIDATES_TOLD]},
    )


def _told(one: Assessment) -> str:
    return f"{one.supplier_id}: {one.verdict.value}, {one.available} available at {one.price_minor}"


async def _resolve(*, orders: OrderUseCases, resolved: ReviewResolved, context: Context) -> None:
    if resolved.decision is Decision.WITHDRAWN or not resolved.occasion.isdecimal():
        return
    offers: dict[int, str] = {}
    outcome = HandOverOutcome.TRIED_AGAIN
    if resolved.decision is Decision.REJECTED:
        outcome = HandOverOutcome.CANCELED
    elif resolved.decision is Decision.CORRECTED:
        outcome = HandOverOutcome.OFFER_CHOSEN
        for field, value in resolved.corrections.items():
            named = _FIELD.match(field)
            if named is not None:
                offers[int(named.group(1))] = str(value)
    await orders.end_hand_over(
        order_id=resolved.subject_id, number=int(resolved.occasion), outcome=outcome, offers=offers, context=context
    )


def _task_id(*, order_id: str, number: int) -> str:
    return review_task_id(subject_kind=SUBJECT_KIND, subject_id=order_id, occasion=str(number))


def _number_of(escalated: ReviewEscalated) -> int:
    numbers = range(1, MAXIMUM_HAND_OVERS + 1)
    order_id = escalated.subject_id
    return next((one for one in numbers if _task_id(order_id=order_id, number=one) == escalated.task_id), 0)


def _context_of(change: Change) -> Context:
    # The moment of the change is the moment of what follows from it: running twice says the same.
    return system_context(name=SUBJECT_KIND, at=change.at, correlation_id=change.correlation_id)
