from __future__ import annotations

import pytest

from openaisle.kernel.context import SupplierScope
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrderState
from tests.factories.x12 import SUPPLIER, answer, interchange, invoice, ship_notice, stock_report

LINE = "PO1*1*5*EA***VP*MUG-1"
SCOPE = SupplierScope(supplier_id=SUPPLIER)


async def answered(stage, *lines: str, whole: str = "AC", quantity: int = 5):
    number = await stage.sent(quantity=quantity)
    received = await stage.take_one(answer(number, *lines, whole=whole))
    return await stage.purchase_order(), received.interchange.sets[0].notes


async def test_accepted_lines_are_accepted_by_the_day_they_name(stage):
    purchase_order, notes = await answered(stage, LINE, "ACK*IA*5*EA*068*20261125")
    (line,) = purchase_order.lines
    assert (line.answer, line.expected_ship_date, notes) == (LineAnswer.ACCEPTED, "2026-11-25", ())


async def test_an_answer_without_lines_is_for_all(stage):
    purchase_order, notes = await answered(stage, whole="AD")
    assert (purchase_order.state, notes) == (PurchaseOrderState.ACCEPTED, ())


async def test_a_refusal_without_lines_is_for_all(stage):
    purchase_order, _ = await answered(stage, whole="RD")
    assert purchase_order.lines[0].answer is LineAnswer.REJECTED


async def test_a_rejected_line_has_its_reason(stage):
    purchase_order, _ = await answered(stage, LINE, "ACK*IR*5*EA", "REF*ZZ**It is discontinued")
    (line,) = purchase_order.lines
    assert (line.answer, line.reason) == (LineAnswer.REJECTED, "It is discontinued")


async def test_fewer_than_ordered_give_the_rest_to_others(stage):
    purchase_order, _ = await answered(stage, LINE, "ACK*IQ*3*EA")
    (line,) = purchase_order.lines
    assert (line.answer, line.wanted_quantity) == (LineAnswer.ACCEPTED, 3)


async def test_what_comes_later_is_back_ordered(stage):
    purchase_order, _ = await answered(stage, LINE, "ACK*IA*3*EA", "ACK*IB*2*EA*068*20261128")
    (line,) = purchase_order.lines
    assert (line.answer, line.wanted_quantity, line.expected_ship_date) == (LineAnswer.ACCEPTED, 5, "2026-11-28")


async def test_a_higher_price_is_refused_and_a_lower_one_noted(stage):
    purchase_order, notes = await answered(stage, "PO1*1*5*EA*14.99**VP*MUG-1", "ACK*IP*5*EA")
    assert purchase_order.lines[0].answer is LineAnswer.PENDING
    assert notes
    assert purchase_order.history[-1].action == "x12_finding"


async def test_a_lower_price_changes_nothing(stage):
    purchase_order, notes = await answered(stage, "PO1*1*5*EA*9.99**VP*MUG-1", "ACK*IP*5*EA")
    assert (purchase_order.lines[0].answer, purchase_order.lines[0].unit_price_minor) == (LineAnswer.ACCEPTED, 1299)
    assert notes == ("price_differs: the supplier understood 9.99 for line 1; ours holds",)


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        (["PO1*9*5*EA***VP*OTHER", "ACK*IA*5*EA"], "line_unknown: the purchase order has no line 9"),
        ([LINE, "ACK*QQ*5*EA"], "no_answer: line 1 has code QQ, which answers nothing"),
        ([], "no_answer: BAK02 is AC, and no lines follow"),
    ],
)
async def test_what_answers_nothing_is_noted(stage, lines, note):
    purchase_order, notes = await answered(stage, *lines)
    assert notes == (note,)
    assert purchase_order.lines[0].answer is LineAnswer.PENDING


async def test_one_line_that_cannot_be_answered_keeps_none_from_its_answer(stage):
    number = await stage.sent(skus=("MUG-1", "CUP-1"))
    lines = [LINE, "ACK*IA*5*EA", "PO1*2*5*EA*99.99**VP*CUP-1", "ACK*IP*5*EA"]
    await stage.take_one(answer(number, *lines))
    answers = [line.answer for line in (await stage.purchase_order()).lines]
    assert answers == [LineAnswer.ACCEPTED, LineAnswer.PENDING]


async def test_another_suppliers_purchase_order_is_unknown(stage):
    received = await stage.take_one(answer("2TXE07539H5X55BJ5A01", LINE, "ACK*IA*5*EA"))
    assert received.interchange.sets[0].notes[0].startswith("purchase_order_unknown")


