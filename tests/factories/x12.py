"""Interchanges of a supplier, and a room that exchanges them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.inventory.use_cases import StockUseCases
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.kernel.outbox import FileNotLeft
from openaisle.kernel.table import Table
from openaisle.orders.channels.documents import document_of
from openaisle.orders.edi.applying import EdiDocuments
from openaisle.orders.edi.interchange import Interchange, read_file
from openaisle.orders.edi.orders_out import x12_number
from openaisle.orders.edi.outgoing import OutgoingInterchanges
from openaisle.orders.edi.queries import EdiQueries
from openaisle.orders.edi.receiving import EdiReceiver, Received
from openaisle.orders.edi.transport import X12Transport
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.suppliers.connection_settings import Transport
from openaisle.suppliers.x12 import X12Settings
from tests.factories.contexts import NOON
from tests.factories.orders import SHIP_TO, OrderRoom, make_connection, make_line, supplier_context

SUPPLIER = "sup_bergmann"
STANDARD = X12Settings(own_identifier="OPENAISLE", partner_identifier="BERGMANN")
GROUPS = {"855": "PR", "856": "SH", "846": "IB", "810": "IN", "997": "FA", "850": "PO", "865": "CA"}


def interchange(
    *sets: tuple[str, Sequence[str]],
    control_number: int = 1,
    separators: str = "*>~",
    version: str = "004010",
    test: bool = False,
    group: str | None = None,
    broken_sets: Sequence[int] = (),
) -> str:
    """Return an interchange of a supplier with one group; segments of ``sets`` are written with stars.

    Of ``broken_sets``, counted from 1, the trailer names another control number.
    """
    element, component, terminator = separators
    header = f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'BERGMANN':<15}*ZZ*{'OPENAISLE':<15}*261124*1200*U*00401"
    lines = [f"{header}*{control_number:09d}*0*{'T' if test else 'P'}*{component}"]
    if sets:
        kind = group or GROUPS[sets[0][0]]
        lines.append(f"GS*{kind}*BERGMANN*OPENAISLE*20261124*1200*{control_number}*X*{version}")
        for number, (code, segments) in enumerate(sets, start=1):
            told = number + 500 if number in broken_sets else number
            lines += [f"ST*{code}*{number:04d}", *segments, f"SE*{len(segments) + 2}*{told:04d}"]
        lines.append(f"GE*{len(sets)}*{control_number}")
    lines.append(f"IEA*{1 if sets else 0}*{control_number:09d}")
    return "".join(line.replace("*", element) + terminator for line in lines)


def answer(number: str, *lines: str, whole: str = "AC") -> tuple[str, list[str]]:
    """Return an 855."""
    return "855", [f"BAK*00*{whole}*{number}*20261124", *lines, "CTT*1"]


def ship_notice(number: str, *items: tuple[str, int], tracking: str = "1Z999AA10123456784") -> tuple[str, list[str]]:
    """Return an 856 of one parcel with items of (SKU, quantity)."""
    levels = ["HL*1**S", "TD5**2*UPSN", f"REF*CN*{tracking}", "HL*2*1*O", f"PRF*{number}"]
    for place, (sku, quantity) in enumerate(items, start=3):
        levels += [f"HL*{place}*2*I", f"LIN**VP*{sku}", f"SN1**{quantity}*EA"]
    return "856", [f"BSN*00*{tracking[-8:]}*20261124*1200", *levels]


def stock_report(*levels: tuple[str, str], location: str = "") -> tuple[str, list[str]]:
    """Return an 846 of (SKU, quantity)."""
    place = [f"N1*WH**92*{location}"] if location else []
    rows = [text for sku, quantity in levels for text in (f"LIN**VP*{sku}", f"QTY*17*{quantity}*EA")]
    return "846", ["BIA*00*SI*REPORT1*20261124", *place, *rows]


def invoice(number: str, *lines: str, total: int, named: str = "INV-1", kind: str = "") -> tuple[str, list[str]]:
    """Return an 810; ``total`` with two implied decimals."""
    return "810", [f"BIG*20261124*{named}**{number}***{kind}".rstrip("*"), "CUR*SE*EUR", *lines, f"TDS*{total}"]


class FakeOutbox:
    """Keeps files by folder and name; a test may say that the disk is full."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.full = False

    async def leave(self, *, folder: str, name: str, content: bytes) -> None:
        if self.full:
            raise FileNotLeft(detail="The disk is full.")
        assert folder == SUPPLIER
        self.files[name] = content


