"""The label of a parcel that goes back, to be printed by the shopper. It names the supplier, and nobody else."""

from __future__ import annotations

from openaisle.kernel.papers import Addresses, Barcode, Brand, Fields, Grid, Paper, PaperPress, PaperSize
from openaisle.returns.views import ReturnLabel
from openaisle.suppliers.contact import ReturnAddress


class ReturnPapers:
    """Makes labels of returns."""

    def __init__(self, *, press: PaperPress, brand: Brand) -> None:
        """Take what makes papers, and whose they are."""
        self._press = press
        self._brand = brand

    async def label(self, *, label: ReturnLabel) -> bytes:
        """Return the label as PDF; raises PaperTooLong."""
        return await self._press.pdf(paper=label_paper(label=label, brand=self._brand))


def label_paper(*, label: ReturnLabel, brand: Brand) -> Paper:
    """Return what stands on the parcel, with a bar code by which the supplier finds the return."""
    facts = [("Order", label.order_reference), ("Postage", f"paid by the {label.shipping_paid_by.value}")]
    if label.send_by is not None:
        facts.append(("Send by", label.send_by[:10]))
    return Paper(
        title="Return",
        brand=brand,
        blocks=(
            Addresses(addresses=(("Send to", _lines(label.send_to)),)),
            Fields(pairs=tuple(facts)),
            Grid(
                columns=("SKU", "Units"),
                shares=(3, 1),
                rows=tuple((line.supplier_sku, str(line.quantity)) for line in label.lines),
            ),
            Barcode(text=label.return_id),
        ),
        size=PaperSize.LABEL,
    )


def _lines(address: ReturnAddress) -> tuple[str, ...]:
    city = f"{address.postal_code} {address.city}"
    place = f"{city}, {address.region}" if address.region else city
    return (address.name, *address.street_lines, place, address.country)
