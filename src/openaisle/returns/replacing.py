"""Goods sent again instead of money: a replacement is an order of its own, at no price, under a derived reference."""

from __future__ import annotations

import msgspec

from openaisle.inventory.model import InsufficientStock
from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.money import CurrencyMismatch
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Table
from openaisle.orders.commands import NewOrder, NewOrderLine
from openaisle.orders.model import (
    DuplicateReference,
    Order,
    OrderNotDeliverable,
    OrderOfferNotSellable,
    OrderOfferUnknown,
    canceled_quantities,
    order_identifier,
)
from openaisle.orders.queries import OrderQueries
from openaisle.orders.use_cases import OrderUseCases
from openaisle.returns.book import Books
from openaisle.returns.deciding import decide_not_replaced, decide_replaced, decide_replacing
from openaisle.returns.model import ReplacementImpossible, Return, ReturnState
from openaisle.returns.policy import ReturnPolicy
from openaisle.returns.refund import refund_line
from openaisle.returns.repository import RETURNS
from openaisle.returns.requesting import Made
from openaisle.returns.settling import refund_of_return
from openaisle.returns.standing import is_being_replaced
from openaisle.returns.use_cases import Returns

_PREFIX = "replacement-"
_SYSTEM = Principal(role=Role.SYSTEM, subject_id="returns")


class Replacements:
    """Orders goods again for shoppers, and gives money back for what does not come after all."""

    def __init__(
        self,
        *,
        table: Table,
        returns: Returns,
        books: Books,
        orders: OrderUseCases,
        queries: OrderQueries,
        policy: ReturnPolicy,
    ) -> None:
        """Take the table, the use cases of returns and orders, what reads them, and the policy."""
        self._table = table
        self._returns = returns
        self._books = books
        self._orders = orders
        self._queries = queries
        self._policy = policy

    async def replace(self, *, return_id: str, context: Context) -> Return:
        """Order the goods again, at no price; again changes nothing.

        The return names the order before it is placed, so that nobody refunds what is about to be sent again, and
        whoever finds it so goes on. Raises ReturnUnknown, ReturnRefused or ReplacementImpossible.
        """
        record = await self._returns.change(
            return_id=return_id,
            context=context,
            decide=lambda one: decide_replacing(
                record=one,
                replacement_order_id=replacement_order_identifier(record=one),
                actor=context.principal.actor,
                at=context.at,
            ),
        )
        if not is_being_replaced(record):
            return record
        try:
            await self._place(record=record, context=context)
        except ReplacementImpossible as impossible:
            reason = impossible.detail
            await self._returns.change(
                return_id=return_id,
                context=context,
                decide=lambda one: decide_not_replaced(
                    record=one,
                    reason=reason,
                    policy=self._policy,
                    actor=context.principal.actor,
                    at=context.at,
                ),
            )
            raise
        replaced = await self._returns.change(
            return_id=return_id,
            context=context,
            decide=lambda one: decide_replaced(record=one, actor=context.principal.actor, at=context.at),
        )
        # Of the new order something may have been canceled before the return said that it was placed.
        await self.make_up(return_id=return_id, context=context)
        return replaced

    async def make_up(self, *, return_id: str, context: Context) -> None:
        """Refund what of a replacement was canceled, each unit once; safe to do again."""

        async def attempt() -> None:
            book = await self._books.of_return(return_id=return_id)
            found = book.one(return_id=return_id)
            record = found.record
            if record.state is not ReturnState.REPLACED or record.replacement_order_id is None:
                return
            replacement, _ = await self._queries.whole(order_id=record.replacement_order_id)
            refunded: dict[int, int] = {}
            for refund in book.refunds.values():
                for line in refund.record.lines if refund.record.cause_id == return_id else ():
                    refunded[line.line_number] = refunded.get(line.line_number, 0) + line.quantity
            lines = tuple(
                refund_line(
                    account=book.accounts[number],
                    units=units - refunded.get(number, 0),
                    fee_basis_points=0,
                    deduction_minor=0,
                    with_shipping=True,
                )
                for number, units in sorted(canceled_quantities(order=replacement).items())
                if units > refunded.get(number, 0)
            )
            if not sum(line.amount_minor for line in lines):
                return
            reason = f"of the replacement {record.replacement_order_id} not everything comes"
            refund_id, write = refund_of_return(
                book=book, made=Made(record), lines=lines, reason=reason, policy=self._policy, context=context
            )
            changed = msgspec.structs.replace(record, refund_id=refund_id)
            writes = [RETURNS.replace(changed, version=found.version), write]
            await self._table.commit(writes=writes, context=context)

        await decided_anew(attempt)

    async def _place(self, *, record: Return, context: Context) -> None:
        order_of_old, _ = await self._queries.whole(order_id=record.order_id)
        if order_of_old.shopper_erased_at:
            raise ReplacementImpossible(detail=f"Nobody knows any more where {record.order_id} went.")
        original = await self._queries.order(order_id=record.order_id, principal=_SYSTEM)
        by_number = {line.line_number: line for line in record.lines}
        order = NewOrder(
            reference=replacement_reference(return_id=record.return_id),
            currency=record.currency,
            lines=[
                NewOrderLine(
                    line_number=number, offer_id=by_number[number].offer_id, quantity=units, unit_price_minor=0
                )
                for number, units in sorted(record.settled.items())
            ],
            ship_to=original.ship_to,
        )
        # The storefront is whose order it is; who decided it stands in the return.
        owner = Principal(role=Role.STOREFRONT, subject_id=record.storefront_id)
        try:
            await self._orders.place(
                order=order, key=order.reference, context=msgspec.structs.replace(context, principal=owner)
            )
        except DuplicateReference:
            # It was placed before, and the answer that was kept for it has expired.
            return
        except (
            InsufficientStock,
            OrderNotDeliverable,
            OrderOfferNotSellable,
            OrderOfferUnknown,
            CurrencyMismatch,
        ) as error:
            raise _impossible(record=record, error=error) from error


def replacement_reference(*, return_id: str) -> str:
    """Return the reference under which the goods of a return are ordered again, once."""
    return f"{_PREFIX}{return_id}"


def replacement_order_identifier(*, record: Return) -> str:
    """Return the identifier of the order that replaces the goods of a return."""
    reference = replacement_reference(return_id=record.return_id)
    return order_identifier(storefront_id=record.storefront_id, reference=reference)


def replaced_return_id(*, order: Order) -> str | None:
    """Return the return whose goods an order replaces, None for any other order."""
    return order.reference.removeprefix(_PREFIX) if order.reference.startswith(_PREFIX) else None


def _impossible(*, record: Return, error: OpenAisleError) -> ReplacementImpossible:
    return ReplacementImpossible(
        detail=f"The goods of {record.return_id} cannot be ordered again: {error.detail}"[:300],
        findings=error.findings,
    )