async def test_a_parcel_ships_what_it_holds(stage):
    number = await stage.sent()
    await stage.take_one(answer(number, LINE, "ACK*IA*5*EA"))
    await stage.take_one(ship_notice(number, ("MUG-1", 2)), control_number=2)
    purchase_order = await stage.purchase_order()
    (shipment,) = purchase_order.shipments
    assert (shipment.carrier, shipment.tracking_number) == ("UPS", "1Z999AA10123456784")
    assert purchase_order.lines[0].shipped_quantity == 2


async def test_the_same_parcel_in_another_interchange_ships_nothing_more(stage):
    number = await stage.sent()
    await stage.take_one(ship_notice(number, ("MUG-1", 2)), control_number=1)
    await stage.take_one(ship_notice(number, ("MUG-1", 2)), control_number=2)
    assert (await stage.purchase_order()).lines[0].shipped_quantity == 2


async def test_what_left_before_it_was_answered_is_accepted_by_it(stage):
    number = await stage.sent(skus=("MUG-1", "CUP-1"))
    await stage.take_one(ship_notice(number, ("MUG-1", 5)))
    lines = (await stage.purchase_order()).lines
    assert [(line.answer, line.shipped_quantity) for line in lines] == [
        (LineAnswer.ACCEPTED, 5),
        (LineAnswer.PENDING, 0),
    ]
    received = await stage.take_one(answer(number, LINE, "ACK*IR*5*EA"), control_number=2)
    assert received.interchange.sets[0].notes
    assert (await stage.purchase_order()).lines[0].answer is LineAnswer.ACCEPTED


async def test_boxes_with_their_own_numbers_are_shipments_of_their_own(stage):
    number = await stage.sent()
    segments = [
        "BSN*00*SHIP1*20261124*1200", "HL*1**S", "TD5**2*FDEG", "HL*2*1*O", f"PRF*{number}",
        "HL*3*2*P", "MAN*CP*999999999991", "MAN*GM*00123456789012345675", "HL*4*3*I", "LIN**VP*MUG-1", "SN1**2*EA",
        "HL*5*2*P", "MAN*CP*999999999992", "HL*6*5*I", "LIN**VP*MUG-1", "SN1**3*EA",
    ]  # fmt: skip
    await stage.take_one(("856", segments))
    purchase_order = await stage.purchase_order()
    assert [one.tracking_number for one in purchase_order.shipments] == ["999999999991", "999999999992"]
    assert purchase_order.lines[0].shipped_quantity == 5


@pytest.mark.parametrize(
    ("items", "note"),
    [
        ((("MUG-1", 9),), "shipped-too-much"),
        ((("OTHER", 1),), "line_unknown"),
        ((("MUG-1", 99_999),), "quantity_unreadable"),
    ],
)
async def test_what_cannot_be_shipped_is_noted(stage, items, note):
    number = await stage.sent()
    received = await stage.take_one(ship_notice(number, *items))
    assert any(note in one for one in received.interchange.sets[0].notes)
    assert (await stage.purchase_order()).lines[0].shipped_quantity == 0


async def test_cases_are_no_single_pieces(stage):
    number = await stage.sent()
    code, segments = ship_notice(number, ("MUG-1", 1))
    await stage.take_one((code, [one.replace("SN1**1*EA", "SN1**1*CA") for one in segments]))
    assert (await stage.purchase_order()).lines[0].shipped_quantity == 0


async def test_stock_levels_become_what_is_told(stage):
    mug = await stage.room.stock(on_hand=10, supplier_id=SUPPLIER, supplier_sku="MUG-1")
    received = await stage.take_one(stock_report(("MUG-1", "70"), ("GHOST", "1"), ("MUG-1-X", "no")))
    assert (await stage.room.level(mug)).on_hand == 70
    (outcome,) = received.interchange.sets
    assert outcome.verdict == "E"
    assert [one.partition(":")[0] for one in outcome.notes] == [
        "segment QTY at 8",
        "quantity_unreadable",
        "offer_unknown",
    ]


async def test_stock_is_set_at_the_location_it_is_told_for(stage):
    mug = await stage.room.stock(locations={"default": 1, "BREMEN": 2}, supplier_id=SUPPLIER, supplier_sku="MUG-1")
    await stage.take_one(stock_report(("MUG-1", "33"), location="BREMEN"))
    assert [(await stage.room.level(mug, location=one)).on_hand for one in ("default", "BREMEN")] == [1, 33]


