"""Orders that arrive as events and files: each once, each with its result, whatever else comes with it."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.adapters.files.markup import DefusedMarkupReader
from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.orders.arriving.arrivals import OrderArrivals
from openaisle.orders.arriving.cloud_events import BATCHED, BINARY, STRUCTURED, read_events
from openaisle.orders.arriving.files import OrderFiles
from openaisle.orders.arriving.model import (
    ArrivalStatus,
    OrderEventsUnreadable,
    OrderFileState,
    OrderFileTooLarge,
    OrderFileUnknown,
    OrderFileUnreadable,
)
from openaisle.orders.arriving.reading import read_orders
from openaisle.orders.model import DuplicateReference
from tests.factories.contexts import NOON
from tests.factories.orders import OrderRoom, make_line, storefront_context
from tests.support.virtual_time import VirtualClock

MARKUP = DefusedMarkupReader()
ADDRESS = {"name": "Ada", "street_lines": ["Weg 4"], "city": "Bremen", "postal_code": "28195", "country": "DE"}
COLUMNS = "reference,currency,offer_id,quantity,unit_price,name,street,city,postal_code,country"


def order_json(*, offer_id: str, reference: str = "E-1", quantity: int = 1) -> dict:
    line = {"offer_id": offer_id, "quantity": quantity, "unit_price_minor": 1299}
    return {"reference": reference, "currency": "EUR", "lines": [line], "ship_to": ADDRESS}


def envelope(*, data: object, identifier: str = "1", kind: str = "com.shop.order.requested") -> dict:
    return {"specversion": "1.0", "id": identifier, "source": "/shop", "type": kind, "data": data}


def csv_file(*rows: str) -> bytes:
    return "\n".join([COLUMNS, *rows]).encode()


def csv_row(*, offer_id: str, reference: str, quantity: str = "1") -> str:
    return f"{reference},EUR,{offer_id},{quantity},12.99,Ada,Weg 4,Bremen,28195,DE"


def ubl(*, lines: str, total: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:ID>U-1</cbc:ID><cbc:IssueDate>2026-11-23</cbc:IssueDate>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:Delivery><cac:DeliveryLocation><cac:Address><cbc:StreetName>Weg 4</cbc:StreetName>
  <cbc:CityName>Bremen</cbc:CityName><cbc:PostalZone>28195</cbc:PostalZone>
  <cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:Address></cac:DeliveryLocation>
  <cac:RequestedDeliveryPeriod><cbc:EndDate>2026-12-01</cbc:EndDate></cac:RequestedDeliveryPeriod>
  <cac:DeliveryParty><cac:PartyName><cbc:Name>Ada</cbc:Name></cac:PartyName></cac:DeliveryParty></cac:Delivery>
 {total}{lines}</Order>""".encode()


def ubl_line(*, item: str, quantity: str = "2", price: str = "12.99") -> str:
    return f"""<cac:OrderLine><cac:LineItem><cbc:ID>7</cbc:ID><cbc:Quantity unitCode="C62">{quantity}</cbc:Quantity>
  <cbc:TotalTaxAmount currencyID="EUR">4.94</cbc:TotalTaxAmount>
  <cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:Amount>3.00</cbc:Amount>
  </cac:AllowanceCharge><cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount>1.00</cbc:Amount>
  </cac:AllowanceCharge><cac:Price><cbc:PriceAmount currencyID="EUR">{price}</cbc:PriceAmount></cac:Price>
  <cac:Item>{item}</cac:Item></cac:LineItem></cac:OrderLine>"""


def seller_item(identifier: str) -> str:
    return f"<cac:SellersItemIdentification><cbc:ID>{identifier}</cbc:ID></cac:SellersItemIdentification>"


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


@pytest.fixture
def arrivals(room: OrderRoom) -> OrderArrivals:
    return OrderArrivals(orders=room.orders)


@pytest.fixture
def files(room: OrderRoom, arrivals: OrderArrivals, tmp_path: Path) -> OrderFiles:
    return OrderFiles(
        table=room.table,
        blobs=LocalBlobs(folder=tmp_path / "blobs"),
        cipher=room.cipher,
        identifiers=TimeOrderedIdentifiers(clock=VirtualClock(), entropy=lambda count: bytes(range(count))),
        markup=MARKUP,
        arrivals=arrivals,
    )


async def received(files: OrderFiles, content: bytes, *, file_id: str | None = None):
    return await files.receive(
        chunks=chunks(content), file_name="orders", context=storefront_context(), file_id=file_id
    )


async def send(arrivals: OrderArrivals, *events: dict):
    read = read_events(content_type=BATCHED, headers={}, content=msgspec.json.encode(list(events)))
    return await arrivals.take_events(events=read, context=storefront_context())


