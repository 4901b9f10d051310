"""Goods on their way back: asked for, authorized, received, settled. Each command is one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from openaisle.inventory import movements
from openaisle.inventory.repository import stock_key
from openaisle.kernel.context import Context, Role
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Check, Table, Write
from openaisle.returns.access import require_order, require_return
from openaisle.returns.book import Book, Books
from openaisle.returns.commands import NewReceipt, NewReturn, ParcelSent, Refusal, Settlement, Withdrawal
from openaisle.returns.deciding import decide_authorization, decide_parcel, decide_refusal, decide_withdrawal
from openaisle.returns.model import Return, ReturnRefused, ReturnState, return_identifier
from openaisle.returns.policy import ReturnPolicy
from openaisle.returns.receiving import Restocking, decide_receipt
from openaisle.returns.repository import RETURNS, return_key
from openaisle.returns.requesting import Made, Whereabouts, decide_request, known_returns, returnable_units
from openaisle.returns.settling import Settled, settled, settled_at_once
from openaisle.returns.standing import awaits_settlement


class Categories(Protocol):
    """What this room asks of the catalog."""

    async def categories(self, *, product_ids: set[str]) -> dict[str, str]:
        """Return the category path of each product that has one."""
        ...


class Returns:
    """The use cases of returns."""

    def __init__(self, *, table: Table, books: Books, categories: Categories, policy: ReturnPolicy) -> None:
        """Take the table, the books of orders, what knows the categories of products, and the policy."""
        self._table = table
        self._books = books
        self._categories = categories
        self._policy = policy

    async def request(self, *, order_id: str, wanted: NewReturn, context: Context) -> list[Return]:
        """Ask to send goods back; the same request again gives the same returns, one per purchase order.

        What the operator asks for is an exception from the policy. Raises OrderUnknown, ReturnLinesInvalid,
        NotReturnable, ReturnReferenceReused or ReturnsTooMany.
        """

        async def attempt() -> list[Return]:
            book = await self._books.of_order(order_id=order_id)
            require_order(order=book.order, principal=context.principal)
            known = known_returns(returns=book.return_records, wanted=wanted)
            if known:
                return known
            products = {line.product_id for one in book.purchase_orders for line in one.lines}
            made = decide_request(
                wanted=wanted,
                known=Whereabouts(
                    order=book.order,
                    purchase_orders=book.purchase_orders,
                    returns=book.return_records,
                    categories=await self._categories.categories(product_ids=products),
                ),
                policy=self._policy,
                is_exception=context.principal.role is Role.OPERATOR,
                first_number=book.next_return_number(),
                actor=context.principal.actor,
                at=context.at,
            )
            writes = [RETURNS.create(one.record, events=one.events) for one in made]
            await self._table.commit(writes=writes, context=context)
            return [one.record for one in made]

        return await decided_anew(attempt)

    async def authorize(self, *, return_id: str, note: str, context: Context) -> Return:
        """Let goods come back; an authorized return stays as it is. Raises ReturnUnknown or ReturnRefused."""
        return await self.change(
            return_id=return_id,
            context=context,
            decide=lambda record: decide_authorization(
                record=record, policy=self._policy, note=note, actor=context.principal.actor, at=context.at
            ),
        )

    async def refuse(self, *, return_id: str, refusal: Refusal, context: Context) -> Return:
        """Refuse to take goods back, or (the operator) to refund what came. Raises ReturnUnknown or ReturnRefused."""

        def decide(record: Return) -> Made:
            if context.principal.role is Role.SUPPLIER and record.state is ReturnState.RECEIVED:
                detail = f"{record.return_id} is {record.state}; only the operator may refuse it now."
                raise ReturnRefused(detail=detail)
            return decide_refusal(record=record, reason=refusal.reason, actor=context.principal.actor, at=context.at)

        return await self.change(return_id=return_id, context=context, decide=decide)

    async def withdraw(self, *, return_id: str, withdrawal: Withdrawal, context: Context) -> Return:
        """Let the shopper keep the goods after all. Raises ReturnUnknown or ReturnRefused."""
        return await self.change(
            return_id=return_id,
            context=context,
            decide=lambda record: decide_withdrawal(
                record=record, reason=withdrawal.reason, actor=context.principal.actor, at=context.at
            ),
        )

    async def send_back(self, *, return_id: str, parcel: ParcelSent, context: Context) -> Return:
        """Record the parcel that the shopper handed in. Raises ReturnUnknown or ReturnRefused."""
        return await self.change(
            return_id=return_id,
            context=context,
            decide=lambda record: decide_parcel(
                record=record, parcel=parcel, policy=self._policy, actor=context.principal.actor, at=context.at
            ),
        )

    async def receive(self, *, return_id: str, receipt: NewReceipt, context: Context) -> Return:
        """Record what came back: stock, refund and return change together; the same receipt again changes nothing.

        Raises ReturnUnknown, ReturnLinesInvalid, ReceiptDiffers or ReturnRefused.
        """

        async def attempt() -> Return:
            book, found = await self._read(return_id=return_id, context=context)
            free = returnable_units(purchase_orders=book.purchase_orders, returns=book.return_records)
            came = decide_receipt(
                record=found.record,
                receipt=receipt,
                policy=self._policy,
                still_free=free.get(found.record.purchase_order_id, {}),
                without_stock=await self._without_stock(found.record),
                actor=context.principal.actor,
                at=context.at,
            )
            if came.made.record is found.record:
                return found.record
            beside: list[Write] = _stock_writes(came.restocked)
            if found.record.state is ReturnState.EXPIRED:
                # Its units were free again: nobody may claim them between reading and writing.
                following = return_identifier(order_id=book.order.order_id, number=book.next_return_number())
                beside.append(Check(key=return_key(return_id=following), expected_version=0))
            done = settled_at_once(book=book, made=came.made, policy=self._policy, context=context)
            return await self._commit(found=found, done=done, beside=beside, context=context)

        return await decided_anew(attempt)

    async def settle(self, *, return_id: str, settlement: Settlement, context: Context) -> Return:
        """Decide what goes back for goods that came; decided before, the return stays as it is.

        Raises ReturnUnknown, ReturnLinesInvalid or ReturnRefused.
        """
        deductions = {line.line_number: line.deduction_minor for line in settlement.lines}
        return await self.refund(return_id=return_id, deductions=deductions, reason=settlement.reason, context=context)

    async def refund(
        self, *, return_id: str, deductions: dict[int, int] | None, reason: str, context: Context
    ) -> Return:
        """Refund goods that came, less ``deductions`` by line number; None waives what the supplier proposed.

        Raises ReturnUnknown, ReturnLinesInvalid or ReturnRefused.
        """

        async def attempt() -> Return:
            book, found = await self._read(return_id=return_id, context=context)
            record = found.record
            if record.refund_id is not None or record.state is ReturnState.REFUNDED:
                return record
            if not awaits_settlement(record):
                raise ReturnRefused(detail=f"{return_id} is {record.state}; nothing is left to refund.")
            done = settled(
                book=book,
                made=Made(record),
                deductions=deductions,
                reason=reason,
                policy=self._policy,
                context=context,
            )
            return await self._commit(found=found, done=done, beside=[], context=context)

        return await decided_anew(attempt)

    async def change(self, *, return_id: str, context: Context, decide: Callable[[Return], Made]) -> Return:
        """Put what ``decide`` makes of a return into force, with the refund that follows.

        Raises ReturnUnknown and what ``decide`` raises.
        """

        async def attempt() -> Return:
            book, found = await self._read(return_id=return_id, context=context)
            made = decide(found.record)
            if made.record is found.record:
                return found.record
            done = settled_at_once(book=book, made=made, policy=self._policy, context=context)
            return await self._commit(found=found, done=done, beside=[], context=context)

        return await decided_anew(attempt)

    async def _read(self, *, return_id: str, context: Context) -> tuple[Book, Versioned[Return]]:
        book = await self._books.of_return(return_id=return_id)
        found = book.one(return_id=return_id)
        require_return(record=found.record, principal=context.principal)
        return book, found

    async def _commit(
        self, *, found: Versioned[Return], done: Settled, beside: list[Write], context: Context
    ) -> Return:
        write = RETURNS.replace(done.made.record, version=found.version, events=done.made.events)
        await self._table.commit(writes=[write, *done.writes, *beside], context=context)
        return done.made.record

    async def _without_stock(self, record: Return) -> frozenset[int]:
        """Return the lines whose stock level is gone, so that nothing can be put back."""
        keys = [stock_key(offer_id=line.offer_id, location=line.location) for line in record.lines]
        items = await self._table.get_many(keys=keys)
        return frozenset(line.line_number for line, item in zip(record.lines, items, strict=True) if item is None)


def _stock_writes(restocked: Iterable[Restocking]) -> list[Write]:
    """Return one write per stock level: a commit names a key once."""
    units: dict[tuple[str, str], int] = {}
    for offer_id, location, quantity in restocked:
        units[offer_id, location] = units.get((offer_id, location), 0) + quantity
    return [
        movements.receive(offer_id=offer_id, location=location, quantity=quantity)
        for (offer_id, location), quantity in units.items()
    ]
