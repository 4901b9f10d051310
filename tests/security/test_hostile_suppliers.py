"""What a supplier's own system may answer: nothing of it breaks the dispatcher or reaches another's purchase order."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from openaisle.kernel.outbound import HttpAnswer
from openaisle.orders.channels.calls import SignedCalls
from openaisle.orders.channels.documents import PurchaseOrderDocument, SupplierAnsweredBadly
from openaisle.orders.channels.rest import RestTransport
from openaisle.orders.disclosure import ShippingDestination
from tests.factories.orders import FakeSigner, make_connection, make_new_order

DEEP = b"[" * 100_000 + b"]" * 100_000
WORKING = b'{"purchase_order_id":"po_mine","decision":"accepted"}'
BODIES = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b"<html>",
    DEEP,
    b'{"acknowledgments":' + DEEP + b"}",
    b'{"acknowledgments":[],"more":' + DEEP + b"}",
    b'{"acknowledgments":[' + WORKING + b',{"x":' + DEEP + b"}]}",
    b'{"acknowledgments":[' + WORKING[:-1] + b',"x":' + DEEP + b"}]}",
    b'{"acknowledgments":[' + WORKING + b',{"purchase_order_id":"po_of_another","decision":"accepted"}]}',
    b'{"acknowledgments":[' + WORKING + b',null,1,"x",{},{"purchase_order_id":5,"decision":"accepted"}]}',
    b'{"acknowledgments":[' + WORKING[:-1] + b',"lines":[{"line_number":' + b"9" * 5_000 + b',"decision":"x"}]}]}',
    b'{"stock_levels":[{"supplier_sku":"A","on_hand":-1},{"supplier_sku":"A","on_hand":1e400},{"on_hand":NaN}]}',
    b'{"stock_levels":[{"supplier_sku":"A","on_hand":99999999999999999999},{"supplier_sku":"A","on_hand":2.5}]}',
    b'{"stock_levels":' + DEEP + b"}",
    b'{"stock_levels":[{"supplier_sku":"A","on_hand":1,"x":' + DEEP + b"}]}",
]


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)


class FakeAnsweringCaller:
    """Answers every call with the same."""

    def __init__(self, *, answer: HttpAnswer) -> None:
        self.answer = answer

    async def call(self, **asked: Any) -> HttpAnswer:
        return self.answer

    async def require_callable(self, *, url: str) -> None:
        return None


def supplier_caller(*, status: int, body: bytes, **headers: str) -> RestTransport:
    answer = HttpAnswer(status=status, headers=headers, body=body)
    return RestTransport(
        calls=SignedCalls(caller=FakeAnsweringCaller(answer=answer), signer=FakeSigner(), clock=Clock())
    )


def document() -> PurchaseOrderDocument:
    return PurchaseOrderDocument(
        purchase_order_id="po_mine",
        order_reference="R-1",
        created_at="2026-11-23T00:00:00Z",
        acknowledge_by="2026-11-24T00:00:00Z",
        currency="BRL",
        ship_to=make_new_order(lines=()).ship_to,
        destination=ShippingDestination(country="DE"),
        lines=[],
    )


@pytest.mark.parametrize("body", BODIES)
async def test_an_answer_is_usable_or_named_and_only_about_what_was_asked(body: bytes) -> None:
    caller = supplier_caller(status=200, body=body)
    connection = make_connection(supplier_id="sup_hostile")
    with contextlib.suppress(SupplierAnsweredBadly):
        answers = await caller.place(connection=connection, documents=[document()])
        assert set(answers.answers) <= {"po_mine"}


@pytest.mark.parametrize("body", BODIES)
async def test_stock_levels_are_usable_or_named(body: bytes) -> None:
    caller = supplier_caller(status=200, body=body)
    connection = make_connection(supplier_id="sup_hostile", inventory_url="https://sup_hostile.example/stock")
    with contextlib.suppress(SupplierAnsweredBadly):
        levels = await caller.stock_levels(connection=connection, supplier_skus=["A"])
        assert all(0 <= one.on_hand <= 1_000_000_000 for one in levels)
        assert msgspec.json.encode(levels)


@pytest.mark.parametrize(
    "retry_after", ["-1", "1e9", "999999999999999999999", "٣", "Mon, 23 Nov 2026 00:00:00 GMT", ""]
)
async def test_a_supplier_cannot_ask_for_an_endless_pause(retry_after: str) -> None:
    caller = supplier_caller(status=503, body=b"\x1b[2J" + b"\xff" * 500, **{"retry-after": retry_after})
    with pytest.raises(SupplierAnsweredBadly) as caught:
        await caller.place(connection=make_connection(supplier_id="sup_hostile"), documents=[document()])
    assert 0 <= (caught.value.retry_after_seconds or 0) <= 3_600
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) < 400
