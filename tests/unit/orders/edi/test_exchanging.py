from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec

from openaisle.kernel.context import SupplierScope
from openaisle.orders.channels.documents import document_of
from openaisle.orders.edi.model import LARGEST_CONTROL_NUMBER, EdiCounters, InterchangeState, next_numbers
from openaisle.orders.edi.repository import COUNTERS, interchange_key
from openaisle.orders.purchase_order import PurchaseOrderState
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import SHIP_TO, make_line
from tests.factories.x12 import STANDARD, SUPPLIER, answer, interchange, invoice, stock_report

ACCEPTED = ("PO1*1*5*EA***VP*MUG-1", "ACK*IA*5*EA")


async def test_control_numbers_count_up_without_gaps_whoever_writes_at_once(stage):
    await stage.sent()
    files = [interchange(answer("NONE"), control_number=number) for number in range(1, 9)]
    await asyncio.gather(*(stage.take(one) for one in files))
    assert [int(one.control_number) for one in stage.left()] == list(range(1, 10))
    assert sorted(int(one.groups[0].control_number) for one in stage.left()) == list(range(1, 10))


async def test_a_commit_that_is_lost_uses_up_no_number(stage):
    number = await stage.sent()
    # The same purchase order again is in no second interchange.
    assert await stage.send() == number
    await stage.take_one(answer(number, *ACCEPTED))
    assert [int(one.control_number) for one in stage.left()] == [1, 2]


def test_after_the_largest_control_number_comes_one():
    full = EdiCounters(supplier_id="s", interchange=LARGEST_CONTROL_NUMBER, group=LARGEST_CONTROL_NUMBER)
    after, numbers = next_numbers(full, with_group=True)
    assert (numbers.interchange, numbers.group, after.interchange) == (1, 1, 1)


async def test_what_answers_nothing_still_counts_no_group(stage):
    await stage.table.commit(
        writes=[COUNTERS.create(EdiCounters(supplier_id=SUPPLIER, interchange=6, group=4))], context=make_context()
    )
    text = interchange(control_number=9).replace("*0*P*>", "*1*P*>")
    await stage.take(text)
    (left,) = stage.left()
    assert (left.control_number, left.groups) == ("000000007", ())
    assert [one.elements[3] for one in left.acknowledgments] == ["A"]


async def test_what_changed_since_it_was_read_is_not_sent_as_it_was(stage):
    mug = await stage.room.stock(on_hand=10, supplier_id=SUPPLIER)
    await stage.room.place(make_line(offer_id=mug.offer_id, quantity=3))
    document = document_of(purchase_order=await stage.purchase_order(), ship_to=SHIP_TO)
    moved = msgspec.structs.replace(document, address_number=1)
    fewer = msgspec.structs.replace(document, lines=[msgspec.structs.replace(document.lines[0], quantity=2)])
    for one in (moved, fewer):
        placed = await stage.transport.place(connection=stage.connection, documents=[one])
        assert (placed.answers, stage.left()) == ({}, [])
    await stage.transport.place(connection=stage.connection, documents=[document])
    assert len(stage.left("850")) == 1


async def test_the_same_interchange_again_changes_nothing(stage):
    number = await stage.sent()
    first = await stage.take_one(answer(number, *ACCEPTED))
    files = dict(stage.outbox.files)
    again = await stage.take_one(answer(number, *ACCEPTED))
    assert (first.repeated, again.repeated) == (False, True)
    assert stage.outbox.files == files


async def test_the_same_interchange_twice_at_once_is_answered_once(stage):
    number = await stage.sent()
    await asyncio.gather(*(stage.take_one(answer(number, *ACCEPTED)) for _ in range(4)))
    assert len(stage.left("997")) == 1
    assert (await stage.purchase_order()).state is PurchaseOrderState.ACCEPTED


async def test_a_number_that_was_used_for_something_else_is_refused(stage):
    number = await stage.sent()
    await stage.take_one(answer("OTHER"))
    other = await stage.take_one(answer(number, *ACCEPTED))
    assert other.interchange.state is InterchangeState.REFUSED
    assert other.interchange.notes == ("025: the control number was used before, with other contents",)
    assert stage.left("TA1")[-1].acknowledgments[0].elements[3:] == ("R", "025")
    assert (await stage.purchase_order()).state is PurchaseOrderState.SENT


async def test_what_came_cut_may_come_again_whole(stage):
    number = await stage.sent()
    text = interchange(answer("OTHER"), answer(number, *ACCEPTED))
    cut = text[: text.index("ST*855*0002") + 30]
    (first,) = await stage.take(cut)
    assert [one.verdict for one in first.interchange.sets] == ["A", "R"]
    (whole,) = await stage.take(text)
    assert whole.interchange.state is InterchangeState.PROCESSED
    assert (await stage.purchase_order()).state is PurchaseOrderState.ACCEPTED


async def test_what_was_refused_is_read_once_the_settings_are_mended(stage):
    number = await stage.sent()
    refused = await stage.take_one(answer(number, *ACCEPTED), test=True)
    assert refused.interchange.notes == ("020: it is a test where the partner is not, or the other way round",)
    assert (await stage.take_one(answer(number, *ACCEPTED), test=True)).repeated
    stage.connect(settings=msgspec.structs.replace(STANDARD, test=True))
    read = await stage.take_one(answer(number, *ACCEPTED), test=True)
    assert read.interchange.state is InterchangeState.PROCESSED
    assert (await stage.purchase_order()).state is PurchaseOrderState.ACCEPTED


