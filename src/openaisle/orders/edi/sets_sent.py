"""The transaction sets that go to suppliers: purchase orders, and what is no longer wanted of them. Pure data."""

from __future__ import annotations

from openaisle.orders.edi.rules import (
    CONTACT,
    CURRENCY,
    REFERENCE,
    TOTALS,
    SetRule,
    element,
    identifiers,
    party,
    segment,
)

PURCHASE_ORDER = SetRule(
    code="850",
    functional_identifier="PO",
    name="purchase order",
    inbound=False,
    segments=(
        segment(
            "BEG",
            "beginning",
            element(1, 353, "ID 2/2", "purpose: always 00, original", required=True),
            element(2, 92, "ID 2/2", "kind: DS, drop shipment", required=True),
            element(3, 324, "AN 1/22", "our purchase order number", required=True),
            element(5, 373, "DT 8/8", "day it was made", required=True),
            required=True,
        ),
        CURRENCY,
        segment(
            "REF",
            "reference: CO the shopper's order; ZZ our identifier, or with a text by when to answer",
            element(1, 128, "ID 2/3", "which reference", required=True),
            element(2, 127, "AN 1/30", "reference"),
            element(3, 352, "AN 1/80", "description"),
        ),
        segment(
            "DTM",
            "date: 038 must leave by, 064 not to arrive before, 063 not to arrive after",
            element(1, 374, "ID 3/3", "which date", required=True),
            element(2, 373, "DT 8/8", "day (UTC)", required=True),
        ),
        segment("TD5", "how it travels", element(5, 387, "AN 1/35", "the shipping option that the shopper chose")),
        segment("N9", "L1: free text follows", element(1, 128, "ID 2/3", "which reference", required=True)),
        segment("MSG", "an address that the segments have no room for", element(1, 933, "AN 1/264", "text")),
        *party(),
        CONTACT,
        segment(
            "PO1",
            "a line",
            element(1, 350, "AN 1/20", "line number", required=True),
            element(2, 330, "R 1/15", "quantity", required=True),
            element(3, 355, "ID 2/2", "unit: always EA", required=True),
            element(4, 212, "R 1/17", "unit price", required=True),
            *identifiers(6, 2),
            required=True,
        ),
        segment(
            "SAC",
            "shipping charge of a line",
            element(1, 248, "ID 1/1", "C, charge", required=True),
            element(2, 1300, "ID 4/4", "G830, shipping and handling"),
            element(5, 610, "N2 1/15", "amount"),
            within="PO1",
        ),
        TOTALS,
    ),
)

CHANGE = SetRule(
    code="860",
    functional_identifier="PC",
    name="purchase order change: what we no longer want",
    inbound=False,
    segments=(
        segment(
            "BCH",
            "beginning",
            element(1, 353, "ID 2/2", "purpose: 01 all canceled, 04 change", required=True),
            element(2, 92, "ID 2/2", "kind: DS, drop shipment", required=True),
            element(3, 324, "AN 1/22", "our purchase order number", required=True),
            element(5, 327, "AN 1/8", "number of this change"),
            element(6, 373, "DT 8/8", "day the purchase order was made", required=True),
            element(11, 373, "DT 8/8", "day of this change"),
            required=True,
        ),
        REFERENCE,
        segment(
            "POC",
            "a line that changes",
            element(1, 350, "AN 1/20", "line number", required=True),
            element(2, 670, "ID 2/2", "DI nothing of it any more, QD fewer", required=True),
            element(3, 330, "R 1/15", "quantity that is still wanted"),
            element(4, 671, "R 1/9", "quantity that is left to receive"),
            element(5, 355, "ID 2/2", "unit: always EA"),
            element(6, 212, "R 1/17", "unit price"),
            *identifiers(8, 1),
            required=True,
        ),
        TOTALS,
    ),
)