async def test_the_same_order_by_event_file_and_api_is_one_order(room, arrivals, files):
    mug = await room.stock()
    data = order_json(offer_id=mug.offer_id)
    for _ in range(2):
        (placed,) = await send(arrivals, envelope(data=data))
        assert placed.status is ArrivalStatus.PLACED
    (again,) = await send(arrivals, envelope(data=data, identifier="2"))
    assert (again.status, again.order_id) == (ArrivalStatus.KNOWN, placed.order_id)

    file = await received(files, msgspec.json.encode(data))
    await files.go_on(file_id=file.file_id, now=NOON)
    page = await files.results(file_id=file.file_id, principal=storefront_context().principal)
    assert [(one.status, one.order_id) for one in page.results] == [(ArrivalStatus.KNOWN, placed.order_id)]
    with pytest.raises(DuplicateReference, match=placed.order_id):
        await room.place(make_line(offer_id=mug.offer_id, quantity=3), reference="E-1", key="api")
    assert (await room.level(mug)).reserved == 1


async def test_another_order_under_a_known_reference_is_told_and_loses_no_other(room, arrivals):
    mug = await room.stock()
    good = envelope(data=order_json(offer_id=mug.offer_id))
    other = envelope(data=order_json(offer_id=mug.offer_id, quantity=2), identifier="2")
    broken = {"specversion": "0.3", "id": "3"}
    unknown = envelope(data={}, identifier="4", kind="com.shop.basket.filled")
    wrong = envelope(data={"reference": "E-9"}, identifier="5")
    results = await send(arrivals, good, other, broken, unknown, wrong)
    assert [one.problem.code if one.problem else one.status.value for one in results] == [
        "placed",
        "duplicate-reference",
        "order-events-unreadable",
        "order-event-type-unknown",
        "order-unreadable",
    ]
    assert results[4].problem is not None
    assert results[4].problem.findings[0].pointer.startswith("/")


async def test_an_order_and_its_cancellation_in_one_batch_happen_in_their_order(room, arrivals):
    mug = await room.stock()
    cancel = {"reference": "E-1", "lines": [{"line_number": 1, "quantity": 1}], "reason": "changed my mind"}
    for _ in range(2):
        placed, canceled = await send(
            arrivals,
            envelope(data=order_json(offer_id=mug.offer_id, quantity=2)),
            envelope(data=cancel, identifier="2", kind="order.cancellation_requested"),
        )
        assert (placed.status, canceled.status) == (ArrivalStatus.PLACED, ArrivalStatus.DONE)
    assert (await room.level(mug)).reserved == 1


def test_events_are_read_in_every_form_of_http():
    data = b'{"reference": "E-1"}'
    headers = {"ce-specversion": "1.0", "ce-id": "a%20b", "ce-source": "/s", "ce-type": "order.requested"}
    (binary,) = read_events(content_type=f"{BINARY}; charset=utf-8", headers=headers, content=data)
    assert (binary.event_id, binary.data) == ("a b", data)
    sent = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data_base64": "e30="}
    (structured,) = read_events(content_type=STRUCTURED, headers={}, content=msgspec.json.encode(sent))
    assert structured.data == b"{}"
    for content_type, content in ((BINARY, data), (STRUCTURED, b"[]"), (BATCHED, b"{}"), (BATCHED, b"[" * 100_000)):
        with pytest.raises(OrderEventsUnreadable):
            read_events(content_type=content_type, headers={}, content=content)


async def test_a_file_of_many_orders_is_placed_slice_by_slice_and_taken_up_after_a_crash(room, files):
    mug = await room.stock(on_hand=240)
    rows = [csv_row(offer_id=mug.offer_id, reference=f"C-{number}") for number in range(250)]
    file = await received(files, csv_file(*rows, csv_row(offer_id=mug.offer_id, reference="=1+1", quantity="x")))
    assert (file.order_count, file.slice_count) == (251, 3)
    principal = storefront_context().principal
    # Whoever is killed after placing and before writing the results down places the same again.
    found = await files._file(file_id=file.file_id)
    drafts = read_orders(content=csv_file(*rows), markup=MARKUP).drafts[:100]
    await files._arrivals.take_drafts(drafts=drafts, road=file.file_id, context=storefront_context())
    assert found.record.done_slices == 0
    await asyncio.gather(
        files.timer().handle((await room.table.query(partition=f"ORDER-FILE#{file.file_id}")).items, NOON)
    )
    done = await files.file(file_id=file.file_id, principal=principal)
    assert (done.state, done.placed, done.known, done.refused) == (OrderFileState.APPLIED, 240, 0, 11)
    assert (await room.level(mug)).available == 0
    report = b"".join([one async for one in await files.report(file_id=file.file_id, principal=principal)])
    told = list(csv.reader(io.StringIO(report.decode())))
    assert len(told) == 252
    assert told[-1][1:3] == ["'=1+1", "refused"], "a spreadsheet must not run it"
    assert {row[4] for row in told[1:]} == {"", "insufficient-stock", "order-unreadable"}
    assert (await received(files, b"other", file_id=file.file_id)) == done


