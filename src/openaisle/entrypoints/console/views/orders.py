"""Orders: the list, and one order with its lines, purchase orders, timeline and allocation reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from openaisle.entrypoints.console.formats import (
    actor_text,
    count_text,
    full_moment_text,
    moment,
    money_text,
    quantity_text,
    sentence_text,
    words_text,
)
from openaisle.entrypoints.console.views.common import Choice, Fact, HistoryEntry, Paging, paging_of
from openaisle.entrypoints.console.views.order_wishes import NoteRow, note_rows, wish_facts
from openaisle.entrypoints.console.views.purchase_orders import (
    PurchaseOrderCard,
    flags_of,
    shipment_row,
    substitute_row,
)
from openaisle.kernel.money import Money
from openaisle.orders import views as room
from openaisle.orders.allocating.model import Assessment, Verdict
from openaisle.orders.model import OrderLineState
from openaisle.orders.purchase_order import UNANSWERED, PurchaseOrderState

LIST_HREF = "/console/orders"

# Why an offer could not be taken; one that could, but lost, has no sentence.
VERDICT_SENTENCES = {
    Verdict.UNKNOWN: "There is no such offer.",
    Verdict.OFFER_PAUSED: "The supplier paused the offer.",
    Verdict.OFFER_WITHDRAWN: "The offer was withdrawn.",
    Verdict.SUPPLIER_NOT_ACTIVE: "The supplier is not active.",
    Verdict.PRODUCT_NOT_ACTIVE: "The product is not active.",
    Verdict.CURRENCY_DIFFERS: "The offer is in another currency.",
    Verdict.NO_STOCK: "Nothing is in stock.",
    Verdict.TOO_LITTLE_STOCK: "Less is in stock than is wanted.",
    Verdict.REFUSED_BEFORE: "The supplier refused this line before.",
    Verdict.SHIPS_NOT_THERE: "The supplier does not ship there.",
    Verdict.SHIPPING_OPTION_MISSING: "The supplier does not ship by that option there.",
    Verdict.HAZARDOUS_GOODS_REFUSED: "The goods are hazardous, and the supplier sends no such goods.",
    Verdict.AGE_NOT_PROVEN: "Nobody made sure that the shopper is old enough.",
    Verdict.ARRIVES_TOO_LATE: "It would arrive after the day that the shopper asked for.",
    Verdict.CAPACITY_REACHED: "The supplier takes no more orders on that day.",
}
_ENDED = frozenset({PurchaseOrderState.REJECTED, PurchaseOrderState.EXPIRED, PurchaseOrderState.CANCELED})
_REFUSALS = frozenset({"rejected", "expired"})
_HISTORY_STATES = {
    "purchase_order_created": "created",
    "acknowledged": "accepted",
    "line_canceled": "canceled",
    "allocation": "allocated",
}


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order of a list."""

    order_id: str
    reference: str
    storefront_id: str
    state: str
    placed_at: datetime
    total: Money
    line_count: int
    supplier_count: int


class OrdersPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of orders of a day (``YYYY-MM-DD``) and state; its first page keeps itself fresh."""

    day: str
    choices: tuple[Choice, ...]
    orders: tuple[OrderRow, ...]
    paging: Paging
    refresh_href: str | None = None


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order line."""

    line_number: int
    product: str
    product_href: str | None
    supplier: str
    supplier_href: str | None
    quantity: int
    unit_price: Money
    shipping: Money
    state: str
    note: str = ""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One offer that the allocation weighed for a line.

    ``score`` is the cost the engine compared, empty where it compared nothing; ``terms`` are the numbers of that
    moment, as label and text; ``refusal`` says why the offer could not be taken.
    """

    supplier: str
    supplier_href: str
    offer_id: str
    chosen: bool
    score: str
    terms: tuple[tuple[str, str], ...]
    refusal: str


class AllocationCard(msgspec.Struct, frozen=True, kw_only=True):
    """Why one line went where it went."""

    line_number: int
    product: str
    decided_at: datetime
    reason: str
    chosen: bool
    candidates: tuple[Candidate, ...]


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one order."""

    order_id: str
    reference: str
    state: str
    placed_at: datetime
    total: Money
    facts: tuple[Fact, ...]
    lines: tuple[LineRow, ...]
    purchase_orders: tuple[PurchaseOrderCard, ...]
    allocations: tuple[AllocationCard, ...]
    history: tuple[HistoryEntry, ...]
    notes: tuple[NoteRow, ...] = ()


def order_row(*, order: room.OrderSummary) -> OrderRow:
    """Return the order as a row of a list."""
    return OrderRow(
        order_id=order.order_id,
        reference=order.reference,
        storefront_id=order.storefront_id,
        state=order.state.value,
        placed_at=moment(text=order.placed_at),
        total=Money(amount_minor=order.total_minor, currency=order.currency),
        line_count=len(order.lines),
        supplier_count=len({one.supplier_id for one in order.purchase_orders if one.state not in _ENDED}),
    )


