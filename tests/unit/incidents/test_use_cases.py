"""What went wrong, talked over until it is settled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openaisle.incidents.commands import LineToRefund, Objection
from openaisle.incidents.model import (
    AttachmentTypeWrong,
    AttachmentUnknown,
    Audience,
    AudienceWrong,
    IncidentFull,
    IncidentReferenceReused,
    IncidentRefused,
    IncidentSettled,
    IncidentState,
    IncidentUnknown,
    Outcome,
    ResolutionInvalid,
)
from openaisle.incidents.workflow import incident_erasure_pipe
from openaisle.kernel.blobs import BlobTooLarge
from openaisle.kernel.context import Role
from openaisle.orders.disclosure import DisclosurePolicy
from openaisle.orders.erasure import ShopperErasure
from openaisle.orders.model import OrderUnknown
from openaisle.orders.purchase_order import PurchaseOrderUnknown
from openaisle.returns.model import ReturnLinesInvalid
from openaisle.returns.refund import RefundCause, RefundTooLarge
from tests.factories.contexts import make_context
from tests.factories.incidents import PNG, IncidentRoom, make_incident
from tests.factories.orders import make_line
from tests.factories.returns import LATER, context_of

OBJECTION = Objection(reason="That is not true.")


async def test_shopper_and_supplier_take_turns(room: IncidentRoom) -> None:
    incident = await room.opened()
    assert (incident.state, incident.supplier_id) == (IncidentState.WAITING_FOR_SUPPLIER, "sup_bergmann")
    assert incident.due_at == "2026-11-28T12:00:00.000000Z"
    answered = await room.said(incident, "Send us a picture.", role=Role.SUPPLIER)
    assert answered.state is IncidentState.WAITING_FOR_SHOPPER
    again = await room.said(incident, "Here it is.", role=Role.STOREFRONT)
    assert again.state is IncidentState.WAITING_FOR_SUPPLIER
    seen = await room.seen(incident, role=Role.SUPPLIER)
    assert [one.text for one in seen.messages] == ["The mug is broken.", "Send us a picture.", "Here it is."]


async def test_the_same_request_and_message_again_change_nothing(room: IncidentRoom) -> None:
    incident = await room.opened()
    assert await room.opened(order_id=incident.order_id, at=LATER + timedelta(hours=1)) == incident
    with pytest.raises(IncidentReferenceReused):
        await room.opened(order_id=incident.order_id, text="Something else.")
    said = await room.said(incident, "Hello.", role=Role.SUPPLIER)
    assert await room.said(incident, "Hello.", role=Role.SUPPLIER) == said
    with pytest.raises(IncidentReferenceReused):
        await room.said(incident, "Good bye.", role=Role.SUPPLIER, reference="M-Hello.")
    other = await room.said(incident, "Good bye.", role=Role.STOREFRONT, reference="M-Hello.")
    assert other.message_count == 3


async def test_who_writes_twice_does_not_have_the_other_side_answer_later(room: IncidentRoom) -> None:
    incident = await room.opened()
    later = await room.said(incident, "Well?", role=Role.STOREFRONT, at=LATER + timedelta(hours=20))
    assert later.due_at == incident.due_at


async def test_nobody_else_knows_of_it(room: IncidentRoom) -> None:
    incident = await room.opened()
    for context in (
        make_context(role=Role.STOREFRONT, subject_id="sto_other"),
        make_context(role=Role.SUPPLIER, subject_id="sup_other"),
    ):
        with pytest.raises(IncidentUnknown):
            await room.queries.one(incident_id=incident.incident_id, principal=context.principal)
        with pytest.raises(IncidentUnknown):
            await room.incidents.escalate(incident_id=incident.incident_id, objection=OBJECTION, context=context)
        with pytest.raises(OrderUnknown):
            await room.incidents.open(order_id=incident.order_id, wanted=make_incident(), context=context)
    stolen = make_incident(purchase_order_id=incident.purchase_order_id)
    with pytest.raises(PurchaseOrderUnknown):
        await room.incidents.open(
            order_id=incident.order_id,
            wanted=stolen,
            context=make_context(role=Role.SUPPLIER, subject_id="sup_other"),
        )


async def test_a_supplier_opens_one_about_its_own_purchase_order(room: IncidentRoom) -> None:
    first = await room.opened()
    own = await room.opened(
        role=Role.SUPPLIER, order_id=first.order_id, purchase_order_id=first.purchase_order_id, reference="S-1"
    )
    assert (own.state, own.incident_id[-3:]) == (IncidentState.WAITING_FOR_SHOPPER, "_02")


async def test_what_concerns_several_suppliers_is_the_operators_to_sort_out(room: IncidentRoom) -> None:
    first = await room.goods.shop.stock(supplier_sku="A")
    second = await room.goods.shop.stock(supplier_id="sup_other", supplier_sku="B")
    placed = await room.goods.delivered(make_line(offer_id=first.offer_id), make_line(offer_id=second.offer_id))
    whole = await room.opened(order_id=placed.order_id)
    assert (whole.state, whole.supplier_id) == (IncidentState.WAITING_FOR_OPERATOR, None)
    line = await room.opened(order_id=placed.order_id, reference="INC-2", line_numbers=[2])
    assert (line.state, line.supplier_id) == (IncidentState.WAITING_FOR_SUPPLIER, "sup_other")


async def test_what_is_not_for_somebody_is_not_shown(room: IncidentRoom) -> None:
    incident = await room.opened()
    await room.said(incident, "A note.", role=Role.OPERATOR, audience=Audience.OPERATOR)
    await room.said(incident, "Between us.", role=Role.OPERATOR, audience=Audience.SUPPLIER)
    await room.said(incident, "Dear shop.", role=Role.OPERATOR, audience=Audience.STOREFRONT)
    seen = {
        role: [one.text for one in (await room.seen(incident, role=role)).messages[1:]]
        for role in (Role.OPERATOR, Role.SUPPLIER, Role.STOREFRONT)
    }
    assert seen == {
        Role.OPERATOR: ["A note.", "Between us.", "Dear shop."],
        Role.SUPPLIER: ["Between us."],
        Role.STOREFRONT: ["Dear shop."],
    }
    with pytest.raises(AudienceWrong):
        await room.said(incident, "Psst.", role=Role.SUPPLIER, audience=Audience.STOREFRONT)
    with pytest.raises(AudienceWrong):
        await room.said(incident, "Psst.", role=Role.STOREFRONT, audience=Audience.OPERATOR)


async def test_contacts_are_hidden_from_the_other_side_and_not_from_the_operator(room: IncidentRoom) -> None:
    text = "Call +49 421 123456 or write to ada@example.com; parcel 00340434161094042557."
    incident = await room.opened(text=text)
    hidden = "Call [telephone number hidden] or write to [e-mail address hidden]; parcel 00340434161094042557."
    shown = {role: (await room.seen(incident, role=role)).messages[0].text for role in (Role.OPERATOR, Role.SUPPLIER)}
    assert shown == {Role.OPERATOR: text, Role.SUPPLIER: hidden}
    assert (await room.seen(incident, role=Role.STOREFRONT)).messages[0].text == text


async def test_texts_are_encrypted_at_rest(room: IncidentRoom) -> None:
    incident = await room.opened()
    page = await room.table.query(partition=f"INCIDENTS#{incident.order_id}")
    assert not [item for item in page.items if b"mug is broken" in item.body]


async def test_silence_of_the_supplier_brings_the_operator(room: IncidentRoom) -> None:
    incident = await room.opened()
    assert (await room.due(incident, at=LATER)).state is IncidentState.WAITING_FOR_SUPPLIER
    escalated = await room.due(incident, at=LATER + timedelta(hours=49))
    assert (escalated.state, escalated.escalated) == (IncidentState.WAITING_FOR_OPERATOR, True)
    late = await room.due(incident, at=LATER + timedelta(hours=49 + 73))
    assert (late.state, late.overdue) == (IncidentState.WAITING_FOR_OPERATOR, True)
    # What the operator has in hand stays there.
    answered = await room.said(incident, "Sorry, here I am.", role=Role.SUPPLIER)
    assert answered.state is IncidentState.WAITING_FOR_OPERATOR


async def test_silence_of_the_shopper_settles_it_until_an_objection(room: IncidentRoom) -> None:
    incident = await room.opened()
    await room.said(incident, "Send us a picture.", role=Role.SUPPLIER)
    settled = await room.due(incident, at=LATER + timedelta(days=8))
    assert settled.resolution is not None
    assert (settled.state, settled.resolution.outcome) == (IncidentState.RESOLVED, Outcome.NO_ANSWER)
    with pytest.raises(IncidentSettled):
        await room.said(incident, "Wait!", role=Role.STOREFRONT)
    storefront = context_of(Role.STOREFRONT, LATER + timedelta(days=9))
    reopened = await room.incidents.reopen(incident_id=incident.incident_id, objection=OBJECTION, context=storefront)
    assert (reopened.state, reopened.resolution) == (IncidentState.WAITING_FOR_OPERATOR, None)


async def test_what_was_closed_long_ago_is_erased(room: IncidentRoom) -> None:
    incident = await room.opened()
    file = await room.handed_in(incident, role=Role.STOREFRONT)
    await room.settled(incident, Outcome.ANSWERED)
    closed = await room.due(incident, at=LATER + timedelta(days=15))
    assert closed.state is IncidentState.CLOSED
    with pytest.raises(IncidentRefused):
        await room.incidents.reopen(
            incident_id=incident.incident_id, objection=OBJECTION, context=context_of(Role.STOREFRONT)
        )
    await room.due(incident, at=LATER + timedelta(days=16))
    assert len((await room.seen(incident, role=Role.OPERATOR)).messages) == 1
    for _ in range(2):
        gone = await room.due(incident, at=LATER + timedelta(days=400))
    assert (gone.messages, gone.attachments, gone.erased, gone.due_at) == ([], [], True, None)
    with pytest.raises(AttachmentUnknown):
        await room.attachments.one(
            incident_id=incident.incident_id,
            attachment_id=file.attachment_id,
            principal=context_of(Role.OPERATOR).principal,
        )


async def test_what_was_said_goes_with_the_shopper_once_it_is_settled(room: IncidentRoom) -> None:
    closed = await room.opened()
    file = await room.handed_in(closed, role=Role.STOREFRONT)
    running = await room.opened(order_id=closed.order_id, reference="INC-2", text="And the lid is missing.")
    await room.settled(closed, Outcome.ANSWERED, reason="Ada Fischer was told.")
    await room.due(closed, at=LATER + timedelta(days=15))
    cipher = room.goods.shop.cipher
    erasing = ShopperErasure(table=room.table, cipher=cipher, policy=DisclosurePolicy())
    assert await erasing.erase(order_id=closed.order_id, context=make_context(at=LATER + timedelta(days=20)))
    pipe = incident_erasure_pipe(attachments=room.attachments, clock=room.goods.clock)
    changes = [
        change
        for change in await room.table.read(after=0, limit=10_000)
        if any(event.type in pipe.event_types for event in change.events)
    ]
    for _ in range(2):
        await pipe.handle(changes)
    gone = await room.seen(closed, role=Role.OPERATOR)
    assert (gone.messages, gone.attachments, gone.erased) == ([], [], True)
    assert "Ada" not in str(gone)
    with pytest.raises(AttachmentUnknown):
        await room.attachments.one(
            incident_id=closed.incident_id,
            attachment_id=file.attachment_id,
            principal=context_of(Role.OPERATOR).principal,
        )
    # What is still argued about goes on, and is deleted when its own time has come.
    assert len((await room.seen(running, role=Role.OPERATOR)).messages) == 1


async def test_an_incident_is_settled_with_a_refund_in_one_commit(room: IncidentRoom) -> None:
    incident = await room.opened()
    refund = [LineToRefund(line_number=1, amount_minor=500, shipping_minor=100)]
    settled = await room.settled(incident, Outcome.REFUNDED, role=Role.SUPPLIER, refund=refund, reason="Sorry.")
    assert settled.resolution is not None
    book = await room.goods.book(order_id=incident.order_id)
    made = book.refunds[settled.resolution.refund_id or ""].record
    assert (made.amount_minor, made.cause, made.cause_id) == (600, RefundCause.INCIDENT, incident.incident_id)
    again = await room.settled(incident, Outcome.REFUNDED, role=Role.SUPPLIER, refund=refund, reason="Sorry.")
    assert again == settled
    assert len((await room.goods.book(order_id=incident.order_id)).refunds) == 1
    # The rest may come back with the goods, and no more.
    asked = await room.goods.asked(order_id=incident.order_id, units={1: 2})
    await room.goods.received(return_id=asked.return_id, units={1: 2})
    book = await room.goods.book(order_id=incident.order_id)
    assert sum(one.record.amount_minor for one in book.refunds.values()) == 2_100


async def test_a_refund_that_is_too_large_settles_nothing(room: IncidentRoom) -> None:
    incident = await room.opened()
    with pytest.raises(RefundTooLarge):
        await room.settled(incident, Outcome.REFUNDED, refund=[LineToRefund(line_number=1, amount_minor=2_001)])
    with pytest.raises(ReturnLinesInvalid):
        await room.settled(incident, Outcome.REFUNDED, refund=[LineToRefund(line_number=7, amount_minor=1)])
    assert (await room.seen(incident, role=Role.OPERATOR)).state is IncidentState.WAITING_FOR_SUPPLIER


async def test_not_everybody_settles_in_every_way(room: IncidentRoom) -> None:
    incident = await room.opened()
    for role, outcome in [
        (Role.SUPPLIER, Outcome.REJECTED),
        (Role.STOREFRONT, Outcome.REFUNDED),
        (Role.OPERATOR, Outcome.NO_ANSWER),
        (Role.OPERATOR, Outcome.REFUNDED),
    ]:
        with pytest.raises(ResolutionInvalid):
            await room.settled(incident, outcome, role=role)
    with pytest.raises(ResolutionInvalid):
        await room.settled(incident, Outcome.ANSWERED, refund=[LineToRefund(line_number=1, amount_minor=1)])
    assert (await room.settled(incident, Outcome.REJECTED)).state is IncidentState.RESOLVED
    with pytest.raises(IncidentSettled):
        await room.settled(incident, Outcome.ANSWERED, role=Role.SUPPLIER)


async def test_an_incident_is_opened_again_only_so_often(room: IncidentRoom) -> None:
    incident = await room.opened()
    storefront = context_of(Role.STOREFRONT)
    for _ in range(3):
        await room.settled(incident, Outcome.REJECTED)
        await room.incidents.reopen(incident_id=incident.incident_id, objection=OBJECTION, context=storefront)
    await room.settled(incident, Outcome.REJECTED)
    with pytest.raises(IncidentRefused):
        await room.incidents.reopen(incident_id=incident.incident_id, objection=OBJECTION, context=storefront)


async def test_files_are_sealed_bounded_and_for_whom_they_are(room: IncidentRoom) -> None:
    incident = await room.opened()
    file = await room.handed_in(incident, role=Role.STOREFRONT)
    assert await room.handed_in(incident, role=Role.STOREFRONT) == file
    internal = await room.handed_in(incident, role=Role.OPERATOR, audience=Audience.STOREFRONT)
    supplier = context_of(Role.SUPPLIER).principal
    found, content = await room.attachments.one(
        incident_id=incident.incident_id, attachment_id=file.attachment_id, principal=supplier
    )
    assert (found.media_type, content) == ("image/png", PNG)
    with pytest.raises(AttachmentUnknown):
        await room.attachments.one(
            incident_id=incident.incident_id, attachment_id=internal.attachment_id, principal=supplier
        )
    with pytest.raises(AttachmentTypeWrong):
        await room.handed_in(incident, role=Role.STOREFRONT, content=b"<svg/>")
    with pytest.raises(AttachmentTypeWrong):
        await room.handed_in(incident, role=Role.STOREFRONT, media_type="application/pdf")
    with pytest.raises(BlobTooLarge):
        await room.handed_in(incident, role=Role.STOREFRONT, content=PNG + b"\x00" * 5_000_000)
    seen = await room.seen(incident, role=Role.SUPPLIER)
    assert [one.attachment_id for one in seen.attachments] == [file.attachment_id]
    for number in range(18):
        await room.handed_in(incident, role=Role.STOREFRONT, content=PNG + bytes([number]))
    with pytest.raises(IncidentFull):
        await room.handed_in(incident, role=Role.STOREFRONT, content=PNG + b"one more")


async def test_lists_show_whose_it_is_and_what_is_due(room: IncidentRoom) -> None:
    incident = await room.opened()
    second = await room.opened(order_id=incident.order_id, reference="INC-2", at=LATER + timedelta(hours=1))
    listed = await room.queries.due()
    assert [one.incident_id for one in listed.incidents] == [incident.incident_id, second.incident_id]
    of_supplier = await room.queries.of_supplier(supplier_id="sup_bergmann", limit=1)
    assert [one.incident_id for one in of_supplier.incidents] == [second.incident_id]
    assert of_supplier.next_after is not None
    assert len((await room.queries.of_storefront(storefront_id="sto_web")).incidents) == 2
    principal = context_of(Role.STOREFRONT).principal
    assert len((await room.queries.of_order(order_id=incident.order_id, principal=principal)).incidents) == 2