async def billed(stage, *lines: str, total: int, shipped: int = 5, **given):
    number = await stage.sent()
    await stage.take_one(ship_notice(number, ("MUG-1", shipped)), control_number=1)
    await stage.take_one(invoice(number, *lines, total=total, **given), control_number=2)
    page = await stage.queries.invoices(scope=SCOPE, after=None, limit=10)
    return page.invoices[0]


async def test_a_bill_that_is_right_has_no_findings(stage):
    bill = await billed(stage, "IT1*1*5*EA*12.99**VP*MUG-1", total=6495)
    assert (bill.findings, bill.total_minor, bill.lines[0].unit_price_minor) == ((), 6495, 1299)


@pytest.mark.parametrize(
    ("lines", "total", "codes"),
    [
        (["IT1*1*5*EA*13.99**VP*MUG-1"], 6995, ["price_differs"]),
        (["IT1*1*6*EA*12.99**VP*MUG-1"], 7794, ["quantity_exceeds_shipped"]),
        (["IT1*1*5*EA*12.99**VP*MUG-1"], 7000, ["total_differs"]),
        (["IT1*9*1*EA*1.00**VP*OTHER"], 100, ["line_unknown"]),
        (["IT1*1*5*EA*12.999**VP*MUG-1"], 6500, ["amount_unreadable", "total_differs"]),
        (["IT1*1*5*EA*12.99**VP*MUG-1", "SAC*C*G830***500", "TXI*ST*1.00"], 7095, []),
    ],
)
async def test_what_differs_from_what_was_ordered_and_shipped_is_found(stage, lines, total, codes):
    number = await stage.sent()
    await stage.take_one(ship_notice(number, ("MUG-1", 5)), control_number=1)
    code, segments = invoice(number, *lines, total=total)
    if len(lines) == 3:
        # Tax and charges stand behind the total.
        segments = [*segments[:3], segments[-1], *segments[3:-1]]
    await stage.take_one((code, segments), control_number=2)
    (bill,) = (await stage.queries.invoices(scope=SCOPE, after=None, limit=10)).invoices
    assert [one.code for one in bill.findings] == codes


async def test_what_two_bills_ask_for_in_all_is_compared(stage):
    number = await stage.sent()
    await stage.take_one(ship_notice(number, ("MUG-1", 5)), control_number=1)
    half = "IT1*1*3*EA*12.99**VP*MUG-1"
    await stage.take_one(invoice(number, half, total=3897, named="INV-1"), control_number=2)
    await stage.take_one(invoice(number, half, total=3897, named="INV-2"), control_number=3)
    page = await stage.queries.invoices(scope=SCOPE, after=None, limit=10)
    found = {one.number: [each.code for each in one.findings] for one in page.invoices}
    assert found == {"INV-1": [], "INV-2": ["quantity_exceeds_shipped"]}


async def test_a_bill_for_what_is_unknown_is_kept(stage):
    await stage.take_one(invoice("NOBODY", "IT1*1*1*EA*1.00**VP*MUG-1", total=100))
    (bill,) = (await stage.queries.invoices(scope=SCOPE, after=None, limit=10)).invoices
    assert [one.code for one in bill.findings] == ["purchase_order_unknown"]


async def test_documents_of_several_purchase_orders_in_one_file_are_each_for_itself(stage):
    first = await stage.sent(reference="R-1", skus=("MUG-1",))
    second = await stage.sent(reference="R-2", skus=("CUP-1",))
    text = interchange(answer(first, LINE, "ACK*IA*5*EA"), answer(second, "PO1*1*5*EA***VP*CUP-1", "ACK*IR*5*EA"))
    await stage.take(text)
    assert (await stage.purchase_order(reference="R-1")).lines[0].answer is LineAnswer.ACCEPTED
    assert (await stage.purchase_order(reference="R-2")).lines[0].answer is LineAnswer.REJECTED


async def test_an_answer_to_a_cancellation_is_noted(stage):
    number = await stage.sent()
    segments = [f"BCA*00*RD*{number}*1**20261124", "POC*1*DI*0*0*EA", "ACK*IR*0*EA", "REF*ZZ**It has left already"]
    received = await stage.take_one(("865", segments))
    assert received.interchange.sets[0].verdict == "A"
    last = (await stage.purchase_order()).history[-1]
    assert (last.action, last.note) == ("x12_finding", "change_answered: 865 with code RD: It has left already")
