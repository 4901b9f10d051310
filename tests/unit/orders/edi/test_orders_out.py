from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openaisle.orders.channels.documents import CanceledLine, CancellationDocument, DocumentLine, document_of
from openaisle.orders.commands import ShipTo
from openaisle.orders.disclosure import AddressBeforeAcceptance
from openaisle.orders.edi.dictionary import SETS
from openaisle.orders.edi.envelope import ControlNumbers, interchange_text
from openaisle.orders.edi.interchange import read_file
from openaisle.orders.edi.orders_out import X12CannotCarry, cancellation_set, purchase_order_set, x12_number
from openaisle.orders.edi.validation import segment_errors
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderLine, PurchaseOrderState
from tests.factories.contexts import NOON
from tests.factories.orders import SHIP_TO
from tests.factories.x12 import STANDARD

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=200)


def make_purchase_order(**given_fields) -> PurchaseOrder:
    line = PurchaseOrderLine(
        line_number=1,
        product_id="prd_1",
        offer_id="off_1",
        supplier_sku="MUG-1",
        location="default",
        quantity=2,
        unit_price_minor=1299,
        shipping_minor=490,
    )
    facts = {
        "purchase_order_id": "po_2txe07539h5x55bj5ayr3869f5_01",
        "order_id": "ord_2txe07539h5x55bj5ayr3869f5",
        "storefront_id": "sto_web",
        "order_reference": "R-1",
        "supplier_id": "sup_bergmann",
        "currency": "EUR",
        "state": PurchaseOrderState.CREATED,
        "created_at": "2026-11-23T00:00:00.000000Z",
        "acknowledge_by": "2026-11-24T10:30:00.000000Z",
        "lines": (line,),
    }
    return PurchaseOrder(**(facts | given_fields))


def segments_of(purchase_order: PurchaseOrder, *, ship_to: ShipTo = SHIP_TO, **given_fields) -> list[str]:
    document = document_of(purchase_order=purchase_order, ship_to=ship_to, **given_fields)
    made = purchase_order_set(
        document=document, purchase_order=purchase_order, operator="Aisle & Co", own_identifier="OPENAISLE"
    )
    return ["*".join((one.tag, *one.elements)) for one in made.body]


def test_a_purchase_order_says_what_goes_where():
    assert segments_of(make_purchase_order()) == [
        "BEG*00*DS*2TXE07539H5X55BJ5A01**20261123",
        "CUR*BY*EUR",
        "REF*CO*R-1",
        "REF*ZZ**po_2txe07539h5x55bj5ayr3869f5_01",
        "REF*ZZ*202611241030*ANSWER BY (UTC)",
        "N1*ST*Ada Fischer",
        "N3*Lindenweg 4",
        "N4*Bremen**28195*DE",
        "N1*BY*Aisle & Co*92*OPENAISLE",
        "PO1*1*2*EA*12.99**VP*MUG-1",
        "SAC*C*G830***490",
        "CTT*1",
    ]


def test_the_days_and_the_way_that_were_chosen_are_told():
    found = segments_of(
        make_purchase_order(
            ship_by="2026-11-27T11:59:59.000000Z",
            deliver_not_before="2026-11-28",
            deliver_not_after="2026-11-30",
            shipping_option="express",
        )
    )
    assert [one for one in found if one.startswith(("DTM", "TD5"))] == [
        "DTM*038*20261127", "DTM*064*20261128", "DTM*063*20261130", "TD5*****express",
    ]  # fmt: skip


def test_before_acceptance_only_the_destination_is_told_where_the_policy_says_so():
    found = segments_of(make_purchase_order(), rule=AddressBeforeAcceptance.DESTINATION)
    assert not any("Ada" in one or "Lindenweg" in one for one in found)
    assert "N4***28195*DE" in found