def orders_page(*, listed: room.OrderPage, day: str, state: str, after: str) -> OrdersPage:
    """Return the list of the orders of a day; ``state`` is the one they are in, empty for all."""
    day_href = f"{LIST_HREF}?day={day}"
    here = f"{day_href}&state={state}" if state else day_href
    everything = Choice(label="All", href=day_href, chosen=not state)
    by_state = tuple(
        Choice(label=sentence_text(code=one.value), href=f"{day_href}&state={one.value}", chosen=one.value == state)
        for one in OrderLineState
    )
    rows = tuple(order_row(order=order) for order in listed.orders)
    query = here.partition("?")[2]
    return OrdersPage(
        day=day,
        choices=(everything, *by_state),
        orders=rows,
        paging=paging_of(href=here, after=after, next_after=listed.next_after),
        refresh_href=None if after else f"/console/fragments/order-list?{query}",
    )


def order_page(*, view: room.OrderView, suppliers: Mapping[str, str], products: Mapping[str, str]) -> OrderPage:
    """Return the page of one order; ``suppliers`` and ``products`` are names by identifier."""
    maker = _OrderMaker(view=view, suppliers=suppliers, products=products)
    ship_to = view.ship_to
    place = f"{ship_to.postal_code} {ship_to.city}, {ship_to.country}"
    return OrderPage(
        order_id=view.order_id,
        reference=view.reference,
        state=view.state.value,
        placed_at=moment(text=view.placed_at),
        total=maker.money(view.total_minor),
        facts=(
            Fact(label="Order id", value=view.order_id, code=True),
            Fact(label="Storefront", value=view.storefront_id),
            Fact(label="Placed", value=full_moment_text(at=moment(text=view.placed_at))),
            # The name and street are the shopper's own: the console shows the town, which allocation needs.
            Fact(label="Ships to", value=place),
            *wish_facts(view=view),
        ),
        lines=tuple(maker.line(line) for line in view.lines),
        purchase_orders=tuple(maker.purchase_order(one) for one in view.purchase_orders),
        allocations=maker.allocations(),
        history=tuple(maker.entry(one) for one in reversed(view.timeline)),
        notes=note_rows(view=view),
    )


