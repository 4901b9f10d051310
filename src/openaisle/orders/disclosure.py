"""What of the shopper's data a supplier is shown, and from when until when. Pure; no I/O, no clock.

A supplier needs to know where goods go only once it has promised to send them, and not for long after they came. Until
then, and after, it is told no more than what it needs to decide: the destination.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec

from openaisle.kernel.times import sortable_time
from openaisle.orders.commands import ShipTo
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, PurchaseOrderState
from openaisle.suppliers.policy import told

_MINIMIZATION = "Regulation (EU) 2016/679, Article 5(1)(c)"
_STORAGE = "Regulation (EU) 2016/679, Article 5(1)(e)"


class AddressBeforeAcceptance(StrEnum):
    """What a purchase order tells of the shopper before the supplier has accepted it."""

    DESTINATION = "destination"
    FULL = "full"


class DisclosurePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What suppliers see of shoppers, and when what is known of shoppers is erased."""

    address_before_acceptance: Annotated[
        AddressBeforeAcceptance,
        told(
            "What a purchase order tells before it is accepted: the destination (country, region, postal code), or the"
            " full address for suppliers whose systems never ask again.",
            law=_MINIMIZATION,
        ),
    ] = AddressBeforeAcceptance.DESTINATION
    address_in_files: Annotated[
        AddressBeforeAcceptance,
        told(
            "The same for purchase orders that travel as files (CSV, X12 850): nobody can ask a file for the address"
            " later, so it carries it unless this says otherwise.",
            law=_MINIMIZATION,
        ),
    ] = AddressBeforeAcceptance.FULL
    address_days_after_end: Annotated[
        int,
        told(
            "How long after delivery or cancellation a supplier still sees the address of what it accepted.",
            unit="days",
            law=_STORAGE,
            ge=0,
            le=365,
        ),
    ] = 14
    address_days_after_shipment: Annotated[
        int,
        told(
            "How long after the last shipment it sees the address where nobody reports the delivery.",
            unit="days",
            law=_STORAGE,
            ge=0,
            le=365,
        ),
    ] = 60
    erased_after_days: Annotated[
        int,
        told(
            "How long after an order was placed the shopper's data are erased from it, once it is over; 0: never.",
            unit="days",
            law=f"{_STORAGE}; commercial and tax law of the seat",
            ge=0,
            le=36_500,
        ),
    ] = 3_653


STANDARD_DISCLOSURE = DisclosurePolicy()

# The entries of a history that tell of a change of state.
_ENDING = frozenset(
    {"acknowledged", "consented", "substitute_refused", "expired", "canceled", "withdrawn", "shipped", "delivered"}
)


class ShippingDestination(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where goods go, as coarsely as a supplier needs it to decide; it names nobody."""

    country: str
    region: str | None = None
    postal_code: str | None = None


class Disclosed(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier is shown: the destination always, the address only while it is needed."""

    destination: ShippingDestination
    ship_to: ShipTo | None = None


_OVER = frozenset(
    {
        PurchaseOrderState.REJECTED,
        PurchaseOrderState.EXPIRED,
        PurchaseOrderState.CANCELED,
        PurchaseOrderState.DELIVERED,
    }
)


def disclosed(
    *,
    purchase_order: PurchaseOrder,
    ship_to: ShipTo,
    policy: DisclosurePolicy,
    share_contact: bool,
    at: datetime,
) -> Disclosed:
    """Return what the supplier of a purchase order may see at a moment.

    Without ``share_contact`` the address comes without e-mail and phone.
    """
    ended = _is_past(purchase_order=purchase_order, policy=policy, at=at)
    destination = destination_of(ship_to=ship_to, with_postal_code=not ended)
    if ended or not was_accepted(purchase_order=purchase_order):
        return Disclosed(destination=destination)
    return Disclosed(destination=destination, ship_to=shared(ship_to=ship_to, share_contact=share_contact))


def disclosed_before(*, ship_to: ShipTo, rule: AddressBeforeAcceptance, share_contact: bool) -> Disclosed:
    """Return what a purchase order carries when it is brought to the supplier, which has not accepted it yet."""
    destination = destination_of(ship_to=ship_to)
    if rule is AddressBeforeAcceptance.DESTINATION:
        return Disclosed(destination=destination)
    return Disclosed(destination=destination, ship_to=shared(ship_to=ship_to, share_contact=share_contact))


def shared(*, ship_to: ShipTo, share_contact: bool) -> ShipTo:
    """Return the address with or without the shopper's e-mail and phone."""
    return ship_to if share_contact else msgspec.structs.replace(ship_to, phone=None, email=None)


def destination_of(*, ship_to: ShipTo, with_postal_code: bool = True) -> ShippingDestination:
    """Return where an address lies, without whom it belongs to."""
    return ShippingDestination(
        country=ship_to.country,
        region=ship_to.region,
        postal_code=ship_to.postal_code if with_postal_code else None,
    )


def was_accepted(*, purchase_order: PurchaseOrder) -> bool:
    """Return whether the supplier has promised to send something of it, even if that was canceled since."""
    return any(line.answer is LineAnswer.ACCEPTED for line in purchase_order.lines)


def _is_past(*, purchase_order: PurchaseOrder, policy: DisclosurePolicy, at: datetime) -> bool:
    shipments, state = purchase_order.shipments, purchase_order.state
    if state in _OVER:
        # What is only noted, such as a try that was refused, ends nothing: else a supplier could try again and again.
        ends = [entry.at for entry in purchase_order.history if entry.action in _ENDING]
        ended_at = ends[-1] if ends else purchase_order.created_at
        ended_at = max((one.delivered_at for one in shipments if one.delivered_at is not None), default=ended_at)
        days = policy.address_days_after_end
    elif state is PurchaseOrderState.SHIPPED and shipments:
        ended_at = max(one.shipped_at for one in shipments)
        days = policy.address_days_after_shipment
    else:
        return False
    return ended_at < sortable_time(at - timedelta(days=days))
