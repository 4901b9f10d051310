"""The console shows what a supplier billed with what differs, and what was exchanged as X12."""

from __future__ import annotations

from openaisle.orders.edi.invoices_in import InvoiceFinding, SupplierInvoice
from openaisle.orders.edi.model import Direction, EdiInterchange, InterchangeState, SetOutcome
from openaisle.orders.edi.repository import INTERCHANGES, INVOICES
from tests.factories.contexts import make_context
from tests.support.console_stage import Browser, ConsoleStage


def make_invoice(number: int) -> SupplierInvoice:
    return SupplierInvoice(
        invoice_id=f"inv_{number}",
        supplier_id="sup_bergmann",
        number=f"INV<{number}>",
        credit=False,
        invoiced_on="2026-11-23",
        received_at=f"2026-11-23T12:00:{number:02d}.000000Z",
        interchange_id="edi_1",
        currency="EUR",
        purchase_order_number="2TXE01",
        purchase_order_id="po_2txe_01",
        lines=(),
        tax_minor=0,
        charges_minor=0,
        total_minor=6995,
        findings=(InvoiceFinding(code="price_differs", detail="1399 is billed apiece.", line_number=1),),
    )


async def test_invoices_and_interchanges_of_a_supplier_are_shown(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    page = (await operator.get("/exchanges/sup_bergmann")).body.decode()
    assert "No invoice came" in page
    assert "Nothing was exchanged" in page
    interchange = EdiInterchange(
        interchange_id="edi_1",
        supplier_id="sup_bergmann",
        direction=Direction.IN,
        control_number="000000007",
        created_at="2026-11-23T12:00:00.000000Z",
        state=InterchangeState.PROCESSED,
        file_name="<b>.x12",
        sets=(SetOutcome(code="810", control_number="0001", verdict="A", notes=("price_differs: 1399",)),),
        set_count=1,
    )
    writes = [INTERCHANGES.create(interchange), *(INVOICES.create(make_invoice(number)) for number in range(60))]
    await stage.table.commit(writes=writes, context=make_context())

    page = (await operator.get("/exchanges/sup_bergmann")).body.decode()

    assert "X12 with Bergmann Keramik" in page
    assert "INV&lt;59&gt;" in page
    assert "line 1: 1399 is billed apiece." in page
    assert "/console/orders/ord_2txe" in page
    assert "&lt;b&gt;.x12" in page
    assert "810 0001: price_differs: 1399" in page
    assert "billed_after=" in page
    (after,) = {part.partition('"')[0] for part in page.split("billed_after=")[1:]}
    page = (await operator.get("/exchanges/sup_bergmann", query=f"billed_after={after}")).body.decode()
    assert "INV&lt;0&gt;" in page
    assert "INV&lt;59&gt;" not in page
