from __future__ import annotations

import contextlib
import csv
import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.inventory.use_cases import StockUseCases
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.outbox import FileNotLeft
from openaisle.kernel.spreadsheets import formula_safe
from openaisle.orders.channels.csv_files import (
    PURCHASE_ORDER_COLUMNS,
    SupplierFileInvalid,
    SupplierFileKind,
    purchase_order_file,
    read_supplier_file,
)
from openaisle.orders.channels.csv_taking import CsvTaker
from openaisle.orders.channels.documents import DocumentLine, PurchaseOrderDocument
from openaisle.orders.channels.folder import FolderTransport
from openaisle.orders.commands import RequestedDelivery, ShipTo
from openaisle.orders.disclosure import ShippingDestination
from openaisle.suppliers.connection_settings import Transport
from tests.factories.contexts import make_context
from tests.factories.orders import OrderRoom, make_connection, make_line
from tests.support.dispatch_stage import opened, running
from tests.support.virtual_time import in_virtual_time

TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)


def make_document(**given_fields: object) -> PurchaseOrderDocument:
    facts = {
        "purchase_order_id": "po_a_01",
        "order_reference": "R-1",
        "created_at": "2026-11-23T00:00:00.000000Z",
        "acknowledge_by": "2026-11-24T00:00:00.000000Z",
        "currency": "EUR",
        "ship_to": ShipTo(
            name='=HYPERLINK("http://evil")',
            street_lines=["@home"],
            city="Bremen",
            postal_code="28195",
            country="DE",
        ),
        "destination": ShippingDestination(country="DE", postal_code="28195"),
        "lines": [
            DocumentLine(line_number=1, supplier_sku="-MUG", quantity=2, unit_price_minor=1299, shipping_minor=0)
        ],
    }
    return PurchaseOrderDocument(**(facts | given_fields))


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_no_cell_of_a_purchase_order_is_a_formula():
    (row,) = rows_of(purchase_order_file(document=make_document()))
    assert tuple(row) == PURCHASE_ORDER_COLUMNS
    assert row["name"].startswith("'=")
    assert row["street_1"] == "'@home"
    assert row["supplier_sku"] == "'-MUG"
    assert (row["quantity"], row["unit_price_minor"]) == ("2", "1299")


@given(name=TEXT, sku=TEXT)
def test_whatever_stands_in_it_nothing_runs_in_a_spreadsheet_and_the_columns_hold(name, sku):
    ship_to = msgspec.structs.replace(make_document().ship_to, name=name)
    line = DocumentLine(line_number=1, supplier_sku=sku, quantity=1, unit_price_minor=1, shipping_minor=0)
    (row,) = rows_of(purchase_order_file(document=make_document(ship_to=ship_to, lines=[line])))
    assert len(row) == len(PURCHASE_ORDER_COLUMNS)
    assert row["name"] == formula_safe(text=name)
    assert row["supplier_sku"] == formula_safe(text=sku)


def test_without_an_address_the_file_says_only_where_it_goes():
    (row,) = rows_of(purchase_order_file(document=make_document(ship_to=None)))
    assert (row["name"], row["street_1"], row["city"]) == ("", "", "")
    assert (row["postal_code"], row["country"]) == ("28195", "DE")


def test_what_the_shopper_wished_stands_behind_the_columns_that_were_there_before():
    days = RequestedDelivery(not_before="2026-12-01", not_after="2026-12-05")
    wished = make_document(shipping_option="express", requested_delivery=days, address_number=1)
    (row,) = rows_of(purchase_order_file(document=wished))
    assert list(row.values())[-4:] == ["express", "2026-12-01", "2026-12-05", "1"]
    (plain,) = rows_of(purchase_order_file(document=make_document()))
    assert list(plain.values())[-4:] == ["", "", "", "0"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_files_of_any_spreadsheet_are_read(delimiter, encoding):
    text = delimiter.join(["Purchase Order ID", "Decision", "Reason"]) + "\r\n"
    text += delimiter.join(["po_1", "rejected", "beschädigt"]) + "\r\n\r\n"
    file = read_supplier_file(content=text.encode(encoding))
    assert file.kind is SupplierFileKind.ACKNOWLEDGMENTS
    (row,) = file.rows
    assert (row.number, row.cells["reason"]) == (2, "beschädigt")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01", b"a,b\n1,2\n", b"decision,decision,purchase_order_id\n", b'"', b"PK\x03\x04 not a csv"],
)
def test_what_is_no_such_file_is_refused_by_name(content):
    with pytest.raises(SupplierFileInvalid):
        read_supplier_file(content=content)


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused_by_name(content):
    for whole in (content, b"supplier_sku,on_hand\n" + content):
        with contextlib.suppress(SupplierFileInvalid):
            read_supplier_file(content=whole)