async def test_strangers_are_refused(stage):
    (refused,) = await stage.take(interchange(answer("A")).replace("BERGMANN", "SOMEBODY"))
    assert refused.interchange.notes[0].startswith("006")


async def test_another_version_is_refused_by_its_group(stage):
    number = await stage.sent()
    received = await stage.take_one(answer(number, *ACCEPTED), version="005010")
    assert [one.verdict for one in received.interchange.sets] == ["R"]
    segments = stage.left("997")[0].groups[0].sets[0].segments
    assert segments[-2].elements == ("R", "1", "1", "0", "2")
    assert (await stage.purchase_order()).state is PurchaseOrderState.SENT


async def test_one_broken_document_loses_no_other(stage):
    number = await stage.sent()
    received = await stage.take_one(("855", ["BAK*00*AC"]), answer(number, *ACCEPTED), stock_report(("MUG-1", "70")))
    assert [one.verdict for one in received.interchange.sets] == ["R", "A", "A"]
    assert (await stage.purchase_order()).state is PurchaseOrderState.ACCEPTED


async def test_our_purchase_order_is_acknowledged_by_997(stage):
    await stage.sent()
    received = await stage.take_one(("997", ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]))
    (ours,) = [one for one in (await listed(stage)) if one.direction.value == "out"]
    assert ours.state is InterchangeState.ACKNOWLEDGED
    assert received.interchange.sets[0].subjects == (ours.interchange_id,)
    # An acknowledgment is not acknowledged, else it never ends.
    assert len(stage.left()) == 1


async def test_a_rejected_purchase_order_is_told_in_its_history(stage):
    await stage.sent()
    segments = ["AK1*PO*1", "AK2*850*0001", "AK3*PO1*8**8", "AK4*7*234*7", "AK5*R*5", "AK9*R*1*1*0"]
    await stage.take_one(("997", segments))
    (ours,) = [one for one in (await listed(stage)) if one.direction.value == "out"]
    assert (ours.state, ours.sets[0].notes) == (
        InterchangeState.REJECTED, ("codes 5", "segment PO1 at 8: code 8, element 7: code 7"),
    )  # fmt: skip
    last = (await stage.purchase_order()).history[-1]
    assert (last.action, last.note) == ("x12_finding", "997: rejected in interchange 1")


async def test_a_997_of_a_group_that_we_never_sent_is_passed_over(stage):
    received = await stage.take_one(("997", ["AK1*PO*77", "AK9*A*1*1*1"]))
    assert received.interchange.sets[0].notes == ("group_unknown: no group 77 of ours awaits an answer",)


async def test_an_interchange_waits_while_the_folder_is_full(stage):
    stage.outbox.full = True
    await stage.sent()
    (waits,) = await listed(stage)
    assert (waits.state, stage.outbox.files) == (InterchangeState.WAITING, {})
    stage.outbox.full = False
    await stage.outgoing.leave(interchange_id=waits.interchange_id, text=None, context=make_context())
    (left,) = await listed(stage)
    assert left.state is InterchangeState.LEFT
    assert [one.control_number for one in stage.left()] == ["000000001"]


async def test_a_997_that_does_not_come_is_told_once_and_texts_are_forgotten(stage):
    await stage.sent()
    item = await due(stage)
    timer = stage.outgoing.timer()
    await timer.handle([item], NOON + timedelta(hours=23))
    assert (await listed(stage))[0].overdue_since is None
    await timer.handle([item], NOON + timedelta(hours=24))
    assert (await listed(stage))[0].overdue_since is not None
    await timer.handle([await due(stage)], NOON + timedelta(days=31))
    assert not (await listed(stage))[0].text_kept


async def test_texts_are_kept_encrypted(stage, tmp_path):
    await stage.sent()
    (ours,) = await listed(stage)
    _, text = await stage.queries.text(interchange_id=ours.interchange_id, scope=None)
    assert "Ada Fischer" in text
    stored = [file.read_bytes() for file in (tmp_path / "blobs").rglob("*") if file.is_file()]
    assert stored
    assert all(b"Ada Fischer" not in one for one in stored)


async def test_an_invoice_twice_is_one(stage):
    number = await stage.sent()
    bill = invoice(number, "IT1*1*5*EA*12.99**VP*MUG-1", total=6495)
    await stage.take_one(bill, control_number=1)
    await stage.take_one(bill, control_number=2)
    other = await stage.take_one(invoice(number, "IT1*1*4*EA*12.99**VP*MUG-1", total=5196), control_number=3)
    assert other.interchange.sets[0].notes[0].startswith("invoice_differs")
    page = await stage.queries.invoices(scope=scope(), after=None, limit=10)
    assert [one.lines[0].quantity for one in page.invoices] == [5]


def scope():
    return SupplierScope(supplier_id=SUPPLIER)


async def listed(stage):
    page = await stage.queries.interchanges(scope=scope(), after=None, limit=100)
    return list(reversed(page.interchanges))


async def due(stage):
    (one,) = await listed(stage)
    return await stage.table.get(key=interchange_key(interchange_id=one.interchange_id))
