"""Erases what returns and refunds tell of shoppers in people's own words, once their order has forgotten them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.records import decided_anew
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Item, Table, Write
from openaisle.orders.events import OrderShopperErased
from openaisle.orders.repository import ORDER_KIND, ORDERS
from openaisle.returns.model import Return
from openaisle.returns.refund import Refund
from openaisle.returns.repository import REFUND_KIND, REFUNDS, RETURN_KIND, RETURNS, returns_partition

NAME = "return-erasure"
_WHOLE_BOOK = 1_000
_WRITES_PER_COMMIT = 50


class ReturnErasure:
    """Follows ``order.shopper_erased``; amounts, units, reasons by code and states stay. Safe to do again."""

    def __init__(self, *, table: Table, clock: Clock) -> None:
        """Take the table of the returns and the clock of the worker."""
        self._table = table
        self._clock = clock

    def pipe(self) -> Pipe:
        """Return the pipe that hears of orders whose shopper is erased."""

        async def handle(changes: Sequence[Change]) -> None:
            for change in changes:
                if change.body is not None:
                    context = system_context(
                        name=NAME, at=self._clock.now(), correlation_id=change.correlation_id or NAME
                    )
                    await self.erase(order_id=ORDERS.record(change.body).order_id, context=context)

        return Pipe(
            name=NAME,
            handle=handle,
            kinds=frozenset({ORDER_KIND}),
            event_types=frozenset({OrderShopperErased.TYPE}),
        )

    async def erase(self, *, order_id: str, context: Context) -> None:
        """Erase the free texts of an order's returns and refunds."""

        async def attempt() -> None:
            page = await self._table.query(partition=returns_partition(order_id=order_id), limit=_WHOLE_BOOK)
            writes = [write for item in page.items for write in _erasing(item)]
            for start in range(0, len(writes), _WRITES_PER_COMMIT):
                await self._table.commit(writes=writes[start : start + _WRITES_PER_COMMIT], context=context)

        await decided_anew(attempt)


def without_texts(*, record: Return) -> Return:
    """Return a return without free texts."""
    return msgspec.structs.replace(
        record,
        # A fingerprint tells whether somebody guessed the texts.
        fingerprint="",
        refusal="",
        lines=tuple(msgspec.structs.replace(line, note="") for line in record.lines),
        receipts=tuple(
            msgspec.structs.replace(
                receipt, lines=tuple(msgspec.structs.replace(line, note="") for line in receipt.lines)
            )
            for receipt in record.receipts
        ),
        history=tuple(msgspec.structs.replace(one, note="") for one in record.history),
    )


def refund_without_texts(*, refund: Refund) -> Refund:
    """Return a refund without free texts; the payment's reference stays, as books are kept by it."""
    return msgspec.structs.replace(refund, reason="", failure="")


def _erasing(item: Item) -> list[Write]:
    if item.kind == RETURN_KIND:
        found = RETURNS.decode(item)
        record = without_texts(record=found.record)
        return [] if record == found.record else [RETURNS.replace(record, version=found.version)]
    if item.kind == REFUND_KIND:
        refund = REFUNDS.decode(item)
        erased = refund_without_texts(refund=refund.record)
        return [] if erased == refund.record else [REFUNDS.replace(erased, version=refund.version)]
    return []
