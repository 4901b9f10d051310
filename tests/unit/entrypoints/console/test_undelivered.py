"""The console lists what did not reach suppliers, and has it tried again."""

from __future__ import annotations

from openaisle.orders.channels.letters import DeadLetter, DeadLetters
from openaisle.orders.channels.notices import NOTICES, CancellationNotice, NoticeState
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import make_line
from tests.support.console_stage import Browser, ConsoleStage


async def test_what_was_set_aside_is_listed_with_its_cause_and_sent_again(
    stage: ConsoleStage, operator: Browser
) -> None:
    assert "Nothing is set aside" in (await operator.get("/undelivered")).body.decode()
    await stage.supplier()
    mug = await stage.order_room.stock(on_hand=10)
    placed = await stage.order_room.place(make_line(offer_id=mug.offer_id))
    identifier = placed.purchase_orders[0].purchase_order_id
    letter = DeadLetter(
        purchase_order_id=identifier,
        supplier_id="sup_bergmann",
        code="batch-unprocessable",
        reason="It answered 422: <script>",
        attempts=10,
        set_aside_at=NOON,
    )
    letters = DeadLetters(table=stage.table)
    await letters.set_aside(letter=letter, actor="system:dispatcher", context=make_context())

    page = (await operator.get("/undelivered")).body.decode()
    assert "Bergmann Keramik" in page
    assert "batch-unprocessable" in page
    assert "It answered 422: &lt;script&gt;" in page
    assert f"/console/orders/{placed.order_id}" in page
    sent = await operator.send(f"/undelivered/{identifier}/redelivery", {}, page="/undelivered")
    assert sent.status == 303
    assert (await letters.listed()).letters == []
    again = await operator.send(f"/undelivered/{identifier}/redelivery", {}, page="/orders")
    assert again.status in {403, 404}


async def test_a_cancellation_that_waits_is_listed_with_its_last_try(stage: ConsoleStage, operator: Browser) -> None:
    notice = CancellationNotice(
        purchase_order_id="po_1_01",
        order_id="ord_1",
        supplier_id="sup_bergmann",
        state=NoticeState.WAITING,
        waits_since="2026-11-23T12:00:00.000000Z",
        sequence=1,
        reason="call-timed-out: no answer in 5 s",
    )
    await stage.table.commit(writes=[NOTICES.create(notice)], context=make_context())
    page = (await operator.get("/undelivered")).body.decode()
    assert "call-timed-out: no answer in 5 s" in page
    assert "2026-11-23 12:00 UTC" in page