async def test_another_storefronts_file_is_unknown(room, files):
    mug = await room.stock()
    file = await received(files, csv_file(csv_row(offer_id=mug.offer_id, reference="C-1")))
    other = storefront_context(subject_id="sto_other").principal
    for ask in (files.file, files.results, files.report):
        with pytest.raises(OrderFileUnknown):
            await ask(file_id=file.file_id, principal=other)
    assert (await files.listed(principal=other)).order_files == []
    assert [one.file_id for one in (await files.listed(principal=storefront_context().principal)).order_files] == [
        file.file_id
    ]


async def test_what_waits_of_a_file_is_not_readable_on_disk(room, files, tmp_path):
    mug = await room.stock()
    await received(files, csv_file(csv_row(offer_id=mug.offer_id, reference="C-1")))
    kept = [path.read_bytes() for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert kept
    assert not any(b"Bremen" in content for content in kept)


def test_rows_of_one_reference_make_one_order_and_differing_ones_none():
    rows = ["A,EUR,off_1,1,1.00,Ada,Weg 4,Bremen,28195,DE", "B,EUR,off_1,1,1.00,Ada,Weg,Bremen,28195,DE"]
    rows += ["A,,off_2,3,2.50,,,,,", "B,USD,off_2,1,1.00,,,,,", ",EUR,off_2,1,1.00,,,,,"]
    first, second, nameless = read_orders(content=csv_file(*rows), markup=MARKUP).drafts
    assert first.order is not None
    assert [(one.offer_id, one.quantity, one.unit_price_minor) for one in first.order.lines] == [
        ("off_1", 1, 100),
        ("off_2", 3, 250),
    ]
    assert (second.order, nameless.order) == (None, None)
    assert "Row 5 says currency otherwise" in str(second.error)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", OrderFileUnreadable),
        (b"reference\n", OrderFileUnreadable),
        (b"reference,discont\nA,1\n", OrderFileUnreadable),
        (b"reference,reference\nA,1\n", OrderFileUnreadable),
        (b"reference\nA,B\n", OrderFileUnreadable),
        (b'reference\n"A\n', OrderFileUnreadable),
        (b"\xff\xfe\x00", OrderFileUnreadable),
        (b"reference\nA\x00\n", OrderFileUnreadable),
        (b"<Order><ID>", OrderFileUnreadable),
        (b"<a/>", OrderFileUnreadable),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><Order>&b;</Order>', OrderFileUnreadable),
        (b"{}\n" * 50_001, OrderFileTooLarge),
    ],
)
def test_a_file_that_is_none_is_refused_whole(content, error):
    with pytest.raises(error):
        read_orders(content=content, markup=MARKUP)


def test_a_ubl_order_says_what_ours_says():
    (draft,) = read_orders(content=ubl(lines=ubl_line(item=seller_item("off_1"))), markup=MARKUP).drafts
    order = draft.order
    assert order is not None, draft.error
    line = order.lines[0]
    assert (order.reference, line.line_number, line.offer_id, line.quantity) == ("U-1", 7, "off_1", 2)
    assert (line.unit_price_minor, line.shipping_minor, line.discount_minor, line.tax_minor) == (1299, 300, 100, 494)
    assert (order.ship_to.name, order.ship_to.street_lines, order.ship_to.country) == ("Ada", ["Weg 4"], "DE")
    assert order.requested_delivery is not None
    assert order.requested_delivery.not_after == "2026-12-01"


@pytest.mark.parametrize(
    "line",
    [
        ubl_line(item=seller_item("off_1"), quantity="1.5"),
        ubl_line(item=seller_item("off_1"), quantity="1e999999999"),
        ubl_line(item=seller_item("off_1"), price="free"),
        ubl_line(
            item="<cac:StandardItemIdentification><cbc:ID>4006381333932</cbc:ID></cac:StandardItemIdentification>"
        ),
        "",
    ],
)
def test_a_ubl_order_that_cannot_be_is_refused_alone(line):
    (draft,) = read_orders(content=ubl(lines=line), markup=MARKUP).drafts
    assert draft.order is None
    assert draft.error is not None


@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_whatever_a_file_holds_it_is_read_or_refused_by_name(content):
    try:
        read = read_orders(content=content, markup=MARKUP)
    except (OrderFileUnreadable, OrderFileTooLarge):
        return
    assert all(draft.order is not None or draft.error is not None for draft in read.drafts)


async def test_a_file_placed_twice_at_once_is_one_file(room, files):
    mug = await room.stock()
    content = csv_file(csv_row(offer_id=mug.offer_id, reference="C-1"))
    first, second = await asyncio.gather(*(received(files, content, file_id="orf_one") for _ in range(2)))
    assert first == second
    later = NOON + timedelta(minutes=1)
    for _ in range(2):
        await files.go_on(file_id="orf_one", now=later)
    assert (await room.level(mug)).reserved == 1
