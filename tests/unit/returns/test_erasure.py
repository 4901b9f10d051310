"""With an order's shopper goes what people wrote about its returns and refunds; amounts and units stay."""

from __future__ import annotations

import msgspec

from openaisle.kernel.context import Role
from openaisle.orders.disclosure import DisclosurePolicy
from openaisle.orders.erasure import ShopperErasure
from openaisle.returns.commands import LineToRefund, NewRefund
from openaisle.returns.erasure import ReturnErasure
from openaisle.returns.model import Condition
from tests.factories.contexts import make_context
from tests.factories.returns import LATER, ReturnRoom, context_of

SECRET = "Ada Fischer spilled coffee"


async def test_free_texts_go_with_the_shopper_and_nothing_else_does(room: ReturnRoom) -> None:
    _, placed = await room.bought(quantity=2, price_minor=1_000)
    asked = await room.asked(order_id=placed.order_id)
    await room.received(return_id=asked.return_id, condition=Condition.AS_NEW, note=SECRET)
    line = LineToRefund(line_number=1, amount_minor=10)
    refund = NewRefund(reference="REF-1", lines=[line], reason=SECRET)
    await room.refunds.request(order_id=placed.order_id, wanted=refund, context=context_of(Role.OPERATOR))
    before = await room.book(order_id=placed.order_id)
    shop = room.shop
    erasing = ShopperErasure(table=room.table, cipher=shop.cipher, policy=DisclosurePolicy())
    assert await erasing.erase(order_id=placed.order_id, context=make_context(at=LATER))
    pipe = ReturnErasure(table=room.table, clock=room.clock).pipe()
    changes = [
        change
        for change in await room.table.read(after=0, limit=10_000)
        if any(event.type in pipe.event_types for event in change.events)
    ]
    assert len(changes) == 1
    for _ in range(2):
        await pipe.handle(changes)
    after = await room.book(order_id=placed.order_id)
    assert SECRET in str(before)
    assert SECRET not in str((after.returns, after.refunds))
    assert [one.record.amount_minor for one in after.refunds.values()] == [
        one.record.amount_minor for one in before.refunds.values()
    ]
    (kept,) = after.return_records
    (known,) = before.return_records
    assert kept == msgspec.structs.replace(
        known, fingerprint="", lines=kept.lines, receipts=kept.receipts, history=kept.history
    )
    assert kept.received == known.received
