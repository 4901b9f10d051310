"""Returns and refunds, over a small marketplace in which something was bought and delivered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from openaisle.kernel.context import Context, Role, system_context
from openaisle.kernel.table import Table
from openaisle.offers.model import Offer
from openaisle.orders.commands import (
    Acknowledgment,
    AcknowledgmentDecision,
    LineAcknowledgment,
    LineToShip,
    NewDelivery,
    NewOrderLine,
    NewShipment,
)
from openaisle.orders.views import PlacedOrder
from openaisle.returns.book import Book, Books
from openaisle.returns.commands import LineReceived, LineToReturn, NewReceipt, NewReturn, Payment
from openaisle.returns.model import Condition, Return, ReturnReason, Wish
from openaisle.returns.policy import ReturnPolicy
from openaisle.returns.queries import ReturnQueries
from openaisle.returns.refund_use_cases import Refunds
from openaisle.returns.replacing import Replacements
from openaisle.returns.use_cases import Returns
from openaisle.returns.workflow import ReturnWorkflow
from openaisle.suppliers.contact import SupplierContacts
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import STOREFRONT, OrderRoom, make_line

LATER = NOON + timedelta(days=3)


class FakeCategories:
    """Categories that a test has given to products."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    async def categories(self, *, product_ids: set[str]) -> dict[str, str]:
        return {one: self.known[one] for one in product_ids if one in self.known}


class FixedClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = LATER

    def now(self) -> datetime:
        return self.at


class ReturnRoom:
    """The room of returns on a table, with what a test does most."""

    def __init__(self, *, table: Table, policy: ReturnPolicy | None = None) -> None:
        self.policy = policy or ReturnPolicy()
        self.shop = OrderRoom(table=table)
        self.table = table
        self.clock = FixedClock()
        self.categories = FakeCategories()
        self.books = Books(table=table, orders=self.shop.queries)
        self.returns = Returns(table=table, books=self.books, categories=self.categories, policy=self.policy)
        self.refunds = Refunds(table=table, books=self.books, policy=self.policy)
        self.replacements = Replacements(
            table=table,
            returns=self.returns,
            books=self.books,
            orders=self.shop.orders,
            queries=self.shop.queries,
            policy=self.policy,
        )
        self.workflow = ReturnWorkflow(
            returns=self.returns,
            refunds=self.refunds,
            replacements=self.replacements,
            books=self.books,
            policy=self.policy,
            clock=self.clock,
        )
        self.queries = ReturnQueries(table=table, books=self.books, contacts=SupplierContacts(table=table))

    async def delivered(self, *lines: NewOrderLine, reference: str = "R-1", shipped: int | None = None) -> PlacedOrder:
        """Place an order and let its suppliers ship all of it (or ``shipped`` units of each line) and deliver it."""
        placed = await self.shop.place(*lines, reference=reference)
        for one in placed.purchase_orders:
            await self.shipped(placed=placed, purchase_order_id=one.purchase_order_id, units=shipped)
            await self.shop.purchase_orders.deliver(
                purchase_order_id=one.purchase_order_id,
                delivery=NewDelivery(),
                context=make_context(at=NOON + timedelta(days=1), role=Role.OPERATOR),
                scope=None,
            )
        return placed

    async def shipped(self, *, placed: PlacedOrder, purchase_order_id: str, units: int | None = None) -> None:
        numbers = sorted({line.line_number for line in placed.lines if line.purchase_order_id == purchase_order_id})
        context = make_context(at=NOON + timedelta(hours=1), role=Role.OPERATOR)
        answers = [LineAcknowledgment(line_number=one, decision=AcknowledgmentDecision.ACCEPTED) for one in numbers]
        await self.shop.purchase_orders.acknowledge(
            purchase_order_id=purchase_order_id,
            acknowledgment=Acknowledgment(lines=answers),
            context=context,
            scope=None,
        )
        parts = [] if units is None else [LineToShip(line_number=one, quantity=units) for one in numbers]
        await self.shop.purchase_orders.ship(
            purchase_order_id=purchase_order_id,
            shipment=NewShipment(carrier="DHL", tracking_number="JJD0001", lines=parts),
            context=context,
            scope=None,
        )

    async def bought(self, *, quantity: int = 2, price_minor: int = 1_000, **line: Any) -> tuple[Offer, PlacedOrder]:
        """Let a shopper buy and get so many units of one offer; ten more are in stock."""
        offer = await self.shop.stock(on_hand=quantity + 10)
        wanted = make_line(offer_id=offer.offer_id, quantity=quantity, unit_price_minor=price_minor, **line)
        return offer, await self.delivered(wanted)

    async def asked(self, *, order_id: str, at: datetime = LATER, role: Role = Role.STOREFRONT, **given: Any) -> Return:
        """Ask to send goods back; return the first return that was made."""
        made = await self.returns.request(order_id=order_id, wanted=make_return(**given), context=context_of(role, at))
        return made[0]

    async def received(self, *, return_id: str, at: datetime = LATER, **given: Any) -> Return:
        """Report a receipt as the supplier."""
        return await self.returns.receive(
            return_id=return_id, receipt=make_receipt(**given), context=context_of(Role.SUPPLIER, at)
        )

    async def paid(self, *, refund_id: str, at: datetime = LATER) -> None:
        await self.refunds.paid(refund_id=refund_id, payment=Payment(), context=context_of(Role.STOREFRONT, at))

    async def book(self, *, order_id: str) -> Book:
        return await self.books.of_order(order_id=order_id)

    async def due(self, *, return_id: str, at: datetime) -> Return:
        """Let the timer meet the return at a moment."""
        context = system_context(name="returns", at=at, correlation_id="test")
        await self.workflow.come_due(return_id=return_id, context=context)
        return await self.record(return_id=return_id)

    async def gone_on(self, *, return_id: str, at: datetime = LATER) -> Return:
        """Let the pipe meet the return."""
        context = system_context(name="returns", at=at, correlation_id="test")
        await self.workflow.go_on(return_id=return_id, context=context)
        return await self.record(return_id=return_id)

    async def record(self, *, return_id: str) -> Return:
        book = await self.books.of_return(return_id=return_id)
        return book.one(return_id=return_id).record


def context_of(role: Role, at: datetime = LATER) -> Context:
    subject_id = {Role.STOREFRONT: STOREFRONT, Role.SUPPLIER: "sup_bergmann"}.get(role, "ana")
    return make_context(at=at, role=role, subject_id=subject_id)


def make_return(
    *,
    reference: str = "RET-1",
    wish: Wish = Wish.REFUND,
    reason: ReturnReason = ReturnReason.CHANGED_MIND,
    units: dict[int, int] | None = None,
) -> NewReturn:
    lines = [
        LineToReturn(line_number=number, quantity=quantity, reason=reason)
        for number, quantity in (units or {1: 1}).items()
    ]
    return NewReturn(reference=reference, wish=wish, lines=lines)


def make_receipt(
    *,
    reference: str = "IN-1",
    condition: Condition = Condition.AS_NEW,
    units: dict[int, int] | None = None,
    more_expected: bool = False,
    **line: Any,
) -> NewReceipt:
    lines = [
        LineReceived(line_number=number, quantity=quantity, condition=condition, **line)
        for number, quantity in (units or {1: 1}).items()
    ]
    return NewReceipt(reference=reference, lines=lines, more_expected=more_expected)


def notes_of(record: Return) -> list[str]:
    return [note.action for note in record.history]
