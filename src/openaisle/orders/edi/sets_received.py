"""The transaction sets that suppliers send: what they answer, ship, have in stock and bill. Pure data."""

from __future__ import annotations

from openaisle.orders.edi.rules import CURRENCY, TOTALS, SetRule, element, identifiers, party, segment

ACKNOWLEDGMENT = SetRule(
    code="855",
    functional_identifier="PR",
    name="acknowledgment of a purchase order",
    inbound=True,
    segments=(
        segment(
            "BAK",
            "beginning",
            element(1, 353, "ID 2/2", "purpose", required=True),
            element(2, 587, "ID 2/2", "AT, AD, AC, AE: accepted or by line; RJ, RD: rejected", required=True),
            element(3, 324, "AN 1/22", "our purchase order number", required=True),
            element(4, 373, "DT 8/8", "day of the purchase order", required=True),
            element(8, 127, "AN 1/30", "the supplier's own number"),
            required=True,
        ),
        CURRENCY,
        segment(
            "PO1",
            "a line",
            element(1, 350, "AN 1/20", "line number"),
            element(2, 330, "R 1/15", "quantity ordered"),
            element(3, 355, "ID 2/2", "unit"),
            element(4, 212, "R 1/17", "unit price as the supplier understands it"),
            *identifiers(6),
        ),
        segment(
            "ACK",
            "the answer for a line, several for parts of it",
            element(
                1,
                668,
                "ID 2/2",
                "IA, AC, DR accepted; IB back-ordered; IQ quantity, IP price changed; IR, ID rejected",
                required=True,
            ),
            element(2, 380, "R 1/15", "quantity"),
            element(3, 355, "ID 2/2", "unit"),
            element(4, 374, "ID 3/3", "which date: 067, 068 or 010, ship by"),
            element(5, 373, "DT 8/8", "day"),
            within="PO1",
        ),
        segment(
            "REF",
            "reason of an answer (ZZ)",
            element(1, 128, "ID 2/3", "which reference", required=True),
            element(2, 127, "AN 1/30", "reference"),
            element(3, 352, "AN 1/80", "text"),
        ),
        TOTALS,
    ),
)

SHIP_NOTICE = SetRule(
    code="856",
    functional_identifier="SH",
    name="ship notice",
    inbound=True,
    segments=(
        segment(
            "BSN",
            "beginning",
            element(1, 353, "ID 2/2", "purpose: 00 original, 01 canceled", required=True),
            element(2, 396, "AN 2/30", "number of the shipment", required=True),
            element(3, 373, "DT 8/8", "day", required=True),
            element(4, 337, "TM 4/8", "time", required=True),
            required=True,
        ),
        segment(
            "HL",
            "a level: S shipment, O order, P package, T tare, I line",
            element(1, 628, "AN 1/12", "number of the level", required=True),
            element(2, 734, "AN 1/12", "number of the level above"),
            element(3, 735, "ID 1/2", "kind of level", required=True),
            required=True,
        ),
        segment(
            "TD5",
            "carrier",
            element(2, 66, "ID 1/2", "kind of code (2: SCAC)"),
            element(
                3,
                67,
                "AN 2/80",
                "code of the carrier",
            ),
            element(5, 387, "AN 1/35", "name of the carrier"),
            within="HL",
        ),
        segment(
            "REF",
            "CN or 2I tracking number, BM bill of lading",
            element(1, 128, "ID 2/3", "which reference", required=True),
            element(2, 127, "AN 1/30", "reference"),
            within="HL",
        ),
        segment(
            "MAN",
            "marks of a package: CP tracking number, GM its SSCC",
            element(1, 88, "ID 1/2", "which mark", required=True),
            element(2, 87, "AN 1/48", "mark", required=True),
            within="HL",
        ),
        segment(
            "PRF", "purchase order", element(1, 324, "AN 1/22", "our purchase order number", required=True), within="HL"
        ),
        segment("LIN", "article", element(1, 350, "AN 1/20", "line number"), *identifiers(2), within="HL"),
        segment(
            "SN1",
            "quantity in the parcel",
            element(1, 350, "AN 1/20", "line number"),
            element(2, 382, "R 1/10", "quantity", required=True),
            element(3, 355, "ID 2/2", "unit", required=True),
            within="HL",
        ),
        TOTALS,
    ),
)

