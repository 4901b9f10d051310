"""What stands on packing slips and labels: what is to be packed, for whom, and no prices."""

from __future__ import annotations

import pytest

from openaisle.kernel.papers import Addresses, Barcode, Brand, Grid, PaperSize
from openaisle.orders.shipping.papers import PapersNotReady, PapersOf, address_label, label_data, packing_slip
from tests.factories.orders import make_line
from tests.factories.shipping import UPS_NUMBER, Desk, packed, serials

BRAND = Brand(name="Kaufhaus", return_address=("Retouren", "28195 Bremen"))


async def papers_of(room, purchase_order_id, *, shipment: int | None = None) -> PapersOf:
    found = await room.queries.own_purchase_order(
        scope=Desk(room=room).scope, purchase_order_id=purchase_order_id, at=Desk(room=room).at
    )
    return PapersOf(
        purchase_order=found,
        shipment=None if shipment is None else found.shipments[shipment],
        titles={line.product_id: f"Title of {line.supplier_sku}" for line in found.lines},
        brand=BRAND,
        sheet=PaperSize.LETTER,
    )


async def ordered(room) -> str:
    mug = await room.stock(supplier_sku="MUG")
    cup = await room.stock(supplier_sku="CUP")
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=4), make_line(offer_id=cup.offer_id))
    return placed.purchase_orders[0].purchase_order_id


def rows_of(paper) -> list[tuple[str, str]]:
    (grid,) = [block for block in paper.blocks if isinstance(block, Grid)]
    return [(row[0], row[2]) for row in grid.rows]


async def test_nothing_is_printed_before_the_supplier_has_promised_to_ship(room):
    of = await papers_of(room, await ordered(room))
    for make in (packing_slip, label_data):
        with pytest.raises(PapersNotReady):
            make(of=of)


async def test_a_slip_lists_what_is_to_be_packed_and_no_prices(room):
    purchase_order_id = await ordered(room)
    desk = Desk(room=room)
    await desk.answer(purchase_order_id)
    await desk.answer(purchase_order_id, line_number=2)
    slip = packing_slip(of=await papers_of(room, purchase_order_id))
    assert (slip.size, rows_of(slip)) == (PaperSize.LETTER, [("MUG", "4"), ("CUP", "1")])
    assert "12" not in str([block for block in slip.blocks if isinstance(block, Grid)])
    addresses = [block.addresses for block in slip.blocks if isinstance(block, Addresses)]
    assert addresses[0][0][1] == ("Ada Fischer", "Lindenweg 4", "28195 Bremen", "DE")
    assert addresses[1] == (("Returns", BRAND.return_address),)
    await desk.ship(purchase_order_id, (1, 3), serials=serials("A", "B"))
    assert rows_of(packing_slip(of=await papers_of(room, purchase_order_id))) == [("MUG", "1"), ("CUP", "1")]
    parcel = packing_slip(of=await papers_of(room, purchase_order_id, shipment=0))
    assert rows_of(parcel) == [("MUG", "3")]
    assert "('Serial numbers of MUG', 'A, B')" in str(parcel)
    await desk.ship(purchase_order_id, number="1Z879E930346834440")
    assert rows_of(packing_slip(of=await papers_of(room, purchase_order_id))) == [("MUG", "4"), ("CUP", "1")]


async def test_each_box_has_its_label(room):
    purchase_order_id = await ordered(room)
    desk = Desk(room=room)
    await desk.answer(purchase_order_id)
    before = label_data(of=await papers_of(room, purchase_order_id))
    assert [one.of_packages for one in before.packages] == [1]
    boxes = [packed(3, weight_grams=1_250), packed(1, sscc="006141411234567890")]
    await desk.ship(purchase_order_id, packages=boxes)
    of = await papers_of(room, purchase_order_id, shipment=0)
    assert [one.tracking_number for one in label_data(of=of).packages] == [UPS_NUMBER, UPS_NUMBER]
    bars = [
        next(block.text for block in address_label(of=of, package_number=number).blocks if isinstance(block, Barcode))
        for number in (1, 2, 9)
    ]
    assert bars == [UPS_NUMBER, "006141411234567890", "006141411234567890"]
    assert "1.25 kg" in str(address_label(of=of, package_number=1))