async def test_where_nothing_is_exchanged_it_is_said_by_name():
    transport = FolderTransport(outbox=None)
    with pytest.raises(FileNotLeft):
        await transport.place(connection=make_connection(supplier_id="sup_a"), documents=[make_document()])


@in_virtual_time
async def test_a_purchase_order_goes_out_as_a_file_and_is_answered_and_shipped_by_files(tmp_path):
    async with opened(tmp_path) as stage:
        connection = make_connection(supplier_id="sup_bergmann", transport=Transport.FOLDER)
        stage.room.suppliers.connections["sup_bergmann"] = connection
        outbox = KeptFiles()
        dispatcher = stage.dispatcher(roads={Transport.FOLDER: FolderTransport(outbox=outbox)})
        mug = await stage.room.stock(on_hand=10)
        await stage.place(mug, quantity=2)
        async with running(dispatcher):
            await stage.until("sent")
        order = await stage.purchase_order()
        identifier = order.purchase_order_id
        (row,) = rows_of(outbox.files["sup_bergmann", f"purchase-order-{identifier}.csv"])
        assert (row["purchase_order_id"], row["quantity"], row["name"]) == (identifier, "2", "Ada Fischer")
        taker = csv_taker(stage.room)
        for _ in range(2):
            answers = f"purchase_order_id,decision\n{identifier},accepted\n"
            assert (await take(taker, answers)).note is None
            shipped = f"purchase_order_id,carrier,tracking_number\n{identifier},DHL,00340434161094000001\n"
            assert (await take(taker, shipped)).note is None
            order = await stage.purchase_order()
            assert (order.state, len(order.shipments)) == ("shipped", 1)
        level = await stage.room.level(mug)
        assert (level.on_hand, level.reserved) == (8, 0)


async def test_a_bad_row_loses_only_itself_and_is_told(room: OrderRoom):
    mug = await room.stock(on_hand=10)
    placed = await room.place(make_line(offer_id=mug.offer_id))
    identifier = placed.purchase_orders[0].purchase_order_id
    taker = csv_taker(room)
    text = (
        "purchase_order_id,line_number,decision,reason\n"
        "po_nobody,1,accepted,\n"
        f"{identifier},one,accepted,\n"
        f"{identifier[:-2]}99,1,perhaps,\n"
    )
    taken = await take(taker, text)
    assert taken.readable
    assert [line.partition(":")[0] for line in taken.note.splitlines()[1:]] == ["row 2", "row 3", "row 4"]
    assert (await take(taker, f"purchase_order_id,decision\n{identifier},accepted\n")).note is None


async def test_another_suppliers_purchase_order_is_unknown_in_a_file(room: OrderRoom):
    mug = await room.stock(on_hand=10)
    placed = await room.place(make_line(offer_id=mug.offer_id))
    identifier = placed.purchase_orders[0].purchase_order_id
    taker = csv_taker(room)
    for text in (
        f"purchase_order_id,decision\n{identifier},accepted\n",
        f"purchase_order_id,line_number,decision\n{identifier},1,accepted\n",
        f"purchase_order_id,carrier,tracking_number\n{identifier},DHL,00340434161094000001\n",
    ):
        taken = await taker.take(supplier_id="sup_thief", name="a.csv", content=text.encode(), context=make_context())
        assert "No such purchase order" in taken.note


async def test_stock_is_told_by_file(room: OrderRoom):
    mug = await room.stock(on_hand=10)
    taken = await take(csv_taker(room), "supplier_sku;on_hand\nMUG-1;7\nMUG-1x;3\nMUG-1;-1\n")
    assert [line.partition(":")[0] for line in taken.note.splitlines()[1:]] == ["row 4", "row 3"]
    assert (await room.level(mug)).on_hand == 7


class KeptFiles:
    """An outbox that keeps files in memory: a real one waits for threads, for which virtual time does not."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], bytes] = {}

    async def leave(self, *, folder: str, name: str, content: bytes) -> None:
        self.files[folder, name] = content


def csv_taker(room: OrderRoom) -> CsvTaker:
    stock = StockUseCases(table=room.table)
    return CsvTaker(table=room.table, purchase_orders=room.purchase_orders, stock=stock)


async def take(taker: CsvTaker, text: str):
    scope = SupplierScope(supplier_id="sup_bergmann")
    return await taker.take(
        supplier_id=scope.supplier_id, name="file.csv", content=text.encode(), context=make_context()
    )
