"""Papers of purchase orders: read what may be seen, and have it made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.papers import Brand, PaperPress, PaperSize
from openaisle.orders.address_reads import AddressReads
from openaisle.orders.purchase_order import ShipmentUnknown
from openaisle.orders.queries import OrderQueries
from openaisle.orders.shipping.papers import LabelData, PapersOf, address_label, label_data, packing_slip
from openaisle.orders.shipping.views import ShipmentView
from openaisle.orders.views import PurchaseOrderView


class ProductTitles(Protocol):
    """What is asked of the catalog."""

    async def titles(self, *, product_ids: Iterable[str]) -> Mapping[str, str]:
        """Return the titles of those products that exist, by identifier."""
        ...


class ShippingPapers:
    """Makes packing slips and labels."""

    def __init__(
        self,
        *,
        queries: OrderQueries,
        reads: AddressReads,
        titles: ProductTitles,
        press: PaperPress,
        brand: Brand,
        sheet: PaperSize,
    ) -> None:
        """Take what reads purchase orders and titles and notes who read, what makes papers, the brand and the sheet."""
        self._reads = reads
        self._queries = queries
        self._titles = titles
        self._press = press
        self._brand = brand
        self._sheet = sheet

    async def packing_slip(
        self, *, purchase_order_id: str, shipment_id: str | None, context: Context, scope: SupplierScope | None
    ) -> bytes:
        """Return the packing slip of a shipment, or of all that is wanted, as PDF.

        Raises PurchaseOrderUnknown, ShipmentUnknown, PapersNotReady, or what making papers raises.
        """
        of = await self._papers_of(
            purchase_order_id=purchase_order_id, shipment_id=shipment_id, context=context, scope=scope
        )
        return await self._press.pdf(paper=packing_slip(of=of))

    async def label(
        self,
        *,
        purchase_order_id: str,
        shipment_id: str | None,
        package_number: int,
        context: Context,
        scope: SupplierScope | None,
    ) -> bytes:
        """Return the address label of a package as PDF; raises what ``packing_slip`` raises."""
        of = await self._papers_of(
            purchase_order_id=purchase_order_id, shipment_id=shipment_id, context=context, scope=scope
        )
        return await self._press.pdf(paper=address_label(of=of, package_number=package_number))

    async def label_data(
        self, *, purchase_order_id: str, shipment_id: str | None, context: Context, scope: SupplierScope | None
    ) -> LabelData:
        """Return what a carrier's software needs; raises PurchaseOrderUnknown, ShipmentUnknown or PapersNotReady."""
        return label_data(
            of=await self._papers_of(
                purchase_order_id=purchase_order_id, shipment_id=shipment_id, context=context, scope=scope
            )
        )

    async def _papers_of(
        self, *, purchase_order_id: str, shipment_id: str | None, context: Context, scope: SupplierScope | None
    ) -> PapersOf:
        if scope is None:
            found = await self._queries.purchase_order(purchase_order_id=purchase_order_id)
        else:
            found = await self._queries.own_purchase_order(
                scope=scope, purchase_order_id=purchase_order_id, at=context.at
            )
        if found.ship_to is not None:
            await self._reads.note(subject=purchase_order_id, context=context)
        titles = await self._titles.titles(product_ids={line.product_id for line in found.lines})
        return PapersOf(
            purchase_order=found,
            shipment=_shipment(found=found, shipment_id=shipment_id),
            titles=titles,
            brand=self._brand,
            sheet=self._sheet,
        )


def _shipment(*, found: PurchaseOrderView, shipment_id: str | None) -> ShipmentView | None:
    if shipment_id is None:
        return None
    for shipment in found.shipments:
        if shipment.shipment_id == shipment_id:
            return shipment
    raise ShipmentUnknown(detail=f"{found.purchase_order_id} has no shipment {shipment_id[:60]}.")
