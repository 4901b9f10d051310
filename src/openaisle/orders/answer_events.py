"""What others are told when a supplier's answers, or the want of them, change lines of a purchase order. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.kernel.records import Event
from openaisle.orders.events import (
    LineDate,
    LineSubstitute,
    PurchaseOrderAccepted,
    PurchaseOrderBackOrdered,
    PurchaseOrderExpired,
    PurchaseOrderPartiallyAccepted,
    PurchaseOrderRejected,
    PurchaseOrderSubstituted,
    PurchaseOrderSubstituteProposed,
)
from openaisle.orders.purchase_order import (
    LineAnswer,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    ReplacedOffer,
    names_of,
    quantities_of,
)

Pairs = Sequence[tuple[PurchaseOrderLine, PurchaseOrderLine]]


def answer_events(*, changed: PurchaseOrder, pairs: Pairs) -> tuple[Event, ...]:
    """Return the events of lines that were answered; ``pairs`` are these lines before and after."""
    accepted = [after for before, after in pairs if after.answer is LineAnswer.ACCEPTED is not before.answer]
    rejected = [before for before, after in pairs if after.answer is LineAnswer.REJECTED]
    expired = [before for before, after in pairs if after.answer is LineAnswer.EXPIRED]
    names = names_of(changed)
    events: list[Event] = []
    if expired:
        events.append(PurchaseOrderExpired(**names, lines=quantities_of(expired)))
    if accepted or rejected:
        reason = next((after.reason for _, after in pairs if after.reason), "")
        events.append(_answered(changed=changed, accepted=accepted, rejected=rejected, reason=reason))
    proposed = [after for before, after in pairs if after.answer is LineAnswer.PROPOSED]
    if proposed:
        events.append(
            PurchaseOrderSubstituteProposed(
                **names,
                lines=quantities_of(proposed),
                substitutes=_substitutes(proposed),
                consent_by=min(line.consent_by for line in proposed),
            )
        )
    substituted = [line for line in accepted if line.replaced is not None]
    if substituted:
        events.append(
            PurchaseOrderSubstituted(**names, lines=quantities_of(substituted), substitutes=_substitutes(substituted))
        )
    late = [after for before, after in pairs if _is_put_off(before=before, after=after)]
    if late:
        dates = tuple(
            LineDate(
                line_number=line.line_number,
                quantity=line.open_quantity,
                expected_ship_date=line.expected_ship_date or "",
            )
            for line in late
        )
        events.append(PurchaseOrderBackOrdered(**names, lines=quantities_of(late), dates=dates))
    return tuple(events)


def _answered(
    *, changed: PurchaseOrder, accepted: list[PurchaseOrderLine], rejected: list[PurchaseOrderLine], reason: str
) -> Event:
    names = names_of(changed)
    if changed.state is PurchaseOrderState.REJECTED:
        return PurchaseOrderRejected(**names, lines=quantities_of(rejected), reason=reason)
    if changed.state is PurchaseOrderState.ACCEPTED:
        return PurchaseOrderAccepted(**names, lines=quantities_of(accepted))
    return PurchaseOrderPartiallyAccepted(
        **names, lines=quantities_of(accepted), refused=quantities_of(rejected), reason=reason
    )


def _is_put_off(*, before: PurchaseOrderLine, after: PurchaseOrderLine) -> bool:
    is_new = not before.back_ordered or before.expected_ship_date != after.expected_ship_date
    was_proposed = before.answer is LineAnswer.PROPOSED
    return after.answer is LineAnswer.ACCEPTED and after.back_ordered and (is_new or was_proposed)


def _substitutes(lines: Sequence[PurchaseOrderLine]) -> tuple[LineSubstitute, ...]:
    return tuple(_substitute(line, line.replaced) for line in lines if line.replaced is not None)


def _substitute(line: PurchaseOrderLine, replaced: ReplacedOffer) -> LineSubstitute:
    return LineSubstitute(
        line_number=line.line_number,
        quantity=line.open_quantity,
        product_id=line.product_id,
        offer_id=line.offer_id,
        replaced_product_id=replaced.product_id,
        replaced_offer_id=replaced.offer_id,
        unit_price_minor=line.unit_price_minor,
        offered_price_minor=replaced.offered_price_minor,
    )
