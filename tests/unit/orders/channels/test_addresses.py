"""A purchase order is never taken as brought, or answered, with an address that was overtaken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from openaisle.orders.caring.use_cases import OrderCare
from openaisle.orders.channels.document_maker import DocumentMaker
from openaisle.orders.commands import RequestedDelivery
from tests.factories.orders import SHIP_TO, accepting, later, make_line, make_new_order, rejecting, storefront_context
from tests.support.dispatch_stage import Stage, opened, running
from tests.support.virtual_time import in_virtual_time

KIEL = msgspec.structs.replace(SHIP_TO, city="Kiel")


async def moved(stage: Stage) -> None:
    """Let the shopper move to Kiel."""
    order, _ = await stage.room.whole()
    care = OrderCare(table=stage.table, cipher=stage.room.cipher)
    context = storefront_context(at=stage.clock.now())
    await care.change_address(order_id=order.order_id, ship_to=KIEL, key="moved", context=context)


@pytest.mark.parametrize(
    ("answer", "state"),
    [(accepting, "accepted"), (rejecting, "rejected"), (later, "sent")],
    ids=["accepted", "rejected", "later"],
)
@in_virtual_time
async def test_an_address_that_changes_during_the_call_is_brought_before_the_answer_counts(
    tmp_path: Path, answer: Any, state: str
) -> None:
    async with opened(tmp_path) as stage:
        stage.bergmann.answer = answer
        seen: list[tuple[str, int]] = []

        async def move_once() -> None:
            (document,) = stage.bergmann.documents.values()
            seen.append((document["ship_to"]["city"], document["address_number"]))
            if len(seen) == 1:
                await moved(stage)

        stage.bergmann.before_answer = move_once
        await stage.place(await stage.room.stock())
        async with running(stage.dispatcher()):
            await stage.until(state)
        assert seen == [(SHIP_TO.city, 0), ("Kiel", 1)]
        actions = [entry.action for entry in (await stage.purchase_order()).history]
        assert actions.count("address_overtaken") == 1


@in_virtual_time
async def test_an_address_that_changes_before_the_call_goes_out_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as stage:
        made = DocumentMaker.made
        moves = iter([True])

        async def made_then_moved(self: DocumentMaker, **given: Any) -> Any:
            result = await made(self, **given)
            if next(moves, False):
                await moved(stage)
            return result

        monkeypatch.setattr(DocumentMaker, "made", made_then_moved)
        await stage.place(await stage.room.stock())
        async with running(stage.dispatcher()):
            await stage.until("accepted")
        assert len(stage.bergmann.batches) == 1
        (document,) = stage.bergmann.documents.values()
        assert (document["ship_to"]["city"], document["address_number"]) == ("Kiel", 1)


@in_virtual_time
async def test_a_supplier_is_told_how_and_when_the_shopper_wants_the_goods(tmp_path: Path) -> None:
    async with opened(tmp_path) as stage:
        mug = await stage.room.stock()
        order = make_new_order(lines=[make_line(offer_id=mug.offer_id)], reference="R-1")
        wanted = msgspec.structs.replace(
            order, shipping_option="express", requested_delivery=RequestedDelivery(not_after="2099-01-01")
        )
        await stage.room.orders.place(order=wanted, key="key-1", context=storefront_context(at=stage.clock.now()))
        async with running(stage.dispatcher()):
            await stage.until("accepted")
        (document,) = stage.bergmann.documents.values()
        assert document["shipping_option"] == "express"
        assert document["requested_delivery"] == {"not_after": "2099-01-01"}