INVENTORY = SetRule(
    code="846",
    functional_identifier="IB",
    name="stock levels",
    inbound=True,
    segments=(
        segment(
            "BIA",
            "beginning",
            element(1, 353, "ID 2/2", "purpose", required=True),
            element(2, 755, "ID 2/2", "kind of report", required=True),
            element(3, 127, "AN 1/30", "number of the report", required=True),
            element(4, 373, "DT 8/8", "day", required=True),
            required=True,
        ),
        *party(),
        segment("LIN", "article", element(1, 350, "AN 1/20", "line number"), *identifiers(2), required=True),
        segment(
            "QTY",
            "quantity: 17 on hand, 33 available, 02 cumulative on hand",
            element(1, 673, "ID 2/2", "which quantity", required=True),
            element(2, 380, "R 1/15", "quantity"),
            within="LIN",
        ),
        TOTALS,
    ),
)

INVOICE = SetRule(
    code="810",
    functional_identifier="IN",
    name="invoice",
    inbound=True,
    segments=(
        segment(
            "BIG",
            "beginning",
            element(1, 373, "DT 8/8", "day of the invoice", required=True),
            element(2, 76, "AN 1/22", "the supplier's invoice number", required=True),
            element(3, 373, "DT 8/8", "day of the purchase order"),
            element(4, 324, "AN 1/22", "our purchase order number"),
            element(7, 640, "ID 2/2", "kind: CR credit, else invoice"),
            required=True,
        ),
        CURRENCY,
        segment(
            "IT1",
            "a line",
            element(1, 350, "AN 1/20", "line number"),
            element(2, 358, "R 1/10", "quantity", required=True),
            element(3, 355, "ID 2/2", "unit", required=True),
            element(4, 212, "R 1/17", "unit price", required=True),
            *identifiers(6),
            required=True,
        ),
        segment(
            "TDS", "total", element(1, 610, "N2 1/15", "amount with two implied decimals", required=True), required=True
        ),
        segment(
            "TXI",
            "tax",
            element(1, 963, "ID 2/2", "kind of tax", required=True),
            element(2, 782, "R 1/18", "amount"),
        ),
        segment(
            "SAC",
            "charge or allowance",
            element(1, 248, "ID 1/1", "C charge, A allowance", required=True),
            element(2, 1300, "ID 4/4", "what for"),
            element(5, 610, "N2 1/15", "amount with two implied decimals"),
        ),
        TOTALS,
    ),
)

CHANGE_ANSWER = SetRule(
    code="865",
    functional_identifier="CA",
    name="answer to a purchase order change",
    inbound=True,
    segments=(
        segment(
            "BCA",
            "beginning",
            element(1, 353, "ID 2/2", "purpose", required=True),
            element(2, 587, "ID 2/2", "AT, AD accepted; RJ, RD rejected", required=True),
            element(3, 324, "AN 1/22", "our purchase order number", required=True),
            required=True,
        ),
        segment(
            "REF",
            "reason (ZZ)",
            element(1, 128, "ID 2/3", "which reference", required=True),
            element(2, 127, "AN 1/30", "reference"),
            element(3, 352, "AN 1/80", "text"),
        ),
    ),
)

FUNCTIONAL = SetRule(
    code="997",
    functional_identifier="FA",
    name="functional acknowledgment",
    inbound=True,
    segments=(
        segment(
            "AK1",
            "the group it answers",
            element(1, 479, "ID 2/2", "kind of group", required=True),
            element(2, 28, "N0 1/9", "control number of the group", required=True),
            required=True,
        ),
        segment(
            "AK2",
            "a set of that group",
            element(1, 143, "ID 3/3", "code of the set", required=True),
            element(2, 329, "AN 4/9", "control number of the set", required=True),
        ),
        segment(
            "AK3",
            "a segment in error",
            element(1, 721, "ID 2/3", "segment", required=True),
            element(2, 719, "N0 1/6", "position in the set, ST being 1", required=True),
            element(3, 447, "AN 1/6", "loop"),
            element(4, 720, "ID 1/3", "what is wrong"),
            within="AK2",
        ),
        segment(
            "AK4",
            "an element in error",
            element(1, 722, "AN 1/4", "position in the segment", required=True),
            element(2, 725, "N0 1/4", "number of the element"),
            element(3, 723, "ID 1/3", "what is wrong", required=True),
            element(4, 724, "AN 1/99", "what stood there"),
            within="AK2",
        ),
        segment(
            "AK5", "verdict on the set", element(1, 717, "ID 1/1", "A, E, R, M, W, X", required=True), within="AK2"
        ),
        segment(
            "AK9",
            "verdict on the group",
            element(1, 715, "ID 1/1", "A, E, P, R, M, W, X", required=True),
            element(2, 97, "N0 1/6", "sets included", required=True),
            element(3, 123, "N0 1/6", "sets received", required=True),
            element(4, 2, "N0 1/6", "sets accepted", required=True),
            required=True,
        ),
    ),
)
