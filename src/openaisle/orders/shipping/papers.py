"""What stands on the papers of a purchase order: the packing slip in the parcel and the label on it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from openaisle.kernel.errors import TransitionRefused
from openaisle.kernel.papers import Addresses, Barcode, Block, Brand, Fields, Grid, Paper, PaperSize, Paragraph
from openaisle.orders.commands import ShipTo
from openaisle.orders.shipping.views import ShipmentView
from openaisle.orders.views import PurchaseOrderView

_TITLE_CHARACTERS = 160


class PapersNotReady(TransitionRefused):
    """The shopper's address may not be seen now: nothing is accepted, or all of it ended long ago."""

    code = "papers-not-ready"
    title = "There is nothing to print now"
    mend = "Accept the purchase order first; papers are there while it is to be shipped."


class PapersOf(NamedTuple):
    """A purchase order to make papers of: with one of its shipments, or with all that it wants."""

    purchase_order: PurchaseOrderView
    shipment: ShipmentView | None
    titles: Mapping[str, str]
    brand: Brand
    sheet: PaperSize


class LabelPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A box that gets a label."""

    package_number: int
    of_packages: int
    tracking_number: str
    sscc: str
    weight_grams: int


class LabelData(msgspec.Struct, frozen=True, kw_only=True):
    """What a carrier's own software needs to print a label: from whom, to whom, which reference, which boxes."""

    purchase_order_id: str
    order_reference: str
    sender_name: str
    sender_lines: list[str]
    ship_to: ShipTo
    carrier: str
    service: str
    packages: list[LabelPackage]


def address_lines(*, ship_to: ShipTo) -> tuple[str, ...]:
    """Return the lines of an address as it is printed."""
    place = " ".join(part for part in (ship_to.postal_code, ship_to.city, ship_to.region) if part)
    return (ship_to.name, *ship_to.street_lines, place, ship_to.country)


def packing_slip(*, of: PapersOf) -> Paper:
    """Return the slip that says what is in the parcel; without prices, as it may be a present.

    Raises PapersNotReady.
    """
    one, shipment = of.purchase_order, of.shipment
    ship_to = _ship_to(one)
    facts = [("Order", one.order_reference), ("Purchase order", one.purchase_order_id)]
    if shipment is not None:
        facts.append(("Shipped with", f"{shipment.carrier} {shipment.tracking_number}"))
    blocks: list[Block] = [
        Addresses(addresses=(("Ship to", address_lines(ship_to=ship_to)),)),
        Fields(pairs=tuple(facts)),
        Grid(columns=("SKU", "Product", "Units"), shares=(3, 7, 1), rows=_rows(of=of)),
    ]
    serials = _serials(of=of)
    if serials:
        blocks.append(Fields(pairs=serials))
    blocks.append(Barcode(text=one.order_reference))
    if of.brand.return_address:
        blocks.append(Paragraph(text="To return something, ask the shop first; parcels go back to:"))
        blocks.append(Addresses(addresses=(("Returns", of.brand.return_address),)))
    return Paper(title="Packing slip", brand=of.brand, blocks=tuple(blocks), size=of.sheet)


def label_data(*, of: PapersOf) -> LabelData:
    """Return the data of the labels, one package at least; raises PapersNotReady."""
    one, shipment = of.purchase_order, of.shipment
    ship_to = _ship_to(one)
    packages = [] if shipment is None else shipment.packages
    tracking_number = "" if shipment is None else shipment.tracking_number
    whole = LabelPackage(package_number=1, of_packages=1, tracking_number=tracking_number, sscc="", weight_grams=0)
    return LabelData(
        purchase_order_id=one.purchase_order_id,
        order_reference=one.order_reference,
        sender_name=of.brand.name,
        sender_lines=list(of.brand.return_address),
        ship_to=ship_to,
        carrier="" if shipment is None else shipment.carrier,
        service="" if shipment is None else shipment.service,
        packages=[
            LabelPackage(
                package_number=package.package_number,
                of_packages=len(packages),
                tracking_number=package.tracking_number or tracking_number,
                sscc=package.sscc,
                weight_grams=package.weight_grams,
            )
            for package in packages
        ]
        or [whole],
    )


def address_label(*, of: PapersOf, package_number: int) -> Paper:
    """Return the label of one package: an address label, as a carrier's own label comes from the carrier.

    Raises PapersNotReady.
    """
    data = label_data(of=of)
    package = data.packages[min(package_number, len(data.packages)) - 1]
    facts = [("Order", data.order_reference), ("Package", f"{package.package_number} of {package.of_packages}")]
    if data.carrier:
        facts.append(("Carrier", f"{data.carrier} {data.service}".strip()))
    if package.weight_grams:
        facts.append(("Weight", f"{package.weight_grams / 1000:.2f} kg"))
    blocks: list[Block] = [
        Addresses(addresses=(("Ship to", address_lines(ship_to=data.ship_to)),)),
        Fields(pairs=tuple(facts)),
        Barcode(text=package.sscc or package.tracking_number or data.purchase_order_id),
    ]
    return Paper(title=data.order_reference, brand=of.brand, blocks=tuple(blocks), size=PaperSize.LABEL)


def _ship_to(purchase_order: PurchaseOrderView) -> ShipTo:
    if purchase_order.ship_to is None:
        raise PapersNotReady(detail=f"{purchase_order.purchase_order_id} is {purchase_order.state}.")
    return purchase_order.ship_to


def _rows(*, of: PapersOf) -> tuple[tuple[str, str, str], ...]:
    lines = of.purchase_order.lines
    if of.shipment is None:
        # What is still to be packed; once all of it left, what was.
        units = {line.line_number: line.open_quantity for line in lines}
        if not any(units.values()):
            units = {line.line_number: line.shipped_quantity for line in lines}
    else:
        units = {line.line_number: line.quantity for line in of.shipment.lines}
    return tuple(
        (line.supplier_sku, _title(of=of, product_id=line.product_id), str(units[line.line_number]))
        for line in lines
        if units.get(line.line_number)
    )


def _serials(*, of: PapersOf) -> tuple[tuple[str, str], ...]:
    if of.shipment is None:
        return ()
    skus = {line.line_number: line.supplier_sku for line in of.purchase_order.lines}
    return tuple(
        (f"Serial numbers of {skus[one.line_number]}", ", ".join(one.serial_numbers)) for one in of.shipment.serials
    )


def _title(*, of: PapersOf, product_id: str) -> str:
    title = of.titles.get(product_id, "")
    return title if len(title) <= _TITLE_CHARACTERS else f"{title[:_TITLE_CHARACTERS]}…"
