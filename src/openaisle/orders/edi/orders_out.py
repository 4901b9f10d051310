"""Purchase orders as 850, and what is no longer wanted of them as 860. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime

from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.money import Money, decimal_text
from openaisle.orders.channels.documents import CancellationDocument, PurchaseOrderDocument
from openaisle.orders.commands import ShipTo
from openaisle.orders.disclosure import ShippingDestination
from openaisle.orders.edi.envelope import NewSet
from openaisle.orders.edi.syntax import Segment, segment_of
from openaisle.orders.purchase_order import PurchaseOrder

_SKU_CHARACTERS = 48
_STREET_CHARACTERS = 55
_STREET_PIECES = 4
_NAME_CHARACTERS = 60
_NAME_PIECES = 3
_CITY_CHARACTERS = 30
_POSTAL_CHARACTERS = 15
_MESSAGE_CHARACTERS = 264
_NUMBER_CHARACTERS = 18
_ROUTING_CHARACTERS = 35


class X12CannotCarry(OpenAisleError):
    """A purchase order holds what X12 4010 has no room for."""

    code = "x12-cannot-carry"
    title = "X12 cannot carry the purchase order"
    status = 422
    mend = "Give the article an SKU of at most 48 characters, or connect the supplier by another transport."


def x12_number(*, purchase_order_id: str) -> str:
    """Return the number of a purchase order in X12, which has room for 22 characters only.

    It follows from the identifier and can be told apart by eye; the way back is kept beside it.
    """
    _, tail, position = purchase_order_id.split("_")
    return f"{tail[:_NUMBER_CHARACTERS]}{position}".upper()


def purchase_order_set(
    *, document: PurchaseOrderDocument, purchase_order: PurchaseOrder, operator: str, own_identifier: str
) -> NewSet:
    """Return the 850 of a purchase order; raises X12CannotCarry. The record says by when and how it is to be sent."""
    _require_room(skus=[line.supplier_sku for line in document.lines])
    ordered = datetime.fromisoformat(document.created_at)
    answer_by = datetime.fromisoformat(document.acknowledge_by)
    body = [
        segment_of(
            "BEG", "00", "DS", x12_number(purchase_order_id=document.purchase_order_id), "", f"{ordered:%Y%m%d}"
        ),
        segment_of("CUR", "BY", document.currency),
        segment_of("REF", "CO", document.order_reference[:30], document.order_reference[30:110]),
        segment_of("REF", "ZZ", "", document.purchase_order_id),
        # X12 has no date by which an order is to be answered that partners agree upon.
        segment_of("REF", "ZZ", f"{answer_by:%Y%m%d%H%M}", "ANSWER BY (UTC)"),
        *_wishes(purchase_order),
        *([] if document.ship_to is None else _message(ship_to=document.ship_to)),
        *(
            _destination(destination=document.destination)
            if document.ship_to is None
            else _address(ship_to=document.ship_to)
        ),
        segment_of("N1", "BY", operator[:_NAME_CHARACTERS], "92", own_identifier),
    ]
    for line in document.lines:
        price = decimal_text(money=Money(amount_minor=line.unit_price_minor, currency=document.currency))
        body.append(
            segment_of("PO1", str(line.line_number), str(line.quantity), "EA", price, "", "VP", line.supplier_sku)
        )
        if line.shipping_minor:
            body.append(segment_of("SAC", "C", "G830", "", "", _implied(line.shipping_minor, document.currency)))
    body.append(segment_of("CTT", str(len(document.lines))))
    return NewSet(code="850", body=tuple(body))


def cancellation_set(
    *, document: CancellationDocument, purchase_order: PurchaseOrder, change_number: int, at: datetime
) -> NewSet:
    """Return the 860 that tells what is no longer wanted of a purchase order; raises X12CannotCarry.

    Quantities are what is wanted now, so that a later one replaces what an earlier one said.
    """
    _require_room(skus=[line.supplier_sku for line in document.lines])
    ordered = datetime.fromisoformat(purchase_order.created_at)
    body = [
        segment_of(
            "BCH",
            "01" if document.complete else "04",
            "DS",
            x12_number(purchase_order_id=purchase_order.purchase_order_id),
            "",
            str(change_number),
            f"{ordered:%Y%m%d}",
            "",
            "",
            "",
            "",
            f"{at:%Y%m%d}",
        ),
        segment_of("REF", "ZZ", "", purchase_order.purchase_order_id),
    ]
    by_number = {line.line_number: line for line in purchase_order.lines}
    for line in document.lines:
        known = by_number.get(line.line_number)
        shipped = 0 if known is None else known.shipped_quantity
        amount_minor = 0 if known is None else known.unit_price_minor
        body.append(
            segment_of(
                "POC",
                str(line.line_number),
                "QD" if line.remaining_quantity + shipped else "DI",
                str(line.remaining_quantity + shipped),
                str(line.remaining_quantity),
                "EA",
                decimal_text(money=Money(amount_minor=amount_minor, currency=purchase_order.currency)),
                "",
                "VP",
                line.supplier_sku,
            )
        )
    body.append(segment_of("CTT", str(len(document.lines))))
    return NewSet(code="860", body=tuple(body))


def _wishes(purchase_order: PurchaseOrder) -> list[Segment]:
    """Return by when the goods must leave, between which days they are to arrive, and how they travel."""
    days = (
        ("038", purchase_order.ship_by),
        ("064", purchase_order.deliver_not_before),
        ("063", purchase_order.deliver_not_after),
    )
    segments = [segment_of("DTM", code, day[:10].replace("-", "")) for code, day in days if day]
    if purchase_order.shipping_option:
        segments.append(segment_of("TD5", "", "", "", "", purchase_order.shipping_option[:_ROUTING_CHARACTERS]))
    return segments


def _destination(*, destination: ShippingDestination) -> list[Segment]:
    """Return where the goods go, of an address that the supplier learns only once it has accepted."""
    region = destination.region or ""
    return [
        segment_of("N1", "ST", "ADDRESS AFTER ACCEPTANCE"),
        segment_of(
            "N4",
            "",
            region if len(region) == 2 else "",
            (destination.postal_code or "")[:_POSTAL_CHARACTERS],
            destination.country,
        ),
    ]


def _address(*, ship_to: ShipTo) -> list[Segment]:
    names = _pieces(ship_to.name, _NAME_CHARACTERS)
    streets = [piece for line in ship_to.street_lines for piece in _pieces(line, _STREET_CHARACTERS)]
    region = ship_to.region or ""
    short = region if len(region) == 2 else ""
    segments = [segment_of("N1", "ST", names[0])]
    if len(names) > 1:
        segments.append(segment_of("N2", *names[1:_NAME_PIECES]))
    segments += [
        segment_of("N3", *streets[place : place + 2]) for place in range(0, min(len(streets), _STREET_PIECES), 2)
    ]
    # A region of more than two letters has its room beside.
    beside = ("SP", region[:_CITY_CHARACTERS]) if region and not short else ()
    segments.append(
        segment_of(
            "N4",
            ship_to.city[:_CITY_CHARACTERS],
            short,
            ship_to.postal_code[:_POSTAL_CHARACTERS],
            ship_to.country,
            *beside,
        )
    )
    contact = [
        part
        for qualifier, value in (("TE", ship_to.phone), ("EM", ship_to.email))
        if value
        for part in (qualifier, value[:80])
    ]
    if contact:
        segments.append(segment_of("PER", "DC", "", *contact))
    return segments


def _message(*, ship_to: ShipTo) -> list[Segment]:
    """Return the whole address as free text where the segments of addresses cut it off, which is rare."""
    names = _pieces(ship_to.name, _NAME_CHARACTERS)
    streets = [piece for line in ship_to.street_lines for piece in _pieces(line, _STREET_CHARACTERS)]
    cut = len(names) > _NAME_PIECES or len(streets) > _STREET_PIECES or len(ship_to.city) > _CITY_CHARACTERS
    if not cut and len(ship_to.postal_code) <= _POSTAL_CHARACTERS and len(ship_to.region or "") <= _CITY_CHARACTERS:
        return []
    parts = [ship_to.name, *ship_to.street_lines, ship_to.postal_code, ship_to.city, ship_to.region or ""]
    text = ", ".join(part for part in (*parts, ship_to.country) if part)
    return [segment_of("N9", "L1", "SHIP TO"), *(segment_of("MSG", one) for one in _pieces(text, _MESSAGE_CHARACTERS))]


def _pieces(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [text[:width]]


def _implied(amount_minor: int, currency: str) -> str:
    """Return an amount with two implied decimals, as X12 wants it whatever the currency."""
    text = decimal_text(money=Money(amount_minor=amount_minor, currency=currency))
    whole, _, fraction = text.partition(".")
    return str(int(whole + fraction.ljust(2, "0")[:2]))


def _require_room(*, skus: Sequence[str]) -> None:
    long = [sku for sku in skus if len(sku) > _SKU_CHARACTERS]
    if long:
        raise X12CannotCarry(detail=f"The SKU {long[0][:80]!r} has more than {_SKU_CHARACTERS} characters.")
