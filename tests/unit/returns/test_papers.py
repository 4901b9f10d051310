"""The label of a parcel that goes back."""

from __future__ import annotations

from openaisle.adapters.papers import ReportLabPress
from openaisle.kernel.papers import Addresses, Barcode, Brand
from openaisle.returns.papers import ReturnPapers, label_paper
from openaisle.returns.policy import PaidBy
from openaisle.returns.views import LabelLine, ReturnLabel
from openaisle.suppliers.contact import ReturnAddress

LABEL = ReturnLabel(
    return_id="ret_4jrfbt5f3vg9ntkaja3mbtrkc1_01",
    order_reference="WEB-1042",
    send_to=ReturnAddress(
        name="Bergmann GmbH", street_lines=("Hafen 7",), city="Bremen", postal_code="28195", country="DE"
    ),
    send_by="2026-12-10T12:00:00.000000Z",
    shipping_paid_by=PaidBy.SUPPLIER,
    lines=[LabelLine(supplier_sku="MUG-1", quantity=2)],
)


def test_it_names_the_supplier_and_can_be_scanned() -> None:
    paper = label_paper(label=LABEL, brand=Brand(name="Aisle"))
    addresses = [block for block in paper.blocks if isinstance(block, Addresses)]
    assert addresses[0].addresses == (("Send to", ("Bergmann GmbH", "Hafen 7", "28195 Bremen", "DE")),)
    assert [block.text for block in paper.blocks if isinstance(block, Barcode)] == [LABEL.return_id]


async def test_it_is_printed_in_the_retailers_brand() -> None:
    papers = ReturnPapers(press=ReportLabPress(), brand=Brand(name="Aisle"))
    assert (await papers.label(label=LABEL)).startswith(b"%PDF-")
