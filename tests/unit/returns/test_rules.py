"""Whatever is asked for, in whatever order: no unit and no cent goes back twice, and every step is in the table."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.context import Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.returns.commands import (
    LineDeduction,
    LineToRefund,
    NewRefund,
    ParcelSent,
    Refusal,
    Settlement,
    Withdrawal,
)
from openaisle.returns.model import TRANSITIONS, Condition, ReturnReason, ReturnState, Wish
from openaisle.returns.policy import Authorization, ReturnPolicy
from openaisle.returns.refund import LineAccount, refund_line
from tests.factories.returns import LATER, ReturnRoom, context_of

PARCEL = ParcelSent(carrier="DHL", tracking_number="JJD0009")
ACTIONS = st.sampled_from(
    (
        *("ask", "ask", "authorize", "refuse", "withdraw", "send", "receive", "receive"),
        *("settle", "replace", "concede", "pay", "fail", "due", "go_on", "later"),
    )
)
STEPS = st.lists(
    st.tuples(ACTIONS, st.integers(1, 3), st.integers(0, 900), st.sampled_from(list(Condition)), st.booleans()),
    min_size=8,
    max_size=25,
)


@given(
    paid=st.integers(0, 10**6),
    charge=st.integers(0, 10**4),
    parts=st.lists(st.integers(1, 5), min_size=1, max_size=6),
    fee=st.integers(0, 10_000),
    deduction=st.integers(0, 10**6),
)
def test_parts_never_exceed_the_whole_and_without_deductions_add_up_to_it(
    paid: int, charge: int, parts: list[int], fee: int, deduction: int
) -> None:
    for kept in ((0, 0), (fee, deduction)):
        settled = goods = shipping = 0
        for units in parts:
            account = LineAccount(1, sum(parts), sum(parts), paid, charge, settled, goods, shipping)
            line = refund_line(
                account=account, units=units, fee_basis_points=kept[0], deduction_minor=kept[1], with_shipping=True
            )
            assert line.goods_minor >= 0
            settled, goods, shipping = settled + units, goods + line.goods_minor, shipping + line.shipping_minor
        assert goods <= paid
        assert shipping == charge
        if kept == (0, 0):
            assert goods == paid


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, manual=st.booleans())
def test_whatever_is_asked_for_nothing_goes_back_twice(steps: list[Any], manual: bool) -> None:
    asyncio.run(_followed(steps, manual=manual))


async def _followed(steps: list[Any], *, manual: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = LocalTable(path=Path(folder) / "store.db", clock=SystemClock(), durable=False)
        try:
            policy = ReturnPolicy(authorization=Authorization.MANUAL if manual else Authorization.AUTOMATIC)
            room = ReturnRoom(table=table, policy=policy)
            offer, placed = await room.bought(quantity=4, price_minor=333, shipping_minor=101)
            before: dict[str, ReturnState] = {}
            at = LATER
            for number, step in enumerate(steps):
                at += timedelta(days=20) if step[0] == "later" else timedelta(minutes=1)
                # What is refused changes nothing, and has a name; anything else that is raised fails the test.
                with contextlib.suppress(OpenAisleError):
                    await _done(room, order_id=placed.order_id, step=step, number=number, at=at)
                book = await room.book(order_id=placed.order_id)
                for return_id, found in book.returns.items():
                    known = before.get(return_id, ReturnState.REQUESTED)
                    assert found.record.state is known or _reachable(known, found.record.state)
                    before[return_id] = found.record.state
                claimed = sum(sum(one.claimed.values()) for one in book.return_records)
                assert claimed <= 4
                assert sum(one.record.amount_minor for one in book.refunds.values()) <= 4 * 333 + 101
                assert all(one.goods_left_minor >= 0 <= one.shipping_left_minor for one in book.accounts.values())
                level = await room.shop.level(offer)
                assert 0 <= level.reserved <= level.on_hand
                assert level.available == level.on_hand - level.reserved
        finally:
            await table.close()


def _reachable(before: ReturnState, after: ReturnState) -> bool:
    """Whether the table leads from one to the other; one command may take two steps."""
    return after in TRANSITIONS[before] or any(after in TRANSITIONS[between] for between in TRANSITIONS[before])


async def _done(room: ReturnRoom, *, order_id: str, step: Any, number: int, at: Any) -> None:  # noqa: C901 - a case each
    action, units, amount, condition, flag = step
    operator, supplier, storefront = (context_of(role, at) for role in (Role.OPERATOR, Role.SUPPLIER, Role.STOREFRONT))
    if action == "ask":
        reason = ReturnReason.DEFECTIVE if flag else ReturnReason.CHANGED_MIND
        wish = Wish.REPLACEMENT if amount % 3 == 0 else Wish.REFUND
        await room.asked(order_id=order_id, at=at, reference=f"R-{number}", units={1: units}, reason=reason, wish=wish)
        return
    if action == "concede":
        lines = [LineToRefund(line_number=1, amount_minor=amount)]
        wanted = NewRefund(reference=f"C-{number}", lines=lines, reason="Sorry.")
        await room.refunds.request(order_id=order_id, wanted=wanted, context=operator)
        return
    book = await room.book(order_id=order_id)
    if action in {"pay", "fail"}:
        for refund_id in list(book.refunds)[:units]:
            if action == "pay":
                await room.paid(refund_id=refund_id, at=at)
            else:
                await room.refunds.failed(refund_id=refund_id, refusal=Refusal(reason="No."), context=storefront)
        return
    for return_id in list(book.returns)[:: 1 if flag else -1][:1]:
        match action:
            case "authorize":
                await room.returns.authorize(return_id=return_id, note="", context=supplier)
            case "refuse":
                await room.returns.refuse(return_id=return_id, refusal=Refusal(reason="No."), context=operator)
            case "withdraw":
                await room.returns.withdraw(return_id=return_id, withdrawal=Withdrawal(), context=storefront)
            case "send":
                await room.returns.send_back(return_id=return_id, parcel=PARCEL, context=storefront)
            case "receive":
                facts = {"units": {1: units}, "condition": condition, "more_expected": flag, "deduction_minor": amount}
                await room.received(return_id=return_id, at=at, reference=f"IN-{number}", **facts)
            case "settle":
                lines = [LineDeduction(line_number=1, deduction_minor=amount)]
                await room.returns.settle(return_id=return_id, settlement=Settlement(lines=lines), context=operator)
            case "replace":
                await room.replacements.replace(return_id=return_id, context=operator)
            case "due" | "later":
                await room.due(return_id=return_id, at=at)
            case "go_on":
                await room.gone_on(return_id=return_id, at=at)
