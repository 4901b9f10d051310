"""Goods on their way back, from the wish to the money."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.context import Role
from openaisle.orders.model import OrderUnknown
from openaisle.returns.commands import (
    LineDeduction,
    LineToRefund,
    NewRefund,
    ParcelSent,
    Payment,
    Refusal,
    Settlement,
    Withdrawal,
)
from openaisle.returns.model import (
    Condition,
    NotReturnable,
    ReceiptDiffers,
    ReplacementImpossible,
    ReturnLinesInvalid,
    ReturnReason,
    ReturnReferenceReused,
    ReturnRefused,
    ReturnState,
    ReturnUnknown,
    Wish,
)
from openaisle.returns.policy import Authorization, PaidBy, ReturnPolicy, ReturnRule
from openaisle.returns.refund import RefundCause, RefundRefused, RefundState, RefundTooLarge
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import make_line
from tests.factories.returns import LATER, ReturnRoom, context_of, make_receipt, make_return, notes_of

PARCEL = ParcelSent(carrier="DHL", tracking_number="JJD0009")


async def test_goods_that_come_back_as_new_are_on_sale_again_and_refunded_once_paid(room: ReturnRoom) -> None:
    offer, placed = await room.bought(quantity=2, price_minor=1_000, shipping_minor=301)
    asked = await room.asked(order_id=placed.order_id)
    assert (asked.state, asked.supplier_id) == (ReturnState.AUTHORIZED, "sup_bergmann")
    before = await room.shop.level(offer)

    received = await room.received(return_id=asked.return_id)

    after = await room.shop.level(offer)
    assert (after.on_hand, after.available, after.reserved) == (before.on_hand + 1, before.available + 1, 0)
    assert received.state is ReturnState.RECEIVED
    (refund,) = (one.record for one in (await room.book(order_id=placed.order_id)).refunds.values())
    assert (refund.amount_minor, refund.state, refund.cause) == (1_150, RefundState.REQUESTED, RefundCause.RETURN)
    assert received.refund_id == refund.refund_id
    await room.paid(refund_id=refund.refund_id)
    await room.paid(refund_id=refund.refund_id)
    done = await room.record(return_id=asked.return_id)
    assert (done.state, notes_of(done)) == (
        ReturnState.REFUNDED,
        ["requested", "authorized", "received", "refunded"],
    )


async def test_parts_add_up_to_what_was_paid_to_the_last_cent(room: ReturnRoom) -> None:
    _, placed = await room.bought(quantity=3, price_minor=333, shipping_minor=100, discount_minor=7, tax_minor=5)
    for number in range(1, 4):
        asked = await room.asked(order_id=placed.order_id, reference=f"RET-{number}")
        await room.received(return_id=asked.return_id)
    book = await room.book(order_id=placed.order_id)
    assert sum(one.record.amount_minor for one in book.refunds.values()) == 3 * 333 + 100 - 7 + 5
    assert {account.goods_left_minor for account in book.accounts.values()} == {0}
    with pytest.raises(NotReturnable):
        await room.asked(order_id=placed.order_id, reference="RET-4")


async def test_the_same_request_again_gives_the_same_return(room: ReturnRoom) -> None:
    _, placed = await room.bought()
    first = await room.asked(order_id=placed.order_id)
    assert await room.asked(order_id=placed.order_id, at=LATER + timedelta(hours=1)) == first
    with pytest.raises(ReturnReferenceReused):
        await room.asked(order_id=placed.order_id, units={1: 2})


async def test_no_more_comes_back_than_was_shipped(room: ReturnRoom) -> None:
    _, placed = await room.bought(quantity=2)
    await room.asked(order_id=placed.order_id)
    with pytest.raises(NotReturnable) as refused:
        await room.asked(order_id=placed.order_id, reference="RET-2", units={1: 2})
    assert [finding.pointer for finding in refused.value.findings] == ["/lines/0/quantity"]
    with pytest.raises(ReturnLinesInvalid):
        await room.asked(order_id=placed.order_id, reference="RET-3", units={7: 1})


async def test_what_was_never_shipped_cannot_come_back(room: ReturnRoom) -> None:
    offer = await room.shop.stock()
    placed = await room.shop.place(make_line(offer_id=offer.offer_id))
    with pytest.raises(NotReturnable):
        await room.asked(order_id=placed.order_id)


async def test_goods_of_two_suppliers_come_back_in_two_returns(room: ReturnRoom) -> None:
    first = await room.shop.stock(supplier_sku="A")
    second = await room.shop.stock(supplier_id="sup_other", supplier_sku="B")
    placed = await room.delivered(make_line(offer_id=first.offer_id), make_line(offer_id=second.offer_id))
    wanted = make_return(units={1: 1, 2: 1})
    made = await room.returns.request(order_id=placed.order_id, wanted=wanted, context=context_of(Role.STOREFRONT))
    assert {one.supplier_id for one in made} == {"sup_bergmann", "sup_other"}
    assert len({one.return_id for one in made}) == 2


async def test_others_know_nothing_of_it(room: ReturnRoom) -> None:
    _, placed = await room.bought()
    asked = await room.asked(order_id=placed.order_id)
    other_storefront = make_context(role=Role.STOREFRONT, subject_id="sto_other")
    other_supplier = make_context(role=Role.SUPPLIER, subject_id="sup_other")
    with pytest.raises(OrderUnknown):
        await room.returns.request(order_id=placed.order_id, wanted=make_return(), context=other_storefront)
    with pytest.raises(ReturnUnknown):
        await room.returns.withdraw(return_id=asked.return_id, withdrawal=Withdrawal(), context=other_storefront)
    with pytest.raises(ReturnUnknown):
        await room.returns.receive(return_id=asked.return_id, receipt=make_receipt(), context=other_supplier)
    for context in (other_storefront, other_supplier):
        with pytest.raises(ReturnUnknown):
            await room.queries.one(return_id=asked.return_id, principal=context.principal)


async def test_the_window_closes_for_a_change_of_mind_and_not_for_a_fault(room: ReturnRoom) -> None:
    _, placed = await room.bought()
    late = NOON + timedelta(days=40)
    with pytest.raises(NotReturnable) as refused:
        await room.asked(order_id=placed.order_id, at=late)
    assert [finding.code for finding in refused.value.findings] == ["window_closed"]
    faulty = await room.asked(order_id=placed.order_id, at=late, reason=ReturnReason.DEFECTIVE)
    assert faulty.lines[0].terms.shipping_paid_by is PaidBy.SUPPLIER
    exception = await room.asked(order_id=placed.order_id, at=late, role=Role.OPERATOR, reference="RET-2")
    assert exception.history[0].note == "an exception of the operator"


async def test_the_policy_speaks_by_category_and_supplier(table: LocalTable) -> None:
    rules = (
        ReturnRule(categories=("Food",), returnable=False),
        ReturnRule(suppliers=("sup_bergmann",), restocking_fee_basis_points=1_500, shipping_paid_by=PaidBy.OPERATOR),
    )
    room = ReturnRoom(table=table, policy=ReturnPolicy(rules=rules, outward_shipping_refunded=False))
    offer, placed = await room.bought(quantity=2, price_minor=999, shipping_minor=50)
    room.categories.known[offer.product_id] = "Food > Cheese"
    with pytest.raises(NotReturnable) as refused:
        await room.asked(order_id=placed.order_id)
    assert [finding.code for finding in refused.value.findings] == ["not_returnable"]
    room.categories.known[offer.product_id] = "Foodstuff"
    asked = await room.asked(order_id=placed.order_id)
    assert (asked.lines[0].terms.rule, asked.lines[0].terms.shipping_paid_by) == ("rules[1]", PaidBy.OPERATOR)
    await room.received(return_id=asked.return_id)
    (refund,) = (one.record for one in (await room.book(order_id=placed.order_id)).refunds.values())
    assert (refund.lines[0].fee_minor, refund.amount_minor) == (149, 999 - 149)


async def test_a_person_authorizes_or_refuses_where_the_policy_asks_for_one(table: LocalTable) -> None:
    room = ReturnRoom(table=table, policy=ReturnPolicy(authorization=Authorization.MANUAL))
    _, placed = await room.bought(quantity=3)
    first = await room.asked(order_id=placed.order_id)
    second = await room.asked(order_id=placed.order_id, reference="RET-2")
    third = await room.asked(order_id=placed.order_id, reference="RET-3")
    assert {first.state, second.state} == {ReturnState.REQUESTED}
    supplier = context_of(Role.SUPPLIER)
    authorized = await room.returns.authorize(return_id=first.return_id, note="", context=supplier)
    assert authorized.state is ReturnState.AUTHORIZED
    refusal = Refusal(reason="Sealed goods were opened.")
    refused = await room.returns.refuse(return_id=second.return_id, refusal=refusal, context=supplier)
    assert (refused.state, refused.refusal) == (ReturnState.REFUSED, refusal.reason)
    assert await room.returns.refuse(return_id=second.return_id, refusal=refusal, context=supplier) == refused
    with pytest.raises(ReturnRefused):
        await room.returns.refuse(return_id=first.return_id, refusal=refusal, context=supplier)
    silent = await room.due(return_id=third.return_id, at=LATER + timedelta(hours=49))
    assert (silent.state, silent.history[-1].note) == (ReturnState.AUTHORIZED, "nobody decided in time")


async def test_what_is_not_sent_expires_and_may_still_come(room: ReturnRoom) -> None:
    _, placed = await room.bought(quantity=1)
    asked = await room.asked(order_id=placed.order_id)
    assert (await room.due(return_id=asked.return_id, at=LATER)).state is ReturnState.AUTHORIZED
    expired = await room.due(return_id=asked.return_id, at=LATER + timedelta(days=15))
    assert (expired.state, expired.due_at) == (ReturnState.EXPIRED, None)
    late = await room.received(return_id=asked.return_id, at=LATER + timedelta(days=16))
    assert (late.state, late.refund_id is not None) == (ReturnState.RECEIVED, True)


async def test_an_expired_return_has_lost_its_units_to_the_next_one(room: ReturnRoom) -> None:
    _, placed = await room.bought(quantity=1)
    asked = await room.asked(order_id=placed.order_id)
    await room.due(return_id=asked.return_id, at=LATER + timedelta(days=15))
    await room.asked(order_id=placed.order_id, reference="RET-2", at=LATER + timedelta(days=15))
    with pytest.raises(ReceiptDiffers):
        await room.received(return_id=asked.return_id, at=LATER + timedelta(days=16))


async def test_a_parcel_that_was_handed_in_does_not_expire_but_is_missed(room: ReturnRoom) -> None:
    _, placed = await room.bought()
    asked = await room.asked(order_id=placed.order_id)
    storefront = context_of(Role.STOREFRONT)
    sent = await room.returns.send_back(return_id=asked.return_id, parcel=PARCEL, context=storefront)
    assert await room.returns.send_back(return_id=asked.return_id, parcel=PARCEL, context=storefront) == sent
    missed = await room.due(return_id=asked.return_id, at=LATER + timedelta(days=15))
    assert (missed.state, missed.overdue) == (ReturnState.AUTHORIZED, True)
    again = await room.due(return_id=asked.return_id, at=LATER + timedelta(days=30))
    assert notes_of(again).count("overdue") == 1
    received = await room.received(return_id=asked.return_id, at=LATER + timedelta(days=31))
    assert not received.overdue


async def test_goods_in_doubt_wait_for_the_operator(room: ReturnRoom) -> None:
    offer, placed = await room.bought(price_minor=1_000)
    before = await room.shop.level(offer)
    asked = await room.asked(order_id=placed.order_id)
    received = await room.received(return_id=asked.return_id, condition=Condition.USED, deduction_minor=400)
    assert (received.state, received.refund_id) == (ReturnState.RECEIVED, None)
    assert (await room.shop.level(offer)).on_hand == before.on_hand
    assert (await room.gone_on(return_id=asked.return_id)).refund_id is None
    with pytest.raises(ReturnRefused):
        await room.returns.refuse(
            return_id=asked.return_id, refusal=Refusal(reason="Used."), context=context_of(Role.SUPPLIER)
        )
    lines = [LineDeduction(line_number=1, deduction_minor=250)]
    settled = await room.returns.settle(
        return_id=asked.return_id, settlement=Settlement(lines=lines), context=context_of(Role.OPERATOR)
    )
    book = await room.book(order_id=placed.order_id)
    assert book.refunds[settled.refund_id or ""].record.amount_minor == 750
    again = await room.returns.settle(
        return_id=asked.return_id, settlement=Settlement(), context=context_of(Role.OPERATOR)
    )
    assert again == settled


async def test_goods_that_nobody_decides_about_are_refunded_in_full(room: ReturnRoom) -> None:
    _, placed = await room.bought(price_minor=1_000)
    asked = await room.asked(order_id=placed.order_id)
    await room.received(return_id=asked.return_id, condition=Condition.USED, deduction_minor=400)
    decided = await room.due(return_id=asked.return_id, at=LATER + timedelta(hours=73))
    book = await room.book(order_id=placed.order_id)
    assert book.refunds[decided.refund_id or ""].record.amount_minor == 1_000


async def test_the_operator_may_refuse_to_refund_what_came(room: ReturnRoom) -> None:
    _, placed = await room.bought(quantity=1)
    asked = await room.asked(order_id=placed.order_id)
    await room.received(return_id=asked.return_id, condition=Condition.OTHER_GOODS)
    refused = await room.returns.refuse(
        return_id=asked.return_id, refusal=Refusal(reason="A brick."), context=context_of(Role.OPERATOR)
    )
    assert refused.state is ReturnState.REFUSED
    with pytest.raises(NotReturnable):
        await room.asked(order_id=placed.order_id, reference="RET-2")


async def test_a_receipt_is_recognized_and_never_more_than_is_awaited(room: ReturnRoom) -> None:
    offer, placed = await room.bought(quantity=3)
    asked = await room.asked(order_id=placed.order_id, units={1: 2})
    first = await room.received(return_id=asked.return_id, more_expected=True)
    level = await room.shop.level(offer)
    assert first.state is ReturnState.AUTHORIZED
    assert await room.received(return_id=asked.return_id, more_expected=True) == first
    assert await room.shop.level(offer) == level
    with pytest.raises(ReceiptDiffers):
        await room.received(return_id=asked.return_id, condition=Condition.USED)
    with pytest.raises(ReceiptDiffers):
        await room.received(return_id=asked.return_id, reference="IN-2", units={1: 2})
    whole = await room.received(return_id=asked.return_id, reference="IN-2", more_expected=True)
    assert (whole.state, whole.received) == (ReturnState.RECEIVED, {1: 2})


async def test_what_came_in_part_is_settled_once_no_more_is_awaited(room: ReturnRoom) -> None:
    _, placed = await room.bought(quantity=2)
    asked = await room.asked(order_id=placed.order_id, units={1: 2})
    await room.received(return_id=asked.return_id, more_expected=True)
    done = await room.due(return_id=asked.return_id, at=LATER + timedelta(days=20))
    assert (done.state, done.claimed, done.refund_id is not None) == (ReturnState.RECEIVED, {1: 1}, True)


async def test_a_shopper_may_keep_the_goods_after_all(room: ReturnRoom) -> None:
    _, placed = await room.bought(quantity=1)
    asked = await room.asked(order_id=placed.order_id)
    storefront = context_of(Role.STOREFRONT)
    withdrawn = await room.returns.withdraw(return_id=asked.return_id, withdrawal=Withdrawal(), context=storefront)
    assert (withdrawn.state, withdrawn.refusal) == (ReturnState.REFUSED, "withdrawn")
    again = await room.returns.withdraw(return_id=asked.return_id, withdrawal=Withdrawal(), context=storefront)
    assert again == withdrawn
    with pytest.raises(ReturnRefused):
        await room.received(return_id=asked.return_id)
    await room.asked(order_id=placed.order_id, reference="RET-2")


async def test_cheap_faulty_goods_are_kept_and_refunded_at_once(table: LocalTable) -> None:
    room = ReturnRoom(table=table, policy=ReturnPolicy(keep_below_minor=500))
    _, placed = await room.bought(price_minor=300)
    dear = await room.asked(order_id=placed.order_id, units={1: 2}, reason=ReturnReason.DAMAGED)
    assert not dear.kept
    await room.returns.withdraw(return_id=dear.return_id, withdrawal=Withdrawal(), context=context_of(Role.STOREFRONT))
    asked = await room.asked(order_id=placed.order_id, reference="RET-2", reason=ReturnReason.DAMAGED)
    assert asked.kept
    settled = await room.gone_on(return_id=asked.return_id)
    assert settled.refund_id is not None
    with pytest.raises(ReturnRefused):
        await room.received(return_id=asked.return_id)
    await room.paid(refund_id=settled.refund_id)
    assert (await room.record(return_id=asked.return_id)).state is ReturnState.REFUNDED


async def test_a_replacement_is_an_order_of_its_own_at_no_price(room: ReturnRoom) -> None:
    offer, placed = await room.bought(quantity=2)
    asked = await room.asked(order_id=placed.order_id, wish=Wish.REPLACEMENT, reason=ReturnReason.DEFECTIVE)
    received = await room.received(return_id=asked.return_id, condition=Condition.DAMAGED)
    assert received.refund_id is None
    before = await room.shop.level(offer)

    replaced = await room.gone_on(return_id=asked.return_id)
    assert await room.gone_on(return_id=asked.return_id) == replaced

    assert (replaced.state, replaced.refund_id) == (ReturnState.REPLACED, None)
    order, purchase_orders = await room.shop.queries.whole(order_id=replaced.replacement_order_id or "")
    assert (order.total_minor, order.storefront_id, len(purchase_orders)) == (0, placed.order_id and "sto_web", 1)
    assert (await room.shop.level(offer)).reserved == before.reserved + 1


async def test_what_cannot_be_replaced_is_refunded(room: ReturnRoom) -> None:
    offer, placed = await room.bought(quantity=2, price_minor=700)
    asked = await room.asked(order_id=placed.order_id, wish=Wish.REPLACEMENT, reason=ReturnReason.DEFECTIVE)
    await room.received(return_id=asked.return_id, condition=Condition.DAMAGED, restock=False)
    await room.shop.place(make_line(offer_id=offer.offer_id, quantity=10), reference="ALL")
    with pytest.raises(ReplacementImpossible):
        await room.replacements.replace(return_id=asked.return_id, context=context_of(Role.OPERATOR))
    done = await room.gone_on(return_id=asked.return_id)
    assert (done.replacement_order_id, done.refund_id is not None) == (None, True)
    assert "not_replaced" in notes_of(done)


async def test_what_of_a_replacement_is_canceled_is_refunded_once(room: ReturnRoom) -> None:
    from openaisle.orders.commands import Cancellation

    _, placed = await room.bought(quantity=2, price_minor=700)
    asked = await room.asked(
        order_id=placed.order_id, wish=Wish.REPLACEMENT, reason=ReturnReason.DEFECTIVE, units={1: 2}
    )
    await room.received(return_id=asked.return_id, condition=Condition.DAMAGED, units={1: 2})
    replaced = await room.gone_on(return_id=asked.return_id)
    await room.shop.orders.cancel(
        order_id=replaced.replacement_order_id or "",
        cancellation=Cancellation(),
        key="",
        context=context_of(Role.OPERATOR),
    )
    for _ in range(2):
        await room.replacements.make_up(return_id=asked.return_id, context=context_of(Role.SYSTEM))
    book = await room.book(order_id=placed.order_id)
    assert [one.record.amount_minor for one in book.refunds.values()] == [1_400]
    (refund_id,) = book.refunds
    await room.paid(refund_id=refund_id)
    assert (await room.record(return_id=asked.return_id)).state is ReturnState.REPLACED


async def test_a_refund_without_a_return_is_never_more_than_was_paid(room: ReturnRoom) -> None:
    _, placed = await room.bought(quantity=2, price_minor=500, shipping_minor=100)
    operator = context_of(Role.OPERATOR)

    def wanted(reference: str, amount: int, shipping: int = 0) -> NewRefund:
        lines = [LineToRefund(line_number=1, amount_minor=amount, shipping_minor=shipping)]
        return NewRefund(reference=reference, lines=lines, reason="It came late.")

    first = await room.refunds.request(order_id=placed.order_id, wanted=wanted("C-1", 300, 100), context=operator)
    again = await room.refunds.request(order_id=placed.order_id, wanted=wanted("C-1", 300, 100), context=operator)
    assert again == first
    with pytest.raises(ReturnReferenceReused):
        await room.refunds.request(order_id=placed.order_id, wanted=wanted("C-1", 301, 100), context=operator)
    with pytest.raises(RefundTooLarge):
        await room.refunds.request(order_id=placed.order_id, wanted=wanted("C-2", 701), context=operator)
    with pytest.raises(RefundTooLarge):
        await room.refunds.request(order_id=placed.order_id, wanted=wanted("C-2", 0), context=operator)
    asked = await room.asked(order_id=placed.order_id, units={1: 2})
    await room.received(return_id=asked.return_id, units={1: 2})
    book = await room.book(order_id=placed.order_id)
    assert sum(one.record.amount_minor for one in book.refunds.values()) == 2 * 500 + 100


async def test_a_refund_that_fails_is_asked_for_again(room: ReturnRoom) -> None:
    _, placed = await room.bought()
    asked = await room.asked(order_id=placed.order_id)
    received = await room.received(return_id=asked.return_id)
    refund_id = received.refund_id or ""
    storefront, operator = context_of(Role.STOREFRONT), context_of(Role.OPERATOR)
    failed = await room.refunds.failed(
        refund_id=refund_id, refusal=Refusal(reason="The card is gone."), context=storefront
    )
    assert failed.state is RefundState.FAILED
    with pytest.raises(NotReturnable):
        await room.asked(order_id=placed.order_id, reference="RET-2", units={1: 2})
    assert (await room.refunds.ask_again(refund_id=refund_id, context=operator)).state is RefundState.REQUESTED
    with pytest.raises(RefundRefused):
        await room.refunds.ask_again(refund_id=refund_id, context=operator)
    paid = await room.refunds.paid(refund_id=refund_id, payment=Payment(payment_reference="P-1"), context=storefront)
    assert paid.state is RefundState.PAID
    with pytest.raises(RefundRefused):
        await room.refunds.paid(refund_id=refund_id, payment=Payment(payment_reference="P-2"), context=storefront)
    with pytest.raises(RefundRefused):
        await room.refunds.failed(refund_id=refund_id, refusal=Refusal(reason="No."), context=storefront)


async def test_a_refund_that_nobody_pays_is_overdue(room: ReturnRoom) -> None:
    _, placed = await room.bought()
    asked = await room.asked(order_id=placed.order_id)
    refund_id = (await room.received(return_id=asked.return_id)).refund_id or ""
    system = context_of(Role.SYSTEM)
    assert not (await room.refunds.come_due(refund_id=refund_id, context=system)).overdue
    late = context_of(Role.SYSTEM, LATER + timedelta(hours=73))
    assert (await room.refunds.come_due(refund_id=refund_id, context=late)).overdue


async def test_lists_show_what_is_open_and_whose_it_is(room: ReturnRoom) -> None:
    _, placed = await room.bought(quantity=2)
    first = await room.asked(order_id=placed.order_id)
    second = await room.asked(order_id=placed.order_id, reference="RET-2")
    await room.received(return_id=first.return_id)
    assert [one.return_id for one in (await room.queries.open()).returns] == [second.return_id]
    assert len((await room.queries.of_supplier(supplier_id="sup_bergmann")).returns) == 2
    assert len((await room.queries.of_storefront(storefront_id="sto_web")).returns) == 2
    assert not (await room.queries.of_supplier(supplier_id="sup_other")).returns
    (unpaid,) = (await room.queries.unpaid_refunds(storefront_id="sto_web")).refunds
    assert [one.refund_id for one in (await room.queries.refunds_of_day(day=f"{LATER:%Y-%m-%d}")).refunds] == [
        unpaid.refund_id
    ]
    await room.paid(refund_id=unpaid.refund_id)
    assert not (await room.queries.unpaid_refunds(storefront_id="sto_web")).refunds
    view = await room.queries.of_order(order_id=placed.order_id, principal=context_of(Role.STOREFRONT).principal)
    (line,) = view.lines
    assert (line.shipped, line.returned, line.returning, line.returnable) == (2, 1, 1, 0)