class _OrderMaker:
    """Makes the pieces of one order's page; it knows the names and the currency that they share."""

    def __init__(self, *, view: room.OrderView, suppliers: Mapping[str, str], products: Mapping[str, str]) -> None:
        self._view = view
        self._suppliers = suppliers
        self._products = products

    def money(self, amount_minor: int) -> Money:
        return Money(amount_minor=amount_minor, currency=self._view.currency)

    def line(self, line: room.OrderLineView) -> LineRow:
        notes = []
        quantities = line.quantities
        if quantities.canceled:
            notes.append(f"{quantities.canceled} of {line.quantity} canceled")
        if quantities.waiting:
            notes.append(f"{quantities.waiting} wait for a supplier")
        refusals = [one for one in line.filled_by if one.answer.value in _REFUSALS]
        notes += [f"{one.answer.value} by {self._supplier(one.supplier_id)}" for one in refusals]
        supplier_id = line.supplier_id
        return LineRow(
            line_number=line.line_number,
            product=self._product(line.product_id),
            product_href=f"/console/products/{line.product_id}",
            supplier=self._supplier(supplier_id) if supplier_id else "",
            supplier_href=_supplier_href(supplier_id) if supplier_id else None,
            quantity=line.quantity,
            unit_price=self.money(line.unit_price_minor),
            shipping=self.money(line.shipping_minor),
            state=line.state.value,
            note="; ".join(notes),
        )

    def purchase_order(self, one: room.PurchaseOrderView) -> PurchaseOrderCard:
        wanted = [(line, line.quantity - line.canceled_quantity) for line in one.lines]
        total = sum(line.unit_price_minor * count + line.shipping_minor for line, count in wanted)
        moments = [("made", moment(text=one.created_at))]
        if one.state in UNANSWERED:
            moments.append(("answer due", moment(text=one.acknowledge_by)))
        reasons = {line.reason: None for line in one.lines if line.reason}
        dates = {line.expected_ship_date: None for line in one.lines if line.expected_ship_date}
        notes = [f"The supplier says: {'; '.join(reasons)}"] if reasons else []
        notes += [f"Expected to ship {', '.join(dates)}"] if dates else []
        promised = sorted({line.promised_on for line in one.lines if line.promised_on})
        notes += [f"Promised for {', '.join(promised)}"] if promised else []
        return PurchaseOrderCard(
            purchase_order_id=one.purchase_order_id,
            supplier=self._supplier(one.supplier_id),
            supplier_href=_supplier_href(one.supplier_id),
            state=one.state.value,
            total=self.money(total),
            lines=", ".join(f"{count} of line {line.line_number}" for line, count in wanted),
            moments=tuple(moments),
            note=". ".join(notes),
            shipments=tuple(shipment_row(one=one) for one in one.shipments),
            flags=flags_of(one=one),
            substitutes=tuple(
                substitute_row(line=line, currency=one.currency) for line in one.lines if line.consent_by
            ),
        )

    def allocations(self) -> tuple[AllocationCard, ...]:
        """The runs of the engine, the latest first, line by line."""
        return tuple(self._allocation(run, line) for run in reversed(self._view.allocations) for line in run.lines)

    def entry(self, entry: room.TimelineEntry) -> HistoryEntry:
        number = entry.purchase_order_id.rpartition("_")[2] if entry.purchase_order_id else ""
        action = words_text(code=entry.action.removeprefix("purchase_order_"))
        is_ours = entry.actor.startswith("system:")
        title = f"Purchase order {number} {action}" if number else f"Order {action}"
        return HistoryEntry(
            at=moment(text=entry.at),
            title=title,
            state=_HISTORY_STATES.get(entry.action, entry.action),
            detail=""
            if entry.note == "placed"
            else self._suppliers.get(entry.note, words_text(code=entry.note))
            if is_ours
            else entry.note,
            actor=self._actor(entry.actor),
        )

    def _allocation(self, run: room.AllocationView, line: room.LineReasons) -> AllocationCard:
        product_id = next((one.product_id for one in self._view.lines if one.line_number == line.line_number), "")
        ranked = sorted(line.candidates, key=_rank)
        candidates = tuple(self._candidate(one) for one in ranked)
        return AllocationCard(
            line_number=line.line_number,
            product=self._product(product_id),
            decided_at=moment(text=run.at),
            reason=_reason(run=run, line=line),
            chosen=not line.unfilled,
            candidates=candidates,
        )

    def _candidate(self, one: Assessment) -> Candidate:
        chosen = one.verdict is Verdict.CHOSEN
        terms = [
            ("price", _money_text(self.money(one.price_minor))),
            ("leaves in", quantity_text(number=one.lead_time_days, noun="day")),
            ("available", count_text(number=one.available)),
        ]
        if one.delivered_on is not None:
            terms.append(("arrives", one.delivered_on))
        if one.scorecard is not None:
            terms.append(("score", f"{one.scorecard} of 1000"))
        if one.zone:
            terms.append(("distance", count_text(number=one.zone)))
        if one.share_permille:
            terms.append(("chosen lately", f"{one.share_permille} of 1000"))
        if one.own_stock:
            terms.append(("stock", "our own"))
        if chosen:
            terms.insert(0, ("fills", count_text(number=one.quantity)))
        return Candidate(
            supplier=self._supplier(one.supplier_id) if one.supplier_id else "unknown",
            supplier_href=_supplier_href(one.supplier_id),
            offer_id=one.offer_id,
            chosen=chosen,
            score=_money_text(self.money(one.score_minor)) if one.score_minor is not None else "",
            terms=tuple(terms) if one.verdict is not Verdict.UNKNOWN else (),
            refusal=VERDICT_SENTENCES.get(one.verdict, ""),
        )

    def _supplier(self, supplier_id: str) -> str:
        return self._suppliers.get(supplier_id, supplier_id)

    def _product(self, product_id: str) -> str:
        return self._products.get(product_id, product_id)

    def _actor(self, actor: str) -> str:
        role, _, subject = actor.partition(":")
        return f"{role} {self._supplier(subject)}" if role == "supplier" else actor_text(actor=actor)


def _reason(*, run: room.AllocationView, line: room.LineReasons) -> str:
    occasion = "" if run.cause == "placed" else f"Allocated again, because {words_text(code=run.cause)}. "
    if line.fixed:
        told = "The storefront chose this offer itself."
    elif line.unfilled:
        told = f"{quantity_text(number=line.unfilled, noun='unit')} found no supplier."
    else:
        told = f"{quantity_text(number=len(line.candidates), noun='offer')} weighed; {_preference(line=line)}"
    return occasion + told


def _rank(one: Assessment) -> tuple[bool, bool, int]:
    """The chosen first, then those that could have been, the least cost first."""
    return one.verdict is not Verdict.CHOSEN, one.score_minor is None, one.score_minor or 0


def _preference(*, line: room.LineReasons) -> str:
    possible = [one.score_minor for one in line.candidates if one.verdict is Verdict.BETTER_FOUND]
    chosen = [one.score_minor for one in line.candidates if one.verdict is Verdict.CHOSEN]
    cheaper = min((one for one in possible if one is not None), default=None)
    if cheaper is not None and any(one is not None and one > cheaper for one in chosen):
        return "alone another costs less, but with this one the whole order costs less, parcels counted."
    return "the least cost wins."


def _money_text(money: Money) -> str:
    return money_text(amount_minor=money.amount_minor, currency=money.currency)


def _supplier_href(supplier_id: str) -> str:
    return f"/console/suppliers/{supplier_id}"
