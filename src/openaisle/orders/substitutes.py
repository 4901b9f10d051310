"""From what a supplier names as a substitute to an offer that can fill the line: reads offers, decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from openaisle.inventory.model import NotSellableReason, OfferWithStock
from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.offers.model import offer_identifier
from openaisle.orders.answering import AnsweredLine, Substitute
from openaisle.orders.commands import AcknowledgmentDecision, LineAcknowledgment, NewSubstitute
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, PurchaseOrderLine

_ANSWERS = {
    AcknowledgmentDecision.ACCEPTED: LineAnswer.ACCEPTED,
    AcknowledgmentDecision.REJECTED: LineAnswer.REJECTED,
    AcknowledgmentDecision.BACK_ORDERED: LineAnswer.ACCEPTED,
    AcknowledgmentDecision.SUBSTITUTED: LineAnswer.ACCEPTED,
}


class SubstituteInvalid(RequestInvalid):
    """A substitute that cannot fill the line: none is named, it is not sold, in another currency, or has too little."""

    code = "substitute-invalid"
    title = "That cannot fill the line"
    mend = "Name an active offer of your own, in the currency of the purchase order, with enough in stock."


class FindsOffers(Protocol):
    """What is asked of inventory; ``inventory.queries.InventoryQueries`` does it."""

    async def offers_with_stock(self, *, offer_ids: Iterable[str], at: datetime) -> dict[str, OfferWithStock]:
        """Return the offers that exist with their stock and the reasons against selling."""
        ...


def answered_plainly(*, line: LineAcknowledgment) -> AnsweredLine:
    """Return an answer as it decides, without its substitute."""
    return AnsweredLine(
        line.line_number,
        _ANSWERS[line.decision],
        line.reason,
        line.expected_ship_date,
        back_ordered=line.decision is AcknowledgmentDecision.BACK_ORDERED,
        unit_price_minor=line.unit_price_minor,
    )


def names_substitutes(*, lines: Iterable[LineAcknowledgment]) -> bool:
    """Return whether an answer needs offers to be read."""
    return any(line.substitute is not None or line.decision is AcknowledgmentDecision.SUBSTITUTED for line in lines)


class Substitutes:
    """Finds the offers that suppliers name as substitutes."""

    def __init__(self, *, offers: FindsOffers) -> None:
        """Take the queries of offers with their stock."""
        self._offers = offers

    async def answered(
        self, *, purchase_order: PurchaseOrder, lines: Iterable[LineAcknowledgment], at: datetime
    ) -> list[AnsweredLine]:
        """Return the answers with their substitutes; raises SubstituteInvalid."""
        known = {line.line_number: line for line in purchase_order.lines}
        answers = []
        for position, line in enumerate(lines):
            answer = answered_plainly(line=line)
            is_substituted = line.decision is AcknowledgmentDecision.SUBSTITUTED
            if is_substituted != (line.substitute is not None):
                raise _invalid(position, "A substitute belongs to the decision substituted, and only to that.")
            if line.substitute is not None and line.line_number in known:
                found = await self._found(
                    purchase_order=purchase_order,
                    line=known[line.line_number],
                    wanted=line.substitute,
                    position=position,
                    at=at,
                )
                answer = answer._replace(substitute=found)
            answers.append(answer)
        return answers

    async def _found(
        self,
        *,
        purchase_order: PurchaseOrder,
        line: PurchaseOrderLine,
        wanted: NewSubstitute,
        position: int,
        at: datetime,
    ) -> Substitute:
        offer_id = offer_identifier(supplier_id=purchase_order.supplier_id, supplier_sku=wanted.supplier_sku)
        ordered_id = line.offer_id if line.replaced is None else line.replaced.offer_id
        offers = await self._offers.offers_with_stock(offer_ids=(offer_id, ordered_id), at=at)
        found, ordered = offers.get(offer_id), offers.get(ordered_id)
        if found is None:
            raise _invalid(position, f"There is no offer {wanted.supplier_sku[:60]} of this supplier.")
        offer = found.offer
        against = [reason.value for reason in found.reasons if reason is not NotSellableReason.NO_STOCK]
        if against or offer.currency != purchase_order.currency:
            raise _invalid(
                position, f"{offer.supplier_sku[:60]} is not for sale here: {', '.join(against) or offer.currency}."
            )
        is_same = (
            ordered is not None
            and ordered.offer.product_id == offer.product_id
            and ordered.offer.condition is offer.condition
        )
        return Substitute(
            product_id=offer.product_id,
            offer_id=offer.offer_id,
            supplier_sku=offer.supplier_sku,
            location=_location(found=found, line=line, wanted=wanted, position=position),
            price_minor=offer.price_minor,
            is_same_product=is_same,
        )


def _location(*, found: OfferWithStock, line: PurchaseOrderLine, wanted: NewSubstitute, position: int) -> str:
    if line.offer_id == found.offer.offer_id and wanted.location in {None, line.location}:
        # It fills the line already: asked for again, it has what it needs.
        return line.location
    enough = [level.location for level in found.stock if level.available >= line.open_quantity]
    if wanted.location is not None:
        enough = [location for location in enough if location == wanted.location]
    if not enough:
        raise _invalid(
            position, f"{line.open_quantity} of {found.offer.supplier_sku[:60]} are not in stock in one place."
        )
    return enough[0]


def _invalid(position: int, detail: str) -> SubstituteInvalid:
    return SubstituteInvalid(
        detail=detail, findings=[Finding(pointer=f"/lines/{position}/substitute", detail=detail, code="invalid")]
    )