def test_a_long_address_is_there_as_text_too():
    ship_to = msgspec.structs.replace(SHIP_TO, street_lines=["Haus " + "sehr " * 20 + "weit", "b", "c", "d"])
    found = segments_of(make_purchase_order(), ship_to=ship_to)
    text = " ".join(one.removeprefix("MSG*") for one in found if one.startswith("MSG"))
    assert "weit, b, c, d" in text
    # Text belongs before the parties.
    assert found.index("N9*L1*SHIP TO") < found.index("N1*ST*Ada Fischer")


def test_an_sku_without_room_is_refused_by_name():
    line = msgspec.structs.replace(make_purchase_order().lines[0], supplier_sku="X" * 49)
    with pytest.raises(X12CannotCarry):
        segments_of(make_purchase_order(lines=(line,)))


def test_the_short_number_fits_and_follows_from_the_identifier():
    number = x12_number(purchase_order_id="po_2txe07539h5x55bj5ayr3869f5_01")
    assert (number, len(number) <= 22) == ("2TXE07539H5X55BJ5A01", True)


@given(name=TEXT, street=st.lists(TEXT, min_size=1, max_size=4), city=TEXT, postal_code=TEXT, region=TEXT, sku=TEXT)
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_an_address_keeps_the_rules_and_reaches_nobody_elses_segment(
    name, street, city, postal_code, region, sku
):
    ship_to = ShipTo(
        name=name, street_lines=street, city=city, postal_code=postal_code, region=region, country="DE", phone="+49 1"
    )
    purchase_order = make_purchase_order()
    document = document_of(purchase_order=purchase_order, ship_to=ship_to)
    line = DocumentLine(line_number=1, supplier_sku=sku[:48], quantity=1, unit_price_minor=5, shipping_minor=0)
    document = msgspec.structs.replace(document, lines=[line], order_reference=name)
    made = purchase_order_set(
        document=document, purchase_order=purchase_order, operator="Aisle", own_identifier="OPENAISLE"
    )
    numbers = ControlNumbers(interchange=1, group=1)
    text = interchange_text(settings=STANDARD, numbers=numbers, sets=[made], at=NOON)
    (found,) = read_file(content=text.encode()).interchanges
    (one,) = found.groups[0].sets
    assert (found.errors, one.errors, len(one.segments)) == ((), (), len(made.body) + 2)
    assert [
        (each.tag, element.position, element.code)
        for each in segment_errors(segments=one.segments, rules=SETS["850"].segments)
        for element in each.elements
        # A text of nothing but punctuation of ours has nothing left to send.
        if element.code not in {"1", "4"}
    ] == []


def test_a_cancellation_says_what_is_still_wanted():
    document = CancellationDocument(
        cancellation_id="can_1",
        purchase_order_id=make_purchase_order().purchase_order_id,
        order_reference="R-1",
        reason="changed mind",
        complete=False,
        lines=[CanceledLine(line_number=1, supplier_sku="MUG-1", canceled_quantity=1, remaining_quantity=1)],
    )
    made = cancellation_set(document=document, purchase_order=make_purchase_order(), change_number=1, at=NOON)
    found = ["*".join((one.tag, *one.elements)) for one in made.body]
    assert found[0].startswith("BCH*04*DS*2TXE07539H5X55BJ5A01**1*20261123")
    assert "POC*1*QD*1*1*EA*12.99**VP*MUG-1" in found
    assert segment_errors(segments=made.body, rules=SETS["860"].segments) == ()
    whole = msgspec.structs.replace(
        document,
        complete=True,
        lines=[CanceledLine(line_number=1, supplier_sku="MUG-1", canceled_quantity=2, remaining_quantity=0)],
    )
    made = cancellation_set(document=whole, purchase_order=make_purchase_order(), change_number=2, at=NOON)
    found = ["*".join((one.tag, *one.elements)) for one in made.body]
    assert found[0].startswith("BCH*01*")
    assert "POC*1*DI*0*0*EA*12.99**VP*MUG-1" in found