class _Clock:
    def now(self) -> datetime:
        return NOON


class EdiStage:
    """A room of orders and one supplier that is connected by X12."""

    def __init__(self, *, table: Table, folder: Path, settings: X12Settings = STANDARD) -> None:
        self.table = table
        self.room = OrderRoom(table=table)
        self.connect(settings=settings)
        self.outbox = FakeOutbox()
        entropy = iter(range(1, 1_000_000))
        self.outgoing = OutgoingInterchanges(
            table=table,
            blobs=LocalBlobs(folder=folder),
            cipher=self.room.cipher,
            identifiers=TimeOrderedIdentifiers(
                clock=_Clock(), entropy=lambda count: next(entropy).to_bytes(count, "big")
            ),
            outbox=self.outbox,
        )
        self.documents = EdiDocuments(
            table=table, purchase_orders=self.room.purchase_orders, stock=StockUseCases(table=table)
        )
        self.receiver = EdiReceiver(
            table=table, suppliers=self.room.suppliers, documents=self.documents, outgoing=self.outgoing
        )
        self.transport = X12Transport(table=table, outgoing=self.outgoing, clock=_Clock(), operator="Aisle & Co")
        self.queries = EdiQueries(table=table, outgoing=self.outgoing)

    def connect(self, *, settings: X12Settings) -> None:
        connection = make_connection(supplier_id=SUPPLIER, transport=Transport.X12, x12=settings)
        self.room.suppliers.connections[SUPPLIER] = connection
        self.connection = connection

    async def sent(self, *, quantity: int = 5, reference: str = "R-1", skus: Sequence[str] = ("MUG-1",)) -> str:
        """Place an order of each SKU, send it as 850, and return the number that the supplier knows it by."""
        lines = []
        for sku in skus:
            of = await self.room.stock(on_hand=100, supplier_id=SUPPLIER, supplier_sku=sku)
            lines.append(make_line(offer_id=of.offer_id, quantity=quantity))
        await self.room.place(*lines, reference=reference)
        return await self.send(reference=reference)

    async def send(self, *, reference: str = "R-1") -> str:
        purchase_order = await self.purchase_order(reference=reference)
        document = document_of(purchase_order=purchase_order, ship_to=SHIP_TO)
        await self.transport.place(connection=self.connection, documents=[document])
        return x12_number(purchase_order_id=purchase_order.purchase_order_id)

    async def take(self, text: str) -> list[Received]:
        """Take in a file of the supplier."""
        received, _ = await self.receiver.receive(
            supplier_id=SUPPLIER, name="a.x12", content=text.encode(), context=supplier_context()
        )
        return received

    async def take_one(self, *sets: tuple[str, Sequence[str]], **given: Any) -> Received:
        (received,) = await self.take(interchange(*sets, **given))
        return received

    async def purchase_order(self, *, reference: str = "R-1") -> PurchaseOrder:
        _, (purchase_order,) = await self.room.whole(reference=reference)
        return purchase_order

    def left(self, code: str = "") -> list[Interchange]:
        """Return the interchanges that were left, by their control number, or those of a kind."""
        files = [content for name, content in sorted(self.outbox.files.items()) if name.startswith(code)]
        return sorted((read_file(content=one).interchanges[0] for one in files), key=lambda one: one.control_number)
